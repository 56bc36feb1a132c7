"""Readings and sweeps: which runs of one notebook belong together."""

import hashlib
import itertools
import math
import random
from collections.abc import Iterator
from typing import NamedTuple

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.execute import Job
from cstoanalysis.run.parameters import MOST_RUNS

MOST = 1000


class Plan(NamedTuple):
    """Runs of one notebook that belong together.

    ``choices`` has the values of each parameter that is given, one value where nothing is chosen;
    ``defaults`` the value that each has in the notebook; ``runs`` the values of each run that
    differ from those; ``total`` how many combinations there are.
    """

    choices: dict[str, list]
    defaults: dict
    runs: list[dict]
    total: int
    most: int | None = None

    @property
    def axes(self) -> dict[str, list]:
        """Choices between several values."""
        return {name: values for name, values in self.choices.items() if len(values) > 1}

    @property
    def places(self) -> dict[str, dict[str, int]]:
        """Place of each value, by its ``repr``, among those of its choice."""
        return {n: {repr(v): i for i, v in enumerate(vs)} for n, vs in self.choices.items()}

    @property
    def listed(self) -> bool:
        """Whether the runs were given one by one, and are not all combinations."""
        return self.most is None and len(self.runs) != self.total

    def chosen(self, run: dict) -> dict:
        """Value of each choice in a run."""
        return {name: run.get(name, self.defaults[name]) for name in self.choices}

    def in_words(self) -> str:
        """Which combinations are run."""
        n = len(self.runs)
        if n == self.total:
            return {1: "one run", 2: "both combinations"}.get(n, f"all {n:,} combinations")
        if self.listed:
            return f"{n:,} runs, as they were listed"
        others = [len(values) - 1 for values in self.axes.values()]
        pairs = sum(a * b for a, b in itertools.combinations(others, 2))
        base = {n: v[0] if len(v) == 1 else self.defaults[n] for n, v in self.choices.items()}
        sizes = [len(_changes(base, self.chosen(run))) for run in self.runs]
        parts = ["the default"]
        for size, there, what in ((1, sum(others), "single change"), (2, pairs, "pair of changes")):
            ran = sizes.count(size)
            some = f"{ran:,} of {there:,} {what.replace(' ', 's ', 1) if size == 2 else what + 's'}"
            parts += [f"every {what}" if ran == there else some] * bool(ran)
        more = sum(size > 2 for size in sizes)
        parts += [f"{more:,} drawn from the rest"] * bool(more)
        listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
        return f"{n:,} of {self.total:,} combinations: {listed}"


def grid(defaults: dict, runs: list[dict]) -> Plan:
    """Plan of runs that are given one by one, as ``csto sweep`` has them."""
    names = dict.fromkeys(name for run in runs for name in run)
    complete = [{name: run.get(name, defaults[name]) for name in names} for run in runs]
    choices = {name: _distinct(run[name] for run in complete) for name in names}
    total = math.prod(map(len, choices.values()))
    return Plan(choices, _only(defaults, names), [_changes(defaults, r) for r in complete], total)


def readings(defaults: dict, alternatives: dict[str, list], fixed: dict, most: int = MOST) -> Plan:
    """Plan of the readings of a notebook.

    All combinations; where they are more than ``most``, the default, every single change, every
    pair of changes and a sample of the rest, in this order as far as they go. Which ones are left
    out is drawn with a seed, and always the same.

    Parameters
    ----------
    defaults : dict
        Value of each parameter in the notebook.
    alternatives : dict
        Values that a scholar would defend, by parameter.
    fixed : dict
        Values that all readings have.
    most : int
        Most readings.
    """
    base = {**defaults, **fixed}
    choices = {name: [value] for name, value in fixed.items()}
    for name, values in alternatives.items():
        if name not in defaults:
            raise ParameterError(f"READINGS names {name}, which is no parameter.")
        if name not in fixed:
            choices[name] = _distinct([*values, base[name]])
    if not 1 <= most <= MOST_RUNS:
        raise ParameterError(f"{most} readings are too many: {MOST_RUNS:,} are the most.")
    total = math.prod(map(len, choices.values()))
    if total <= most:
        runs = [
            dict(zip(choices, one, strict=True)) for one in itertools.product(*choices.values())
        ]
    else:
        runs = list(_part(choices, base, total, most))
    runs = [_changes(defaults, {**fixed, **run}) for run in runs]
    return Plan(choices, _only(defaults, choices), runs, total, most)


def _part(choices: dict, defaults: dict, total: int, most: int) -> Iterator[dict]:
    chance, left = random.Random(0), most
    others = {
        name: [v for v in values if repr(v) != repr(defaults[name])]
        for name, values in choices.items()
    }
    for size in range(3):  # how many choices are changed
        group = [
            dict(zip(names, values, strict=True))
            for names in itertools.combinations(others, size)
            for values in itertools.product(*(others[name] for name in names))
        ]
        if len(group) > left:
            group = [group[n] for n in sorted(chance.sample(range(len(group)), left))]
        left -= len(group)
        yield from group
    for number in chance.sample(range(total), min(total, 20 * most)):
        run = {}
        for name, values in choices.items():
            number, at = divmod(number, len(values))
            run[name] = values[at]
        if left and len(_changes(defaults, run)) > 2:
            left -= 1
            yield run


def _distinct(values) -> list:
    return list({repr(value): value for value in values}.values())


def _only(values: dict, names) -> dict:
    return {name: values[name] for name in names}


def _changes(defaults: dict, run: dict) -> dict:
    return {name: v for name, v in run.items() if repr(v) != repr(defaults[name])}


def sweep_id(jobs: list[Job]) -> str:
    """Sixteen hexadecimal digits that stand for all runs of a sweep, in their order."""
    return hashlib.sha256("".join(job.whole for job in jobs).encode()).hexdigest()[:16]
