"""What the fresh process of a run does: get ready, run the cells, send the outputs of each."""

import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def prepare(folder: str) -> Path:
    """Make this process the one that a run sees: its group, signals, folder and surroundings.

    Returns
    -------
    Path
        An IPython profile without start-up files, of this run alone.
    """
    os.setsid()  # the run and what it starts are ended together
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides what an interrupt means
    threading.Thread(target=_end_with_caller, daemon=True).start()
    from cstoanalysis.run import preload

    profile = Path(preload.FOLDER) / str(os.getpid())
    profile.mkdir()
    os.environ["IPYTHONDIR"] = str(profile)
    import numpy

    numpy.random.seed()  # a kernel's is not the same each time either
    os.chdir(folder)
    sys.path.insert(0, "")
    return profile


def run(send, cells: list[dict], folder: str, timeout: float | None, output_limit: int) -> None:
    """Run the cells of a notebook and send what changes as each ends."""
    profile = prepare(folder)
    from cstoanalysis.run import watch
    from cstoanalysis.run.shell import run_cells

    watch.fix()
    notes = watch.Notes()

    index, problem = 0, ""
    for index, state, changes, problem in run_cells(cells):
        send.send_bytes(json.dumps((index, state, changes, problem)).encode())
    read = watch.named(notes.read(), Path.cwd())
    about = {"csto": {"read": read}} if read else {}
    send.send_bytes(json.dumps((index, "end", about, problem)).encode())
    shutil.rmtree(profile, ignore_errors=True)


def _end_with_caller() -> None:
    multiprocessing.parent_process().join()
    os.killpg(0, signal.SIGKILL)
