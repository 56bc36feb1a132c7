"""Each system and pair that the articles describe leads to a section that is there."""

import re

import nbformat
import pytest
from conftest import ROOT

TABLE = (ROOT / "docs" / "systems.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| ([SP]\d+) \| [^|]+ \| (.+) \|$", TABLE, flags=re.MULTILINE))


def test_all_systems_and_pairs_are_listed():
    wanted = [f"S{n:02}" for n in range(1, 30)] + [f"P{n}" for n in range(1, 13)]
    assert list(ROWS) == wanted


@pytest.mark.parametrize("key", ROWS)
def test_each_section_stands_in_its_notebook_and_on_its_page(key, pages):
    """The heading in the notebook, and its permalink on the page."""
    targets = re.findall(r"\[(\w+)\]\(\.\./notebooks/(\w+)\.ipynb\): ([^<]+)", ROWS[key])
    assert targets
    for label, stem, sections in targets:
        assert label == stem
        notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        page = (pages / f"{stem}.html").read_text("utf-8")
        for section in re.findall(r"\*(.+?)\*(?:;|$)", sections.strip()):
            assert re.search(rf"^##+ {re.escape(section)}$", text, re.MULTILINE), section
            anchor = section.replace(" ", "-").replace("'", "&#39;")
            assert f'id="{anchor}"' in page or f'id="{section.replace(" ", "-")}"' in page, section
