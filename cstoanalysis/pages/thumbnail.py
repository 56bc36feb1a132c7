"""A small copy of a figure for the index: the same drawing, coarser, with the words that stay legible."""

import base64
import re
from html import unescape
from itertools import groupby
from urllib.parse import quote
from xml.etree import ElementTree

from markupsafe import Markup

_WIDTH = 500  # pixels that a picture is shown in where there is room
_LEGIBLE = 6  # pixels: smaller letters are left out
_COARSE = 0.9  # a unit of the drawing in pixels; below it no digits behind the point
_VISIBLE = 1.8  # pixels: smaller marks are left out, the line that they stand on remains
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_ANY = re.compile(r"-?\d+(?:\.\d+)?")
_CORNER = re.compile(r"Q(-?[\d.]+)[ ,](-?[\d.]+)[ ,](-?[\d.]+)[ ,](-?[\d.]+)")
_LINE = re.compile(r"[MLHVZz\s\d.,-]+")
_UNSAFE = re.compile(r"script|foreignObject|^on|javascript:", re.IGNORECASE)


def thumbnails(page: str) -> list[dict]:
    """Small pictures of the figures of a page: ``figure``, ``alt``, ``source``, ``width``, ``height``.

    Parameters
    ----------
    page : str
        HTML of a page. A figure's drawing stands in it as an ``svg`` element or as an ``img``
        with the SVG in its address; other figures have no small picture.
    """
    found = []
    for figure in re.finditer(r"<figure[^>]*csto-figure.*?</figure>", page, flags=re.DOTALL):
        anchor = re.search(r'\bid="([^"]+)"', figure[0])
        code, alt = _drawing(figure[0])
        small = _small(code) if code else None
        if small:
            found.append({"figure": anchor[1] if anchor else "", "alt": alt, **small})
    return found


def _drawing(figure: str) -> tuple[str, str]:
    """SVG code of a figure and its description."""
    element = re.search(r"<svg\b.*</svg>", figure, flags=re.DOTALL)
    if element:
        label = re.search(r'\baria-label="([^"]*)"', element[0])
        return element[0], unescape(label[1]) if label else ""
    image = re.search(r'<img[^>]*src="data:image/svg\+xml;base64,([^"]+)"[^>]*>', figure)
    if not image:
        return "", ""
    alt = re.search(r'\balt="([^"]*)"', image[0])
    return base64.b64decode(image[1]).decode(), unescape(alt[1]) if alt else ""


def _small(code: str) -> dict | None:
    try:
        root = ElementTree.fromstring(code[code.index("<svg") :])
        _, _, width, height = map(float, root.get("viewBox").split())
    except (ElementTree.ParseError, AttributeError, ValueError):
        return None
    scale = _WIDTH / width
    sizes = {"width": str(_WIDTH), "height": str(round(height * scale))}
    kept = {name: root.get(name) for name in ("viewBox", "style") if root.get(name)}
    specks = _specks(root, scale)
    inside = _inside(root, scale, specks, _letters(root, 10.0))
    head = {"xmlns": "http://www.w3.org/2000/svg", **kept}
    svg = f"<svg{_attributes(head)}>{inside}</svg>"
    # In an attribute between double quotes nothing of this needs an escape.
    source = "data:image/svg+xml," + quote(svg, safe=" =:/,;()'.-+*!?$@[]")
    return {"source": Markup(source), **sizes}


def _specks(root: ElementTree.Element, scale: float) -> set[str]:
    """Marks too small to be seen, by the address under which they are used."""
    paths = [e for e in root.iter() if _plain(e.tag) == "path" and e.get("id")]
    size = {
        p.get("id"): max(map(abs, map(float, _ANY.findall(p.get("d", "")))), default=0)
        for p in paths
    }
    return {f"#{name}" for name, reach in size.items() if 2 * reach * scale < _VISIBLE}


def _inside(
    element: ElementTree.Element, scale: float, specks: set[str], letters: float, defined=False
) -> str:
    """What an element holds; neighbouring paths that look alike become one."""
    parts = [_escaped(element.text)]
    for look, run in groupby(element, _look):
        children = list(run)
        if look and not defined:
            path = "".join(_value("d", child.get("d"), scale, False) for child in children)
            children[0].set("d", path)
            children = children[:1]
        for child in children:
            parts += [_copy(child, scale, specks, letters, defined), _escaped(child.tail)]
    return "".join(parts)


def _look(element: ElementTree.Element) -> tuple:
    """Attributes of a path but its shape; empty for all that must stay on its own."""
    plain = _plain(element.tag) == "path" and element.get("d")
    plain = plain and not element.get("id") and not element.get("transform")
    return ("path", *sorted((k, v) for k, v in element.items() if k != "d")) if plain else ()


def _copy(
    element: ElementTree.Element, scale: float, specks: set[str], letters: float, defined=False
) -> str:
    """An element and what it holds, with as many digits as can be seen."""
    tag = _plain(element.tag)
    if tag in ("metadata", "style", "title", "desc") or _UNSAFE.search(tag):
        return ""
    letters = _letters(element, letters)
    if tag == "text" and letters * scale < _LEGIBLE:
        return ""
    defined = defined or tag == "defs"
    attributes = {
        _plain(name): _value(_plain(name), value, scale, defined)
        for name, value in element.items()
        if not _UNSAFE.search(_plain(name)) and not _UNSAFE.search(value)
    }
    if tag == "use" and attributes.get("href") in specks:
        return ""
    inside = _inside(element, scale, specks, letters, defined)
    if tag == "g" and not inside:
        return ""
    return f"<{tag}{_attributes(attributes)}" + (f">{inside}</{tag}>" if inside else "/>")


def _letters(element: ElementTree.Element, inherited: float) -> float:
    """Size of the letters in an element, which it may have from what it stands in."""
    style = element.get("style", "") + f";font-size:{element.get('font-size', '')}"
    sizes = re.findall(r"(?:font-size|font):[^;]*?([\d.]+)px", style)
    return max(map(float, sizes), default=inherited)


def _value(name: str, value: str, scale: float, defined: bool) -> str:
    if name == "d" and not defined:
        return _path(value, 0 if scale < _COARSE else 1)
    if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy"):
        return _rounded(value, 0 if scale < _COARSE else 1)
    return _rounded(value, 2 if name == "transform" else 1) if name != "style" else value


def _path(value: str, digits: int) -> str:
    """A path with rounded numbers, small corners cut; lines in steps from point to point."""
    value = _CORNER.sub(_cut, value) if not digits else value
    if digits or not _LINE.fullmatch(value) or re.search("[HV]", value):
        return _rounded(value, digits)
    steps, at, first = [], None, (0, 0)
    for command, x, y in re.findall(r"([MLZz])\s*(?:(-?[\d.]+)[\s,]*(-?[\d.]+))?", value):
        if command in "Zz":
            steps.append("z")
            at = first
            continue
        point = (round(float(x)), round(float(y)))
        if command == "M":
            steps.append(f"M{point[0]} {point[1]}")
            first = point
        elif point != at:
            steps.append(f"l{point[0] - at[0]} {point[1] - at[1]}")
        at = point
    return "".join(steps).replace(" -", "-")


def _cut(corner: re.Match) -> str:
    x, y, to_x, to_y = map(float, corner.groups())
    return f"L{to_x} {to_y}" if abs(to_x - x) + abs(to_y - y) < 3 else corner[0]


def _rounded(value: str, digits: int) -> str:
    def number(match: re.Match) -> str:
        text = f"{float(match[0]):.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in ("-0", "") else text

    return _NUMBER.sub(number, value)


def _attributes(values: dict[str, str]) -> str:
    # Single quotes: they need no escape in the address that the picture becomes.
    return "".join(f" {name}='{_escaped(value)}'" for name, value in values.items())


def _escaped(text: str | None) -> str:
    text = (text or "").replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")
    return text if text.strip() else ""


def _plain(name: str) -> str:
    return name.rpartition("}")[2]
