"""The ``csto`` command: the only room that knows both ``run`` and ``pages``."""

import atexit
import gc

from cstoanalysis.cli import runs, site, sweeps, tables  # noqa: F401, each adds its commands
from cstoanalysis.cli.options import main

__all__ = ["main"]

atexit.register(gc.freeze)  # Python looks for rubbish once more before it ends: a tenth of a run
