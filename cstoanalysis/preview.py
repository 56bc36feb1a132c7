"""How JupyterLab shows a figure and a table, and how a value reads; a page has templates for the rest."""

import base64
from html import escape
from urllib.parse import quote


def figure_html(figure: dict) -> str:
    """A figure as data, see :func:`cstoanalysis.show_figure`, in HTML."""
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


def table_html(table: dict) -> str:
    """A table as data, see :func:`cstoanalysis.show_table`, in HTML."""
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


def cell_text(value, column: dict) -> str:
    """A table's value as a reader sees it.

    Parameters
    ----------
    value : number, bool, str or None
    column : dict
        With ``kind`` and ``digits``, see :func:`cstoanalysis.show.table_data`.
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


def is_number(column: dict) -> bool:
    """Whether a table's column holds numbers, which stand to the right."""
    return column["kind"] in ("number", "count", "integer")
