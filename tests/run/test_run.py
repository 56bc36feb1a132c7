"""The ``csto html`` command: what it refuses, what it keeps, and that it gives the same bytes again."""

import base64
import os
import re
import shutil
import subprocess

import nbformat
import pytest
import small
from click.testing import CliRunner
from conftest import BUILT, ROOT, console
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cstoanalysis.cli import main
from cstoanalysis.run.notebook import tags_of
from cstoanalysis.run.output import Output


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


SPELLS = """\
import cstoanalysis as csto
spells = csto.load_table("membership_spells")
csto.publish("rows", len(spells) + year)
csto.cite_page({"membership_spells": spells})"""


def test_same_inputs_same_bytes(csto, tmp_path):
    """Run again, from another folder; test_jupyterlab.py does the same with every page."""
    small.write(tmp_path / "n.ipynb", SPELLS)
    assert csto("run", "n.ipynb", "-o", "one").exit_code == 0
    (tmp_path / "elsewhere").mkdir()
    again = [console("csto"), "run", "../n.ipynb", "-o", "two"]
    subprocess.run(again, cwd=tmp_path / "elsewhere", check=True, capture_output=True)
    for name in ("n.html", "n.ipynb"):
        one, two = tmp_path / "one" / name, tmp_path / "elsewhere" / "two" / name
        assert one.read_bytes() == two.read_bytes()


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
    Output(tmp_path / "html").write("bad.html", "of an earlier run")
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


def test_list_and_describe_say_what_there_is(csto, tmp_path):
    """Each notebook with its question, each parameter with type, default and help."""
    listed = csto("list")
    assert [line.split()[0] for line in listed.output.splitlines()] == [p.stem for p in BUILT]
    described = csto("describe", str(small.write(tmp_path / "n.ipynb")))
    assert "strict  bool   a switch" in described.output
    assert "default: ['RUS']" in described.output


def test_a_run_has_a_folder_that_is_named_by_its_id(csto, tmp_path):
    """The same values lead to the same folder, others to another."""
    small.write(tmp_path / "n.ipynb", SPELLS)
    first = csto("run", "n.ipynb", "-p", "year=1996")
    assert first.exit_code == 0, first.output
    (kept,) = (tmp_path / "build" / "runs" / "kept").iterdir()
    folder = tmp_path / "build" / "runs" / kept.stem
    assert f"Page: {folder.relative_to(tmp_path)}/n.html" in first.output
    executed = nbformat.read(folder / "n.ipynb", as_version=4)
    assert [tags_of(cell) for cell in executed.cells][2] == ["injected-parameters"]
    page = (folder / "n.html").read_bytes()
    assert csto("run", "n.ipynb", "-p", "year=1996", "-o", "elsewhere").exit_code == 0
    assert (tmp_path / "elsewhere" / "n.html").read_bytes() == page
    assert csto("run", "n.ipynb", "-p", "year=1997").exit_code == 0
    assert len(list((tmp_path / "build" / "runs" / "kept").iterdir())) == 2


def test_an_unchanged_run_is_not_made_into_a_page_again(csto, tmp_path):
    """Unless it is asked for, or somebody changed what lies there."""
    write(tmp_path / "n.ipynb", "1")
    folder = tmp_path / "out"
    assert "Running n.ipynb" in csto("run", "n.ipynb", "-o", "out").output
    written = (folder / "n.html").stat().st_mtime_ns
    assert csto("run", "n.ipynb", "-o", "out").output == "Unchanged: out/n.html\n"
    assert (folder / "n.html").stat().st_mtime_ns == written
    assert "Running" in csto("run", "n.ipynb", "-o", "out", "--force").output
    (folder / "n.ipynb").unlink()
    assert "Running" in csto("run", "n.ipynb", "-o", "out").output
    assert (folder / "n.ipynb").exists()
    (folder / "n.html").write_text("mine")
    refused = csto("run", "n.ipynb", "-o", "out")
    assert refused.exit_code == 2 and "was changed since" in refused.output


def test_a_picture_that_the_text_shows_belongs_to_the_page(csto, tmp_path):
    """A page takes it in: it is made anew when the picture is another."""
    cells = [new_markdown_cell("# A test\n\n![Map](a%20map.svg) and [a link](n.ipynb)")]
    nbformat.write(new_notebook(cells=[*cells, new_code_cell("1")]), tmp_path / "n.ipynb")
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="1"/>'
    for width in (7, 8):
        (tmp_path / "a map.svg").write_text(picture.format(width))
        made = csto("html", "n.ipynb", "-o", "out")
        assert made.exit_code == 0 and "Unchanged" not in made.output
        read = nbformat.read(tmp_path / "n.ipynb", 4)  # the notebook itself is left alone
        assert "csto" not in read.metadata
        page = (tmp_path / "out" / "n.html").read_text("utf-8")
        shown = base64.b64encode(picture.format(width).encode()).decode()
        assert shown in page
    assert "has changed since it was run" not in made.output  # the run is as it was
    assert "Unchanged" in csto("html", "n.ipynb", "-o", "out").output


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("![M](<a b.svg>)", "1", "a b.svg"),
        ("![M](a,b.svg)", "1", "a,b.svg"),
        (
            "",
            "from IPython.display import Markdown\nMarkdown('![M](m_' + str(2) + '.svg)')",
            "m_2.svg",
        ),
        ("![M](a%00.svg) ![M](" + 300 * "a" + ".svg) ![M](a.svg)", "1", "a.svg"),
    ],
)
def test_csto_run_takes_in_a_picture_however_it_is_named(csto, tmp_path, text, code, name):
    """Also one that comes later; names that no file can have are none."""
    cells = [new_markdown_cell(f"# A test\n\n{text}"), new_code_cell(code)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "n.ipynb")
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="1"/>'
    assert csto("run", "n.ipynb", "-o", "out").exit_code == 0
    for width in (7, 8):
        (tmp_path / name).write_text(picture.format(width))
        made = csto("run", "n.ipynb", "-o", "out")
        assert "taken from an earlier run" in made.output, made.output
        page = (tmp_path / "out" / "n.html").read_text("utf-8")
        assert base64.b64encode(picture.format(width).encode()).decode() in page
    assert csto("run", "n.ipynb", "-o", "out").output.startswith("Unchanged")


def test_an_unchanged_page_is_that_of_the_run_that_is_kept(csto, tmp_path):
    """A notebook that draws lots without a seed was run again for another folder."""
    write(tmp_path / "n.ipynb", "import random; random.random()")
    csto("run", "n.ipynb", "-o", "one")
    csto("run", "n.ipynb", "-o", "two", "--force")
    assert "Unchanged: taken" in csto("run", "n.ipynb", "-o", "one").output
    pages = [(tmp_path / folder / "n.html").read_bytes() for folder in ("one", "two")]
    assert pages[0] == pages[1]


def test_verify_says_identical_or_names_the_table(csto, tmp_path):
    """A page is made again from what stands in it; one changed digit in a table is found."""
    small.write(tmp_path / "n.ipynb", SPELLS)
    assert csto("run", "n.ipynb", "-o", "out").exit_code == 0
    words = ["verify", "out/n.html", "--notebook", "n.ipynb"]
    same = csto(*words)
    assert same.exit_code == 0 and same.output == "out/n.html: identical\n"
    page = (tmp_path / "out" / "n.html").read_text("utf-8")
    (said,) = re.findall(r'"name":"rows","unit":"","value":\d+', page)
    value = said.rpartition(":")[2]
    forged = page.replace(said, f"{said.removesuffix(value)}7")
    (tmp_path / "other.html").write_text(forged, "utf-8")
    other = csto("verify", "other.html", "--notebook", "n.ipynb")
    assert other.exit_code == 1
    assert other.output.splitlines()[0] == f"The value rows differs: 7 on the page, {value} here."
    shutil.copytree(ROOT / "data", tmp_path / "data")
    table = tmp_path / "data" / "membership_spells.csv"
    text = table.read_text("utf-8")
    assert text.count("UZB,member,2006-06-23") == 1
    table.write_text(text.replace("UZB,member,2006-06-23", "UZB,member,2006-06-24"), "utf-8")
    changed = subprocess.run(
        [console("csto"), *words],
        cwd=tmp_path,
        env={**os.environ, "CSTO_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert changed.returncode == 1, changed.stderr
    assert changed.stdout.splitlines()[0] == "The table membership_spells differs."


def test_cite_prints_the_citation_of_a_run(csto, tmp_path):
    """In the form asked for, with the parameters that are not the defaults."""
    small.write(tmp_path / "n.ipynb", SPELLS)
    apa = csto("cite", "n.ipynb", "-p", "year=1996")
    assert apa.exit_code == 0, apa.output
    assert "The csto-analysis authors. (" in apa.output and "year = 1996" in apa.output
    bibtex = csto("cite", "n.ipynb", "-p", "year=1996", "--format", "bibtex")
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
