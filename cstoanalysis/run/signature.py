"""What a notebook takes: the parameters of its cell, with their types, defaults and help.

A type is what the annotation says, or else that of the default: ``int``, ``list[str]``,
``Optional[int]``, ``dict``.
"""

import ast
import json
import re
from typing import NamedTuple

from cstoanalysis.run.notebook import source_of, tagged

_MAGIC = re.compile(r"^(\s*)(\w+\s*=\s*)?[%!?].*$", re.MULTILINE)
# Kinds of values, in the order in which the parts of a union are tried.
KINDS = ("None", "bool", "int", "float", "list", "tuple", "dict", "any", "str")
LISTS = ("list", "tuple")
_TYPES = {name: name for name in KINDS} | {
    "NoneType": "None",
    "Any": "any",
    "object": "any",
    "List": "list",
    "Sequence": "list",
    "Iterable": "list",
    "Tuple": "tuple",
    "Dict": "dict",
    "Mapping": "dict",
}


class Parameter(NamedTuple):
    """One line of a parameters cell: ``name: type = default  # help``."""

    name: str
    type: str
    default: object
    help: str


class Expression(str):
    """A default that is no literal, as it is written: ``10**6``."""

    def __repr__(self) -> str:
        return str(self)


def parameters_of(notebook: dict) -> dict[str, Parameter]:
    """Parameters of a notebook by name, in the order of its parameters cell; none without one.

    Read from the cell's syntax tree: papermill's own inspection takes seconds to import and loses
    a parameter whose help holds ``=``. A test compares the two. Magics are passed over.

    Raises
    ------
    SyntaxError
        If the cell is no Python.
    """
    source = plain_python("".join(map(source_of, tagged(notebook, "parameters")[:1])))
    lines = source.encode().splitlines()
    found = {}
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        rest = lines[node.end_lineno - 1][node.end_col_offset :].decode().strip()
        said = rest.lstrip("# ") if rest.startswith("#") else ""
        default, kind = _default(node.value)
        if isinstance(node, ast.AnnAssign):
            written = getattr(node.annotation, "value", None)  # where it is in quotes
            said_type = written if isinstance(written, str) else ast.unparse(node.annotation)
            kind = said_type if kinds_of(said_type) or not kind else kind
        for target in [node.target] if isinstance(node, ast.AnnAssign) else node.targets:
            if isinstance(target, ast.Name):
                found[target.id] = Parameter(target.id, kind or "any", default, said)
    return found


def plain_python(source: str) -> str:
    """Source of a cell without its magics, line for line."""
    return _MAGIC.sub(r"\1pass", source)


def _default(node: ast.expr) -> tuple[object, str]:
    """A default and the name of its type, which is empty where only running the cell would tell."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return Expression(ast.unparse(node)), ""
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError):  # a set, say
        return Expression(ast.unparse(node)), type(value).__name__
    return value, "" if value is None else type(value).__name__


def kinds_of(kind: str) -> list[str]:
    """Kinds of values that a type takes: ``Optional[int]`` takes None and an int."""
    try:
        found = _kinds(ast.parse(kind, mode="eval").body)
    except SyntaxError:
        found = []
    return sorted(dict.fromkeys(found), key=KINDS.index)


def _kinds(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return kinds_of(node.value) if isinstance(node.value, str) else _kinds_of_value(node.value)
    if isinstance(node, ast.BinOp):
        return _kinds(node.left) + _kinds(node.right)
    if isinstance(node, ast.Subscript):
        name = _last_name(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return [k for item in inner for k in _kinds_of_value(getattr(item, "value", None))]
        if name in ("Optional", "Union"):
            union = [kind for item in inner for kind in _kinds(item)]
            return union + ["None"] * (name == "Optional")
        return _kinds(node.value)
    name = _last_name(node)
    return [_TYPES[name]] if name in _TYPES else []


def _kinds_of_value(value) -> list[str]:
    return [_TYPES[type(value).__name__]] if type(value).__name__ in _TYPES else []


def _last_name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def type_of_items(parameter: Parameter) -> str:
    """Of ``list[int]`` int, else the types of the items of the default, else str."""
    for node in ast.walk(ast.parse(parameter.type, mode="eval")):
        if isinstance(node, ast.Subscript) and _TYPES.get(_last_name(node.value)) in LISTS:
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
            return ast.unparse(inner)
    items = parameter.default if isinstance(parameter.default, (list, tuple)) else []
    return " | ".join(sorted({type(item).__name__ for item in items})) or "str"
