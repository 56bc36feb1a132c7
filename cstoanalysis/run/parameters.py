"""Values that a user gives for a notebook's parameters: from the command line, or from a file.

papermill alone warns about an unknown name, exits 0 and runs with the defaults. Here a wrong name
or value is an error of one sentence, all of them at once. What values are allowed is the notebook's
own business: its cell tagged ``checks`` says so (:mod:`cstoanalysis.run.domain`).
"""

import difflib
import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import read_notebook
from cstoanalysis.run.signature import Parameter, kinds_of, parameters_of
from cstoanalysis.run.values import Quoted, convert, short

MOST_RUNS = 100_000
_RANGE = re.compile(r"(-?\d+):(-?\d+)(?::(\d+))?")
_YEARS = re.compile(r"\d{4}:\d{4}(:\d+)?")
_SEVERAL = {"any", "list", "tuple"}


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Parameters of a notebook by name, see :func:`cstoanalysis.run.signature.parameters_of`."""
    try:
        return parameters_of(read_notebook(path))
    except SyntaxError:
        raise ParameterError(f"{path.name}: its parameters cell is no valid Python.") from None


def checked(parameters: dict[str, Parameter], values: dict) -> dict:
    """Values that were not typed by a user, held to the same checks as ``-p``.

    Raises
    ------
    ParameterError
        As :func:`resolve`, also where a value is not as that would give it.
    """
    found = resolve(parameters, (), _parsed(json.dumps(values)))
    for name, value in values.items():
        if json.dumps(found[name]) != json.dumps(value):
            raise ParameterError(f"{name} = {short(value)} is not of type {parameters[name].type}.")
    return found


def argument(value) -> str:
    """A value as it is given on the command line."""
    if isinstance(value, (list, tuple)):
        plain = all(isinstance(item, (str, int, float)) for item in value)
        return ",".join(map(argument, value)) if plain else json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, (bool, dict)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def resolve(parameters: dict[str, Parameter], given: tuple[str, ...], file=None) -> dict:
    """Values of one run, from texts ``name=value`` and a file, as the parameters' types want them.

    Raises
    ------
    ParameterError
        If a name is unknown or given twice, or a value is not of its type; it says all that is.
    """
    (values,), problems = settled(parameters, given, file)
    if problems:
        raise ParameterError(" ".join(problems))
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
    runs, problems = settled(parameters, given, file, several=True)
    if problems:
        raise ParameterError(" ".join(problems))
    return runs


def settled(parameters, given, file=None, several=False) -> tuple[list[dict], list[str]]:
    """Runs made of the values that are right, and a sentence for each that is wrong."""
    content = read_file(file) if file is not None else {}
    if isinstance(content, list):
        if not several:
            raise ParameterError(f"{file.name} names several runs: try them all with csto sweep.")
        runs, problems = [], {}
        for chosen in content:
            ((values,), wrong) = _settled(parameters, given, chosen, several=False)
            runs.append(values)
            problems |= dict.fromkeys(wrong)
        if not problems and len({json.dumps(run) for run in runs}) < len(runs):
            problems = [f"{file.name} names a run twice: once is enough."]
        return runs, list(problems)
    return _settled(parameters, given, content, several)


def _settled(parameters, given, content: dict, several: bool) -> tuple[list[dict], list[str]]:
    texts, problems = _settings(parameters, given, content)
    axes = {}
    for name, text in texts.items():
        try:
            items = _split(parameters[name], text) if several else [_single(parameters[name], text)]
            axes[name] = [convert(parameters[name], item) for item in items]
        except ParameterError as problem:
            problems.append(str(problem))
            continue
        twice = [value for value, n in Counter(map(json.dumps, axes[name])).items() if n > 1]
        if twice:
            problems.append(f"{name} has the value {short(json.loads(twice[0]))} twice.")
    if math.prod(map(len, axes.values())) > MOST_RUNS:
        raise ParameterError(f"{', '.join(axes)} make more than {MOST_RUNS:,} runs: give fewer.")
    runs = [dict(zip(axes, chosen, strict=True)) for chosen in itertools.product(*axes.values())]
    return runs, problems


def _settings(parameters, given, content: dict) -> tuple[dict, list[str]]:
    """What is given by name, from the file and the command line, which comes second and wins."""
    texts, problems = {}, []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            problems.append(f"{short(text)} is no setting: write name=value, as as_of=2010.")
        elif name in texts:
            problems.append(f"{name} is given twice: once is enough.")
        else:
            texts[name] = value
    unknown = [name for name in {**content, **texts} if name not in parameters]
    for name in unknown:
        near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.6)
        hint = f" Did you mean {near[0]}?" if near else ""
        problems.append(f"There is no parameter {short(name)}.{hint}")
    if unknown:
        problems[-1] += f" Parameters: {', '.join(parameters) or 'none'}."
    return {n: v for n, v in {**content, **texts}.items() if n in parameters}, problems


# --- files ---------------------------------------------------------------------------------------
def read_file(path: Path) -> dict | list:
    """Settings of a YAML or JSON file, each number as the text that stands there.

    Types come from the notebook: a state ``NO`` stays ``"NO"``, where YAML 1.1 reads False, and
    ``10:30`` a text, where it reads a number.

    Raises
    ------
    ParameterError
        If the file is no mapping or list of mappings, or names a parameter twice.
    """
    if isinstance(path, dict):
        return path
    try:
        content = _parsed(path.read_text(encoding="utf-8-sig"))
    except ParameterError as problem:
        raise ParameterError(f"{path.name} {problem}") from None
    except (OSError, UnicodeDecodeError, RecursionError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or " ".join(str(problem).split())[:200]
        raise ParameterError(f"{path} cannot be read: {reason}") from None
    mappings = content if isinstance(content, list) else [content]
    if not mappings or not all(isinstance(item, dict) for item in mappings):
        raise ParameterError(f"{path.name} holds no settings: write lines such as as_of: 2010.")
    return content


def _parsed(text: str):
    """Content of a JSON text, or else of a YAML one."""
    try:
        return _of_json(
            json.loads(
                text,
                parse_int=_Number,
                parse_float=_Number,
                parse_constant=_Number,
                object_pairs_hook=_mapping,
            )
        )
    except json.JSONDecodeError:
        pass
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None
    return _of_yaml(node) if node else None


class _Number(str):
    """A number of a JSON file, as it is written there."""


def _mapping(pairs: list[tuple]) -> dict:
    twice = [name for name, n in Counter(name for name, _ in pairs).items() if n > 1]
    if twice:
        raise ParameterError(f"names {short(twice[0])} twice: once is enough.")
    return dict(pairs)


def _of_json(value):
    if isinstance(value, dict):
        return {name: _of_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_of_json(item) for item in value]
    if isinstance(value, _Number):
        return str(value)
    return Quoted(value) if isinstance(value, str) else value


def _of_yaml(node):
    if node.id == "mapping":
        return _mapping([(str(key.value), _of_yaml(value)) for key, value in node.value])
    if node.id == "sequence":
        return [_of_yaml(item) for item in node.value]
    if node.tag.endswith(":null"):
        return None
    return Quoted(node.value) if node.tag.endswith(":str") else node.value


# --- sweeps --------------------------------------------------------------------------------------
def _single(parameter: Parameter, given):
    """What is given for one run, where several values or a range are refused."""
    kinds, name = kinds_of(parameter.type), parameter.name
    if isinstance(given, list) and not {"any", "list", "tuple"} & set(kinds):
        raise ParameterError(f"{name} has several values: try them all with csto sweep.")
    if isinstance(given, str) and _range(kinds, given):
        raise ParameterError(f"{name} = {short(given)} is a range: run it with csto sweep.")
    return given


def _range(kinds: list[str], text: str):
    """Match of a range: of whole numbers, or of years where the value is a text."""
    if isinstance(text, Quoted):
        return None
    years = _YEARS.fullmatch(text.strip(" "))
    return (
        _RANGE.fullmatch(text.strip(" ")) if "int" in kinds or ("str" in kinds and years) else None
    )


def _split(parameter: Parameter, given) -> list:
    """Texts of the single values of a parameter in a sweep."""
    name, kinds = parameter.name, kinds_of(parameter.type)
    lists = {"list", "tuple"} & set(kinds)
    if isinstance(given, list):
        several = not lists or any(isinstance(item, list) for item in given)
        return given if several and given else [given]
    if not isinstance(given, str):
        return [given]
    if found := _range(kinds, given):
        first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
        if step == 0 or last < first:
            raise ParameterError(f"{name} = {short(given)} is an empty range.")
        if (last - first) // step >= MOST_RUNS:
            raise ParameterError(f"{name} = {short(given)} makes too many runs.")
        return [str(number) for number in range(first, last + 1, step)]
    if isinstance(given, Quoted):
        return [given]
    brackets = given.strip()[:1] in ("[", "(", "{")
    return given.split(";" if lists or "dict" in kinds or brackets else ",")
