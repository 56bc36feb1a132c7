"""``csto readings``: which ones are run, that values alone are the same values, what is written."""

import itertools
import json
import subprocess

import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import BUILT, console
from nbformat.v4 import new_code_cell
from small import write

from cstoanalysis import cli
from cstoanalysis.pages.reading import page_block
from cstoanalysis.run import sweep
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.execute import execute, jobs_of
from cstoanalysis.run.notebook import not_whole, read_notebook, readings_of, tagged, values_alone

READINGS = 'READINGS = {\n    "kind": ["a", "b"],  # why\n    "strict": [False, True],\n}'
BODY = """\
import cstoanalysis as csto
value = year * 2 + rate + 10 * strict
csto.publish("answer", f"In {year} it was {kind}.")
csto.publish("value", value, "points" if kind == "a" else "marks", low=value - 1, high=value + 1)
csto.publish("finding", not strict, "it is as it was")"""
FIGURE = "open(f'drawn-{kind}-{strict}', 'w').write('x')\nvalue = 0"


@pytest.fixture
def csto(tmp_path, monkeypatch):
    """The command, in a folder with a notebook that draws a figure and declares readings."""
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "n.ipynb", BODY, readings=READINGS)
    notebook = json.loads(path.read_text())
    figure = new_code_cell(FIGURE, metadata={"tags": ["figure"]})
    last = new_code_cell('csto.publish("last", "after the figure")')
    notebook["cells"] += [figure, last]
    path.write_text(json.dumps(notebook))
    return lambda *arguments: CliRunner().invoke(cli.main, list(arguments))


# --- which ones ----------------------------------------------------------------------------------
def test_all_combinations_each_by_what_it_changes():
    plan = sweep.readings({"a": 1, "b": "x", "c": 0}, {"a": [1, 2], "b": ["x", "y", "z"]}, {})
    assert plan.runs == [
        {},
        {"b": "y"},
        {"b": "z"},
        {"a": 2},
        {"a": 2, "b": "y"},
        {"a": 2, "b": "z"},
    ]
    assert plan.in_words() == "all 6 combinations"


def test_the_default_is_a_reading_and_a_fixed_value_no_choice():
    plan = sweep.readings({"a": 1, "b": "x", "c": 0}, {"a": [2, 3], "b": ["y"]}, {"b": "y", "c": 5})
    assert plan.axes == {"a": [2, 3, 1]}
    assert [plan.chosen(run) for run in plan.runs] == [
        {"b": "y", "c": 5, "a": a} for a in (2, 3, 1)
    ]


def test_true_is_another_value_than_one():
    plan = sweep.readings({"a": 1}, {"a": [True, 1, 1.0]}, {})
    assert list(map(repr, plan.axes["a"])) == ["True", "1", "1.0"]
    assert plan.runs == [{"a": True}, {}, {"a": 1.0}]


def test_beyond_the_most_single_changes_pairs_and_a_sample():
    """Three values of each of five choices: 1 + 10 + 40 and 49 of the 192 that change more."""
    axes = {name: [0, 1, 2] for name in "abcde"}
    plan = sweep.readings(dict.fromkeys(axes, 0), axes, {}, most=100)
    sizes = [len(run) for run in plan.runs]
    assert sizes[:51] == [0] + [1] * 10 + [2] * 40 and min(sizes[51:]) == 3
    pairs = set(itertools.combinations(axes, 2))
    assert {tuple(run) for run in plan.runs if len(run) == 2} == pairs
    assert len({json.dumps(run, sort_keys=True) for run in plan.runs}) == len(plan.runs) == 100
    assert plan == sweep.readings(dict.fromkeys(axes, 0), axes, {}, most=100)
    assert "100 of 243 combinations" in plan.in_words()


@pytest.mark.parametrize("most", [1, 5, 11, 30])
def test_the_most_is_never_passed(most):
    axes = {name: [0, 1, 2] for name in "abcde"}
    runs = sweep.readings(dict.fromkeys(axes, 0), axes, {}, most=most).runs
    assert len(runs) == most and runs[0] == {}


@pytest.mark.parametrize(
    "source",
    [
        "READINGS = 1",
        "READINGS = {'a': 1}",
        "READINGS = {'a': []}",
        "READINGS = f()",
        "R = {}",
        "x =",
    ],
)
def test_a_cell_that_declares_nothing_is_refused(source):
    cell = {"cell_type": "code", "metadata": {"tags": ["readings"]}, "source": source}
    with pytest.raises(ParameterError, match="readings"):
        readings_of({"cells": [cell]})


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ('READINGS = {"knid": ["a"]}', "READINGS names knid, which is no parameter"),
        ('READINGS = {"year": [1992, "x"]}', "not of type int"),
        ("", "declares no readings"),
    ],
)
def test_wrong_readings_are_refused_in_one_line(tmp_path, monkeypatch, readings, words):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "n.ipynb", readings=readings)
    refused = CliRunner().invoke(cli.main, ["readings", "n.ipynb"])
    assert refused.exit_code == 2 and words in refused.output
    assert not (tmp_path / "build").exists()


# --- values alone --------------------------------------------------------------------------------
def test_figures_are_skipped_and_the_rest_is_run(csto, tmp_path):
    run = csto("readings", "n.ipynb")
    assert run.exit_code == 0, run.output
    assert not list(tmp_path.glob("drawn*"))
    (folder,) = (tmp_path / "build" / "readings").iterdir()
    table = pd.read_csv(folder / "results.csv")
    assert table["strict"].tolist() == [False, True] * 2
    assert table["value"].tolist() == [3984.5, 3994.5] * 2
    assert table["value_unit"].tolist() == ["points", "points", "marks", "marks"]
    assert table["value_low"].tolist() == [3983.5, 3993.5] * 2
    assert set(table["last"]) == {"after the figure"}


def test_a_run_for_values_is_never_a_page_and_a_whole_one_gives_values(csto, tmp_path):
    csto("readings", "n.ipynb", "-p", "strict=false", "-p", "kind=a", "--most", "1")
    assert csto("readings", "n.ipynb", "-p", "strict=false").exit_code == 0
    assert csto("run", "n.ipynb", "-p", "kind=b").exit_code == 0
    assert (tmp_path / "drawn-b-False").exists()  # run again, with its figure
    csto("run", "n.ipynb", "-p", "kind=b", "-p", "strict=true")
    again = csto("readings", "n.ipynb")
    assert "4 done, 3 of them from the store" in again.output
    (alone,) = jobs_of(tmp_path / "n.ipynb", [{}], figures=False)
    (whole,) = jobs_of(tmp_path / "n.ipynb", [{}])
    assert alone.whole == whole.key != alone.key
    notebook = {**read_notebook(tmp_path / "n.ipynb")}
    notebook["cells"] = [{**c, "outputs": []} for c in values_alone(notebook)["cells"]]
    assert "its figures were not drawn" in not_whole(notebook)


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_values_alone_are_those_of_the_page(path, pages):
    """Of each notebook: what it publishes does not hang on what it draws."""
    if not tagged(read_notebook(path), "figure"):
        pytest.skip("it tags no figure: a run for its values is a run")
    (job,) = jobs_of(path, [{}], figures=False)
    found = execute(job)
    assert not found["error"]
    said = page_block((pages / f"{path.stem}.html").read_text("utf-8"))
    published = {value["name"]: value for value in found["published"]}
    answer = published.pop("answer", {"value": ""})["value"]
    assert answer == said["answer"]
    assert published == {value["name"]: value for value in said["published"]}


# --- what is said and written --------------------------------------------------------------------
def test_a_dry_run_says_what_and_runs_nothing(csto, tmp_path):
    said = csto("readings", "n.ipynb", "--dry-run")
    assert said.exit_code == 0 and not (tmp_path / "build").exists()
    assert "kind: a, b" in said.output and "4 of them not in the store" in said.output
    csto("run", "n.ipynb")
    said = csto("sweep", "n.ipynb", "-p", "year=1992:1999", "--dry-run")
    assert "8 runs" in said.output and "7 of them not in the store" in said.output
    assert "About" in said.output


def test_runs_lists_what_is_kept(csto):
    csto("run", "n.ipynb", "-p", "kind=b", "-p", "strict=true")
    (line, place) = csto("runs").output.splitlines()
    assert line.endswith("n kind=b strict=true") and "build/runs" in place
    assert csto("runs", "00").output.splitlines() == [place]


def test_a_page_of_runs_that_were_listed_says_which_and_can_be_verified(csto, tmp_path):
    """Each run by the places of its values: ten thousand of them fit on a page."""
    runs = [{"kind": "b", "year": 1995}, {"strict": True, "year": 1993}, {"kind": "b", "rate": 1.5}]
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    swept = csto("sweep", "n.ipynb", "-f", "runs.json", "-o", "out")
    assert swept.exit_code == 0, swept.output
    said = page_block((tmp_path / "out" / "index.html").read_text("utf-8"))["readings"]
    year = [said["choices"]["year"][at] for at in said["runs"]["year"]]
    assert year[:2] == [1995, 1993] and len(said["runs"]["kind"]) == 3
    verified = csto("verify", "out/index.html", "--notebook", "n.ipynb")
    assert verified.output == "out/index.html: identical\n"
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    torn = page.replace('"kind":[0,1,0]', '"kind":[0,9,0]')
    assert torn != page
    (tmp_path / "torn.html").write_text(torn, "utf-8")
    refused = csto("verify", "torn.html", "--notebook", "n.ipynb")
    assert refused.exit_code == 1 and "It cannot be made again here" in refused.output


def test_the_schema_says_types_and_units_and_frictionless_agrees(csto, tmp_path):
    csto("readings", "n.ipynb")
    (folder,) = (tmp_path / "build" / "readings").iterdir()
    words = ["-m", "frictionless", "validate", "results.csv", "--schema", "results.schema.json"]
    judged = subprocess.run(
        [console("python"), *words, "--json"], cwd=folder, capture_output=True, text=True
    )
    report = json.loads(judged.stdout)
    assert report["valid"], judged.stdout
    fields = json.loads((folder / "results.schema.json").read_text())["fields"]
    types = {field["name"]: field["type"] for field in fields}
    assert types["finding"] == types["strict"] == "boolean" and types["value"] == "number"
