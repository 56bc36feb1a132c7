"""Turn executed notebooks into self-contained pages that can be cited."""

import base64
import json
from functools import cache
from pathlib import Path, PurePath
from urllib.parse import quote

import nbformat
from bs4 import BeautifulSoup
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.exporters import Exporter
from nbconvert.filters import ansi2html
from traitlets import default

from cstoanalysis import show
from cstoanalysis.descriptor import FIGURE, PAGE, TABLE, VALUE
from cstoanalysis.pages import cite, figure, metadata, provenance, tree
from cstoanalysis.pages.citation import citation
from cstoanalysis.pages.code import coloured
from cstoanalysis.pages.render import TEMPLATES, as_block, render, visible
from cstoanalysis.run.notebook import (
    NOT_RUN,
    not_whole,
    outputs_of,
    source_of,
    tags_of,
    title_and_question,
    without_traces,
)

_ENDING = [  # headings of the template below the citation: level, id, text
    (2, "parameters", "Parameters, data and sources"),
]
_MARKUP = {"text/html": "output", "text/markdown": "prose computed", "text/latex": "output"}
_TAKEN = {"main", "contents", "csto-page", "parameters", "sources", "values", "provenance"}


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
        kept, resources = Exporter.from_notebook_node(self, nb, resources, **arguments)
        body = _Body(without_traces(kept), resources)
        return visible(body.page(whole, resources)), resources


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


class _Body:
    """What stands between head and foot: sections with their prose, outputs and code."""

    def __init__(self, notebook, resources):
        self.content = resources.get("global_content_filter", {})
        place = resources.get("metadata", {}).get("path", "")
        self.folder = Path(place) if place else None
        self.parts, self.code = [], []  # frame and content, a tree or markup; code to fold
        self.numbered, self.lead, self.head, self.citation = [], "", None, None
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and self.content.get("include_markdown", True):
                self._prose(cell)
            elif cell.cell_type == "code" and self.content.get("include_code", True):
                self._code(cell)
        self._fold()

    def _prose(self, cell) -> None:
        found = tree.markdown(source_of(cell), cell.get("attachments"), self.folder)
        if found.find("h2"):
            self._fold()
        for title in found.find_all("h1"):
            if self.head is None:
                self.head = title.extract()
            else:
                title.name = "h2"  # a page has one title
        if not tree.is_empty(found):
            self.parts.append(("prose", found))

    def _fold(self) -> None:
        """Code of a section, folded at its end."""
        if self.code:
            lines = sum(len(source.splitlines()) for source in self.code)
            blocks = [coloured(source) for source in self.code]
            self.parts.append(("", render("code.html.j2", blocks=blocks, lines=lines)))
        self.code = []

    def _code(self, cell) -> None:
        removed = cell.metadata.get("transient", {}).get("remove_source")
        if source_of(cell).strip() and not removed and self.content.get("include_input", True):
            self.code.append(source_of(cell))
        if not self.content.get("include_output", True):
            return
        for output in cell.outputs:
            frame, made = self._output(output)
            if "lead" in tags_of(cell) and FIGURE in output.get("data", {}) and not self.lead:
                self.lead = made
            elif made:
                self.parts.append((frame, made))

    def _output(self, output) -> tuple[str, object]:
        """Frame and content of an output: markup of a template, or a tree of what it brought."""
        if output.output_type in ("stream", "error"):
            error = output.output_type == "error"
            text = "\n".join(output.traceback) if error else output.text
            name = "stderr" if error else output.name
            return "output", render("text.html.j2", text=Markup(ansi2html(text)), stream=name)
        data, about = output.data, output.metadata
        if PAGE in data and self.citation is None:
            self.citation = len(self.parts)
        if PAGE in data or VALUE in data:
            return "", ""
        if FIGURE in data:
            return "", self._figure(data[FIGURE])
        if TABLE in data:
            return "", self._table(data[TABLE])
        for kind in (*_MARKUP, "image/svg+xml", "image/png", "image/jpeg"):
            if kind in data and (made := self._shown(kind, data[kind], about.get(kind, {}))):
                return _MARKUP.get(kind, "output"), made
        if any(kind.endswith(("javascript", "html")) or "vnd." in kind for kind in data):
            return "output", render("text.html.j2", left_out=True)
        text = Markup(ansi2html(data.get("text/plain", "")))
        return "output", render("text.html.j2", text=text, stream="") if text else ""

    def _shown(self, kind: str, content: str, about: dict):
        """An output of a kind that a page can show; nothing if nothing of it could be seen."""
        if kind in _MARKUP:
            plain = kind != "text/html"
            found = tree.markdown(content, None, self.folder) if plain else tree.brought(content)
            return None if tree.is_empty(found) else found
        if kind == "image/svg+xml":
            try:
                picture = figure.inline(content, "Output of a cell")
                return Markup('<div class="csto-picture">{}</div>').format(picture)
            except figure.UnusualPicture:
                content = base64.b64encode(content.encode("utf-8", "replace")).decode()
        size = [(n, about[n]) for n in ("width", "height") if isinstance(about.get(n), int)]
        size = Markup("").join(Markup(' {}="{}"').format(*pair) for pair in size)
        address = f"data:{kind};base64,{''.join(content.split())}"
        return Markup('<img alt="Output of a cell" src="{}"{}>').format(address, size)

    def _figure(self, data: dict) -> Markup:
        pictures = []
        for code in filter(None, [data["svg"], data.get("narrow")]):
            try:
                pictures.append(figure.inline(code, data["alt"]))
            except figure.UnusualPicture:  # in an img element it runs no script and loads nothing
                code = base64.b64encode(code.encode("utf-8", "replace")).decode()
                picture = Markup('<img alt="{}" src="data:image/svg+xml;base64,{}">')
                pictures.append(picture.format(data["alt"], code))
        csv = (data.get("data") or {}).get("csv")
        address = f"data:text/csv;charset=utf-8,{quote(csv, safe=',;:/()')}" if csv else ""
        self._number("Figure", "fig", data)
        return render("figure.html.j2", figure=data, pictures=pictures, address=address)

    def _table(self, data: dict) -> Markup:
        self._number("Table", "table", data)
        return render("table.html.j2", table=data, text=show.cell_text, is_number=show.is_number)

    def _number(self, label: str, anchor: str, data: dict) -> None:
        words = f"{label} {data['number']}, “{data['caption']}”"
        self.numbered.append((f"{anchor}-{data['number']}", words))

    # --- the whole -------------------------------------------------------------------------------
    def page(self, whole, resources) -> str:
        """The page of the notebook, which was run as a whole."""
        name = f"{resources.get('metadata', {}).get('name') or 'notebook'}.ipynb"
        title, question = (
            " ".join(tree.markdown(text).get_text().split()) for text in title_and_question(whole)
        )
        info = provenance.page_info(whole, name, title, question, resources.get("home", ""))
        anchors = [anchor for anchor, _ in self.numbered]
        taken = {*_TAKEN, *anchors, *(f"cite-{anchor}" for anchor in anchors)}
        trees = [part for _, part in self.parts if isinstance(part, BeautifulSoup)]
        trees += [self.head] if self.head else []
        tree.number_headings(trees, taken)
        end = len(self.parts) if self.citation is None else self.citation
        before, after = (
            [
                entry
                for _, part in some
                if isinstance(part, BeautifulSoup)
                for entry in tree.headings(part)
            ]
            for some in (self.parts[:end], self.parts[end:])
        )
        cited = [(a, f"Section “{text}”") for _, a, text in before if text != "Cite this page"]
        heading = [(2, "Cite-this-page", "Cite this page")] if self.citation is None else []
        contents = [*before, *heading, *_ENDING, *after]
        tree.drop_dead_links(trees, taken | {anchor for _, anchor, _ in contents})
        parts = [
            (anchor, label, cite.part_citation(info, label, anchor))
            for anchor, label in [*cited, *self.numbered]
        ]
        body = [_framed(*part) for part in self.parts]
        facts = next(iter(outputs_of(whole, PAGE)), {})
        cited = citation(info, facts, parts, heading=self.citation is None)
        body.insert(end, cited)
        first = render(
            "first.html.j2",
            title=Markup(str(self.head)) if self.head else None,
            info=info,
            choices=provenance.choices(info),
            lead=self.lead,
            values=[value for value in info["published"] if value.get("headline")],
            number=provenance.number,
            interval=provenance.interval,
        )
        return render(
            "page.html.j2",
            info=info,
            tags=[(name, content) for name, content in metadata.meta_tags(info) if content],
            linked=as_block(metadata.json_ld(info)),
            block=as_block(info),
            contents=contents,
            body=[first, *body],
        )


def _framed(frame: str, part) -> Markup:
    """A part of the body as markup, in a frame of its kind."""
    text = Markup(str(part).strip())
    return Markup('<div class="{}">\n{}\n</div>\n').format(frame, text) if frame else text
