"""The ``csto html`` command: what it refuses, what it keeps, and that it gives the same bytes again."""

import os
import shutil
import subprocess

import nbformat
import pytest
from click.testing import CliRunner
from conftest import BUILT, ROOT, console
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cstoanalysis.cli import main
from cstoanalysis.pages.page import to_page
from cstoanalysis.run.notebook import without_traces
from cstoanalysis.run.parameters import read_parameters


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
    html = {path.name for path in (tmp_path / "html").glob("*.html")}
    assert html == {"good.html", "index.html", "search.html", "sources.html"}
    assert "bad.html" not in (tmp_path / "html" / "index.html").read_text("utf-8")
    (kept,) = (tmp_path / "build" / "runs" / "failed").glob("bad-*.ipynb")
    kept = nbformat.read(kept, as_version=4)
    assert "ZeroDivisionError" in str([cell.get("outputs") for cell in kept.cells])


def test_text_of_a_notebook_is_escaped_on_the_page():
    """Code, printed text and the title cannot put markup into the page's frame."""
    hostile = "<script>alert(1)</script>"
    cells = [new_markdown_cell("# Is 1 < 2 & 3?\n\nYes."), new_code_cell(f"print({hostile!r})")]
    cells[1].outputs = [new_output("stream", text=hostile)]
    page = to_page(without_traces(new_notebook(cells=cells)), "x<y.ipynb")
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "<title>Is 1 &lt; 2 &amp; 3? · csto-analysis</title>" in page


def test_headings_that_read_the_same_get_ids_of_their_own():
    """A permalink leads to one place only."""
    page = to_page(
        new_notebook(cells=[new_markdown_cell("# T\n\nQ\n\n## A\n\n### M\n\n## B\n\n### M")]), "t"
    )
    assert page.count('id="M"') == page.count('id="M-2"') == 1
    assert page.count('href="#M-2"') == 3  # its own permalink, the contents, how to cite it


def test_list_and_describe_say_what_there_is(csto):
    """Each notebook with its question, each parameter with type, default and help."""
    listed = csto("list")
    assert [line.split()[0] for line in listed.output.splitlines()] == [p.stem for p in BUILT]
    described = csto("describe", "00_start_here")
    for parameter in read_parameters(ROOT / "notebooks" / "00_start_here.ipynb").values():
        assert f"  {parameter.type:<5}  {parameter.help}\n" in described.output
        assert f" default: {parameter.default!r}\n" in described.output


def test_run_with_another_value_gives_its_page_and_notebook(csto, tmp_path):
    """Both say the new value; the same values go to the same folder, others to another."""
    first = csto("run", "00_start_here", "-p", "as_of=1996")
    assert first.exit_code == 0, first.output
    (folder,) = (tmp_path / "build" / "runs").iterdir()  # named by the run's id
    page = (folder / "00_start_here.html").read_text("utf-8")
    assert "Full members of CSTO at 1996" in page
    assert "<strong>9</strong> states were bound" in page
    executed = nbformat.read(folder / "00_start_here.ipynb", as_version=4)
    assert any("injected-parameters" in cell.metadata.get("tags", []) for cell in executed.cells)
    assert str(folder.relative_to(tmp_path)) in first.output
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.ipynb")}
    again = csto("run", "00_start_here", "-p", "as_of=1996", "-o", "elsewhere")
    assert again.exit_code == 0
    assert before == {path: path.stat().st_mtime_ns for path in folder.glob("*.ipynb")}
    assert (tmp_path / "elsewhere" / "00_start_here.html").read_text("utf-8") == page


def test_verify_says_identical_or_names_the_table(csto, tmp_path, pages):
    """A page is made again from what stands in it; one changed digit in a table is found."""
    page = pages / "00_start_here.html"
    same = csto("verify", str(page))
    assert same.exit_code == 0, same.output
    assert same.output.splitlines()[-1] == f"{page}: identical"
    shutil.copytree(ROOT / "data", tmp_path / "data")
    table = tmp_path / "data" / "membership_spells.csv"
    text = table.read_text("utf-8")
    assert text.count("UZB,member,2006-06-23") == 1
    table.write_text(text.replace("UZB,member,2006-06-23", "UZB,member,2006-06-24"), "utf-8")
    changed = subprocess.run(
        [console("csto"), "verify", str(page)],
        cwd=tmp_path,
        env={**os.environ, "CSTO_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert changed.returncode == 1
    assert changed.stdout.splitlines()[0] == "The table membership_spells differs."


def test_cite_prints_the_citation_of_a_run(csto):
    """In the form asked for, with the parameters that are not the defaults."""
    apa = csto("cite", "00_start_here", "-p", "as_of=1996")
    assert apa.exit_code == 0, apa.output
    assert "The csto-analysis authors. (" in apa.output and "as_of" in apa.output
    bibtex = csto("cite", "00_start_here", "-p", "as_of=1996", "--format", "bibtex")
    assert bibtex.output.startswith("@")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["00_start_hear"], "Did you mean 00_start_here?"),
        (["00_start_here", "-p", "asof=1996"], "Did you mean as_of?"),
        (["00_start_here", "-p", "start_year=soon"], "start_year = 'soon' is not of type int"),
    ],
)
def test_run_refuses_bad_input_before_anything_starts(csto, tmp_path, arguments, words):
    """Exit code 2, one sentence, nothing written."""
    refused = csto("run", *arguments)
    assert refused.exit_code == 2
    assert words in refused.output
    assert list(tmp_path.iterdir()) == []


def test_run_reports_what_the_notebook_itself_refuses(csto, tmp_path):
    """A value out of range: exit code 1, the sentence of the check, the notebook kept, no page."""
    failed = csto("run", "00_start_here", "-p", "organisation=CTSO", "-o", "out")
    assert failed.exit_code == 1
    assert "organisation = 'CTSO' is not known: did you mean 'CSTO'?" in failed.output
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert kept.parent == tmp_path / "build" / "runs" / "failed"
    assert str(kept.relative_to(tmp_path)) in failed.output
