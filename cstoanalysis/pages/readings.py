"""The page of readings: what a finding depends on, with an explorer; that of a sweep is the same."""

import json
import shlex
import statistics
from pathlib import PurePath

from markupsafe import Markup

from cstoanalysis import words
from cstoanalysis.descriptor import PAGE
from cstoanalysis.pages import cite, curve, metadata, provenance
from cstoanalysis.pages.citation import citation
from cstoanalysis.pages.code import coloured
from cstoanalysis.pages.curve import changes, comparable, default_of, holds, name_text
from cstoanalysis.pages.multiples import panels_of
from cstoanalysis.pages.provenance import value_text
from cstoanalysis.pages.render import as_block, hashed, render, script, visible
from cstoanalysis.run.notebook import outputs_of, source_of, tagged, title_and_question
from cstoanalysis.run.parameters import argument
from cstoanalysis.run.results import Results

MOST_ROWS = 400
MOST_BYTES, MOST_ANSWERS = 800_000, 200_000  # of the explorer, of the sentences in it
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
    overturning = [curve.said(chosen) for chosen in curve.overturning(results)]
    facts = next(iter(outputs_of(results.first, PAGE)), {})
    headings = [
        ("curve", "How far it depends on the choices"),
        ("choices", "What each choice does"),
    ]
    panels = panels_of(results)
    headings += [("over", f"Over {name_text(panels[0]['axis'])}")] if panels else []
    headings += [("explorer", "Choose a reading")] if results.plan.axes else []
    headings += [("failed", "Runs that failed")] if results.failed else []
    headings += [("runs", "All runs"), ("Cite-this-page", "Cite this page")]
    parts = [(a, f"Section “{text}”") for a, text in headings if a != "Cite-this-page"]
    parts = [(a, label, cite.part_citation(info, label, a)) for a, label in parts]
    explored, left_out = _explorer(results)
    idle = _idle(results)
    code = script("explorer.js")
    text = render(
        "readings.html.j2",
        info=info,
        tags=[tag for tag in metadata.meta_tags(info) if tag[1]],
        preview=[tag for tag in metadata.preview_tags(info) if tag[1]],
        links=[link for link in metadata.links(info) if link[1]],
        linked=as_block(metadata.json_ld(info)),
        block=as_block(info),
        paper=metadata.paper(info),
        headings=headings,
        found=found,
        picture=curve.figure(found, 1),
        effects=_effects(results, found),
        idle=words.listed(idle, "or") if idle else "",
        finding=any(holds(one) is not None for one in results.readings),
        reasons=[coloured(source_of(cell)) for cell in tagged(results.first, "readings")],
        overturning=overturning[:20] if len(overturning) > curve.TOLD else [],
        panels=panels,
        explored=as_block(explored),
        left_out=left_out,
        script=Markup(code),
        policy=hashed(code),
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
    home = provenance.home_of(info["address"])
    version = info["versions"]["csto-analysis"]
    chosen = list(map(plan.chosen, plan.runs)) if plan.listed else []
    listed = {name: [at[repr(run[name])] for run in chosen] for name, at in plan.places.items()}
    return info | {
        "title": f"Readings: {title}",
        "answer": curve.sentence(results),
        "run_id": results.id,
        "values": fixed,
        "published": [],
        "address": provenance.address_of(home, version, page) if page else "",
        "readings": {
            "choices": plan.choices,
            "most": plan.most,
            "runs": listed if plan.listed else None,
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
    name = found["name"]
    usable = [(one, one.values[name]["value"]) for one in comparable(results, name, found["unit"])]
    mean = statistics.fmean(v for _, v in usable) if usable else 0
    total = sum((v - mean) ** 2 for _, v in usable)
    balanced = len(usable) == results.plan.total  # else the choices' shares overlap
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
                "range": max(means) - min(means) if len(means) == len(rows) else None,
                "share": between / total if balanced and total > 1e-12 else None,
            }
        )
    return sorted(effects, key=lambda effect: -(effect["share"] or 0))


def _idle(results: Results) -> list[str]:
    """Choices on which the finding never turns, whatever else is chosen, where it turns on any."""
    axes = list(results.plan.axes)
    if len(results.readings) < results.plan.total or len({*map(holds, results.readings)}) < 2:
        return []
    found = []
    for axis in axes:
        groups: dict[tuple, set] = {}
        for one in results.readings:
            others = tuple(repr(one.chosen[n]) for n in axes if n != axis)
            groups.setdefault(others, set()).add(holds(one))
        if all(len(outcomes) == 1 for outcomes in groups.values()):
            found.append(name_text(axis))
    return found


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
    level = plan.places
    usual = {n: next(o.values[n]["unit"] for o in results.readings if n in o.values) for n in names}
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
        levels = ",".join(str(level[n][repr(one.chosen[n])]) for n in axes)
        row = [one.run_id, levels, answers.get(answer, -1)]
        for name in names:
            value = one.values.get(name, {"value": None, "unit": usual[name]})
            text, bounds = provenance.number(value["value"]), provenance.interval(value)
            unit = value["unit"] if value["unit"] != usual[name] else ""
            row.append([text, bounds, unit] if bounds or unit else text)
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
        "units": [usual[name] or name_text(name) for name in names],
        "answers": list(answers),
        "runs": runs,
    }
    return explored, " ".join(gone)
