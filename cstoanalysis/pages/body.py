"""What stands between the head and the foot of a page: prose, outputs, and the code folded."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup
from markupsafe import Markup
from nbconvert.filters import ansi2html

from cstoanalysis import preview
from cstoanalysis.descriptor import FIGURE, PAGE, TABLE, VALUE
from cstoanalysis.pages import curve, figure, markdown, tree
from cstoanalysis.pages.code import coloured
from cstoanalysis.pages.layout import figure_file
from cstoanalysis.pages.render import render
from cstoanalysis.run.notebook import source_of, tags_of, values_of

_READINGS = "How sure is this?"  # the heading below which the curve stands
_MARKUP = {"text/html": "output", "text/markdown": "prose computed", "text/latex": "output"}


class Body:
    """What stands between head and foot: sections with their prose, outputs and code."""

    def __init__(self, notebook, resources):
        self.content = resources.get("global_content_filter", {})
        place = resources.get("metadata", {}).get("path", "")
        self.folder = Path(place) if place else None
        self.parts, self.code = [], []  # frame and content, a tree or markup; code to fold
        self.pictures = []  # permalink and alt text of each figure that has files, the lead first
        self.stem = "" if values_of(notebook) else resources.get("metadata", {}).get("name", "")
        self.numbered, self.lead, self.head, self.citation = [], "", None, None
        self.rows = set()  # permalinks of the rows of registers
        self.alive = False  # whether a reader can choose in one of the figures
        self.readings = notebook.metadata.get("csto", {}).get("readings")
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and self.content.get("include_markdown", True):
                self._prose(cell)
            elif cell.cell_type == "code" and self.content.get("include_code", True):
                self._code(cell)
        self._fold()

    def _prose(self, cell) -> None:
        found = markdown.to_tree(source_of(cell), cell.get("attachments"), self.folder)
        if found.find("h2"):
            self._fold()
        for title in found.find_all("h1"):
            if self.head is None:
                self.head = title.extract()
            else:
                title.name = "h2"  # a page has one title
        if not tree.is_empty(found):
            self.parts.append(("prose", found))
        if self.readings and any(h.get_text().startswith(_READINGS) for h in found.find_all("h2")):
            self.parts.append(
                (
                    "",
                    render(
                        "hangs.html.j2", found=self.readings, picture=curve.figure(self.readings)
                    ),
                )
            )

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
                self.pictures = self.pictures[-1:] + self.pictures[:-1]
            elif made:
                self.parts.append((frame, made))

    def _output(self, output) -> tuple[str, object]:
        """Frame and content of an output: markup of a template, or a tree of what it brought."""
        if output.output_type in ("stream", "error"):
            error = output.output_type == "error"
            text = "\n".join(output.traceback) if error else last_state(output.text)
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
            said = "output", render("text.html.j2", left_out=True)
            return said if self.parts[-1:] != [said] else ("", "")  # once is enough
        text = data.get("text/plain", "")
        if "application/json" in data:
            text = json.dumps(data["application/json"], indent=2, ensure_ascii=False)
        text = Markup(ansi2html(text))
        return "output", render("text.html.j2", text=text, stream="") if text else ""

    def _shown(self, kind: str, content: str, about: dict):
        """An output of a kind that a page can show; nothing if nothing of it could be seen."""
        if kind in _MARKUP:
            plain = kind != "text/html"
            found = markdown.to_tree(content, None, self.folder) if plain else tree.brought(content)
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
        self._number("Figure", "fig", data)
        alive = None
        if 'id="title[' in data["svg"]:  # marks by year or by state: see charts.says
            self.alive, alive = True, {"years": data.get("years", []), "year": data.get("year")}
        anchor = f"fig-{data['number']}"
        drawn = all(picture.startswith("<svg") for picture in pictures)
        self.pictures += [(anchor, data["alt"])] * drawn
        files = [figure_file(self.stem, anchor, ending) for ending in ("svg", "png")]
        return render(
            "figure.html.j2",
            figure=data,
            pictures=pictures,
            address=_address(data),
            files=files if drawn and self.stem else [],
            alive=alive,
        )

    def _table(self, data: dict) -> Markup:
        self._number("Table", "table", data)
        self.rows |= {row[0] for row in data["rows"] if "register" in data}
        forms = {
            "text": preview.cell_text,
            "is_number": preview.is_number,
            "address": _address(data),
        }
        return render("table.html.j2", table=data, **forms)

    def _number(self, label: str, anchor: str, data: dict) -> None:
        words = f"{label} {data['number']}, “{data['caption']}”"
        self.numbered.append((f"{anchor}-{data['number']}", words))

    def trees(self) -> list:
        """All that was parsed, the title with it."""
        found = [part for _, part in self.parts if isinstance(part, BeautifulSoup)]
        return [*found, self.head] if self.head else found

    def headings(self, start: int = 0, end: int | None = None) -> list[tuple[int, str, str]]:
        """Level, id and text of the headings in some of the parts."""
        some = [part for _, part in self.parts[start:end] if isinstance(part, BeautifulSoup)]
        return [entry for part in some for entry in tree.headings(part)]

    def framed(self) -> list[Markup]:
        """The parts as markup, each in a frame of its kind."""
        return [_framed(*part) for part in self.parts]


def last_state(text: str) -> str:
    """What a terminal, or JupyterLab, shows in the end: carriage returns and backspaces obeyed."""
    lines = re.sub(r"\r+\n", "\n", text).split("\n")
    return "\n".join(_overwritten(line) if {"\r", "\b"} & {*line} else line for line in lines)


def _overwritten(line: str) -> str:
    shown, at = [], 0
    for letter in line:
        if letter == "\r":
            at = 0
        elif letter == "\b":
            at = max(at - 1, 0)
        else:
            shown[at : at + 1] = [letter]
            at += 1
    return "".join(shown)


def _address(data: dict) -> str:
    """Address under which a figure's or a table's data lie in the page itself."""
    csv = (data.get("data") or {}).get("csv")
    return f"data:text/csv;charset=utf-8,{quote(csv, safe=',;:/()')}" if csv else ""


def _framed(frame: str, part) -> Markup:
    """A part of the body as markup, in a frame of its kind."""
    text = Markup(str(part).strip())
    return Markup('<div class="{}">\n{}\n</div>\n').format(frame, text) if frame else text
