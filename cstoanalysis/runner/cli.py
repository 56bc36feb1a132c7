"""The ``csto`` command."""

import difflib
import os
import sys
from pathlib import Path

import click

import cstoanalysis
from cstoanalysis.runner.execute import execute_all


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cstoanalysis.__version__, prog_name="csto")
def main() -> None:
    """Run the notebooks of csto-analysis and turn them into pages."""


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
    output = output.resolve()  # papermill may move the process to another folder while it reads
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


def _write(path: Path, text: str) -> None:
    """Write under a temporary name and rename, so that no half-written page is ever there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(path)
