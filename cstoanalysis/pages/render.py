"""The templates of the pages, how they are filled in, and how text is set in them."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from cstoanalysis.words import capital

TEMPLATES = Path(__file__).parent / "templates"
_PAGES = TEMPLATES / "citable"
_TYPESET = [  # as a compositor would: true minus signs, what belongs together on one line
    (re.compile(r"(^|[ (±])-(?=\d)"), "\\1\N{MINUS SIGN}"),
    (re.compile(r" (?=%)"), "\N{NO-BREAK SPACE}"),
    (re.compile(r"\b([npr]) ([=<≤≥]) (?=\d)"), "\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}"),
    (re.compile(r"(\([−+\d][^\s()]*) to (?=[−+\d])"), "\\1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"),
]
# What is kept in one piece: dates, and spans of years.
_WHOLE = re.compile(
    r"(?P<time>(?<![\w/.-])\d{4}-\d\d(?:-\d\d)?(?![\w-]))|(?P<span>\b\d{4}–\d{2,4}\b)"
)
_LICENCE = "text and own tables CC BY 4.0"  # at the foot of each sheet, in place of the footer
# Marks that turn the direction of text, control characters, halves of a character: shown, never obeyed.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def render(template: str, **values) -> Markup:
    """A template filled in; every value is escaped unless it is markup."""
    return Markup(_environment().get_template(template).render(**values))


@cache
def part(name: str) -> str:
    """A script that stands in a page as it is; a style sheet without its comments and spare spaces."""
    text = (_PAGES / name).read_text("utf-8")
    if not name.endswith(".css"):
        return text
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    pieces = re.split(r'("[^"]*")', " ".join(text.split()))  # what is quoted stays as it is
    for n in range(0, len(pieces), 2):
        pieces[n] = re.sub(r" ?([{};]) ?|(?<=[:,]) ", r"\1", pieces[n]).replace(";}", "}")
    return "".join(pieces) + "\n"


def script(*names: str) -> str:
    """Scripts of a page in one piece, after what they make their controls with."""
    return "".join(map(part, ("controls.js", *names))) if names else ""


def hashed(text: str) -> str:
    """Fingerprint by which a policy names a style sheet or a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def visible(text: str) -> str:
    r"""The text with hidden characters written out, as ``\u202e``; in JSON that means the same."""
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def one_line(text: str) -> str:
    """A text in one line, its hidden characters written out."""
    return visible(" ".join(str(text).split()))


def on_paper(title: str, foot: str) -> Markup:
    """Style sheet that puts a running title at the head of each printed page, the page's number and licence at its foot.

    Whatever is no letter or digit is written as CSS writes any sign, by its number.
    """
    head, foot = (
        re.sub("[^A-Za-z0-9 ]", lambda sign: f"\\{ord(sign[0]):x} ", one_line(text))
        for text in (title, f"{foot}; {_LICENCE}")
    )
    return Markup(
        f'@page{{@top-left{{content:"{head}"}}@bottom-left{{content:"{foot}"}}'
        '@bottom-right{content:counter(page) " / " counter(pages)}}'
    )


def compact(content) -> str:
    """JSON for programs alone, as short as it can be."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def as_block(content) -> Markup:
    """JSON that can stand in a script element: nothing in it ends the element or looks like markup."""
    text = compact(content)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(visible(text))


def proper(text: str) -> str:
    """A text with the signs and spaces that print has for numbers."""
    for pattern, sign in _TYPESET:
        text = pattern.sub(sign, text)
    return text


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a text, each with the element that keeps it in one piece: ``time``, ``span``, none."""
    done = 0
    for match in _WHOLE.finditer(text):
        yield text[done : match.start()], ""
        yield match[0], match.lastgroup
        done = match.end()
    yield text[done:], ""


def dated(text) -> Markup:
    """A text with its dates and spans of years each in one piece."""
    form = {
        "": "{}",
        "time": Markup("<time>{}</time>"),
        "span": Markup('<span class="span">{}</span>'),
    }
    return Markup("").join(Markup(form[kind]).format(part) for part, kind in pieces(str(text)))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["part"] = lambda name: Markup(part(name))
    environment.filters["grouped"] = lambda number: f"{number:,}"
    environment.filters["breakable"] = lambda name: escape(name).replace("_", Markup("_<wbr>"))
    environment.filters["capital"] = capital
    environment.filters["times"] = lambda span: dated(span.replace("/", " to "))
    environment.filters["typeset"] = lambda text: dated(proper(str(text)))
    environment.filters["dated"] = dated
    environment.tests["link"] = lambda url: bool(re.match(r"https?://", url or ""))
    return environment
