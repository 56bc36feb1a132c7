"""``csto html`` and ``verify``: the pages."""

import itertools
import sys
from pathlib import Path

import click

from cstoanalysis.cli.options import Refused, jobs_option, limit_options, main, refusing
from cstoanalysis.cli.session import (
    RUNS,
    allowed,
    executed_run,
    outcomes_of,
    page_of,
    report,
    writable,
)
from cstoanalysis.cli.tables import refuse_broken_tables
from cstoanalysis.pages import layout
from cstoanalysis.run import collection
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.execute import jobs_of
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import (
    checked,
    read_parameters,
)


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

    def rebuild(stem: str, values: dict) -> dict:
        path = chosen or {path.stem: path for path in collection.notebooks()}.get(stem)
        if path is None:
            raise ParameterError(
                f"no notebook of the collection is called {stem!r}: name yours with --notebook"
            )
        (job,) = allowed(path, [checked(read_parameters(path), values)])
        return executed_run(job, force=False)

    folder = chosen.parent if chosen else collection.notebooks_dir()
    differences = verifying.verify(page, rebuild, folder)
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
@limit_options
@refusing
def html(
    notebooks: tuple, output: Path, jobs: int, force: bool, base_url: str | None, limits
) -> None:
    """Execute notebooks and write one HTML page for each, an index, codebooks and a search.

    NOTEBOOK is a path or a stem such as 01_membership_churn; without one, all notebooks are run
    whose names do not start with an underscore. A failed run never becomes a page: its notebook,
    with the traceback, is kept in build/runs/failed, and the exit code is 1.
    """
    refuse_broken_tables(whole=False)
    paths = [collection.find(name) for name in notebooks] or collection.notebooks()
    places = sorted({path.resolve() for path in (*paths, *collection.notebooks())})
    stems = sorted(path.stem for path in places)
    for one, other in itertools.pairwise(stems):
        if one == other:
            raise Refused(f"Two notebooks are called {one}: each page needs a name of its own.")
    folder = Output(writable(output))
    folder.check(layout.file_names(stems))
    planned = [job for path in paths for job in jobs_of(path, [{}])]
    click.echo(f"Running {len(planned)} notebook{'s' * (len(planned) != 1)}, {jobs} at a time")
    failures = 0
    with outcomes_of(planned, jobs, None, force, limits) as outcomes:
        from cstoanalysis.pages import site  # takes seconds to import: the runs go on meanwhile

        for outcome in outcomes:
            path = outcome.job.path
            page = f"{path.stem}.html"
            if report(outcome):
                folder.remove(page)
                failures += 1
                continue
            folder.write(page, page_of(RUNS.notebook(outcome.job.key), path, base_url))
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
