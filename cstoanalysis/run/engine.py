"""Run a notebook in a fresh process that is forked from one with all libraries loaded.

A fork costs milliseconds, where a kernel takes seconds to start and to import. Each run still has
a process of its own. It ends with its notebook, with the process that asked for it, or by itself;
in each case what it had put out until then is in the notebook.
"""

import json
import math
import multiprocessing
import signal
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

from cstoanalysis.run import child
from cstoanalysis.run.errors import Died, Stopped
from cstoanalysis.run.outputs import Outputs

PRELOAD, MORE = "cstoanalysis.run.preload", "cstoanalysis.run.preload_more"
OUTPUT_LIMIT = 20_000_000  # that a cell may put out
_GRACE = 5  # seconds that a process may take to clear up
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
    output_limit : float
        Characters that one cell may put out (one is a byte here, as in most texts).
    cell_timeout : float, optional
        Seconds that one cell may take.
    environment : dict, optional
        Environment variables of the runs; without it, those that all runs have in common.
    """

    def __init__(
        self,
        timeout: float | None = None,
        output_limit: float = OUTPUT_LIMIT,
        cell_timeout: float | None = None,
        environment: dict | None = None,
    ):
        self.timeout, self.output_limit = timeout, output_limit
        self.cell_timeout, self.environment = cell_timeout, environment
        self._running, self._stopped = set(), threading.Event()
        weakref.finalize(self, _end_all, self._running)  # when the program ends, at the latest

    def __reduce__(self):
        """On a worker of a cluster: the same limits, and runs of its own."""
        return type(self), (self.timeout, self.output_limit, self.cell_timeout, self.environment)

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
        cells, index, problem = notebook["cells"], 0, ""
        outputs = Outputs(cells)
        try:
            for kind, index, *rest in self.events(cells, folder):
                if kind == "start":
                    outputs.start(index)
                elif kind == "message":
                    outputs.take(index, *rest)
                elif kind == "end":
                    notebook.setdefault("metadata", {}).update(
                        {"csto": {"read": rest[0]}} if rest[0] else {}
                    )
                    break
                else:
                    outputs.end(index)
                    count, work, problem = rest
                    cells[index].update(execution_count=count, work=work)
                if on_cell and kind != "message":
                    on_cell(index, "failed" if problem else kind)
        except BaseException:
            outputs.end(index)
            raise
        return problem

    def events(self, cells: list[dict], folder: Path) -> Iterator[list]:
        """Run cells in a fresh process; what happens in them, as it happens.

        Yields
        ------
        list
            Kind and index of the cell, and what belongs to the kind: ``start``; ``message`` with
            type and content of a kernel's message; ``done`` with execution count, seconds of
            processor time, and what went wrong; ``end`` with the files that the run read (see
            :mod:`cstoanalysis.run.watch`). Raises as :meth:`run`.
        """
        process, receive = _start(
            child.run, cells, str(folder), self.output_limit, self.environment
        )
        self._running.add(process)
        index, begun = 0, time.monotonic()
        clocks = {"run": (begun, self.timeout or math.inf)}  # since when, and how long
        try:
            while not self._stopped.is_set():
                what = min(clocks, key=lambda name: sum(clocks[name]))
                left = sum(clocks[what]) - time.monotonic()
                ready = wait(
                    [receive, process.sentinel], None if left == math.inf else max(left, 0)
                )
                if not ready:
                    yield _stopped_at(
                        index, f"the {what} took longer than {clocks[what][1]:g} seconds"
                    )
                    return
                if receive not in ready and not receive.poll():
                    raise EOFError
                kind, index, *rest = json.loads(receive.recv_bytes())
                if kind == "start":
                    clocks["cell"] = time.monotonic(), self.cell_timeout or math.inf
                if kind == "end":
                    process.join(_GRACE)
                    yield [kind, index, *rest]
                    return
                if kind == "limit":
                    limit = f"{self.output_limit / 1e6:g} MB (--output-limit)"
                    yield _stopped_at(index, f"it put out more than {limit}")
                    return
                yield [kind, index, *rest]
        except (EOFError, OSError, ValueError) as problem:
            if not self._stopped.is_set():
                process.join(_GRACE)
                how = _how(process.exitcode) if isinstance(problem, EOFError) else str(problem)
                raise Died(f"the process died in cell {index + 1} ({how})") from None
        finally:
            (child.end if process.exitcode is None else child.end_group)(process.pid)
            process.join()
            self._running.discard(process)
            receive.close()
        raise Stopped("the run was stopped")

    def stop(self) -> None:
        """End all runs of this engine at once, from another thread; it starts none any more."""
        self._stopped.set()
        _end_all(self._running)


def get_ready(several: bool = False) -> None:
    """Let the process that runs are forked from begin to import, while the caller does other things.

    For ``several`` runs it does more for all of them at once, and reads the tables: one would wait.
    """
    if available():
        from multiprocessing import forkserver

        with _starting:
            modules = [PRELOAD, *[MORE] * several]
            multiprocessing.get_context("forkserver").set_forkserver_preload(modules)
            forkserver.ensure_running()


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


def _stopped_at(index: int, why: str) -> list:
    return ["done", index, None, 0, f"cell {index + 1} was stopped: {why}"]


def _end_all(processes: set) -> None:
    for process in list(processes):
        child.end(process.pid)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return name + ("; did it run out of memory?" if name == "SIGKILL" else "")
