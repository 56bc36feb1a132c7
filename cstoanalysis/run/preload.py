"""Imported once by the process that the runs are forked from: the libraries of all notebooks.

Nothing here may choose a matplotlib backend or make an IPython shell: each run does that anew.
"""
# ruff: noqa: F401

import atexit
import builtins
import gc
import multiprocessing.forkserver
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import warnings
from types import SimpleNamespace

# What a run inherits. One thread each: as many runs as cores, and sums added up in one order.
os.environ.update(
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
    MPLBACKEND="module://matplotlib_inline.backend_inline",
)
# Place for what runs keep while they last. It goes when this process ends, with its last caller.
FOLDER = tempfile.mkdtemp(prefix="csto-")


_asked = []  # signals that told this process to end, where its caller may live on


def _remove(owner: int = os.getpid(), caller: int = os.getppid()) -> None:
    if os.getpid() == owner:
        shutil.rmtree(FOLDER, ignore_errors=True)
        # where the standard library has its socket, if nobody else could remove it
        socket = multiprocessing.forkserver._forkserver._forkserver_address
        until = time.monotonic() + 0.5  # a signal to the terminal ends the caller too
        while _asked and os.getppid() == caller and time.monotonic() < until:
            time.sleep(0.01)
        ended = not _asked or os.getppid() != caller
        if ended and isinstance(socket, str) and "pymp-" in socket:
            shutil.rmtree(os.path.dirname(socket), ignore_errors=True)


def _end(number: int, frame) -> None:
    _asked.append(number)
    sys.exit(128 + number)


atexit.register(_remove)
for _number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, _end)

gc.disable()  # nothing that is imported is rubbish: looking for it takes an eighth of the time

with warnings.catch_warnings():  # forgets on leaving which warnings have been shown
    sys.modules["debugpy"] = None  # nobody can step through a run
    import ipykernel.debugger

    del sys.modules["debugpy"]
    import IPython.core.application
    import IPython.core.completerlib
    import IPython.core.crashhandler
    import IPython.core.logger
    import IPython.core.magics
    import IPython.core.oinspect

    # pandas asks while it is imported whether a kernel shows its frames, or a terminal
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)
    import pandas

    del builtins.get_ipython
    import matplotlib.backends.backend_svg  # the form of our figures
    import matplotlib.pyplot
    import numpy
    import scipy.stats

    import cstoanalysis.charts
    import cstoanalysis.claims
    import cstoanalysis.data
    import cstoanalysis.panels
    import cstoanalysis.run.shell
    import cstoanalysis.run.watch
    import cstoanalysis.show
    import cstoanalysis.sources
    import cstoanalysis.stats
    import cstoanalysis.words

cstoanalysis.run.watch.get_ready()
gc.enable()
gc.freeze()  # what is loaded here is shared by all runs and need not be looked through again
