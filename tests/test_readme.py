"""The README says what is there: notebooks with their parameters, tables, links, the figure's numbers."""

import re

import papermill
import pytest
from conftest import BUILT, ROOT

import cstoanalysis as csto

README = (ROOT / "README.md").read_text("utf-8")
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@pytest.mark.parametrize("path", BUILT, ids=lambda p: p.stem)
def test_its_table_gives_each_notebook_with_its_parameters_and_tables(path):
    line = next(
        line for line in README.splitlines() if f"(notebooks/{path.name})" in line and "|" in line
    )
    question, _, parameters, tables = (cell.strip() for cell in line.strip("|").split("|"))
    assert question.endswith("?")
    assert re.findall(r"`(\w+)`", parameters) == list(papermill.inspect_notebook(path))
    assert set(re.findall(r"`(\w+)`", tables)) <= set(csto.table_names())


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_its_figure_is_described_by_the_table():
    spells = csto.load_membership_spells("CSTO")
    members = spells.query("status == 'member'")
    states, exits = members["iso3"].nunique(), members["end"].notna().sum()
    frozen = (spells["status"] == "frozen").sum()
    states, ties, exits, frozen = (NUMBERS[n] for n in (states, len(members), exits, frozen))
    assert f"{states} states, {ties} spells, {exits} exits, {frozen} freeze" in README


def test_its_example_runs():
    code = re.search(r"```python\n(.+?)```", README, re.DOTALL)[1]
    space = {}
    exec(code, space)
    assert len(space["csto"].in_force(space["spells"], 2008)["iso3"].unique()) == 7


@pytest.mark.parametrize("target", ["html", "test", "lab", "help"])
def test_its_commands_are_in_the_makefile(target):
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
