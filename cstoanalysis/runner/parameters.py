"""A notebook's parameters, and values for them checked before any kernel starts.

papermill alone warns about an unknown name, exits 0 and runs with the defaults. Here a wrong name
or value is an error of one sentence. Ranges and choices are the notebook's own business: its first
cells check them with :func:`cstoanalysis.check`.
"""

import ast
import difflib
import logging
import math
from pathlib import Path
from typing import NamedTuple

import papermill

_EXAMPLES = {"int": "2010", "float": "0.5", "bool": "true or false", "list": "RUS,BLR", "str": "a"}


class ParameterError(ValueError):
    """One sentence that names the parameter, the value, what is allowed and the way out."""


class Parameter(NamedTuple):
    """One line of a parameters cell: ``name: type = default  # help``."""

    name: str
    type: str
    default: object
    help: str


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """Parameters of a notebook by name, in the order of its parameters cell.

    Raises
    ------
    ParameterError
        If the notebook has no cell tagged ``parameters``, or one that cannot be read.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    found = {}
    for name, line in papermill.inspect_notebook(notebook).items():
        try:
            default = ast.literal_eval(line["default"])
        except (SyntaxError, ValueError):
            raise ParameterError(f"{notebook.name}: the default of {name} is no literal.") from None
        kind = line["inferred_type_name"]
        if kind not in _EXAMPLES:
            kind = type(default).__name__
        found[name] = Parameter(name, kind, default, line["help"].strip())
    if not found:
        raise ParameterError(f"{notebook.name} has no parameters: tag one cell 'parameters'.")
    return found


def resolve(parameters: dict[str, Parameter], given: tuple[str, ...]) -> dict[str, object]:
    """Values of texts ``name=value``, as the types of the parameters want them.

    Raises
    ------
    ParameterError
        If a name is unknown or given twice, or a value is not of its type.
    """
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"{text!r} is no setting: write name=value, as as_of=2010.")
        if name in values:
            raise ParameterError(f"{name} is given twice: once is enough.")
        if name not in parameters:
            raise ParameterError(_unknown(name, parameters))
        values[name] = convert(parameters[name], value)
    return values


def convert(parameter: Parameter, text: str):
    """Value of a text, of the parameter's type.

    Raises
    ------
    ParameterError
        If the text is not of that type, empty, or holds control characters.
    """
    text = text.strip()
    shown = repr(text if len(text) <= 60 else text[:59] + "…")
    wrong = ParameterError(
        f"{parameter.name} = {shown} is not of type {parameter.type}: "
        f"write for example {parameter.name}={_EXAMPLES[parameter.type]}."
    )
    if not text:
        raise ParameterError(f"{parameter.name} is empty: write {parameter.name}=VALUE.")
    if not text.isprintable():
        raise ParameterError(f"{parameter.name} = {shown} holds a control character.")
    if parameter.type == "list":
        return _items(parameter, text)
    if parameter.type == "bool":
        if text.lower() not in ("true", "false"):
            raise wrong
        return text.lower() == "true"
    if parameter.type == "str":
        return text
    try:
        number = int(text) if parameter.type == "int" else float(text)
    except ValueError:
        raise wrong from None
    if not math.isfinite(number):
        raise wrong
    return number


def _items(parameter: Parameter, text: str) -> list:
    """Items of a text ``a,b``, each of the type of the default's items."""
    kind = type(parameter.default[0]).__name__ if parameter.default else "str"
    items = [convert(parameter._replace(type=kind), item) for item in text.split(",")]
    for item in items:
        if items.count(item) > 1:
            raise ParameterError(f"{parameter.name} names {item!r} twice.")
    return items


def _unknown(name: str, parameters: dict[str, Parameter]) -> str:
    near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"There is no parameter {name!r}. {hint}Parameters: {', '.join(parameters)}."
