"""Imported as well by the process that many runs are forked from: what one run would wait for.

Libraries that few notebooks use, what pandas and matplotlib do when they are first used, the tables.
"""
# ruff: noqa: F401

import contextlib
import gc
import io
import warnings

import networkx
import pandas as pd
import scipy.cluster.hierarchy
import yaml
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from cstoanalysis.data import load_table
from cstoanalysis.descriptor import table_names

with warnings.catch_warnings():  # a run shows its own, the first time too
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

with contextlib.suppress(Exception):  # a run that loads a broken table says what is wrong with it
    for _name in table_names():
        load_table(_name)
gc.freeze()
