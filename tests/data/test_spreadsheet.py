"""CSV files that are opened in a spreadsheet: no text of a reader or a table becomes a formula."""

import csv
import io
from urllib.parse import unquote

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from pages_for_tests import shown

import cstoanalysis as csto
from cstoanalysis.data import spreadsheet_safe
from cstoanalysis.run.results import to_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "=\t"]
BODIES = [
    "1+1",
    "cmd|'/c calc'!A0",
    'HYPERLINK("https://example.org/","x")',
    "SUM(A1:A9)",
    "DDE(1)",
    "@x",
]
FORMULAS = [start + body for start in STARTS for body in BODIES]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text(text):
    """In a sweep's results, whether given or published; and in the data of a figure."""
    (_, given, published), *_ = csv_rows(
        to_csv({"fields": [{"name": n} for n in "rab"]}, [{"r": "0", "a": text, "b": text}])
    )
    safe = "'" + text.replace("\r", "\n")
    assert given == published == safe
    frame = pd.DataFrame({"state": [text], "n": [-1.5]})
    (output,) = shown(lambda: csto.show_figure(plt.figure(), 1, "c", "a", "s", data=frame))
    link = output.data["text/html"].partition("data:text/csv;charset=utf-8,")[2].partition('"')[0]
    assert csv_rows(unquote(link)) == [[safe, "-1.5"]]


@pytest.mark.parametrize("value", [-1, -0.5, "-0.5", "+3", "-1e9", "-", "", "a=1", None, True])
def test_numbers_and_harmless_texts_stay(value):
    """A minus sign alone computes nothing."""
    assert spreadsheet_safe(value) == value


def csv_rows(text: str) -> list[list[str]]:
    """Rows below the head."""
    return list(csv.reader(io.StringIO(text, newline="")))[1:]
