"""One changed fact changes what depends on it, and nothing else: pages and verdicts."""

import json
import os
import re
import shutil
import subprocess

import pytest
from conftest import BUILT, ROOT, console

from cstoanalysis.descriptor import PAGE  # fingerprints and counts of the tables
from cstoanalysis.run.execute import execute, jobs_of

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


def contents(notebook: dict) -> list:
    """Outputs of a run but for its citation."""
    return [
        output.get("data", output.get("text"))
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if PAGE not in output.get("data", {})
    ]


def as_built(path, pages) -> list:
    """Outputs behind the built page: from the store that `csto html` kept, else run again."""
    (job,) = jobs_of(path, [{}])
    for runs in (pages.parent / "runs", pages.parent / "build" / "runs"):
        kept = runs / job.key / path.name
        if kept.exists():
            return contents(json.loads(kept.read_text("utf-8")))
    return contents(execute(job)["notebook"])


@pytest.fixture(scope="module")
def without_armenia(tmp_path_factory):
    """Executed notebooks by stem, over tables in which Armenia left on the day it froze its part."""
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
    run = subprocess.run(
        [console("csto"), "html"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return {
        path.stem: contents(json.loads(path.read_text("utf-8")))
        for path in folder.glob("build/runs/*/*.ipynb")
    }


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_armenias_exit_changes_the_pages_that_speak_of_it(path, pages, without_armenia):
    changed = without_armenia[path.stem] != as_built(path, pages)
    assert changed == (path.stem in TOUCHED)
