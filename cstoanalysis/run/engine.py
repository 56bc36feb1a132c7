"""Run a notebook in a fresh process that is forked from one with all libraries loaded.

A fork costs milliseconds, where a kernel takes seconds to start and to import. Each run still has
a process of its own. It ends with its notebook, with the process that asked for it, or by itself;
in each case what it had put out until then is in the notebook.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

from cstoanalysis.run.errors import Died, Stopped

PRELOAD = "cstoanalysis.run.preload"
OUTPUT_LIMIT = 20_000_000  # characters that a cell may put out
_starting = threading.Lock()


def available() -> bool:
    """Whether runs can be forked here: on Linux, in a process that may have children."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


class Engine:
    """Runs notebooks, several at a time from as many threads; stopping it stops its own runs alone.

    Parameters
    ----------
    timeout : float, optional
        Seconds that a run may take; without it, as long as it needs.
    output_limit : int
        Characters that one cell may put out.
    """

    def __init__(self, timeout: float | None = None, output_limit: int = OUTPUT_LIMIT):
        self.timeout, self.output_limit = timeout, output_limit
        self._running, self._stopped = set(), threading.Event()

    def __reduce__(self):
        """On a worker of a cluster: the same limits, and runs of its own."""
        return type(self), (self.timeout, self.output_limit)

    def run(self, notebook: dict, folder: Path, on_cell=None) -> str:
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
            After :meth:`stop`.
        """
        from cstoanalysis.run import child

        process, receive = _start(
            child.run, notebook["cells"], str(folder), self.timeout, self.output_limit
        )
        self._running.add(process)
        if self._stopped.is_set():
            _end(process)
        index, state, problem = 0, "start", ""
        try:
            while state != "end":
                index, state, changes, problem = json.loads(receive.recv_bytes())
                if state == "end":
                    notebook.setdefault("metadata", {}).update(changes)
                    break
                for number, change in changes.items():
                    notebook["cells"][int(number)].update(change)
                if on_cell:
                    on_cell(index, state)
        except (EOFError, OSError):
            process.join()
            if self._stopped.is_set():
                raise Stopped("the run was stopped") from None
            raise Died(f"the process died in cell {index + 1} ({_how(process.exitcode)})") from None
        finally:
            _end(process)
            self._running.discard(process)
            receive.close()
        return problem

    def stop(self) -> None:
        """End all runs of this engine at once, from another thread; it starts none any more."""
        self._stopped.set()
        for process in list(self._running):
            _end(process)


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


def _start(target, *arguments):
    """A started process and the end of the pipe that it sends to.

    It is forked from a process of the standard library's that has imported the libraries. The
    caller's own script is kept out of it: it would be imported for nothing, and run once more
    where it has no ``if __name__ == "__main__"``.
    """
    context = multiprocessing.get_context("forkserver")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(send, *arguments))
    main = sys.modules["__main__"].__dict__
    with _starting:
        context.set_forkserver_preload([PRELOAD])
        hidden = {name: main.get(name) for name in ("__file__", "__spec__")}
        main.pop("__file__", None)
        main["__spec__"] = None
        try:
            process.start()
        finally:
            main.update({name: value for name, value in hidden.items() if value is not None})
    send.close()
    return process, receive


def _end(process) -> None:
    """End a process and whatever it started: it leads a group of its own (:func:`child.prepare`)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return name + ("; did it run out of memory?" if name == "SIGKILL" else "")
