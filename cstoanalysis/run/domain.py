"""What a notebook's checks allow, asked in a process of its own before anything runs.

The process imports no more than the checks need, runs the parameters cell, and then each check
once for every value, or combination of values, that it speaks of.
"""

import ast
import contextlib
import json
import os
import pickle
import re
import shlex
import subprocess
import sys
from collections import ChainMap
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cstoanalysis.descriptor import data_dir
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import source_of, tagged, values_of
from cstoanalysis.run.signature import Expression, Parameter, parameters_of, plain_python
from cstoanalysis.run.way_out import way_out

CHECKS = ("check", "check_that")
_NOUNS = {"iso3": "state"}
_MOST_LISTED = 6


class Domain(NamedTuple):
    """A parameter and what it may be; ``choices``, or ``minimum`` and ``maximum``, may be None."""

    name: str
    type: str
    default: object
    help: str
    choices: list | None = None
    minimum: object = None
    maximum: object = None
    noun: str = ""
    nothing: bool = False

    def to_json(self) -> dict:
        """What ``csto describe --format json`` says."""
        return {name: getattr(self, name) for name in self._fields[:7]}

    def in_words(self) -> str:
        """Allowed values as ``member or exit``, ``1945 to 2025``; empty where nothing is said."""
        if self.choices is not None:
            words = self._of_choices()
        elif self.minimum is not None:
            words = f"{_text(self.minimum)} to {_text(self.maximum)}"
        else:
            return ""
        return f"{words}, or none" if self.nothing else words

    def _of_choices(self) -> str:
        texts, which = [_text(c) for c in self.choices], "any" if self.type == "list" else "one"
        if len(texts) > _MOST_LISTED:
            kind = f" {_NOUNS.get(self.noun, self.noun).replace('_', ' ')}s" if self.noun else ""
            return f"{which} of {len(texts)}{kind}: {', '.join(texts[:3])}, …"
        listed = " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
        return f"any of {listed}" if which == "any" else listed


def _text(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)


def domain_of(path: Path, notebook: dict) -> tuple[list[Domain], list[str]]:
    """What each parameter may be, and the conditions between parameters, as sentences."""
    parameters = parameters_of(notebook)
    rules = _asked(path, notebook, parameters, [])["rules"]
    before = values_of(notebook)
    found = [p._replace(default=before.get(p.name, p.default)) for p in parameters.values()]
    return under(rules, found), [rule["condition"] for rule in rules if "condition" in rule]


def under(rules: list[dict], parameters: Iterable[Parameter]) -> list[Domain]:
    """Parameters, each with what the rules allow it to be."""
    found = []
    for parameter in parameters:
        said = ChainMap(*(rule for rule in rules[::-1] if rule.get("name") == parameter.name))
        found.append(Domain(*parameter)._replace(**said))
    return found


def refuse(path: Path, notebook: dict, runs: list[dict], problems: list[str] = ()) -> None:
    """Refuse values that the notebook's checks do not allow, all of them in one line.

    Parameters
    ----------
    path : Path
        Where the notebook lies: its checks are asked there.
    notebook : dict
        In format 4.
    runs : list of dict
        Values of each run.
    problems : list of str
        What is known to be wrong already, said in the same line.

    Raises
    ------
    ParameterError
        If any of the runs could not pass the checks.
    """
    said = list(problems)
    if any(runs):
        said.append(_asked(path, notebook, parameters_of(notebook), runs)["problems"])
    if any(said):
        raise ParameterError(" ".join(filter(None, said)))


def _asked(path: Path, notebook: dict, parameters: dict[str, Parameter], runs: list[dict]) -> dict:
    """Rules, and problems of runs, from a process that runs the checks cell in recording mode."""
    checks = _cell(notebook, "checks")
    if not checks.strip():
        return {"rules": [], "problems": ""}
    defaults = {parameter.name: parameter.default for parameter in parameters.values()}
    question = (plain_python(_cell(notebook, "parameters")), checks, defaults, runs)
    folder = path.parent if path.parent.is_dir() else None
    answer = subprocess.run(
        [sys.executable, "-c", "from cstoanalysis.run.domain import main; main()"],
        input=pickle.dumps(question),
        capture_output=True,
        cwd=folder,
        env={**os.environ, "CSTO_DATA": str(data_dir().resolve())},
    )
    if answer.returncode:
        last = answer.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ParameterError(f"The checks of {path.name} could not be asked: {''.join(last)}")
    found = json.loads(answer.stdout)
    if "refused" in found:
        raise ParameterError(f"{path.name}: {found['refused']}")
    return found


def _cell(notebook: dict, tag: str) -> str:
    return "".join(map(source_of, tagged(notebook, tag)[:1]))


# --- in the process that is asked ----------------------------------------------------------------
def main() -> None:
    """Read a question from standard input and write the answer to standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the cells print is no answer
    sys.path.insert(0, "")
    try:
        found = examine(*pickle.load(sys.stdin.buffer))
    except (SyntaxError, ParameterError) as problem:
        found = {"refused": str(problem)}
    json.dump(found, answers)
    answers.close()


def examine(parameters: str, checks: str, defaults: dict, runs: list[dict]) -> dict:
    """Rules of a checks cell at the defaults, and all that is wrong with the runs, as one line."""
    from cstoanalysis.checks import sentences

    imports, calls = _statements(checks)
    space = {k: v for k, v in defaults.items() if not isinstance(v, Expression)}
    with contextlib.suppress(Exception):  # a magic, or what only a kernel knows: literals do
        exec(parameters, space)
    exec(compile(ast.Module(imports, []), "the checks cell", "exec"), space)
    rules, problems, calls_hold, at_odds, wrong = [], [], [], None, False
    for call in calls:
        names = [name for name in defaults if name in _names(call)]
        code = compile(ast.Module([call], []), "the checks cell", "exec")
        said = _told(code, space, names, {})
        rules += [rule.said() for rule in said]
        calls_hold.append((names, partial(_holds, code, space, names)))
        asked = set()
        for values in runs:
            chosen = {name: values[name] for name in names if name in values}
            if repr(chosen) not in asked:
                asked.add(repr(chosen))
                for rule in _told(code, space, names, chosen):
                    problems += rule.problems
                    if rule.problems and not rule.condition:
                        wrong = True
                    elif rule.problems and at_odds is None:
                        at_odds = values
    said = sentences(problems)
    if at_odds is not None and not wrong:  # each value is right, if others are given as well
        known = {name: space[name] for name in defaults if name in space}
        if others := way_out(calls_hold, at_odds, known, rules):
            said += f" These go together: {_typed({**at_odds, **others})}."
    return {"rules": rules, "problems": said}


def _typed(values: dict) -> str:
    from cstoanalysis.run.parameters import argument

    return " ".join(f"-p {shlex.quote(f'{n}={argument(v)}')}" for n, v in values.items())


def _holds(code, space: dict, names: list[str], values: dict) -> bool:
    told = _told(code, space, names, {name: values[name] for name in names if name in values})
    return not any(rule.problems for rule in told)


def _told(code, space: dict, names: list[str], chosen: dict) -> list:
    """Rules of one call, for the values chosen; a condition that fails names its values."""
    from cstoanalysis.checks import Problem, Rule, recorded

    here = {**space, **chosen}
    given, rest = (
        ", ".join(f"{name} = {here[name]!r}" for name in names if (name in chosen) == one)
        for one in (True, False)
    )
    with recorded() as rules:
        try:
            exec(code, here)
        except Exception as problem:
            reason = f"the checks cell fails, {type(problem).__name__}: {problem}"
            return [Rule("", problems=(Problem(reason, given or rest),))]
    return [
        rule._replace(problems=tuple(p._replace(value=given, hint=rest) for p in rule.problems))
        if rule.condition
        else rule
        for rule in rules
    ]


def _statements(source: str) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Imports that the checks of a cell need, and the checks."""
    body = ast.parse(source).body
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    calls = [node for node in body if node not in imports]
    for node in calls:
        call = node.value if isinstance(node, ast.Expr) else None
        function = call.func if isinstance(call, ast.Call) else None
        if getattr(function, "attr", getattr(function, "id", "")) not in CHECKS:
            raise ParameterError(
                f"line {node.lineno} of the cell tagged 'checks' is no import and no csto.check(...): "
                "move it to another cell."
            )
    used = set().union(*map(_names, calls))
    bound = {
        node: {(alias.asname or alias.name.split(".")[0]) for alias in node.names}
        for node in imports
    }
    return [node for node in imports if bound[node] & used], calls


def _names(node: ast.AST) -> set[str]:
    """Names that a call uses, also within the text of a query: ``year >= @start_year``."""
    found = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return found.union(*(re.findall(r"@(\w+)", text) for text in texts if isinstance(text, str)))
