"""Put a figure that matplotlib drew into a page: as elements of the page, small, with text as text."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
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
# In a page it must not reach beyond the figure.
_FONT = "font-family:DejaVu Sans,Verdana,sans-serif"
# Properties that the picture has as a whole, and what they are where nothing is said.
_INITIAL = {
    "fill": "#000",
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
    "font-size": "medium",
    "text-anchor": "start",
}


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
    shapes: list[_Node] = []
    nodes = list(_flat(_children(root, names, shapes), {}))
    usual = _usual(nodes, shapes)
    style = ";".join([*(f"{name}:{value}" for name, value in usual.items()), _FONT])
    attributes |= {"style": style, "xml:space": "preserve"}
    defs = [_Node("defs", {}, shapes)] if shapes else []
    return str(_Node("svg", attributes, [*defs, *_grouped(nodes)]))


def _children(element: ElementTree.Element, names: dict[str, str], shapes: list) -> list[_Node]:
    return [node for child in element for node in _nodes(child, names, shapes)]


def _nodes(element: ElementTree.Element, names: dict[str, str], shapes: list) -> list[_Node]:
    """What stands for an element: itself, or nothing; a definition goes to the other shapes."""
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
            "".join(map(str, _nodes(part, names, shapes))) + escape(part.tail or "", quote=False)
            for part in element
        ]
        return [
            _Node(tag, attributes, [], escape(element.text or "", quote=False) + "".join(parts))
        ]
    children = _children(element, names, shapes)
    if tag == "defs":
        shapes += children
    if tag == "defs" or (tag == "g" and not children):
        return []
    return [_Node(tag, attributes, children)]


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
    value = re.sub(r"^#(.)\1(.)\2(.)\3$", r"#\1\2\3", value)
    empty = not value or name == "space" or (name, value) == ("stroke-dashoffset", "0")
    return {} if empty else {name: value}


def _flat(nodes: list[_Node], given: dict[str, str]) -> Iterator[_Node]:
    """What stands in groups, each with the properties that they hand on to it.

    A group stays where it moves what it holds, or clips what is moved or clipped by itself.
    """
    for node in nodes:
        own = {**given, **node.attributes}
        if node.tag != "g":
            yield node._replace(attributes=own)
            continue
        kept = {k: v for k, v in own.items() if not _INHERITED.match(k)}
        children = list(_flat(node.children, {k: v for k, v in own.items() if k not in kept}))
        moved = any(_moved(c) or "clip-path" in c.attributes for c in children)
        if not kept or (list(kept) == ["clip-path"] and not moved):
            yield from (c._replace(attributes={**kept, **c.attributes}) for c in children)
        else:
            yield node._replace(attributes=kept, children=children)


def _moved(node: _Node) -> bool:
    """Whether a clip of its own would move with it."""
    return node.tag == "use" or "transform" in node.attributes


def _drawn(nodes: list[_Node]) -> Iterator[_Node]:
    for node in nodes:
        yield from _drawn(node.children) if node.tag in ("g", "pattern") else [node]


def _usual(nodes: list[_Node], shapes: list[_Node]) -> dict[str, str]:
    """The most usual value of each property: the picture has it, and only the others say theirs."""
    own = {f"#{shape.attributes.get('id')}": shape.attributes for shape in shapes}
    drawn = [*_drawn(nodes), *_drawn([shape for shape in shapes if shape.tag == "pattern"])]
    for node in drawn:
        for name in filter(_INHERITED.match, own.get(node.attributes.get("href"), {})):
            node.attributes.pop(name, None)  # the shape says it itself
    usual = {}
    for name, initial in _INITIAL.items():
        values = [_heeded(node, name, initial) for node in drawn]
        counted = Counter(value for value in values if value)
        usual[name] = counted.most_common(1)[0][0] if counted else initial
        for node, value in zip(drawn, values, strict=True):
            node.attributes.pop(name, None)
            if value and value != usual[name]:
                node.attributes[name] = value
    return usual


def _heeded(node: _Node, name: str, initial: str) -> str:
    """The value of a property that changes how an element looks; empty if none could."""
    if name in ("font-size", "text-anchor"):
        heeds = node.tag == "text"
    elif name.startswith("stroke"):
        heeds = node.tag == "use" or node.attributes.get("stroke", "none") != "none"
    else:
        heeds = True
    return node.attributes.get(name, initial) if heeds else ""


def _grouped(nodes: list[_Node]) -> list[_Node]:
    """Neighbours that are clipped or drawn alike, such as marks along an axis, share it."""

    def clip(node: _Node) -> str:
        return "" if _moved(node) else node.attributes.get("clip-path", "")

    def look(node: _Node) -> dict[str, str]:
        return {k: v for k, v in node.attributes.items() if _INHERITED.match(k)}

    grouped = []
    for cut, run in groupby(nodes, clip):
        inside = [part for node in run for part in _without(node, {"clip-path"} if cut else ())]
        alike = []
        for shared, like in groupby(inside, look):
            like = list(like)
            if shared and len(like) > 1:
                kept = [part for node in like for part in _without(node, shared)]
                like = [_Node("g", shared, kept)]
            alike += like
        if (
            cut
            and len(alike) == 1
            and not _moved(alike[0])
            and "clip-path" not in alike[0].attributes
        ):
            alike = [alike[0]._replace(attributes={"clip-path": cut, **alike[0].attributes})]
        elif cut:
            alike = [_Node("g", {"clip-path": cut}, alike)]
        grouped += alike
    return grouped


def _without(node: _Node, names: Iterable[str]) -> list[_Node]:
    """An element without some attributes; of a group without any, what it holds."""
    kept = {k: v for k, v in node.attributes.items() if k not in names}
    children = node.children if node.tag != "g" else _grouped(node.children)
    return (
        children if node.tag == "g" and not kept else [_Node(node.tag, kept, children, node.text)]
    )


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
