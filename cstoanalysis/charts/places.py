"""Drawings with places: names beside points, a network, a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from cstoanalysis import words
from cstoanalysis.charts.rows import ink_of, named, says
from cstoanalysis.style import COAST, LAND, MUTED

if TYPE_CHECKING:
    import networkx as nx


def name_points(ax, x, y, names, avoid=(), years=None, year=None) -> list:
    """Write names beside points, each where it covers no point and no other name, if there is room.

    Parameters
    ----------
    ax : Axes
        Set its limits before: places are found in points of print.
    x, y : array
    names : list of str
        An empty one leaves its point unnamed.
    avoid : array of (x, y), optional
        Further places that no name should cover, such as those along a line.
    years : list of collection of int, optional
        When each name is there, where a reader can choose the year: names that never meet may
        stand in one place.
    year : int, optional
        The year seen first, whose names have the best places.

    Returns
    -------
    list
        The names as written, without the empty ones.
    """
    notes, engine = [], ax.figure.get_layout_engine()
    for _ in range(2 if engine else 1):  # names change the room that is left for the axes
        if engine:
            engine.execute(ax.figure)
        ax.apply_aspect()
        points = [
            ax.transData.transform(np.reshape(places, (-1, 2))) * 72 / ax.figure.dpi
            for places in (np.column_stack([x, y]), avoid)
        ]
        size, frame = ax.xaxis.label.get_size(), ax.bbox.extents * 72 / ax.figure.dpi
        for note in notes:
            note.remove()
        style = {"textcoords": "offset points", "va": "bottom", "zorder": 5}
        line = {"arrowstyle": "-", "lw": 0.7, "color": MUTED, "shrinkA": 0, "shrinkB": 5}
        spots = _beside(*points, names, size, frame, _together(len(names), years, year))
        notes = [
            ax.annotate(name, at, place, ha=side, arrowprops=line if far else None, **style)
            for at, name, (side, *place, far) in zip(
                zip(x, y, strict=True), names, spots, strict=True
            )
            if name
        ]
    return notes


def _together(n: int, years, year) -> np.ndarray:
    """How much it matters that two of the names are apart: 0 if they are never there together."""
    if years is None:
        return np.ones((n, n))
    sets = [{*some} for some in years]
    seen = np.where([year is None or year in some for some in sets], 1, 0.3)
    return np.minimum.outer(seen, seen) * [[not a.isdisjoint(b) for b in sets] for a in sets]


def _beside(points, ways, names, size: float, frame, together) -> list[tuple]:
    """For each point where its name goes: side, how far to the right and up in points of print, and
    whether that is so far off that a line should lead back to the point."""
    spots = [("left", 6, -size / 2), ("center", 0, 6), ("center", 0, -6 - size)]
    spots += [("right", -6, -size / 2), ("left", 5, 4), ("right", -5, 4)]
    spots += [("left", 5, -4 - size), ("right", -5, -4 - size)]
    away = [(side, right, up + 1.3 * (size if up > 0 else -size)) for side, right, up in spots]
    spots += [spot for spot in away if abs(spot[2]) > size]
    named = [n for n, name in enumerate(names) if name]
    if not named:
        return [(*spots[0], False)] * len(names)
    wide = np.array([[0.62 * size * len(names[n])] for n in named])
    shift = np.array([{"left": 0, "center": 0.5, "right": 1}[side] for side, *_ in spots])
    right, up = np.array([spot[1:] for spot in spots]).T
    left, foot = points[named].T[:, :, None] + np.stack([right - shift * wide, up + 0 * wide])
    boxes = np.stack([left, foot, left + wide, foot + size], axis=-1)
    costs = _meet(boxes, np.hstack([points - 4, points + 4])).sum(axis=-1) * 1.0
    costs += _meet(boxes, np.hstack([ways, ways])).sum(axis=-1) / 10
    costs += 5 * ((left < frame[0]) | (left + wide > frame[2]))
    costs += 2 * ((foot < frame[1]) | (foot + size > frame[3]))
    costs[:, 8:] += 1.05  # further off is dearer than to cover one point, cheaper than a name
    costs = costs * np.diag(together)[named, None] + 1e-6 * np.arange(len(spots))
    room = boxes + size * np.array([-0.5, -0.2, 0.5, 0.2])
    clash = 10.0 * _meet(boxes, room.reshape(-1, 4)).reshape(*costs.shape, *costs.shape)
    clash *= (together - np.diag(np.diag(together)))[np.ix_(named, named)][:, None, :, None]
    rng, best, least = np.random.default_rng(1), None, np.inf
    for _ in range(20):  # from several beginnings, each name in turn gives way to the others
        order, at, others = rng.permutation(len(named)), costs.argmin(axis=1), range(len(named))
        for _ in range(5):
            for n in order:
                at[n] = (costs[n] + clash[n][:, others, at].sum(axis=-1)).argmin()
        total = costs[others, at].sum() + sum(clash[n, at[n], others, at].sum() for n in others) / 2
        if total < least - 1e-9:  # the same choice on each machine
            best, least = at.copy(), total
    found = dict(zip(named, map(int, best), strict=True))
    return [(*spots[found.get(n, 0)], found.get(n, 0) >= 8) for n in range(len(names))]


def _meet(boxes, others) -> np.ndarray:
    """Whether each box (left, foot, right, head) lies over each of the others."""
    a, b = boxes[..., None, :], others.reshape(-1, 4)
    return (a[..., :2] < b[:, 2:]).all(axis=-1) & (b[:, :2] < a[..., 2:]).all(axis=-1)


def network(ax, graph: nx.Graph, pos: dict | None = None, accent=None, names=None) -> dict:
    """A graph with names beside its nodes; up to some forty edges can be read.

    Parameters
    ----------
    ax : Axes
    graph : Graph or DiGraph
        Edges may have a ``colour``, be ``dashed`` and have what they ``say``; those of a DiGraph are
        arrows. A reader can choose a node and see its ties.
    pos : dict, optional
        Place of each node. Default: by distance in the graph (Kamada and Kawai).
    accent : collection of nodes, optional
        The subject; the rest is grey. Default: each has its own colour.
    names : mapping, optional

    Returns
    -------
    dict
        The places, for the same graph on another day.
    """
    import networkx as nx  # only who draws a network waits for it

    if pos is None:
        rough = nx.spring_layout(graph, seed=1)  # begun on a circle, nodes alike end on one spot
        pos = nx.kamada_kawai_layout(graph.to_undirected(), pos=rough)
    nodes, edges = list(graph), [*graph.edges(data=True)]
    ties = {"edge_color": [data.get("colour", MUTED) for *_, data in edges], "width": 1.2, "ax": ax}
    ties["style"] = ["--" if data.get("dashed") else "-" for *_, data in edges]
    ties |= {"arrowsize": 11, "node_size": 150} if graph.is_directed() else {}
    drawn = nx.draw_networkx_edges(graph, pos, edges, **ties)
    if graph.is_directed():
        for arrow, (*pair, data) in zip(drawn, edges, strict=True):
            ends = named(pair, names)
            says(arrow, data.get("say", " – ".join(ends)), of=ends)
    spots = np.array([pos[node] for node in nodes]).reshape(-1, 2)
    for node, spot, name in zip(nodes, spots, named(nodes, names), strict=True):
        dot = ax.plot(*spot, "o", ms=8.5, color=ink_of(node, accent), zorder=3)
        says(dot[0], f"{name}: {words.counted(graph.degree(node), 'tie')}", of=[name])
    ax.axis("off")
    ax.margins(0.12)
    along = np.linspace(0.1, 0.9, 25)[:, None]
    ways = [np.add(pos[a], along * np.subtract(pos[b], pos[a])) for a, b, _ in edges]
    avoid = np.concatenate(ways) if ways else ()
    for note in name_points(ax, *spots.T, named(nodes, names), avoid=avoid):
        says(note, "", of=[note.get_text()])
    return pos


def projection(lon: float = 45, lat: float = 48) -> Callable:
    """Lambert's azimuthal equal-area projection around a place, in kilometres (Snyder 1987, p. 185)."""
    centre, middle = np.radians(lon), np.radians(lat)

    def project(lon, lat):
        east, north = (
            np.radians(np.asarray(lon, float)) - centre,
            np.radians(np.asarray(lat, float)),
        )
        near = 1 + np.sin(middle) * np.sin(north) + np.cos(middle) * np.cos(north) * np.cos(east)
        k = 6371.0088 * np.sqrt(2 / near)
        y = np.cos(middle) * np.sin(north) - np.sin(middle) * np.cos(north) * np.cos(east)
        return k * np.cos(north) * np.sin(east), k * y

    return project


def land_map(ax, outlines: pd.DataFrame, window=(15, 90, 30, 62), project=None) -> Callable:
    """Land and borders, disputed lines dashed, no state in a colour of its own.

    Parameters
    ----------
    ax : Axes
    outlines : DataFrame
        The table ``outlines``: ``line_id``, ``point``, ``kind`` (land, hole, border, disputed),
        ``lon``, ``lat``.
    window : (west, east, south, north)
        What is shown, in degrees.
    project : callable, optional
        From degrees to places on the axes. Default: :func:`projection` around the window's middle.

    Returns
    -------
    callable
        ``project``, for what is put on the map: ``ax.scatter(*project(lon, lat))``.
    """
    west, east, south, north = window
    project = project or projection((west + east) / 2, (south + north) / 2)
    side = np.linspace(0, 1, 21)
    lon = west + (east - west) * np.concatenate([side, side, 0 * side, 0 * side + 1])
    lat = south + (north - south) * np.concatenate([0 * side, 0 * side + 1, side, side])
    corners = np.column_stack(project(lon, lat))
    low, high = corners.min(axis=0), corners.max(axis=0)
    shapes = {"land": [], "border": [], "disputed": []}
    points = outlines.sort_values("point", kind="stable", ignore_index=True)
    degrees = points[["lon", "lat"]].to_numpy(float)
    for (kind, _), at in points.groupby(["kind", "line_id"], sort=False).indices.items():
        places = np.column_stack(project(*_denser(degrees[at]).T))
        if (places.max(axis=0) > low).all() and (places.min(axis=0) < high).all():
            shapes["land" if kind == "hole" else kind].append(places)
    rings = Path.make_compound_path(*[Path(ring, closed=True) for ring in shapes["land"]])
    ax.add_patch(PathPatch(rings, fc=LAND, ec=COAST, lw=0.5, zorder=0))
    dashes = {"border": "-", "disputed": (0, (2.5, 2))}
    for kind, dash in dashes.items():
        style = {"colors": MUTED, "linewidths": 0.6, "linestyles": [dash], "zorder": 1}
        ax.add_collection(LineCollection(shapes[kind], **style), autolim=False)
    (left, foot), (right, head) = low, high
    ax.set(xlim=(left, right), ylim=(foot, head), aspect="equal", xticks=[], yticks=[])
    ax.set_frame_on(False)
    return project


def _denser(degrees: np.ndarray, step: float = 2) -> np.ndarray:
    """A line with points at most some degrees apart, so that long straight edges curve."""
    gaps = np.abs(np.diff(degrees, axis=0)).max(axis=1)
    at = [
        i + np.arange(n) / n for i, n in enumerate(np.maximum(1, np.ceil(gaps / step)).astype(int))
    ]
    places = np.append(np.concatenate(at), len(degrees) - 1) if len(at) else [0]
    return np.column_stack([np.interp(places, range(len(degrees)), axis) for axis in degrees.T])
