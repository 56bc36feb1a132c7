"""The pages, opened in a real browser from a file and without a network."""

import json
import re
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import BUILT
from pages_for_tests import HOSTILE, hostile_notebook, soup

from cstoanalysis.pages.page import to_page

PAGES = [path.stem for path in BUILT]
AROUND = ["index", "search", "sources"]
OPEN_ALL = "all => all.forEach(d => d.open = true)"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Axe and every width: one page of the template, with a lead figure and key numbers; the others are slow.
TEMPLATE = "00_start_here"
LOOKED_AT = [
    name if name == TEMPLATE else pytest.param(name, marks=pytest.mark.slow)
    for name in [*PAGES, "index"]
]


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


@pytest.fixture(scope="module")
def read(pages) -> dict:
    """Tree of each page and the index, parsed once."""
    return {name: soup((pages / f"{name}.html").read_text("utf-8")) for name in [*PAGES, "index"]}


def test_a_page_for_each_notebook_and_nothing_else(pages):
    """No page is left out, and none stands there without its notebook."""
    stems = [path.stem for path in pages.glob("*.html") if not path.stem.endswith("-readings")]
    assert sorted(stems) == sorted([*AROUND, *PAGES])


# --- as they are written ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_small(name, pages):
    """Under 450 KB with four figures; a page with more may take 70 KB more for each, a register 2.5 KB a row."""
    text = (pages / f"{name}.html").read_text("utf-8")
    more = max(0, text.count("<figure") - 4)
    rows = max(0, text.count("<tr") - 400)
    assert len(text.encode()) < 450_000 + 70_000 * more + 2_500 * rows


@pytest.mark.parametrize("name", [*PAGES, "index"])
def test_one_title_and_headings_in_order(name, read):
    """What a browser's tab, a screen reader and a library need first; no level is left out."""
    page = read[name]
    (title,) = page("h1")
    heading = title.get_text().removesuffix("¶").strip()
    assert heading and page.html["lang"] == "en"
    assert name == "index" or page.title.get_text().startswith(heading)
    levels = [int(h.name[1]) for h in page(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels


@pytest.mark.parametrize("name", [*PAGES, "index"])
def test_ids_unique_and_links_resolve(name, read, pages):
    """Each id once; each link within the page or to another page leads somewhere."""
    page = read[name]
    ids = [tag["id"] for tag in page(id=True)]
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})
    for link in page("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme:
            assert parts.scheme in ("https", "http", "mailto", "data"), link
            assert parts.scheme != "data" or link.has_attr("download"), link
        elif parts.path:
            assert (pages / unquote(parts.path)).is_file(), link
        else:
            assert unquote(parts.fragment) in [*ids, *map(unquote, ids)], link


@pytest.mark.parametrize("name", PAGES)
def test_figures_have_caption_alt_text_and_source(name, read):
    """Each number once, with all that a reader needs to use it elsewhere; drawn as elements."""
    figures = read[name].select("figure:not(#fig-readings)")
    numbers = sorted(int(figure["id"].removeprefix("fig-")) for figure in figures)
    assert numbers == list(range(1, len(figures) + 1))
    for figure in figures:
        assert figure.svg["role"] == "img" and figure.svg["aria-label"].strip()
        assert figure.svg("text"), "words that cannot be selected"
        assert re.search(r"^Source: \S", figure.select_one(".csto-source").get_text())
    assert figures or name == "00_start_here", "an analysis without a figure"


@pytest.mark.parametrize("name", PAGES)
def test_each_part_is_cited_with_its_whole_caption(name, read):
    """Every section, figure and table; no citation ends at a span of years or at a full stop."""
    page = read[name]
    cited = {item["id"]: " ".join(item.get_text(" ").split()) for item in page.select(".parts li")}
    for part in page.select("figure:not(#fig-readings), .csto-table[id]"):
        caption = part.find(["figcaption", "caption"])
        number = caption.find("a", class_="csto-number").get_text()
        for rest in caption.select(".csto-number, .csto-source, .csto-data, a[download]"):
            rest.extract()
        words = " ".join(caption.get_text().removeprefix(".").split())
        said = cited[f"cite-{part['id']}"].replace("-", "−").replace("\xa0", " ")
        assert f"{number}, “{words}”".replace("-", "−").replace("\xa0", " ") in said
    end = page.select_one(".csto-cite")
    for heading in page.main(["h2", "h3"]):
        if heading.get("id") == "Cite-this-page" or heading.find_parent(class_="csto-cite"):
            break
        assert cited[f"cite-{heading['id']}"].startswith("Section “"), end


@pytest.mark.parametrize("name", PAGES)
def test_says_how_to_cite_it_and_holds_its_code(name, read):
    """Citation, sources, fingerprints; the code of every section folded, one fold a section."""
    page = read[name]
    text = page.select_one("section.csto-cite").get_text()
    assert "The csto-analysis authors. (" in text
    assert re.search(r"\b[0-9a-f]{64}\b", text)
    folds = page.select("details.code")
    assert len(folds) >= 3 and not page.select("details.code[open]")
    assert len(folds) <= len(page.main("h2")) + 1
    kinds = [tag.get("type", "a script that runs") for tag in page("script")]
    plain = ["application/ld+json", "application/json"]
    assert kinds == (
        ["application/ld+json"] * bool(page(id="C001"))
        + plain
        + ["a script that runs"] * bool(page(id="C001") or page.select("[data-alive]"))
    )
    for tag in page("script", type=True):
        json.loads(tag.string)


# --- in a browser ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [*PAGES, *AROUND])
def test_asks_for_nothing_and_fits_a_telephone(name, pages, chromium):
    """The requests are for the page itself, and for style and pictures beside it; no complaint."""
    context, page = visit(chromium, pages / f"{name}.html")
    page.set_viewport_size({"width": 360, "height": 800})
    page.eval_on_selector_all("details", OPEN_ALL)
    assert page.evaluate(WIDER) <= 0
    beside = (pages / "figures").as_uri(), (pages / "site.css").as_uri()
    asked = [url for url in page.requested if not url.startswith(("data:", *beside))]
    assert asked == [page.url]
    assert page.complaints == []
    pictures = page.eval_on_selector_all("img", "all => all.map(i => [i.alt, i.naturalWidth])")
    assert all(alt.strip() and width > 0 for alt, width in pictures)
    context.close()


@pytest.fixture(scope="module", params=LOOKED_AT)
def page(request, pages, chromium):
    """A page, loaded once."""
    context, page = visit(chromium, pages / f"{request.param}.html")
    page.name = request.param
    yield page
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page, scheme):
    """axe finds nothing, with all folds open; the colour scheme can change the contrast alone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.eval_on_selector_all("details", OPEN_ALL)
    options = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast"]
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "none"])
def test_every_page_of_the_site_is_accessible_on_a_telephone(
    script, scheme, pages, chromium, tmp_path
):
    """Pages, their readings, what lies around them; those that run a script also without it."""
    problems = {}
    (tmp_path / "site.css").write_bytes((pages / "site.css").read_bytes())
    for file in sorted(pages.glob("*.html")):
        text = file.read_text("utf-8")
        bare = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
        if script or bare != text:
            (tmp_path / file.name).write_text(text if script else bare, "utf-8")
            context, page = visit(chromium, tmp_path / file.name, color_scheme=scheme)
            page.set_viewport_size({"width": 390, "height": 844})
            page.eval_on_selector_all("details", OPEN_ALL)
            options = {"resultTypes": ["violations"]}
            if scheme == "dark":
                options["runOnly"] = ["color-contrast"]
            found = Axe().run(page, options=options)
            if found.violations_count:
                problems[file.name] = found.generate_report()
            context.close()
    assert not problems, problems


def test_letters_of_figures_are_11_pixels_on_a_telephone(page):
    """At 390 px; a hair less is a rounding of the picture's frame."""
    page.set_viewport_size({"width": 390, "height": 844})
    small = page.eval_on_selector_all(
        "svg text",
        """all => all.filter(t => t.textContent.trim() && t.getBoundingClientRect().width).map(t => {
          const m = t.getScreenCTM();
          return [parseFloat(getComputedStyle(t).fontSize) * Math.hypot(m.a, m.b), t.textContent];
        }).filter(one => one[0] < 10.95)""",
    )
    assert page.name == "index" or not small, small[:5]


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_does_not_scroll_sideways(page, width):
    """Only a wide table or figure scrolls, within its own frame; all folds open."""
    page.set_viewport_size({"width": width, "height": 800})
    page.eval_on_selector_all("details", OPEN_ALL)
    assert page.evaluate(WIDER) <= 0


def test_figures_follow_light_and_dark(page):
    """Their ink is the page's ink; no white slab lies under them."""
    if page.name == "index":
        return
    inks = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        ink = "s => getComputedStyle(s.querySelector('text[fill=currentColor]')).fill"
        inks.append(page.eval_on_selector("#fig-1 svg", ink))
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        fills = """all => all.map(e => getComputedStyle(e).fill).filter(f => f == 'rgb(255, 255, 255)')"""
        assert page.eval_on_selector_all("#fig-1 svg path", fills) == []
        assert inks[-1] == page.evaluate("getComputedStyle(document.body).color") != ground
    assert inks[0] != inks[1]


def test_prints(page):
    """Print to PDF works and gives paper, not an empty sheet."""
    page.emulate_media(color_scheme="light")
    assert len(page.pdf(format="A4")) > 10_000


def test_readable_without_scripts(pages, chromium):
    """With JavaScript turned off: the text, the figures, and the citation as a file."""
    file = pages / f"{TEMPLATE}.html"
    context, page = visit(chromium, file, java_script_enabled=False)
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


def test_contents_are_folded_on_a_telephone_and_open_beside_the_text(pages, chromium):
    """Without a script, and without standing there twice."""
    context, page = visit(chromium, pages / f"{TEMPLATE}.html")
    link = page.locator("nav.contents li a").first
    page.set_viewport_size({"width": 1400, "height": 900})
    assert link.is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert not link.is_visible()
    page.locator("nav.contents summary").click()
    assert link.is_visible()
    context.close()


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
    bad = (
        "a[href^='javascript' i], iframe, object, embed, base, form, main link, svg svg, main style"
    )
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


def test_the_site_is_small(pages):
    """Index 65 KB, a page 350 KB, the search 450 KB, all that is read 10.5 MB; the tables' own files come on top.

    The register of the claims is one page, whatever it holds: 432 claims with what bears on each.
    """
    sizes = {p.relative_to(pages).as_posix(): p.stat().st_size for p in pages.rglob("*.*")}
    assert sizes["index.html"] <= 65_000
    stems = [path.stem for path in BUILT]
    large = {stem: sizes[f"{stem}.html"] for stem in stems if sizes[f"{stem}.html"] > 350_000}
    assert large.keys() <= {"10_claims_register"} and max(large.values(), default=0) < 900_000
    files = [name for name in sizes if name.startswith("tables/") and name.endswith(".csv")]
    assert sum(sizes.values()) - sum(sizes[name] for name in files) <= 10_500_000
    assert sizes["search.html"] <= 450_000
