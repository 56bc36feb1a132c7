"""The public names: seen by editors and type checkers, imported when first used."""

import ast
import json
import subprocess
import sys

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


# What the package itself is built on is not looked into: that takes half a minute.
SETTINGS = """\
[mypy]
follow_imports = silent
ignore_missing_imports = true
[mypy-matplotlib.*,networkx.*,numpy.*,pandas.*,scipy.*,yaml.*,IPython.*]
follow_imports = skip
"""


def mypy(folder, text: str) -> tuple[int, str]:
    """Exit code and words of mypy about a text that uses the package."""
    (folder / "mypy.ini").write_text(SETTINGS)
    (folder / "analysis.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(folder / "cache")]
    command += ["--config-file", str(folder / "mypy.ini"), str(folder / "analysis.py")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return run.returncode, run.stdout


def test_mypy_passes_ten_lines_and_refuses_misspelt_names_and_tables(tmp_path):
    assert mypy(tmp_path, TEN_LINES) == (0, "Success: no issues found in 1 source file\n")
    wrong = TEN_LINES
    for right, misspelt in [
        ("spells = csto.load_membership_spells(", "spells = csto.load_membership_spels("),
        ('bases = csto.load_table("bases")', 'bases = csto.load_table("basis")'),
        ("csto.check(", "csto.chek("),
        ("until: str", "until: int"),
    ]:
        assert right in wrong
        wrong = wrong.replace(right, misspelt, 1)
    code, said = mypy(tmp_path, wrong)
    assert code == 1
    assert 'maybe "load_membership_spells"?' in said
    assert "incompatible type" in said
    assert '"chek"' in said
    assert "Incompatible types in assignment" in said
    assert "Found 4 errors" in said


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
