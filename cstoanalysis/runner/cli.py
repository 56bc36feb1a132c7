"""The ``csto`` command."""

import difflib
import hashlib
import json
import os
import sys
from pathlib import Path

import click
import nbformat

import cstoanalysis
from cstoanalysis.runner.execute import execute_all
from cstoanalysis.runner.parameters import ParameterError, read_parameters, resolve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cstoanalysis.__version__, prog_name="csto")
def main() -> None:
    """Run the notebooks of csto-analysis and turn them into pages."""


@main.command("list")
def list_notebooks() -> None:
    """List the notebooks and the questions they answer."""
    from cstoanalysis.runner import export

    for path in _all_notebooks():
        title, _ = export.title_and_question(nbformat.read(path, as_version=4))
        click.echo(f"{path.stem:<26} {title}")


@main.command()
@click.argument("notebook")
def describe(notebook: str) -> None:
    """Show the parameters of a notebook: name, type, default, help."""
    found = _or_refuse(read_parameters, _find(notebook)).values()
    width = max(len(parameter.name) for parameter in found)
    for parameter in found:
        click.echo(f"{parameter.name:<{width}}  {parameter.type:<5}  {parameter.help}")
        click.echo(f"{'':<{width}}         default: {parameter.default!r}")


@main.command()
@click.argument("notebook")
@click.option(
    "-p",
    "--parameter",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Replace a default, as as_of=2010 or states=RUS,BLR; may be given again.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the page and the executed notebook.  [default: build/runs/NOTEBOOK-ID]",
)
def run(notebook: str, settings: tuple[str, ...], output: Path | None) -> None:
    """Run one notebook with other parameters and write its page.

    Names and values are checked before anything starts; what is wrong is said in one line, with
    exit code 2. ID in the folder's name stands for the values: other values, another folder.

    \b
    Examples:
      csto run 02_military_capacity -p as_of=2010
      csto run 01_membership_churn -p organisation=CIS -p comparators=CSTO,NATO -o cis
    """
    path = _find(notebook)
    values = _or_refuse(resolve, _or_refuse(read_parameters, path), settings)
    from cstoanalysis.runner import export

    key = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:8]
    output = (output or Path("build/runs") / f"{path.stem}-{key}").resolve()
    click.echo(f"Running {path.name}")
    (outcome,) = execute_all([path], output / "failed", parameters=values)
    if outcome.error:
        click.echo(f"FAILED: {outcome.error}", err=True)
        click.echo(f"see {output / 'failed' / path.name}", err=True)
        sys.exit(1)
    _write(output / f"{path.stem}.html", export.to_page(outcome.notebook, path.name))
    _write(output / path.name, nbformat.writes(outcome.notebook) + "\n")
    click.echo(f"Page: {output / path.stem}.html")


@main.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/html"),
    show_default=True,
    help="Folder to write the pages and their index to.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="How many notebooks run at the same time.",
)
def html(notebooks: tuple[str, ...], output: Path, jobs: int) -> None:
    """Execute notebooks and write one HTML page for each, and an index.

    NOTEBOOK is a path or a stem such as 01_membership_churn; without one, all notebooks are run
    whose names do not start with an underscore. A failed run never becomes a page: its notebook,
    with the traceback, is kept in the folder "failed" beside the pages, and the exit code is 1.
    """
    from cstoanalysis.runner import export  # slow to import; not needed for --help

    paths = [_find(name) for name in notebooks] or _all_notebooks()
    output = output.resolve()
    failed = output.parent / "failed"
    click.echo(f"Running {len(paths)} notebook{'s' * (len(paths) != 1)}, {jobs} at a time")
    failures = 0
    for outcome in execute_all(paths, failed, jobs):
        page = output / f"{outcome.path.stem}.html"
        if outcome.error:
            page.unlink(missing_ok=True)
            failures += 1
            click.echo(f"  FAILED  {outcome.path.name}: {outcome.error}", err=True)
            click.echo(f"          see {failed / outcome.path.name}", err=True)
        else:
            _write(page, export.to_page(outcome.notebook, outcome.path.name))
            click.echo(f"  {outcome.seconds:5.1f} s  {page.name}")
    known = sorted({*paths, *_all_notebooks()}, key=lambda path: path.name)
    pages = [(path, output / f"{path.stem}.html") for path in known]
    _write(output / "index.html", export.to_index([pair for pair in pages if pair[1].exists()]))
    click.echo(f"Pages: {output / 'index.html'}")
    if failures:
        click.echo(f"{failures} of {len(paths)} notebooks failed", err=True)
        sys.exit(1)


def _folder() -> Path:
    """Folder of the notebooks: that of the checkout, else the one in the working directory."""
    checkout = Path(cstoanalysis.__file__).resolve().parents[1] / "notebooks"
    return checkout if checkout.is_dir() else Path("notebooks").resolve()


def _all_notebooks() -> list[Path]:
    return [p for p in sorted(_folder().glob("*.ipynb")) if not p.name.startswith("_")]


def _find(name: str) -> Path:
    """Notebook of a path or stem, or one sentence that names the nearest right one."""
    for path in (Path(name), _folder() / f"{name}.ipynb"):
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
    stems = [path.stem for path in _all_notebooks()]
    near = difflib.get_close_matches(Path(name).stem, stems, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise click.UsageError(f"There is no notebook {name!r}.{hint} Notebooks: {', '.join(stems)}.")


def _or_refuse(check, *arguments):
    """What a check returns; what it refuses is bad input: one line, exit code 2."""
    try:
        return check(*arguments)
    except ParameterError as problem:
        raise click.UsageError(str(problem)) from None


def _write(path: Path, text: str) -> None:
    """Write under a temporary name and rename, so that no half-written page is ever there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)
