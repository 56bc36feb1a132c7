"""Run notebooks over any ``concurrent.futures.Executor``: none lost, none twice, none in silence."""

import ast
import concurrent.futures
import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from cstoanalysis.run import store, watch
from cstoanalysis.run.engine import Engine, available
from cstoanalysis.run.errors import ClusterError, CstoError, Died, ParameterError, RunError
from cstoanalysis.run.identity import run_id, run_ids
from cstoanalysis.run.notebook import (
    INJECTED,
    not_whole,
    on_stderr,
    published_values,
    read_notebook,
    source_of,
    tagged,
    values_alone,
    values_of,
    with_values,
    without_injected,
    without_traces,
)


class Job(NamedTuple):
    """One run to do: a notebook and its content, the values given to its parameters, the run's id.

    A run for values alone has an id of its own, ``key``; ``whole`` is that of the run with figures,
    which serves as well, and is the one to cite.
    """

    path: Path
    source: dict
    values: dict
    key: str
    whole: str = ""

    def found(self, kept_runs: store.Store, beside: Path | None = None) -> store.Found:
        """The finished run in a store, see :meth:`Store.find`; for values alone, the whole one too."""
        found = kept_runs.find(self.key, beside)
        if found.record or self.whole in ("", self.key):
            return found
        whole = kept_runs.find(self.whole, beside)
        return whole if whole.record else found


def jobs_of(path: Path, runs: Iterable[dict], figures: bool = True) -> list[Job]:
    """Jobs of one notebook, one for each mapping of parameters to values.

    Without ``figures`` they give the published values alone, and no pages.

    A notebook that was run before is the run that it says: the values that were put into it then
    hold, unless others are given.

    Raises
    ------
    ParameterError
        If the values of before cannot be given again, because they are no plain values.
    """
    notebook = read_notebook(path)
    source = without_injected(notebook)
    try:
        before = values_of(notebook)
        same = _code(notebook) == _code(with_values(source, before))
    except (SyntaxError, ParameterError):
        same = False
    if not same:
        raise ParameterError(
            f"{path.name} was run with other than plain values: delete its cell tagged {INJECTED!r}."
        )
    runs = [{**before, **values} for values in runs]
    drawn = source if figures else values_alone(source)
    wholes = run_ids(source, runs)
    keys = wholes if figures else run_ids(drawn, runs)
    return [Job(path, drawn, *run) for run in zip(runs, keys, wholes, strict=True)]


def _code(notebook: dict) -> str:
    return ast.dump(ast.parse("\n".join(map(source_of, tagged(notebook, INJECTED)))))


class Outcome(NamedTuple):
    """What became of a run. ``error`` is a sentence; without one the run is in the store."""

    job: Job
    error: str = ""
    seconds: float = 0.0
    stored: bool = False
    note: str = ""
    kept: Path | None = None


def execute_all(
    jobs: Iterable[Job],
    kept_runs: store.Store,
    executor: concurrent.futures.Executor,
    *,
    engine: Engine | None = None,
    window: int = 4,
    force: bool = False,
) -> Iterator[Outcome]:
    """Run notebooks and yield each outcome as soon as it is in the store.

    Parameters
    ----------
    jobs : iterable of Job
        A run that the store has is not run again.
    kept_runs : Store
        Where finished runs go. A failed one leaves its notebook, with the traceback, in its folder
        ``failed``.
    executor : Executor
        Threads do: a run has a process of its own. Or that of a cluster.
    engine : Engine, optional
        What runs them; it is stopped where the caller stops asking.
    window : int
        How many runs are handed to the executor at a time: memory does not grow with the sweep.
    force : bool
        Run again what the store has.
    """
    kept_runs.tidy()
    engine, waiting = engine or Engine(), {}
    try:
        for job in jobs:
            found = store.Found() if force else job.found(kept_runs, job.path.parent)
            if found.record:
                yield Outcome(job, stored=True)
                continue
            if found.damaged:
                kept_runs.set_aside(job.key)
            waiting[executor.submit(execute, job, engine)] = job, found.problem
            if len(waiting) >= window:
                yield from _finished(waiting, kept_runs)
        while waiting:
            yield from _finished(waiting, kept_runs)
    finally:
        for future in waiting:
            future.cancel()
        if waiting:
            engine.stop()


def _finished(waiting: dict, kept_runs: store.Store) -> Iterator[Outcome]:
    """Outcomes of the runs that end next."""
    first = concurrent.futures.FIRST_COMPLETED
    for future in concurrent.futures.wait(waiting, return_when=first).done:
        yield _keep(*waiting.pop(future), future, kept_runs)


def _keep(job: Job, why: str, future, kept_runs: store.Store) -> Outcome:
    """Put what a run gave into the store; ``why`` says what was wrong with the one that was there."""
    why = why and f"{why}; run again"
    try:
        result = future.result()
    except ClusterError:  # there is nobody left to run anything
        raise
    except CstoError as problem:
        return Outcome(job, str(problem), note=why)
    except Exception as problem:  # the worker died, or its machine
        return Outcome(job, f"could not be run: {type(problem).__name__}: {problem}", note=why)
    error, notebook = result.pop("error"), result.pop("notebook")
    notes = "; ".join(filter(None, (why, result.pop("note"))))
    outcome = Outcome(job, error, result["seconds"], note=notes)
    try:
        if error:
            return outcome._replace(kept=kept_runs.fail(job.path.stem, job.key, notebook))
        record = {"id": job.key, "notebook": job.path.stem, "parameters": job.values, **result}
        kept_runs.keep(record, notebook)
    except OSError as problem:
        return outcome._replace(error=f"could not be kept: {problem}")
    return outcome


def execute(job: Job, engine: Engine | None = None) -> dict:
    """Run one notebook, here or on a worker of a cluster.

    A run whose process dies is run once more. An error, or anything on stderr, makes it a failed
    one; a cell tagged ``stderr-ok`` may write there.

    Returns
    -------
    dict
        ``notebook`` as executed, ``error``, ``note``, ``published`` values, ``read``: the files
        that it read, ``surroundings`` (fingerprint), ``seconds`` and the cells' own processor
        time, ``work``, in seconds.
    """
    if run_id(job.source, job.values) != job.key:
        raise RunError("this worker has other tables or other libraries")
    started, note = time.monotonic(), ""
    folder = job.path.parent if job.path.parent.is_dir() else Path(tempfile.gettempdir())
    notebook = with_values(job.source, job.values)
    try:
        error = _run(engine, notebook, folder)
    except Died as problem:
        note, notebook = f"{problem}; run again", with_values(job.source, job.values)
        try:
            error = _run(engine, notebook, folder)
        except Died as problem:
            error = f"{problem}, and so once before"
    work = sum(cell.pop("work", 0) for cell in notebook["cells"])
    published, twice = published_values(without_traces(notebook))
    error = error or on_stderr(notebook) or twice
    if not error and run_id(job.source, job.values) != job.key:
        error = "a table, a library or the package was changed while it ran"
    return {
        "notebook": notebook,
        "error": error,
        "note": note,
        "published": published,
        "read": notebook["metadata"].get("csto", {}).get("read", {}),
        "surroundings": store.surroundings_id(),
        "seconds": round(time.monotonic() - started, 3),
        "work": round(work, 3),
    }


def _run(engine: Engine | None, notebook: dict, folder: Path) -> str:
    if available():
        return (engine or Engine()).run(notebook, folder)
    return _run_in_kernel(notebook, folder)


def _run_in_kernel(notebook: dict, folder: Path) -> str:
    """Run a notebook in an ordinary kernel, where processes cannot be forked."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "read"
        watching = f"import matplotlib; from cstoanalysis.run import watch; watch.fix(); watch.Notes(open({str(report)!r}, 'w+b'))"
        options = ("log_level=50", f"exec_lines={watching}; del matplotlib, watch")
        client = NotebookClient(
            nbformat.reads(json.dumps(notebook), as_version=4),
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=[f"--IPKernelApp.{option}" for option in options],
        )
        error = ""
        try:
            client.execute(env={**watch.environment(), "IPYTHONDIR": place})
        except CellExecutionError:
            error = not_whole(client.nb)
        except Exception as problem:
            error = f"could not be run: {type(problem).__name__}: {problem}"
        notebook.update(client.nb)
        read = watch.named(watch.noted(report.read_bytes()), folder) if report.exists() else {}
    notebook["metadata"].update({"csto": {"read": read}} if read else {})
    return error
