"""data/datapackage.json is the one truth about the tables: held against the files, cell by cell."""

import hashlib
import json
import re

import frictionless
import pandas as pd
import pytest
from conftest import ROOT

DATA = ROOT / "data"
PACKAGE = json.loads((DATA / "datapackage.json").read_text("utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}

each_table = pytest.mark.parametrize("name", RESOURCES)


def read(name: str) -> pd.DataFrame:
    """A table as text, empty cells as empty text."""
    return pd.read_csv(DATA / RESOURCES[name]["path"], dtype=str, keep_default_na=False)


def as_list(key) -> list[str]:
    """A key is one field or a list of fields."""
    return [key] if isinstance(key, str) else list(key)


@pytest.fixture(scope="module")
def report():
    """Validation of the whole package by frictionless, types, constraints and keys included."""
    return frictionless.validate(str(DATA / "datapackage.json"))


def test_frictionless_finds_nothing(report):
    """The same as ``frictionless validate data/datapackage.json``."""
    errors = report.flatten(["name", "rowNumber", "fieldName", "message"])
    assert report.valid, errors[:10]


def test_every_table_is_described():
    """No table lies in data/ that the descriptor does not list, and none is listed twice."""
    listed = [resource["path"] for resource in PACKAGE["resources"]]
    assert len(listed) == len(set(listed))
    assert sorted(path.name for path in DATA.glob("*.csv")) == sorted(listed)


@each_table
def test_size_and_hash(name):
    """If this fails after a change to a table: python data/recipes/refresh.py."""
    content = (DATA / RESOURCES[name]["path"]).read_bytes()
    assert RESOURCES[name]["bytes"] == len(content)
    assert RESOURCES[name]["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


@each_table
def test_utf8_lf_and_no_stray_blanks(name):
    """UTF-8 without byte-order mark, LF, a last line that ends, no blank around a cell."""
    content = (DATA / RESOURCES[name]["path"]).read_bytes()
    assert b"\r" not in content and not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\n") and not content.endswith(b"\n\n")
    content.decode("utf-8")
    table = read(name)
    stray = [column for column in table if (table[column] != table[column].str.strip()).any()]
    assert not stray


@each_table
def test_columns_are_described(name):
    """The file's columns in the descriptor's order, each with type and meaning."""
    fields = RESOURCES[name]["schema"]["fields"]
    assert list(read(name).columns) == [field["name"] for field in fields]
    for field in fields:
        assert field["type"] in {"string", "integer", "number", "boolean"}, field["name"]
        assert len(field["description"]) > 10, field["name"]


@each_table
def test_says_what_and_under_which_licence(name):
    """Title, description, and a licence with its address: without one a table does not ship."""
    resource = RESOURCES[name]
    assert resource["title"] and len(resource["description"]) > 40
    assert resource["licenses"]
    for licence in resource["licenses"]:
        assert licence["name"] and licence["title"] and licence["path"].startswith("http")


@each_table
def test_primary_key_is_unique_and_sorts_the_file(name):
    """Sorted by key, a changed fact is a changed line and nothing else."""
    key = as_list(RESOURCES[name]["schema"]["primaryKey"])
    table = read(name)
    assert not table.duplicated(key).any(), table[table.duplicated(key, keep=False)][key]
    numeric = {
        f["name"] for f in RESOURCES[name]["schema"]["fields"] if f["type"] in ("integer", "number")
    }
    keys = table[key].assign(
        **{column: pd.to_numeric(table[column]) for column in key if column in numeric}
    )
    rows = list(keys.itertuples(index=False, name=None))
    assert rows == sorted(rows), next(
        (a, b) for a, b in zip(rows, sorted(rows), strict=True) if a != b
    )


@each_table
def test_foreign_keys_resolve(name):
    """Every code of a state, organisation or base is one that the table of these knows."""
    table = read(name)
    for key in RESOURCES[name]["schema"].get("foreignKeys", []):
        fields, target = as_list(key["fields"]), key["reference"]
        known = read(target["resource"] or name)[as_list(target["fields"])]
        used = table.loc[(table[fields] != "").all(axis=1), fields]
        missing = set(used.itertuples(index=False, name=None)) - set(
            known.itertuples(index=False, name=None)
        )
        assert not missing, (key, sorted(missing)[:10])


@each_table
def test_every_row_names_a_source_that_exists(name):
    """No row without a source, and no source that nobody can look up."""
    if name == "sources":
        return
    known = set(read("sources")["source_key"])
    used = set(read(name)["source_key"])
    assert used <= known, sorted(used - known)[:10]


def test_every_source_is_used_and_can_be_found():
    """Each source has a title and an address or a publisher; a row rests on it or its note does."""
    sources = read("sources")
    assert (sources["title"] != "").all()
    assert ((sources["url"] != "") | (sources["publisher"] != "")).all()
    tables = [read(name) for name in RESOURCES if name != "sources"]
    used = set().union(*(table["source_key"] for table in tables))
    notes = " ".join(note for table in tables if "note" in table for note in table["note"])
    named = set(re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", notes))
    assert not set(sources["source_key"]) - used - named


@pytest.mark.parametrize(
    "path", sorted(p for p in DATA.glob("*") if p.is_file()), ids=lambda p: p.name
)
def test_nothing_unsourced_and_nothing_that_may_not_be_passed_on(path):
    """No row rests on memory; no table comes from Correlates of War."""
    text = path.read_text("utf-8").lower()
    assert "general " + "knowledge" not in text
    if path.suffix == ".csv":
        assert "correlates of war" not in text and "correlatesofwar" not in text


def test_version_and_coverage():
    """Version of the tables, and the month up to which the event tables were researched."""
    assert PACKAGE["version"] and PACKAGE["coverage_end"]
    assert PACKAGE["licenses"]
