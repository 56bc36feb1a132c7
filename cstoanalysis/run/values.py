"""Values of the types of a notebook's parameters, from texts and from what stood in a file."""

import ast
import json
import math
import re

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.signature import LISTS, Parameter, kinds_of, type_of_items

# Control characters, ends of lines, turns of direction, half characters: no letter of any script.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_EXAMPLES = {
    "None": "null",
    "bool": "true or false",
    "int": "2010",
    "float": "0.5",
    "list": "RUS,BLR",
    "tuple": "1,2",
    "dict": '{"a": 1}',
    "any": "a",
    "str": "a",
}


class Quoted(str):
    """A text that stood in quotes in a file: ``"null"`` is a text there, ``null`` is not."""


def convert(parameter: Parameter, given):
    """Value of what was given, of the parameter's type: a text, or what stood in a file.

    Raises
    ------
    ParameterError
        If it is not of that type, empty, or holds control characters.
    """
    name, kinds = parameter.name, kinds_of(parameter.type)
    if kinds and parameter.default is None and "None" not in kinds:
        kinds = ["None", *kinds]
    if not kinds:
        raise ParameterError(f"{name} is of type {parameter.type}: it can only keep its default.")
    if isinstance(given, str):
        if _CONTROL.search(given):
            raise ParameterError(f"{name} = {short(given)} holds a control character.")
        if not given.strip(" ") and not {"str", "any", "list", "tuple"} & set(kinds):
            raise ParameterError(f"{name} is empty: write {name}=VALUE.")
    elif isinstance(given, list) and not {"any", "list", "tuple"} & set(kinds):
        raise ParameterError(f"{name} takes one value, not several: {short(given)}.")
    for kind in kinds:
        if kind in LISTS and (kinds[-1] == kind or _looks_like_a_list(given)):
            items = _items(parameter, given)
            return tuple(items) if kind == "tuple" else items
        try:
            return _CONVERT[kind](given)
        except (KeyError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    example = next(_EXAMPLES[kind] for kind in kinds if kind != "None" or len(kinds) == 1)
    raise ParameterError(
        f"{name} = {short(given)} is not of type {parameter.type}: "
        f"write for example {name}={example}."
    )


def _looks_like_a_list(given) -> bool:
    return isinstance(given, list) or (isinstance(given, str) and given.strip()[:1] in ("[", "("))


def _items(parameter: Parameter, given) -> list:
    """Items of a text ``a,b`` or of a list, each of the type of the default's items."""
    name = parameter.name
    if _looks_like_a_list(given) and isinstance(given, str):
        try:
            found = _any(given)
        except TypeError:
            found = None
        if not isinstance(found, list):
            raise ParameterError(f"{name} = {short(given)} is no list that can be read.")
        given = found
    if isinstance(given, str):
        texts = given.split(",") if given.strip(" ") else []
        if any(not text.strip(" ") for text in texts):
            raise ParameterError(f"{name} = {short(given)} has an item that is empty.")
    elif isinstance(given, list):
        texts = given
    else:
        raise ParameterError(f"{name} = {short(given)} is not of type {parameter.type}.")
    kind = type_of_items(parameter)
    items = [convert(parameter._replace(type=kind, default="a"), text) for text in texts]
    for item in items:
        if items.count(item) > 1:
            raise ParameterError(f"{name} names {item!r} twice.")
    return items


def _none(given):
    if given is None or (given in ("null", "None") and not isinstance(given, Quoted)):
        return
    raise ValueError


def _bool(given) -> bool:
    return {"true": True, "false": False}[str(given).strip(" ").lower()]


def _int(given) -> int:
    return int(str(given).strip(" "))


def _float(given) -> float:
    number = float(str(given).strip(" "))
    if not math.isfinite(number):
        raise ValueError
    return number


def _str(given) -> str:
    if isinstance(given, Quoted):
        return str(given)
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, (str, int, float)):
        return str(given).strip(" ")
    raise ValueError


def _dict(given) -> dict:
    value = _any(given)
    if isinstance(value, dict):
        return value
    raise ValueError


def _any(given):
    """Value of a literal; a text that is none stays a text."""
    if isinstance(given, Quoted):
        return str(given)
    if isinstance(given, str):
        try:
            value = _none(given) if given in ("null", "None") else _literal_of(given.strip(" "))
        except (ValueError, SyntaxError):
            return _str(given)
        return _plain(value)
    if isinstance(given, dict):
        return {str(name): _any(item) for name, item in given.items()}
    if isinstance(given, list):
        return [_any(item) for item in given]
    return given


def _literal_of(text: str):
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return ast.literal_eval(text)


def _plain(value):
    """The value, if it can be written down in any format and be read again."""
    if isinstance(value, dict):
        return {_text_only(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError


def _text_only(name) -> str:
    if isinstance(name, str):
        return name
    raise TypeError


_CONVERT = {
    "None": _none,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "dict": _dict,
    "any": _any,
    "str": _str,
}


def short(text) -> str:
    """A text as it can stand in a message: quoted, without line breaks, cut where it is long."""
    shown = repr(str(text) if isinstance(text, Quoted) else text)
    return shown if len(shown) <= 62 else f"{shown[:60]}…{shown[-1]}"
