"""A page read again: what it says of itself, its sections for the search, its first figure."""

import json
from html.parser import HTMLParser
from itertools import accumulate
from typing import NamedTuple

_SILENT = {"svg", "math", "script", "style", "pre"}
_INLINE = set("a b bdi cite code em i mark q span strong sub sup time wbr".split())
_VOID = {"br", "hr", "img", "meta", "wbr"}


class Page(NamedTuple):
    """What a page holds; of each figure, the lead first: its permalink, alt text and SVG."""

    block: dict
    sections: list[tuple[str, str, str]]
    figures: list[tuple[str, str, str]]


def page_block(page: str) -> dict:
    """Data block of a page: what it says of itself.

    Raises
    ------
    ValueError
        If there is none: the page is no page of this collection, or was cut short.
    """
    return read(page).block


def read(page: str) -> Page:
    """What a page says of itself, section by section, and its figures.

    Raises
    ------
    ValueError
        If it has no data block: it is no page of this collection, or was cut short.
    """
    reader = _Reader(page)
    try:
        reader.feed(page)
        block = json.loads(reader.block)
    except (AssertionError, ValueError, RecursionError):  # marks that no parser takes; no JSON
        block = None
    if not isinstance(block, dict):
        raise ValueError("There is no data block in it: it is no page of this collection.")
    sections = [
        (anchor, " ".join(title.split()), " ".join("".join(text).split()))
        for anchor, title, text in reader.sections
    ]
    return Page(block, sections, reader.figures)


class _Reader(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self._starts = [0, *accumulate(len(line) for line in page.splitlines(keepends=True))]
        self._page, self._open, self._quiet = page, [], 0
        self._heading = self._data = False
        self._svg, self._anchor, self._alt, self._whole = None, "", "", None
        self.block, self.sections, self.figures = "", [], []

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        classes = (own.get("class") or "").split()
        if tag in _VOID:
            return
        silent = tag in _SILENT or (tag == "details" and {"code", "parts", "sources"} & {*classes})
        self._open.append((tag, bool(silent or "anchor-link" in classes)))
        self._quiet += self._open[-1][1]
        self._data = tag == "script" and own.get("id") == "csto-page" and not self.block
        if tag == "figure":
            self._anchor = own.get("id") or ""
        if tag == "svg" and self._anchor and self._svg is None:
            self._svg, self._alt = self._at(), own.get("aria-label") or ""
        if tag == "tr" and own.get("id") and self.sections:  # of a register: a place of its own
            self._whole = self._whole or self.sections[-1]
            self.sections.append([own["id"], f"{self._whole[1]}: {own['id']}", []])
        if tag == "table":
            self._whole = None
        if tag in ("h1", "h2", "h3") and "main" in [name for name, _ in self._open]:
            self.sections.append([own.get("id") or "", "", []])
            self._heading = True
        elif tag not in _INLINE:
            self._say(" ")

    def handle_endtag(self, tag):
        if tag in _VOID or tag not in [name for name, _ in self._open]:
            return
        while self._open:
            name, silent = self._open.pop()
            self._quiet -= silent
            if name == tag:
                break
        self._data = self._data and tag != "script"
        if tag == "svg" and self._svg is not None:
            picture = f"{self._page[self._svg : self._at()]}</svg>"
            self.figures.append((self._anchor, self._alt, picture))
            self._svg, self._anchor = None, ""  # of a figure that has two, the wide one
        if tag in ("h1", "h2", "h3"):
            self._heading = False
        elif tag == "table" and self._whole:  # what follows belongs to the section again
            self.sections.append([*self._whole[:2], []])
        elif tag == "main":
            self._open.clear()
            self._quiet = 1  # what comes after is no text of the page
        elif tag not in _INLINE:
            self._say(" ")

    def handle_startendtag(self, tag, attrs):
        pass  # of a drawing

    def handle_data(self, data):
        if self._data:
            self.block += data
        elif not self._quiet:
            self._say(data)

    def _say(self, text: str) -> None:
        if self.sections and self._heading:
            self.sections[-1][1] += text
        elif self.sections:
            self.sections[-1][2].append(text)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column
