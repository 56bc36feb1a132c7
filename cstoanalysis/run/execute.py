"""Run notebooks over any ``concurrent.futures.Executor``: none lost, none twice, none in silence."""

import concurrent.futures
import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cstoanalysis.run import store
from cstoanalysis.run.engine import Engine, available
from cstoanalysis.run.errors import Died
from cstoanalysis.run.identity import run_id, run_ids
from cstoanalysis.run.notebook import (
    on_stderr,
    published_values,
    read_notebook,
    with_values,
    without_traces,
)


class Job(NamedTuple):
    """One run to do: a notebook and its content, the values given to its parameters, the run's id."""

    path: Path
    source: dict
    values: dict
    key: str


def jobs_of(path: Path, runs: Iterable[dict]) -> list[Job]:
    """Jobs of one notebook, one for each mapping of parameters to values."""
    source, runs = read_notebook(path), list(runs)
    keys = run_ids(source, runs)
    return [Job(path, source, *run) for run in zip(runs, keys, strict=True)]


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
    engine = engine or Engine()
    waiting, jobs = {}, iter(jobs)
    try:
        while True:
            for job in islice(jobs, window - len(waiting)):
                if not force and kept_runs.find(job.key):
                    yield Outcome(job, stored=True)
                else:
                    waiting[executor.submit(execute, job, engine)] = job
            if not waiting:
                if (job := next(jobs, None)) is None:
                    return
                jobs = iter([job, *jobs])
                continue
            for future in _first(waiting):
                yield _keep(waiting.pop(future), future, kept_runs)
    finally:
        for future in waiting:
            future.cancel()
        if waiting:
            engine.stop()


def _first(waiting: dict) -> set:
    done = concurrent.futures.FIRST_COMPLETED
    return concurrent.futures.wait(waiting, return_when=done).done


def _keep(job: Job, future, kept_runs: store.Store) -> Outcome:
    """Put what a run gave into the store."""
    try:
        result = future.result()
    except Exception as problem:  # the worker died, or its machine
        return Outcome(job, f"could not be run: {type(problem).__name__}: {problem}")
    error, notebook = result.pop("error"), result.pop("notebook")
    outcome = Outcome(job, error, result["seconds"], note=result.pop("note"))
    try:
        if error:
            kept = kept_runs.folder / "failed" / f"{job.path.stem}-{job.key}.ipynb"
            store.write(kept, store.to_json(notebook))
            return outcome._replace(kept=kept)
        record = {"id": job.key, "notebook": job.path.stem, "parameters": job.values, **result}
        kept_runs.keep(job.key, record, notebook)
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
        ``notebook`` as executed, ``error``, ``note``, ``published`` values, ``seconds`` and the
        cells' own processor time, ``work``, in seconds.
    """
    if run_id(job.source, job.values) != job.key:
        raise RuntimeError("this worker has other tables or other libraries")
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
    published, twice = published_values(notebook)
    error = error or on_stderr(notebook) or twice
    return {
        "notebook": without_traces(notebook),
        "error": error,
        "note": note,
        "published": published,
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
    import papermill

    with tempfile.TemporaryDirectory() as place:
        given, made = Path(place) / "in.ipynb", Path(place) / "out.ipynb"
        given.write_text(json.dumps(notebook), encoding="utf-8")
        try:
            papermill.execute_notebook(
                given,
                made,
                kernel_name="python3",
                progress_bar=False,
                # papermill's own `cwd` moves the whole process, which threads share
                resources={"metadata": {"path": str(folder)}},
                extra_arguments=["--IPKernelApp.log_level=50"],
            )
            error = ""
        except papermill.PapermillExecutionError as problem:
            error = f"cell {problem.cell_index + 1} failed: {problem.ename}: {problem.evalue}"
        except Exception as problem:
            error = f"could not be run: {type(problem).__name__}: {problem}"
        if made.exists():
            notebook.update(nbformat.read(made, as_version=4))
    return error
