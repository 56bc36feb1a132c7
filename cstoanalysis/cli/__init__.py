"""The ``csto`` command: the only room that knows both ``run`` and ``pages``."""

from cstoanalysis.cli import runs, site, sweeps, tables  # noqa: F401, each adds its commands
from cstoanalysis.cli.options import main

__all__ = ["main"]
