"""What stands around the pages: index, codebooks, sources, search, and the files to download."""

import base64
import csv
import hashlib
import re
from collections import defaultdict
from functools import cache
from html import unescape
from itertools import islice
from pathlib import Path, PurePath
from xml.sax.saxutils import escape

import pandas as pd
from markupsafe import Markup
from markupsafe import escape as html_escape

import cstoanalysis
from cstoanalysis.data import load_sources, load_table
from cstoanalysis.descriptor import coverage_end, data_dir, data_version, descriptor, table_names
from cstoanalysis.pages.cite import as_block, visible
from cstoanalysis.pages.rendering import part, render
from cstoanalysis.pages.thumbnail import thumbnails
from cstoanalysis.pages.verify import page_block
from cstoanalysis.run.collection import notebooks_dir
from cstoanalysis.run.output import Output
from cstoanalysis.sources import fingerprint

_PICTURES = 300_000  # characters that all pictures of the index have together
_SILENT = re.compile(  # what the search does not look through
    r"<(svg|script|style)\b.*?</\1>"
    r'|<details class="(?:code|parts)".*?</details>|<a class="anchor-link".*?</a>',
    re.DOTALL,
)
_FIRST_ROWS, _CUT = 5, 70  # rows of a table that its codebook shows, characters of a cell


def write_site(
    output: Output, pages: list[Path], base_url: str | None = None, notebooks: Path | None = None
) -> None:
    """Write all that stands around the pages: index, codebooks, sources, search, downloads.

    Writes ``index.html``, ``tables/<name>.html`` with ``<name>.csv`` and ``datapackage.json``
    beside, ``notebooks/<stem>.ipynb``, ``sources.html``, ``search.html`` and ``sitemap.xml``; takes
    out what an earlier build wrote there and this one does not. Same pages and tables, same bytes.

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

    Raises
    ------
    ValueError
        If a page says nothing of itself, or a file of somebody else is in the way.
    """
    notebooks = notebooks or notebooks_dir()
    entries = [_entry(page, notebooks) for page in pages]
    pictures = _pictures([entry["pictures"] for entry in entries])
    entries = [entry | {"picture": own} for entry, own in zip(entries, pictures, strict=True)]
    tables = [_table(name, entries) for name in table_names()]
    sources = _sources(tables, entries)
    titles = {source["source_key"]: source["title"] for source in sources}
    home = (base_url or _home(entries)).rstrip("/")
    common = {"entries": entries, "tables": tables, "sources": sources, "home": home}

    written = {
        "index.html": _render("collection.html.j2", "index.html", **common),
        "sources.html": _render("sources.html.j2", "sources.html", **common),
        "search.html": _render(
            "search.html.j2",
            "search.html",
            documents=_block(_documents(entries, tables, sources)),
            script=Markup(part("search.js")),
            **common,
        ),
    }
    for table in tables:
        address = f"tables/{table['name']}.html"
        variables = [_variable(column) for column in table["columns"]]
        special = {"table": table, "titles": titles, "variables": variables}
        written[address] = _render("codebook.html.j2", address, **special, **common)
    written["sitemap.xml"] = _sitemap([*written, *(page.name for page in pages)], home)
    written |= {f"tables/{t['path']}": (data_dir() / t["path"]).read_bytes() for t in tables}
    written["tables/datapackage.json"] = (data_dir() / "datapackage.json").read_bytes()
    written |= {e["download"]: e["file"].read_bytes() for e in entries if e["download"]}
    for address, content in written.items():
        output.write(address, content)
    output.close(kept=[*written, *(page.name for page in pages)])


# --- what the pages say of themselves ------------------------------------------------------------
def facts(page: str) -> dict:
    """What a page says of itself, from its ``csto-page`` block; empty if there is none."""
    try:
        return page_block(page)
    except ValueError:
        return {}


def _entry(page: Path, notebooks: Path) -> dict:
    text = page.read_text("utf-8")
    said = facts(text)
    if not said:
        raise ValueError(f"{page.name} does not say what it is: build it again with csto html.")
    file = notebooks / PurePath(said["notebook"]).name
    tables = {name: used["rows"] for name, used in said.get("tables", {}).items()}
    return {
        **said,
        "link": page.name,
        "stem": page.stem,
        "file": file,
        "download": f"notebooks/{file.name}" if file.is_file() else "",
        "pictures": thumbnails(text),
        "used": tables,
        "source_keys": [_key(source) for source in said.get("sources", [])],
        "sections": _sections(text),
    }


def _pictures(candidates: list[list[dict]]) -> list[dict]:
    """The first picture of each page, or a later one where the first ones are too large together."""
    most = _PICTURES
    while True:
        chosen = [next((p for p in own if len(p["source"]) <= most), {}) for own in candidates]
        sizes = [len(picture.get("source", "")) for picture in chosen]
        if sum(sizes) <= _PICTURES:
            return chosen
        most = max(sizes) - 1


def _key(source) -> str:
    return source["source_key"] if isinstance(source, dict) else source


def _home(entries: list[dict]) -> str:
    """Public address of the site, as its pages give it."""
    given = [e["address"].rpartition("/")[0] for e in entries if e.get("address")]
    return given[0] if given else ""


def _sections(page: str) -> list[tuple[str, str, str]]:
    """Sections of a page for the search: anchor, heading, text; without pictures and code."""
    start, end = page.find("<main"), page.find("</main>")
    main = _SILENT.sub("", page[start:end])
    heads = list(re.finditer(r"<h([1-3])\b([^>]*)>(.*?)</h\1>", main, re.DOTALL))
    ends = [head.start() for head in heads[1:]] + [len(main)]
    anchors = [re.search(r'\bid="([^"]*)"', head[2]) for head in heads]
    return [
        (unescape(anchor[1]) if anchor else "", _text(head[3]), _text(main[head.end() : end]))
        for head, anchor, end in zip(heads, anchors, ends, strict=True)
    ]


def _text(html: str) -> str:
    html = re.sub(r"</?(a|b|bdi|cite|code|em|i|mark|q|span|strong|sub|sup|time)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- tables and sources --------------------------------------------------------------------------
def _table(name: str, entries: list[dict]) -> dict:
    """All that a codebook says of a table."""
    users = [(entry, entry["used"][name]) for entry in entries if name in entry["used"]]
    return {**_codebook(name), "users": users}


@cache
def _codebook(name: str) -> dict:
    (resource,) = [r for r in descriptor()["resources"] if r["name"] == name]
    frame, schema = load_table(name), resource["schema"]
    lead, traps = _description(resource["description"], set(frame))
    primary = _listed(schema.get("primaryKey"))
    foreign = {
        field: (key["reference"]["resource"] or name, target)
        for key in schema.get("foreignKeys", [])
        for field, target in zip(
            _listed(key["fields"]), _listed(key["reference"]["fields"]), strict=True
        )
    }
    keys = frame["source_key"] if name != "sources" else frame["source_key"].iloc[:0]
    counts = [(int(rows), str(key)) for key, rows in keys.value_counts().items()]
    with open(data_dir() / resource["path"], encoding="utf-8", newline="") as file:
        _, *first = islice(csv.reader(file), _FIRST_ROWS + 1)
    return {
        **resource,
        "lead": lead,
        "traps": traps,
        "rows": len(frame),
        "bytes": (data_dir() / resource["path"]).stat().st_size,
        "sha256": fingerprint(name),
        "columns": [_column(field, primary, foreign) for field in schema["fields"]],
        "primary": primary,
        "referenced": _referenced(name),
        "used_sources": sorted(counts, key=lambda used: (-used[0], used[1])),
        "first": [[_cut(cell) for cell in row] for row in first],
    }


def _listed(names: str | list | None) -> list:
    """A descriptor may name one column as text."""
    return [names] if isinstance(names, str) else list(names or [])


def _whole(value) -> str:
    return "" if pd.isna(value) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else text[: _CUT - 1].rstrip() + "…"


def _column(field: dict, primary: list[str], foreign: dict) -> dict:
    rules = field.get("constraints", {})
    low, high = rules.get("minimum"), rules.get("maximum")
    within = [f"from {low}"] * (low is not None) + [f"to {high}"] * (high is not None)
    within = [bound.replace("-", "\N{MINUS SIGN}") for bound in within]
    said = ["required"] * bool(rules.get("required")) + ["unique"] * bool(rules.get("unique"))
    return {
        **field,
        "key": field["name"] in primary,
        "refers": foreign.get(field["name"]),
        "rules": ", ".join([*said, *([" ".join(within)] if within else [])]),
        "choices": [str(choice) for choice in rules.get("enum", [])],
        "pattern": rules.get("pattern", ""),
    }


def _variable(column: dict) -> dict:
    """A column in the words of schema.org."""
    said = {
        "name": column["name"],
        "description": column["description"],
        "unitText": column.get("unit"),
    }
    return {"@type": "PropertyValue", **{name: text for name, text in said.items() if text}}


def _description(text: str, columns: set[str]) -> tuple[str, list[str]]:
    """What a row is, and the traps one by one where the description numbers them."""
    lead, cut, traps = text.partition("Traps: ")
    parts = re.split(r"\(\d\d?\) ", traps)  # a year in brackets is no number
    parts = parts[1:] if len(parts) > 2 and not parts[0].strip() else [traps] * bool(cut)
    return lead.strip(), [_sentence(part.strip(), columns) for part in parts]


def _sentence(text: str, columns: set[str]) -> str:
    """With a capital at its start, unless it starts with the name of a column."""
    return text if text.split(" ")[0] in columns else text[:1].upper() + text[1:]


def _referenced(name: str) -> list[tuple[str, str]]:
    """Tables and columns that refer to a table."""
    return [
        (resource["name"], ", ".join(_listed(key["fields"])))
        for resource in descriptor()["resources"]
        for key in resource["schema"].get("foreignKeys", [])
        if key["reference"]["resource"] == name
    ]


def _sources(tables: list[dict], entries: list[dict]) -> list[dict]:
    """All sources by who says so, each with the tables and pages that use it."""
    in_tables, in_pages = defaultdict(list), defaultdict(list)
    for table in tables:
        for rows, key in table["used_sources"]:
            in_tables[key].append((table["name"], rows))
    for entry in entries:
        for key in dict.fromkeys(entry["source_keys"]):
            in_pages[key].append(entry)
    rows = load_sources().astype("object").map(_whole).to_dict("records")
    for row in rows:
        row["head"] = row["author"] or row["publisher"]
        row["tables"] = in_tables[row["source_key"]]
        row["pages"] = in_pages[row["source_key"]]
        first = row["head"].lstrip("«\"'(")[:1].upper()
        row["letter"] = first if "A" <= first <= "Z" else "#"
    return sorted(
        rows, key=lambda r: (r["letter"], r["head"].casefold(), r["year"], r["source_key"])
    )


# --- search and sitemap --------------------------------------------------------------------------
def _documents(entries: list[dict], tables: list[dict], sources: list[dict]) -> list[list[str]]:
    """What the search looks through: kind, title, link, text."""
    found = []
    for entry in entries:
        for anchor, heading, text in entry["sections"]:
            if heading == "Sources of the rows used":
                continue  # each of them is found as a source
            link = f"{entry['link']}#{anchor}" if anchor else entry["link"]
            title = entry["title"]
            title = title if heading in ("", title) else f"{title} · {heading}"
            found.append(["page", title, link, text])
    for table in tables:
        link = f"tables/{table['name']}.html"
        text = " ".join([table["lead"], *table["traps"], *table.get("breaks", [])])
        found.append(["table", f"{table['title']} ({table['name']})", link, text])
        for column in table["columns"]:
            text = " ".join([column["title"], column["description"], *column["choices"]])
            name = f"{table['name']}.{column['name']}"
            found.append(["column", name, f"{link}#column-{column['name']}", text])
    for row in sources:
        parts = [row[name] for name in ("head", "year", "publisher", "note", "source_key", "url")]
        found.append(
            [
                "source",
                row["title"],
                f"sources.html#{row['source_key']}",
                " · ".join(filter(None, parts)),
            ]
        )
    return found


def _sitemap(addresses: list[str], home: str) -> str:
    start = f"{home}/" if home else ""
    places = "".join(f"<url><loc>{escape(start + a)}</loc></url>\n" for a in sorted(addresses))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )


# --- rendering -----------------------------------------------------------------------------------
def _block(value) -> Markup:
    """JSON that can stand in a script element."""
    return Markup(as_block(value))


def _linked(text: str) -> Markup:
    """Text of a codebook, with a link on each address and each table whose name is no common word."""
    names = "|".join(name for name in table_names() if "_" in name)
    link = r'<a href="\1.html"><code>\1</code></a>'
    text = re.sub(rf"\b({names})\b(?!\.csv)", link, str(html_escape(text)))
    return Markup(re.sub(r"(?<![\"=])(https?://[^\s<>&]+[\w/])", r'<a href="\1">\1</a>', text))


def _shown(value) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _hash(text: str) -> str:
    """Of an element's content, as a Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _render(template: str, address: str, script: str = "", **values) -> str:
    """A page of the site; its policy names its style and its script by their fingerprints."""
    style = "\n" + part("page.css") + part("site.css")
    page = render(
        template,
        root="../" * address.count("/"),
        address=address,
        style=Markup(style),
        script=script,
        policy={"style": _hash(style), "script": f"'{_hash(script)}'" if script else "'none'"},
        version=cstoanalysis.__version__,
        data_version=data_version(),
        coverage_end=coverage_end(),
        by=", ".join(person["title"] for person in descriptor()["contributors"]),
        block=_block,
        linked=_linked,
        shown=_shown,
        **values,
    )
    return visible(page.rstrip("\n")) + "\n"
