"""Put a figure that matplotlib drew into a page: as elements of the page, small, with text as text."""

import hashlib
import re
from html import escape
from itertools import groupby
from typing import NamedTuple
from xml.etree import ElementTree

_ELEMENTS = set("svg g defs path use text tspan clipPath rect circle pattern image".split())
_DROPPED = set("metadata style title desc".split())
_NUMBER = re.compile(r"(?<![#\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
_PICTURE = "data:image/png;base64,"
# Properties that a group hands on to what it holds.
_INHERITED = re.compile(r"fill(-opacity|-rule)?$|stroke|font|text-anchor")
# What matplotlib sets once for all elements; in a page it must not reach beyond the figure.
_ROOT = "stroke-linejoin:round;stroke-linecap:butt;font-family:DejaVu Sans,Verdana,sans-serif"


class UnusualPicture(ValueError):
    """An SVG that holds what no figure needs, such as a script."""


class _Node(NamedTuple):
    tag: str
    attributes: dict[str, str]
    children: list["_Node"]
    text: str = ""  # of a text element, escaped, with its parts

    def __str__(self) -> str:
        attributes = "".join(f' {k}="{escape(v)}"' for k, v in self.attributes.items())
        inside = self.text + "".join(map(str, self.children))
        end = f">{inside}</{self.tag}>" if inside else "/>"
        return f"<{self.tag}{attributes}{end}"


def inline(code: str, alt: str) -> str:
    """SVG elements to stand in an HTML page, from the SVG file that matplotlib wrote.

    Ids are named after the picture's content, so that they are unique on any page and the same
    each time; styles and numbers are shortened; the picture's description is its label.

    Raises
    ------
    UnusualPicture
        If there is an element, a link or an attribute in it that no figure needs.
    """
    try:
        root = ElementTree.fromstring(code[code.index("<svg") :])
    except (ElementTree.ParseError, ValueError) as problem:
        raise UnusualPicture(str(problem)) from None
    wanted = set(re.findall(r'(?:url\(|href=")#([\w.-]+)', code))
    there = [e.get("id") for e in root.iter() if e.get("id") in wanted]
    stamp = hashlib.sha256(code.encode()).hexdigest()[:6]
    names = {name: f"f{stamp}-{number}" for number, name in enumerate(dict.fromkeys(there), 1)}
    size = {
        side: f"{_short(root.get(side, '').removesuffix('pt'))}pt" for side in ("width", "height")
    }
    attributes = {"role": "img", "aria-label": alt, **size, "viewBox": _short(root.get("viewBox"))}
    attributes |= {"style": _ROOT, "xml:space": "preserve"}
    return str(_Node("svg", attributes, _grouped(_children(root, names))))


def _children(element: ElementTree.Element, names: dict[str, str]) -> list[_Node]:
    return [node for child in element for node in _nodes(child, names)]


def _nodes(element: ElementTree.Element, names: dict[str, str]) -> list[_Node]:
    """What stands for an element: nothing, itself, or what a group without a meaning holds."""
    tag = _plain(element.tag)
    if tag in _DROPPED:
        return []
    if tag not in _ELEMENTS:
        raise UnusualPicture(f"a figure holds <{tag}>")
    attributes = {}
    for name, value in element.items():
        attributes |= _attributes(_plain(name), value, names)
    if tag in ("text", "tspan"):
        parts = [
            "".join(map(str, _nodes(part, names))) + escape(part.tail or "", quote=False)
            for part in element
        ]
        return [
            _Node(tag, attributes, [], escape(element.text or "", quote=False) + "".join(parts))
        ]
    children = _children(element, names)
    if tag in ("g", "defs") and not children:
        return []
    if tag == "g" and not attributes:
        return children
    return [_Node(tag, attributes, _grouped(children))]


def _attributes(name: str, value: str, names: dict[str, str]) -> dict[str, str]:
    """An attribute in its shortest form; none if it says nothing."""
    if name == "style":
        pairs = [part.split(":", 1) for part in value.split(";") if ":" in part]
        found = [_attributes(key.strip(), text.strip(), names) for key, text in pairs]
        return {key: text for one in found for key, text in one.items()}
    if name.startswith("on"):
        raise UnusualPicture(f"a figure holds {name}=")
    if name == "href" and value.startswith(_PICTURE):
        return {name: value}
    for target in re.findall(r"url\(([^)]*)\)", value) + [value] * (name == "href"):
        if target.removeprefix("#") not in names:
            raise UnusualPicture(f"a figure refers to {target[:60]}")
        value = value.replace(target, f"#{names[target[1:]]}")
    if name == "id":
        return {name: names[value]} if value in names else {}
    if name == "font-family" and "DejaVu Sans'" in value.split(",")[0]:
        return {}
    if name == "transform":
        value = _short(re.sub(r"rotate\(-?0(\.0+)? [^)]*\)", "", value).strip(), digits=4)
    elif name == "d":
        value = _relative(value)
    else:
        value = _short(value, digits=1 if name in ("x", "y") else 2)
    empty = not value or name == "space" or (name, value) == ("stroke-dashoffset", "0")
    return {} if empty else {name: value}


def _grouped(nodes: list[_Node]) -> list[_Node]:
    """Neighbours that are clipped or drawn alike, such as marks along an axis, share it."""

    def clip(node: _Node) -> str:
        return "" if "transform" in node.attributes else node.attributes.get("clip-path", "")

    def look(node: _Node) -> dict[str, str]:
        found = {k: v for k, v in node.attributes.items() if _INHERITED.match(k) and k != "fill"}
        return {} if node.tag in ("defs", "clipPath") else found

    clipped = []
    for shared, run in groupby(nodes, clip):
        clipped += _share({"clip-path": shared} if shared else {}, list(run))
    grouped = []
    for node in clipped:
        inner = (
            node.children if node.tag == "g" and list(node.attributes) == ["clip-path"] else None
        )
        alike = []
        for shared, run in groupby([node] if inner is None else inner, look):
            alike += _share(shared, list(run))
        grouped += alike if inner is None else [node._replace(children=alike)]
    return grouped


def _share(shared: dict[str, str], run: list[_Node]) -> list[_Node]:
    if not shared or len(run) < 2:
        return run
    fills = {node.attributes.get("fill") for node in run}
    if len(fills) == 1 and None not in fills and "clip-path" not in shared:
        shared = {**shared, "fill": fills.pop()}
    kept = [
        node._replace(attributes={k: v for k, v in node.attributes.items() if k not in shared})
        for node in run
    ]
    return [_Node("g", shared, kept)]


def _relative(path: str) -> str:
    """A path in steps from point to point, which are shorter numbers than places are.

    Steps start from where the rounded steps before have led, so that errors do not add up. A mark,
    which is drawn around its own origin, keeps two decimals, all else one.
    """
    numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", path)]
    digits = 2 if not numbers or max(map(abs, numbers)) < 20 else 1
    here = start = (0, 0)
    written = ""
    for command, rest in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        if command == "z":
            written, here = written + "z", start
            continue
        values = [round(float(number) * 10**digits) for number in rest.split()]
        points = list(zip(values[::2], values[1::2], strict=True))
        steps = [(x - here[0], y - here[1]) for x, y in points]
        here = points[-1]
        if command == "M":
            start, steps, letter = here, points, "M"
        else:
            letter = command.lower()
        if command == "L" and 0 in steps[0]:
            letter, flat = ("h", steps[0][0]) if steps[0][1] == 0 else ("v", steps[0][1])
            written += f"{letter}{_decimal(flat, digits)}"
            continue
        texts = [_decimal(number, digits) for step in steps for number in step]
        written += letter + re.sub(r" (?=-)", "", " ".join(texts))
    return written


def _decimal(number: int, digits: int) -> str:
    text = f"{number / 10**digits:.{digits}f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text)


def _short(value: str, digits: int = 2) -> str:
    def number(match: re.Match) -> str:
        text = (
            f"{float(match[0]):.{digits}f}".rstrip("0").rstrip(".") if "." in match[0] else match[0]
        )
        return "0" if text in ("-0", "") else text

    return _NUMBER.sub(number, value)


def _plain(name: str) -> str:
    return name.rpartition("}")[2]
