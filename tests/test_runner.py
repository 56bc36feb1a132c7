"""The ``csto html`` command: what it refuses, what it keeps, and that it gives the same bytes again."""

import nbformat
import pytest
from click.testing import CliRunner
from conftest import BUILT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cstoanalysis.runner.cli import main
from cstoanalysis.runner.execute import without_traces
from cstoanalysis.runner.export import to_page


@pytest.fixture
def csto(tmp_path, monkeypatch):
    """The command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # put back as it was after the test
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def write(path, *code):
    """A notebook with a title and some code cells."""
    cells = [new_markdown_cell("# A test\n\nWhat happens?"), *map(new_code_cell, code)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)


def test_same_inputs_same_bytes(csto, pages, tmp_path):
    """A second build, in another folder; test_jupyterlab.py does the same with every page."""
    name = f"{BUILT[0].stem}.html"
    run = csto("html", BUILT[0].stem, "--output", "again")
    assert run.exit_code == 0, run.output
    assert (tmp_path / "again" / name).read_bytes() == (pages / name).read_bytes()


def test_unknown_notebook_is_refused_with_the_nearest_name(csto):
    """One line that names the value and the right one."""
    run = csto("html", "01_membership_chrun")
    assert run.exit_code == 2
    assert "no notebook '01_membership_chrun'. Did you mean 01_membership_churn?" in run.output


def test_a_failed_run_never_becomes_a_page(csto, tmp_path):
    """Its old page goes, its notebook is kept with the traceback, and the good one is still built."""
    write(tmp_path / "bad.ipynb", "x = 1", "1 / 0", "never = 'reached'")
    write(tmp_path / "noisy.ipynb", "import warnings\n\nwarnings.warn('old figures')")
    write(tmp_path / "good.ipynb", "6 * 7")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "bad.html").write_text("of an earlier run")
    run = csto("html", "bad.ipynb", "noisy.ipynb", "good.ipynb", "--output", "html")
    assert run.exit_code == 1
    assert "FAILED  bad.ipynb: cell 3 failed: ZeroDivisionError: division by zero" in run.output
    assert "FAILED  noisy.ipynb: cell 2 wrote to stderr" in run.output
    assert sorted(p.name for p in (tmp_path / "html").iterdir()) == ["good.html", "index.html"]
    assert "bad.html" not in (tmp_path / "html" / "index.html").read_text("utf-8")
    kept = nbformat.read(tmp_path / "failed" / "bad.ipynb", as_version=4)
    assert "ZeroDivisionError" in str([cell.get("outputs") for cell in kept.cells])


def test_text_of_a_notebook_is_escaped_on_the_page():
    """Code, printed text and the title cannot put markup into the page's frame."""
    hostile = "<script>alert(1)</script>"
    cells = [new_markdown_cell("# Is 1 < 2 & 3?\n\nYes."), new_code_cell(f"print({hostile!r})")]
    cells[1].outputs = [new_output("stream", text=hostile)]
    page = to_page(without_traces(new_notebook(cells=cells)), "x<y.ipynb")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "<title>Is 1 &lt; 2 &amp; 3? · csto-analysis</title>" in page


def test_headings_that_read_the_same_get_ids_of_their_own():
    """A permalink leads to one place only."""
    page = to_page(
        new_notebook(cells=[new_markdown_cell("# T\n\nQ\n\n## A\n\n### M\n\n## B\n\n### M")]), "t"
    )
    assert page.count('id="M"') == page.count('id="M-2"') == 1
    assert page.count('href="#M-2"') == 2  # its own permalink and the contents
