"""The templates of the pages, and how they are filled in."""

import re
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"
_PAGES = TEMPLATES / "citable"
_TYPESET = [  # as a compositor would: true minus signs, what belongs together on one line
    (re.compile(r"(^|[ (±])-(?=\d)"), "\\1\N{MINUS SIGN}"),
    (re.compile(r" (?=%)"), "\N{NO-BREAK SPACE}"),
    (re.compile(r"\b([npr]) (=|&lt;|<|≤|≥) (?=\d)"), "\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}"),
    (re.compile(r"(\([−+\d][^\s()]*) to (?=[−+\d])"), "\\1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"),
]
_DATE = re.compile(r"(?<![\w/.-])\d{4}-\d\d(?:-\d\d)?(?![\w-])")


def render(template: str, **values) -> str:
    """A template filled in; every value is escaped unless it is markup."""
    return _environment().get_template(template).render(**values)


def part(name: str) -> str:
    """A style sheet or script that stands in a page as it is."""
    return (_PAGES / name).read_text("utf-8")


def typeset(text: str) -> str:
    """A text with the signs and spaces that print has for numbers."""
    for pattern, proper in _TYPESET:
        text = pattern.sub(proper, text)
    return text


def dated(markup: str) -> Markup:
    """Text or escaped text with its dates, and spans of years, each in one piece."""
    text = _DATE.sub(r"<time>\g<0></time>", str(escape(markup)))
    return Markup(re.sub(r"\b\d{4}–\d{2,4}\b", r'<span class="span">\g<0></span>', text))


def _sentence(text: str) -> str:
    """A note as a sentence of its own; a bare number is that of a version, a path stays as it is."""
    if re.fullmatch(r"v?\d[\d.]*", text):
        return f"Version {text}"
    return text[0].upper() + text[1:] if re.match(r"[a-z]+( |$)", text) else text


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["grouped"] = lambda number: f"{number:,}"
    environment.filters["breakable"] = lambda name: escape(name).replace("_", Markup("_<wbr>"))
    environment.filters["times"] = _times
    environment.filters["typeset"] = lambda text: dated(typeset(text))
    environment.filters["dated"] = dated
    environment.filters["sentence"] = _sentence
    environment.tests["link"] = lambda url: bool(re.match(r"https?://", url or ""))
    return environment


def _times(span: str) -> Markup:
    """A span of time as words, its dates each in one piece."""
    return dated(span.replace("/", " to "))
