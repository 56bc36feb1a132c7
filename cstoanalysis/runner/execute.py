"""Run notebooks with papermill: in parallel, each in a fresh kernel, started in the notebook's folder."""

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill

# What the kernels inherit. One thread each: as many runs as cores, and sums added up in one order.
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# The kernel's own log is no output of a cell; a kernel that dies is reported all the same.
_KERNEL_ARGUMENTS = ["--IPKernelApp.log_level=50"]


class Outcome(NamedTuple):
    """What became of one run: an executed notebook, or the sentence that says what went wrong."""

    path: Path
    seconds: float
    notebook: nbformat.NotebookNode | None
    error: str = ""


def execute_all(
    paths: list[Path], failed: Path, jobs: int = 1, parameters: dict | None = None
) -> Iterator[Outcome]:
    """Run notebooks and yield each outcome as soon as it is there.

    The kernels are processes, so threads are enough to watch them.

    Parameters
    ----------
    paths : list of Path
        Notebooks; each runs with its own folder as working directory.
    failed : Path
        Folder that keeps the notebook of a failed run, with its traceback.
    jobs : int
        How many run at the same time.
    parameters : dict, optional
        Values that replace the defaults of every notebook.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as profile, ThreadPoolExecutor(jobs) as pool:
        # An empty IPython profile keeps a user's own start-up files out of the pages.
        os.environ.update(_ENVIRONMENT, IPYTHONDIR=profile)
        futures = [pool.submit(execute, path, failed, parameters or {}) for path in paths]
        for future in as_completed(futures):
            yield future.result()


def execute(path: Path, failed: Path, parameters: dict) -> Outcome:
    """Run one notebook; an error, or anything on stderr, makes the run a failed one."""
    started = time.monotonic()
    kept = failed / path.name
    kept.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / path.name
        error = _run(path, output, parameters)
        notebook = nbformat.read(output, as_version=4) if output.exists() else None
    error = error or _stderr(notebook)
    if error and notebook is not None:
        failed.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, kept)
    seconds = time.monotonic() - started
    return Outcome(path, seconds, None if error else without_traces(notebook), error)


def without_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out what differs from run to run: times, counters, random cell ids."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
    return notebook


def _run(path: Path, output: Path, parameters: dict) -> str:
    """Let papermill run the notebook; returns what went wrong, if anything."""
    try:
        papermill.execute_notebook(
            path,
            output,
            parameters,
            kernel_name="python3",
            progress_bar=False,
            # papermill's own `cwd` moves the whole process, which threads share
            resources={"metadata": {"path": str(path.parent)}},
            extra_arguments=_KERNEL_ARGUMENTS,
        )
    except papermill.PapermillExecutionError as problem:
        return f"cell {problem.cell_index + 1} failed: {problem.ename}: {problem.evalue}"
    except Exception as problem:
        return f"could not be run: {type(problem).__name__}: {problem}"
    return ""


def _stderr(notebook: nbformat.NotebookNode) -> str:
    """First text on stderr, unless its cell is tagged ``stderr-ok``; a warning is not passed over."""
    for number, cell in enumerate(notebook.cells, start=1):
        if "stderr-ok" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                return f"cell {number} wrote to stderr: {output.text.strip()}"
    return ""
