"""A page from elsewhere makes nothing run but a notebook of the collection, with checked values."""

import json

import pytest
from click.testing import CliRunner

from cstoanalysis.cli import main
from cstoanalysis.pages.verify import page_block, verify

INPUTS = {"notebook": "0" * 64, "package": "0" * 64, "data": {}, "versions": {}}
RUNS = "__import__('pathlib').Path('ran').touch()"


def page(**said) -> str:
    """A page whose block says this, and otherwise what a page of 00 says."""
    block = {"notebook": "00_start_here.ipynb", "values": {}, "inputs": INPUTS} | said
    text = json.dumps(block).replace("<", "\\u003c")
    return f'<html><script type="application/json" id="csto-page">{text}</script></html>'


HOSTILE = {
    "code as a name": page(values={f"{RUNS}\nas_of": 2020}),
    "code as a name, one line": page(values={f"{RUNS}; as_of": 2020}),
    "code as a text for a number": page(values={"as_of": RUNS}),
    "code in a list": page(values={"organisation": [RUNS]}),
    "mapping for a value": page(values={"organisation": {RUNS: 1}}),
    "unknown parameter": page(values={"os": 1}),
    "keyword": page(values={"import": 1}),
    "not a number": page(values={"as_of": float("nan")}),
    "values no mapping": page(values=[RUNS]),
    "notebook of the working directory": page(notebook="dl.ipynb.ipynb"),
    "notebook by path": page(notebook="../dl.ipynb.ipynb"),
    "notebook no text": page(notebook=["dl.ipynb"]),
    "inputs no mapping": page(inputs="0"),
    "tables of another shape": page(inputs=INPUTS | {"data": [["states.csv"]]}),
    "published of another shape": page(published=[1, 2]),
    "address no text": page(address=7),
    "readings of code": page(
        readings={"choices": {RUNS: [1]}, "most": 9, "runs": None, "files": "r", "page": ""}
    ),
    "readings of unknown values": page(
        readings={
            "choices": {"as_of": ["x", RUNS]},
            "most": 9,
            "runs": None,
            "files": "r",
            "page": "",
        }
    ),
    "readings without number": page(
        readings={
            "choices": {"start_year": [1991]},
            "most": 1e308,
            "runs": [[RUNS]],
            "files": 1,
            "page": [],
        }
    ),
    "readings of another shape": page(readings=[1]),
    "block no mapping": '<script id="csto-page">[1]</script>',
    "block without end": '<script id="csto-page">' + "[" * 100_000 + "</script>",
    "half a block": '<script id="csto-page">{"notebook": </script>',
    "no block": "<html></html>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_of_a_page_is_run(kind, tmp_path, monkeypatch):
    """Refused in words, exit code 1, nothing written, no traceback."""
    monkeypatch.chdir(tmp_path)
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": f"a = 1\n{RUNS}"}
    dl = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    (tmp_path / "dl.ipynb").write_text(json.dumps(dl))
    (tmp_path / "page.html").write_text(HOSTILE[kind])
    result = CliRunner().invoke(main, ["verify", "page.html"])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert {p.name for p in tmp_path.iterdir()} - {"build"} == {"dl.ipynb", "page.html"}
    said = ("It cannot be made again here", "data block", "FAILED")
    assert any(words in result.output for words in said), result.output


def test_a_page_of_many_runs_is_made_again_only_if_that_is_allowed(tmp_path, monkeypatch):
    """A page from elsewhere may ask for a hundred thousand: one sentence, and nothing is run."""
    monkeypatch.chdir(tmp_path)
    said = {"choices": {"a": [*range(300)]}, "most": None, "runs": None, "files": "n", "page": ""}
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "a = 1"}
    own = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    (tmp_path / "n.ipynb").write_text(json.dumps(own))
    (tmp_path / "p.html").write_text(page(notebook="n.ipynb", readings=said))
    for options in ([], ["--most", "299"]):
        result = CliRunner().invoke(main, ["verify", "p.html", "--notebook", "n.ipynb", *options])
        assert result.exit_code == 1
        assert "it asks for 300 runs: --most 300 allows them." in result.output
        assert not (tmp_path / "build" / "runs").exists()


def test_what_a_page_says_is_quoted_in_one_plain_line(tmp_path):
    """No control character of a page reaches the terminal, and no megabyte."""
    data = {"\x1b[2J\nx.csv": "0", "y" * 100_000: "0"}
    file = tmp_path / "page.html"
    file.write_text(page(inputs=INPUTS | {"data": data}))

    def refusing(stem: str, values: dict) -> dict:
        raise ValueError("not to be run")

    found = verify(file, refusing)
    assert all(line.isprintable() and len(line) <= 400 for line in found)
    assert any(r"\u001b" in line for line in found)


def test_block_of_a_page():
    """Read whole, whatever else stands in the element's tag."""
    assert page_block(page())["notebook"] == "00_start_here.ipynb"
