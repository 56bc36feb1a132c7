"""Say what a notebook's parameters may be, and refuse in words what they may not.

The cell tagged ``checks`` holds imports and calls of :func:`check` and :func:`check_that` alone. In
a notebook such a call stops the run with one sentence; ``csto`` asks the same cell, through
:func:`recorded`, for all that it allows and all that is wrong before anything runs.
"""

import contextlib
import difflib
from contextvars import ContextVar
from typing import NamedTuple

from cstoanalysis.dates import earliest, latest

_record: ContextVar[list | None] = ContextVar("record", default=None)
_held: dict[tuple[str, str], dict] = {}  # what the checks of this session allow
MOST_SHOWN, MOST_VALUES = 40, 4  # allowed values, wrong values in a message


class NotAllowed(ValueError):
    """A parameter has a value that it may not have; a notebook shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class Problem(NamedTuple):
    """What is wrong with a value: ``name = value is wrong: hint allowed``."""

    name: str
    value: str = ""
    wrong: str = ""
    hint: str = ""
    allowed: str = ""


class Rule(NamedTuple):
    """What one call allows, and what is wrong with the value that it was given."""

    name: str
    choices: list | None = None
    noun: str | None = None
    minimum: object = None
    maximum: object = None
    nothing: bool | None = None  # whether it may be None, or an empty list
    condition: str = ""
    problems: tuple[Problem, ...] = ()

    def said(self) -> dict:
        """What it allows, as data that JSON can hold."""
        return {
            name: [*map(_plain, value)] if isinstance(value, list) else _plain(value)
            for name, value in self._asdict().items()
            if name != "problems" and value not in (None, "")
        }


def check(name: str, value, *, choices=None, between=None, empty=False, none=False) -> None:
    """Check one parameter of a notebook; a list is checked item by item.

    Parameters
    ----------
    name : str
        The parameter's name.
    value : object or list of objects
        Its value.
    choices : iterable, optional
        The allowed values, for instance a column of a table.
    between : (low, high), optional
        The allowed range, both ends included: two numbers, or two partial dates as text (then the
        value is a year or ISO date).
    empty : bool
        Whether a list may be empty.
    none : bool
        Whether ``None`` is allowed as well.

    Raises
    ------
    NotAllowed
        One sentence that names the value, what is allowed and the nearest right name.

    Examples
    --------
    >>> check("organisation", "CTSO", choices=["CSTO", "NATO"])
    Traceback (most recent call last):
    NotAllowed: organisation = 'CTSO' is not known: did you mean 'CSTO'? Allowed: CSTO, NATO.
    """
    _settle(_rule(name, value, choices, between, empty, none))


def refuse_unknown(name: str, value, choices) -> None:
    """Refuse an argument as :func:`check` does a parameter; no rule of the notebook comes of it."""
    if problems := _rule(name, value, choices).problems:
        raise NotAllowed(sentences(problems))


def _rule(name: str, value, choices=None, between=None, empty=False, none=False) -> Rule:
    allowed = None
    if choices is not None:
        allowed = list(dict.fromkeys(item for item in choices if item == item))
    low, high = between or (None, None)
    several = isinstance(value, (list, tuple, set))
    items = list(value) if several else [value]
    problems = []
    if several and not items and not empty:
        problems.append(Problem(name, wrong="an empty list", allowed="name at least one value"))
    if several and any(items.count(item) > 1 for item in items):
        problems.append(Problem(f"{name} = {_short(items)} names a value twice"))
    for item in items:
        if item is None and none:
            continue
        if allowed is not None and not _is_one_of(item, allowed):
            problems.append(_unknown(name, item, allowed))
        if between is not None and not _is_between(item, low, high):
            kind = "date (YYYY, YYYY-MM or YYYY-MM-DD)" if isinstance(low, str) else "value"
            wanted = f"give a {kind} from {low} to {high}"
            problems.append(Problem(name, _short(item), "out of range", allowed=wanted))
    noun = getattr(choices, "name", None)
    return Rule(name, allowed, noun, low, high, empty or none or None, problems=tuple(problems))


def check_that(condition: bool, sentence: str) -> None:
    """Check what has to hold between parameters.

    Raises
    ------
    NotAllowed
        The sentence, if the condition does not hold.

    Examples
    --------
    >>> start_year, end_year = 2010, 2005
    >>> check_that(start_year < end_year, "start_year is before end_year")
    Traceback (most recent call last):
    NotAllowed: This does not hold: start_year is before end_year.
    """
    sentence = sentence.rstrip(".")
    problems = () if condition else (Problem(f"This does not hold: {sentence}"),)
    _settle(Rule("", condition=sentence, problems=problems))


@contextlib.contextmanager
def recorded():
    """While this lasts, checks refuse nothing: their rules are in the list that is given."""
    rules: list[Rule] = []
    token = _record.set(rules)
    try:
        yield rules
    finally:
        _record.reset(token)


def rules_that_held() -> list[dict]:
    """What the checks of this session allow, the last word of each: a page says it."""
    return [*_held.values()]


def sentences(problems) -> str:
    """All that is wrong, in one line: values that are wrong in the same way stand together."""
    grouped: dict[tuple, list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        grouped.setdefault((problem.name, problem.wrong, problem.allowed), []).append(problem)
    return " ".join(_sentence(*key, group) for key, group in grouped.items())


def _sentence(name: str, wrong: str, allowed: str, group: list[Problem]) -> str:
    values = list(dict.fromkeys(problem.value for problem in group if problem.value))
    hints = list(dict.fromkeys(problem.hint for problem in group if problem.hint))
    some = ("; " if not wrong else ", ").join(values[:MOST_VALUES])
    if len(values) > MOST_VALUES:
        some += f" and {len(values) - MOST_VALUES} more"
    if not wrong:
        named = "; ".join([some] * bool(values) + [f"by default {hint}" for hint in hints[:1]])
        return f"{name} ({named})." if named else f"{name}."
    text = f"{name} = {some}" if values else name
    text += f" {'are' if len(values) > 1 else 'is'} {wrong}"
    if hints:
        text += f": did you mean {', '.join(hints[:MOST_VALUES])}?"
    return f"{text}{' ' if hints else '. ' if allowed[0].isupper() else ': '}{allowed}."


def _short(value) -> str:
    shown = repr(value)
    return shown if len(shown) <= 62 else f"{shown[:60]}…{shown[-1]}"


def _settle(rule: Rule) -> None:
    rules = _record.get()
    if rules is not None:
        rules.append(rule)
    elif rule.problems:
        raise NotAllowed(sentences(rule.problems))
    else:
        _held[rule.name, rule.condition] = rule.said()


def _plain(value):
    """A number of numpy as one of Python."""
    return value.item() if hasattr(value, "item") else value


def _is_one_of(value, allowed: list) -> bool:
    """Whether a value is allowed; 1 is not True."""
    return any(value == item and (value is True) == (item is True) for item in allowed)


def _unknown(name: str, value, allowed: list) -> Problem:
    near = difflib.get_close_matches(str(value), [str(item) for item in allowed], n=1, cutoff=0.5)
    shown = ", ".join(map(str, allowed[:MOST_SHOWN])) + ", …" * (len(allowed) > MOST_SHOWN)
    hint = repr(near[0]) if near else ""
    return Problem(name, _short(value), "not known", hint, f"Allowed: {shown}")


def _is_between(value, low, high) -> bool:
    if isinstance(low, str):
        try:
            return bool(earliest(low) <= earliest(value) <= latest(high))
        except (ValueError, TypeError):
            return False
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and bool(low <= value <= high)
