"""What a page says of itself: citation forms read by other people's parsers, facts, provenance."""

import json
import os
import re
import shlex
import subprocess
import warnings
from pathlib import Path

import bibtexparser
import pandas as pd
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc.formatter import plain
from citeproc.source.json import CiteProcJSON
from conftest import ROOT, console
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pages_for_tests import HOSTILE, executed, figure, hostile_notebook, shown, soup
from pyld import jsonld

import cstoanalysis as csto
from cstoanalysis.pages import cite, deposit, metadata, provenance, render
from cstoanalysis.pages import page as pages_module
from cstoanalysis.pages.page import PartialRun, to_page
from cstoanalysis.pages.verify import page_block, verify
from cstoanalysis.run import identity

HOME = "https://example.org/csto"
PUBLISHED = ["00_start_here", "10_claims_register"]


@pytest.fixture(scope="module")
def page() -> str:
    """A page with a figure, its data, a published value and an answer."""
    data = csto.load_membership_spells("CSTO")[["iso3", "start"]]
    outputs = [
        *figure("A caption. With two sentences.", data=data),
        *shown(lambda: csto.publish("exit_rate", 0.123456, unit="per year")),
        *shown(lambda: csto.publish("answer", "Yes, it is.")),
    ]
    return to_page(executed({"as_of": "2010"}, outputs), "09_a_test.ipynb")


def info(values=None, **changes) -> dict:
    """Facts of a page with some parameters."""
    return {
        **provenance.page_info(executed(values), "09_a_test.ipynb", "Is it?", "Well?"),
        **changes,
    }


# --- the forms -----------------------------------------------------------------------------------
def parsed_bibtex(text: str) -> dict[str, str]:
    """Fields of the one entry, with its key, as bibtexparser reads them."""
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    (entry,) = library.entries
    return {"key": entry.key, "kind": entry.entry_type} | {f.key: f.value for f in entry.fields}


def rendered_csl(text: str) -> str:
    """Bibliography entry that a CSL processor makes of it."""
    items = json.loads(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fields that this style does not print
        source = CiteProcJSON(items)
        style = CitationStylesStyle("harvard-cite-them-right", validate=False)
        bibliography = CitationStylesBibliography(style, source, plain)
        bibliography.register(Citation([CitationItem(items[0]["id"])]))
        return str(bibliography.bibliography()[0])


def parsed_ris(text: str) -> dict:
    """The one record, as rispy reads it."""
    (record,) = rispy.loads(text)
    return record


@pytest.mark.parametrize("value", ["2010", *HOSTILE], ids=lambda value: ascii(value)[:30])
def test_every_form_parses_whatever_a_parameter_holds(value):
    """One entry each, of the right title, whatever braces, tags or line ends a value has."""
    facts = info({"as_of": value}, title=f"Is it {value}?" if value != "2010" else "Is it?")
    forms = cite.citations(facts)
    title = render.one_line(facts["title"])
    bibtex = parsed_bibtex(forms["bibtex"])
    assert bibtex["kind"] == "misc"
    assert bibtex["key"] == f"csto_09_a_test_{facts['run_id'][:8]}"
    assert bibtex["year"] == "2026"
    record = parsed_ris(forms["ris"])
    assert record["type_of_reference"] == "ELEC"
    assert record["title"] == title
    assert record["year"] == "2026"
    assert facts["run_id"] in record["notes"][0]
    (item,) = json.loads(forms["csl"])
    assert item["title"] == title
    assert "2026" in rendered_csl(forms["csl"])
    for form in ("apa", "chicago"):
        assert title in forms[form]
        assert facts["run_id"] in forms[form]
        assert "\n" not in forms[form]
        forms[form].encode()


def test_citation_in_full():
    """Author, year, title, kind, version, data version, changed parameter, run id, collection."""
    facts = info({"as_of": "2010"}, run_id="0123456789abcdef")
    versions = f"version {csto.__version__}, data {csto.data_version()}"
    apa, chicago = (cite.citations(facts)[form] for form in ("apa", "chicago"))
    assert apa == (
        f"The csto-analysis authors. (2026). Is it? [Computational notebook, {versions}, "
        "as_of = 2010, run 0123456789abcdef]. "
        "csto-analysis: open notebooks on the Collective Security Treaty Organization."
    )
    assert chicago.startswith("The csto-analysis authors. 2026. “Is it?” Computational notebook, ")
    assert "as_of = 2010" in chicago


def test_defaults_are_not_cited():
    """Only what differs from the default is said; the same value of another type differs."""
    assert "as_of" not in cite.citations(info())["apa"]
    assert "as_of" not in cite.citations(info({"as_of": "2026-02"}))["apa"]
    assert "years = 3, 4" in cite.citations(info({"years": [3, 4]}))["apa"]


def test_authors_with_names_of_their_own():
    """Persons in CITATION.cff come out as each style wants them."""
    people = [
        {"family-names": "Roe", "given-names": "Jane Ann"},
        {"family-names": "Doe", "given-names": "John"},
    ]
    forms = cite.citations(info(authors=people))
    assert forms["apa"].startswith("Roe, J. A., & Doe, J. (2026)")
    assert forms["chicago"].startswith("Roe, Jane Ann, and John Doe. 2026.")
    assert parsed_bibtex(forms["bibtex"])["author"] == "Roe, Jane Ann and Doe, John"
    assert parsed_ris(forms["ris"])["authors"] == ["Roe, Jane Ann", "Doe, John"]


def test_all_that_a_citation_file_may_say(monkeypatch):
    """Particle, suffix, an alias alone, and a DOI among the identifiers, in every form."""
    people = [
        {
            "family-names": "Berg",
            "given-names": "Jo",
            "name-particle": "van den",
            "name-suffix": "Jr.",
        },
        {"alias": "quux"},
    ]
    doi = {"type": "doi", "value": "10.5281/zenodo.1"}
    about = {**provenance.citation_file(), "authors": people, "identifiers": [doi]}
    monkeypatch.setattr(provenance, "citation_file", lambda: about)
    facts = info()
    forms = cite.citations(facts)
    for text in forms.values():
        assert "van den Berg" in text and "Jr." in text and "quux" in text
        assert "https://doi.org/10.5281/zenodo.1" in text
    assert forms["apa"].startswith("van den Berg, J., Jr., & quux. (2026).")
    assert forms["chicago"].startswith("van den Berg, Jo, Jr., and quux. 2026.")
    assert parsed_bibtex(forms["bibtex"])["author"] == "van den Berg, Jr., Jo and {quux}"
    assert parsed_ris(forms["ris"])["authors"] == ["van den Berg, Jo, Jr.", "quux"]
    berg = {"family": "van den Berg", "given": "Jo", "suffix": "Jr."}
    assert json.loads(forms["csl"])[0]["author"] == [berg, {"literal": "quux"}]
    assert "van den Berg, J., Jr." in rendered_csl(forms["csl"])
    named = [content for name, content in metadata.meta_tags(facts) if name == "citation_author"]
    assert named == ["van den Berg, Jo, Jr.", "quux"]
    assert metadata.json_ld(facts)["author"][0]["honorificSuffix"] == "Jr."
    assert facts["authors"][0]["name-suffix"] == "Jr."


def test_a_citation_file_may_say_next_to_nothing(monkeypatch):
    """Title and authors are all that the format asks for."""
    least = {"cff-version": "1.2.0", "message": "m", "title": "t", "authors": [{"name": "A & B"}]}
    for module in (provenance, metadata, deposit):
        monkeypatch.setattr(module, "citation_file", lambda: least)
    assert all("A & B" in cite.citations(info())[form] for form in ("apa", "chicago", "ris", "csl"))
    said = deposit.facts()
    assert deposit.zenodo(said)["creators"] == [{"name": "A & B"}]
    assert deposit.codemeta(said)["author"] == [{"@type": "Organization", "name": "A & B"}]


def test_an_address_is_cited_only_where_there_is_one(monkeypatch):
    """None is invented; with one, it is that of the page with the defaults."""
    assert "URL" not in json.loads(cite.citations(info())["csl"])[0]
    assert not any(
        "http" in content for name, content in metadata.meta_tags(info()) if "url" in name
    )
    about = {**provenance.citation_file(), "url": "https://example.org/csto/"}
    monkeypatch.setattr(provenance, "citation_file", lambda: about)
    address = f"https://example.org/csto/v/{csto.__version__}/09_a_test.html"
    forms = cite.citations(info())
    assert json.loads(forms["csl"])[0]["URL"] == parsed_ris(forms["ris"])["urls"][0] == address
    assert parsed_bibtex(forms["bibtex"])["url"] == address
    assert ("citation_public_url", address) in metadata.meta_tags(info())
    assert metadata.json_ld(info())["url"] == address
    assert "example.org" not in cite.citations(info({"as_of": "2010"}))["apa"]


# --- for machines --------------------------------------------------------------------------------
def expanded(text: str) -> dict:
    """JSON-LD, expanded by a processor that is given the vocabulary and fetches nothing."""

    def loader(address, options):
        assert address == "https://schema.org"
        context = {"@context": {"@vocab": "https://schema.org/"}}
        return {"contextUrl": None, "documentUrl": address, "document": context}

    (article,) = jsonld.expand(json.loads(text), {"documentLoader": loader})
    return article


def embedded_metadata(html) -> dict:
    """What Zotero's Embedded Metadata translator would take: Highwire first, then Dublin Core."""
    tags = [(tag["name"], tag["content"]) for tag in html.select("meta[name]")]
    found = {}
    for field, names in {
        "title": ("citation_title", "DC.title"),
        "author": ("citation_author", "DC.creator"),
        "date": ("citation_publication_date", "DC.date"),
        "language": ("citation_language", "DC.language"),
        "version": ("citation_version",),
        "address": ("citation_public_url",),
    }.items():
        values = [[content for name, content in tags if name == wanted] for wanted in names]
        found[field] = next(filter(None, values), [])
    return found


def test_machines_find_title_author_date_and_version(page):
    """Highwire and Dublin Core tags, and an article based on the tables it used."""
    html = soup(page)
    assert embedded_metadata(html) == {
        "title": ["Is this a test?"],
        "author": ["The csto-analysis authors"],
        "date": ["2026/11"],
        "language": ["en"],
        "version": [csto.__version__],
        "address": [],
    }
    article = expanded(html.select_one('script[type="application/ld+json"]').string)
    vocabulary = "https://schema.org/"
    assert article["@type"] == [f"{vocabulary}ScholarlyArticle"]
    (dataset,) = article[f"{vocabulary}isBasedOn"]
    assert dataset[f"{vocabulary}license"]
    assert dataset[f"{vocabulary}version"] == [{"@value": csto.data_version()}]
    (file,) = dataset[f"{vocabulary}distribution"]
    assert file[f"{vocabulary}sha256"] == [{"@value": csto.fingerprint("membership_spells")}]


def test_preview_and_files_have_addresses_beside_the_page(monkeypatch):
    """Absolute where the collection has one, that of the version; none where a page stands alone."""
    lead = ("fig-2", "Bars")
    beside = dict(metadata.preview_tags(info(), lead))
    assert beside["og:image"] == "figures/09_a_test-2.png" and beside["og:image:alt"] == "Bars"
    about = {**provenance.citation_file(), "url": "https://example.org/csto/"}
    monkeypatch.setattr(provenance, "citation_file", lambda: about)
    home = f"https://example.org/csto/v/{csto.__version__}"
    assert dict(metadata.preview_tags(info(), lead))["og:image"].startswith(f"{home}/figures/")
    sources = [{"url": "https://a.org", "title": "A"}, {"url": "", "title": "B"}]
    article = metadata.json_ld(info(), sources)
    assert article["citation"] == ["https://a.org", {"@type": "CreativeWork", "name": "B"}]
    for dataset in article["isBasedOn"]:
        assert dataset["distribution"]["contentUrl"].startswith(f"{home}/tables/")
    alone = info({"as_of": "2010"})
    assert dict(metadata.preview_tags(alone, lead))["og:image"] == ""


def test_a_title_on_paper_is_a_text_and_nothing_else():
    """What ends a string, a rule or the style sheet in CSS is written by its number."""
    sheet = render.on_paper('a"; } </style><b> \\ é\n', "x")
    head = re.search(r'top-left\{content:"([^"]*)"\}', sheet)[1]
    assert not set(head) & set('<>{};\n"') and "\\3c " in head and "\\e9 " in head


def test_data_block_says_what_made_the_page(page):
    """Enough to list the page, and to make it again."""
    block = page_block(page)
    assert block["title"] == "Is this a test?"
    assert block["question"] == "A question, asked."
    assert block["answer"] == "Yes, it is."
    assert block["values"] == {"as_of": "2010"}
    as_of, years = block["parameters"]
    assert as_of == {
        "name": "as_of",
        "type": "str",
        "default": "2026-02",
        "help": "the day asked for",
        "choices": None,
        "minimum": None,
        "maximum": None,
        "allowed": "",
        "value": "2010",
    }
    assert years["value"] == years["default"] == [1, 2]
    spells = csto.load_membership_spells("CSTO")
    stamp = csto.fingerprint("membership_spells")
    assert block["tables"] == {"membership_spells": {"rows": len(spells), "sha256": stamp}}
    assert set(block["sources"]) == set(spells["source_key"])
    assert block["published"] == [{"name": "exit_rate", "value": 0.123456, "unit": "per year"}]
    assert block["inputs"]["data"]["membership_spells.csv"] == stamp
    assert block["run_id"] == identity.run_id(executed({"as_of": "2010"}), {"as_of": "2010"})


def test_a_page_says_what_each_parameter_may_be(page):
    """As ``csto describe`` does; long lists are folded, conditions stand below."""

    def checked():
        csto.check("as_of", "2010", between=("1946", "2026-02"))
        csto.check("years", [], choices=pd.Series(range(1990, 2000), name="year"), empty=True)
        csto.check_that(True, "as_of is one of the years.")

    made = to_page(executed(checked=checked), "09_a_test.ipynb")
    as_of, years = page_block(made)["parameters"]
    assert (as_of["minimum"], as_of["maximum"]) == ("1946", "2026-02")
    assert as_of["allowed"] == "1946 to 2026-02"
    assert years["allowed"] == "any of 10 years: 1990, 1991, 1992, …, or none"
    assert years["choices"] == [*range(1990, 2000)]
    first, second = soup(made).select(".parameters .allowed")
    assert first.get_text() == "1946 to 2026-02"
    assert second.summary.get_text() == "any of 10 years, or none"
    assert "1998, 1999" in second.get_text() and second.get("open") is None
    assert "Together: as_of is one of the years." in soup(made).get_text()
    assert not soup(page).select(".parameters .allowed")


# --- the page ------------------------------------------------------------------------------------
def test_page_gives_every_form_to_copy_and_to_keep(page):
    """The files hold what the page shows, and need no script."""
    html = soup(page)
    shown_texts = [pre.get_text() for pre in html.select(".forms pre")]
    expected = cite.citations(page_block(page))
    assert shown_texts == [expected[form].strip() for form in expected]
    links = html.select(".files a[download]")
    assert [link["download"].rpartition(".")[2] for link in links] == ["bib", "ris", "json"]
    assert all(link["href"].startswith("data:application/") for link in links)


def test_each_part_has_a_permalink_and_a_citation(page):
    """Sections, figures and tables, each with words and a place."""
    html = soup(page)
    parts = {item["id"]: item.get_text(" ", strip=True) for item in html.select(".parts li")}
    assert list(parts) == ["cite-Section-one", "cite-fig-1"]
    assert parts["cite-Section-one"].startswith("Section “Section one” The csto-analysis authors.")
    assert "Figure 1, “A caption. With two sentences.”. In" in parts["cite-fig-1"]
    assert parts["cite-fig-1"].endswith("09_a_test.html#fig-1")
    assert html.select_one('#fig-1 a[href="#cite-fig-1"]')


def test_provenance_marks_defaults_and_names_the_command(page):
    """What was changed, and one command that makes the page again."""
    text = " ".join(soup(page).select_one(".csto-cite").get_text(" ").split())
    assert "as_of 2010 2026-02 the day asked for" in text
    assert "years 1, 2 the same some years" in text
    assert "csto run 09_a_test -p as_of=2010" in text
    assert "csto verify 09_a_test.html" in text
    assert "exit_rate 0.1235 per year" in text


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ({}, []),
        ({"as_of": "it's a; rm -rf"}, ["-p", "as_of=it's a; rm -rf"]),
        ({"years": [3, 4]}, ["-p", "years=3,4"]),
    ],
)
def test_rebuild_command_is_quoted(values, options):
    """A shell hands on exactly the values that were given."""
    assert shlex.split(provenance.rebuild_command(info(values))) == [
        "csto",
        "run",
        "09_a_test",
        *options,
    ]


@pytest.mark.parametrize("value", [2010, "a\nb", " padded "])
def test_rebuild_command_for_what_csto_run_would_not_take(value):
    """papermill gets the very value, as JSON."""
    words = shlex.split(provenance.rebuild_command(info({"as_of": value})))
    assert words[0] == "papermill"
    assert json.loads(words[words.index("-y") + 1]) == {"as_of": value}


def test_hostile_values_stay_values():
    """In the data block each value is what it was; nothing in the page is markup that it brought."""
    page = to_page(hostile_notebook(), 'a"><script>window.hacked=1<!--.ipynb')
    page.encode()
    given = {**page_block(page)["values"]}
    assert given["years"] == HOSTILE
    html = soup(page)
    kinds = [tag.get("type") for tag in html.select("script")]
    assert kinds == ["application/ld+json", "application/json"]
    assert expanded(html.select_one("script").string)
    assert not html.select(
        "iframe, base, body link, object, embed, form, input, [onerror], [onload]"
    )
    assert len(html.select("style")) == len(html.select("title")) == len(html.select("main")) == 1
    for link in html.select("a[href]"):
        assert link["href"].startswith(("#", "https://", "http://", "data:", "index.html"))
    assert not {"\u202e", "\u2066", "\x00", "\x1b"} & set(page)


def test_a_page_with_other_values_stands_alone():
    """The site has the pages with the defaults: only they lead into it."""
    page = to_page(executed(), "t.ipynb")
    html = soup(page)
    links = [link["href"] for link in html.select(".top a")]
    assert links == ["index.html", "index.html#tables", "sources.html", "search.html"]
    codebooks = [link["href"] for link in html.select(".csto-cite th a")]
    assert codebooks == [f"tables/{name}.html" for name in page_block(page)["tables"]]
    head = soup(to_page(hostile_notebook(), "t.ipynb")).select_one(".top")
    assert head.get_text() == "csto-analysis" and not head("a")


def test_a_table_of_pandas_reads_well():
    """Cells head their rows and columns; numbers, and what stands above them, are to the right."""
    frame = pd.DataFrame({"name": ["A", "B"], "number": [1.5, None]}, index=["x", "y"])
    output = new_output("execute_result", data={"text/html": frame._repr_html_()})
    table = soup(to_page(executed(outputs=[output]), "t.ipynb")).select_one("table.dataframe")
    head = [
        (cell.name, cell.get("scope"), cell.get("class")) for cell in table.thead.select("th, td")
    ]
    assert head == [("td", None, None), ("th", "col", None), ("th", "col", ["num"])]
    row = [
        (cell.name, cell.get("scope"), cell.get("class"))
        for cell in table.tbody.tr.select("th, td")
    ]
    assert row == [("th", "row", None), ("td", None, None), ("td", None, ["num"])]


def test_numbers_are_set_as_in_print_and_code_is_left_alone():
    """A minus is no hyphen, a per cent sign starts no line; dates, codes and commands stay."""
    frame = pd.DataFrame({"shift": [-0.5], "interval": ["-1.2 (-2 to 3)"], "day": ["2014-03-01"]})
    prose = "From -3 to 45 % (n = 12) of ES-11/1 on 2014-03-01; `head -5 | f 3 %`."
    outputs = [
        *shown(lambda: csto.show_table(frame, 1, "A row is a test.")),
        *shown(lambda: csto.show_text(prose)),
    ]
    html = soup(to_page(executed(outputs=outputs), "t.ipynb"))
    cells = [cell.get_text() for cell in html.select("#table-1 tbody :is(th, td)")]
    assert cells == ["−0.5", "−1.2 (−2\xa0to\xa03)", "2014-03-01"]
    assert html.select_one(".computed").get_text().strip() == (
        "From −3 to 45\xa0% (n\xa0=\xa012) of ES-11/1 on 2014-03-01; head -5 | f 3 %."
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            new_code_cell("1 / 0", outputs=[new_output("error", ename="E", evalue="no")]),
            "failed: E",
        ),
        (
            new_code_cell("warn()", outputs=[new_output("stream", name="stderr", text="old")]),
            "cell 2 wrote to stderr: old",
        ),
        (new_code_cell("6 * 7"), "not run yet"),
    ],
)
def test_a_failed_noisy_or_partial_run_becomes_no_page(cell, words):
    """The exporter of JupyterLab's menu refuses as well, in words."""
    with pytest.raises(PartialRun, match=words):
        to_page(new_notebook(cells=[new_markdown_cell("# T\n\nQ"), cell]), "t.ipynb")


def test_stderr_of_a_tagged_cell_is_shown():
    """Not hidden: the reader sees what the cell said."""
    noise = new_output("stream", name="stderr", text="old figures")
    cell = new_code_cell("warn()", outputs=[noise], metadata={"tags": ["stderr-ok"]})
    page = to_page(new_notebook(cells=[new_markdown_cell("# T\n\nQ"), cell]), "t.ipynb")
    assert soup(page).select_one("pre.stderr").get_text() == "old figures"


def test_same_page_however_often_it_was_run():
    """Counters, cell ids and times of a kernel leave no trace."""
    plain_run, counted = executed(), executed()
    code = [cell for cell in counted["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        cell["execution_count"], cell["id"] = number, f"x{number}"
    assert to_page(plain_run, "t.ipynb") == to_page(counted, "t.ipynb")


# --- figures -------------------------------------------------------------------------------------
def test_a_figure_becomes_part_of_the_page(page):
    """Drawn as elements, with its words as words, ids of its own and its data to download."""
    html = soup(page)
    picture = html.select_one("#fig-1 svg[role=img]")
    assert picture["aria-label"] == "A caption. With two sentences."
    assert picture.find("text").get_text().startswith(("0", "1"))
    assert all(part["id"].startswith("f") for part in picture.select("[id]"))
    link = html.select_one("#fig-1 a.csto-data")
    assert link["href"].startswith("data:text/csv;charset=utf-8,iso3,start%0AARM,")
    assert link["download"] == "figure-1.csv"


# --- verify --------------------------------------------------------------------------------------
@pytest.fixture
def file(tmp_path, page):
    """The page as a file."""
    path = tmp_path / "renamed.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def same(page):
    """A run that gives what it gave."""
    data = csto.load_membership_spells("CSTO")[["iso3", "start"]]
    outputs = [
        *figure("A caption. With two sentences.", data=data),
        *shown(lambda: csto.publish("exit_rate", 0.123456, unit="per year")),
        *shown(lambda: csto.publish("answer", "Yes, it is.")),
    ]
    return lambda stem, values: executed(values, outputs)


def test_verify_says_identical(file, same):
    """A page that was renamed, made again from what stands in it."""
    assert verify(file, same) == []


def test_verify_names_table_library_package_and_value(file, same, monkeypatch):
    """After a changed digit in a table, another pandas, an edited package and another outcome."""
    here = identity.surroundings()
    changed = {
        "data": {**here["data"], "membership_spells.csv": "0" * 64, "capitals.csv": "0" * 64},
        "package": "0" * 64,
        "versions": {**here["versions"], "pandas": "3.9"},
    }
    monkeypatch.setattr(identity, "surroundings", lambda: changed)

    def other(stem, values):
        return executed(values, shown(lambda: csto.publish("exit_rate", 2)))

    found = verify(file, other)
    assert found[0] == "The table membership_spells differs."
    assert "The table capitals differs, which this page does not cite." in found
    assert "The source of the package cstoanalysis differs." in found
    pandas = here["versions"]["pandas"]
    assert f"The library pandas differs: {pandas} on the page, 3.9 here." in found
    assert "The value exit_rate differs: 0.123456 on the page, 2 here." in found


def test_verify_names_the_notebook(file):
    """Another source of the notebook comes first."""
    found = verify(file, lambda stem, values: executed(values, title="Another?"))
    assert found[0] == "The source of the notebook 09_a_test differs."


def test_verify_shows_the_first_line_of_an_edited_page(file, same):
    """Same inputs, but somebody wrote into the page."""
    file.write_text(file.read_text("utf-8").replace(">Prose.<", ">Verse.<"), "utf-8")
    (found,) = verify(file, same)
    assert found.startswith("Line ")
    assert "Verse" in found and "Prose" in found


def test_verify_says_why_a_page_cannot_be_made_again(file, tmp_path):
    """The run fails, or the file is no page."""

    def failing(stem, values):
        raise RuntimeError("cell 3 failed: KeyError: 'start'")

    assert verify(file, failing) == [
        "It cannot be made again here: cell 3 failed: KeyError: 'start'."
    ]
    (tmp_path / "other.html").write_text("<p>Hello</p>")
    (found,) = verify(tmp_path / "other.html", failing)
    assert found.startswith("There is no data block in it")


def test_exporter_is_registered():
    """*Citable* in JupyterLab's menu, ``--to citable`` for nbconvert."""
    from nbconvert.exporters import get_exporter

    assert get_exporter("citable") is pages_module.CitableExporter


# --- as they are published -----------------------------------------------------------------------
@pytest.fixture(scope="module")
def published(pages, tmp_path_factory) -> Path:
    """Two pages once more from the store, as the workflow that publishes them makes them."""
    output = tmp_path_factory.mktemp("published")
    command = [console("csto"), "html", *PUBLISHED, "--output", str(output), "--base-url", HOME]
    place = ROOT if os.environ.get("CSTO_PAGES") else pages.parent
    run = subprocess.run(command, cwd=place, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return output


@pytest.mark.parametrize("stem", PUBLISHED)
def test_a_published_page_is_cited_with_its_address(stem, published):
    """Five forms that parse, Highwire tags and JSON-LD: title, author, date, version and address."""
    html = soup((published / f"{stem}.html").read_text("utf-8"))
    address = f"{HOME}/v/{csto.__version__}/{stem}.html"
    title = html.h1.get_text().removesuffix("¶").strip()
    found = embedded_metadata(html)
    assert found["title"] == [title]
    assert found["author"] == ["The csto-analysis authors"]
    assert found["date"] == [csto.data_version()[:7].replace(".", "/")]
    assert found["version"] == [csto.__version__]
    assert found["address"] == [address]
    apa, chicago, bibtex, ris, csl = (form.get_text() for form in html.select("pre[id^=cite-as]"))
    assert address in apa and address in chicago
    assert parsed_bibtex(bibtex)["url"] == address
    assert parsed_ris(ris)["urls"] == [address]
    assert title.rstrip("?") in rendered_csl(csl) and json.loads(csl)[0]["URL"] == address
    links = {link["rel"][0]: link["href"] for link in html.select("link")}
    assert links["cite-as"] == address and links["canonical"] == f"{HOME}/{stem}.html"
    assert (published / links["describedby"]).is_file() and (published / links["item"]).is_file()
    article = expanded(html.select_one('script[type="application/ld+json"]').string)
    assert article["https://schema.org/url"] == [{"@value": address}]
    assert article["https://schema.org/isBasedOn"]
