"""The ``csto`` command."""

import concurrent.futures
import contextlib
import functools
import itertools
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click

import cstoanalysis
from cstoanalysis.descriptor import table_names
from cstoanalysis.pages import cite as citing
from cstoanalysis.pages import layout
from cstoanalysis.run import collection, domain, engine, results, store
from cstoanalysis.run import sweep as sweeps
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.execute import Outcome, execute_all, jobs_of
from cstoanalysis.run.notebook import (
    read_notebook,
    readings_of,
    title_and_question,
    values_of,
    with_values,
)
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import (
    MOST_RUNS,
    argument,
    checked,
    read_parameters,
    settled,
)

MOST_FAULTS = 50
RUNS = store.Store(Path("build/runs"))


class _Refused(click.ClickException):
    """Bad input: one line, exit code 2."""

    exit_code = 2


class _Command(click.Command):
    """Answers ``-p as_of 2010`` with the right form."""

    def parse_args(self, context, arguments: list[str]) -> list[str]:
        for option, name, value in zip(arguments, arguments[1:], arguments[2:], strict=False):
            if option in ("-p", "--parameter") and "=" not in name and value[:1] != "-":
                raise _Refused(f"Write {option} {name}={value}, in one piece.")
        return super().parse_args(context, arguments)


class _Commands(click.Group):
    command_class = _Command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cstoanalysis.__version__, prog_name="csto")
def main() -> None:
    """Run the notebooks of csto-analysis and turn them into pages.

    Exit codes: 0 all went well, 1 a run failed, 2 bad input (then nothing was started), 130 stopped.
    """


def _options(command):
    """Options that ``run`` and ``sweep`` share."""
    for option in (
        click.option("--force", is_flag=True, help="Run again what is in the store."),
        click.option(
            "-f",
            "--file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="YAML or JSON file of settings; a -p wins over it.",
        ),
        click.option(
            "-p",
            "--parameter",
            "settings",
            multiple=True,
            metavar="NAME=VALUE",
            help="Replace a default, as as_of=2010 or states=RUS,BLR; may be given again.",
        ),
    ):
        command = option(command)
    return command


def _output(content: str, default: str):
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        help=f"Folder for {content}.  [default: {default}]",
    )


_jobs = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    show_default="number of cores",
    help="How many runs go at the same time.",
)
_fail_fast = click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
_dry_run = click.option(
    "--dry-run", is_flag=True, help="Say what would be run and how long it may take, and stop."
)
_cluster = click.option(
    "--cluster",
    metavar="tcp://HOST:PORT",
    help="Let the workers of this Dask cluster do the runs.",
)


def _refusing(command):
    """What a check refuses is bad input: one line, exit code 2."""

    @functools.wraps(command)
    def refusing(*arguments, **options):
        try:
            return command(*arguments, **options)
        except ParameterError as problem:
            raise _Refused(str(problem)) from None

    return refusing


@main.command("list")
def list_notebooks() -> None:
    """List the notebooks and the questions they answer."""
    for path in collection.notebooks():
        click.echo(f"{path.stem:<26} {title_and_question(read_notebook(path))[0]}")


@main.command()
@click.argument("notebook")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: name, type, default, help, choices, minimum and maximum of each parameter.",
)
@_refusing
def describe(notebook: str, form: str) -> None:
    """Show the parameters of a notebook: name, type, help, default and allowed values."""
    path = collection.find(notebook)
    found, conditions = domain.domain_of(path, read_notebook(path))
    if form == "json":
        click.echo(json.dumps([each.to_json() for each in found], ensure_ascii=False, indent=1))
        return
    if not found:
        click.echo(f"{path.name} has no parameters.")
    width = max((len(each.name) for each in found), default=0)
    types = max((5, *(len(each.type) for each in found)))
    for each in found:
        click.echo(f"{each.name:<{width}}  {each.type:<{types}}  {each.help}")
        click.echo(f"{'':<{width + types + 4}}default: {each.default!r}")
        if each.in_words():
            click.echo(f"{'':<{width + types + 4}}allowed: {each.in_words()}")
    for sentence in conditions:
        click.echo(f"Together: {sentence}.")


@main.command()
@click.argument("notebook")
@_options
@_output("the page and the executed notebook", "build/runs/ID")
@_refusing
def run(
    notebook: str, settings: tuple, file: Path | None, force: bool, output: Path | None
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
    (job,) = _planned(path, settings, file)
    page = f"{path.stem}.html"
    kept = _place(output, RUNS.folder / job.key, [page, path.name], path)
    click.echo(f"Running {path.name}")
    executed = _executed(job, force, click.echo)
    kept.write(page, _page(executed, path))
    kept.write(path.name, store.to_json(executed))
    kept.close()
    click.echo(f"Page: {kept.folder / page}")


@main.command()
@click.argument("notebook")
@_options
@_output("the results", "build/sweeps/NOTEBOOK-ID")
@_jobs
@_cluster
@_fail_fast
@_dry_run
@_refusing
def sweep(notebook, settings, file, force, output, jobs, cluster, fail_fast, dry_run) -> None:
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
    planned = _allowed(path, plan.runs, problems, figures=False)
    _run_plan("sweeps", plan, planned, force, output, jobs, cluster, fail_fast, dry_run)


@main.command()
@click.argument("notebook")
@_options
@_output("the results", "build/readings/NOTEBOOK-ID")
@_jobs
@_cluster
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=sweeps.MOST,
    show_default=True,
    help="Most readings; beyond, a part of them is run.",
)
@_fail_fast
@_dry_run
@_refusing
def readings(
    notebook, settings, file, force, output, jobs, cluster, most, fail_fast, dry_run
) -> None:
    """Say how far a notebook's answer hangs on its choices.

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
    plan = _readings(path, fixed[0], most)
    if not plan.axes and not problems:
        raise ParameterError(f"{path.name} declares no readings: add a cell tagged readings.")
    planned = _allowed(path, plan.runs, problems, figures=False)
    _run_plan("readings", plan, planned, force, output, jobs, cluster, fail_fast, dry_run)


@main.command()
@click.argument("notebook", required=False)
@_refusing
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


@main.command()
@click.argument("notebook")
@_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["apa", "chicago", "bibtex", "ris", "csl"]),
    default="apa",
    show_default=True,
    help="Form of the citation; csl is CSL-JSON.",
)
@_refusing
def cite(notebook: str, settings: tuple, file: Path | None, force: bool, form: str) -> None:
    """Print how to cite the page of a notebook, run with these parameters.

    \b
    Examples:
      csto cite 01_membership_churn
      csto cite 02_military_capacity -p as_of=2010 --format bibtex
    """
    path = collection.find(notebook)
    (job,) = _planned(path, settings, file)
    page = _page(_executed(job, force), path)
    from cstoanalysis.pages import verify as verifying

    click.echo(citing.citations(verifying.page_block(page))[form])


@main.command()
@click.argument("notebook")
@_options
@_refusing
def lab(notebook: str, settings: tuple, file: Path | None, force: bool) -> None:
    """Open a copy of a notebook, with these values, in JupyterLab.

    The copy is put into the working directory, under a name that is free.

    \b
    Examples:
      csto lab 01_membership_churn
      csto lab 02 -p as_of=2010
    """
    path = collection.find(notebook)
    (job,) = _planned(path, settings, file)
    names = (f"{path.stem}{f'-{n}' if n else ''}.ipynb" for n in itertools.count())
    copy = next(place for place in map(Path, names) if not place.exists())
    store.write(copy, store.to_json(with_values(job.source, job.values)))
    click.echo(f"Opening {copy}")
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", *as_root, str(copy)]))


@main.command()
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--notebook",
    metavar="NOTEBOOK",
    help="Run this notebook; without it, only one of the collection is run.",
)
def verify(page: Path, notebook: str | None) -> None:
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
        (job,) = _allowed(path, [checked(read_parameters(path), values)])
        return _executed(job, force=False)

    def readings(stem: str, values: dict, said: dict) -> results.Results:
        path = found(stem)
        plan = _plan_again(path, values, said)
        planned = _allowed(path, plan.runs, figures=False)
        with _runs(planned, os.cpu_count() or 1, None, force=False) as outcomes:
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
@_jobs
@click.option("--force", is_flag=True, help="Run again what is in the store.")
@click.option(
    "--base-url", metavar="URL", help="Public address of the folder: pages and site map name it."
)
@_refusing
def html(notebooks: tuple, output: Path, jobs: int, force: bool, base_url: str | None) -> None:
    """Execute notebooks and write one HTML page for each, an index, codebooks and a search.

    NOTEBOOK is a path or a stem such as 01_membership_churn; without one, all notebooks are run
    whose names do not start with an underscore. A failed run never becomes a page: its notebook,
    with the traceback, is kept in build/runs/failed, and the exit code is 1.
    """
    _refuse_broken_tables(whole=False)
    paths = [collection.find(name) for name in notebooks] or collection.notebooks()
    places = sorted({path.resolve() for path in (*paths, *collection.notebooks())})
    stems = sorted(path.stem for path in places)
    for one, other in itertools.pairwise(stems):
        if one == other:
            raise _Refused(f"Two notebooks are called {one}: each page needs a name of its own.")
    folder = Output(_writable(output))
    folder.check(layout.file_names(stems))
    planned = [job for path in paths for job in jobs_of(path, [{}])]
    click.echo(f"Running {len(planned)} notebook{'s' * (len(planned) != 1)}, {jobs} at a time")
    failures = 0
    with _runs(planned, jobs, None, force) as outcomes:
        from cstoanalysis.pages import site  # takes seconds to import: the runs go on meanwhile

        for outcome in outcomes:
            path = outcome.job.path
            page = f"{path.stem}.html"
            if _report(outcome):
                folder.remove(page)
                failures += 1
                continue
            folder.write(page, _page(RUNS.notebook(outcome.job.key), path, base_url))
            took = "  as before" if outcome.stored else f"{outcome.seconds:9.1f} s"
            click.echo(f"{took}  {page}")
    pages = [output / f"{stem}.html" for stem in stems]
    try:
        site.write_site(folder, [page for page in pages if page.exists()], base_url)
    except ValueError as problem:  # a page of an earlier version lies there
        raise click.ClickException(str(problem)) from None
    click.echo(f"Pages: {output / 'index.html'}")
    if failures:
        click.echo(f"{failures} of {len(planned)} notebooks failed", err=True)
        sys.exit(1)


@main.command("check")
def check_tables() -> None:
    """Check all tables against their descriptor and against each other.

    Says table, line, column, value and what is wrong, with exit code 1 if anything is: types, keys,
    dates, allowed values, sources, sort order, fingerprints, spells and the states' lives.
    """
    _refuse_broken_tables(whole=True)
    click.echo(f"{len(table_names())} tables: nothing is wrong.")


@main.group("store")
def of_store() -> None:
    """Look after build/runs, where finished runs are kept."""


@of_store.command("check")
def check_store() -> None:
    """Say which kept runs are damaged or out of date; those are run again when they are needed.

    Exit code 1 if one is damaged.
    """
    found = dict(RUNS.check())
    wrong = {key: problem for key, problem in found.items() if problem}
    for key, problem in wrong.items():
        click.echo(f"  {key}: {problem}")
    click.echo(
        f"{len(found)} runs in {RUNS.folder}, {len(found) - len(wrong)} of them as they should be"
    )
    sys.exit(any(problem.startswith("damaged") for problem in wrong.values()))


@of_store.command("clean")
def clean_store() -> None:
    """Remove runs that are damaged or out of date, and the notebooks of failed runs.

    Nothing is removed that the store did not write.
    """
    removed = RUNS.clean()
    click.echo(f"{len(removed)} files removed from {RUNS.folder}")


# --- what the commands share ---------------------------------------------------------------------
def _refuse_broken_tables(whole: bool) -> None:
    """End the command if the tables are not sound, and say where."""
    from cstoanalysis.validate import validate

    faults = validate(whole=whole)
    for fault in faults[:MOST_FAULTS]:
        click.echo(str(fault), err=True)
    if len(faults) > MOST_FAULTS:
        click.echo(f"… and {len(faults) - MOST_FAULTS} more", err=True)
    if faults:
        sys.exit(1)


def _planned(path: Path, settings: tuple, file: Path | None, several: bool = False) -> list:
    """Jobs of a notebook with the values given, if its types and checks allow all of them."""
    return _allowed(path, *settled(read_parameters(path), settings, file, several))


def _allowed(path: Path, runs: list[dict], problems: list[str] = (), figures: bool = True) -> list:
    """Jobs of a notebook, if its checks allow all of them and nothing is wrong already."""
    planned = jobs_of(path, runs, figures)
    new = [job.values for job in planned if not (RUNS.has(job.key) or RUNS.has(job.whole))]
    domain.refuse(path, read_notebook(path), new, problems)
    return planned


def _defaults(path: Path) -> dict:
    """Value that each parameter has where none is given."""
    before = values_of(read_notebook(path))
    return {name: p.default for name, p in read_parameters(path).items()} | before


def _readings(path: Path, fixed: dict, most: int, choices: dict | None = None) -> sweeps.Plan:
    """Readings of a notebook: those that it declares, or those of a page; of the right types."""
    parameters, defaults = read_parameters(path), _defaults(path)
    declared = readings_of(read_notebook(path)) if choices is None else choices
    for name, values in declared.items():
        for value in values if name in parameters else ():
            checked(parameters, {name: value})
    return sweeps.readings(defaults, declared, fixed, most)


def _plan_again(path: Path, values: dict, said: dict) -> sweeps.Plan:
    """Plan that a page says it is made from, its values held to the checks of a user's."""
    parameters = read_parameters(path)
    fixed = checked(parameters, values)
    if said.get("choices") is None:
        return _readings(path, fixed, said["most"])
    choices = {name: values for name, values in said["choices"].items() if name not in fixed}
    if said["most"] is not None:
        return _readings(path, fixed, said["most"], choices)
    if math.prod(map(len, choices.values())) > MOST_RUNS:
        raise ParameterError(f"more than {MOST_RUNS:,} runs")
    several = {n: v if n in choices else [fixed[n]] for n, v in said["choices"].items()}
    combinations = itertools.product(*several.values())
    runs = said["runs"] or [dict(zip(several, one, strict=True)) for one in combinations]
    return sweeps.grid(_defaults(path), [checked(parameters, run) for run in runs])


def _run_plan(kind, plan, planned, force, output, jobs, cluster, fail_fast, dry_run) -> None:
    """Run what is planned and write its results; what ``sweep`` and ``readings`` share."""
    stem = planned[0].path.stem
    own = Path("build") / kind / f"{stem}-{sweeps.sweep_id(planned)}"
    folder = Output(output or own)
    if dry_run:
        _forecast(plan, planned, jobs, folder)
        return
    if not force and results.is_complete(folder, planned):
        click.echo(f"Unchanged, {len(planned)} runs: {folder.folder / 'index.html'}")
        return
    folder = _place(output, own, results.FILES)
    failures, steps = 0, _Steps(len(planned))
    with _runs(planned, jobs, cluster, force) as outcomes:
        for outcome in outcomes:
            failed = _report(outcome, steps.say)
            failures += failed
            steps.advance(outcome)
            if failed and fail_fast:
                break
    steps.close()
    engine.call(results.write_results, folder, plan, planned, RUNS, _page_of_readings)
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
        click.echo(f"About {_duration(seconds)}, {jobs} at a time, by the {len(took)} runs kept")
    elif left:
        click.echo("How long is not known: no run of this notebook is kept")
    click.echo(f"Results would go to {folder.folder}")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{minutes} minutes"


def _executed(job, force: bool, say=None) -> dict:
    """Executed notebook of one run, from the store if it is there; a failure ends the command."""
    with _runs([job], 1, None, force) as outcomes:
        (outcome,) = outcomes
    if _report(outcome):
        sys.exit(1)
    if say and outcome.stored:
        say("Unchanged: taken from an earlier run (--force runs it again)")
    return RUNS.notebook(job.key)


def _place(output: Path | None, own: Path, names, source: Path | None = None) -> Output:
    """Folder to write these files to: what is not ours stays, in a folder of ours under another name."""
    folder = Output(_writable(output or own))
    if output is None:
        for sentence in folder.set_aside(names):
            click.echo(f"  {sentence}", err=True)
    else:
        folder.check(names, source)
    return folder


def _page_of_readings(found, *place) -> str:
    from cstoanalysis.pages.readings import to_readings  # takes seconds to import

    return to_readings(found, *place)


def _page(notebook: dict, path: Path, home: str | None = None) -> str:
    from cstoanalysis.pages.page import to_page  # takes seconds to import

    return to_page(notebook, path.name, home or "", path.parent, ran=True)


@contextlib.contextmanager
def _runs(planned: list, jobs: int, cluster: str | None, force: bool):
    """Outcomes of jobs as they come; an interrupt ends the runs and keeps what is finished."""
    if not cluster and not engine.available():
        click.echo("Processes cannot be forked here: ordinary kernels do the work, more slowly.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        if cluster:
            executor, window = _of_cluster(cluster, stack)
        else:
            executor, window = concurrent.futures.ThreadPoolExecutor(jobs), jobs + 1
            stack.callback(executor.shutdown, cancel_futures=True)
        outcomes = execute_all(planned, RUNS, executor, window=window, force=force)
        stack.callback(outcomes.close)
        try:
            yield outcomes
        except KeyboardInterrupt:
            stack.close()
            kept = sum(RUNS.has(job.key) for job in planned)
            click.echo(
                f"\nStopped. {kept} of {len(planned)} runs are kept; the same command goes on."
            )
            sys.exit(130)


def _of_cluster(address: str, stack: contextlib.ExitStack):
    """Executor of a Dask cluster, and how many runs to hand it at a time."""
    try:
        from distributed import Client
    except ImportError:
        raise click.UsageError(
            "--cluster needs Dask: python -m pip install 'csto-analysis[cluster]'."
        ) from None
    try:
        client = stack.enter_context(Client(address, timeout=15))
    except (OSError, ValueError) as problem:
        raise click.UsageError(f"--cluster {address}: {problem or 'no answer'}.") from None
    threads = sum(client.nthreads().values())
    click.echo(f"Cluster at {address}: {len(client.nthreads())} workers, {threads} threads")
    return client.get_executor(), 4 * max(threads, 1)


def _report(outcome: Outcome, say=click.echo) -> bool:
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


class _Steps:
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
                said += f", about {_duration(left)} left" if left > 10 else ""
            click.echo(f"  {self.done} of {self.total} done{said}")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _writable(folder: Path) -> Path:
    """A folder that can be written to, or made; nothing is made yet."""
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise ParameterError(f"--output {folder}: {place} is no folder that can be written to.")
    return folder
