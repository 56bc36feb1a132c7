"""Turn executed notebooks into self-contained pages that can be cited."""

import base64
import json
import re
from collections import Counter
from functools import cache
from html import unescape
from pathlib import PurePath
from urllib.parse import quote

import bleach
import jinja2
import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets import default

from cstoanalysis.descriptor import PAGE, VALUE
from cstoanalysis.pages import cite, svg
from cstoanalysis.pages.rendering import TEMPLATES, dated, render, typeset
from cstoanalysis.run.notebook import not_whole, outputs_of, title_and_question, without_traces

# Kinds of tokens that the style sheet colours -> its name for them; strings in strings are strings.
_COLOURED = {
    kind: name
    for name, kinds in {
        "k": "k kn kc kd ow",
        "s": "s s1 s2 sa sd se si sr",
        "c": "c c1 cm",
        "m": "m mi mf mh",
        "n": "nf nb nc nd",
    }.items()
    for kind in kinds.split()
}
# What markup may stand on a page; everything else in an output is shown as text.
_TAGS = set(
    """
    a abbr b blockquote br caption cite code col colgroup dd del details div dl dt em figcaption
    figure h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre q s samp section small span strong sub
    summary sup table tbody td tfoot th thead time tr u ul var
    """.split()
)
_ATTRIBUTES = set(
    "alt aria-label class colspan lang open role rowspan scope start tabindex title".split()
)
_PICTURE = re.compile(r"data:image/(svg\+xml|png|jpeg|gif|webp);base64,[\w+/=]+")
_LINK = re.compile(r"(https?://|mailto:|#|[\w-]+\.(html|ipynb))", re.IGNORECASE)
_WORDS = {  # kinds of licences that have no name of their own
    "other-pd": "public domain",
    "other-at": "with attribution",
    "other-nc": "non-commercial",
}
_FORMS = [  # label, key of the citation, file ending, media type
    ("APA", "apa", "", ""),
    ("Chicago", "chicago", "", ""),
    ("BibTeX", "bibtex", "bib", "application/x-bibtex"),
    ("RIS", "ris", "ris", "application/x-research-info-systems"),
    ("CSL-JSON", "csl", "json", "application/vnd.citationstyles.csl+json"),
]


class PartialRun(ValueError):
    """A notebook that failed, complained or was not run from top to bottom: it becomes no page."""


class CitableExporter(HTMLExporter):
    """One HTML file that asks for nothing else: *Citable* in JupyterLab's export menu."""

    export_from_notebook = "Citable page"

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.register_preprocessor(_prepare, enabled=True)

    @default("template_name")
    def _template_name_default(self):
        return "citable"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self):
        return [str(TEMPLATES)]

    @property
    def default_config(self):
        """What is shown of an output: never a script, a widget or a raw drawing."""
        config = super().default_config
        kinds = ["text/html", "text/markdown", "image/png", "image/jpeg", "text/plain"]
        config.NbConvertBase.display_data_priority = kinds
        return config

    def default_filters(self):
        """The filters of the template."""
        yield from super().default_filters()
        yield "clean_markup", _clean
        yield "only_coloured", _only_coloured

    @jinja2.pass_context
    def markdown2html(self, context, source):
        """Markdown as HTML; HTML in it is shown as text, for a parameter may have put it there."""
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = IPythonRenderer(
            escape=True, allow_harmful_protocols=False, attachments=attachments
        )
        return _clean(MarkdownWithMath(renderer=renderer).render(source))

    def from_notebook_node(self, nb, resources=None, **arguments):
        """Page of an executed notebook.

        Raises
        ------
        PartialRun
            If it failed, wrote to stderr, or was not run once from top to bottom.
        """
        body, resources = super().from_notebook_node(nb, resources, **arguments)
        return _finished(body, resources["page"]["info"]), resources


def to_page(notebook: dict, name: str, home: str = "") -> str:
    """Page of an executed notebook: one HTML file that asks for nothing else.

    Parameters
    ----------
    notebook : dict
        In format 4, executed.
    name : str
        Its file name.
    home : str, optional
        Public address of the folder that the pages will lie in: they cite it.

    Raises
    ------
    PartialRun
        If it failed, wrote to stderr, or was not run once from top to bottom.
    """
    if not isinstance(notebook, nbformat.NotebookNode):
        notebook = nbformat.reads(json.dumps(notebook), as_version=4)
    resources = {"metadata": {"name": PurePath(name).stem}, "home": home}
    return _exporter().from_notebook_node(notebook, resources)[0]


# --- before the template -------------------------------------------------------------------------
def _prepare(notebook, resources):
    """Refuse a partial run, take out its traces, work out what the page says of itself."""
    problem = not_whole(notebook)
    if problem:
        raise PartialRun(problem)
    notebook = without_traces(notebook)
    name = f"{resources.get('metadata', {}).get('name') or 'notebook'}.ipynb"
    title, question = title_and_question(notebook)
    home = resources.get("home", "")
    info = cite.page_info(notebook, name, title, _text(markdown2html(question)), home)
    sources = cite.references(notebook)
    cited = bool(outputs_of(notebook, PAGE))
    head = next((c for c in notebook.cells if c.cell_type == "markdown"), None)
    if head is not None and info["answer"]:
        head.metadata["answered"] = True
    resources["page"] = {
        "info": info,
        "kind": PAGE,
        "value_kind": VALUE,
        "cited": cited,
        "head": _head(info),
        "top": '<header class="top">csto-analysis</header>\n'
        if info["values"]
        else render("top.html.j2", root="", address=""),
        "citation": _citation(info, sources),
        "answer": render("answer.html.j2", answer=info["answer"]),
        "foot": render("foot.html.j2", info=info),
    }
    return notebook, resources


def _head(info: dict) -> str:
    return render(
        "head.html.j2",
        info=info,
        tags=[(name, content) for name, content in cite.meta_tags(info) if content],
        linked=cite.as_block(cite.json_ld(info)),
        block=cite.as_block(info),
    )


def _citation(info: dict, sources: list[dict]) -> str:
    texts, stem = cite.citations(info), PurePath(info["notebook"]).stem
    forms = [
        {
            "label": label,
            "text": texts[key],
            "file": f"{cite.key(info)}.{ending}",
            "address": f"data:{kind};charset=utf-8,{quote(texts[key])}" if ending else "",
        }
        for label, key, ending, kind in _FORMS
    ]
    return render(
        "cite.html.j2",
        info=info,
        forms=forms,
        sources=sources,
        licences={name: _terms(name) for name in info["tables"]},
        rebuild=cite.rebuild_command(info),
        page=f"{stem}.html",
        shown=cite.shown,
        number=_number,
        differs=cite.differs,
    )


def _terms(table: str) -> dict[str, str]:
    """Each licence of a table once, in words, and where it stands."""
    return {
        _WORDS.get(terms.get("name"), terms.get("name") or terms["title"]): terms.get("path", "")
        for terms in cite.licences(table)
    }


def _number(value) -> str:
    """A published value as a reader wants to see it; the data block holds it exactly."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return "–" if value is None else cite.shown(value, 300)


# --- filters -------------------------------------------------------------------------------------
def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "id":
        heading = re.fullmatch(r"h[1-6]", tag)
        return bool(heading or re.fullmatch(r"(fig|table)-\d+", value))
    if name == "href":
        data = value.startswith("data:text/csv;charset=utf-8,")
        return tag == "a" and (data or bool(_LINK.match(value)))
    if name == "download":
        return tag == "a" and bool(re.fullmatch(r"[\w.-]+", value))
    if name == "src":
        return tag == "img" and bool(_PICTURE.fullmatch(value))
    return name in _ATTRIBUTES and not (name == "tabindex" and value != "0")


def _clean(html: str) -> str:
    """Keep harmless markup alone; a table of pandas scrolls by itself and reads well aloud."""
    html = re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL)
    if "<table" in html and "csto-" not in html and "dataframe" in html:
        html = _tidy_table(html)
    protocols = {"http", "https", "mailto", "data"}
    html = bleach.clean(html, tags=_TAGS, attributes=_allowed, protocols=protocols)
    html = html.replace(' href="#harmful-link"', "")  # as mistune marks a link to a script
    html = re.sub(  # the text between tags, but not code
        r"(<(code|pre)\b.*?</\2>|<[^>]*>)|([^<]+)",
        lambda match: _whole(match[1]) or dated(Markup(typeset(match[3]))),
        html,
        flags=re.DOTALL,
    )
    return re.sub(r'(<a href="[\w-]+)\.ipynb([#"])', r"\1.html\2", html)  # page to page


def _whole(markup: str | None) -> str | None:
    """A tag as it is; code with places in its paths where a line may end."""
    if markup and markup.startswith("<code"):
        return re.sub(r"(?<=\w)/(?=\w)", "/<wbr>", markup)
    return markup


def _tidy_table(html: str) -> str:
    head, cut, body = html.partition("<tbody>")
    body = re.sub(r"<td>(?=[-+\d.,e%]+</td>|NaN</td>|&lt;NA&gt;</td>)", '<td class="num">', body)
    columns = re.findall(r"<t[dh]( class=\"num\")?>", body.partition("</tr>")[0])

    def aligned(row: re.Match) -> str:
        """A row of the head, each name set as the numbers or words below it."""
        names = re.findall(r"<th>(.*?)</th>", row[0], flags=re.DOTALL)
        kinds = columns if len(names) == len(columns) else [""] * len(names)
        cells = zip(names, kinds, strict=True)
        row = [
            f'<th scope="col"{kind}>{name}</th>' if name else "<td></td>" for name, kind in cells
        ]
        return f"<tr>{''.join(row)}</tr>"

    head = re.sub(r"<tr[^>]*>.*?</tr>", aligned, head, flags=re.DOTALL)
    html = head + cut + body.replace("<th>", '<th scope="row">')
    return f'<div class="csto-table" role="group" aria-label="Rows of a table" tabindex="0">{html}</div>'


def _only_coloured(html: str) -> str:
    """Drop the marks of tokens that the style sheet does not colour: most of a page's elements."""

    def token(match: re.Match) -> str:
        name = _COLOURED.get(match[1])
        return f'<span class="{name}">{match[2]}</span>' if name else match[2]

    html = re.sub(r'<span class="(\w+)">([^<]*)</span>', token, html)
    neighbours = re.compile(r'(<span class="(\w)">[^<]*)</span><span class="\2">')
    while neighbours.search(html):
        html = neighbours.sub(r"\1", html)
    return html


# --- after the template --------------------------------------------------------------------------
def _finished(body: str, info: dict) -> str:
    """The page with its figures as elements of it, its contents, and how to cite each part."""
    body = _distinct_headings(body)
    body = re.sub(r'<figure(?=[^>]*\bid="(fig-\d+)")[^>]*>(<img[^>]*>)', _with_picture, body)
    body = re.sub(
        r'<figure(?=[^>]*\bid="fig-(\d+)").*?(?=</span></figcaption>)',
        lambda m: (
            f'{m[0]}<span class="cite-this"> · <a href="#cite-fig-{m[1]}">Cite figure&nbsp;{m[1]}</a></span>'
        ),
        body,
        flags=re.DOTALL,
    )
    headings = _headings(body)
    contents = "".join(
        f'<li class="level-{level}"><a href="#{anchor}">{text}</a></li>'
        for level, anchor, text in headings
    )
    parts = [
        {"anchor": a, "label": label, "text": cite.part_citation(info, label, unescape(a))}
        for a, label in [*_own_parts(body, headings), *_numbered(body)]
    ]
    body = body.replace("<!-- contents -->", f"<ul>{contents}</ul>", 1)
    body = body.replace("<!-- parts -->", render("parts.html.j2", parts=parts), 1)
    return cite.visible(body)


def _with_picture(match: re.Match) -> str:
    image = dict(re.findall(r"""(alt|src)=("[^"]*"|'[^']*')""", match[2]))
    source, alt = image["src"][1:-1], unescape(image["alt"][1:-1])
    picture = match[2]
    if source.startswith("data:image/svg"):
        try:
            code = base64.b64decode(source.partition(",")[2]).decode()
            picture = svg.inline(code, alt)
        except (svg.UnusualPicture, UnicodeDecodeError):
            picture = match[2]  # a picture in an img element runs no script and loads nothing
    name = match[1].replace("fig-", "Figure ")
    frame = f'<div class="csto-picture" role="group" aria-label="{name}" tabindex="0">'
    return f'<figure class="csto-figure" id="{match[1]}">{frame}{picture}</div>'


def _own_parts(body: str, headings: list) -> list[tuple[str, str]]:
    """Sections of the argument: what comes before the citation."""
    end = body.find('<section class="csto-cite"')
    return [
        (anchor, f"Section “{unescape(text)}”")
        for _, anchor, text in headings
        if body.find(f'id="{anchor}"') < end and text != "Cite this page"
    ]


def _numbered(body: str) -> list[tuple[str, str]]:
    """Figures and tables with number and the first sentence of their captions."""
    found = re.findall(
        r'<a class="csto-number" href="#((?:fig|table)-\d+)">([^<]*)</a>\.(.*?)'
        r"(?=<span|</caption|</figcaption)",
        body,
        flags=re.DOTALL,
    )
    first = re.compile(r"(.+?[^.\d]\.)(?= [A-Z]|$)")
    parts = []
    for anchor, number, rest in found:
        caption = _text(rest)
        sentence = first.match(caption)
        short = sentence[1].rstrip(".") if sentence else caption
        parts.append((anchor, f"{number}, “{short}”"))
    return parts


def _distinct_headings(html: str) -> str:
    """Number the ids of headings that read the same, the first one excepted."""
    seen = Counter()

    def number(match: re.Match) -> str:
        seen[match[2]] += 1
        again = f"{match[2]}-{seen[match[2]]}"
        return match[0] if seen[match[2]] == 1 else match[0].replace(f'{match[2]}"', f'{again}"')

    return re.sub(r'<h([1-6])[^>]*\bid="([^"]+)"[^>]*>.*?</h\1>', number, html, flags=re.DOTALL)


def _headings(html: str) -> list[tuple[int, str, str]]:
    """Level, id and text of the headings below the title."""
    found = re.findall(r'<h([23])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', html, flags=re.DOTALL)
    return [
        (int(level), anchor, _text(inner, keep_entities=True)) for level, anchor, inner in found
    ]


def _text(html: str, keep_entities: bool = False) -> str:
    html = re.sub(r'<a class="anchor-link".*?</a>', "", html, flags=re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", "", html).split())
    return text if keep_entities else unescape(text)


@cache
def _exporter() -> CitableExporter:
    return CitableExporter()
