"""A figure in a page: elements of the page, small, its text as text, its ink and ground the page's."""

import hashlib
import re
from itertools import groupby
from typing import NamedTuple
from xml.etree import ElementTree

from markupsafe import Markup, escape

from cstoanalysis import style

_ELEMENTS = set("svg g defs path use text tspan clipPath rect circle line polygon pattern".split())
_ELEMENTS |= {"polyline", "ellipse", "image", "linearGradient", "stop"}
_DROPPED = set("metadata style title desc".split())
_ATTRIBUTES = set(
    """
    id d x y x1 x2 y1 y2 cx cy r rx ry dx dy width height points transform viewBox href clip-path
    clip-rule fill fill-opacity fill-rule opacity stroke stroke-dasharray stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width font font-family
    font-size font-style font-weight text-anchor dominant-baseline preserveAspectRatio patternUnits
    patternTransform gradientUnits offset stop-color stop-opacity image-rendering
    """.split()
)
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[\w+/=\s]+")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?")
_PLAIN = re.compile(r"[#\w\s.,()%'\"+-]*")
_TITLE = "title: "  # a mark with this in its gid says the rest when it is pointed at
# Colours of the house style that stand for the page's own.
_PAGE = {
    style.INK: "currentColor",
    style.MUTED: "var(--muted)",
    style.FAINT: "var(--faint)",
    style.GROUND: "var(--ground)",
    "#ffffff": "var(--ground)",
    style.LAND: "var(--land)",
    style.COAST: "var(--coast)",
}
_SAID = {  # what the picture has as a whole, so that no element needs to say it
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
    "font-size": "10px",
    "font-family": "DejaVu Sans,Verdana,sans-serif",
}
_SILENT = {"stroke-dashoffset": "0", "opacity": "1", "font-family": "'DejaVu Sans', Verdana"}
_SILENT |= {"font-style": "normal", "font-weight": "normal"}
LIGHT = (
    "color:#1f2328;--muted:#63696f;--faint:#d4d7da;--ground:#fdfdfb;--land:#eceae4;--coast:#c9c6bd"
)
DARK = (
    "color:#e4e6e8;--muted:#a8afb7;--faint:#3b4148;--ground:#16191d;--land:#262b31;--coast:#454c54"
)
# What a group says for all that it holds; what clips a shape that is moved moves with it.
_SHARED = {"clip-path", "font-size", "text-anchor", "stroke"}
_SHARED |= {f"stroke-{part}" for part in ("width", "linejoin", "linecap", "dasharray")}
# Of a file of its own: as in page.css, which gives these where the figure stands in a page.
_STANDALONE = f"<style>svg{{{LIGHT}}}@media(prefers-color-scheme:dark){{svg{{{DARK}}}}}</style>"


class UnusualPicture(ValueError):
    """An SVG that holds what no figure needs, such as a script."""


class _Element(NamedTuple):
    tag: str
    own: dict[str, str]
    inside: Markup = Markup("")


def inline(code: str, alt: str) -> Markup:
    """SVG elements to stand in an HTML page, from the SVG file that matplotlib wrote.

    Ids are named after the picture's content, so that they are unique on any page and the same
    each time; styles and numbers are shortened; the picture's description is its label. Ink, faint
    lines and white ground take the page's colours.

    Raises
    ------
    UnusualPicture
        If there is an element, a link, a number or an attribute in it that no figure needs.
    """
    try:
        root = ElementTree.fromstring(code[code.index("<svg") :])
    except (ElementTree.ParseError, ValueError) as problem:
        raise UnusualPicture(str(problem)) from None
    stamp = hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()[:6]
    wanted = {target.removeprefix("#") for e in root.iter() for target in _targets(e)}
    there = dict.fromkeys(e.get("id") for e in root.iter() if e.get("id") in wanted)
    names = {name: f"f{stamp}-{number}" for number, name in enumerate(there, start=1)}
    own = {name: root.get(name, "") for name in ("width", "height", "viewBox")}
    own = {name: _short(_checked(name, value), 2) for name, value in own.items() if value}
    if not own.get("viewBox") and not {"width", "height"} <= own.keys():
        raise UnusualPicture("a figure has no size")
    wide = (
        float(own.get("viewBox", f"0 0 {own.get('width', '0').rstrip('ptx')} 0").split()[2]) > 420
    )
    head = {
        "class": "wide" if wide else "whole",
        "role": "img",
        "aria-label": alt,
        **own,
        **_SAID,
        "xml:space": "preserve",
    }
    return Markup("<svg{}>{}</svg>").format(_written(head), _children(root, names, dict(_SAID), {}))


def standalone(picture: str) -> str:
    """A file of its own from a picture that stands in a page."""
    space = ' xmlns="http://www.w3.org/2000/svg"'
    start, end, rest = picture.partition(">")
    return f"{start}{space}{end}{_STANDALONE}{rest}\n"


def _targets(element: ElementTree.Element) -> list[str]:
    """What an element refers to."""
    found = [v for name, v in element.items() if _local(name) == "href"]
    for value in element.attrib.values():
        found += re.findall(r"url\(([^)]*)\)", value)
    return found


def _children(element: ElementTree.Element, names: dict, given: dict, shapes: dict) -> Markup:
    return _joined([e for child in element for e in _one(child, names, given, shapes)])


def _one(element: ElementTree.Element, names: dict, given: dict, shapes: dict) -> list[_Element]:
    """An element, or what a group that says nothing holds; nothing if it shows nothing."""
    tag = _local(element.tag)
    if tag in _DROPPED:
        return []
    if tag not in _ELEMENTS or tag == "svg":
        raise UnusualPicture(f"a figure holds <{tag}>")
    own = _attributes(tag, element, names)
    if tag == "path" and own.get("fill") == "none" and "stroke" not in {**given, **own}:
        return []
    if tag == "use":
        own = {k: v for k, v in own.items() if k not in shapes.get(own.get("href"), ())}
    elif "id" in own:
        shapes[f"#{own['id']}"] = own.keys() - {"id", "d", "x", "y", "transform", "clip-path"}
    kept = {k: v for k, v in own.items() if given.get(k) != v}
    given = {**given, **own}
    if tag in ("text", "tspan"):
        inside = escape(element.text or "")
        for child in element:
            inside += _joined(_one(child, names, given, shapes)) + escape(child.tail or "")
        return [_Element(tag, kept, inside)]
    held = [e for child in element for e in _one(child, names, given, shapes)]
    if tag in ("g", "defs") and not held:
        return []
    if tag == "g" and (label := element.get("id", "")).startswith(_TITLE):
        title = Markup("<title>{}</title>").format(label.removeprefix(_TITLE))
        if len(held) == 1 and not kept:  # it needs no group to be named
            return [held[0]._replace(inside=title + held[0].inside)]
        return [_Element(tag, kept, title + _joined(held))]
    if tag == "g" and not kept:
        return held
    return [_Element(tag, kept, _joined(held))]


def _joined(elements: list[_Element]) -> Markup:
    """Elements one after the other; what several in a row say is said once, by a group of theirs."""
    written = Markup("")
    for said, run in groupby(elements, _shared):
        row = list(run)
        fills = {e.own.get("fill") for e in row}
        said = dict(said) | ({"fill": fills.pop()} if fills != {None} and len(fills) == 1 else {})
        if len(row) < 3 or not said:
            written += Markup("").join(map(_element, row))
            continue
        rest = [e._replace(own={k: v for k, v in e.own.items() if k not in said}) for e in row]
        written += _element(_Element("g", said, Markup("").join(map(_element, rest))))
    return written


def _shared(element: _Element) -> tuple:
    if element.tag == "defs" or "transform" in element.own:
        return (("", str(id(element))),)  # stands alone
    return tuple((k, v) for k, v in element.own.items() if k in _SHARED)


def _element(element: _Element) -> Markup:
    close = Markup(">{}</{}>") if element.inside else Markup("/>")
    start = Markup("<{}{}").format(element.tag, _written(element.own))
    return start + close.format(element.inside, element.tag)


def _attributes(tag: str, element: ElementTree.Element, names: dict) -> dict[str, str]:
    """Attributes and style in their shortest form, without those that say nothing."""
    pairs = [(_local(name), value.strip()) for name, value in element.items()]
    for name, value in [pair for pair in pairs if pair[0] == "style"]:
        pairs.remove((name, value))
        parts = [part.partition(":") for part in value.split(";") if part.strip()]
        pairs += [(key.strip(), text.strip()) for key, _, text in parts]
    found = {}
    for name, value in pairs:
        if name in ("space", "class", "version", "type") or (name, value) == ("transform", ""):
            continue
        if name not in _ATTRIBUTES:
            raise UnusualPicture(f"a figure holds {name}=")
        value = _value(tag, name, value, names)
        if value and _SILENT.get(name, "\0") not in (value, value[: len(_SILENT.get(name, "\0"))]):
            found[name] = value
    return found


def _value(tag: str, name: str, value: str, names: dict) -> str:
    if name == "id":
        return names.get(value, "")
    if name == "href":
        if tag == "image" and _PICTURE.fullmatch(value):
            return value
        return f"#{_name(value, names)}"
    if found := re.fullmatch(r"url\(([^)]*)\)", value):
        return f"url(#{_name(found[1], names)})"
    value = _checked(name, value)
    if name == "d":
        return _path(value)
    if name == "transform":
        turned = re.fullmatch(r"rotate\(-?0(\.0+)? [^)]*\)", value)
        return "" if turned else _short(value, 3)
    if name in ("fill", "stroke", "stop-color"):
        # White letters stand on a coloured field and stay white.
        white = tag == "text" and value.lower() in ("#ffffff", "white")
        value = value if white else _PAGE.get(value.lower(), value)
        return re.sub(r"^#(.)\1(.)\2(.)\3$", r"#\1\2\3", value)
    return _short(value, 1 if name in ("x", "y") else 2)


def _name(target: str, names: dict) -> str:
    if not target.startswith("#") or target[1:] not in names:
        raise UnusualPicture(f"a figure refers to {target[:60]}")
    return names[target[1:]]


def _checked(name: str, value: str) -> str:
    if not _PLAIN.fullmatch(value) or re.search(
        r"url\s*\(|expression|\b(inf|nan)\b", value.lower()
    ):
        raise UnusualPicture(f"a figure holds {name}={value[:60]}")
    return value


def _path(path: str) -> str:
    """A path in steps from point to point, which are shorter numbers than places are.

    Steps start from where the rounded steps before have led, so that errors do not add up. A mark,
    which is drawn around its own origin, keeps two decimals, all else one.
    """
    if not re.fullmatch(r"[MLQCz\s\d.,e+-]*", path):
        return _short(path, 2)  # not as matplotlib writes it
    numbers = [abs(float(number)) for number in _NUMBER.findall(path)]
    digits = 2 if max(numbers, default=0) < 20 else 1
    here, start, written, last = (0, 0), (0, 0), "", ""
    for command, rest in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        if command == "z":
            written, here, last = written + "z", start, "z"
            continue
        values = [round(float(number) * 10**digits) for number in _NUMBER.findall(rest)]
        points = list(zip(values[::2], values[1::2], strict=True))
        for at in range(0, len(points), {"Q": 2, "C": 3}.get(command, 1)):
            step = points[at : at + {"Q": 2, "C": 3}.get(command, 1)]
            if command == "M":
                start, moved = step[0], step
            else:
                moved = [(x - here[0], y - here[1]) for x, y in step]
            here = step[-1]
            if command == "L" and 0 in moved[0]:
                letter, flat = ("v", moved[0][1]) if moved[0][0] == 0 else ("h", moved[0][0])
                written, last = written + letter + _decimal(flat, digits), letter
                continue
            texts = [_decimal(number, digits) for point in moved for number in point]
            letter = command if command == "M" else command.lower()
            written += (" " if letter == last != "M" else letter) + " ".join(texts)
            last = letter
    return re.sub(r" (?=-)|(?<=\.\d) (?=\.)|(?<=\.\d\d) (?=\.)", "", written)


def _decimal(number: int, digits: int) -> str:
    text = f"{number / 10**digits:.{digits}f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text) if text not in ("-0", "") else "0"


def _short(value: str, digits: int) -> str:
    def number(match: re.Match) -> str:
        if "." not in match[0]:
            return match[0]
        text = f"{float(match[0]):.{digits}f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text

    return re.sub(r"(?<![#\w.])-?\d*\.\d+(?:e[+-]?\d+)?(?![\w.])", number, value)


def _written(attributes: dict[str, str]) -> Markup:
    return Markup("").join(Markup(' {}="{}"').format(k, v) for k, v in attributes.items())


def _local(name: str) -> str:
    return name.rpartition("}")[2]
