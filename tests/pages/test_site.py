"""What stands around the pages: index, codebooks, sources, search; from small pages made here."""

import csv
import hashlib
import json
import re
from collections import Counter
from html import escape
from itertools import pairwise
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import ROOT
from PIL import Image

import cstoanalysis as csto
from cstoanalysis.descriptor import descriptor
from cstoanalysis.pages.reading import page_block, read
from cstoanalysis.pages.site import write_site
from cstoanalysis.run.output import Output

SCRIPT = "<script>window.hacked = 1</script>"
HOSTILE = [  # what a title, an answer, a parameter or a cell may hold
    SCRIPT,
    '"><img src=x onerror="window.hacked = 2">',
    "</script><script>window.hacked = 3</script>",
    "<!-- <script> {{ 7 * 7 }} {% include 'page.css' %}",
    "javascript:window.hacked=4",
    "\u202egnp.exe\u202c",
    "x" * 3000,
]
SVG = """<svg width="576pt" height="288pt" viewBox="0 0 576 288">
<path d="M 0.123 288.4 L 576.2 288.49 L 576.3 0 L 0.1 0 z" fill="#fff"/>
<g clip-path="url(#c)"><path d="M 10.26 20.51 L 30.12 22.9 L 30.2 22.8 L 50.4 80.6" stroke="#bd1f01"/>
<path d="M 60.26 20.51 L 70.12 22.9" stroke="#bd1f01"/></g>
<defs><clipPath id="c"><rect x="5" y="5" width="500.25" height="200"/></clipPath>
<path id="tiny" d="M 0 1 L 1 0"/><path id="tick" d="M 0 0 L 0 3.5"/></defs>
<path fill="#fff"/><use href="#tiny" x="8" y="9"/><use href="#tick" x="18.4" y="19.6"/>
<text x="8.24" y="9.8" font-size="10px">Year &amp; age</text><text x="8" y="9" font-size="5px">faint</text>
</svg>"""


def make_page(stem: str, number: int = 1, **said) -> str:
    """A page as the exporter makes it, as far as the site reads it."""
    used = said.pop("tables", {"membership_spells": 12, "bases": 3})
    block = {
        "title": f"Question number {number}?",
        "question": "What is asked & what for.",
        "answer": f"The answer is {number}.",
        "notebook": f"{stem}.ipynb",
        "run_id": "0123456789abcdef",
        "parameters": [
            {
                "name": "as_of",
                "type": "str",
                "value": "2026-02",
                "default": "2026-02",
                "help": "day",
                "allowed": "1992 to 2026-02",
            }
        ],
        "tables": {name: {"rows": n, "sha256": csto.fingerprint(name)} for name, n in used.items()},
        "sources": ["atop_5_1"],
        "published": [],
        "versions": {"csto-analysis": csto.__version__, "data": csto.data_version()},
        **said,
    }
    text = json.dumps(block, ensure_ascii=False).replace("<", "\\u003c")
    return f"""<!DOCTYPE html><html lang="en"><head><title>x</title>
<script type="application/json" id="csto-page">{text}</script></head><body><main>
<h1 id="top">{escape(block["title"])}</h1><p>Opening words.</p>
<h2 id="freeze">The freeze of Armenia</h2><p>Quorumwort {stem} and a naïve café.</p>
<details class="code"><summary>Code</summary>hiddencode</details>
<figure class="csto-figure" id="fig-1"><svg role="img" aria-label="Bars &amp; lines" {SVG[4:]}
<figcaption>Figure 1. What it shows.</figcaption></figure></main></body></html>"""


def build(folder, pages: dict[str, str], **options):
    """A site from pages given by stem."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, text in pages.items():
        (folder / f"{stem}.html").write_text(text, "utf-8")
    write_site(Output(folder), [folder / f"{stem}.html" for stem in pages], **options)
    return folder


PLAIN = {"01_membership_churn": 1, "03_bases_and_alignments": 2, "99_not_in_the_folder": 3}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of three pages; the last has no notebook to download."""
    pages = {stem: make_page(stem, number) for stem, number in PLAIN.items()}
    return build(tmp_path_factory.mktemp("site") / "html", pages)


def read_file(site, address: str) -> str:
    """Text of one file of a site."""
    return (site / address).read_text("utf-8")


# --- what is written -----------------------------------------------------------------------------
def test_a_codebook_and_the_file_for_each_table(site):
    """No table is left out; the file is the one in data/, byte for byte."""
    for name in csto.table_names():
        assert (site / "tables" / f"{name}.html").is_file()
        copy = (site / "tables" / f"{name}.csv").read_bytes()
        assert hashlib.sha256(copy).hexdigest() == csto.fingerprint(name)
    assert json.loads(read_file(site, "tables/datapackage.json")) == descriptor()


def test_same_inputs_same_bytes(site, tmp_path):
    """Built again elsewhere: each file the same."""
    pages = {stem: make_page(stem, number) for stem, number in PLAIN.items()}
    again = build(tmp_path / "other" / "place", pages)
    files = sorted(p.relative_to(site) for p in site.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    assert all((site / f).read_bytes() == (again / f).read_bytes() for f in files)


def test_what_an_earlier_build_left_is_taken_out(tmp_path):
    """A codebook of a table that is gone misleads; what is not ours, or was changed, stays."""
    folder = tmp_path / "html"
    earlier = Output(folder)
    earlier.write("tables/gone.html", "old")
    earlier.write("notebooks/gone.ipynb", "old")
    earlier.write("tables/changed.html", "old")
    (folder / "tables" / "changed.html").write_text("mine now")
    (folder / "tables" / "mine.csv").write_text("mine")
    (folder / "notebooks" / "mine.ipynb").write_text("mine")
    build(folder, {"01_membership_churn": make_page("01_membership_churn")})
    assert not (folder / "tables" / "gone.html").exists()
    assert not (folder / "notebooks" / "gone.ipynb").exists()
    assert (folder / "tables" / "changed.html").read_text() == "mine now"
    assert (folder / "tables" / "mine.csv").read_text() == "mine"
    assert (folder / "notebooks" / "mine.ipynb").read_text() == "mine"


def test_a_page_that_says_nothing_of_itself_is_refused(tmp_path):
    """In words that say what to do."""
    with pytest.raises(ValueError, match=r"old.html does not say what it is: build it again"):
        build(tmp_path / "html", {"old": "<html><body>old</body></html>"})


def test_index_says_question_answer_parameters_and_tables(site):
    """And links to the page, the notebook where there is one, and the codebooks."""
    index = read_file(site, "index.html")
    assert "Question number 1?" in index and "What is asked &amp; what for." in index
    assert "The answer is 2." in index
    assert f"{len(csto.load_sources()):,} sources" in index
    assert f"researched to {csto.words.date(csto.coverage_end())}" in index
    assert "<code>&#39;2026-02&#39;</code>; allowed: 1992 to 2026-02" in index
    assert 'href="01_membership_churn.html#fig-1"' in index
    assert 'href="tables/membership_spells.html"' in index
    assert 'href="notebooks/01_membership_churn.ipynb"' in index
    assert "notebooks/99_not_in_the_folder" not in index
    assert nbformat.read(site / "notebooks" / "01_membership_churn.ipynb", as_version=4).cells
    assert "{{" not in index and index.count("<script") == index.count('ld+json">') == 1


def test_a_name_with_marks_of_addresses_is_found(tmp_path):
    """``#`` and ``%`` are written as an address needs them, in links, pictures and the site map."""
    stem = "80#% is it"
    folder = build(tmp_path / "html", {stem: make_page(stem)})
    index = BeautifulSoup(read_file(folder, "index.html"), "html.parser").article
    places = [a["href"].partition("#")[0] for a in index.select("h3 a, .go a, .picture a")]
    places += [image["src"] for image in index("img")]
    assert len(places) == 4 and all((folder / unquote(place)).is_file() for place in places)
    assert quote(f"{stem}.html") in places
    assert f"<loc>{quote(stem)}.html</loc>" in read_file(folder, "sitemap.xml")


def test_index_of_one_page_without_answer_or_figure(tmp_path):
    """What a page does not have is left out, with no empty frame."""
    page = make_page("00_start_here", answer="", parameters=[], tables={}, sources=[])
    page = re.sub(r"<figure.*</figure>", "", page, flags=re.DOTALL)
    index = read_file(build(tmp_path / "html", {"00_start_here": page}), "index.html")
    index = index.partition('id="pages"')[2].partition('id="tables"')[0]
    assert 'class="answer"' not in index and 'class="picture"' not in index
    assert "From " not in index and "<details" not in index


def test_codebook_says_what_the_descriptor_says(site):
    """Every column with its type and meaning; keys lead to the other codebooks."""
    book = read_file(site, "tables/membership_spells.html")
    (resource,) = [r for r in descriptor()["resources"] if r["name"] == "membership_spells"]
    for field in resource["schema"]["fields"]:
        assert f'id="column-{field["name"]}"' in book
    assert 'href="organisations.html#column-organisation"' in book
    assert 'href="sources.html#column-source_key"' in book
    assert resource["licenses"][0]["path"] in book
    assert csto.fingerprint("membership_spells") in book
    assert "SCO: observers and dialogue partners became one status" in book
    assert '<a href="../01_membership_churn.html">Question number 1?</a>: 12 rows' in book


def test_codebook_numbers_the_traps_as_the_descriptor_does(site):
    """A year in brackets starts no trap of its own."""
    book = read_file(site, "tables/trade_partners.html")
    traps = book.partition('id="traps"')[2].partition("</ol>")[0]
    (resource,) = [r for r in descriptor()["resources"] if r["name"] == "trade_partners"]
    numbered = re.findall(r"\((\d)\) ", resource["description"])
    assert numbered == [str(n) for n in range(1, len(numbered) + 1)]
    assert traps.count("<li>") == len(numbered) > 1 and "(2023) stand without Russia" in traps


@pytest.mark.parametrize("name", csto.table_names())
def test_codebook_counts_rows_by_source(site, name):
    """The rows by source add up to the rows of the table, counted a second time with csv."""
    with open(ROOT / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        keys = [row.get("source_key") for row in csv.DictReader(file)]
    book = read_file(site, f"tables/{name}.html")
    found = re.findall(r'href="\.\./sources\.html#([^"]+)">.*?class="num">([\d,]+)<', book)
    if name == "sources":
        assert found == []
    else:
        assert {k: int(n.replace(",", "")) for k, n in found} == Counter(keys)


def test_sources_say_where_each_is_used(site):
    """Every source once, with its tables and pages."""
    text = read_file(site, "sources.html")
    for key in csto.load_sources()["source_key"]:
        assert text.count(f'<li id="{key}">') == 1, key
    atop = text[text.index('id="atop_5_1"') :].split("</li>")[0]
    assert "tables/membership_spells.html" in atop and "01_membership_churn.html" in atop


def test_the_index_says_what_the_alliance_is_and_is_a_catalogue(tmp_path):
    """In the words of the first page's answer; each table with its licence, for machines."""
    said = "It binds six states. One is a member in name only."
    page = make_page("00_start_here", answer=said)
    index = read_file(build(tmp_path, {"00_start_here": page}), "index.html")
    assert index.index(said) < index.index('id="pages"')
    made = json.loads(re.search(r'ld\+json">(.*?)</script>', index)[1])
    assert made["@type"] == "DataCatalog"
    assert [table["url"].split("/")[1][:-5] for table in made["dataset"]] == csto.table_names()


def test_each_page_has_the_sources_that_it_used_as_bibtex(site):
    """To cite the producers."""
    made = read_file(site, "sources/01_membership_churn.bib")
    assert re.findall(r"^@misc\{(\w+),", made, re.MULTILINE) == ["atop_5_1"]


def test_linked_data_of_each_codebook(site):
    """schema.org's Dataset, with licence, version and fingerprint."""
    for resource in descriptor()["resources"]:
        book = read_file(site, f"tables/{resource['name']}.html")
        data = json.loads(re.search(r'ld\+json">(.*?)</script>', book)[1])
        assert data["@type"] == "Dataset" and data["name"] == resource["title"]
        assert data["license"] == [licence["path"] for licence in resource["licenses"]]
        assert data["version"] == csto.data_version()
        assert data["distribution"]["sha256"] == csto.fingerprint(resource["name"])
        assert len(data["variableMeasured"]) == len(resource["schema"]["fields"])


def test_sitemap_and_canonical_links(site, tmp_path):
    """Relative without a public address; absolute with one, or with that which the pages give."""
    places = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}

    def locations(folder):
        root = ElementTree.fromstring(read_file(folder, "sitemap.xml"))
        return [element.text for element in root.findall("s:url/s:loc", places)]

    assert "tables/bases.html" in locations(site) and "01_membership_churn.html" in locations(site)
    assert all((site / place).is_file() for place in locations(site))
    assert 'rel="canonical"' not in read_file(site, "index.html")
    pages = {"01_membership_churn": make_page("01_membership_churn")}
    public = build(tmp_path / "a", pages, base_url="https://example.org/csto/")
    assert "https://example.org/csto/tables/bases.html" in locations(public)
    assert '<link rel="canonical" href="https://example.org/csto/">' in read_file(
        public, "index.html"
    )
    address = "https://example.net/x/v/0.2.0/01_membership_churn.html"
    named = {"01_membership_churn": make_page("01_membership_churn", address=address)}
    assert "https://example.net/x/index.html" in locations(build(tmp_path / "b", named))


def test_block_of_a_page():
    """It is found wherever its id stands; a page without one has none."""
    block = '<script id="csto-page" type="application/json">{"a": 1}</script>'
    assert page_block(block) == {"a": 1}
    with pytest.raises(ValueError, match="no data block"):
        page_block("<p>csto-page</p>")


# --- what a page says --------------------------------------------------------------------------
def test_a_page_is_read_section_by_section():
    """Without its code, its drawings and what comes after; words stay whole across their marks."""
    text = make_page("01_x").replace("Quorumwort", "Quorum<b>wort</b>")
    found = read(text.replace("</main>", "</main><p>foot</p>"))
    assert [(anchor, title) for anchor, title, _ in found.sections] == [
        ("top", "Question number 1?"),
        ("freeze", "The freeze of Armenia"),
    ]
    assert found.sections[0][2] == "Opening words."
    assert "Quorumwort 01_x and a naïve café." in found.sections[1][2]
    assert not any(word in str(found.sections) for word in ("hiddencode", "Year", "foot"))
    ((anchor, alt, picture),) = found.figures
    assert (anchor, alt) == ("fig-1", "Bars & lines")
    assert picture.startswith("<svg") and picture.endswith("</svg>")


@pytest.mark.parametrize("inside", ["", "<svg", "<svg></svg>", "<img src='data:,'>"])
def test_no_picture_where_there_is_no_drawing(inside, tmp_path):
    """No error, no empty picture."""
    page = re.sub(
        r"<figure.*</figure>", f"<figure id='fig-1'>{inside}", make_page("00_x"), flags=re.DOTALL
    )
    site = build(tmp_path / "html", {"00_x": page})
    assert not (site / "figures").exists() and 'class="picture"' not in read_file(
        site, "index.html"
    )


def test_each_figure_is_a_png_as_well(site, tmp_path):
    """Opaque, in the colours of the light, and the same each time; another is drawn anew."""
    picture = Image.open(site / "figures" / "01_membership_churn-1.png")
    assert picture.size == (1000, 500) and picture.mode == "P"
    colours = {tuple(c) for _, c in picture.convert("RGB").getcolors()}
    assert (253, 253, 251) in colours or (255, 255, 255) in colours  # the ground
    folder = build(tmp_path, {"01_membership_churn": make_page("01_membership_churn")})
    again = folder / "figures" / "01_membership_churn-1.png"
    assert again.read_bytes() == (site / "figures" / "01_membership_churn-1.png").read_bytes()
    before = again.stat().st_mtime_ns
    build(tmp_path, {"01_membership_churn": make_page("01_membership_churn")})
    assert again.stat().st_mtime_ns == before
    changed = make_page("01_membership_churn").replace("Year", "Month")
    build(tmp_path, {"01_membership_churn": changed})
    assert again.stat().st_mtime_ns != before


def test_pictures_of_the_index_are_files_beside_it(site):
    """Each as it stands on its page, in the colours of light and dark; the index itself is small."""
    for stem in PLAIN:
        root = ElementTree.parse(site / "figures" / f"{stem}-1.svg").getroot()
        assert root.get("viewBox") == "0 0 576 288"
        assert [e.text for e in root.iter() if e.tag.endswith("text")] == ["Year & age", "faint"]
        assert f'src="figures/{stem}-1.svg" width="500" height="250"' in read_file(
            site, "index.html"
        )
    assert (site / "index.html").stat().st_size < 60_000


# --- in a browser --------------------------------------------------------------------------------
LOOKED_AT = [
    "index",
    "search",
    "tables/membership_spells",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("sources", "tables/bases", "tables/milex")
    ),
]


@pytest.fixture(scope="module", params=LOOKED_AT)
def page(request, site, chromium):
    """One page of the site, loaded once from its file, without a network."""
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.requested, page.complaints = [], []
    page.on("request", lambda asked: page.requested.append(asked.url))
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto((site / f"{request.param}.html").as_uri())
    page.path = f"{request.param}.html"
    yield page
    context.close()


def test_asks_for_nothing_and_complains_of_nothing(page, site):
    """But for itself, style and pictures beside it; its policy lets them and its script through."""
    own, style, *pictures = page.requested
    assert own == page.url and style == (site / "site.css").as_uri()
    assert all(url.startswith((site / "figures").as_uri()) for url in pictures)
    assert page.complaints == []
    assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none"  # the style is used


def test_headings_in_order_and_ids_unique(page):
    """One h1, no level left out, each id once."""
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(h => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels)), levels
    ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})


def test_links_resolve(page, site):
    """Each link to a file of the site, and to a place within one, leads somewhere."""
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    assert links
    for link in set(links):
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme in ("https", "http"), link
            continue
        file = (site / page.path).parent / unquote(parts.path) if parts.path else site / page.path
        assert file.is_file(), link
        if parts.fragment:
            assert f'id="{unquote(parts.fragment)}"' in file.read_text("utf-8"), link


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_does_not_scroll_sideways(page, width):
    """On a telephone only a wide table scrolls, within its own frame."""
    page.set_viewport_size({"width": width, "height": 800})
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    assert page.evaluate(SIDEWAYS) <= 0


SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page, scheme):
    """axe finds nothing; the colour scheme can change the contrast alone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    options = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast"]
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, found.generate_report()


def test_skip_link_is_the_first_stop(site, chromium):
    """One key past the navigation."""
    page = chromium.new_page()
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.close()


@pytest.fixture
def search(site, chromium):
    """The search page, just opened."""
    page = chromium.new_page()
    page.goto((site / "search.html").as_uri())
    page.locator("#query").wait_for()  # what is searched is unpacked first
    yield page
    page.close()


def found(page) -> list[str]:
    """Addresses of the hits shown."""
    return page.eval_on_selector_all("#hits a", "all => all.map(a => a.getAttribute('href'))")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("quorumwort", "01_membership_churn.html#freeze"),  # text of a page, down to its section
        (
            "QUORUM 03_bases",
            "03_bases_and_alignments.html#freeze",
        ),  # small letters, word beginnings
        ("naive cafe", "01_membership_churn.html#freeze"),  # without its accents
        ("entry_mode", "tables/membership_spells.html#column-entry_mode"),  # a column
        ("military facilities abroad", "tables/bases.html"),  # a table by its title
        ("Alliance Treaty Obligations", "sources.html#atop_5_1"),  # a source
        ("Gyumri 102nd base", "tables/bases.html#rows"),  # a row of a table, its state by name
        ("exercise Batken Kyrgyzstan", "tables/exercises.html#rows"),
        ("gyumry 102nd Armennia", "tables/bases.html#rows"),  # one letter wrong, one too many
        ("where is the 102nd base at Gyumri", "tables/bases.html#rows"),  # small words aside
        ("quorumwrot", "01_membership_churn.html#freeze"),  # two that changed places
    ],
)
def test_search_finds(search, words, expected):
    """Pages, columns, tables and sources, under the words that a reader would type."""
    search.fill("#query", words)
    assert expected in found(search)[:10]
    assert re.search(r"(^|\. )\d+ places? with", search.inner_text("#status"))
    assert search.locator("#hits mark").count() > 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Azerbaijan withdrawal 1999", r"treaty_actions\S+ .*Azerbaijan · non_renewal · 1999"),
        (
            "when did Uzbekistan leave",
            r"treaty_actions\S+ .*Uzbekistan · withdrawal",
        ),  # forms of a verb
        ("Armenia freezing its membership", r"\S+ .*Armenia · freeze"),
        (
            "article 4 treaty",
            r"treaty_provisions\S+ .*CST_1992.*article 4",
        ),  # a number with its column
        ("Russian nuclear weapons in Belarus", r"bases\S+ .*Russian nuclear weapons in Belarus"),
        ("SIPRI licence", r"tables/(milex|arms_transfers)"),
        ("Georgia’s ratification 1993", r"treaty_actions\S+ .*Georgia · (ratification|accession)"),
    ],
)
def test_search_finds_it_among_the_first_three(search, words, expected):
    """In other forms of the words than stand there, the rarest of them first, close together."""
    search.fill("#query", words)
    shown = search.eval_on_selector_all(
        "#hits li",
        "all => all.slice(0, 3).map(l => `${l.querySelector('a').getAttribute('href')} ${l.textContent}`)",
    )
    assert any(re.search(expected, hit) for hit in shown), shown


def test_search_says_what_it_took_a_word_for(search):
    """The word that is nowhere, and the one that was looked for."""
    search.fill("#query", "gyumry base")
    assert search.inner_text("#status").startswith("“gyumry” is nowhere; looked for “gyumri”. ")


def test_sources_can_be_filtered(site, chromium):
    """By any words of theirs, down to the letter; all are there without a script."""
    page = chromium.new_page()
    page.goto((site / "sources.html").as_uri())
    every = len(csto.load_sources())
    assert page.inner_text(".filters [role=status]") == f"{every} of {every} shown."
    page.get_by_label("Words").fill("leeds treaty OBLIGATIONS")
    shown = page.locator(".references li:visible")
    assert "atop_5_1" in [item.get_attribute("id") for item in shown.all()] and shown.count() < 9
    assert page.locator("section:visible").count() <= shown.count()
    page.close()
    assert read_file(site, "sources.html").count("<li id=") == every


def test_search_says_when_nothing_is_found(search):
    """In words, with a way on; code of the pages is not searched."""
    for words in ("zzyzx", "hiddencode"):
        search.fill("#query", words)
        assert found(search) == []
        assert search.inner_text("#status").startswith(f"Nothing found for “{words}”. Try fewer")
    search.fill("#query", "Karakoram")
    said = search.inner_text("#status")
    assert "words that begin like it" in said
    search.click("#status a")
    assert search.input_value("#query") in said and found(search)
    search.fill("#query", "quorumwort zzyzx")
    assert search.inner_text("#status").startswith("No place has all of these words; 3 places have")
    search.fill("#query", "…")
    assert search.inner_text("#status") == "Letters or digits are needed."
    search.fill("#query", "")
    assert search.inner_text("#status") == "" and found(search) == []


def test_search_with_the_keyboard_alone(search):
    """Type, arrow down, enter; and the address of a search can be kept."""
    search.keyboard.type("quorumwort")  # the box has the focus
    search.keyboard.press("ArrowDown")
    search.keyboard.press("ArrowDown")
    search.keyboard.press("ArrowUp")
    assert search.evaluate("document.activeElement.getAttribute('href')") == found(search)[0]
    kept, first = search.url, found(search)[0]
    assert kept.endswith("#q=quorumwort")
    search.keyboard.press("Enter")
    search.wait_for_url(f"**/{first}")
    search.goto(kept)
    assert search.input_value("#query") == "quorumwort" and found(search)[0] == first


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_search_with_hits_is_accessible(search, scheme):
    """Also when it shows something, down to the marked words."""
    search.emulate_media(color_scheme=scheme)
    search.fill("#query", "treaty")
    assert "the best 40 shown" in search.inner_text("#status")
    found = Axe().run(search, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_readable_without_scripts(site, chromium):
    """The index has none; the search page says what to do instead."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "search.html").as_uri())
    assert "This search needs JavaScript" in page.inner_text("main")
    assert not page.is_visible("#query")
    context.close()


def test_hostile_texts_stay_texts(tmp_path, chromium):
    """In title, question, answer, parameters and headings: none executes, none breaks the layout."""
    pages = {}
    for number, text in enumerate(HOSTILE):
        parameter = {"name": "x", "type": text, "value": text, "default": text, "help": text}
        said = {"title": text, "question": text, "answer": text, "parameters": [parameter]}
        pages[f"{number:02}_page"] = make_page(f"{number:02}_page", **said)
    site = build(tmp_path / "html", pages)
    context = chromium.new_context(offline=True, viewport={"width": 360, "height": 800})
    page = context.new_page()
    for address in ("index", "search", "sources", "tables/bases"):
        page.goto((site / f"{address}.html").as_uri())
        page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
        if address == "search":
            page.fill("#query", "window hacked")
            assert len(found(page)) >= 4
        assert page.evaluate("window.hacked") is None
        assert page.evaluate(SIDEWAYS) <= 0
        assert "\u202e" not in page.content()
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        assert not [link for link in links if link.startswith("javascript:")]
    page.goto((site / "index.html").as_uri())
    assert page.locator("h3").first.inner_text() == SCRIPT
    context.close()
