"""Hold the tables against their descriptor and against each other: what is wrong, and in which line.

frictionless does the first half as well, and a test compares the two; it takes a minute where this
takes seconds, and it knows nothing of partial dates, sort order, spells and states' lives.
"""

import csv
import hashlib
import io
import itertools
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import fastjsonschema
import pandas as pd

from cstoanalysis.dates import earliest
from cstoanalysis.descriptor import data_dir

DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
_TYPES = {
    "integer": r"[+-]?\d+",
    "number": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
    "boolean": "true|false",
    "string": "(?s:.*)",
}
_TEXTS = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}


def _mapping(**properties) -> dict:
    return {"type": "object", "required": [*properties], "properties": properties}


_TEXT = {"type": "string", "minLength": 1}
_RULES = {"type": "object", "properties": {"enum": {"type": "array"}, "pattern": _TEXT}}
_FIELD = _mapping(name=_TEXT, type={"enum": [*_TYPES]}, description=_TEXT)
_FIELD["properties"]["constraints"] = _RULES
_FOREIGN = _mapping(fields=_TEXTS, reference=_mapping(resource={"type": "string"}, fields=_TEXTS))
_SCHEMA = _mapping(fields={"type": "array", "items": _FIELD, "minItems": 1}, primaryKey=_TEXTS)
_SCHEMA["properties"]["foreignKeys"] = {"type": "array", "items": _FOREIGN}
_RESOURCE = _mapping(name=_TEXT, path=_TEXT, schema=_SCHEMA)
# What the descriptor has to be before it can be read at all, as JSON Schema.
_PACKAGE = _mapping(
    version=_TEXT, coverage_end=_TEXT, resources={"type": "array", "items": _RESOURCE}
)


class Fault(NamedTuple):
    """One thing that is wrong: where, with which value, and how."""

    table: str
    line: int | None
    column: str
    value: str
    wrong: str

    def __str__(self) -> str:
        place = self.table if "." in self.table else f"{self.table}.csv"
        place += f", line {self.line}" if self.line else ""
        place += f", {self.column}" if self.column else ""
        value = f" = {self.value!r}" if self.line and self.column else ""
        return f"{place}{value}: {self.wrong}."


class Table(NamedTuple):
    """A table as text, with the number of the line in which each row stands."""

    name: str
    schema: dict
    frame: pd.DataFrame
    lines: list[int]

    def faults(self, wrong_rows, column: str, wrong: str) -> Iterator[Fault]:
        """Faults of the rows that are marked."""
        for n in (n for n, is_wrong in enumerate(wrong_rows) if is_wrong):
            value = self.frame[column].iat[n] if column in self.frame else ""
            yield Fault(self.name, self.lines[n], column, value, wrong)


def validate(folder: Path | None = None, only=None, whole: bool = True) -> list[Fault]:
    """All that is wrong with the tables.

    Parameters
    ----------
    folder : Path, optional
        Where they are; by default where :func:`cstoanalysis.data_dir` says.
    only : list of str, optional
        Names of the tables to look at; the rules between tables are left out then.
    whole : bool
        Whether the tables have to be the collection's: sizes and hashes those of the descriptor,
        and every rule between tables kept. Without it a changed fact is no fault, a broken row is.
    """
    from cstoanalysis.rules import RULES

    folder = folder or data_dir()
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        fastjsonschema.validate(_PACKAGE, package)
    except (ValueError, RecursionError) as problem:  # no JSON, or of another form
        wrong = str(problem).removeprefix("data").lstrip(". ")
        return [Fault("datapackage.json", None, "", "", f"cannot be read: {wrong}")]
    resources = {resource["name"]: resource for resource in package["resources"]}
    if faults := list(_of_keys(resources)):
        return faults
    faults = [] if only else list(_of_descriptor(folder, package))
    needed = _with_targets(resources, only or list(resources))
    tables, broken = {}, set()
    for name in needed:
        tables[name], found = read(folder, resources[name], whole)
        if name in (only or needed):
            faults += found
    for name in only or list(resources):
        found = list(of_table(tables[name])) + list(_of_foreign_keys(tables, name))
        faults += found
        broken |= {fault.table for fault in faults if fault.line or fault.column}
    if whole and not only:
        for rule, names in RULES:
            if not broken & set(names) and set(names) <= set(tables):
                faults += rule(*(tables[name] for name in names))
    return list(dict.fromkeys(faults))


def read(folder: Path, resource: dict, fingerprints: bool = False) -> tuple[Table, list[Fault]]:
    """A table as text, and what is wrong with its file."""
    name, fields = resource["name"], [field["name"] for field in resource["schema"]["fields"]]
    empty = Table(name, resource["schema"], pd.DataFrame(columns=fields, dtype="object"), [])
    faults = []

    def fault(wrong: str, line=None, column="", value="") -> None:
        faults.append(Fault(name, line, column, value, wrong))

    try:
        content = (folder / resource["path"]).read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        fault(f"cannot be read: {problem}")
        return empty, faults
    if fingerprints and resource.get("hash") != f"sha256:{hashlib.sha256(content).hexdigest()}":
        fault("is not what the descriptor says: python data/recipes/refresh.py, if that is meant")
    if fingerprints and resource.get("bytes") != len(content):
        fault(f"has {len(content)} bytes, the descriptor says {resource.get('bytes')}")
    if text.startswith("\ufeff") or "\r" in text or not text.endswith("\n"):
        fault("is no plain UTF-8 with LF at the end of each line")
    rows, lines = [], []
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    header = next(reader, [])
    for column in header:
        if column not in fields:
            fault("is a column that the descriptor does not know", 1, column, column)
    if set(fields) <= set(header) and header != fields and len(header) == len(fields):
        fault(f"has its columns in another order than the descriptor: {', '.join(fields)}", 1)
    for column in fields:
        if column not in header:
            fault("is a column that is missing", 1, column)
    last = 1
    try:
        for row in reader:
            line, last = last + 1, reader.line_num
            if len(row) == len(header):
                rows.append(row)
                lines.append(line)
            else:
                fault(f"has {len(row)} cells, the head has {len(header)}", line)
    except csv.Error as problem:
        fault(f"cannot be read: {problem}", last + 1)
    if len(set(header)) < len(header):
        fault("names a column twice", 1)
        return empty, faults
    frame = pd.DataFrame(rows, columns=header, dtype="object").reindex(
        columns=fields, fill_value=""
    )
    return Table(name, resource["schema"], frame, lines), faults


def of_table(table: Table) -> Iterator[Fault]:
    """What is wrong with a table by itself: its cells, its key, its order."""
    for field in table.schema["fields"]:
        yield from _of_column(table, field)
    key = _listed(table.schema["primaryKey"])
    twice = table.frame.duplicated(key)
    yield from table.faults(twice, key[-1], f"is a second row of one key ({', '.join(key)})")
    numeric = {f["name"] for f in table.schema["fields"] if f["type"] in ("integer", "number")}
    columns = [
        pd.to_numeric(table.frame[c], errors="coerce") if c in numeric else table.frame[c]
        for c in key
    ]
    rows = list(zip(*columns, strict=True))
    falls = (n for n in range(1, len(rows)) if rows[n] < rows[n - 1])
    for n in itertools.islice(falls, 1):
        wrong = f"the table is not sorted by its key ({', '.join(key)}) from here"
        yield Fault(table.name, table.lines[n], key[0], table.frame[key[0]].iat[n], wrong)


def _of_column(table: Table, field: dict) -> Iterator[Fault]:
    """What is wrong with the cells of a column; each different value is looked at once."""
    name, kind, rules = field["name"], field["type"], field.get("constraints", {})
    cells = table.frame[name].tolist()
    wrong = {value: _wrong(value, kind, rules) for value in dict.fromkeys(cells)}
    wrong[""] = "is empty" if rules.get("required") else ""
    for n, value in enumerate(cells):
        if wrong[value]:
            yield Fault(table.name, table.lines[n], name, value, wrong[value])
    if rules.get("unique"):
        twice = table.frame[name].duplicated() & (table.frame[name] != "")
        yield from table.faults(twice, name, "stands in two rows and may in one")


def _wrong(value: str, kind: str, rules: dict) -> str:
    """What is wrong with a value; empty if nothing is."""
    if value != value.strip():
        return "has a blank around it"
    if not re.fullmatch(_TYPES[kind], value) or (kind == "number" and math.isinf(float(value))):
        return f"is not of type {kind}"
    if "enum" in rules and value not in map(str, rules["enum"]):
        return f"is none of {', '.join(map(str, rules['enum']))}"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        return (
            "is no date YYYY, YYYY-MM or YYYY-MM-DD"
            if rules["pattern"] == DATE
            else (f"is not of the form {rules['pattern']}")
        )
    if rules.get("pattern") == DATE:
        try:
            earliest(value)
        except ValueError:
            return "is not in the calendar"
    if "minimum" in rules and float(value) < rules["minimum"]:
        return f"is below {rules['minimum']}"
    if "maximum" in rules and float(value) > rules["maximum"]:
        return f"is above {rules['maximum']}"
    return ""


def _of_foreign_keys(tables: dict[str, Table], name: str) -> Iterator[Fault]:
    """Codes that the table which explains them does not know."""
    table = tables[name]
    for key in table.schema.get("foreignKeys", []):
        columns, target = _listed(key["fields"]), key["reference"]
        other = tables[target["resource"] or name].frame[_listed(target["fields"])]
        known = set(other.itertuples(index=False, name=None))
        used = list(table.frame[columns].itertuples(index=False, name=None))
        unknown = [all(row) and row not in known for row in used]
        yield from table.faults(unknown, columns[0], f"is not in {target['resource'] or name}")


def _of_descriptor(folder: Path, package: dict) -> Iterator[Fault]:
    """What is wrong with datapackage.json itself."""
    listed = [resource["path"] for resource in package["resources"]]
    for path in sorted(folder.glob("*.csv")):
        if path.name not in listed:
            yield Fault(path.stem, None, "", "", "is not in datapackage.json")
    for resource in package["resources"]:
        name = resource["name"]
        for part in ("title", "description", "licenses", "sources", "coverage"):
            if not resource.get(part):
                yield Fault(name, None, "", "", f"has no {part} in datapackage.json")


def _of_keys(resources: dict) -> Iterator[Fault]:
    """Keys that name no column of their table, or of the one that they lead to."""
    columns = {n: {f["name"] for f in r["schema"]["fields"]} for n, r in resources.items()}
    for name, resource in resources.items():
        foreign = resource["schema"].get("foreignKeys", [])
        keys = [(name, resource["schema"]["primaryKey"])]
        keys += [(name, key["fields"]) for key in foreign]
        targets = [key["reference"] for key in foreign]
        keys += [(target["resource"] or name, target["fields"]) for target in targets]
        for table, key in keys:
            for column in _listed(key):
                if column not in columns.get(table, ()):
                    yield Fault(table, None, column, "", "is part of a key and no column")


def _with_targets(resources: dict, names: list[str]) -> list[str]:
    """Tables and those that their keys lead to."""
    targets = {
        key["reference"]["resource"]
        for name in names
        for key in resources[name]["schema"].get("foreignKeys", [])
    }
    return [name for name in resources if name in names or name in targets]


def _listed(key) -> list[str]:
    """A key is one field or a list of fields."""
    return [key] if isinstance(key, str) else list(key)
