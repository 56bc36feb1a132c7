"""A sweep: one notebook with many values; one table and one page of what it published."""

import csv
import hashlib
import io
import json

from cstoanalysis.run import store, watch
from cstoanalysis.run.execute import Job
from cstoanalysis.run.output import Output
from cstoanalysis.run.parameters import argument
from cstoanalysis.run.signature import parameters_of

FILES = ("results.csv", "results.parquet", "index.html", "sweep.json")


def sweep_id(jobs: list[Job]) -> str:
    """Sixteen hexadecimal digits that stand for all runs of a sweep, in their order."""
    return hashlib.sha256("".join(job.key for job in jobs).encode()).hexdigest()[:16]


def is_complete(output: Output, jobs: list[Job]) -> bool:
    """Whether a folder holds the results of just this sweep: whole, as they were written.

    Whatever the runs read beside the tables has to be as it was then.
    """
    if not output.is_whole(FILES):
        return False
    content = json.loads((output.folder / "sweep.json").read_text("utf-8"))
    return content["id"] == sweep_id(jobs) and not watch.changed(
        content["read"], jobs[0].path.parent
    )


def write_results(output: Output, jobs: list[Job], kept_runs: store.Store, to_page) -> list[dict]:
    """Write ``results.csv``, ``results.parquet``, ``index.html`` and, if no run failed, ``sweep.json``.

    Parameters
    ----------
    output : Output
        Folder for them.
    jobs : list of Job
        All runs of the sweep.
    kept_runs : Store
        Where the finished ones are.
    to_page : function of stem, rows, units and number of failed runs
        Makes the page.

    Returns
    -------
    list of dict
        One row a run that finished, in the order of the jobs: ``run_id``, the parameters given,
        the published values. A value that a run did not publish is None.
    """
    records = [(job, kept_runs.find(job.key).record) for job in jobs]
    found = [(job, record) for job, record in records if record]
    units = {v["name"]: v["unit"] for _, record in found for v in record["published"]}
    names = list(dict.fromkeys(name for job in jobs for name in job.values))
    defaults = (
        {name: p.default for name, p in parameters_of(jobs[0].source).items()} if names else {}
    )
    rows = []
    for job, record in found:
        values = {value["name"]: value["value"] for value in record["published"]}
        given = {name: _flat(job.values.get(name, defaults.get(name))) for name in names}
        rows.append({"run_id": job.key, **given, **{name: values.get(name) for name in units}})
    columns = ["run_id", *names, *units]
    output.write("results.csv", _csv(columns, rows))
    output.write("results.parquet", _parquet(columns, rows))
    output.write("index.html", to_page(jobs[0].path.stem, rows, units, len(jobs) - len(rows)))
    if len(rows) == len(jobs):
        content = {"id": sweep_id(jobs), "notebook": jobs[0].path.stem, "units": units}
        content["runs"] = [job.key for job in jobs]
        content["read"] = {k: v for _, record in found for k, v in record["read"].items()}
        output.write("sweep.json", store.to_json(content))
    else:
        output.remove("sweep.json")
    output.close()
    return rows


def _flat(value):
    return argument(value) if isinstance(value, (list, tuple, dict)) else value


def _csv(columns: list[str], rows: list[dict]) -> str:
    from cstoanalysis.data import spreadsheet_safe

    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: spreadsheet_safe(value) for name, value in row.items()})
    return text.getvalue()


def _parquet(columns: list[str], rows: list[dict]) -> bytes:
    """Types are those of the values; a column in which numbers and texts meet becomes text."""
    import pyarrow as pa
    from pyarrow import parquet

    table = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        try:
            table[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            table[name] = pa.array([None if value is None else str(value) for value in values])
    written = io.BytesIO()
    parquet.write_table(pa.table(table), written)
    return written.getvalue()
