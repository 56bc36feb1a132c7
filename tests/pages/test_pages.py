"""The pages, opened in a real browser from a file and without a network."""

import json
import re
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import BUILT
from pages_for_tests import HOSTILE, hostile_notebook

from cstoanalysis.pages.page import to_page

PAGES = [path.stem for path in BUILT]
AROUND = ["index", "search", "sources"]
OPEN_ALL = "all => all.forEach(d => d.open = true)"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module", params=["index", *PAGES])
def page(request, pages, chromium):
    """A page, loaded once; what it asked for is in ``page.requested``."""
    context, page = visit(chromium, pages / f"{request.param}.html")
    page.name = request.param
    yield page
    context.close()


def visit(chromium, file, **options):
    """A page from a file, without a network; what it asked for and said is kept with it."""
    context = chromium.new_context(
        offline=True, viewport={"width": 1280, "height": 900}, accept_downloads=True, **options
    )
    page = context.new_page()
    page.requested, page.complaints = [], []
    page.on("request", lambda asked: page.requested.append(asked.url))
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message) or dialog.dismiss())
    page.goto(file.as_uri())
    return context, page


def test_a_page_for_each_notebook_and_nothing_else(pages):
    """No page is left out, and none stands there without its notebook."""
    assert sorted(path.stem for path in pages.glob("*.html")) == sorted([*AROUND, *PAGES])


def test_asks_for_nothing(page):
    """The one request is for the page itself; pictures are inside it."""
    asked = [url for url in page.requested if not url.startswith("data:")]
    assert asked == [page.url]
    assert page.complaints == []


def test_runs_no_script(page):
    """The only script elements hold data; no element has a handler of its own."""
    if page.name in PAGES:
        kinds = page.eval_on_selector_all("script", "all => all.map(s => s.type)")
        assert kinds == ["application/ld+json", "application/json"]
        for text in page.eval_on_selector_all("script", "all => all.map(s => s.textContent)"):
            json.loads(text)


@pytest.mark.parametrize("name", PAGES)
def test_readable_without_scripts(name, pages, chromium):
    """With JavaScript turned off: the text, the figures, and the citation as a file."""
    context, page = visit(chromium, pages / f"{name}.html", java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert page.locator(".csto-citation").is_visible()
    page.locator(".forms summary").click()
    assert page.locator(".forms pre").first.is_visible()
    for ending in ("bib", "ris", "json"):
        with page.expect_download() as download:
            page.locator(f".files a[download$='.{ending}']").click()
        assert download.value.path().read_text("utf-8").strip() in [
            text.strip() for text in page.locator(".forms pre").all_text_contents()
        ]
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_small(name, pages):
    """Under 400 KB with four figures; a page with more may take 70 KB more for each."""
    text = (pages / f"{name}.html").read_text("utf-8")
    more = max(0, text.count("<figure") - 4)
    assert len(text.encode()) < 400_000 + 70_000 * more


def test_title_language_and_one_h1(page):
    """What a browser's tab, a screen reader and a library need first."""
    assert page.locator("h1").count() == 1
    heading = page.locator("h1").evaluate("h => h.firstChild.textContent").strip()
    assert heading
    if page.name in PAGES:
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
    assert page.locator("a[href^='data:']:not([download])").count() == 0
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    for link in links:
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("https", "http", "mailto", "data"), link
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
        """all => all.map(f => [f.id, f.querySelector('svg[role=img]')?.ariaLabel ?? f.querySelector('img')?.alt,
        f.querySelector('figcaption')?.innerText,
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
    if page.name in PAGES:
        text = page.locator("section.csto-cite").inner_text()
        assert "The csto-analysis authors. (" in text
        assert re.search(r"\b[0-9a-f]{64}\b", text)


def test_code_is_folded_but_present(page):
    """Readers see prose first; the code of every cell is there to open."""
    if page.name in PAGES:
        assert page.locator("details.code .source").count() >= 5
        assert page.locator("details.code:not([open])").count() >= 4


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_does_not_scroll_sideways(page, width):
    """On a telephone only a wide table scrolls, within its own frame; code opened."""
    page.set_viewport_size({"width": width, "height": 800})
    page.eval_on_selector_all("details", OPEN_ALL)
    assert page.evaluate(WIDER) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page, scheme):
    """axe finds nothing, with the code opened; the colour scheme can change the contrast alone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.eval_on_selector_all("details", OPEN_ALL)
    options = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast"]
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, found.generate_report()


def test_prints(page):
    """Print to PDF works and gives paper, not an empty sheet."""
    page.emulate_media(color_scheme="light")
    assert len(page.pdf(format="A4")) > 10_000


# --- what a parameter or a table may bring ---------------------------------------------------------
@pytest.fixture(scope="module")
def hostile(chromium, tmp_path_factory):
    """A page made of hostile texts: parameters, cells, captions, prose, published values, names."""
    name = "a' onclick=window.hacked=1 \u202eb{{7*7}}.ipynb"
    file = tmp_path_factory.mktemp("hostile") / "page.html"
    file.write_text(to_page(hostile_notebook(), name), encoding="utf-8", newline="\n")
    context, page = visit(chromium, file)
    yield page
    context.close()


def test_nothing_hostile_runs_or_loads(hostile):
    """No script ran or was even tried, nothing was asked for, no link leads to a script."""
    hostile.eval_on_selector_all("details", OPEN_ALL)
    for link in hostile.locator("main a[href^='#']").all()[:5]:
        link.click()
    hostile.mouse.move(640, 450)
    hostile.wait_for_timeout(200)
    assert hostile.evaluate("window.hacked") is None
    assert [url for url in hostile.requested if not url.startswith("data:")] == [
        hostile.url.partition("#")[0]
    ]
    assert hostile.complaints == []
    handlers = """all => all.flatMap(e => e.getAttributeNames().filter(n => n.startsWith('on')))"""
    assert hostile.eval_on_selector_all("*", handlers) == []
    bad = "a[href^='javascript' i], iframe, object, embed, base, form, link, svg svg, main style"
    assert hostile.locator(bad).count() == 0
    kinds = hostile.eval_on_selector_all("script", "all => all.map(s => s.type)")
    assert kinds == ["application/ld+json", "application/json"]


def test_hostile_values_are_kept_as_they_are(hostile):
    """The data block holds each value exactly; half a letter has no place in UTF-8 text."""
    block = json.loads(hostile.locator("#csto-page").text_content())
    kept = [text for text in HOSTILE if "\ud800" not in text]
    assert [text for text in block["values"]["years"] if text in kept] == kept
    assert not {"\u202e", "\u2066", "\u200f"} & set(hostile.locator("body").inner_text())
    assert "b{{7*7}}.ipynb" in hostile.locator("footer").inner_text()


@pytest.mark.parametrize("width", [360, 1400])
def test_hostile_values_do_not_break_the_layout(hostile, width):
    """Head, contents, text, citation and foot are where they belong; nothing is pushed out."""
    hostile.set_viewport_size({"width": width, "height": 800})
    hostile.eval_on_selector_all("details", OPEN_ALL)
    assert hostile.evaluate(WIDER) <= 0
    assert hostile.locator("body > footer").is_visible()
    assert hostile.locator("main > * .csto-citation, main > .csto-citation").first.is_visible()
    assert hostile.locator("nav.contents a").count() >= 3
    ids = hostile.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    for link in hostile.eval_on_selector_all("a[href^='#']", "all => all.map(a => a.hash)"):
        assert link[1:] in ids or unquote(link[1:]) in ids, link
