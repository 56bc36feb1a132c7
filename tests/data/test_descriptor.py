"""data/datapackage.json is the one truth about the tables; `csto check` is tested next door."""

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


def test_frictionless_finds_nothing():
    """A second opinion, types, constraints, keys and hashes included."""
    report = frictionless.validate(str(DATA / "datapackage.json"))
    errors = report.flatten(["name", "rowNumber", "fieldName", "message"])
    assert report.valid, errors[:10]


@each_table
def test_says_what_and_under_which_licence(name):
    """Title, description, and a licence with its address: without one a table does not ship."""
    resource = RESOURCES[name]
    assert resource["title"] and len(resource["description"]) > 40
    assert resource["licenses"]
    for licence in resource["licenses"]:
        assert licence["name"] and licence["title"] and licence["path"].startswith("http")


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
