"""How far an answer depends on its choices: the sentence that says it, and the specification curve."""

import math
from textwrap import wrap

from markupsafe import Markup

from cstoanalysis import words
from cstoanalysis.pages.provenance import number, value_text
from cstoanalysis.pages.render import render
from cstoanalysis.run.parameters import argument
from cstoanalysis.run.results import Reading, Results
from cstoanalysis.run.signature import parameters_of

TOLD = 3  # smallest changes that the sentence names
MOST_DRAWN = 300  # estimates of a curve; of more, every nth by rank
_MOST_LEVELS = 8  # values of a choice that have a row each
_PANEL, _ROW = 150, 15


def is_number(value) -> bool:
    """Whether a published value can be drawn."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def name_text(name: str) -> str:
    """A parameter's name as words."""
    return name.replace("_", " ")


def default_of(results: Results) -> Reading | None:
    """The reading in which nothing is changed, if it is among them and did not fail."""
    plan = results.plan
    chosen = {n: v[0] if len(v) == 1 else plan.defaults[n] for n, v in plan.choices.items()}
    return next((one for one in results.readings if repr(one.chosen) == repr(chosen)), None)


def changes(results: Results, one: Reading) -> dict:
    """What differs in a reading from the default."""
    axes, defaults = results.plan.axes, results.plan.defaults
    return {n: v for n, v in one.chosen.items() if n in axes and repr(v) != repr(defaults[n])}


def holds(one: Reading) -> bool | None:
    """Whether the finding holds in a reading; None if it publishes none."""
    return one.values.get("finding", {}).get("value")


def headline(results: Results) -> str:
    """Name of the value that the curve ranks: the first that is marked, else the first number."""
    numbers = [
        (not value.get("headline"), n, name)
        for one in results.readings[:1]
        for n, (name, value) in enumerate(one.values.items())
        if any(is_number(o.values.get(name, {}).get("value")) for o in results.readings)
    ]
    return min(numbers)[2] if numbers else ""


def comparable(results: Results, name: str, unit: str) -> list[Reading]:
    """Readings that publish a number under a name, counted in a unit."""
    return [
        one
        for one in results.readings
        if is_number(one.values.get(name, {}).get("value")) and one.values[name]["unit"] == unit
    ]


def said(chosen: dict) -> str:
    """Changed choices as one would give them to a run."""
    return words.listed(f"{n} = {_given(v)}" for n, v in chosen.items())


def _given(value) -> str:
    return "none" if value == [] else argument(value).replace(",", ", ")


def overturning(results: Results) -> list[dict]:
    """The smallest sets of changes that turn the finding of the default round."""
    default = default_of(results)
    if default is None or holds(default) is None:
        return []
    other = [
        changes(results, one)
        for one in results.readings
        if holds(one) is not None and holds(one) != holds(default)
    ]
    fewest = min(map(len, other), default=0)
    return [chosen for chosen in other if len(chosen) == fewest]


def sentence(results: Results) -> str:
    """What the readings say, as one sentence."""
    judged = [one for one in results.readings if holds(one) is not None]
    default, n, k = default_of(results), len(judged), sum(map(bool, map(holds, judged)))
    if not judged:
        return _of_numbers(results, default)
    said_by = [one.values["finding"]["unit"] for one in judged]
    finding = (default or judged[0]).values.get("finding", judged[0].values["finding"])["unit"]
    finding = finding.strip().rstrip(".") + " (in the words of the default)" * (len({*said_by}) > 1)
    turns = _turns(overturning(results), parameters_of(results.first))
    readings, the = _counted(results, n), "the " * _in_part(results)
    number_of = {1: "the one", 2: "both"}.get(n, f"all {n:,}")
    none_of = {1: "does not hold in the one", 2: "holds in neither of the two"}
    if k == n:
        return f"The finding holds in {number_of} {readings}: {finding}."
    if k == 0:
        held = none_of.get(n, f"holds in none of the {n:,}")
        return f"The finding {held} {readings}: {finding}."
    if default and holds(default) is False:
        takes = f" It would hold with: {turns}." * bool(turns)
        return (
            f"The finding does not hold by default, and holds in {k:,} of {the}{n:,} {readings}: "
            f"{finding}.{takes}"
        )
    breaks = f" What breaks it: {turns}." * bool(turns)
    return f"The finding holds in {k:,} of {the}{n:,} {readings}: {finding}.{breaks}"


def _in_part(results: Results) -> bool:
    """Whether these are not all the readings that there are."""
    return results.plan.most is not None and len(results.plan.runs) < results.plan.total


def _counted(results: Results, n: int) -> str:
    """What is counted, and out of how many where it is not all of them."""
    out_of = f" run, out of {results.plan.total:,}" * _in_part(results)
    return f"reading{'s' * (n != 1)}{out_of}"


def _turns(sets: list[dict], parameters: dict) -> str:
    """The first few of the smallest changes, and what the choices are; those of one together."""
    by_name: dict[tuple, list] = {}
    for chosen in sets:
        single = next(iter(chosen)) if len(chosen) == 1 else said(chosen)
        by_name.setdefault((single, len(chosen) == 1), []).extend(chosen.values())
    told = []
    for (name, alone), values in by_name.items():
        text = f"{name} = {' or '.join(map(_given, values))}" if alone else name
        about = parameters[name].help if alone and name in parameters else ""
        told.append(f"{text} ({about})" if about else text)
    return ", or ".join(told[:TOLD]) + ", or others" * (len(told) > TOLD)


def _of_numbers(results: Results, default: Reading | None) -> str:
    name = headline(results)
    unit = (default or results.readings[0]).values.get(name, {}).get("unit", "")
    found = [one.values[name]["value"] for one in comparable(results, name, unit)]
    n = len(results.readings)
    if not found:
        return f"{n:,} readings publish no number that could be compared."
    what = f"{name_text(name)} ({unit or 'a number'})"
    what = f"“{unit}”" if name_text(name) in unit else what
    at = (
        f"; with the default choices it is {number(default.values[name]['value'])}"
        if (default and name in default.values)
        else ""
    )
    of = f" of {'the ' * _in_part(results)}{n:,}" * (len(found) < n)
    where = "one reading" if n == 1 else f"{len(found):,}{of} {_counted(results, n)}"
    if min(found) == max(found):
        whatever = ", whatever is chosen" * (len(found) > 1)
        return f"In {where}, {what} is {number(found[0])}{whatever}."
    return f"In {where}, {what} lies between {number(min(found))} and {number(max(found))}{at}."


# --- the curve -----------------------------------------------------------------------------------
def summary(results: Results, page: str = "") -> dict:
    """All that the curve is drawn from, as JSON: a notebook can carry it to its page."""
    name, default = headline(results), default_of(results)
    unit = (default or results.readings[0]).values.get(name, {}).get("unit", "")
    axes = results.plan.axes
    ranked = sorted(comparable(results, name, unit), key=lambda one: one.values[name]["value"])
    step = -(-len(ranked) // MOST_DRAWN)
    drawn = [one for n, one in enumerate(ranked) if n % step == 0 or one is default] if step else []
    level = results.plan.places
    stated = (default or results.readings[0]).values.get(name, {})
    reference, named = stated.get("reference"), stated.get("reference_is")
    return {
        "sentence": sentence(results),
        "how": results.plan.in_words(),
        "most": results.plan.most,
        "page": page,
        "name": name,
        "unit": unit,
        "reference": reference if is_number(reference) else None,
        "reference_is": f"{number(reference)} {named}"
        if named
        else f"reference {number(reference)}",
        "n": len(results.readings),
        "failed": len(results.failed),
        "ranked": len(ranked),
        "axes": [[n, [value_text(v) for v in values]] for n, values in axes.items()],
        "points": [
            [
                one.values[name]["value"],
                one.values[name].get("low"),
                one.values[name].get("high"),
                holds(one),
                one is default,
                *(level[n][repr(one.chosen[n])] for n in axes),
            ]
            for one in drawn
        ],
    }


def figure(found: dict, anchor="readings") -> Markup:
    """The specification curve of a summary, once for a wide page and once for a phone."""
    pictures = [_geometry(found, width) for width in (680, 350)] if len(found["points"]) > 1 else []
    return render("curve.html.j2", found=found, pictures=pictures, anchor=anchor, number=number)


def ticks(low: float, high: float, whole: bool, most: int = 5) -> list[float]:
    """A few round numbers from ``low`` to ``high``."""
    span = (high - low) or 1
    step = 10 ** math.floor(math.log10(span / most))
    step = next(step * f for f in (1, 2, 5, 10) if span / (step * f) <= most)
    step = max(step, 1) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [first * step + n * step for n in range(int((high - first * step) / step + 1e-9) + 1)]


def tick_text(value: float) -> str:
    """A tick's label."""
    return number(int(value) if float(value).is_integer() else float(f"{value:.6g}"))


def scale(values: list, low: float, high: float):
    """From a value to a place, and the ticks; the values fill the space with a little air."""
    whole = all(isinstance(value, int) for value in values)
    least, most = min(values), max(values)
    air = 0.06 * (most - least) or 1
    least, most = least - air, most + air

    def place(value: float) -> float:
        return round(high + (most - value) / (most - least) * (low - high), 1)

    return place, [(place(tick), tick_text(tick)) for tick in ticks(least, most, whole)]


def _geometry(found: dict, width: int) -> dict:
    """Places of everything in a picture of this width, whose letters are 12 pixels high."""
    points, left = found["points"], min(round(0.4 * width), 190)
    step = (width - left - 12) / len(points)
    across = [round(left + 6 + (n + 0.5) * step, 1) for n in range(len(points))]
    values = [v for p in points for v in p[:3] if v is not None]
    values += [found["reference"]] if found["reference"] is not None else []
    place, marks = scale(values, 20 + _PANEL, 26)
    down, rows, paths = 20 + _PANEL + 22, [], []
    letters = int((left - 8) / 6.3)
    for at, (name, levels) in enumerate(found["axes"], start=5):
        heads = wrap(name_text(name), letters)
        rows += [(down + _ROW * i, line, True) for i, line in enumerate(heads)]
        few, feet, foot = len(levels) <= _MOST_LEVELS, [], down + _ROW * len(heads)
        for n, text in enumerate(levels):
            feet.append(foot)
            told = wrap(text, letters - 2) if few or n in (0, len(levels) - 1) else []
            rows += [(round(foot + _ROW * i, 1), line, False) for i, line in enumerate(told)]
            foot += _ROW * len(told) if few else 3 * _ROW / (len(levels) - 1)
        tall = 8 if few else 2
        paths += [
            f"M{x} {round(feet[p[at]] - tall / 2 - 4, 1)}v{tall}"
            for x, p in zip(across, points, strict=True)
        ]
        down = round((foot if few else feet[-1] + _ROW) + 8, 1)
    reference = None if found["reference"] is None else place(found["reference"])
    named = []
    if reference is not None:  # its name stands where a tick's label would
        told = wrap(found["reference_is"], letters)
        named = [(reference + 4 + 7 * (2 * n + 1 - len(told)), line) for n, line in enumerate(told)]
        marks = [mark for mark in marks if abs(mark[0] - reference) > 6 + 7 * len(told)]
    radius = max(1.2, min(4, 0.42 * step))
    dots = {True: "", False: ""}
    for x, point in zip(across, points, strict=True):
        dots[point[3] is not False] += f"M{x} {place(point[0])}h0"
    default = next((x for x, p in zip(across, points, strict=True) if p[4]), None)
    return {
        "width": width,
        "height": down,
        "left": left,
        "ticks": marks,
        "rows": rows,
        "grid": "".join(paths),
        "mark": round(max(1, min(6, 0.7 * step)), 1),
        "bars": "".join(
            f"M{x} {place(p[1])}V{place(p[2])}"
            for x, p in zip(across, points, strict=True)
            if p[1] is not None and p[2] is not None
        ),
        "bar": round(max(0.8, min(3, 0.4 * step)), 1),
        "filled": dots[True],
        "hollow": dots[False],
        "radius": radius,
        "default": default,
        "reference": reference,
        "named": named,
    }
