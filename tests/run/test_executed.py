"""A page is what was run: notebooks that were run before, and pages that come from the store."""

import json

import pytest
from click.testing import CliRunner
from small import BODY, write

from cstoanalysis import cli
from cstoanalysis.descriptor import VALUE
from cstoanalysis.pages.verify import page_block
from cstoanalysis.run.notebook import outputs_of, tagged


@pytest.fixture
def csto(tmp_path, monkeypatch):
    """The command, run in a folder that holds one notebook, ``n.ipynb``."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "n.ipynb")
    return lambda *arguments: CliRunner().invoke(cli.main, list(arguments))


def page(folder) -> tuple[dict, float]:
    """What a page says that it was run with, and what was computed."""
    block = page_block((folder / "n.html").read_text("utf-8"))
    executed = json.loads((folder / "n.ipynb").read_text())
    assert len(tagged(executed, "injected-parameters")) == bool(block["values"])
    computed = [v["value"] for v in outputs_of(executed, VALUE) if v["name"] == "value"]
    stated = [v["value"] for v in block["published"] if v["name"] == "value"]
    assert stated == computed
    return block, computed[0]


def test_an_executed_notebook_run_again_says_and_cites_what_it_computed(csto, tmp_path):
    """The sequence that once computed with 1999 and cited 2010."""
    assert csto("run", "n.ipynb", "-p", "year=1999", "-o", "r1").exit_code == 0
    first, value = page(tmp_path / "r1")
    assert first["values"] == {"year": 1999} and value == 1999 * 2 + 0.5
    assert csto("run", "r1/n.ipynb", "-p", "year=2010", "-o", "r2").exit_code == 0
    second, value = page(tmp_path / "r2")
    assert second["values"] == {"year": 2010} and value == 2010 * 2 + 0.5
    direct = csto("run", "n.ipynb", "-p", "year=2010", "-o", "r3")
    assert "Unchanged: taken from an earlier run" in direct.output
    assert page(tmp_path / "r3") == (second, value)
    kept = csto("run", "r2/n.ipynb", "-p", "rate=1", "-o", "r4")  # the other value of before holds
    assert kept.exit_code == 0
    assert page(tmp_path / "r4")[0]["values"] == {"year": 2010, "rate": 1.0}
    assert page(tmp_path / "r4")[1] == 2010 * 2 + 1
    assert csto("run", "n.ipynb", "-o", "r5").exit_code == 0  # the pristine one is never another
    pristine, value = page(tmp_path / "r5")
    assert pristine["values"] == {} and value == 1992 * 2 + 0.5
    for name in ("r1", "r2", "r3", "r4", "r5"):
        verified = csto("verify", f"{name}/n.html", "--notebook", "n.ipynb")
        assert verified.output.strip() == f"{name}/n.html: identical"
    assert "default: 1999" in csto("describe", "r1/n.ipynb").output


@pytest.mark.parametrize(
    "code",
    ["year = int('1999')", "year = 1999\nprint(1)", "year = (", "year = nan"],
)
def test_values_that_cannot_be_given_again_are_refused_in_one_line(csto, tmp_path, code):
    source = json.loads((tmp_path / "n.ipynb").read_text())
    injected = {"cell_type": "code", "id": "x", "execution_count": 1, "outputs": [], "source": code}
    source["cells"].insert(2, {**injected, "metadata": {"tags": ["injected-parameters"]}})
    (tmp_path / "m.ipynb").write_text(json.dumps(source))
    for refused in (csto("run", "m.ipynb"), csto("run", "m.ipynb", "-p", "year=2010")):
        assert refused.exit_code == 2
        assert refused.output.strip().count("\n") <= 2 and "m.ipynb was run with" in refused.output
    assert not (tmp_path / "build").exists()


def test_two_notebooks_of_one_name_are_refused(csto, tmp_path):
    (tmp_path / "a").mkdir()
    write(tmp_path / "a" / "n.ipynb", f"1\n{BODY}")
    write(tmp_path / "a" / "00_start_here.ipynb")
    for names in (["n.ipynb", "a/n.ipynb"], ["a/00_start_here.ipynb"]):
        refused = csto("html", *names, "-o", "out")
        assert refused.exit_code == 2
        assert "Two notebooks are called" in refused.output and not (tmp_path / "out").exists()


def test_forced_runs_say_nothing_of_the_store(csto):
    csto("run", "n.ipynb")
    assert "Unchanged" in csto("run", "n.ipynb").output
    assert "Unchanged" not in csto("run", "n.ipynb", "--force").output
