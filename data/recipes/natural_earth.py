"""Write outlines.csv: ``python data/recipes/natural_earth.py FOLDER`` (needs ``pip install shapely``).

Producer: Natural Earth, https://www.naturalearthdata.com, 1:50 million, public domain; read as GeoJSON. Wanted from FOLDER
or below: ne_50m_land.json, ne_50m_admin_0_boundary_lines_land.json and ne_50m_admin_0_boundary_lines_disputed_areas.json.

Clipped to 12 W-105 E and 22-74 N, simplified to 0.06 degrees, islands under 0.05 square degrees left out. Natural Earth's
polygons of countries are not used: they draw Crimea as Russian. ``feature`` is its own word for each line; kind is border
for its international boundaries and disputed for everything else.
"""

import json

import pandas as pd
from _table import folder_and_out
from shapely.geometry import box, shape
from shapely.geometry.polygon import orient

WINDOW = box(-12, 22, 105, 74)
TOLERANCE, SMALLEST = 0.06, 0.05
SOURCE = "natural_earth_50m"
BORDER = "International boundary (verify)"
FILES = ["admin_0_boundary_lines_land", "admin_0_boundary_lines_disputed_areas"]


def parts(geometry):
    """Single polygons or lines of what clipping left."""
    return list(getattr(geometry, "geoms", [geometry]))


def clipped(path):
    """Each feature's own word and its parts within the window, simplified."""
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        inside = shape(feature["geometry"]).intersection(WINDOW).simplify(TOLERANCE)
        for part in parts(inside):
            yield feature["properties"]["featurecla"], part


def rings(land):
    """Outer rings run against the clock and holes with it, so that one path fills them rightly."""
    for word, polygon in land:
        if polygon.geom_type == "Polygon" and polygon.area > SMALLEST:
            polygon = orient(polygon)
            yield "land", word, polygon.exterior.coords
            yield from (("hole", word, ring.coords) for ring in polygon.interiors)


def lines(found):
    for word, line in found:
        if line.geom_type == "LineString" and not line.is_empty:
            yield "border" if word == BORDER else "disputed", word, line.coords


def main(folder, out):
    shapes = [*rings(clipped(next(folder.rglob("ne_50m_land.json"))))]
    for name in FILES:
        shapes += lines(clipped(next(folder.rglob(f"ne_50m_{name}.json"))))
    rows, number = [], {}
    for kind, word, coordinates in shapes:
        number[kind] = number.get(kind, 0) + 1
        key = f"{kind}-{number[kind]:03d}"
        rows += [
            (key, i, kind, word, f"{lon:.2f}", f"{lat:.2f}", SOURCE)
            for i, (lon, lat) in enumerate(coordinates)
        ]
    columns = ["line_id", "point", "kind", "feature", "lon", "lat", "source_key"]
    frame = pd.DataFrame(rows, columns=columns).sort_values(["line_id", "point"])
    frame.to_csv(out / "outlines.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
