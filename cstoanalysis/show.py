"""What a notebook hands to its page, as data: numbered figures, tables, sentences, values.

Each call displays one bundle: the data under a MIME type of its own, which the page is made from,
and HTML and plain text of the same, which JupyterLab shows.
"""

import base64
import io
import re
from html import escape
from urllib.parse import quote

import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from cstoanalysis.data import spreadsheet_safe
from cstoanalysis.descriptor import FIGURE, TABLE, VALUE

# Text in a figure stays text. Verdana runs as wide as DejaVu Sans, by which it is laid out.
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_MOST = 60_000  # characters of a figure's data that a page takes in


def show_figure(
    fig, number: int, caption: str, alt: str, source: str, data=None, *, narrow=None
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
    """
    bundle = {
        "number": number,
        "svg": _svg(fig),
        "caption": caption,
        "alt": alt,
        "source": source,
        "data": None if data is None else _data(data),
    }
    bundle |= {"narrow": _svg(narrow)} if narrow else {}
    plain = f"Figure {number}. {caption}"
    display({FIGURE: bundle, "text/html": _figure_html(bundle), "text/plain": plain}, raw=True)


def _svg(fig) -> str:
    import matplotlib.pyplot as plt  # pages use the rest of this module, and draw nothing

    picture, plain = io.StringIO(), {"Date": None, "Creator": None}
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "csto-analysis"}):
        fig.savefig(picture, format="svg", bbox_inches="tight", facecolor="none", metadata=plain)
    plt.close(fig)
    return picture.getvalue().replace("'DejaVu Sans'", _FONTS)


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
    display({TABLE: bundle, "text/html": _table_html(bundle), "text/plain": plain}, raw=True)


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


def cell_text(value, column: dict) -> str:
    """A table's value as a reader sees it.

    Parameters
    ----------
    value : number, bool, str or None
    column : dict
        With ``kind`` and ``digits``, see :func:`table_data`.
    """
    if value is None:
        return "–"
    match column["kind"]:
        case "truth":
            return "yes" if value else "no"
        case "number":
            return value if isinstance(value, str) else f"{value:,.{column['digits']}f}"
        case "count":
            return f"{value:,}"
    return str(value)


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
    name: str, value, unit: str = "", *, low=None, high=None, reference=None, headline: bool = False
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


# --- as JupyterLab shows it ----------------------------------------------------------------------
def _figure_html(figure: dict) -> str:
    # An untrusted notebook keeps a picture in an img element; on a light card it is right in the dark.
    code = base64.b64encode(figure["svg"].encode()).decode()
    number = figure["number"]
    return (
        f'<figure id="fig-{number}" class="csto-figure" style="margin:1em 0">'
        f'<img alt="{escape(figure["alt"])}" src="data:image/svg+xml;base64,{code}"'
        ' style="max-width:100%;background:#fff;padding:8px;border-radius:4px">'
        f'<figcaption style="max-width:46em"><a class="csto-number" href="#fig-{number}">'
        f"Figure {number}</a>. {escape(figure['caption'])} "
        f'<span class="csto-source">Source: {escape(figure["source"])}{_data_html(figure)}</span>'
        "</figcaption></figure>"
    )


def _data_html(figure: dict) -> str:
    data = figure["data"]
    if not data:
        return ""
    if not data["csv"]:
        return f". Data: {data['rows']:,} rows, too many for a page; its code makes them"
    link = f"data:text/csv;charset=utf-8,{quote(data['csv'], safe=',;:/()')}"
    return (
        f'. <a class="csto-data" download="figure-{figure["number"]}.csv" href="{link}">'
        f"Data of the figure (CSV, {data['rows']:,} rows)</a>"
    )


def _table_html(table: dict) -> str:
    number = table["number"]
    style = "text-align:left;max-width:46em;padding-bottom:.4em;caption-side:top;white-space:normal"
    return (
        f'<div id="table-{number}" class="csto-table" role="region" aria-label="Table {number}"'
        f' tabindex="0" style="overflow-x:auto"><table><caption style="{style}">'
        f'<a class="csto-number" href="#table-{number}">Table {number}</a>. '
        f"{escape(table['caption'])}</caption>{_rows_html(table)}</table></div>"
    )


def _rows_html(table: dict) -> str:
    """Head and body of a table, every cell escaped."""
    columns = table["columns"]
    sides = [
        ' class="num" style="text-align:right"' if is_number(c) else ' style="text-align:left"'
        for c in columns
    ]
    head = "".join(
        f'<th scope="col"{side}>{escape(column["name"])}</th>'
        for column, side in zip(columns, sides, strict=True)
    )
    tags = ['th scope="row"', *["td"] * (len(columns) - 1)]
    rows = [
        "".join(
            f"<{tag}{side}>{escape(cell_text(value, column))}</{tag[:2]}>"
            for tag, value, column, side in zip(tags, row, columns, sides, strict=True)
        )
        for row in table["rows"]
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"


def is_number(column: dict) -> bool:
    """Whether a table's column holds numbers, which stand to the right."""
    return column["kind"] in ("number", "count", "integer")
