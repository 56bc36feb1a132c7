"""One changed fact changes what depends on it, and nothing else: pages and verdicts."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import BUILT, ROOT, console

from cstoanalysis.pages.reading import read

APART = ("How-sure-is-this?", "Cite-this-page", "parameters", "sources", "values", "provenance")
# What Armenia's exit on the day of its freeze would touch, and why.
TOUCHED = {
    "00_start_here",  # counts the bound
    "01_membership_churn",  # one exit more
    "02_military_capacity",  # totals and shares of the members
    "03_bases_and_alignments",  # membership is a layer
    "05_organs_and_forces",  # members in NATO, facilities on their soil
    "06_voting_alignment",  # groups of members and leavers
    "07_front_line_and_rear",  # Armenia touches Turkey
    "08_dependence_and_patrons",  # members against the others
    "09_regimes_and_leaders",  # spread among the members
    "10_claims_register",  # "six members today"
}


CHEAP = ("00_start_here", "04_assistance_requests")  # one that it touches, one that it does not


def said(page) -> list:
    """Answer, published values and words of a page, but for its citation."""
    found = read(page.read_text("utf-8"))
    words = [part for part in found.sections if part[0] not in APART]
    return [found.block["answer"], found.block["published"], words]


@pytest.fixture(scope="module")
def without_armenia(tmp_path_factory):
    """Builds pages over tables in which Armenia left on the day it froze its part."""
    folder = tmp_path_factory.mktemp("fact")
    shutil.copytree(ROOT / "data", folder / "data")
    table = folder / "data" / "membership_spells.csv"
    text, number = re.subn(
        r"^CSTO,ARM,member,1992-05-15,,founding,,",
        "CSTO,ARM,member,1992-05-15,2024-02-22,founding,withdrawal,",
        table.read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert number == 1
    table.write_text(text, "utf-8", newline="\n")
    environment = {**os.environ, "CSTO_DATA": str(folder / "data")}

    def build(*stems: str):
        command = [console("csto"), "html", *stems, "--readings", "0"]
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        return folder / "build" / "html"

    return build


@pytest.mark.parametrize("stem", CHEAP)
def test_armenias_exit_changes_the_page_that_speaks_of_it(stem, pages, without_armenia):
    page = without_armenia(stem) / f"{stem}.html"
    assert (said(page) != said(pages / page.name)) == (stem in TOUCHED)


@pytest.mark.slow
def test_armenias_exit_changes_all_pages_that_speak_of_it(pages, without_armenia):
    built = without_armenia()
    stems = {path.stem for path in BUILT}
    changed = {s for s in stems if said(built / f"{s}.html") != said(pages / f"{s}.html")}
    assert changed == TOUCHED
