"""Which notebook a user means, and ways in: prefixes, forms of a setting, the wheel."""

import json
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner
from conftest import BUILT, ROOT

from cstoanalysis import cli
from cstoanalysis.run.collection import find, notebooks
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import values_of


def test_by_stem_path_and_beginning(tmp_path, monkeypatch):
    """Two digits are enough; a path is a path, in whatever folder."""
    assert find("01") == find("01_membership_churn") == find(str(BUILT[1])) == BUILT[1]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.ipynb").write_text("{}")
    assert find("mine.ipynb") == tmp_path / "mine.ipynb"
    assert [path.name for path in notebooks()] == [path.name for path in BUILT]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("0", "may be 00_start_here or"),
        ("01_membership_chrun", "Did you mean 01_membership_churn?"),
        ("", "There is no notebook ''"),
        ("a" * 5000, "There is no notebook"),
        ("\0", "There is no notebook"),
    ],
)
def test_no_notebook_or_several(name, said):
    """One sentence that names what there is."""
    with pytest.raises(ParameterError, match=r".{,2000}") as problem:
        find(name)
    assert said in str(problem.value) and len(str(problem.value)) < 600


def test_a_setting_in_two_pieces_is_answered_with_the_right_form():
    """``-p as_of 2010`` is what papermill takes."""
    result = CliRunner().invoke(cli.main, ["run", "02", "-p", "as_of", "2010"])
    assert result.exit_code == 2
    assert result.output == "Error: Write -p as_of=2010, in one piece.\n"


def test_lab_opens_a_copy_with_the_values(tmp_path, monkeypatch):
    """Never over a file that is there."""
    monkeypatch.chdir(tmp_path)
    called = []
    monkeypatch.setattr(subprocess, "call", lambda command: called.append(command) or 0)
    (tmp_path / "00_start_here.ipynb").write_text("mine")
    result = CliRunner().invoke(cli.main, ["lab", "00", "-p", "as_of=2010"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "00_start_here.ipynb").read_text() == "mine"
    copy = json.loads((tmp_path / "00_start_here-1.ipynb").read_text("utf-8"))
    assert values_of(copy) == {"as_of": "2010"}
    assert called[0][:3] == [sys.executable, "-m", "jupyterlab"]
    assert called[0][-1] == "00_start_here-1.ipynb"


def test_the_wheel_holds_notebooks_and_tables(tmp_path):
    """What ``pip install`` brings is enough to run all of the collection."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"cstoanalysis/_notebooks/{path.name}" for path in BUILT} <= names
    tables = {f"cstoanalysis/_data/{path.name}" for path in (ROOT / "data").glob("*.csv")}
    assert tables | {"cstoanalysis/_data/datapackage.json", "cstoanalysis/CITATION.cff"} <= names
    assert not [name for name in names if "restricted" in name or "/_template" in name]
