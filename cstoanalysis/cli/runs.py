"""``csto run``, ``cite`` and ``lab``: one run of one notebook."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import click

from cstoanalysis.cli.options import (
    limit_options,
    main,
    output_option,
    refusing,
    setting_options,
    value_options,
)
from cstoanalysis.cli.session import (
    RUNS,
    executed_run,
    page_of,
    place_for,
    planned_runs,
)
from cstoanalysis.pages import layout
from cstoanalysis.run import collection, store
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
    own, files = RUNS.folder / job.key, [f"{path.stem}.html", path.name]
    page, found, kept = files[0], job.found(RUNS, path.parent), Output(output or own)
    there = found.record and not force and kept.is_whole(files)
    if there and kept.is_made_from(page, _made_from(json.loads(found.notebook), path)):
        click.echo(f"Unchanged: {kept.folder / page}")
        return
    kept = place_for(output, own, files, path)
    click.echo(f"Running {path.name}")
    executed = executed_run(job, force, click.echo, limits)
    kept.write(page, page_of(executed, path))
    kept.write(path.name, store.to_json(executed))
    kept.stamp(page, _made_from(executed, path))
    kept.close()
    click.echo(f"Page: {kept.folder / page}")


def _made_from(executed: dict, path: Path) -> str:
    return layout.stamp([executed, layout.pictures(executed, path.parent)])


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
    from cstoanalysis.pages import cite as citing
    from cstoanalysis.pages import verify as verifying

    click.echo(citing.citations(verifying.page_block(page))[form])


@main.command()
@click.argument("notebook")
@value_options
@refusing
def lab(notebook: str, settings: tuple, file: Path | None) -> None:
    """Open a copy of a notebook, with these values, in JupyterLab.

    The copy is put into the working directory, under a name that is free.

    \b
    Examples:
      csto lab 01_membership_churn
      csto lab 02 -p as_of=2010
    """
    path = collection.find(notebook)
    (job,) = planned_runs(path, settings, file, soon=False)
    names = (f"{path.stem}{f'-{n}' if n else ''}.ipynb" for n in itertools.count())
    copy = next(place for place in map(Path, names) if not place.exists())
    store.write(copy, store.to_json(as_kernel_writes(with_values(job.source, job.values))))
    click.echo(f"Opening {copy}")
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", *as_root, str(copy)]))


def as_kernel_writes(notebook: dict) -> dict:
    """A notebook with what JupyterLab writes into it when it opens it here: so nothing is changed by that."""
    from ipykernel.ipkernel import IPythonKernel
    from jupyter_client.kernelspec import get_kernel_spec

    title = get_kernel_spec("python3").display_name
    spec = {"display_name": title, "language": "python", "name": "python3"}
    language = dict(sorted(IPythonKernel.language_info.items()))
    notebook["metadata"].update(kernelspec=spec, language_info=language)
    return notebook
