"""What a page says of itself: the facts of its run, and its citation in the forms people need.

Everything is taken from the executed notebook, so that JupyterLab's menu gives the same page as the
``csto`` command. Authors, title and address of the collection are those of ``CITATION.cff``.
"""

import json
import re
import shlex
from pathlib import PurePath
from urllib.parse import quote

from cstoanalysis.descriptor import PAGE, VALUE, citation_file, data_version, descriptor
from cstoanalysis.run import identity, watch
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import (
    Parameter,
    outputs_of,
    parameters_of,
    values_of,
)
from cstoanalysis.run.parameters import argument, resolve

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
KIND = "Computational notebook"
# Marks that turn the direction of text, control characters, halves of a character: shown, never obeyed.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_TEX = {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_TEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{c: f"\\{c}" for c in "&%$#_"}}


def visible(text: str) -> str:
    r"""The text with hidden characters written out, as ``\u202e``; in JSON that means the same."""
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


# --- the facts -----------------------------------------------------------------------------------
def page_info(notebook: dict, name: str, title: str, question: str, home: str = "") -> dict:
    """Facts of a page: what its data block holds, what its citation and its provenance need.

    Parameters
    ----------
    notebook : dict
        Notebook in format 4, executed or not.
    name : str
        Its file name.
    title, question : str
        Its first heading and the paragraph below, as plain text.
    home : str, optional
        Public address of the collection's pages; by default that of ``CITATION.cff``.
    """
    values = values_of(notebook)
    facts = next(iter(outputs_of(notebook, PAGE)), {})
    published = [
        {key: value.get(key) for key in ("name", "value", "unit")}
        for value in outputs_of(notebook, VALUE)
    ]
    answers = [value["value"] for value in published if value["name"] == "answer"]
    about = citation_file()
    return {
        "title": title,
        "question": question,
        "answer": str(answers[0]) if answers else "",
        "notebook": name,
        "run_id": identity.run_id(notebook, values),
        "parameters": _parameters(notebook, values),
        "values": values,
        "tables": dict(sorted(facts.get("tables", {}).items())),
        "sources": [source["source_key"] for source in facts.get("sources", [])],
        "published": [value for value in published if value["name"] != "answer"],
        "authors": [_author(author) for author in about["authors"]],
        "collection": about["title"],
        "address": "" if values else _address(home or str(about.get("url", "")), name),
        "versions": facts.get("versions")
        or {"csto-analysis": about["version"], "data": data_version()},
        "inputs": identity.inputs(notebook) | watch.stated(notebook),
    }


def references(notebook: dict) -> list[dict]:
    """Sources of the rows that a notebook used, as :func:`cstoanalysis.cite_page` stated them."""
    return next(iter(outputs_of(notebook, PAGE)), {}).get("sources", [])


def rebuild_command(info: dict) -> str:
    """Command that makes this very page again, quoted for a shell."""
    stem = PurePath(info["notebook"]).stem
    known = {p["name"]: Parameter(*(p[f] for f in Parameter._fields)) for p in info["parameters"]}
    settings = tuple(f"{name}={argument(value)}" for name, value in info["values"].items())
    try:
        faithful = repr(resolve(known, settings)) == repr(info["values"])
    except ParameterError:
        faithful = False
    if faithful:
        options = [f"-p {shlex.quote(setting)}" for setting in settings]
        return " ".join(["csto run", shlex.quote(stem), *options])
    # A value that papermill lets through and csto would not: a text for a number, say.
    source, made = shlex.quote(f"notebooks/{info['notebook']}"), shlex.quote(info["notebook"])
    values = shlex.quote(json.dumps(info["values"]))
    return (
        f"papermill {source} {made} -k python3 -y {values} && jupyter nbconvert --to citable {made}"
    )


def _parameters(notebook: dict, values: dict) -> list[dict]:
    try:
        known = parameters_of(notebook)
    except (ParameterError, SyntaxError):
        known = {}
    for name, value in values.items():
        known.setdefault(name, Parameter(name, type(value).__name__, None, ""))
    return [
        {**parameter._asdict(), "value": values.get(name, parameter.default)}
        for name, parameter in known.items()
    ]


def _author(author: dict) -> dict:
    kept = ("name", "family-names", "given-names", "orcid")
    return {key: str(author[key]) for key in kept if author.get(key)}


def _address(home: str, name: str) -> str:
    """Address of the page with the defaults, if the collection has one."""
    return f"{home.rstrip('/')}/{quote(PurePath(name).stem)}.html" if home else ""


# --- the citation --------------------------------------------------------------------------------
def citations(info: dict) -> dict[str, str]:
    """The page's citation as ``apa``, ``chicago``, ``bibtex``, ``ris`` and ``csl`` (JSON)."""
    title, collection = line(info["title"]), info["collection"]
    stop = "" if title.endswith(("?", "!", ".")) else "."
    year, detail, link = str(issued(info)[0]), ", ".join(details(info)), info["address"]
    address = f" {link}" if link else ""
    return {
        "apa": f"{_apa_names(info)} ({year}). {title} [{KIND}, {detail}]. {collection}.{address}",
        "chicago": f"{_chicago_names(info)} {year}. “{title}{stop}” {KIND}, {detail}. "
        f"In {collection}.{address}",
        "bibtex": _bibtex(info),
        "ris": _ris(info),
        "csl": json.dumps([_csl(info)], ensure_ascii=False, indent=1) + "\n",
    }


def part_citation(info: dict, label: str, anchor: str) -> str:
    """Citation of one section, figure or table of a page, ending with its permalink."""
    page = info["address"] or f"{PurePath(info['notebook']).stem}.html"
    return (
        f"{_apa_names(info)} ({issued(info)[0]}). {line(label)}. In {line(info['title'])} "
        f"[{KIND}, {', '.join(details(info))}]. {info['collection']}. {page}#{anchor}"
    )


def details(info: dict) -> list[str]:
    """Version, data version, parameters that differ from the defaults, run id."""
    versions = info["versions"]
    return [
        f"version {versions['csto-analysis']}",
        f"data {versions['data']}",
        *(f"{p['name']} = {shown(p['value'])}" for p in info["parameters"] if differs(p)),
        f"run {info['run_id']}",
    ]


def differs(parameter: dict) -> bool:
    """Whether a parameter's value is another than its default, in type too."""
    return repr(parameter["value"]) != repr(parameter["default"])


def shown(value, most: int = 100) -> str:
    """A value in one line, cut if it is very long: the run id stands for the whole of it."""
    texts = [json.dumps(v) if v in (None, "") else argument(v) for v in _items(value)]
    text = line(", ".join(texts)) or "none"
    return text if len(text) <= most else text[: most - 1] + "…"


def _items(value) -> list:
    return value if isinstance(value, list) else [value]


def line(text: str) -> str:
    """A text in one line, its hidden characters written out."""
    return visible(" ".join(str(text).split()))


def issued(info: dict) -> list[int]:
    """Year and month of the data's version: the page's date, since nothing hangs on the clock."""
    numbers = re.match(r"(\d{4})(?:[.-](\d{1,2}))?", info["versions"]["data"])
    return [int(part) for part in numbers.groups() if part] if numbers else [1]


def _names(author: dict) -> tuple[str, str]:
    return (author.get("name") or author["family-names"], author.get("given-names", ""))


def _apa_names(info: dict) -> str:
    names = []
    for family, first in map(_names, info["authors"]):
        initials = " ".join(f"{part[0]}." for part in re.split(r"[\s-]+", first) if part)
        names.append(f"{family}, {initials}" if initials else family)
    text = _listed(names, ", & ")
    return text if text.endswith(".") else f"{text}."


def _chicago_names(info: dict) -> str:
    pairs = [_names(author) for author in info["authors"]]
    names = [f"{pairs[0][0]}, {pairs[0][1]}" if pairs[0][1] else pairs[0][0]]
    names += [f"{first} {family}".strip() for family, first in pairs[1:]]
    return f"{_listed(names, ', and ')}."


def _listed(names: list[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{last}{names[-1]}"


def key(info: dict) -> str:
    """Citation key: letters of the notebook's name and the start of the run id."""
    stem = re.sub(r"[^a-z0-9]+", "_", PurePath(info["notebook"]).stem.lower()).strip("_")[:60]
    return f"csto_{stem or 'page'}_{info['run_id'][:8]}"


def _bibtex(info: dict) -> str:
    def tex(text: str) -> str:
        return "".join(_TEX.get(letter, letter) for letter in line(text))

    names = [
        f"{tex(family)}, {tex(first)}" if first else f"{{{tex(family)}}}"
        for family, first in map(_names, info["authors"])
    ]
    date = issued(info)
    fields = {
        "author": " and ".join(names),
        "title": f"{{{tex(info['title'])}}}",
        "year": str(date[0]),
        "month": str(date[1]) if len(date) > 1 else "",
        "howpublished": f"{KIND}, in {tex(info['collection'])}",
        "note": tex("; ".join(details(info)).capitalize()),
        "url": info["address"],
        "language": "english",
    }
    rows = [f"  {name} = {{{text}}}" for name, text in fields.items() if text]
    return f"@misc{{{key(info)},\n" + ",\n".join(rows) + "\n}\n"


def _ris(info: dict) -> str:
    date = issued(info)
    fields = [("TY", "ELEC"), ("ID", key(info)), ("TI", info["title"])]
    fields += [("AU", ", ".join(part for part in _names(a) if part)) for a in info["authors"]]
    fields += [("PY", str(date[0])), ("DA", "/".join(f"{part:02d}" for part in date))]
    fields += [("T2", info["collection"]), ("ET", info["versions"]["csto-analysis"])]
    fields += [("M3", KIND), ("N1", "; ".join(details(info))), ("LA", "en")]
    fields += [("UR", info["address"])] if info["address"] else []
    return "".join(f"{tag}  - {line(text)}\n" for tag, text in [*fields, ("ER", "")])


def _csl(info: dict) -> dict:
    authors = [
        {"family": family, "given": first} if first else {"literal": family}
        for family, first in map(_names, info["authors"])
    ]
    item = {
        "id": key(info),
        "type": "webpage",
        "title": line(info["title"]),
        "author": authors,
        "issued": {"date-parts": [issued(info)]},
        "container-title": info["collection"],
        "genre": KIND,
        "version": info["versions"]["csto-analysis"],
        "note": "; ".join(details(info)),
        "language": "en",
        "URL": info["address"],
    }
    return {name: value for name, value in item.items() if value}


# --- for machines --------------------------------------------------------------------------------
def meta_tags(info: dict) -> list[tuple[str, str]]:
    """Names and contents of Highwire and Dublin Core tags, as Zotero and Google Scholar read them."""
    date = issued(info)
    names = [", ".join(part for part in _names(author) if part) for author in info["authors"]]
    title, versions = line(info["title"]), info["versions"]
    return [
        ("citation_title", title),
        *(("citation_author", name) for name in names),
        ("citation_publication_date", "/".join(f"{part:02d}" for part in date)),
        ("citation_language", "en"),
        ("citation_version", versions["csto-analysis"]),
        *(("citation_keywords", word) for word in citation_file().get("keywords", [])),
        *((n, info["address"]) for n in ("citation_public_url", "citation_fulltext_html_url")),
        ("DC.title", title),
        *(("DC.creator", name) for name in names),
        ("DC.date", _iso(date)),
        ("DC.type", "Text"),
        ("DC.format", "text/html"),
        ("DC.language", "en"),
        ("DC.identifier", info["address"] or f"run {info['run_id']}"),
        ("DC.rights", LICENCE),
        ("DCTERMS.isPartOf", info["collection"]),
        ("DCTERMS.description", "; ".join(details(info))),
    ]


def json_ld(info: dict) -> dict:
    """The page as a schema.org ``ScholarlyArticle``, based on the tables that it used."""
    authors = [
        {"@type": "Person", "familyName": family, "givenName": first}
        if first
        else {"@type": "Organization", "name": family}
        for family, first in map(_names, info["authors"])
    ]
    article = {
        "@context": "https://schema.org",
        "@type": "ScholarlyArticle",
        "url": info["address"],
        "headline": info["title"],
        "name": info["title"],
        "description": info["question"],
        "abstract": info["answer"],
        "author": authors,
        "datePublished": _iso(issued(info)),
        "version": info["versions"]["csto-analysis"],
        "inLanguage": "en",
        "license": LICENCE,
        "identifier": {"@type": "PropertyValue", "propertyID": "run", "value": info["run_id"]},
        "isPartOf": {"@type": "Collection", "name": info["collection"]},
        "isBasedOn": [_dataset(info, name) for name in info["tables"]],
    }
    return {name: value for name, value in article.items() if value}


def licences(table: str) -> list[dict]:
    """Licences of a table, as its descriptor states them."""
    found = [r for r in descriptor()["resources"] if r["name"] == table]
    return found[0].get("licenses", []) if found else []


def _dataset(info: dict, name: str) -> dict:
    titles = {resource["name"]: resource["title"] for resource in descriptor()["resources"]}
    file = {
        "@type": "DataDownload",
        "name": f"{name}.csv",
        "encodingFormat": "text/csv",
        "sha256": info["tables"][name]["sha256"],
    }
    return {
        "@type": "Dataset",
        "name": titles.get(name, name),
        "alternateName": name,
        "version": info["versions"]["data"],
        "license": [terms.get("path") or terms.get("title") for terms in licences(name)],
        "distribution": file,
    }


def _iso(date: list[int]) -> str:
    return "-".join(f"{part:02d}" for part in date)


def as_block(content: dict) -> str:
    """JSON that can stand in a script element: nothing in it ends the element or looks like markup."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return visible(text)
