"""The end of a page: how to cite it, what it rests on, how to make it again."""

from pathlib import PurePath
from urllib.parse import quote

from markupsafe import Markup

from cstoanalysis import sources
from cstoanalysis.descriptor import citation_file
from cstoanalysis.pages import cite, layout, metadata, provenance
from cstoanalysis.pages.render import render

_FORMS = [  # label, key of the citation, file ending, media type
    ("APA", "apa", "", ""),
    ("Chicago", "chicago", "", ""),
    ("BibTeX", "bibtex", "bib", "application/x-bibtex"),
    ("RIS", "ris", "ris", "application/x-research-info-systems"),
    ("CSL-JSON", "csl", "json", "application/vnd.citationstyles.csl+json"),
]


def citation(info: dict, facts: dict, parts: list, heading=True, rebuild="", page="") -> Markup:
    """Citation, sources and provenance of a page.

    Parameters
    ----------
    info : dict
        Facts of the page.
    facts : dict
        What :func:`cstoanalysis.cite_page` showed.
    parts : list
        Anchor, label and citation of each section, figure and table.
    heading : bool
        Whether it has a heading of its own.
    rebuild, page : str, optional
        Command that makes the page again, and its file; by default those of a run.
    """
    texts, about = cite.citations(info), citation_file()
    forms = [
        {
            "label": label,
            "text": texts[key],
            "file": f"{metadata.key(info)}.{ending}",
            "address": f"data:{kind};charset=utf-8,{quote(texts[key])}" if ending else "",
        }
        for label, key, ending, kind in _FORMS
    ]
    return render(
        "cite.html.j2",
        info=info,
        heading=heading,
        forms=forms,
        parts=parts,
        references=sources.references(facts),
        licences={name: provenance.terms(name) for name in info["tables"]},
        rebuild=rebuild or provenance.rebuild_command(info),
        page=page or f"{PurePath(info['notebook']).stem}.html",
        bibliography=layout.bibliography(PurePath(info["notebook"]).stem),
        origin=about.get("repository-code") or about.get("url", ""),
        shown=provenance.shown,
        number=provenance.number,
        interval=provenance.interval,
        differs=provenance.differs,
    )
