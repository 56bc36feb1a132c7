"""What a codebook says of a table, and the list of sources of who says so."""

import csv
import re
from collections import defaultdict
from functools import cache
from itertools import islice

import pandas as pd
from markupsafe import Markup

from cstoanalysis.data import load_sources, load_table
from cstoanalysis.descriptor import data_dir, descriptor, table_names
from cstoanalysis.sources import fingerprint, reference
from cstoanalysis.words import names_of_states

_FIRST_ROWS, _CUT = 5, 70  # rows of a table that its codebook shows, characters of a cell
_SEARCHED = 500  # rows of the longest table whose rows are searched
_PLAIN = {"date", "year", "start", "end", "as of", "last day"}  # of what needs no name beside it
_NAMES = {
    "name",
    "instrument",
    "crisis",
    "question",
    "operation",
    "subject",
    "event",
    "capital",
    "leader",
}


def table_of(name: str, entries: list[dict]) -> dict:
    """All that a codebook says of a table, with the pages that use it."""
    users = [(entry, entry["used"][name]) for entry in entries if name in entry["used"]]
    return {**_codebook(name), "users": users}


@cache
def _codebook(name: str) -> dict:
    (resource,) = [r for r in descriptor()["resources"] if r["name"] == name]
    frame, schema = load_table(name), resource["schema"]
    lead, traps = _description(resource["description"], set(frame))
    primary = _listed(schema.get("primaryKey"))
    foreign = {
        field: (key["reference"]["resource"] or name, target)
        for key in schema.get("foreignKeys", [])
        for field, target in zip(
            _listed(key["fields"]), _listed(key["reference"]["fields"]), strict=True
        )
    }
    keys = frame["source_key"] if name != "sources" else frame["source_key"].iloc[:0]
    counts = [(int(rows), str(key)) for key, rows in keys.value_counts().items()]
    with open(data_dir() / resource["path"], encoding="utf-8", newline="") as file:
        _, *first = islice(csv.reader(file), _FIRST_ROWS + 1)
    return {
        **resource,
        "lead": lead,
        "traps": traps,
        "rows": len(frame),
        "bytes": (data_dir() / resource["path"]).stat().st_size,
        "sha256": fingerprint(name),
        "columns": [_column(field, primary, foreign) for field in schema["fields"]],
        "primary": primary,
        "referenced": _referenced(name),
        "used_sources": sorted(counts, key=lambda used: (-used[0], used[1])),
        "first": [[_cut(cell) for cell in row] for row in first],
    }


def rows_of(table: dict) -> list[tuple[str, str]]:
    """Title and text of each row of a table that is no long series, states by their names."""
    if table["rows"] > _SEARCHED or table["name"] == "states":
        return []
    named, found = names_of_states(), []
    for row in load_table(table["name"]).astype("object").map(_whole).to_dict("records"):
        row = {name: named.get(value, value) for name, value in row.items()}
        key = " · ".join(filter(None, (row[name] for name in table["primary"])))
        others = [n for n in row if n != "source_key" and n not in table["primary"]]
        names = [row[n] for n in others if n in _NAMES]
        said = (_said(n, row[n]) for n in others if n not in _NAMES)
        title = f"{', '.join(names)} ({key})" if any(names) else key
        found.append((title, " · ".join(filter(None, said))))
    return found


def _said(name: str, value: str) -> str:
    """A value as it is looked for: a number, a yes or a day says little without its column."""
    if value in ("-", "False"):
        return ""
    name = name.replace("_", " ")
    if value == "True":
        return name
    bare = value.replace(".", "").replace("-", "").isdigit() and name not in _PLAIN
    return f"{name} {value}" if bare else value


def _listed(names: str | list | None) -> list:
    """A descriptor may name one column as text."""
    return [names] if isinstance(names, str) else list(names or [])


def _whole(value) -> str:
    return "" if pd.isna(value) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else text[: _CUT - 1].rstrip() + "…"


def _column(field: dict, primary: list[str], foreign: dict) -> dict:
    rules = field.get("constraints", {})
    low, high = rules.get("minimum"), rules.get("maximum")
    within = [f"from {low}"] * (low is not None) + [f"to {high}"] * (high is not None)
    within = [bound.replace("-", "\N{MINUS SIGN}") for bound in within]
    said = ["required"] * bool(rules.get("required")) + ["unique"] * bool(rules.get("unique"))
    return {
        **field,
        "key": field["name"] in primary,
        "refers": foreign.get(field["name"]),
        "rules": ", ".join([*said, *([" ".join(within)] if within else [])]),
        "choices": [str(choice) for choice in rules.get("enum", [])],
        "pattern": rules.get("pattern", ""),
    }


def variable(column: dict) -> dict:
    """A column in the words of schema.org."""
    said = {
        "name": column["name"],
        "description": column["description"],
        "unitText": column.get("unit"),
    }
    return {"@type": "PropertyValue", **{name: text for name, text in said.items() if text}}


def _description(text: str, columns: set[str]) -> tuple[str, list[str]]:
    """What a row is, and the traps one by one where the description numbers them."""
    lead, cut, traps = text.partition("Traps: ")
    parts = re.split(r"\(\d\d?\) ", traps)  # a year in brackets is no number
    parts = parts[1:] if len(parts) > 2 and not parts[0].strip() else [traps] * bool(cut)
    return lead.strip(), [_sentence(part.strip(), columns) for part in parts]


def _sentence(text: str, columns: set[str]) -> str:
    """With a capital at its start, unless it starts with the name of a column."""
    return text if text.split(" ")[0] in columns else text[:1].upper() + text[1:]


def _referenced(name: str) -> list[tuple[str, str]]:
    """Tables and columns that refer to a table."""
    return [
        (resource["name"], ", ".join(_listed(key["fields"])))
        for resource in descriptor()["resources"]
        for key in resource["schema"].get("foreignKeys", [])
        if key["reference"]["resource"] == name
    ]


def sources_by_author(tables: list[dict], entries: list[dict]) -> list[dict]:
    """All sources by who says so, each with the tables and pages that use it."""
    in_tables, in_pages = defaultdict(list), defaultdict(list)
    for table in tables:
        for rows, key in table["used_sources"]:
            in_tables[key].append((table["name"], rows))
    for entry in entries:
        for key in dict.fromkeys(entry["source_keys"]):
            in_pages[key].append(entry)
    rows = load_sources().astype("object").map(_whole).to_dict("records")
    for row in rows:
        row["head"] = row["author"] or row["publisher"]
        row["reference"] = reference(row | {"accessed": ""}, licence=row["licence"])
        row["tables"] = in_tables[row["source_key"]]
        row["pages"] = in_pages[row["source_key"]]
        first = row["head"].lstrip("«\"'(")[:1].upper()
        row["letter"] = first if "A" <= first <= "Z" else "#"
    return sorted(
        rows, key=lambda r: (r["letter"], r["head"].casefold(), r["year"], r["source_key"])
    )


def linked(text: str) -> Markup:
    """Text of a codebook, with a link on each address and each table whose name is no common word."""
    names = "|".join(re.escape(name) for name in table_names() if "_" in name)
    found = re.compile(rf"\b(?P<table>{names})\b(?!\.csv)|(?P<address>https?://[^\s<>&]+[\w/])")
    written, done = Markup(""), 0
    for match in found.finditer(text):
        written += text[done : match.start()]
        done = match.end()
        if match["table"]:
            written += Markup('<a href="{0}.html"><code>{0}</code></a>').format(match[0])
        else:
            written += Markup('<a href="{0}">{0}</a>').format(match[0])
    return written + text[done:]
