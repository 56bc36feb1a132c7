"""Markdown as a tree: formulas drawn, pictures beside the notebook taken in, HTML shown as text."""

import base64
import mimetypes
from pathlib import Path

from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
    MathInlineParser,
    import_plugin,
)

from cstoanalysis.pages import tree
from cstoanalysis.pages.code import coloured
from cstoanalysis.pages.layout import picture

_PLUGINS = (*MarkdownWithMath.DEFAULT_PLUGINS, "footnotes")


class _Renderer(IPythonRenderer):
    """Formulas are handed on as text of their own; HTML is shown as text."""

    def block_math(self, body: str) -> str:
        return f'<span class="math display">{self.escape_html(body.strip())}</span>'

    def inline_math(self, body: str) -> str:
        return f'<span class="math">{self.escape_html(body)}</span>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre>{self.escape_html(code.strip())}</pre>"

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<pre class="block">{coloured(code, (info or "").split(" ")[0])}</pre>'


class _Inline(MathInlineParser):
    """A dollar sign opens a formula only where it cannot be a price: *US$* and *$5* are none."""

    SPECIFICATION = {  # noqa: RUF012
        **MathInlineParser.SPECIFICATION,
        "inline_math_tex": r"(?<![\w$\\])\$(?=[^\s$])(?P<math_inline_tex>[^$\n]*?(?<![\s\\]))(?<![A-Z]{2})\$(?![\w$])",
    }


def to_tree(source: str, attachments=None, folder: Path | None = None) -> BeautifulSoup:
    """Markdown as a tree; HTML in it is shown as text, for a parameter may have put it there.

    Parameters
    ----------
    source : str
    attachments : dict, optional
        Pictures that the cell holds.
    folder : Path, optional
        Where the notebook lies: pictures in it, or below, are taken in.
    """
    renderer = _Renderer(escape=True, allow_harmful_protocols=False, attachments=attachments)
    convert = MarkdownWithMath(renderer, inline=_Inline(), plugins=map(import_plugin, _PLUGINS))
    found = tree.parsed(convert.render(source))
    for link in found.select("a.footnote"):  # back to a mark that has no address of its own
        link.extract()
    for image in found.find_all("img", src=True):
        image["src"] = _embedded(image["src"], folder)
    found = tree.clean(str(found))
    for image in found.find_all("img", src=False):
        image.replace_with(f"(a picture is left out here: {image.get('alt') or 'no description'})")
    return tree.finished(found)


def _embedded(source: str, folder: Path | None) -> str:
    """Address of a picture with its content in it, if it lies with the notebook."""
    place = folder and picture(source, folder)
    if not place:
        return source
    kind = mimetypes.guess_type(source)[0]
    return f"data:{kind};base64,{base64.b64encode(place.read_bytes()).decode()}"
