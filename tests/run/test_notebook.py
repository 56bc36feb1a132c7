"""Reading a notebook: its title, its values, and whether it is one whole run."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import (
    not_whole,
    read_notebook,
    tagged,
    tags_of,
    title_and_question,
    values_of,
    with_values,
)


def counted(*cells: tuple[int, str]) -> dict:
    return new_notebook(cells=[new_code_cell(s, execution_count=n) for n, s in cells])


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ([(1, "x = 1"), (2, "x + 1")], ""),
        ([(7, "x = 1"), (8, "x + 1")], ""),  # run all cells, a second time
        ([(1, "x = 1"), (3, "x + 1")], "not run once from top to bottom"),
        ([(2, "x = 1"), (1, "x + 1")], "not run once from top to bottom"),
        ([(None, "x = 1"), (1, "x + 1")], "not run once from top to bottom"),
        ([(1, "x = 1"), (None, "x + 1")], "not run once from top to bottom"),
        ([(None, "x = 1"), (None, "x + 1")], "not run yet"),
        ([(7, "yaer = 1"), (8, "year + 1")], "uses year, which no cell defines"),
        ([(7, "year = (")], "has a cell that is no Python"),
        (
            [
                (7, "%matplotlib inline\nimport a.b as c"),
                (8, "[c for n in c if (m := n) > len(m)]"),
            ],
            "",
        ),
        (
            [(7, "def f(a, *b):\n    try:\n        return a\n    except E as e:\n        e")],
            "uses E,",
        ),
    ],
)
def test_a_run_is_whole_and_in_order(cells, problem):
    found = not_whole(counted(*cells))
    assert problem in found and bool(problem) == bool(found)


CODE = {"cell_type": "code", "source": ["a = 1\n", "a"]}


@pytest.mark.parametrize(
    "content",
    [
        {"nbformat": 4, "cells": [CODE]},
        {"nbformat": 4, "metadata": None, "cells": [{**CODE, "metadata": None}]},
        {"nbformat": 4, "metadata": {"kernelspec": None}, "cells": [CODE, {"cell_type": "raw"}]},
        {"nbformat": 4, "metadata": {}, "cells": [{**CODE, "metadata": {"tags": None}}]},
        {"nbformat": 4, "metadata": {}, "cells": [{**CODE, "outputs": None}]},
    ],
)
def test_what_a_program_left_out_is_filled_in(tmp_path, content):
    """A mark of the order of bytes is passed over too."""
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    cell = read_notebook(path)["cells"][0]
    assert (cell["source"], tags_of(cell), cell["outputs"]) == ("a = 1\na", [], [])


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"nbformat": 4', "\xff", '{"nbformat": 3, "worksheets": []}', "[" * 100_000,
     '{"nbformat": 4, "cells": ["x"]}', '{"nbformat": 4, "cells": [{"source": "x"}]}',
     '{"nbformat": 4, "metadata": [], "cells": [{}]}', '{"nbformat": 4, "cells": 1}'],
)  # fmt: skip
def test_what_is_no_notebook_is_refused(tmp_path, content):
    (tmp_path / "n.ipynb").write_text(content, encoding="latin-1")
    with pytest.raises(ParameterError, match=r"n\.ipynb is no notebook in format 4"):
        read_notebook(tmp_path / "n.ipynb")


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
        {"language_info": {"name": "julia"}},
    ],
)
def test_a_notebook_of_another_language_is_refused(tmp_path, metadata):
    """It is not run as Python, where ``cat(1)`` would be a command of the shell."""
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(new_notebook(metadata=metadata)))
    with pytest.raises(ParameterError, match=r"n.ipynb is written in (R|julia): only Python"):
        read_notebook(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# Who?\n\nThat is asked,\nhere.\n\nMore.", ("Who?", "That is asked,\nhere.")),
        ("No heading", ("Untitled", "No heading")),
        ("", ("Untitled", "")),
    ],
)
def test_title_and_question(text, found):
    assert title_and_question(new_notebook(cells=[new_markdown_cell(text)])) == found


def test_values_come_back_as_they_were_put_in():
    source = new_notebook(cells=[new_code_cell("a = 1", metadata={"tags": ["parameters"]})])
    values = {"a": [1.5, 'x"\n\\', None, True], "b": "é"}
    once = with_values(source, values)
    assert [c["id"] for c in once["cells"]] == [source.cells[0].id, "parameters"]
    assert values_of(once) == values
    twice = with_values(once, {"a": 2})
    assert values_of(twice) == {"a": 2} and len(tagged(twice, "injected-parameters")) == 1


@pytest.mark.parametrize("name", ["import os; os.abort()\na", "a b", "class", "", "a=1#", 3])
def test_what_is_no_name_becomes_no_code(name):
    with pytest.raises(ParameterError, match="is no name of a parameter"):
        with_values(new_notebook(), {name: 1})
