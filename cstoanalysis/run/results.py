"""What the runs of a sweep published: one tidy table with its schema."""

import csv
import io
import json
from typing import NamedTuple

from cstoanalysis.run import store, watch
from cstoanalysis.run.execute import Job
from cstoanalysis.run.notebook import as_written, not_whole
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import argument
from cstoanalysis.run.sweep import Plan, sweep_id

FILES = ("results.csv", "results.schema.json", "results.parquet", "index.html", "sweep.json")


class Reading(NamedTuple):
    """A run that finished: its id, the value of each choice, what it published by name."""

    run_id: str
    chosen: dict
    values: dict[str, dict]


class Results(NamedTuple):
    """What the runs of a plan gave; ``failed`` is what was chosen and why there is no result."""

    plan: Plan
    stem: str
    id: str
    readings: list[Reading]
    failed: list[tuple[dict, str]]
    first: dict  # executed notebook of the first run that finished
    read: dict

    @property
    def names(self) -> list[str]:
        """Names of all published values, in their order."""
        return list(dict.fromkeys(name for one in self.readings for name in one.values))


def collect(plan: Plan, jobs: list[Job], kept_runs: store.Store) -> Results:
    """Published values of all runs, from the store."""
    found, failed, first, read = [], [], "", {}
    for run, job in zip(plan.runs, jobs, strict=True):
        kept = job.found(kept_runs)
        if kept.record is None:
            failed.append((plan.chosen(run), _why(job, kept_runs)))
            continue
        values = {value["name"]: value for value in kept.record["published"]}
        found.append(Reading(job.whole, plan.chosen(run), values))
        first, read = first or kept.notebook, read | kept.record["read"]
    stem, notebook = jobs[0].path.stem, as_written(json.loads(first or "{}"))
    return Results(plan, stem, sweep_id(jobs), found, failed, notebook, read)


def _why(job: Job, kept_runs: store.Store) -> str:
    try:
        notebook = kept_runs.folder / "failed" / f"{job.path.stem}-{job.key}.ipynb"
        return not_whole(json.loads(notebook.read_text("utf-8"))) or "it failed"
    except (OSError, ValueError, KeyError):
        return "it was not run"


def is_complete(output: Output, jobs: list[Job], made_from: str) -> bool:
    """Whether a folder holds the results of just these runs: whole, as they were written.

    The page has to be made from the same as it would be now (see :meth:`Output.stamp`). Whatever the runs read beside the tables has to be as it was then.
    """
    if not (output.is_whole(FILES) and output.is_made_from("index.html", made_from)):
        return False
    content = json.loads((output.folder / "sweep.json").read_text("utf-8"))
    return content["id"] == sweep_id(jobs) and not watch.changed(
        content["read"], jobs[0].path.parent
    )


def write_results(
    output: Output, plan: Plan, jobs: list[Job], kept_runs: store.Store, to_page, made_from: str
) -> None:
    """Write ``results.csv`` and ``.parquet`` with their schema, and the page ``index.html``.

    If no run failed, ``sweep.json`` says that they are complete. ``to_page`` makes the page.
    """
    results = collect(plan, jobs, kept_runs)
    rows, schema = table_of(results)
    output.write("results.csv", to_csv(schema, rows))
    output.write("results.schema.json", store.to_json(schema))
    output.write("results.parquet", _parquet(schema, rows))
    if results.readings:
        output.write("index.html", to_page(results))
        output.stamp("index.html", made_from)
    if results.failed:
        output.remove("sweep.json")
    else:
        content = {"id": results.id, "notebook": results.stem, "read": results.read}
        output.write("sweep.json", store.to_json(content))
    output.close()


def table_of(results: Results) -> tuple[list[dict], dict]:
    """One row a run, and the Table Schema of the rows.

    A value that a run did not publish is None. Bounds of intervals are columns of their own, and so
    is a unit that is not the same in all runs.
    """
    rows, columns = [], dict.fromkeys(("run_id", *results.plan.choices), "")
    units = {name: set() for name in results.names}
    for one in results.readings:
        for name, value in one.values.items():
            units[name].add(value["unit"])
    for name in results.names:
        columns[name] = next(iter(units[name])) if len(units[name]) == 1 else ""
        for bound in ("low", "high"):
            if any(one.values.get(name, {}).get(bound) is not None for one in results.readings):
                columns[f"{name}_{bound}"] = columns[name]
        if len(units[name]) > 1:
            columns[f"{name}_unit"] = ""
    for one in results.readings:
        row = {"run_id": one.run_id, **{name: _flat(value) for name, value in one.chosen.items()}}
        for name, value in one.values.items():
            row |= {name: value["value"], f"{name}_unit": value["unit"]}
            row |= {f"{name}_{bound}": value.get(bound) for bound in ("low", "high")}
        rows.append({name: row.get(name) for name in columns})
    fields = [
        {"name": name, "type": _type(row[name] for row in rows), **({"unit": unit} if unit else {})}
        for name, unit in columns.items()
    ]
    for field in fields:
        if field["type"] == "boolean":
            field |= {"trueValues": ["True"], "falseValues": ["False"]}
    return rows, {"fields": fields, "primaryKey": ["run_id"], "missingValues": [""]}


def _type(values) -> str:
    found = [value for value in values if value is not None]
    kinds = set(map(type, found))
    if kinds == {bool}:
        return "boolean"
    if kinds == {int} and max(map(abs, found)) < 2**63:
        return "integer"
    return "number" if float in kinds and kinds <= {int, float} else "string"


def _flat(value):
    return argument(value) if isinstance(value, (list, tuple, dict)) else value


def to_csv(schema: dict, rows: list[dict]) -> str:
    """Rows as CSV, with no text that a spreadsheet would take for a formula."""
    from cstoanalysis.data import spreadsheet_safe

    text = io.StringIO()
    writer = csv.DictWriter(text, [f["name"] for f in schema["fields"]], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: spreadsheet_safe(value) for name, value in row.items()})
    return text.getvalue()


def _parquet(schema: dict, rows: list[dict]) -> bytes:
    """Columns have the types of the schema, and their unit beside."""
    import pyarrow as pa
    from pyarrow import parquet

    types = {"boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64()}
    fields, columns = [], []
    for field in schema["fields"]:
        kind = types.get(field["type"], pa.string())
        values = [row[field["name"]] for row in rows]
        if kind == pa.string():
            values = [None if value is None else str(value) for value in values]
        columns.append(pa.array(values, kind))
        fields.append(pa.field(field["name"], kind, metadata={"unit": field.get("unit", "")}))
    written = io.BytesIO()
    parquet.write_table(pa.table(columns, schema=pa.schema(fields)), written)
    return written.getvalue()
