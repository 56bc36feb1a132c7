"""What the fresh process of a run does: get ready, run the cells, tell the caller, clear up."""

import atexit
import contextlib
import ctypes
import fcntl
import itertools
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.process
import multiprocessing.resource_tracker
import os
import select
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

_HIGH = 700  # descriptors from here on are ours: what a cell closes or writes to by number is not
_SET_CHILD_SUBREAPER = 36  # of prctl(2)


def run(
    connection, cells: list[dict], folder: str, output_limit: float, environment: dict | None
) -> None:
    """Run the cells of a notebook and send what happens in each."""
    console, ours = _high(2), Connection(_high(connection.fileno()), readable=False)
    connection.close()
    try:
        with _prepared(folder, environment):
            from cstoanalysis.run import watch
            from cstoanalysis.run.notebook import source_of
            from cstoanalysis.run.shell import Sender, run_cells

            sender = Sender(ours, output_limit)
            threading.Thread(target=_send_often, args=(sender,), daemon=True).start()
            with tempfile.TemporaryFile() as file:
                notes = watch.Notes(open(_high(file.fileno()), "w+b"))  # noqa: SIM115
            notes.expect("\n".join(source_of(c) for c in cells if c["cell_type"] == "code"))
            run_cells(cells, sender)
            sender.event("end", watch.named(notes.read(), Path(folder)))
    except BaseException:
        os.write(console, traceback.format_exc().encode())
        raise


@contextlib.contextmanager
def _prepared(folder: str, environment: dict | None):
    """Make this process the one that a run sees: its group, signals, folder and surroundings.

    Whatever else all runs should have in common belongs here.
    """
    caller = _high(multiprocessing.parent_process().sentinel)
    threading.Thread(target=_end_with_caller, args=(caller,), daemon=True).start()
    os.closerange(3, _HIGH)  # what came from the process that this one is forked from
    os.setsid()
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # who leaves a parent stays here
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    _become_main_process()
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115, the one before had a descriptor that is closed now
    from cstoanalysis.run import preload, watch

    profile = Path(preload.FOLDER) / str(os.getpid())  # IPython's, without start-up files
    if not profile.parent.exists():  # whoever asked for the run has ended, and its folder with it
        os._exit(1)
    profile.mkdir()
    if environment is not None:
        os.environ.update(environment)
    os.environ["IPYTHONDIR"] = str(profile)
    import numpy

    numpy.random.seed()  # a kernel's is not the same each time either
    os.chdir(folder)
    sys.path.insert(0, "")
    if environment is None:
        watch.fix()
    yield
    atexit._run_exitfuncs()  # as a kernel does when it is shut down
    with contextlib.suppress(ChildProcessError):  # once it has none it has no descendants either
        while True:  # one that was just ended may have started another before
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            _end_descendants(os.getpid())
            os.wait()
    shutil.rmtree(profile, ignore_errors=True)


def _become_main_process() -> None:
    """To multiprocessing a kernel is a program of its own, and so are its pools."""
    multiprocessing.set_start_method(None, force=True)  # as on this system by default
    this = multiprocessing.current_process()
    this._name, this._identity = "MainProcess", ()
    multiprocessing.process._parent_process = None
    multiprocessing.process._process_counter = itertools.count(1)
    multiprocessing.forkserver._forkserver.__init__()
    multiprocessing.resource_tracker._resource_tracker.__init__()


def _high(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)


def _send_often(sender) -> None:
    """What is written stands with the caller soon, also if the process is killed."""
    while not threading.Event().wait(0.1):
        sender.drain()


def _end_with_caller(caller: int) -> None:
    poll = select.poll()
    poll.register(caller, select.POLLIN)
    poll.poll()
    end(os.getpid())


def end(run: int) -> None:
    """End the process of a run and whatever it has started, daemons too."""
    _end_descendants(run)
    end_group(run)
    with contextlib.suppress(ProcessLookupError):  # it may have no group of its own yet
        os.kill(run, signal.SIGKILL)


def end_group(run: int) -> None:
    """End what the process of a run left in its group, if anything."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(run, signal.SIGKILL)


def _end_descendants(process: int) -> None:
    for number in _descendants(process):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGKILL)


def _descendants(process: int) -> list[int]:
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [process]
    for number in found:
        found += children.get(number, [])
    return found[1:]
