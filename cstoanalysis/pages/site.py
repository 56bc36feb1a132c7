"""What stands around the pages: index, codebooks, sources, search, and the files to download."""

import base64
import zlib
from pathlib import Path, PurePath
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from markupsafe import Markup

import cstoanalysis
from cstoanalysis.descriptor import coverage_end, data_dir, data_version, descriptor, table_names
from cstoanalysis.pages import picture
from cstoanalysis.pages.codebook import linked, rows_of, sources_by_author, table_of, variable
from cstoanalysis.pages.crate import catalog, croissant, ro_crate
from cstoanalysis.pages.deposit import facts
from cstoanalysis.pages.layout import bibliography, figure_file
from cstoanalysis.pages.metadata import sources_bibtex
from cstoanalysis.pages.provenance import home_of, in_words
from cstoanalysis.pages.reading import read
from cstoanalysis.pages.render import (
    as_block,
    compact,
    hashed,
    on_paper,
    part,
    render,
    script,
    visible,
)
from cstoanalysis.run.collection import notebooks_dir
from cstoanalysis.run.output import Output

_ABOUT = "00_start_here"  # its answer says what the CSTO is
_TITLES = {  # at the head of a printed page
    "index.html": "The Collective Security Treaty Organization in open notebooks",
    "sources.html": "Sources",
    "search.html": "Search",
}


def write_site(
    output: Output,
    pages: list[Path],
    base_url: str | None = None,
    notebooks: Path | None = None,
    beside: list[str] | tuple = (),
) -> None:
    """Write all that stands around the pages: index, codebooks, sources, search, downloads.

    Writes ``index.html`` with ``figures/<stem>-1.svg``, ``tables/<name>.html`` with ``<name>.csv`` and ``datapackage.json``
    beside, ``notebooks/<stem>.ipynb``, ``sources.html``, ``search.html`` and ``sitemap.xml``, and for
    machines ``croissant.json``, ``ro-crate-metadata.json`` and ``sources.bib``; takes out what an earlier build wrote there and this one does not. Same pages and tables, same bytes.

    Parameters
    ----------
    output : Output
        Folder of the site.
    pages : list of Path
        The pages in it, ``<output>/<stem>.html``, in the order in which the index lists them. Each
        says of itself what it answers, in its ``csto-page`` block.
    base_url : str, optional
        Public address of the folder. Without it the address that the pages give for themselves
        (that of ``CITATION.cff``) is taken, and without that one the site has none: there is no
        canonical link, and the locations in ``sitemap.xml`` are relative. A crawler wants them
        absolute, so whoever publishes the site says where.
    notebooks : Path, optional
        Folder of the notebooks; by default that of the collection.
    beside : list of str
        Files that lie with the pages and stay: those of their readings.

    Raises
    ------
    ValueError
        If a page says nothing of itself, or a file of somebody else is in the way.
    """
    notebooks = notebooks or notebooks_dir()
    entries = [_entry(page, notebooks) for page in pages]
    tables = [table_of(name, entries) for name in table_names()]
    sources = sources_by_author(tables, entries)
    titles = {source["source_key"]: source["title"] for source in sources}
    home = (base_url or _home(entries)).rstrip("/")
    common = {"entries": entries, "tables": tables, "sources": sources, "home": home}

    said = facts()
    written = {
        "site.css": part("page.css") + part("site.css"),
        "index.html": _render(
            "collection.html.j2",
            "index.html",
            about=next((e["answer"] for e in entries if e["stem"] == _ABOUT), ""),
            catalog=as_block(catalog(said, home)),
            **common,
        ),
        "sources.html": _render(
            "sources.html.j2", "sources.html", script=Markup(script("register.js")), **common
        ),
        "search.html": _render(
            "search.html.j2",
            "search.html",
            documents=_packed(_documents(entries, tables, sources)),
            script=Markup(part("search.js")),
            **common,
        ),
    }
    for table in tables:
        address = f"tables/{table['name']}.html"
        variables = [variable(column) for column in table["columns"]]
        special = {"table": table, "titles": titles, "variables": variables}
        written[address] = _render("codebook.html.j2", address, **special, **common)
    own = [*(page.name for page in pages), *beside]
    addresses = [name for name in (*written, *own) if name.endswith(".html")]
    written["sitemap.xml"] = _sitemap(addresses, home)
    written |= {f"tables/{t['path']}": (data_dir() / t["path"]).read_bytes() for t in tables}
    written["tables/datapackage.json"] = compact(descriptor()) + "\n"
    written["croissant.json"] = compact(croissant(said)) + "\n"
    written["ro-crate-metadata.json"] = compact(ro_crate(said, entries)) + "\n"
    written["sources.bib"] = sources_bibtex(sources)
    for entry in entries:
        own_sources = [row for row in sources if row["source_key"] in entry["source_keys"]]
        written[bibliography(entry["stem"])] = sources_bibtex(own_sources)
    figures = [(e["stem"], figure) for e in entries for figure in e["figures"]]
    written |= {figure["file"]: picture.standalone(figure["svg"]) for _, figure in figures}
    written |= {e["download"]: e["file"].read_bytes() for e in entries if e["download"]}
    for address, content in written.items():
        output.write(address, content)
    pictures = [_draw(output, stem, figure) for stem, figure in figures]
    output.close(kept=[*written, *pictures, *own])


# --- what the pages say of themselves ------------------------------------------------------------
def _entry(page: Path, notebooks: Path) -> dict:
    try:
        found = read(page.read_text("utf-8"))
    except ValueError:
        raise ValueError(
            f"{page.name} does not say what it is: build it again with csto html."
        ) from None
    said, stem = found.block, page.stem
    file = notebooks / PurePath(said["notebook"]).name
    figures = [_figure(stem, *one) for one in found.figures if one[2]]
    lead = next(iter(figures), {})
    return {
        **said,
        "link": quote(page.name),
        "stem": stem,
        "file": file,
        "download": f"notebooks/{file.name}" if file.is_file() else "",
        "figures": [one for one in figures if one],
        "picture": lead.get("file", ""),
        "figure": lead,
        "used": {name: used["rows"] for name, used in said.get("tables", {}).items()},
        "source_keys": said.get("sources", []),
        "sections": found.sections,
    }


def _figure(stem: str, anchor: str, alt: str, svg: str) -> dict:
    """A page's figure, and the size in pixels that the index gives it; nothing if it has none."""
    try:
        _, _, width, height = map(float, ElementTree.fromstring(svg).get("viewBox").split())
    except (ElementTree.ParseError, AttributeError, ValueError):
        return {}
    size = {"width": 500, "height": round(500 * height / width)}
    return {"anchor": anchor, "alt": alt, "svg": svg, "file": figure_file(stem, anchor), **size}


def _draw(output: Output, stem: str, figure: dict) -> str:
    """Name of a figure's PNG, drawn anew only if the figure is another than the last time."""
    name = figure_file(stem, figure["anchor"], "png")
    made_from = hashed(figure["svg"] + picture.MADE_BY)
    if not output.is_made_from(name, made_from):
        output.write(name, picture.to_png(figure["svg"]))
        output.stamp(name, made_from)
    return name


def _home(entries: list[dict]) -> str:
    """Public address of the site, as its pages give it."""
    given = [home_of(e["address"]) for e in entries if e.get("address")]
    return given[0] if given else ""


# --- search and sitemap --------------------------------------------------------------------------
def _documents(entries: list[dict], tables: list[dict], sources: list[dict]) -> list[list[str]]:
    """What the search looks through: kind, what it is a part of, title, link, text."""
    found = []
    for entry in entries:
        for anchor, heading, text in entry["sections"]:
            if anchor in ("provenance", "Cite-this-page"):  # fingerprints; the title once more
                continue
            title, link = entry["title"], entry["link"] + (f"#{anchor}" if anchor else "")
            names = ("", title) if heading in ("", title) else (title, heading)
            kind = "claim" if anchor and heading.endswith(f": {anchor}") else "page"
            kind = anchor if anchor == "parameters" else kind
            found.append([kind, *names, link, text])
    for table in tables:
        link = f"tables/{table['name']}.html"
        terms = [licence["title"] for licence in table["licenses"]]
        text = " ".join(
            [table["lead"], *table["traps"], *table.get("breaks", []), "Licence:", *terms]
        )
        found.append(["table", "", f"{table['title']} ({table['name']})", link, text])
        for column in table["columns"]:
            text = " ".join([column["title"], column["description"], *column["choices"]])
            where = f"{link}#column-{column['name']}"
            found.append(["column", table["name"], column["name"], where, text])
        rows = rows_of(table)
        found += [["row", table["title"], key, f"{link}#rows", text] for key, text in rows]
    for row in sources:
        parts = [row[name] for name in ("head", "year", "publisher", "note", "source_key", "url")]
        link, text = f"sources.html#{row['source_key']}", " · ".join(filter(None, parts))
        found.append(["source", "", row["title"], link, text])
    return found


def _packed(documents: list) -> str:
    """The documents as the script of the search unpacks them."""
    return base64.b64encode(zlib.compress(visible(compact(documents)).encode(), 9)).decode()


def _sitemap(addresses: list[str], home: str) -> str:
    start = f"{home}/" if home else ""
    places = "".join(
        f"<url><loc>{escape(start + quote(a))}</loc></url>\n" for a in sorted(addresses)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )


# --- rendering -----------------------------------------------------------------------------------
def _shown(value) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _render(template: str, address: str, script: str = "", **values) -> str:
    """A page of the site; its policy names its script by its fingerprint."""
    title = values.get("table", {}).get("title") or _TITLES[address]
    own = f"{values['home']}/{address}  " if values["home"] else ""
    paper = on_paper(title, f"{own}csto-analysis {cstoanalysis.__version__}, data {data_version()}")
    page = render(
        template,
        root="../" * address.count("/"),
        address=address,
        script=script,
        paper=paper,
        policy={"style": hashed(paper), "script": f"'{hashed(script)}'" if script else "'none'"},
        version=cstoanalysis.__version__,
        data_version=data_version(),
        coverage_end=in_words(coverage_end()),
        by=", ".join(person["title"] for person in descriptor()["contributors"]),
        block=as_block,
        linked=linked,
        shown=_shown,
        **values,
    )
    return visible(page.rstrip("\n")) + "\n"
