"""``csto list``, ``describe``, ``check`` and ``store``: what is there."""

import json
import sys
from pathlib import Path

import click

from cstoanalysis.cli.options import main, output_option, refusing
from cstoanalysis.cli.session import RUNS
from cstoanalysis.descriptor import table_names
from cstoanalysis.run import collection, domain
from cstoanalysis.run.notebook import read_notebook, title_and_question
from cstoanalysis.run.output import Output

MOST_FAULTS = 50


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
@refusing
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


@main.command("check")
@refusing
def check_tables() -> None:
    """Check all tables against their descriptor and against each other.

    Says table, line, column, value and what is wrong, with exit code 1 if anything is: types, keys,
    dates, allowed values, sources, sort order, fingerprints, spells and the states' lives.
    """
    refuse_broken_tables(whole=True)
    click.echo(f"{len(table_names())} tables: nothing is wrong.")


def refuse_broken_tables(whole: bool) -> None:
    """End the command if the tables are not sound, and say where."""
    from cstoanalysis.validate import validate

    faults = validate(whole=whole)
    for fault in faults[:MOST_FAULTS]:
        click.echo(str(fault), err=True)
    if len(faults) > MOST_FAULTS:
        click.echo(f"… and {len(faults) - MOST_FAULTS} more", err=True)
    if faults:
        sys.exit(1)


@main.command("data")
@output_option("csto-data.zip and csto.sqlite", "build/data")
@refusing
def all_data(output: Path | None) -> None:
    """Write all tables in one piece: a zip of CSV files, and an SQLite database.

    Both hold the codebook, and have the same bytes for the same tables. The database has types and
    keys; R, Stata, Excel, pandas and Datasette read it.
    """
    folder = Output(output or Path("build/data"))
    folder.check(["csto-data.zip", "csto.sqlite"])
    from cstoanalysis.pages.bundle import to_sqlite, to_zip

    for name, content in {"csto-data.zip": to_zip(), "csto.sqlite": to_sqlite()}.items():
        click.echo(folder.write(name, content))
    folder.close()


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
