"""House style: fixed colours, numbered figures with caption, alt text and source, and tables."""

import base64
import io
import re
from html import escape
from urllib.parse import quote

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from cstoanalysis.data import spreadsheet_safe
from cstoanalysis.descriptor import VALUE

# Ten colours by M. Petroff (2021), told apart under the common colour-vision deficiencies.
BLUE, ORANGE, RED, GREY, PURPLE = "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"
BROWN, AMBER, TAN, SLATE, CYAN = "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"
INK, FAINT = "#222831", "#d5d9de"


# Text in a figure stays text. Verdana runs as wide as DejaVu Sans, by which it is laid out.
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_MOST = 60_000  # characters of a figure's data that a page takes in

COLOURS = {
    # states that are or were party to the treaty, then powers around them
    "RUS": RED,
    "BLR": PURPLE,
    "KAZ": BLUE,
    "ARM": ORANGE,
    "KGZ": BROWN,
    "TJK": CYAN,
    "UZB": TAN,
    "AZE": AMBER,
    "GEO": SLATE,
    "USA": "#1d4e89",
    "CHN": "#5b8c5a",
    "TUR": "#c25b7a",
    # organisations
    "CSTO": RED,
    "NATO": "#1d4e89",
    "CIS": ORANGE,
    "GUAM": SLATE,
    "SCO": "#5b8c5a",
    "WTO": BROWN,
    "EAEU": PURPLE,
}


def colour(key: str) -> str:
    """Colour of a state (``iso3``) or organisation; grey for all that have none of their own."""
    return COLOURS.get(key, GREY)


def use_style() -> None:
    """Set the house style for matplotlib: quiet axes, direct labels, the same bytes each run."""
    plt.style.use("default")
    plt.rcParams.update(
        {
            "figure.figsize": (8, 4.5),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.family": "DejaVu Sans",
            "font.size": 10,
            "axes.prop_cycle": plt.cycler(
                color=[BLUE, ORANGE, RED, GREY, PURPLE, BROWN, AMBER, TAN, SLATE, CYAN]
            ),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": SLATE,
            "axes.labelcolor": INK,
            "axes.titlelocation": "left",
            "axes.titlesize": 10.5,
            "axes.titleweight": "bold",
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": FAINT,
            "grid.linewidth": 0.6,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "svg.fonttype": "none",
            "svg.hashsalt": "csto-analysis",
        }
    )


def show_figure(fig, number: int, caption: str, alt: str, source: str, data=None) -> None:
    """Show a figure with its number, caption, alt text and source line, and close it.

    Parameters
    ----------
    fig : matplotlib Figure
    number : int
        Number on the page; its permalink is ``#fig-<number>``.
    caption : str
        What the figure shows and what each axis and mark is.
    alt : str
        What a reader who cannot see it should know.
    source : str
        Tables and producers behind it.
    data : DataFrame, optional
        What is drawn, in long form: offered beside the figure as a CSV file.
    """
    picture = io.StringIO()
    plain = {"Date": None, "Creator": None}
    fig.savefig(picture, format="svg", bbox_inches="tight", metadata=plain)
    plt.close(fig)
    code = base64.b64encode(picture.getvalue().replace("'DejaVu Sans'", _FONTS).encode()).decode()
    html = (
        f'<figure id="fig-{number}" class="csto-figure">'
        f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{code}"'
        ' style="max-width:100%;background:#fff">'
        f'<figcaption><a class="csto-number" href="#fig-{number}">Figure {number}</a>. '
        f'{escape(caption)} <span class="csto-source">Source: {escape(source)}'
        f"{'' if data is None else _data_link(data, number)}</span></figcaption></figure>"
    )
    display({"text/html": html, "text/plain": f"Figure {number}. {caption}"}, raw=True)


def _data_link(frame: pd.DataFrame, number: int) -> str:
    texts = frame.select_dtypes(["object", "str"]).columns
    safe = frame.assign(**{name: frame[name].map(spreadsheet_safe) for name in texts})
    safe = safe.rename(columns=spreadsheet_safe)
    text = safe.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    if len(text) > _MOST:
        return f". Data: {len(frame):,} rows, too many for a page; its code makes them"
    link = f'download="figure-{number}.csv" href="data:text/csv;charset=utf-8,{quote(text, safe=",;:/()")}"'
    return f'. <a class="csto-data" {link}>Data of the figure (CSV, {len(frame):,} rows)</a>'


def show_table(frame: pd.DataFrame, number: int, caption: str, digits: int | dict = 1) -> None:
    """Show a frame as a numbered table with caption; numbers right-aligned, missing as an en dash.

    Parameters
    ----------
    frame : DataFrame
        Shown without its index; the first column heads the rows.
    number : int
        Number on the page; its permalink is ``#table-<number>``.
    caption : str
        What a row is, and the units.
    digits : int or dict of column to int
        Decimals of floating-point columns.
    """
    link = f'<a class="csto-number" href="#table-{number}">Table {number}</a>. {escape(caption)}'
    html = table_html(frame, f"Table {number}", f"<caption>{link}</caption>", digits)
    html = html.replace("<div ", f'<div id="table-{number}" ', 1)
    plain = f"Table {number}. {caption}\n{frame.to_string(index=False)}"
    display({"text/html": html, "text/plain": plain}, raw=True)


def table_html(frame: pd.DataFrame, label: str, caption: str = "", digits: int | dict = 1) -> str:
    """HTML of a table that scrolls by itself on narrow screens; all cells are escaped."""
    places = digits if isinstance(digits, dict) else dict.fromkeys(frame, digits)
    head = "".join(f'<th scope="col"{_align(frame[c])}>{escape(str(c))}</th>' for c in frame)
    columns = []
    for position, name in enumerate(frame):
        tag, scope = ("td", "") if position else ("th", ' scope="row"')
        cells = _cells(frame[name], places.get(name, 1))
        columns.append([f"<{tag}{scope}{_align(frame[name])}>{cell}</{tag}>" for cell in cells])
    body = "".join("<tr>" + "".join(row) + "</tr>" for row in zip(*columns, strict=True))
    return (
        f'<div class="csto-table" role="region" aria-label="{escape(label)}" tabindex="0">'
        f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def show_text(text: str) -> None:
    """Show a computed sentence or list (Markdown), so that no number is typed into prose."""
    display(Markdown(text))


def publish(name: str, value, unit: str = "") -> None:
    """Publish a named value of this run, for sweeps to collect and the index to show.

    Parameters
    ----------
    name : str
        In ``lower_snake`` case, once a notebook. ``"answer"`` is the notebook's answer to its
        question in one computed sentence, which the index shows.
    value : int, float, bool, str or None
        One value; not a number counts as None, missing.
    unit : str
        Such as ``"per cent"`` or ``"exits per 100 member-years"``.

    Raises
    ------
    ValueError
        If the name is not in lower snake case.
    TypeError
        If the value is not a single number, truth value or text.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"publish: {name!r} is no name: write it like exit_rate.")
    value = value.item() if isinstance(value, np.generic) else value
    value = None if value is None or value is pd.NA or value != value else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JupyterLab, which saves 1.0 as 1, would make another page
    if not isinstance(value, (int, float, str, type(None))):
        raise TypeError(f"publish: {name} is a {type(value).__name__}: publish one plain value.")
    data = {"name": name, "value": value, "unit": unit}
    display({VALUE: data, "text/plain": f"{name} = {value} {unit}".rstrip()}, raw=True)


def _align(column: pd.Series) -> str:
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return ' class="num" style="text-align:right"' if numeric else ' style="text-align:left"'


def _cells(column: pd.Series, digits: int) -> list[str]:
    if pd.api.types.is_bool_dtype(column):
        column = column.map({True: "yes", False: "no"})
    form = f"{{:,.{digits}f}}" if pd.api.types.is_float_dtype(column) else "{}"
    if pd.api.types.is_integer_dtype(column) and (column > 9999).any():
        form = "{:,}"  # a column of years stays without commas
    return ["–" if pd.isna(value) else escape(form.format(value)) for value in column]
