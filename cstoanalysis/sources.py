"""Who says so: sources behind the rows, fingerprints of the tables, what a page rests on."""

import hashlib
import json
import re
from html import escape
from typing import NamedTuple

import pandas as pd
from IPython.display import display

import cstoanalysis
from cstoanalysis.checks import rules_that_held
from cstoanalysis.data import load_sources, load_table
from cstoanalysis.descriptor import PAGE, data_dir, data_version

_HOW = (
    "How to cite: File, Save and Export Notebook As, Citable page makes the page of this run, which "
    "gives its citation; so does the command csto cite."
)


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


def cite_page(used: dict[str, pd.DataFrame], reviews: pd.DataFrame | None = None) -> None:
    """State what the page rests on: sources of the rows used, rows and fingerprints of the tables.

    The page's citation stands with it: title, parameters and run are read from the notebook.

    Parameters
    ----------
    used : dict of str to DataFrame
        Table name to the rows used. A frame without ``source_key`` counts as the whole table.
    reviews : DataFrame, optional
        Claims that the page judges, for programs that collect such: ``claim_id`` (a permalink of the
        page), ``source_key``, ``statement``, ``verdict`` in words and ``rating`` from 1 to 5.

    Raises
    ------
    ValueError
        If a table's name is unknown.
    """
    whole = {name: df if "source_key" in df else load_table(name) for name, df in used.items()}
    sources = json.loads(sources_of(*whole.values()).drop(columns="note").to_json(orient="records"))
    facts = {
        "tables": {n: {"rows": len(df), "sha256": fingerprint(n)} for n, df in whole.items()},
        "sources": sources,
        "versions": {"csto-analysis": cstoanalysis.__version__, "data": data_version()},
        "rules": rules_that_held(),
    }
    if reviews is not None:
        columns = ["claim_id", "source_key", "statement", "verdict", "rating"]
        facts["reviews"] = json.loads(reviews[columns].to_json(orient="values"))
    display({PAGE: facts, "text/html": _html(facts), "text/plain": _plain(facts)}, raw=True)


class Reference(NamedTuple):
    """A source in words: what stands before its title, the title, its address, what follows."""

    before: str
    title: str
    url: str
    after: str

    def __str__(self) -> str:
        return f"{self.before} {self.title}. {self.after}".strip()


def reference(source: dict, **tail: str) -> Reference:
    """A source as pages and notebooks name it.

    Parameters
    ----------
    source : dict
        A row of ``sources``.
    **tail : str
        More that is said at the end, a sentence each.
    """
    said = {k: "" if v is None or v != v else str(v).strip() for k, v in source.items()}
    by = said.get("author") or said.get("publisher", "")
    publisher = said.get("publisher", "")
    sentences = [publisher if publisher != by else "", _sentence(said.get("version", ""))]
    sentences += [f"Read {said['accessed']}" if said.get("accessed") else "", *tail.values()]
    year = f"({said.get('year') or 'n.d.'})."
    link = said.get("url", "")
    return Reference(
        f"{by} {year}".strip(),
        said.get("title", "").rstrip("."),
        link if link.startswith(("https://", "http://")) else "",
        " ".join(f"{text.rstrip('.')}." for text in sentences if text),
    )


def references(facts: dict) -> list[Reference]:
    """Sources of the rows that a page used, with how many rows each has."""
    return [reference(s, rows=f"Rows: {s['n_rows']:,}") for s in facts.get("sources", [])]


def _sentence(text: str) -> str:
    """A note as a sentence of its own; a bare number is that of a version, a path stays as it is."""
    if re.fullmatch(r"v?\d[\d.]*", text):
        return f"Version {text}"
    return text[0].upper() + text[1:] if re.match(r"[a-z]+( |$)", text) else text


def _html(facts: dict) -> str:
    items = []
    for before, title, url, after in references(facts):
        named = f'<a href="{escape(url)}">{escape(title)}</a>' if url else escape(title)
        items.append(f"<li>{escape(before)} <cite>{named}</cite>. {escape(after)}</li>")
    rows = "".join(
        f'<tr><td style="text-align:left">{escape(name)}.csv</td>'
        f"<td>{used['rows']:,}</td><td><code>{used['sha256']}</code></td></tr>"
        for name, used in facts["tables"].items()
    )
    return (
        f'<section class="csto-cite"><p>{escape(_HOW)}</p><p><b>Sources of the rows used</b></p>'
        f"<ol>{''.join(items)}</ol><p><b>Tables used</b></p><table><thead><tr>"
        '<th style="text-align:left">Table</th><th>Rows used</th><th>SHA-256</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _plain(facts: dict) -> str:
    return "\n".join([_HOW, *map(str, references(facts))])
