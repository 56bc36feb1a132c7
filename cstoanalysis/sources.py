"""Who says so: sources behind the rows, fingerprints of the tables, citation of a page."""

import hashlib
import json
from html import escape

import pandas as pd
from IPython.display import display

import cstoanalysis
from cstoanalysis.data import load_sources, load_table
from cstoanalysis.descriptor import PAGE, citation_file, data_dir, data_version
from cstoanalysis.figures import table_html


def sources_of(*frames: pd.DataFrame) -> pd.DataFrame:
    """Sources behind the rows of one or more frames.

    Parameters
    ----------
    *frames : DataFrame
        Frames with a ``source_key`` column, such as the rows that an analysis really used.

    Returns
    -------
    DataFrame
        Rows of ``sources`` with ``n_rows``, most used first.
    """
    counts = pd.concat([frame["source_key"] for frame in frames]).value_counts().rename("n_rows")
    used = load_sources().merge(counts, left_on="source_key", right_index=True)
    return used.sort_values(["n_rows", "source_key"], ascending=[False, True], ignore_index=True)


def fingerprint(table: str) -> str:
    """SHA-256 of a table's file, as 64 hexadecimal digits."""
    return hashlib.sha256((data_dir() / f"{table}.csv").read_bytes()).hexdigest()


def cite_page(title: str, used: dict[str, pd.DataFrame], parameters: dict) -> None:
    """Show how to cite the page: citation, sources of the rows used, parameters, fingerprints.

    Parameters
    ----------
    title : str
        The notebook's title.
    used : dict of str to DataFrame
        Table name to the rows used. A frame without ``source_key`` counts as the whole table.
    parameters : dict
        Parameter names and the values of this run.

    Raises
    ------
    ValueError
        If a table's name is unknown.
    """
    whole = {name: df if "source_key" in df else load_table(name) for name, df in used.items()}
    about, data = citation_file(), data_version()
    sources = sources_of(*whole.values())
    facts = {
        "title": title,
        "parameters": parameters,
        "tables": {n: {"rows": len(df), "sha256": fingerprint(n)} for n, df in whole.items()},
        "sources": json.loads(sources.drop(columns="note").to_json(orient="records")),
        "versions": {"csto-analysis": cstoanalysis.__version__, "data": data},
    }
    by = ", ".join(
        a.get("name") or f"{a['family-names']}, {a['given-names']}" for a in about["authors"]
    )
    version = f"version {cstoanalysis.__version__}, data {data}"
    citation = f"{by} ({data[:4]}). {title}. In {about['title']} ({version})."
    references = "".join(_reference(row) for row in sources.itertuples())
    values = pd.DataFrame({"Parameter": list(parameters), "Value": map(repr, parameters.values())})
    prints = pd.DataFrame(facts["tables"]).T.rename_axis("Table").reset_index()
    html = (
        f'<section class="csto-cite"><p class="csto-citation">{escape(citation)}</p>'
        f"<h3>Sources of the rows used</h3><ol>{references}</ol><h3>Parameters of this run</h3>"
        f"{table_html(values, 'Parameters')}<h3>Data fingerprints</h3>"
        f"{table_html(prints, 'Fingerprints')}</section>"
    )
    plain = json.loads(json.dumps(facts, default=str))
    display({PAGE: plain, "text/html": html, "text/plain": citation}, raw=True)


def _reference(source) -> str:
    year = source.year if pd.notna(source.year) else "n.d."
    head = source.author if pd.notna(source.author) else source.publisher
    others = [source.publisher if source.publisher != head else None, source.version]
    tail = "".join(f" {escape(str(part))}." for part in others if pd.notna(part))
    link = escape(source.url) if pd.notna(source.url) else ""
    title = f'<a href="{link}">{escape(source.title)}</a>' if link else escape(source.title)
    lead = f"{escape(head)} ({year})." if pd.notna(head) else f"({year})."
    return f"<li>{lead} <cite>{title}</cite>.{tail} Rows: {source.n_rows}.</li>"
