"""The page of readings: what a finding hangs on, with an explorer; that of a sweep is the same."""

import json
import shlex
import statistics
from pathlib import PurePath

from markupsafe import Markup

from cstoanalysis.descriptor import PAGE
from cstoanalysis.pages import cite, curve, metadata, provenance
from cstoanalysis.pages.citation import citation
from cstoanalysis.pages.curve import changes, default_of, holds, is_number, name_text, value_text
from cstoanalysis.pages.render import as_block, hashed, part, render, visible
from cstoanalysis.run.notebook import outputs_of, title_and_question
from cstoanalysis.run.parameters import argument
from cstoanalysis.run.results import Results

MOST_ROWS, MOST_PANELS = 500, 24
MOST_BYTES, MOST_ANSWERS = 900_000, 300_000  # of the explorer, of the sentences in it
_LISTED = 40  # failed runs that are named


def to_readings(results: Results, files: str = "results", home: str = "", page: str = "") -> str:
    """Page of the readings of a notebook.

    Parameters
    ----------
    results : Results
        What the runs gave; one of them at least.
    files : str
        Name, without ending, of the table of results that lies beside the page.
    home : str, optional
        Public address of the folder of pages.
    page : str, optional
        File of the page, where it is not ``index.html``.
    """
    info = _info(results, files, home, page)
    found = curve.summary(results)
    facts = next(iter(outputs_of(results.first, PAGE)), {})
    headings = [("curve", "How far it hangs on the choices"), ("choices", "What each choice does")]
    panels = _panels(results)
    headings += [("over", f"Over {name_text(panels[0]['axis'])}")] if panels else []
    headings += [("explorer", "Choose a reading")] if results.plan.axes else []
    headings += [("failed", "Runs that failed")] if results.failed else []
    headings += [("runs", "All runs"), ("Cite-this-page", "Cite this page")]
    parts = [(a, f"Section “{text}”") for a, text in headings if a != "Cite-this-page"]
    parts = [(a, label, cite.part_citation(info, label, a)) for a, label in parts]
    explored, left_out = _explorer(results)
    script = part("explorer.js")
    text = render(
        "readings.html.j2",
        info=info,
        tags=[(name, content) for name, content in metadata.meta_tags(info) if content],
        linked=as_block(metadata.json_ld(info)),
        block=as_block(info),
        headings=headings,
        found=found,
        picture=curve.figure(found, 1),
        effects=_effects(results, found),
        overturning=[curve.said(chosen) for chosen in curve.overturning(results)[:20]],
        panels=panels,
        explored=as_block(explored),
        left_out=left_out,
        script=Markup(script),
        policy=hashed(script),
        failed=[(curve.said(chosen), why) for chosen, why in results.failed[:_LISTED]],
        n_failed=len(results.failed),
        table=_table(results),
        files=files,
        n=len(results.readings),
        number=provenance.number,
        interval=provenance.interval,
        citation=citation(info, facts, parts, rebuild=_command(results), page=page or "index.html"),
    )
    return visible(text)


def _info(results: Results, files: str, home: str, page: str) -> dict:
    """Facts of the page: those of the notebook, and which runs it is made from."""
    plan, name = results.plan, f"{results.stem}.ipynb"
    title, question = title_and_question(results.first)
    info = provenance.page_info(results.first, name, title, question, home)
    fixed = {n: v[0] for n, v in plan.choices.items() if n not in plan.axes}
    for parameter in info["parameters"]:
        parameter["value"] = fixed.get(parameter["name"], parameter["default"])
    home = info["address"].rpartition("/")[0]
    listed = list(map(plan.chosen, plan.runs)) if plan.listed else None
    return info | {
        "title": f"Readings: {title}",
        "answer": curve.sentence(results),
        "run_id": results.id,
        "values": fixed,
        "published": [],
        "address": f"{home}/{page}" if home and page else "",
        "readings": {
            "choices": plan.choices,
            "most": plan.most,
            "runs": listed,
            "files": files,
            "page": page,
        },
    }


def _command(results: Results) -> str:
    """Command that makes the page again."""
    plan, stem = results.plan, shlex.quote(results.stem)
    if plan.most is None:
        given = [(n, _several(values)) for n, values in plan.choices.items()]
        listed = len(plan.runs) != plan.total
        options = (
            ["-f runs.json"] if listed else [f"-p {shlex.quote(f'{n}={v}')}" for n, v in given]
        )
        return " ".join(["csto sweep", stem, *options])
    fixed = [(n, argument(v[0])) for n, v in plan.choices.items() if n not in plan.axes]
    options = [f"-p {shlex.quote(f'{n}={v}')}" for n, v in fixed]
    return " ".join(["csto readings", stem, *options, f"--most {plan.most}"])


def _several(values: list) -> str:
    lists = any(isinstance(value, (list, tuple)) for value in values)
    return (";" if lists else ",").join(map(argument, values))


# --- what each choice does -----------------------------------------------------------------------
def _effects(results: Results, found: dict) -> list[dict]:
    """Of each choice and each of its values: readings, mean estimate, how often the finding holds."""
    name, unit = found["name"], found["unit"]
    usable = [
        (one, one.values[name]["value"])
        for one in results.readings
        if is_number(one.values.get(name, {}).get("value")) and one.values[name]["unit"] == unit
    ]
    mean = statistics.fmean(v for _, v in usable) if usable else 0
    total = sum((v - mean) ** 2 for _, v in usable)
    effects = []
    for axis, levels in results.plan.axes.items():
        rows, between = [], 0.0
        for level in levels:
            these = [one for one in results.readings if repr(one.chosen[axis]) == repr(level)]
            numbers = [v for one, v in usable if repr(one.chosen[axis]) == repr(level)]
            judged = [one for one in these if holds(one) is not None]
            average = statistics.fmean(numbers) if numbers else None
            between += len(numbers) * (average - mean) ** 2 if numbers else 0
            rows.append(
                {
                    "value": value_text(level),
                    "default": repr(level) == repr(results.plan.defaults[axis]),
                    "n": len(these),
                    "mean": average,
                    "holds": f"{sum(map(bool, map(holds, judged)))} of {len(judged)}"
                    if judged
                    else "–",
                }
            )
        means = [row["mean"] for row in rows if row["mean"] is not None]
        effects.append(
            {
                "name": name_text(axis),
                "rows": rows if len(rows) <= 12 else [],
                "range": max(means) - min(means) if means else None,
                "share": between / total if total > 1e-12 else None,
            }
        )
    return sorted(effects, key=lambda effect: -(effect["share"] or 0))


def _panels(results: Results) -> list[dict]:
    """Small pictures of each published number over the longest axis that has an order, if any has.

    One for each combination of the other choices, the rest of them faint behind it: no line hides
    another.
    """
    axes = {n: v for n, v in results.plan.axes.items() if len(v) > 3 and _ordered(v)}
    if not axes:
        return []
    axis = max(axes, key=lambda n: len(axes[n]))
    others = [n for n in results.plan.axes if n != axis]
    groups: dict[tuple, list] = {}
    for one in results.readings:
        groups.setdefault(tuple(value_text(one.chosen[n]) for n in others), []).append(one)
    at, panels = [float(v) for v in axes[axis]], []
    for name in results.names:
        lines = {key: _line(ones, axis, name) for key, ones in groups.items()}
        lines = {key: line for key, line in lines.items() if line}
        values = [v for line in lines.values() for p in line for v in p[1:] if v is not None]
        if not values:
            continue
        place, marks = curve.scale(values, 108, 8)
        x = {a: round(44 + 118 * (a - min(at)) / (max(at) - min(at)), 1) for a in at}
        units = {one.values[name]["unit"] for one in results.readings if name in one.values}
        for key, line in list(lines.items())[: 6 if len(lines) <= 6 else 1]:
            band = [p for p in line if p[2] is not None and p[3] is not None]
            panels.append(
                {
                    "axis": axis,
                    "name": name,
                    "unit": units.pop() if len(units) == 1 else "",
                    "group": ", ".join(
                        f"{name_text(n)} {v}" for n, v in zip(others, key, strict=True)
                    ),
                    "ticks": marks,
                    "ends": [(x[v], f"{v:g}") for v in (min(at), max(at))],
                    "others": "".join(
                        _path(o, x, place) for k, o in list(lines.items())[:40] if k != key
                    ),
                    "band": "".join(f"M{x[p[0]]} {place(p[2])}V{place(p[3])}" for p in band),
                    "line": _path(line, x, place),
                }
            )
            units = {panels[-1]["unit"]} - {""}
    return panels[:MOST_PANELS]


def _ordered(values: list) -> bool:
    return all(is_number(v) or (isinstance(v, str) and v.isdigit()) for v in values)


def _line(ones: list, axis: str, name: str) -> list[tuple]:
    found = [(float(one.chosen[axis]), one.values.get(name, {})) for one in ones]
    return sorted(
        (at, v["value"], v.get("low"), v.get("high"))
        for at, v in found
        if is_number(v.get("value"))
    )


def _path(line: list[tuple], x: dict, place) -> str:
    points = [f"{x[p[0]]} {place(p[1])}" for p in line]
    return f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}h.1"


# --- runs ----------------------------------------------------------------------------------------
def _table(results: Results) -> dict:
    """The first runs as rows of texts."""
    axes, default = list(results.plan.axes), default_of(results)
    names = [name for name in results.names if name != "answer"]
    shown = results.readings[:MOST_ROWS]
    said = [one.values.get("answer", {}).get("value") for one in shown]
    answers = {text: n for n, text in enumerate(dict.fromkeys(filter(None, said)), start=1)}
    rows = [
        {
            "id": one.run_id,
            "page": f"{results.stem}.html" if one is default and results.plan.most else "",
            "chosen": [(value_text(one.chosen[n]), n in changes(results, one)) for n in axes],
            "values": [one.values.get(name, {"value": None}) for name in names],
            "answer": answers.get(text),
        }
        for one, text in zip(shown, said, strict=True)
    ]
    return {"axes": list(map(name_text, axes)), "names": names, "rows": rows, "answers": answers}


def _explorer(results: Results) -> tuple[dict, str]:
    """What the script of the page needs, and what had to be left out for the page's size."""
    plan, stem = results.plan, PurePath(results.stem).stem
    axes, names = plan.axes, [name for name in results.names if name != "answer"]
    level = {n: {repr(v): i for i, v in enumerate(values)} for n, values in axes.items()}
    units: dict[str, int] = {}
    answers: dict[str, int] = {}
    runs, size, sentences, without = [], 0, 0, 0
    for one in results.readings:
        answer = str(one.values.get("answer", {}).get("value") or "")
        if answer not in answers:
            sentences += len(answer.encode())
            if sentences > MOST_ANSWERS:
                sentences -= len(answer.encode())
                without, answer = without + 1, None
            else:
                answers[answer] = len(answers)
        row = [one.run_id, [level[n][repr(one.chosen[n])] for n in axes], answers.get(answer, -1)]
        for name in names:
            value = one.values.get(name, {"value": None, "unit": ""})
            text = provenance.number(value["value"])
            unit = units.setdefault(value["unit"], len(units))
            bounds = provenance.interval(value)
            row.append([text, unit, bounds] if bounds else [text, unit])
        size += len(json.dumps(row, separators=(",", ":")))
        if size > MOST_BYTES:
            break
        runs.append(row)
    gone = [f"Only the first {len(runs):,} readings can be chosen."] * (
        len(runs) < len(results.readings)
    )
    gone += [f"{without:,} answers are left out to keep the page small."] * bool(without)
    fixed = {n: v[0] for n, v in plan.choices.items() if n not in axes}
    given = [
        shlex.quote(f"{n}={argument(v)}")
        for n, v in fixed.items()
        if repr(v) != repr(plan.defaults[n])
    ]
    explored = {
        "command": " ".join(["csto run", shlex.quote(stem), *(f"-p {text}" for text in given)]),
        "choices": [
            {
                "name": n,
                "label": name_text(n),
                "default": level[n].get(repr(plan.defaults[n]), 0),
                "values": [value_text(v) for v in values],
                "arguments": [shlex.quote(f"{n}={argument(v)}") for v in values],
            }
            for n, values in axes.items()
        ],
        "names": names,
        "units": list(units),
        "answers": list(answers),
        "runs": runs,
    }
    return explored, " ".join(gone)
