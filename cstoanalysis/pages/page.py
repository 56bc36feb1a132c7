"""Turn executed notebooks into self-contained pages that can be cited."""

import json
import sys
from functools import cache
from pathlib import Path, PurePath

# ruff: noqa: E402
# jsonschema compiles a grammar for a second where this is there, and no page needs it.
_GRAMMAR = sys.modules.setdefault("rfc3987_syntax", None)

import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.exporters import Exporter
from traitlets import default

from cstoanalysis.descriptor import PAGE
from cstoanalysis.pages import cite, markdown, metadata, provenance, tree
from cstoanalysis.pages.body import Body
from cstoanalysis.pages.citation import citation
from cstoanalysis.pages.render import TEMPLATES, as_block, hashed, render, script, visible
from cstoanalysis.run.collection import notebooks
from cstoanalysis.run.notebook import (
    NOT_RUN,
    not_whole,
    outputs_of,
    title_and_question,
    without_traces,
)

_ENDING = [  # headings of the template below the citation: level, id, text
    (2, "parameters", "Parameters, data and sources"),
]
_TAKEN = {"main", "contents", "csto-page", "parameters", "sources", "values", "provenance"}

if _GRAMMAR is None:
    del sys.modules["rfc3987_syntax"]


class PartialRun(ValueError):
    """A notebook that failed, complained or was not run from top to bottom: it becomes no page."""


class CitableExporter(HTMLExporter):
    """One HTML file that asks for nothing else: *Citable* in JupyterLab's export menu."""

    export_from_notebook = "Citable page"

    @default("template_name")
    def _template_name_default(self):
        return "citable"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self):
        return [str(TEMPLATES)]

    def from_notebook_node(self, nb, resources=None, **arguments):
        """Page of an executed notebook.

        Raises
        ------
        PartialRun
            If it failed, wrote to stderr, or was not run once from top to bottom.
        """
        problem = not_whole(nb)
        if problem and not ((resources or {}).get("ran") and problem == NOT_RUN):
            raise PartialRun(problem)
        whole = without_traces(nbformat.from_dict(nb))
        kept, resources = Exporter.from_notebook_node(self, whole, resources, **arguments)
        return visible(_page(Body(kept, resources), whole, resources)), resources


def to_page(
    notebook: dict, name: str, home: str = "", folder: Path | None = None, ran: bool = False
) -> str:
    """Page of an executed notebook: one HTML file that asks for nothing else.

    Parameters
    ----------
    notebook : dict
        In format 4, executed.
    name : str
        Its file name.
    home : str, optional
        Public address of the folder that the pages will lie in: they cite it.
    folder : Path, optional
        Where the notebook lies: pictures beside it are taken in.
    ran : bool
        Whether it was run here to its end: then it may have no output at all.

    Raises
    ------
    PartialRun
        If it failed, wrote to stderr, or was not run once from top to bottom.
    """
    if not isinstance(notebook, nbformat.NotebookNode):
        notebook = nbformat.reads(json.dumps(notebook), as_version=4)
    place = {"name": PurePath(name).stem, "path": str(folder or "")}
    resources = {"metadata": place, "home": home, "ran": ran}
    return _exporter().from_notebook_node(notebook, resources)[0]


@cache
def _exporter() -> CitableExporter:
    return CitableExporter()


def _page(body: Body, whole, resources) -> str:
    """The page of the notebook, which was run as a whole."""
    name = f"{resources.get('metadata', {}).get('name') or 'notebook'}.ipynb"
    title, question = (
        " ".join(markdown.to_tree(text).get_text().split()) for text in title_and_question(whole)
    )
    info = provenance.page_info(whole, name, title, question, resources.get("home", ""))
    if body.readings:
        info["readings"] = body.readings
    anchors = [anchor for anchor, _ in body.numbered]
    taken = {*_TAKEN, *body.rows, *anchors, *(f"cite-{anchor}" for anchor in anchors)}
    tree.number_headings(body.trees(), taken)
    end = len(body.parts) if body.citation is None else body.citation
    before, after = body.headings(0, end), body.headings(end)
    cited = [(a, f"Section “{text}”") for _, a, text in before if text != "Cite this page"]
    heading = [(2, "Cite-this-page", "Cite this page")] if body.citation is None else []
    contents = [*before, *heading, *_ENDING, *after]
    tree.drop_dead_links(body.trees(), taken | {anchor for _, anchor, _ in contents})
    parts = [
        (anchor, label, cite.part_citation(info, label, anchor))
        for anchor, label in [*cited, *body.numbered]
    ]
    framed = body.framed()
    facts = next(iter(outputs_of(whole, PAGE)), {})
    framed.insert(end, citation(info, facts, parts, heading=body.citation is None))
    first = render(
        "first.html.j2",
        title=Markup(str(body.head)) if body.head else None,
        info=info,
        choices=provenance.choices(info),
        lead=body.lead,
        values=[provenance.key_number(v) for v in info["published"] if v.get("headline")],
    )
    reviews = metadata.claim_reviews(info, facts)
    scripts = {"register.js": body.rows, "figure.js": body.alive}
    code = script(*(name for name, wanted in scripts.items() if wanted))
    return render(
        "page.html.j2",
        info=info,
        tags=[tag for tag in metadata.meta_tags(info) if tag[1]],
        preview=[tag for tag in metadata.preview_tags(info, *body.pictures[:1]) if tag[1]],
        links=[link for link in metadata.links(info) if link[1]],
        linked=as_block(metadata.json_ld(info, facts.get("sources", []))),
        reviews=as_block(reviews) if reviews else "",
        script=Markup(code),
        policy=hashed(code) if code else "",
        block=as_block(info),
        contents=contents,
        body=[first, *framed],
        around=_neighbours(info),
        paper=metadata.paper(info),
    )


def _neighbours(info: dict) -> tuple[str, str]:
    """Stems of the notebooks before and after in reading order; none for a page that stands alone."""
    stems, own = [path.stem for path in notebooks()], PurePath(info["notebook"]).stem
    if info["values"] or own not in stems:
        return "", ""
    at = stems.index(own)
    return ["", *stems][at], [*stems, ""][at + 1]
