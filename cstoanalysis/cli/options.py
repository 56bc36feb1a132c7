"""The command itself, and the options that its parts share."""

import errno
import functools
import os
from pathlib import Path

import click

import cstoanalysis
from cstoanalysis.descriptor import NoTables
from cstoanalysis.run import engine
from cstoanalysis.run.errors import ParameterError


class Refused(click.ClickException):
    """Bad input: one line, exit code 2."""

    exit_code = 2


class Command(click.Command):
    """Answers ``-p as_of 2010`` with the right form, and what the system refuses in one line."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except OSError as problem:
            if problem.errno in (None, errno.EPIPE):
                raise
            where = problem.filename or "Writing a file"
            raise click.ClickException(f"{where}: {problem.strerror}.") from None

    def parse_args(self, context, arguments: list[str]) -> list[str]:
        for option, name, value in zip(arguments, arguments[1:], arguments[2:], strict=False):
            if option in ("-p", "--parameter") and "=" not in name and value[:1] != "-":
                raise Refused(f"Write {option} {name}={value}, in one piece.")
        return super().parse_args(context, arguments)


class Commands(click.Group):
    command_class = Command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cstoanalysis.__version__, prog_name="csto")
def main() -> None:
    """Run the notebooks of csto-analysis and turn them into pages.

    Exit codes: 0 all went well, 1 a run failed, 2 bad input (then nothing was started), 130 stopped.
    """


def setting_options(command):
    """Options of what runs a notebook with values."""
    force = click.option("--force", is_flag=True, help="Run again what is in the store.")
    return value_options(force(command))


def value_options(command):
    """Options that give values to parameters."""
    for option in (
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


def output_option(content: str, default: str):
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        help=f"Folder for {content}.  [default: {default}]",
    )


jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    show_default="number of cores",
    help="How many runs go at the same time.",
)


fail_fast_option = click.option(
    "--fail-fast", is_flag=True, help="Stop at the first run that fails."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be run and how long it may take, and stop."
)
cluster_option = click.option(
    "--cluster",
    metavar="tcp://HOST:PORT",
    help="Let the workers of this Dask cluster do the runs.",
)


def limit_options(command):
    """What a run may take; the command gets an engine, ``limits``, that keeps to it."""

    @click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Stop a run that takes longer.  [default: none does]",
    )
    @click.option(
        "--output-limit",
        type=click.FloatRange(min=0, min_open=True),
        default=engine.OUTPUT_LIMIT / 1e6,
        show_default=True,
        metavar="MB",
        help="Stop a run of which a cell puts out more.",
    )
    @functools.wraps(command)
    def limited(*arguments, timeout, output_limit, **options):
        return command(*arguments, limits=engine.Engine(timeout, output_limit * 1e6), **options)

    return limited


def refusing(command):
    """What a check refuses is bad input: one line, exit code 2."""

    @functools.wraps(command)
    def refusing(*arguments, **options):
        try:
            return command(*arguments, **options)
        except (ParameterError, NoTables) as problem:
            raise Refused(str(problem)) from None

    return refusing
