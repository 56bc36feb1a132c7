"""A notebook's parameters, and values for them checked before any kernel starts.

papermill alone warns about an unknown name, exits 0 and runs with the defaults. Here a wrong name
or value is an error of one sentence. Ranges and choices are the notebook's own business: its first
cells check them with :func:`cstoanalysis.check`.
"""

import difflib
import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import Parameter, parameters_of, read_notebook

MOST_RUNS = 100_000
_EXAMPLES = {"int": "2010", "float": "0.5", "bool": "true or false", "list": "RUS,BLR", "str": "a"}
_RANGE = re.compile(r"(-?\d+):(-?\d+)(?::(\d+))?")


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Parameters of a notebook by name, see :func:`parameters_of`."""
    try:
        return parameters_of(read_notebook(path))
    except SyntaxError:
        raise ParameterError(f"{path.name}: its parameters cell is no valid Python.") from None
    except ParameterError as problem:
        named = str(problem).startswith(path.name)
        raise ParameterError(f"{'' if named else f'{path.name} '}{problem}") from None


def checked(parameters: dict[str, Parameter], values: dict) -> dict:
    """Values that were not typed by a user, held to the same checks as ``-p``.

    Raises
    ------
    ParameterError
        As :func:`resolve`, also where a value is not as that would give it.
    """
    texts = {
        name: [argument(v) for v in value] if isinstance(value, list) else argument(value)
        for name, value in values.items()
    }
    found = resolve(parameters, (), texts)
    for name, value in values.items():
        if repr(found[name]) != repr(value):
            raise ParameterError(
                f"{name} = {_short(value)} is not of type {parameters[name].type}."
            )
    return found


def argument(value) -> str:
    """A value as it is given on the command line."""
    if isinstance(value, list):
        return ",".join(map(argument, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- what a user gives ---------------------------------------------------------------------------
def resolve(parameters: dict[str, Parameter], given: tuple[str, ...], file=None) -> dict:
    """Values of one run, from texts ``name=value`` and a file, as the parameters' types want them.

    Raises
    ------
    ParameterError
        If a name is unknown or given twice, or a value is not of its type.
    """
    values = {}
    for name, text in _settings(parameters, given, file).items():
        if parameters[name].type != "list" and isinstance(text, list):
            raise ParameterError(f"{name} has several values: try them all with csto sweep.")
        if isinstance(text, str) and _RANGE.fullmatch(text.strip()):
            raise ParameterError(f"{name} = {_short(text)} is a range: run it with csto sweep.")
        values[name] = convert(parameters[name], text)
    return values


def resolve_grid(parameters: dict[str, Parameter], given: tuple[str, ...], file=None) -> list[dict]:
    """Values of each run of a sweep: all combinations, the last parameter changing first.

    ``a,b`` are two values, ``1995:2025`` or ``1995:2025:5`` a range with both ends; a parameter
    that is itself a list takes ``a,b`` as one value and ``a,b;c`` as two. A file that holds a list
    of mappings names the runs one by one.

    Raises
    ------
    ParameterError
        As :func:`resolve`; also if a value comes twice, or there are more than 100,000 runs.
    """
    if file is not None and isinstance(read_file(file), list):
        runs = [resolve(parameters, given, chosen) for chosen in read_file(file)]
        if len({json.dumps(run) for run in runs}) < len(runs):
            raise ParameterError(f"{file.name} names a run twice: once is enough.")
        return runs
    axes = {}
    for name, text in _settings(parameters, given, file).items():
        axes[name] = [convert(parameters[name], item) for item in _split(parameters[name], text)]
        twice = [value for value, n in Counter(map(json.dumps, axes[name])).items() if n > 1]
        if twice:
            raise ParameterError(f"{name} has the value {_short(json.loads(twice[0]))} twice.")
    if math.prod(map(len, axes.values())) > MOST_RUNS:
        raise ParameterError(f"{', '.join(axes)} make more than {MOST_RUNS:,} runs: give fewer.")
    return [dict(zip(axes, chosen, strict=True)) for chosen in itertools.product(*axes.values())]


def read_file(path: Path) -> dict | list:
    """Settings of a YAML or JSON file, each scalar as the text that stands there.

    Types come from the notebook: a state ``NO`` stays ``"NO"``, where YAML alone reads False.

    Raises
    ------
    ParameterError
        If the file is no mapping or list of mappings, or names a parameter twice.
    """
    if isinstance(path, dict):
        return path
    import yaml

    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise ParameterError(f"{path.name} cannot be read: {reason}") from None
    content = _texts(node, path.name) if node else None
    mappings = content if isinstance(content, list) else [content]
    if not mappings or not all(isinstance(item, dict) for item in mappings):
        raise ParameterError(f"{path.name} holds no settings: write lines such as as_of: 2010.")
    return content


def convert(parameter: Parameter, text):
    """Value of a text, of the parameter's type; of a list of texts for a parameter that is a list.

    Raises
    ------
    ParameterError
        If the text is not of that type, empty, or holds control characters.
    """
    if parameter.type == "list":
        return _items(parameter, text)
    if not isinstance(text, str):
        raise ParameterError(f"{parameter.name} takes one value, not several: {_short(text)}.")
    text = text.strip()
    if not text:
        raise ParameterError(f"{parameter.name} is empty: write {parameter.name}=VALUE.")
    if not text.isprintable():
        raise ParameterError(f"{parameter.name} = {_short(text)} holds a control character.")
    if parameter.type == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if parameter.type == "str":
        return text
    try:
        number = {"int": int, "float": float}[parameter.type](text)
    except (KeyError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(
            f"{parameter.name} = {_short(text)} is not of type {parameter.type}: "
            f"write for example {parameter.name}={_EXAMPLES[parameter.type]}."
        )
    return number


def _settings(parameters, given, file) -> dict:
    """Texts by name, from the file and the command line, which comes second and wins."""
    from_file = read_file(file) if file is not None else {}
    if isinstance(from_file, list):
        raise ParameterError(f"{file.name} names several runs: try them all with csto sweep.")
    texts = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"{_short(text)} is no setting: write name=value, as as_of=2010.")
        if name in texts:
            raise ParameterError(f"{name} is given twice: once is enough.")
        texts[name] = value
    for name in {**from_file, **texts}:
        if name not in parameters:
            near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.6)
            hint = f"Did you mean {near[0]}? " if near else ""
            known = ", ".join(parameters)
            raise ParameterError(
                f"There is no parameter {_short(name)}. {hint}Parameters: {known}."
            )
    return {**from_file, **texts}


def _split(parameter: Parameter, text) -> list:
    """Texts of the single values of a parameter in a sweep."""
    if isinstance(text, list):
        several = parameter.type != "list" or any(isinstance(item, list) for item in text)
        return text if several else [text]
    found = _RANGE.fullmatch(text.strip())
    if found and parameter.type in ("int", "str"):
        first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
        if step == 0 or last < first:
            raise ParameterError(f"{parameter.name} = {_short(text)} is an empty range.")
        if (last - first) // step >= MOST_RUNS:
            raise ParameterError(f"{parameter.name} = {_short(text)} makes too many runs.")
        return [str(number) for number in range(first, last + 1, step)]
    return text.split(";" if parameter.type == "list" else ",")


def _items(parameter: Parameter, text) -> list:
    """Items of a text ``a,b``, each of the type of the default's items."""
    kind = type(parameter.default[0]).__name__ if parameter.default else "str"
    texts = text.split(",") if isinstance(text, str) else text
    if not texts:
        raise ParameterError(f"{parameter.name} is an empty list: name at least one value.")
    items = [convert(parameter._replace(type=kind), item) for item in texts]
    for item in items:
        if items.count(item) > 1:
            raise ParameterError(f"{parameter.name} names {item!r} twice.")
    return items


def _texts(node, file: str):
    """Mappings, lists and the texts of scalars of a YAML node."""
    if node.id == "scalar":
        return node.value
    if node.id == "sequence":
        return [_texts(item, file) for item in node.value]
    pairs = [(str(key.value), _texts(value, file)) for key, value in node.value]
    for name, _ in pairs:
        if [other for other, _ in pairs].count(name) > 1:
            raise ParameterError(f"{file} names {_short(name)} twice: once is enough.")
    return dict(pairs)


def _short(text) -> str:
    """A text as it can stand in a message: quoted, without line breaks, cut where it is long."""
    shown = repr(text)
    return shown if len(shown) <= 62 else f"{shown[:60]}…{shown[-1]}"
