"""The pages, opened in a real browser from a file and without a network."""

import re
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import BUILT

PAGES = [path.stem for path in BUILT]


@pytest.fixture(scope="module", params=["index", *PAGES])
def page(request, pages, chromium):
    """A page, loaded once; what it asked for is in ``page.requested``."""
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.requested, page.complaints = [], []
    page.on("request", lambda asked: page.requested.append(asked.url))
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto((pages / f"{request.param}.html").as_uri())
    page.name = request.param
    yield page
    context.close()


def test_a_page_for_each_notebook_and_nothing_else(pages):
    """No page is left out, and none stands there without its notebook."""
    assert sorted(path.stem for path in pages.glob("*.html")) == sorted(["index", *PAGES])


def test_asks_for_nothing(page):
    """The one request is for the page itself; pictures are inside it."""
    asked = [url for url in page.requested if not url.startswith("data:")]
    assert asked == [page.url]
    assert page.complaints == []


def test_readable_without_scripts(page, pages):
    """There is no script in the page at all."""
    assert "<script" not in (pages / f"{page.name}.html").read_text("utf-8")


def test_title_language_and_one_h1(page):
    """What a browser's tab, a screen reader and a library need first."""
    assert page.locator("h1").count() == 1
    heading = page.locator("h1").evaluate("h => h.firstChild.textContent").strip()
    assert heading
    if page.name != "index":
        assert page.title().startswith(heading)
    assert page.locator("html").get_attribute("lang") == "en"


def test_headings_in_order(page):
    """No level is left out on the way down."""
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4, h5, h6", "all => all.map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels


def test_ids_unique_and_links_resolve(page, pages):
    """Each id once; each link within the page or to another page leads somewhere."""
    ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    for link in links:
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("https", "http", "mailto"), link
        elif parts.path:
            assert (pages / unquote(parts.path)).is_file(), link
        else:
            assert unquote(parts.fragment) in ids, link


def test_figures_have_caption_alt_text_and_source(page):
    """Numbered in order, each with all that a reader needs to use it elsewhere."""
    pictures = page.eval_on_selector_all("img", "all => all.map(i => [i.alt, i.naturalWidth])")
    assert all(alt.strip() and width > 0 for alt, width in pictures)
    figures = page.eval_on_selector_all(
        "figure",
        """all => all.map(f => [f.id, f.querySelector('img')?.alt, f.querySelector('figcaption')?.innerText,
        f.querySelector('.csto-source')?.innerText])""",
    )
    assert [f[0] for f in figures] == [f"fig-{n}" for n in range(1, len(figures) + 1)]
    for identity, alt, caption, source in figures:
        assert alt and caption and source, identity
        assert re.search(r"^Source: \S", source), identity
    if page.name not in ("index", "00_start_here"):
        assert figures, "an analysis without a figure"


def test_says_how_to_cite_it(page):
    """Every analysis ends with its citation, its sources and the fingerprint of its tables."""
    if page.name != "index":
        text = page.locator("section.csto-cite").inner_text()
        assert "The csto-analysis authors (" in text
        assert re.search(r"\b[0-9a-f]{64}\b", text)


def test_code_is_folded_but_present(page):
    """Readers see prose first; the code of every cell is there to open."""
    if page.name != "index":
        assert page.locator("details.code .source").count() >= 5
        assert page.locator("details.code:not([open])").count() >= 4


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_does_not_scroll_sideways(page, width):
    """On a telephone only a wide table scrolls, within its own frame; code opened."""
    page.set_viewport_size({"width": width, "height": 800})
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page, scheme):
    """axe finds nothing, with the code opened; the colour scheme can change the contrast alone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    options = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast"]
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, found.generate_report()


def test_prints(page):
    """Print to PDF works and gives paper, not an empty sheet."""
    page.emulate_media(color_scheme="light")
    assert len(page.pdf(format="A4")) > 10_000
