"""``csto run``, ``sweep``, ``cite`` and ``lab``: one notebook."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import click

from cstoanalysis.cli.options import (
    cluster_option,
    jobs_option,
    limit_options,
    main,
    output_option,
    refusing,
    setting_options,
)
from cstoanalysis.cli.session import (
    RUNS,
    Steps,
    executed_run,
    outcomes_of,
    page_of,
    place_for,
    planned_runs,
    report,
)
from cstoanalysis.pages import cite as citing
from cstoanalysis.run import collection, engine, store
from cstoanalysis.run import sweep as sweeps
from cstoanalysis.run.notebook import with_values
from cstoanalysis.run.output import Output


@main.command()
@click.argument("notebook")
@setting_options
@output_option("the page and the executed notebook", "build/runs/ID")
@limit_options
@refusing
def run(
    notebook: str, settings: tuple, file: Path | None, force: bool, output: Path | None, limits
) -> None:
    """Run one notebook with other parameters and write its page.

    Names and values are checked before anything starts; what is wrong is said in one line, with
    exit code 2. ID stands for notebook, values, tables and libraries: an unchanged run is not run
    again.

    \b
    Examples:
      csto run 02_military_capacity -p as_of=2010
      csto run 01_membership_churn -p organisation=CIS -p comparators=CSTO,NATO -o cis
      csto run 03_bases_and_alignments -f settings.yml
    """
    path = collection.find(notebook)
    (job,) = planned_runs(path, settings, file)
    page = f"{path.stem}.html"
    kept = place_for(output, RUNS.folder / job.key, [page, path.name], path)
    click.echo(f"Running {path.name}")
    executed = executed_run(job, force, click.echo, limits)
    kept.write(page, page_of(executed, path))
    kept.write(path.name, store.to_json(executed))
    kept.close()
    click.echo(f"Page: {kept.folder / page}")


@main.command()
@click.argument("notebook")
@setting_options
@output_option("the results", "build/sweeps/NOTEBOOK-ID")
@jobs_option
@cluster_option
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@limit_options
@refusing
def sweep(notebook, settings, file, force, output, jobs, cluster, fail_fast, limits) -> None:
    """Run one notebook with many values and compare what it publishes.

    All combinations are run. Values are separated by commas, 1995:2025 and 1995:2025:5 are ranges
    with both ends; a parameter that is a list takes a,b as one value and a,b;c,d as two. FILE may
    hold the same, or a list of mappings that names the runs one by one.

    Ends with results.csv, results.parquet and a page, index.html. A sweep that was stopped, by
    whatever, goes on where it was: finished runs are kept in build/runs.

    \b
    Examples:
      csto sweep 01_membership_churn -p end_year=2010:2025 -p count_frozen=member,exit
      csto sweep 02_military_capacity -p as_of=1995:2020:5 -p "indicators=population;personnel"
      csto sweep 03_bases_and_alignments -f runs.yml -j 8
      csto sweep 00_start_here -p as_of=1992:2025 --cluster tcp://127.0.0.1:8786
    """
    path = collection.find(notebook)
    planned = planned_runs(path, settings, file, several=True)
    own = Path("build/sweeps") / f"{path.stem}-{sweeps.sweep_id(planned)}"
    results = Output(output or own)
    if not force and sweeps.is_complete(results, planned):
        click.echo(f"Unchanged, {len(planned)} runs: {results.folder / 'index.html'}")
        return
    results = place_for(output, own, sweeps.FILES)
    failures = 0
    with outcomes_of(planned, jobs, cluster, force, limits) as outcomes:
        steps = Steps(len(planned))
        for outcome in outcomes:
            failed = report(outcome, steps.say)
            failures += failed
            steps.advance(outcome)
            if failed and fail_fast:
                break
    steps.close()
    engine.call(sweeps.write_results, results, planned, RUNS, _comparison)
    click.echo(f"Results: {results.folder / 'results.csv'}")
    click.echo(f"Page: {results.folder / 'index.html'}")
    if failures:
        click.echo(f"{failures} of {len(planned)} runs failed", err=True)
        sys.exit(1)


def _comparison(*results) -> str:
    from cstoanalysis.pages.comparison import to_comparison  # takes seconds to import

    return to_comparison(*results)


@main.command()
@click.argument("notebook")
@setting_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["apa", "chicago", "bibtex", "ris", "csl"]),
    default="apa",
    show_default=True,
    help="Form of the citation; csl is CSL-JSON.",
)
@refusing
def cite(notebook: str, settings: tuple, file: Path | None, force: bool, form: str) -> None:
    """Print how to cite the page of a notebook, run with these parameters.

    \b
    Examples:
      csto cite 01_membership_churn
      csto cite 02_military_capacity -p as_of=2010 --format bibtex
    """
    path = collection.find(notebook)
    (job,) = planned_runs(path, settings, file)
    page = page_of(executed_run(job, force), path)
    from cstoanalysis.pages import verify as verifying

    click.echo(citing.citations(verifying.page_block(page))[form])


@main.command()
@click.argument("notebook")
@setting_options
@refusing
def lab(notebook: str, settings: tuple, file: Path | None, force: bool) -> None:
    """Open a copy of a notebook, with these values, in JupyterLab.

    The copy is put into the working directory, under a name that is free.

    \b
    Examples:
      csto lab 01_membership_churn
      csto lab 02 -p as_of=2010
    """
    path = collection.find(notebook)
    (job,) = planned_runs(path, settings, file)
    names = (f"{path.stem}{f'-{n}' if n else ''}.ipynb" for n in itertools.count())
    copy = next(place for place in map(Path, names) if not place.exists())
    store.write(copy, store.to_json(with_values(job.source, job.values)))
    click.echo(f"Opening {copy}")
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", *as_root, str(copy)]))
