"""Drawings with rows or lines: spells, labelled lines, dots with intervals, matrix."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import colormaps, rcParams
from matplotlib.colors import Normalize, to_rgb
from matplotlib.dates import YearLocator
from matplotlib.patches import Rectangle
from scipy.optimize import isotonic_regression

from cstoanalysis.dates import earliest, latest
from cstoanalysis.style import ACCENT, CONTEXT, GROUND, INK, MUTED, colour
from cstoanalysis.words import date


def ink_of(key, accent) -> str:
    """Own colour of the subject (or the accent's), grey for the rest; without a subject, all have theirs."""
    own = colour(key)
    if accent is None:
        return own
    return CONTEXT if key not in accent else ACCENT if own == CONTEXT else own


def says(artist, text: str, years=None, of=()) -> None:
    """Let a mark say its name and value where it is pointed at: a page reads the title in its id.

    Parameters
    ----------
    artist : Artist
    text : str
        Nothing for a label, which says what it says.
    years : iterable of int, optional
        In which it is there, where a reader chooses the year; an empty one: only while one of its
        states is chosen. Default: always.
    of : list of str
        Names of the states whose tie it is: a reader can choose one of them.
    """
    spans = "" if years is None else _spans(years) or "chosen"
    about = f"[{spans}][{'; '.join(of)}]" if spans or of else ""
    artist.set_gid(f"title{about}: {text}")
    if arrow := getattr(artist, "arrow_patch", None):  # the line from a name to its point
        arrow.set_gid(f"title{about}: ")


def _spans(years) -> str:
    """Years as spans, such as ``1955-1968 1999``."""
    runs = []
    for year in sorted({*years}):
        if runs and year == runs[-1][-1] + 1:
            runs[-1][1:] = [year]
        else:
            runs.append([year])
    return " ".join("-".join(map(str, run)) for run in runs)


def named(keys, names=None) -> list[str]:
    """Names of keys; a key without one is its own name."""
    return [str(key if names is None else names.get(key, key)) for key in keys]


def _rows(ax, labels) -> dict:
    """Label the rows, the first on top, and say at which height each is."""
    order = list(dict.fromkeys(labels))
    ax.set_yticks(range(len(order)), order)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return {label: height for height, label in enumerate(order)}


def title(fig, text: str) -> None:
    """Write the finding above a figure, from its left edge, on as few lines as hold it, alike in length.

    Parameters
    ----------
    fig : Figure
        With constrained layout, as :func:`cstoanalysis.use_style` sets it.
    text : str
        The finding, as a headline says it.
    """
    size = max(11, rcParams["font.size"])
    head = fig.suptitle(text, x=0.005, ha="left", fontsize=size, weight="bold")
    kept, told = "", text
    for told in dict.fromkeys(fill(text, letters) for letters in range(len(text), 10, -1)):
        if kept and told.count("\n") > kept.count("\n"):
            break
        head.set_text(told)
        if head.get_window_extent().width < 0.99 * fig.bbox.width:
            kept = told
    head.set_text(kept or told)


def spread(places, gap: float) -> np.ndarray:
    """Move places apart as little as needed, so that no two are closer than a gap."""
    places = np.asarray(places, float)
    order = np.argsort(places, kind="stable")
    room = gap * np.arange(len(places))
    moved = np.empty_like(places)
    moved[order] = isotonic_regression(places[order] - room).x + room if len(places) else []
    return moved


def spells(ax, frame: pd.DataFrame, until, since=None, height: float = 0.6) -> None:
    """Bars of time, one row for each label.

    Parameters
    ----------
    ax : Axes
    frame : DataFrame
        ``label``, ``start`` and ``end`` (partial dates; a missing end is open); optionally
        ``colour`` and ``look``: ``full``, ``pale`` or ``hatched`` (bound, but taking no part).
    until, since : int or str
        Last and first day shown. Default first day: that of the earliest spell.
    """
    at, last = _rows(ax, frame["label"]), latest(until)
    first = earliest(frame["start"]).min() if since is None else earliest(since)
    bars = frame.assign(
        left=earliest(frame["start"]).fillna(first).clip(lower=first),
        right=earliest(frame["end"]).fillna(last).clip(upper=last),
        colour=frame.get("colour", ACCENT),
        look=frame.get("look", "full"),
    ).query("left < right")
    for bar in bars.itertuples():
        style = {"height": height, "color": bar.colour, "lw": 0}
        if bar.look == "pale":
            style["alpha"] = 0.35
        if bar.look == "hatched":
            style |= {"color": GROUND, "edgecolor": bar.colour, "hatch": "////", "lw": 1}
        drawn = ax.barh(at[bar.label], bar.right - bar.left, left=bar.left, **style)
        span = " to ".join(date(end) for end in (bar.start, bar.end) if pd.notna(end))
        says(drawn[0], f"{bar.label}: {span}" + (" until now" if pd.isna(bar.end) else ""))
    ax.set_xlim(first, last)
    years = (last - first).days / 365
    ax.xaxis.set_major_locator(YearLocator(next(n for n in (1, 2, 5, 10, 20, 50) if years < 5 * n)))


def lines(
    ax, frame: pd.DataFrame, x: str, y: str, by: str, accent=None, names=None, step=False
) -> None:
    """Lines, each named at its end; names keep clear of one another.

    Parameters
    ----------
    ax : Axes
        Set its limits before, where they are not those of the data: names are placed by them.
    frame : DataFrame
        In long form; ``low`` and ``high`` draw a band.
    x, y, by : str
        Columns: place, height, and which line.
    accent : collection of keys, optional
        The subject; the rest is grey. Default: each has its own colour.
    names : mapping, optional
        Name of each key. Default: the key.
    step : bool
        Whether a value holds until the next one.
    """
    ends = []
    for key, line in frame.dropna(subset=[y]).groupby(by, sort=False):
        line, ink, bold = line.sort_values(x), ink_of(key, accent), key in (accent or ())
        style = {"color": ink, "lw": 2.6 if bold else 1.6, "zorder": 3 if bold else 2}
        drawn = ax.plot(line[x], line[y], drawstyle="steps-post" if step else "default", **style)
        says(drawn[0], *named([key], names))
        if {"low", "high"} <= {*line} and line["low"].notna().any():
            band = {"color": ink, "alpha": 0.15, "lw": 0, "step": "post" if step else None}
            ax.fill_between(line[x], line["low"], line["high"], **band)
        ends.append((line[x].iloc[-1], line[y].iloc[-1], key, ink, bold))
    if not ends:
        return
    ax.figure.draw_without_rendering()
    size = ax.xaxis.label.get_size()
    pixels = ax.transData.transform([(ax.convert_xunits(end[0]), end[1]) for end in ends])[:, 1]
    points = pixels * 72 / ax.figure.dpi
    for end, up in zip(ends, spread(points, 1.25 * size) - points, strict=True):
        place, height, key, ink, bold = end
        ax.annotate(
            *named([key], names),
            (place, height),
            xytext=(5, up),
            textcoords="offset points",
            va="center",
            color=MUTED if ink == CONTEXT else ink,
            weight="bold" if bold else "normal",
            annotation_clip=False,
        )


def dots(ax, frame: pd.DataFrame, accent=(), reference: float | None = None, number=None) -> None:
    """A dot with its interval on each row.

    Parameters
    ----------
    ax : Axes
    frame : DataFrame
        ``label``, ``value``; ``low`` and ``high`` where there is a sample.
    accent : collection of labels
        The subject; the rest is grey.
    reference : float, optional
        Where a dotted line stands.
    number : str, optional
        Format such as ``"{:.1f}"``: writes the value above its dot.
    """
    at = _rows(ax, frame["label"])
    for row in frame.itertuples():
        ink = ACCENT if row.label in accent or not len(accent) else CONTEXT
        if "low" in frame:
            ax.hlines(at[row.label], row.low, row.high, color=ink, lw=4, alpha=0.4)
        dot = ax.plot(row.value, at[row.label], "o", color=ink, ms=8, clip_on=False, zorder=3)
        form = number or ("{:,.0f}" if abs(row.value) >= 1000 else "{:.3g}")
        says(dot[0], f"{row.label}: {form.format(row.value)}")
        if number and pd.notna(row.value):
            style = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center"}
            ax.annotate(number.format(row.value), (row.value, at[row.label]), **style)
    if reference is not None:
        ax.axvline(reference, color=INK, lw=0.8, ls=":")


def matrix(
    ax, frame: pd.DataFrame, colours: dict | None = None, cmap="Reds", limits=(None, None)
) -> None:
    """Cells of rows by columns, by category or by size.

    Parameters
    ----------
    ax : Axes
    frame : DataFrame
        ``row``, ``column``, ``value``; ``text`` is written into the cells, ``hatched`` marks those
        that rest on less. What has no value stays empty.
    colours : dict, optional
        Colour of each category; otherwise values are numbers, shaded by ``cmap``.
    limits : (low, high)
        Of the shading.
    """
    at = {name: n for n, name in enumerate(dict.fromkeys(frame["row"]))}
    along = {name: n for n, name in enumerate(dict.fromkeys(frame["column"]))}
    if colours:
        shade = colours.get
    else:
        sizes = frame["value"].astype(float)
        ends = [
            end if limit is None else limit
            for end, limit in zip((sizes.min(), sizes.max()), limits, strict=True)
        ]
        shade = lambda value: colormaps[cmap](Normalize(*ends)(value))  # noqa: E731
    for cell in frame[frame["value"].notna()].itertuples():
        x, y, fill = along[cell.column], at[cell.row], to_rgb(shade(cell.value))
        hatch = "///" if getattr(cell, "hatched", False) else None
        box = Rectangle((x, y), 1, 1, fc=fill, ec=GROUND, lw=1.5, hatch=hatch)
        says(ax.add_patch(box), f"{cell.row}, {cell.column}: {cell.value}")
        if isinstance(text := getattr(cell, "text", None), str):
            bright = np.dot(fill, [0.299, 0.587, 0.114]) > 0.55
            style = {"ha": "center", "va": "center", "color": "#111111" if bright else "#fafafa"}
            ax.text(x + 0.5, y + 0.5, text, **style)
    ax.set_xticks(np.arange(len(along)) + 0.5, list(along))
    ax.set_yticks(np.arange(len(at)) + 0.5, list(at))
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.set(xlim=(0, len(along)), ylim=(len(at), 0))
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
