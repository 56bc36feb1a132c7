"""`csto check`: whatever is wrong with a table is found, with its line, column and value."""

import csv
import json
import os
import shutil
import subprocess

import pandas as pd
import pytest
from conftest import ROOT, console

import cstoanalysis as csto
from cstoanalysis import data as loaders
from cstoanalysis.rules import RULES
from cstoanalysis.validate import DATE, Table, read, validate

DATA = ROOT / "data"
PACKAGE = json.loads((DATA / "datapackage.json").read_text("utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}


def test_nothing_is_wrong_with_the_tables():
    assert validate() == []


def test_a_table_is_read_again_when_it_has_changed_and_given_out_unchanged(tmp_path, monkeypatch):
    folder = shutil.copytree(DATA, tmp_path / "data")
    monkeypatch.setattr("cstoanalysis.data.data_dir", lambda: folder)
    first = csto.load_table("organisations")
    as_it_was = first.copy()
    first["name"].array[2] = first["name"].array[1]  # past what pandas copies on writing
    first.loc[0, "name"] = first["name"].array[1]
    first["new"] = 1
    first.attrs["about"] = "mine"
    csto.load_table("organisations")["name"].to_numpy()[0] = "mine"
    again = csto.load_table("organisations")
    pd.testing.assert_frame_equal(again, as_it_was)
    assert again.attrs == as_it_was.attrs
    path = tmp_path / "data" / "organisations.csv"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    assert len(csto.load_table("organisations")) == len(again) - 1


# --- one table, one damage -----------------------------------------------------------------------
def column_of_a_date(schema):
    fields = schema["fields"]
    dates = [f["name"] for f in fields if f.get("constraints", {}).get("pattern") == DATE]
    years = [f["name"] for f in fields if f["name"] == "year" and f["type"] == "integer"]
    return next(iter(dates + years), None)


def column_of(schema, target):
    keys = [k for k in schema.get("foreignKeys", []) if k["reference"]["resource"] == target]
    return keys[0]["fields"][0] if keys else None


DAMAGES = {  # name -> column of a table and the value that is put there; None where there is none
    "bad date": lambda schema: (column_of_a_date(schema), "2010-13"),
    "unknown state": lambda schema: (column_of(schema, "states"), "XXX"),
    "missing source": lambda schema: (column_of(schema, "sources"), ""),
    "unknown key": lambda schema: (column_of(schema, "sources"), "nobody_2099"),
    "duplicate key": lambda schema: (schema["primaryKey"][-1], None),
    "stray column": lambda schema: ("stray", None),
}
CASES = [
    (name, damage, *change(resource["schema"]))
    for name, resource in RESOURCES.items()
    for damage, change in DAMAGES.items()
    if change(resource["schema"])[0]
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the tables."""
    return shutil.copytree(DATA, tmp_path_factory.mktemp("tables") / "data")


def damage_table(path, damage: str, column: str, value: str | None) -> int:
    """Damage the last row of a table that has something in the column; the line that is damaged."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    line = len(rows) + 1
    if damage == "duplicate key":
        rows.append(rows[-1])
        line += 1
    elif damage == "stray column":
        head, rows, line = [*head, column], [[*row, "x"] for row in rows], 1
    else:
        at = head.index(column)
        last = max((n for n, row in enumerate(rows) if row[at]), default=len(rows) - 1)
        rows[last][at], line = value, last + 2
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return line


@pytest.mark.parametrize(
    ("name", "damage", "column", "value"), CASES, ids=[f"{name}-{kind}" for name, kind, *_ in CASES]
)
def test_each_damage_to_each_table_is_found(folder, name, damage, column, value):
    path = folder / RESOURCES[name]["path"]
    line = damage_table(path, damage, column, value)
    try:
        found = validate(folder, only=[name])
    finally:
        shutil.copyfile(DATA / path.name, path)
    assert (name, line, column) in {(fault.table, fault.line, fault.column) for fault in found}
    assert all("\n" not in str(fault) and path.name in str(fault) for fault in found)
    assert any("refresh.py" in fault.wrong for fault in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "\ufeff" + text, "no plain UTF-8"),
        (lambda text: text.replace("\n", "\r\n"), "no plain UTF-8"),
        (lambda text: text.rstrip("\n"), "no plain UTF-8"),
        (lambda text: text + "SVK\n", "organisations.csv, line 26: has 1 cells, the head has 9."),
        (lambda text: text.replace("founded,ended", "ended,founded", 1), "in another order"),
        (lambda text: text.replace("NATO,", "NATO ,", 1), "has a blank around it"),
        (lambda text: text.replace("\nNATO,", "\nZZZ,", 1), "is not sorted by its key"),
    ],
)
def test_a_file_is_plain_text_in_order(folder, change, words):
    path = folder / "organisations.csv"
    text = path.read_text("utf-8")
    path.write_bytes(change(text).encode())
    try:
        found = validate(folder, only=["organisations"], whole=False)
    finally:
        shutil.copyfile(DATA / path.name, path)
    words = words.replace("26", str(len(text.splitlines()) + 1))
    assert any(words in str(fault) for fault in found), found


def changed(place: str, value=None) -> str:
    """The descriptor with another value at a place, or without what stands there."""
    package = json.loads((DATA / "datapackage.json").read_text("utf-8"))
    *steps, last = (int(step) if step.isdigit() else step for step in place.split("/"))
    within = package
    for step in steps:
        within = within[step]
    if value is None:
        del within[last]
    else:
        within[last] = value
    return json.dumps(package)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Expecting property name"),
        ("[" * 100_000, "recursion"),
        ("\ud800", "can't decode"),
        ("null", "must be object"),
        (changed("resources"), "must contain ['resources']"),
        (changed("version"), "must contain ['version']"),
        (changed("resources/0", "states"), "resources[0] must be object"),
        (changed("resources/0/name"), "resources[0] must contain ['name']"),
        (changed("resources/0/schema/fields", "x"), "resources[0].schema.fields must be array"),
        (changed("resources/0/schema/fields/0/type", "int"), "type must be one of"),
        (changed("resources/0/schema/fields/0/constraints", "x"), "constraints must be object"),
        (changed("resources/0/schema/primaryKey"), "must contain ['primaryKey']"),
        (
            changed("resources/0/schema/foreignKeys", [{"fields": "x"}]),
            "must contain ['reference']",
        ),
        (changed("resources/0/schema/primaryKey", ["nobody"]), "nobody: is part of a key"),
    ],
)
def test_a_descriptor_that_cannot_be_read_is_one_fault(folder, text, words):
    path = folder / "datapackage.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        (fault,) = validate(folder)
    finally:
        shutil.copyfile(DATA / path.name, path)
    assert words in str(fault) and "\n" not in str(fault)


def test_every_table_can_be_damaged_in_three_ways_at_least():
    kinds = [name for name, *_ in CASES]
    assert all(kinds.count(name) >= (2 if name == "sources" else 3) for name in RESOURCES)


# --- rules between tables ------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tables():
    return {name: read(DATA, resource)[0] for name, resource in RESOURCES.items()}


@pytest.mark.parametrize(
    ("name", "where", "change", "words"),
    [
        ("bases", "host_iso3 == 'KGZ'", {"closed": "1950"}, "does not lie after opened"),
        ("bases", "host_iso3 == 'ARM'", {"host_iso3": "RUS"}, "is the operator itself"),
        ("bases", "host_iso3 == 'ARM'", {"host_iso3": "DDR"}, "did not exist then"),
        ("bases", "status == 'closed'", {"closed": ""}, "does not go with closed"),
        ("alliance_dyads", "iso3_2 == 'RUS'", {"iso3_2": "AAA"}, "in the alphabet"),
        ("capacity", "value_low != ''", {"value_high": "0"}, "lies below value_low"),
        ("membership_spells", "iso3 == 'DDR'", {"end": ""}, "did not exist then"),
        (
            "membership_spells",
            "organisation == 'CSTO' and entry_mode == 'return'",
            {"start": "1996"},
            "lies in another spell",
        ),
        ("membership_spells", "status == 'frozen'", {"start": "1950"}, "over no member"),
        ("membership_spells", "exit_mode == 'withdrawal'", {"exit_mode": ""}, "both or neither"),
        ("membership_spells", "organisation == 'WTO'", {"end": "1999"}, "end of the organisation"),
        (
            "membership_spells",
            "organisation == 'CSTO' and iso3 == 'AZE'",
            {"start": "1993-09-25"},
            "is the date of no act",
        ),
        (
            "meetings",
            "organisation == 'CSTO' and absent != '' and date > '2015'",
            {"absent": "UZB"},
            "no member on that day",
        ),
        ("exercises", "status == 'held'", {"status": "cancelled"}, "was not held"),
        (
            "exercise_participants",
            "role == 'absent'",
            {"iso3": "USA", "note": ""},
            "no member of the CSTO",
        ),
        ("exercise_participants", "role == 'host'", {"role": "participant"}, "is no host"),
    ],
)
def test_each_rule_between_rows_and_tables_finds_what_breaks_it(tables, name, where, change, words):
    frame = tables[name].frame.copy()
    row = frame.query(where).index[0]
    for column, value in change.items():
        frame.loc[row, column] = value
    damaged = {**tables, name: Table(name, tables[name].schema, frame, tables[name].lines)}
    found = [
        str(fault)
        for rule, names in RULES
        if name in names
        for fault in rule(*(damaged[other] for other in names))
    ]
    assert any(words in text for text in found), found


# --- the commands, and the loaders ---------------------------------------------------------------
def test_the_commands_say_what_is_wrong_and_build_nothing(folder, tmp_path):
    """Two tables are damaged; both are named, and no page is made of them."""
    changed = [("bases", "bad date", "opened", "2010-13"), ("leaders", "unknown", "iso3", "XXX")]
    lines = [damage_table(folder / f"{name}.csv", *rest) for name, *rest in changed]
    environment = {**os.environ, "CSTO_DATA": str(folder)}

    def said(*arguments):
        command = [console("csto"), *arguments]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert run.returncode == 1
        return run.stderr

    try:
        for text in (said("check"), said("html", "00_start_here")):
            assert (
                f"bases.csv, line {lines[0]}, opened = '2010-13': is not in the calendar." in text
            )
            assert f"leaders.csv, line {lines[1]}, iso3 = 'XXX': is not in states." in text
        assert not list(tmp_path.iterdir())
    finally:
        for name, *_ in changed:
            shutil.copyfile(DATA / f"{name}.csv", folder / f"{name}.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "No datapackage.json in"), ("{", "datapackage.json cannot be read: ")],
    ids=["no tables", "no descriptor"],
)
@pytest.mark.parametrize("command", ["check", "data", "html 00_start_here", "run 00_start_here"])
def test_without_a_descriptor_each_command_says_so_in_one_line(tmp_path, command, text, words):
    if text:
        (tmp_path / "datapackage.json").write_text(text, "utf-8")
    before = [*tmp_path.iterdir()]
    environment = {**os.environ, "CSTO_DATA": str(tmp_path)}
    full = [console("csto"), *command.split()]
    run = subprocess.run(full, cwd=tmp_path, env=environment, capture_output=True, text=True)
    said = run.stderr.replace("datapackage.json: cannot", "datapackage.json cannot")
    assert run.returncode and words in said and said.count("\n") == 1
    assert [*tmp_path.iterdir()] == before


@pytest.mark.parametrize(
    ("name", "column", "value", "words"),
    [
        ("capacity", "value", "many", "is not of type number"),
        ("capacity", "year", "2010.5", "is not of type integer"),
        ("alliance_spells", "censored", "maybe", "is not of type boolean"),
        ("membership_spells", "status", "membre", "is none of member, frozen"),
        ("membership_spells", "source_key", "", "is empty"),
        ("bases", "opened", "May 1993", "is no date YYYY"),
        ("milex", "value", "nan", "is not of type number"),
        ("milex", "value", "1e999", "is not of type number"),
    ],
)
def test_a_broken_row_is_never_loaded(folder, monkeypatch, name, column, value, words):
    path = folder / f"{name}.csv"
    line = damage_table(path, "", column, value)
    monkeypatch.setattr(loaders, "data_dir", lambda: folder)
    try:
        with pytest.raises(ValueError, match=f"line {line}, {column} = ") as error:
            csto.load_table(name)
    finally:
        shutil.copyfile(DATA / path.name, path)
    assert words in str(error.value)
