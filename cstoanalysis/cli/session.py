"""Runs done for a command: planned, checked, executed, reported, with progress on the way."""

import concurrent.futures
import contextlib
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

import click

from cstoanalysis.descriptor import descriptor
from cstoanalysis.run import domain, engine, store
from cstoanalysis.run.cluster import Cluster
from cstoanalysis.run.errors import ClusterError, ParameterError
from cstoanalysis.run.execute import Outcome, execute_all, jobs_of
from cstoanalysis.run.notebook import read_notebook
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import (
    argument,
    read_parameters,
    settled,
)

RUNS = store.Store(Path("build/runs"))


def planned_runs(path: Path, settings: tuple, file: Path | None, soon: bool = True) -> list:
    """Job of a notebook with the values given, if its types and checks allow them."""
    return allowed(path, *settled(read_parameters(path), settings, file), soon=soon)


def allowed(
    path: Path,
    runs: list[dict],
    problems: list[str] = (),
    figures: bool = True,
    soon: bool = True,
) -> list:
    """Jobs of a notebook, if its checks allow all of them and nothing is wrong already.

    Where they are to be run ``soon``, what runs them begins to get ready.
    """
    descriptor()  # or refuse before anything runs
    planned = jobs_of(path, runs, figures)
    new = not_kept(planned)
    if new and soon and not problems:
        engine.get_ready(several=len(new) > 1)
    domain.refuse(path, read_notebook(path), [job.values for job in new], problems)
    return planned


def not_kept(planned: list) -> list:
    """Jobs of which the store has nothing: neither the values alone nor the whole run."""
    return [job for job in planned if not (RUNS.has(job.key) or RUNS.has(job.whole))]


def executed_run(job, force: bool, say=None, limits: engine.Engine | None = None) -> dict:
    """Executed notebook of one run, from the store if it is there; a failure ends the command."""
    get_pages_ready(job)
    with outcomes_of([job], 1, None, force, limits) as outcomes:
        (outcome,) = outcomes
    if report(outcome):
        sys.exit(1)
    if say and outcome.stored:
        say("Unchanged: taken from an earlier run (--force runs it again)")
    return RUNS.notebook(job.key)


def get_pages_ready(job) -> None:
    """Import what makes pages, which takes a second, while the runs go on; try it on one's notebook."""

    def import_and_try() -> None:
        gc.disable()  # imports leave no rubbish
        try:
            page_of(job.source, job.path)
        except Exception:
            pass  # the page of the run says what is wrong
        finally:
            gc.enable()

    threading.Thread(target=import_and_try, daemon=True).start()


def place_for(output: Path | None, own: Path, names, source: Path | None = None) -> Output:
    """Folder to write these files to: what is not ours stays, in a folder of ours under another name."""
    folder = Output(writable(output or own, "--output " if output else ""))
    if output is None:
        for sentence in folder.set_aside(names):
            click.echo(f"  {sentence}", err=True)
    else:
        folder.check(names, source)
    return folder


def page_of(notebook: dict, path: Path, home: str | None = None) -> str:
    from cstoanalysis.pages.page import to_page  # takes seconds to import

    return to_page(notebook, path.name, home or "", path.parent, ran=True)


@contextlib.contextmanager
def outcomes_of(
    planned: list, jobs: int, cluster: str | None, force: bool, limits: engine.Engine | None = None
):
    """Outcomes of jobs as they come; an interrupt ends the runs and keeps what is finished."""
    if cluster is None and not engine.available():
        click.echo("Processes cannot be forked here: ordinary kernels do the work, more slowly.")
    if force or not_kept(planned):
        writable(RUNS.folder, "Runs are kept in ")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        if cluster is not None:
            executor = Cluster(cluster)
            window = 4 * executor.threads
            click.echo(f"Cluster at {cluster}: {executor}")
        else:
            executor, window = concurrent.futures.ThreadPoolExecutor(jobs), jobs + 1
        stack.callback(executor.shutdown, cancel_futures=True)
        outcomes = execute_all(planned, RUNS, executor, engine=limits, window=window, force=force)
        stack.callback(outcomes.close)
        try:
            yield outcomes
        except (KeyboardInterrupt, ClusterError) as problem:
            stack.close()
            kept = len(planned) - len(not_kept(planned))
            lost = isinstance(problem, ClusterError)
            why = f"{problem}" if lost else "\nStopped."
            click.echo(
                f"{why} {kept} of {len(planned)} runs are kept; the same command goes on.", err=lost
            )
            sys.exit(1 if lost else 130)


def report(outcome: Outcome, say=click.echo) -> bool:
    """Say what went wrong with a run, if anything did."""
    name = outcome.job.path.name
    if outcome.job.values:
        given = (f"{key}={argument(v)}" for key, v in outcome.job.values.items())
        name = f"{name} {' '.join(given)}"
    if outcome.note:
        say(f"  {name}: {outcome.note}", err=True)
    if outcome.error:
        say(f"  FAILED  {name}: {outcome.error}", err=True)
    if outcome.kept:
        say(f"          see {outcome.kept}", err=True)
    return bool(outcome.error)


class Steps:
    """Progress: a bar on a terminal, otherwise a line at each twentieth of the work."""

    def __init__(self, total: int):
        self.total, self.done, self.stored, self.bar = total, 0, 0, None
        self.started = time.monotonic()
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit="run", smoothing=0.1)
        else:
            click.echo(f"{total} run{'s' * (total != 1)}")

    def say(self, text: str, err: bool = False) -> None:
        if self.bar is not None:
            self.bar.write(text, file=sys.stderr if err else sys.stdout)
        else:
            click.echo(text, err=err)

    def advance(self, outcome: Outcome) -> None:
        self.done += 1
        self.stored += outcome.stored
        if self.bar is not None:
            self.bar.update()
        elif 20 * self.done // self.total > 20 * (self.done - 1) // self.total:
            said = f", {self.stored} of them from the store" if self.stored else ""
            if (ran := self.done - self.stored) and self.done < self.total:
                left = (time.monotonic() - self.started) * (self.total - self.done) / ran
                said += f", about {duration(left)} left" if left > 10 else ""
            click.echo(f"  {self.done} of {self.total} done{said}")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def duration(seconds: float) -> str:
    """A time as one says it."""
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def writable(folder: Path, option: str = "--output ") -> Path:
    """A folder that can be written to, or made; nothing is made yet."""
    place = folder if os.path.islink(folder) and not folder.exists() else folder.resolve()
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise ParameterError(f"{option}{folder}: {place} is no folder that can be written to.")
    return folder
