"""A page's citation, in the forms that people need, and that of each of its parts."""

import json
import re
from pathlib import PurePath

from cstoanalysis.pages.metadata import KIND, authors, bibtex, csl, ris
from cstoanalysis.pages.provenance import details, issued
from cstoanalysis.pages.render import one_line


def citations(info: dict) -> dict[str, str]:
    """The page's citation as ``apa``, ``chicago``, ``bibtex``, ``ris`` and ``csl`` (JSON)."""
    title, collection = one_line(info["title"]), info["collection"]
    stop = "" if title.endswith(("?", "!", ".")) else "."
    year, detail, link = str(issued(info)[0]), ", ".join(details(info)), info["address"]
    address = f" {link}" if link else ""
    return {
        "apa": f"{_apa_names(info)} ({year}). {title} [{KIND}, {detail}]. {collection}.{address}",
        "chicago": f"{_chicago_names(info)} {year}. “{title}{stop}” {KIND}, {detail}. "
        f"In {collection}.{address}",
        "bibtex": bibtex(info),
        "ris": ris(info),
        "csl": json.dumps([csl(info)], ensure_ascii=False, indent=1) + "\n",
    }


def part_citation(info: dict, label: str, anchor: str) -> str:
    """Citation of one section, figure or table of a page, ending with its permalink."""
    page = info["address"] or f"{PurePath(info['notebook']).stem}.html"
    return (
        f"{_apa_names(info)} ({issued(info)[0]}). {one_line(label)}. In {one_line(info['title'])} "
        f"[{KIND}, {', '.join(details(info))}]. {info['collection']}. {page}#{anchor}"
    )


def _apa_names(info: dict) -> str:
    written = [
        author.inverted(
            " ".join(f"{part[0]}." for part in re.split(r"[\s-]+", author.given) if part)
        )
        for author in authors(info)
    ]
    text = _listed(written, ", & ")
    return text if text.endswith(".") else f"{text}."


def _chicago_names(info: dict) -> str:
    first, *others = authors(info)
    written = [first.inverted()]
    written += [" ".join(filter(None, [a.given, a.family, a.suffix])) for a in others]
    text = _listed(written, ", and ")
    return text if text.endswith(".") else f"{text}."


def _listed(written: list[str], last: str) -> str:
    return written[0] if len(written) == 1 else f"{', '.join(written[:-1])}{last}{written[-1]}"
