"""Drawings with places: names beside points, a network, a map."""

from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from cstoanalysis import words
from cstoanalysis.charts.rows import ink_of, named, says
from cstoanalysis.style import COAST, LAND, MUTED


def name_points(ax, x, y, names, avoid=()) -> list:
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
        notes = [
            ax.annotate(name, (px, py), xytext=place, ha=side, **style)
            for px, py, name, (side, *place) in zip(
                x, y, names, _beside(*points, names, size, frame), strict=True
            )
            if name
        ]
    return notes


def _beside(points, ways, names, size: float, frame) -> list[tuple[str, float, float]]:
    """For each point where its name goes: side, and how far to the right and up in points of print."""
    taken = [(*point - 4, *point + 4) for point in points]
    ways = [(*way, *way) for way in ways]
    high = size
    spots = [("left", 6, -high / 2), ("center", 0, 6), ("center", 0, -6 - high)]
    spots += [("right", -6, -high / 2), ("left", 5, 4), ("right", -5, 4)]
    spots += [("left", 5, -4 - high), ("right", -5, -4 - high)]
    away = [(side, right, up + 1.3 * (high if up > 0 else -high)) for side, right, up in spots]
    spots += [spot for spot in away if abs(spot[2]) > high]
    far = [0] * 8 + [1.05] * (len(spots) - 8)  # dearer than to cover one point, cheaper than a name
    boxes, costs = [], []
    for (left, low), name in zip(points, names, strict=True):
        wide = 0.62 * size * len(name)
        shift = {"left": 0, "center": wide / 2, "right": wide}
        edges = [(left + right - shift[side], low + up) for side, right, up in spots]
        boxes.append([(edge, foot, edge + wide, foot + high) for edge, foot in edges])
        costs.append(
            [
                sum(_meet(box, point) for point in taken)
                + sum(_meet(box, way) for way in ways) / 10
                + 5 * (box[0] < frame[0] or box[2] > frame[2])
                + 2 * (box[1] < frame[1] or box[3] > frame[3])
                + further
                for box, further in zip(boxes[-1], far, strict=True)
            ]
        )
    found = [spots[0]] * len(names)
    named, room = [n for n, name in enumerate(names) if name], {}
    for _ in range(5):  # each name in turn gives way to the others
        for n in named:
            others = [box for other, box in room.items() if other != n]
            worst = [
                cost + 10 * sum(_meet(box, other) for other in others)
                for box, cost in zip(boxes[n], costs[n], strict=True)
            ]
            best = int(np.argmin(worst))
            edge, foot, end, top = boxes[n][best]
            room[n] = (edge - size / 2, foot - size / 5, end + size / 2, top + size / 5)
            costs[n][best] -= 1e-6  # of two that are as good, the one that it has
            found[n] = spots[best]
    return found


def _meet(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


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
