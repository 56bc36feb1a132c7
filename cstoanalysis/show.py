"""What a notebook hands to its page, as data: numbered figures, tables, sentences, values.

Each call displays one bundle: the data under a MIME type of its own, which the page is made from,
and HTML and plain text of the same, which JupyterLab shows.
"""

import io
import re

import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from cstoanalysis import preview
from cstoanalysis.data import spreadsheet_safe
from cstoanalysis.descriptor import FIGURE, TABLE, VALUE

# Text in a figure stays text. Verdana runs as wide as DejaVu Sans, by which it is laid out.
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_MOST = 60_000  # characters of a figure's data that a page takes in
# What a mark's id says of it: years in which it is there, states whose tie it is, its title.
MARK = re.compile(r"title(?:\[([\d -]*|chosen)\]\[([^\]]*)\])?: (.*)", re.DOTALL)
_HELD = re.compile(r'<g(?= id="title\[([\d -]+|chosen)\])')


def show_figure(
    fig,
    number: int,
    caption: str,
    alt: str,
    source: str,
    data=None,
    *,
    narrow=None,
    years: dict[int, str] | None = None,
    year: int | None = None,
) -> None:
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
    narrow : matplotlib Figure, optional
        The same for a telephone, where the figure is too wide to be read whole.
    years : dict of int to str, optional
        For a figure whose marks have years of their own (:func:`cstoanalysis.charts.says`): what is
        to be said of each year that a reader can choose on the page.
    year : int, optional
        The one that is seen at first, and wherever no script runs. Default: the last.
    """
    year = max(years) if years and year is None else year
    bundle = {
        "number": number,
        "svg": _svg(fig, year),
        "caption": caption,
        "alt": alt,
        "source": source,
        "data": None if data is None else _data(data),
    }
    bundle |= {"narrow": _svg(narrow, year)} if narrow else {}
    bundle |= {"years": sorted(map(list, years.items())), "year": year} if years else {}
    plain = f"Figure {number}. {caption}"
    display(
        {FIGURE: bundle, "text/html": preview.figure_html(bundle), "text/plain": plain}, raw=True
    )


def _svg(fig, year: int | None) -> str:
    """A figure as SVG, without the marks of other years."""
    import matplotlib.pyplot as plt  # pages use the rest of this module, and draw nothing

    picture, plain = io.StringIO(), {"Date": None, "Creator": None}
    frame = {"bbox_inches": "tight", "pad_inches": 0.03, "facecolor": "none"}
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "csto-analysis"}):
        fig.savefig(picture, format="svg", metadata=plain, **frame)
    plt.close(fig)
    text = picture.getvalue().replace("'DejaVu Sans'", _FONTS)
    return _HELD.sub(lambda g: "<g" if _holds(g[1], year) else '<g display="none"', text)


def _holds(spans: str, year: int | None) -> bool:
    """Whether a year lies in one of the spans."""
    ends = [] if spans == "chosen" or year is None else [s.split("-") for s in spans.split()]
    return any(int(end[0]) <= year <= int(end[-1]) for end in ends)


def _data(frame: pd.DataFrame, most: int = _MOST) -> dict:
    """What is drawn as CSV, with no text that a spreadsheet would take for a formula."""
    texts = frame.select_dtypes(["object", "str"]).columns
    safe = frame.assign(**{name: frame[name].map(spreadsheet_safe) for name in texts})
    safe = safe.rename(columns=spreadsheet_safe)
    text = safe.to_csv(index=False, float_format="%.9g", lineterminator="\n")
    return {"rows": len(frame), "csv": text if len(text) <= most else None}


def show_table(
    frame: pd.DataFrame,
    number: int,
    caption: str,
    digits: int | dict = 1,
    *,
    register: list | None = None,
    data=None,
) -> None:
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
    register : list of str, optional
        The table is a register: its first column, a key such as ``C001``, is each row's permalink,
        and a page can filter it by these columns and by words.
    data : DataFrame, optional
        The same with all its columns: offered beside the table as a CSV file.
    """
    bundle = {"number": number, "caption": caption, **table_data(frame, digits)}
    bundle |= {"register": [list(frame).index(name) for name in register]} if register else {}
    bundle |= {"data": _data(data, most=1_000_000)} if data is not None else {}
    plain = f"Table {number}. {caption}\n{frame.to_string(index=False)}"
    display({TABLE: bundle, "text/html": preview.table_html(bundle), "text/plain": plain}, raw=True)


def table_data(frame: pd.DataFrame, digits: int | dict = 1) -> dict:
    """A frame as data: ``columns`` with name, kind and digits, and ``rows`` of plain values."""
    places = digits if isinstance(digits, dict) else dict.fromkeys(frame, digits)
    columns = [
        {"name": _head(name), "kind": _kind(frame[name]), "digits": places.get(name, 1)}
        for name in frame
    ]
    values = [[_plain(v, c["kind"]) for v in frame[n]] for n, c in zip(frame, columns, strict=True)]
    return {"columns": columns, "rows": [list(row) for row in zip(*values, strict=True)]}


def _head(name) -> str:
    """What stands above a column; a head of two levels in one line."""
    levels = name if isinstance(name, tuple) else [name]
    return ", ".join(str(level) for level in levels if str(level))


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "truth"
    if pd.api.types.is_float_dtype(column):
        return "number"
    if pd.api.types.is_integer_dtype(column):
        return "count" if (column > 9999).any() else "integer"  # years stay without commas
    return "text"


def _plain(value, kind: str):
    """A value as JSON holds it; an infinite number is a sign."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if kind == "number" and np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return {"truth": bool, "number": float, "count": int, "integer": int, "text": str}[kind](value)


def show_text(text: str) -> None:
    """Show a computed sentence or list (Markdown), so that no number is typed into prose."""
    display(Markdown(text))


def publish(
    name: str,
    value,
    unit: str = "",
    *,
    low=None,
    high=None,
    reference=None,
    reference_is: str = "",
    headline: bool = False,
) -> None:
    """Publish a named value of this run, for sweeps to collect and pages to show.

    Parameters
    ----------
    name : str
        In ``lower_snake`` case, once a notebook. ``"answer"`` is the notebook's answer to its
        question in plain sentences, which page and index show.
    value : int, float, bool, str or None
        One value; not a number, or an infinite one, counts as None, missing.
    unit : str
        What the value counts, such as ``"per cent"`` or ``"exits in 225 member-years"``.
    low, high : int or float, optional
        Bounds of its interval.
    reference : int, float or str, optional
        What to hold it against: another number of the same unit, or words.
    reference_is : str
        What that number is, as it is said behind it: ``"in 1995"``.
    headline : bool
        Whether it is one of the few key numbers on the page's first screen.

    Raises
    ------
    ValueError
        If the name is not in lower snake case.
    TypeError
        If the value is not a single number, truth value or text.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"publish: {name!r} is no name: write it like exit_rate.")
    bounds = {"low": low, "high": high, "reference": reference}
    stated = {key: _single(name, one) for key, one in bounds.items() if one is not None}
    data = {"name": name, "value": _single(name, value), "unit": unit, **stated}
    data |= {"reference_is": reference_is} if reference_is and "reference" in stated else {}
    data |= {"headline": True} if headline else {}
    interval = (
        f" ({stated.get('low')} to {stated.get('high')})" if {*stated} & {"low", "high"} else ""
    )
    plain = f"{name} = {data['value']} {unit}".rstrip() + interval
    display({VALUE: data, "text/plain": plain}, raw=True)


def _single(name: str, value):
    """A plain value; one that JupyterLab would save otherwise, as 1.0, in the form that it keeps."""
    value = value.item() if isinstance(value, np.generic) else value
    value = None if value is None or value is pd.NA or value != value else value
    if isinstance(value, float):
        value = None if np.isinf(value) else int(value) if value.is_integer() else value
    if not isinstance(value, (int, float, str, type(None))):
        raise TypeError(f"publish: {name} is a {type(value).__name__}: publish one plain value.")
    return value
