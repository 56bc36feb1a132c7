"""The page of a sweep: each published number over the parameters, and the table behind it."""

import io

import matplotlib
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

import cstoanalysis
from cstoanalysis.pages.figure import inline
from cstoanalysis.pages.render import render
from cstoanalysis.style import BLUE, BROWN, ORANGE, PURPLE, RED, SLATE, use_style

MOST_LINES, MOST_ROWS = 6, 500


def to_comparison(stem: str, rows: list[dict], units: dict, failed: int = 0) -> str:
    """Page that compares the runs of a sweep.

    Parameters
    ----------
    stem : str
        Name of the notebook.
    rows : list of dict
        As :func:`cstoanalysis.run.sweep.write_results` gives them.
    units : dict
        Published name to unit.
    failed : int
        How many runs are missing because they failed.
    """
    names = [name for name in (rows[0] if rows else {}) if name not in ("run_id", *units)]
    levels = {name: _distinct(row[name] for row in rows) for name in names}
    varied = sorted((n for n in names if len(levels[n]) > 1), key=lambda n: -len(levels[n]))
    numbers = [name for name in units if _is_number(row[name] for row in rows)]
    drawn = [(name, units[name], _draw(name, units, rows, varied)) for name in numbers if varied]
    return render(
        "sweep.html.j2",
        cell=_cell,
        stem=stem,
        version=cstoanalysis.__version__,
        figures=[figure for figure in drawn if figure[2]],
        fixed={name: levels[name][0] for name in names if name not in varied},
        varied={name: levels[name] for name in varied},
        rows=rows[:MOST_ROWS],
        columns=[*varied, *[name for name in units if name != "answer"]],
        numbers=numbers,
        answers=_distinct(row["answer"] for row in rows) if "answer" in units else [],
        n=len(rows),
        failed=failed,
    )


def _draw(name: str, units: dict, rows: list[dict], varied: list[str]) -> Markup:
    """Lines over the parameter with most values, one line for each combination of the others."""
    first, others = varied[0], varied[1:]
    at = _distinct(row[first] for row in rows)
    ordinal = not _is_number(map(_number, at))
    places = range(len(at)) if ordinal else [_number(value) for value in at]
    place = dict(zip(at, places, strict=True))
    combinations = _distinct(tuple(row[other] for other in others) for row in rows)
    use_style()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        many = len(combinations) > MOST_LINES
        figure = Figure(figsize=(7, 1 + 0.28 * len(combinations) if many else 3.2))
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        groups = {
            chosen: [row for row in rows if tuple(row[other] for other in others) == chosen]
            for chosen in combinations
        }
        labels = [
            ", ".join(f"{o} {_cell(v)}" for o, v in zip(others, c, strict=True)) for c in groups
        ]
        if many:
            _heat(figure, axes, name, list(groups.values()), labels, place, first)
        else:
            _lines(axes, name, groups, labels, place, first)
        if ordinal:
            step = -(-len(at) // 12)
            axes.set_xticks(list(places)[::step], [_cell(value) for value in at][::step])
        whole = all(isinstance(value, int) for value in places)
        if not many and not ordinal:
            axes.xaxis.get_major_locator().set_params(integer=whole)
        if not many and all(isinstance(row[name], (int, type(None))) for row in rows):
            axes.yaxis.get_major_locator().set_params(integer=True)
            low, high = axes.get_ylim()
            if high - low < 1:  # all runs have the same number
                axes.set_ylim((low + high) / 2 - 1, (low + high) / 2 + 1)
        axes.set_xlabel(first)
        axes.set_title(f"{name}{', ' if units[name] else ''}{units[name]}")
        picture = io.BytesIO()
        figure.savefig(picture, bbox_inches="tight", metadata={"Date": None, "Creator": None})
    unit = f", {units[name]}" * bool(units[name])
    said = f"{name}{unit}, over {', '.join(varied)}; the numbers are in the table below."
    return inline(picture.getvalue().decode(), said)


def _lines(axes, name: str, groups: dict, labels: list[str], place: dict, first: str) -> None:
    colours = (BLUE, ORANGE, RED, PURPLE, BROWN, SLATE)
    for members, label, colour in zip(groups.values(), labels, colours, strict=False):
        points = sorted((place[r[first]], r[name]) for r in members if r[name] is not None)
        mark = "o-" if len(points) <= 40 else "-"
        axes.plot(*zip(*points, strict=True), mark, color=colour, label=label, markersize=4)
    if any(labels):
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8.5)
    axes.margins(y=0.1)


def _heat(figure, axes, name, groups: list, labels: list[str], place: dict, first: str) -> None:
    """A field for each run: rows are combinations of the other parameters."""
    values = [[float("nan")] * len(place) for _ in groups]
    column = {value: number for number, value in enumerate(place)}
    for row, members in zip(values, groups, strict=True):
        for member in members:
            if member[name] is not None:
                row[column[member[first]]] = member[name]
    axes.grid(visible=False)
    image = axes.imshow(values, aspect="auto", cmap="cividis", interpolation="nearest")
    step = -(-len(place) // 12)
    axes.set_xticks(range(0, len(place), step), [_cell(value) for value in place][::step])
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    figure.colorbar(image, ax=axes, pad=0.02)


def _distinct(values) -> list:
    return list(dict.fromkeys(values))


def _number(value):
    """A value as a number where it is one, such as the text of a year."""
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else None
    return value


def _is_number(values) -> bool:
    found = [value for value in values if value is not None]
    plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in found)
    return bool(found) and plain


def _cell(value) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
