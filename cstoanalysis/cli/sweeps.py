"""``csto sweep``, ``readings`` and ``runs``: one notebook many times."""

import itertools
import math
import sys
import time
from pathlib import Path

import click

from cstoanalysis.cli.options import (
    cluster_option,
    dry_run_option,
    fail_fast_option,
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
    allowed,
    duration,
    outcomes_of,
    place_for,
    report,
)
from cstoanalysis.pages import layout
from cstoanalysis.run import collection, engine, results
from cstoanalysis.run import sweep as sweeps
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import read_notebook, readings_of, values_of
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import MOST_RUNS, argument, checked, read_parameters, settled


@main.command()
@click.argument("notebook")
@setting_options
@output_option("the results", "build/sweeps/NOTEBOOK-ID")
@jobs_option
@cluster_option
@fail_fast_option
@dry_run_option
@limit_options
@refusing
def sweep(
    notebook, settings, file, force, output, jobs, cluster, fail_fast, dry_run, limits
) -> None:
    """Run one notebook with many values and compare what it publishes.

    All combinations are run. Values are separated by commas, 1995:2025 and 1995:2025:5 are ranges
    with both ends; a parameter that is a list takes a,b as one value and a,b;c,d as two. FILE may
    hold the same, or a list of mappings that names the runs one by one.

    Runs are for the published values alone: cells tagged figure are skipped. Ends with results.csv
    and results.parquet, their schema with types and units, and a page, index.html. A sweep that was
    stopped, by whatever, goes on where it was: finished runs are kept in build/runs.

    \b
    Examples:
      csto sweep 01_membership_churn -p end_year=2010:2025 -p count_frozen=member,exit
      csto sweep 02_military_capacity -p as_of=1995:2020:5 -p "indicators=population;personnel"
      csto sweep 03_bases_and_alignments -f runs.yml -j 8
      csto sweep 00_start_here -p as_of=1992:2025 --cluster tcp://127.0.0.1:8786
    """
    path = collection.find(notebook)
    runs, problems = settled(read_parameters(path), settings, file, several=True)
    plan = sweeps.grid(_defaults(path), runs)
    planned = allowed(path, plan.runs, problems, figures=False, soon=not dry_run)
    _run_plan("sweeps", plan, planned, force, output, jobs, cluster, fail_fast, dry_run, limits)


@main.command()
@click.argument("notebook")
@setting_options
@output_option("the results", "build/readings/NOTEBOOK-ID")
@jobs_option
@cluster_option
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=sweeps.MOST,
    show_default=True,
    help="Most readings; beyond, a part of them is run.",
)
@fail_fast_option
@dry_run_option
@limit_options
@refusing
def readings(
    notebook, settings, file, force, output, jobs, cluster, most, fail_fast, dry_run, limits
) -> None:
    """Say how far a notebook's answer depends on its choices.

    Runs it with all combinations of the values in its cell tagged readings; -p holds a value fixed.
    Where there are more than --most, the default, every single change, every pair of changes and a
    sample of the rest are run. Ends as csto sweep does.

    \b
    Examples:
      csto readings 01_membership_churn
      csto readings 01 -p count_frozen=exit --most 200
    """
    path = collection.find(notebook)
    fixed, problems = settled(read_parameters(path), settings, file)
    plan = readings_plan(path, fixed[0], most)
    if not readings_of(read_notebook(path)):
        raise ParameterError(f"{path.name} declares no readings: add a cell tagged readings.")
    planned = allowed(path, plan.runs, problems, figures=False, soon=not dry_run)
    _run_plan("readings", plan, planned, force, output, jobs, cluster, fail_fast, dry_run, limits)


@main.command()
@click.argument("notebook", required=False)
@refusing
def runs(notebook: str | None) -> None:
    """List the runs that are kept: when, seconds, id, notebook, values; the newest last."""
    stem = collection.find(notebook).stem if notebook else None
    for place, record, problem in RUNS.records():
        if record and (stem is None or record["notebook"] == stem):
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(place.stat().st_mtime))
            given = " ".join(f"{n}={argument(v)}" for n, v in record["parameters"].items())
            state = f"  ({problem})" if problem else ""
            click.echo(
                f"{when}  {record['seconds']:6.1f} s  {record['id']}  {record['notebook']} {given}{state}"
            )
    click.echo(f"They are in {RUNS.runs}.")


# --- what they share -----------------------------------------------------------------------------
def _defaults(path: Path) -> dict:
    """Value that each parameter has where none is given."""
    before = values_of(read_notebook(path))
    return {name: p.default for name, p in read_parameters(path).items()} | before


def readings_plan(path: Path, fixed: dict, most: int, choices: dict | None = None) -> sweeps.Plan:
    """Readings of a notebook: those that it declares, or those of a page; of the right types."""
    parameters, defaults = read_parameters(path), _defaults(path)
    declared = readings_of(read_notebook(path)) if choices is None else choices
    for name, values in declared.items():
        for value in values if name in parameters else ():
            checked(parameters, {name: value})
    return sweeps.readings(defaults, declared, fixed, most)


def plan_again(path: Path, values: dict, said: dict) -> sweeps.Plan:
    """Plan that a page says it is made from, its values held to the checks of a user's."""
    parameters = read_parameters(path)
    fixed = checked(parameters, values)
    if said.get("choices") is None:
        return readings_plan(path, fixed, said["most"])
    choices = {name: values for name, values in said["choices"].items() if name not in fixed}
    if said["most"] is not None:
        return readings_plan(path, fixed, said["most"], choices)
    several = {n: v if n in choices else [fixed[n]] for n, v in said["choices"].items()}
    if said["runs"]:  # which value each run has of each choice
        ways = zip(*([several[n][i] for i in said["runs"][n]] for n in several), strict=True)
    elif math.prod(map(len, several.values())) > MOST_RUNS:
        raise ParameterError(f"more than {MOST_RUNS:,} runs")
    else:
        ways = itertools.product(*several.values())
    runs = [dict(zip(several, one, strict=True)) for one in ways]
    return sweeps.grid(_defaults(path), [checked(parameters, run) for run in runs])


def _run_plan(kind, plan, planned, force, output, jobs, cluster, fail_fast, dry_run, limits):
    """Run what is planned and write its results; what ``sweep`` and ``readings`` share."""
    stem = planned[0].path.stem
    own = Path("build") / kind / f"{stem}-{sweeps.sweep_id(planned)}"
    folder = Output(output or own)
    if dry_run:
        _forecast(plan, planned, jobs, folder)
        return
    made_from = layout.stamp(sweeps.sweep_id(planned))
    if not force and results.is_complete(folder, planned, made_from):
        click.echo(f"Unchanged, {len(planned)} runs: {folder.folder / 'index.html'}")
        return
    folder = place_for(output, own, results.FILES)
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
    to_write = (folder, plan, planned, RUNS, page_of_readings, made_from)
    engine.call(results.write_results, *to_write)
    click.echo(f"Results: {folder.folder / 'results.csv'}")
    if failures < len(planned):
        click.echo(f"Page: {folder.folder / 'index.html'}")
    if failures:
        click.echo(f"{failures} of {len(planned)} runs failed", err=True)
        sys.exit(1)


def _forecast(plan, planned: list, jobs: int, folder: Output) -> None:
    """Say what would be run, how many, and how long it may take."""
    for name, values in plan.choices.items():
        click.echo(f"{name}: {', '.join(map(argument, values))}")
    kept = [job.found(RUNS, job.path.parent).record for job in planned]
    left = kept.count(None)
    click.echo(f"{len(planned):,} runs ({plan.in_words()}), {left:,} of them not in the store")
    took = [record["seconds"] for record in kept if record]
    took = took or [
        r["seconds"] for _, r, _ in RUNS.records() if r and r["notebook"] == planned[0].path.stem
    ]
    if left and took:
        seconds = left * sum(took) / len(took) / jobs
        click.echo(f"About {duration(seconds)}, {jobs} at a time, by the {len(took)} runs kept")
    elif left:
        click.echo("How long is not known: no run of this notebook is kept")
    click.echo(f"Results would go to {folder.folder}")


def page_of_readings(found: results.Results, *place) -> str:
    """Page of readings or of a sweep, see :func:`cstoanalysis.pages.readings.to_readings`."""
    from cstoanalysis.pages.readings import to_readings  # takes seconds to import

    return to_readings(found, *place)
