"""Small multiples of a sweep: each published number over the parameter that has an order."""

from cstoanalysis.pages.curve import is_number, name_text, scale
from cstoanalysis.pages.provenance import value_text
from cstoanalysis.run.results import Results

MOST_PANELS = 24


def panels_of(results: Results) -> list[dict]:
    """Small pictures of each published number over the longest axis that has an order, if any has.

    One for each combination of the other choices, the rest of them faint behind it: no line hides
    another.
    """
    axes = {n: v for n, v in results.plan.axes.items() if len(v) > 3 and _ordered(v)}
    if not axes:
        return []
    axis = max(axes, key=lambda n: len(axes[n]))
    others = [n for n in results.plan.axes if n != axis]
    groups: dict[tuple, list] = {}
    for one in results.readings:
        groups.setdefault(tuple(value_text(one.chosen[n]) for n in others), []).append(one)
    at, panels = [float(v) for v in axes[axis]], []
    for name in results.names:
        lines = {key: _line(ones, axis, name) for key, ones in groups.items()}
        lines = {key: line for key, line in lines.items() if line}
        values = [v for line in lines.values() for p in line for v in p[1:] if v is not None]
        if not values:
            continue
        place, marks = scale(values, 108, 8)
        x = {a: round(44 + 118 * (a - min(at)) / (max(at) - min(at)), 1) for a in at}
        units = {one.values[name]["unit"] for one in results.readings if name in one.values}
        for key, line in list(lines.items())[: 6 if len(lines) <= 6 else 1]:
            band = [p for p in line if p[2] is not None and p[3] is not None]
            panels.append(
                {
                    "axis": axis,
                    "name": name,
                    "unit": units.pop() if len(units) == 1 else "",
                    "group": ", ".join(
                        f"{name_text(n)} {v}" for n, v in zip(others, key, strict=True)
                    ),
                    "ticks": marks,
                    "ends": [(x[v], f"{v:g}") for v in (min(at), max(at))],
                    "others": "".join(
                        _path(o, x, place) for k, o in list(lines.items())[:40] if k != key
                    ),
                    "band": "".join(f"M{x[p[0]]} {place(p[2])}V{place(p[3])}" for p in band),
                    "line": _path(line, x, place),
                }
            )
            units = {panels[-1]["unit"]} - {""}
    return panels[:MOST_PANELS]


def _ordered(values: list) -> bool:
    return all(is_number(v) or (isinstance(v, str) and v.isdigit()) for v in values)


def _line(ones: list, axis: str, name: str) -> list[tuple]:
    found = [(float(one.chosen[axis]), one.values.get(name, {})) for one in ones]
    return sorted(
        (at, v["value"], v.get("low"), v.get("high"))
        for at, v in found
        if is_number(v.get("value"))
    )


def _path(line: list[tuple], x: dict, place) -> str:
    points = [f"{x[p[0]]} {place(p[1])}" for p in line]
    return f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}h.1"
