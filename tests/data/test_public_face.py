"""The public names: seen by editors and type checkers, imported when first used."""

import ast
import json
import subprocess
import sys

import pytest
from conftest import ROOT

import cstoanalysis as csto

TEN_LINES = """\
import cstoanalysis as csto

spells = csto.load_membership_spells("CSTO")
bases = csto.load_table("bases")
bound = csto.in_force(spells, 2008).query("status == 'member'")["iso3"].tolist()
csto.check("organisation", "CSTO", choices=csto.load_table("organisations")["organisation"])
for name in csto.table_names():
    print(name, len(csto.load_table(name)), csto.describe_table(name))
until: str = csto.coverage_end()
csto.publish("members", len(bound), "states")
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Judges a text as mypy does in a project that uses the package; gives its exit code and words."""
    folder = tmp_path_factory.mktemp("mypy")
    options = ["--follow-imports=silent", "--ignore-missing-imports", f"--cache-dir={folder}"]

    def judge(text: str) -> tuple[int, str]:
        file = folder / "analysis.py"
        file.write_text(text, "utf-8")
        command = [sys.executable, "-m", "mypy", *options, str(file)]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return run.returncode, run.stdout

    return judge


def test_ten_lines_that_use_it_pass(mypy):
    assert mypy(TEN_LINES) == (0, "Success: no issues found in 1 source file\n")


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("csto.load_table(", "csto.load_tabel(", 'maybe "load_table"?'),
        ('load_table("bases")', 'load_table("basis")', "incompatible type"),
        ("until: str", "until: int", "Incompatible types in assignment"),
    ],
)
def test_a_misspelt_name_or_table_does_not(mypy, right, wrong, words):
    code, said = mypy(TEN_LINES.replace(right, wrong, 1))
    assert code == 1
    assert words in said


def test_dir_shows_the_public_names_alone():
    stub = ast.parse((ROOT / "cstoanalysis" / "__init__.pyi").read_text("utf-8"))
    named = {a.name for n in stub.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert set(dir(csto)) == set(csto.__all__) == named
    assert all(getattr(csto, name).__doc__ for name in named)


def test_a_name_is_imported_when_it_is_used():
    code = "import sys, cstoanalysis as csto; csto.coverage_end(); print('pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_editors_know_the_tables_of_the_descriptor():
    """If this fails after a new table: python data/recipes/refresh.py."""
    stub = ast.parse((ROOT / "cstoanalysis" / "_tables.pyi").read_text("utf-8"))
    names = [node.value for node in ast.walk(stub) if isinstance(node, ast.Constant)]
    assert names == csto.table_names()


def test_a_table_says_what_to_beware_of():
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    (bases,) = (r for r in package["resources"] if r["name"] == "bases")
    for frame in (csto.load_table("bases"), csto.describe_table("bases")):
        assert bases["description"] in frame.attrs["about"]
        assert all(text in frame.attrs["about"] for text in bases["breaks"])
