"""``csto html`` and ``verify``: the pages."""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import click

from cstoanalysis.cli.options import Refused, jobs_option, limit_options, main, refusing
from cstoanalysis.cli.session import (
    RUNS,
    allowed,
    executed_run,
    get_pages_ready,
    not_kept,
    outcomes_of,
    page_of,
    report,
    writable,
)
from cstoanalysis.cli.sweeps import page_of_readings, plan_again, readings_plan
from cstoanalysis.cli.tables import refuse_broken_tables
from cstoanalysis.pages import layout
from cstoanalysis.run import collection, engine, results, store
from cstoanalysis.run import sweep as sweeps
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.execute import Job, jobs_of
from cstoanalysis.run.notebook import read_notebook, readings_of
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import (
    checked,
    read_parameters,
)

MOST_VERIFIED = 200  # runs for a page that may come from anybody: minutes, not hours
READINGS = 24  # of each notebook, where no number is given: every single change is among them


@main.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--notebook",
    metavar="NOTEBOOK",
    help="Run this notebook; without it, only one of the collection is run.",
)
@click.option(
    "--most",
    type=click.IntRange(min=0),
    default=MOST_VERIFIED,
    show_default=True,
    help="Most runs that a page of readings may ask for, beside those in the store.",
)
def verify(page: Path, notebook: str | None, most: int) -> None:
    """Make a page again from the provenance in it, and say what differs.

    Prints "identical" if the bytes are the same; otherwise each thing that differs, notebook,
    table, library or value, with exit code 1. Of the page only the notebook's name and the values
    of its parameters are used, and the values have to pass the checks that those given with -p do.
    """
    from cstoanalysis.pages import verify as verifying

    chosen = collection.find(notebook) if notebook else None

    def found(stem: str) -> Path:
        path = chosen or {path.stem: path for path in collection.notebooks()}.get(stem)
        if path is None:
            raise ParameterError(
                f"no notebook of the collection is called {stem!r}: name yours with --notebook"
            )
        return path

    def rebuild(stem: str, values: dict) -> dict:
        path = found(stem)
        (job,) = allowed(path, [checked(read_parameters(path), values)])
        return executed_run(job, force=False)

    def readings(stem: str, values: dict, said: dict) -> results.Results:
        path = found(stem)
        plan = plan_again(path, values, said)
        planned = allowed(path, plan.runs, figures=False)
        new = len({job.key for job in not_kept(planned)})
        if new > most:
            raise ParameterError(f"it asks for {new:,} runs: --most {new} allows them")
        with outcomes_of(planned, os.cpu_count() or 1, None, force=False) as outcomes:
            for _ in outcomes:
                pass
        return results.collect(plan, planned, RUNS)

    folder = chosen.parent if chosen else collection.notebooks_dir()
    differences = verifying.verify(page, rebuild, folder, readings)
    for sentence in differences or [f"{page}: identical"]:
        click.echo(sentence)
    sys.exit(bool(differences))


@main.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("build/html"),
    show_default=True,
    help="Folder to write the pages and their index to.",
)
@jobs_option
@click.option("--force", is_flag=True, help="Run again what is in the store.")
@click.option(
    "--base-url", metavar="URL", help="Public address of the folder: pages and site map name it."
)
@click.option(
    "--readings",
    type=click.IntRange(min=0),
    default=READINGS,
    show_default=True,
    help="Most readings of a notebook that declares some; 0 makes none.",
)
@limit_options
@refusing
def html(notebooks: tuple, output: Path, jobs, force: bool, base_url, readings, limits) -> None:
    """Execute notebooks and write one HTML page for each, an index, codebooks and a search.

    NOTEBOOK is a path or a stem such as 01_membership_churn; without one, all notebooks are run
    whose names do not start with an underscore. A notebook that declares readings gets a page of
    them as well. A failed run never becomes a page: its notebook, with the traceback, is kept in
    build/runs/failed, and the exit code is 1. Where nothing has changed, nothing is done.
    """
    paths = [collection.find(name) for name in notebooks] or collection.notebooks()
    places = sorted({path.resolve() for path in (*paths, *collection.notebooks())})
    stems = sorted(path.stem for path in places)
    for one, other in itertools.pairwise(stems):
        if one == other:
            raise Refused(f"Two notebooks are called {one}: each page needs a name of its own.")
    folder = Output(writable(output))
    entries = [_entry(path, readings, base_url) for path in paths]
    files = [place.read_bytes().hex() for place in places]
    whole = layout.stamp([stems, files, base_url, *(entry.stamp for entry in entries)])
    as_before = folder.is_made_from("index.html", whole) and folder.is_whole()
    if as_before and not force and all(entry.kept for entry in entries):
        click.echo(f"Unchanged: {output / 'index.html'}")
        return
    engine.get_ready(several=True)
    refuse_broken_tables(whole=False)
    folder.check(layout.file_names(stems))
    planned = [entry.job for entry in entries]
    planned += [job for entry in entries for job in entry.readings if job.key != job.whole]
    click.echo(f"Running {len(entries)} notebooks, {len(planned)} runs, {jobs} at a time")
    failures = 0
    left = {entry.path: len({job.key for job in (entry.job, *entry.readings)}) for entry in entries}
    by_path = {entry.path: entry for entry in entries}
    get_pages_ready(planned[0])
    with outcomes_of(planned, jobs, None, force, limits) as outcomes:
        for outcome in outcomes:
            failures += report(outcome)
            left[outcome.job.path] -= 1
            if not left[outcome.job.path]:
                _write(folder, by_path[outcome.job.path], base_url, force)
    pages = [output / f"{stem}.html" for stem in stems]
    from cstoanalysis.pages import site

    beside = [name for stem in stems for name in layout.readings_files(stem)]
    try:
        site.write_site(
            folder,
            [page for page in pages if page.exists()],
            base_url,
            beside=[name for name in beside if (output / name).exists()],
        )
    except ValueError as problem:  # a page of an earlier version lies there
        raise click.ClickException(str(problem)) from None
    click.echo(f"Pages: {output / 'index.html'}")
    if failures:
        click.echo(f"{failures} of {len(planned)} runs failed", err=True)
        sys.exit(1)
    folder.stamp("index.html", whole)
    folder.close()


class _Entry(NamedTuple):
    """A notebook to make pages of: the run of its page, its readings, what stands for all that."""

    path: Path
    job: Job
    plan: sweeps.Plan | None
    readings: list[Job]
    stamp: str
    kept: bool


def _entry(path: Path, most: int, base_url: str | None) -> _Entry:
    (job,) = jobs_of(path, [{}])
    plan, planned = None, []
    if most and readings_of(read_notebook(path)):
        plan = readings_plan(path, {}, most)
        planned = jobs_of(path, plan.runs, figures=False)
        planned = [job if one.whole == job.whole else one for one in planned]
    keys = [one.key for one in (job, *planned)]
    kept = RUNS.find(job.key, path.parent).record is not None  # and what it read is as it was
    made_from = layout.stamp([keys, most, base_url, layout.pictures(job.source, path.parent)])
    return _Entry(path, job, plan, planned, made_from, kept)


def _write(folder: Output, entry: _Entry, base_url: str | None, force: bool) -> None:
    """Pages of a notebook whose runs have all ended."""
    stem = entry.path.stem
    page, (of_readings, table, schema) = f"{stem}.html", layout.readings_files(stem)
    found = entry.job.found(RUNS)
    if found.record is None:
        for name in (page, of_readings, table, schema):
            folder.remove(name)
        return
    if entry.kept and not force and folder.is_made_from(page, entry.stamp):
        click.echo(f"  as before  {page}")
        return
    from cstoanalysis.pages.curve import summary

    notebook = json.loads(found.notebook)
    if entry.plan:
        gathered = results.collect(entry.plan, entry.readings, RUNS)
        notebook["metadata"].setdefault("csto", {})["readings"] = summary(gathered, of_readings)
        rows, fields = results.table_of(gathered)
        folder.write(table, results.to_csv(fields, rows))
        folder.write(schema, store.to_json(fields))
        folder.write(
            of_readings,
            page_of_readings(gathered, f"{stem}-readings", base_url or "", of_readings),
        )
    folder.write(page, page_of(notebook, entry.path, base_url))
    folder.stamp(page, entry.stamp)
    n = f", {len(entry.readings)} readings" * bool(entry.plan)
    click.echo(f"{found.record['seconds']:9.1f} s  {page}{n}")
