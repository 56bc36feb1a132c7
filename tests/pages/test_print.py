"""The pages on paper: numbered, with a running title, and nothing cut."""

import io
import unicodedata

import pytest
from conftest import BUILT
from pypdf import PdfReader

PAGES = [
    BUILT[0].stem,
    *(pytest.param(path.stem, marks=pytest.mark.slow) for path in BUILT[1:]),
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            *("index", "sources", "tables/bases"),
            *("01_membership_churn-readings", "03_bases_and_alignments-readings"),  # the widest
        )
    ),
]
# Words of no size at both ends of what must stay in one piece: figures, and tables of few rows.
MARKED = """() => {
  const kept = [...document.querySelectorAll("figure, .csto-table")]
    .filter(e => e.checkVisibility() && e.querySelectorAll("tr").length < 12);
  for (const [n, element] of kept.entries()) {
    for (const [word, place] of [["starts", "afterbegin"], ["ends", "beforeend"]]) {
      element.insertAdjacentHTML(place, `<span style="font:2px/1 monospace">${word}${n}z</span>`);
    }
  }
  return kept.length;
}"""
TOO_WIDE = """() => [...document.querySelectorAll("main svg, main table, main pre")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 1 +
    (getComputedStyle(e.parentElement).page === "wide" ? 990 : innerWidth)) // lying or standing
  .map(e => (e.closest("[id]") || e).id)"""


@pytest.fixture(scope="module", params=PAGES)
def printed(request, pages, chromium):
    """Texts of the printed page's sheets, how many things are marked, what is too wide, the title."""
    tab = chromium.new_page(viewport={"width": 670, "height": 900})  # A4 without its margins
    tab.goto((pages / f"{request.param}.html").as_uri())
    tab.emulate_media(media="print")
    wide, marked, title = tab.evaluate(TOO_WIDE), tab.evaluate(MARKED), tab.inner_text("h1")
    pdf = tab.pdf(format="A4", prefer_css_page_size=True)
    tab.close()
    texts = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages]
    sheets = [unicodedata.normalize("NFKC", text) for text in texts]  # no ligatures
    return sheets, marked, wide, " ".join(title.split())


def test_each_sheet_is_numbered_and_says_what_it_is(printed):
    """Running title at the head; version, date and number at the foot."""
    sheets, _, _, title = printed
    for number, sheet in enumerate(sheets, start=1):
        assert f"{number} / {len(sheets)}" in sheet and "csto-analysis 0." in sheet
        assert title in " ".join(sheet.split())


def test_no_figure_and_no_short_table_is_cut(printed):
    """Each begins and ends on the same sheet, within its width."""
    sheets, marked, wide, _ = printed
    assert wide == []
    for number in range(marked):
        (start,) = [n for n, text in enumerate(sheets) if f"starts{number}z" in text]
        (end,) = [n for n, text in enumerate(sheets) if f"ends{number}z" in text]
        assert start == end, f"the {number + 1}. of {marked} is cut after sheet {start + 1}"
