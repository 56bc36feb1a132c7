"""Turn executed notebooks into self-contained pages, and list the pages on an index."""

import re
from collections import Counter
from functools import cache
from html import unescape
from pathlib import Path

import jinja2
import nbformat
import papermill
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html

import cstoanalysis

_TEMPLATES = Path(__file__).parent / "templates"
_COLOURED = set("k kn kc kd ow s s1 s2 sa sd se si sr c c1 cm m mi mf mh nf nb nc nd".split())


def to_page(notebook: nbformat.NotebookNode, name: str) -> str:
    """Page of an executed notebook: one HTML file that asks for nothing else.

    Parameters
    ----------
    notebook : NotebookNode
        Executed, see :func:`cstoanalysis.runner.execute.without_traces`.
    name : str
        Its file name, for the footer.
    """
    title, question = title_and_question(notebook)
    page = {"title": title, "question": _text(markdown2html(question)), "notebook": name}
    page["version"] = cstoanalysis.__version__
    body, _ = _exporter().from_notebook_node(notebook, resources={"page": page})
    body = _distinct_headings(body)
    for number, random in enumerate(dict.fromkeys(re.findall(r"\bT_[0-9a-f]{5}\b", body)), start=1):
        body = body.replace(random, f"T_{number}")  # ids that pandas draws for a styled table
    body = re.sub(r'(<a href="[\w-]+)\.ipynb([#"])', r"\1.html\2", body)  # page to page
    contents = "".join(
        f'<li class="level-{level}"><a href="#{anchor}">{text}</a></li>'
        for level, anchor, text in _headings(body)
    )
    return body.replace("<!-- contents -->", f"<ul>{contents}</ul>", 1)


def to_index(pages: list[tuple[Path, Path]]) -> str:
    """Index of pages, given as pairs of notebook and page."""
    loader = jinja2.FileSystemLoader(_TEMPLATES / "citable")
    template = jinja2.Environment(loader=loader, autoescape=True).get_template("collection.html.j2")
    entries = [_entry(notebook, page) for notebook, page in pages]
    return template.render(entries=entries, version=cstoanalysis.__version__) + "\n"


def title_and_question(notebook: nbformat.NotebookNode) -> tuple[str, str]:
    """First heading of a notebook and the paragraph below it, as Markdown."""
    head = next((c.source for c in notebook.cells if c.cell_type == "markdown"), "")
    title = re.search(r"^# +(.+)$", head, flags=re.MULTILINE)
    below = head[title.end() :] if title else head
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", below) if part.strip()]
    return (title[1].strip() if title else "Untitled"), (paragraphs[0] if paragraphs else "")


@cache
def _exporter() -> HTMLExporter:
    exporter = HTMLExporter(
        template_name="citable",
        extra_template_basedirs=[str(_TEMPLATES)],
        embed_images=True,
    )
    exporter.register_filter("tidy_table", _tidy_table)
    exporter.register_filter("only_coloured", _only_coloured)
    return exporter


def _tidy_table(html: str) -> str:
    """Make a table that pandas shows scroll by itself and read well aloud."""
    if "<table" not in html or "csto-" in html:
        return html
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
    html = html.replace("<th></th>", "<td></td>").replace(' border="1"', "")
    head, cut, body = html.partition("<tbody>")
    head = head.replace("<th>", '<th scope="col">').replace(' style="text-align: right;"', "")
    body = re.sub(r"<td>(?=[-+\d.,e%]+</td>|NaN</td>|&lt;NA&gt;</td>)", '<td class="num">', body)
    html = head + cut + body.replace("<th>", '<th scope="row">')
    return f'<div class="csto-table" role="group" aria-label="Rows of a table" tabindex="0">{html}</div>'


def _only_coloured(html: str) -> str:
    """Drop the marks of tokens that the style sheet does not colour: most of a page's elements."""
    tokens = re.compile(r'<span class="(\w+)">([^<]*)</span>')
    return tokens.sub(lambda token: token[0] if token[1] in _COLOURED else token[2], html)


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


def _entry(notebook: Path, page: Path) -> dict:
    title, question = title_and_question(nbformat.read(notebook, as_version=4))
    figure = re.search(
        r'<figure[^>]*class="csto-figure".*?(<img[^>]*>)', page.read_text("utf-8"), re.DOTALL
    )
    return {
        "title": title,
        "question": markdown2html(question),
        "link": page.name,
        "notebook": notebook.name,
        "picture": figure[1] if figure else "",
        "parameters": list(papermill.inspect_notebook(notebook).values()),
    }
