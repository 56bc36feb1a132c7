"""Headings that read the same."""

from nbformat.v4 import new_markdown_cell, new_notebook

from cstoanalysis.pages.page import to_page


def test_headings_that_read_the_same_get_ids_of_their_own():
    """A permalink leads to one place only."""
    page = to_page(
        new_notebook(cells=[new_markdown_cell("# T\n\nQ\n\n## A\n\n### M\n\n## B\n\n### M")]), "t"
    )
    assert page.count('id="M"') == page.count('id="M-2"') == 1
    assert page.count('href="#M-2"') == 3  # its own permalink, the contents, how to cite it
