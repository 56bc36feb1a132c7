"""Recurring drawings: spells, labelled lines, dots with intervals, matrix, network, map.

Each takes a tidy frame and an axes and draws; the finding as title, limits and captions are the
caller's. Rows are drawn in their order, the first on top. Colours and letters are those of
``style``: ``accent`` names the subject, all else is grey. A mark says its name and value where it is
pointed at (``says``).
"""

from cstoanalysis.charts.places import land_map, name_points, network, projection
from cstoanalysis.charts.rows import dots, lines, matrix, says, spells, spread, title

__all__ = [
    "dots",
    "land_map",
    "lines",
    "matrix",
    "name_points",
    "network",
    "projection",
    "says",
    "spells",
    "spread",
    "title",
]
