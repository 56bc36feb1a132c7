"""Imported once by the process that the runs are forked from: libraries loaded and warmed up.

Nothing here may choose a matplotlib backend or make an IPython shell: each run does that anew.
"""

import atexit
import builtins
import gc
import io
import multiprocessing.forkserver
import os
import shutil
import signal
import sys
import tempfile
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


def _remove(owner: int = os.getpid(), caller: int = os.getppid()) -> None:
    if os.getpid() == owner:
        shutil.rmtree(FOLDER, ignore_errors=True)
        # where the standard library has its socket, if nobody else could remove it
        socket = multiprocessing.forkserver._forkserver._forkserver_address
        if os.getppid() != caller and isinstance(socket, str) and "pymp-" in socket:
            shutil.rmtree(os.path.dirname(socket), ignore_errors=True)


atexit.register(_remove)
for _number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, lambda number, frame: sys.exit(128 + number))

gc.disable()  # nothing that is imported is rubbish: looking for it takes an eighth of the time

# ruff: noqa: F401
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
    import pandas as pd

    del builtins.get_ipython
    import matplotlib.pyplot
    import networkx
    import numpy
    import scipy.cluster.hierarchy
    import scipy.optimize
    import scipy.sparse
    import scipy.stats
    import yaml
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

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

    figure = Figure()
    FigureCanvasSVG(figure)  # the form of our figures
    axes = figure.add_subplot()
    axes.plot([0, 1], label="é")
    axes.legend()
    figure.savefig(io.BytesIO(), format="svg", bbox_inches="tight")

    frame = pd.DataFrame({"a": [1.5, 2.0], "b": ["x", "y"], "year": [1992, 1993]})
    frame.query("a > 1").groupby("b")["a"].mean()
    frame.merge(frame, on="a").pivot(index="b_x", columns="b_y", values="a")
    frame._repr_html_(), frame.to_string(), frame.to_csv()
    networkx.betweenness_centrality(networkx.path_graph(3))

gc.enable()
gc.freeze()  # what is loaded here is shared by all runs and need not be looked through again
