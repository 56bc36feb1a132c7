"""Run a notebook in a fresh process that is forked from one with all libraries loaded.

A fork costs milliseconds, where a kernel takes seconds to start and to import. Each run still has
a process of its own. It ends with its notebook, with the process that asked for it, or by itself;
in each case what it had put out until then is in the notebook.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import traceback
from functools import cache
from pathlib import Path

from cstoanalysis.run.notebook import source_of, tags_of

PRELOAD = "cstoanalysis.run.preload"
# What a run inherits. One thread each: as many runs as cores, and sums added up in one order.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


_running = set()
_stopped = threading.Event()
_starting = threading.Lock()


class Died(RuntimeError):
    """The process of a run ended before the run did."""


class Stopped(RuntimeError):
    """The caller was interrupted, and its runs with it."""


def available() -> bool:
    """Whether runs can be forked here: on Linux, in a process that may have children."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def run(notebook: dict, folder: Path, on_cell=None) -> str:
    """Run the code cells of a notebook in a fresh process.

    Parameters
    ----------
    notebook : dict
        In format 4; the outputs are put into it, those of a failed run as well.
    folder : Path
        Working directory of the run.
    on_cell : callable, optional
        Called with a cell's index and ``"start"``, ``"done"`` or ``"failed"``.

    Returns
    -------
    str
        Which cell failed and how; empty when all cells ran.

    Raises
    ------
    Died
        If the process was killed or ended by itself, naming the cell.
    Stopped
        After :func:`stop`.
    """
    cells = [(c["cell_type"], source_of(c), tags_of(c)) for c in notebook["cells"]]
    process, receive = _start(_child, cells, str(folder))
    _running.add(process)
    if _stopped.is_set():
        process.kill()
    index, state, problem = 0, "start", ""
    try:
        while state != "end":
            index, state, changes, problem = receive.recv()
            notebook["cells"][index].update(changes)
            if on_cell and state != "end":
                on_cell(index, state)
    except (EOFError, ConnectionError):
        process.join()
        if _stopped.is_set():
            raise Stopped("the run was stopped") from None
        raise Died(f"the process died in cell {index + 1} ({_how(process.exitcode)})") from None
    finally:
        if state != "end":
            process.kill()  # the caller was interrupted
        process.join()
        _running.discard(process)
        receive.close()
    return problem


def call(function, *arguments):
    """Result of a function, from a fresh process that need not import the libraries; here, if none.

    Raises
    ------
    RuntimeError
        With the traceback, if the function raised.
    """
    if not available():
        return function(*arguments)
    process, receive = _start(_answer, function, arguments)
    try:
        result, trace = receive.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"the process died ({_how(process.exitcode)})") from None
    finally:
        process.join()
        receive.close()
    if trace:
        raise RuntimeError(trace)
    return result


def _answer(send, function, arguments) -> None:
    try:
        send.send((function(*arguments), ""))
    except Exception:
        send.send((None, traceback.format_exc()))


def stop() -> None:
    """End all runs at once, from another thread; none starts until :func:`allow`."""
    _stopped.set()
    for process in list(_running):
        process.kill()


def allow() -> None:
    """Let runs start again."""
    _stopped.clear()


def _start(target, *arguments):
    """A started process and the end of the pipe that it sends to.

    The caller's own script is kept out of it: it would be imported for nothing, and run once more
    where it has no ``if __name__ == "__main__"``.
    """
    receive, send = _context().Pipe(duplex=False)
    process = _context().Process(target=target, args=(send, *arguments))
    main = sys.modules["__main__"].__dict__
    with _starting:
        hidden = {name: main.get(name) for name in ("__file__", "__spec__")}
        main.pop("__file__", None)
        main["__spec__"] = None
        try:
            process.start()
        finally:
            main.update({name: value for name, value in hidden.items() if value is not None})
    send.close()
    return process, receive


def _child(send, cells: list[tuple], folder: str) -> None:
    """What the fresh process does: run the cells, and send the outputs of each as it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller decides what an interrupt means
    threading.Thread(target=_end_with_caller, daemon=True).start()
    if PRELOAD not in sys.modules:
        print(f"csto: {PRELOAD} could not be imported; runs start slowly", file=sys.__stderr__)
    import numpy

    from cstoanalysis.run.shell import run_cells

    numpy.random.seed()  # a kernel's is not the same each time either
    os.chdir(folder)
    sys.path.insert(0, "")
    index, problem = 0, ""
    for index, state, changes, problem in run_cells(cells):
        send.send((index, state, changes, problem))
    send.send((index, "end", {}, problem))


def _end_with_caller() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return name + ("; did it run out of memory?" if name == "SIGKILL" else "")


@cache
def _context():
    """Way to start processes that are forked from one which has imported the libraries."""
    profile = tempfile.TemporaryDirectory(
        prefix="csto-"
    )  # an IPython profile without start-up files
    os.environ.update(ENVIRONMENT, IPYTHONDIR=profile.name)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOAD])
    context.profile = profile  # removed when the caller ends
    return context
