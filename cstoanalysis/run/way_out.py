"""Values that would go through where those given do not, because of what another is by default."""

import itertools
from collections.abc import Callable, Iterator

_TRIALS = 150  # a condition may ask a table each time
_FEW = 200  # values of a range that are worth trying


def way_out(
    conditions: list[tuple[list[str], Callable[[dict], bool]]], given: dict, defaults: dict, rules
) -> dict:
    """Values for parameters that were not given, with which all conditions hold; empty if none is seen.

    Parameters
    ----------
    conditions : list of (names, holds)
        Parameters that a condition speaks of, and whether it holds for values of them.
    given, defaults : dict
        Values that a user chose, and those that all parameters have without it.
    rules : list of dict
        What the checks allow each parameter to be.
    """
    found, left = {}, iter(range(_TRIALS))
    for names, holds in conditions:
        whole = {**defaults, **given, **found}
        if holds(whole):
            continue
        free = [name for name in names if name not in {**given, **found}]
        near = {name: [*_near(name, defaults[name], rules)] for name in free}
        trials = [{name: value} for name in free for value in near[name]]
        for one, other in itertools.combinations(free, 2):  # the ends of each, for brevity
            pairs = itertools.product(_ends(near[one]), _ends(near[other]))
            trials += [{one: a, other: b} for a, b in pairs]
        tried = zip(left, trials, strict=False)
        found |= next((trial for _, trial in tried if holds({**whole, **trial})), {})
    whole = {**defaults, **given, **found}
    return found if all(holds(whole) for _, holds in conditions) else {}


def _near(name: str, default, rules: list[dict]) -> Iterator:
    """Allowed values of a parameter, those that are most like its default first."""
    said = next((rule for rule in rules if rule.get("name") == name), {})
    low, high = said.get("minimum"), said.get("maximum")
    single = said.get("choices", [])
    if isinstance(low, int) and isinstance(high, int) and high - low <= _FEW:
        single = range(low, high + 1)
    elif isinstance(low, str):
        single = [str(year) for year in range(int(low[:4]), int(high[:4]) + 1)]
    if not isinstance(default, list):
        return iter(sorted(single, key=lambda value: _far(value, default)))
    parts = (itertools.combinations(default, n) for n in range(len(default) - 1, 0, -1))
    others = sorted(single, key=lambda value: min([_far(value, item) for item in default] or [0]))
    return itertools.chain(map(list, itertools.chain(*parts)), ([value] for value in others))


def _ends(values: list) -> list:
    """Both ends of a range of years; else all."""
    numbers = all(str(value)[:4].isdecimal() for value in values)
    return [min(values), max(values)] if values and numbers else values


def _far(value, other) -> float:
    years = [str(one)[:4] for one in (value, other)]
    return abs(int(years[0]) - int(years[1])) if all(y.isdecimal() for y in years) else 0
