"""A register: permalinks of its rows, the filter, the claims for programs, the search."""

import json
import re

import pandas as pd
import pytest
from pages_for_tests import executed, shown, soup

import cstoanalysis as csto
from cstoanalysis.pages.metadata import claim_reviews
from cstoanalysis.pages.page import to_page
from cstoanalysis.pages.reading import read
from cstoanalysis.pages.render import hashed

ROWS = pd.DataFrame(
    {
        "Claim": ["C1", "C2", "C3"],
        "Verdict": ["holds", "contradicted", "holds"],
        "The article says": ["Nine signed", "Tashkent lies in Kazakhstan", "Überall Frieden"],
    }
)


@pytest.fixture(scope="module")
def page():
    outputs = shown(lambda: csto.show_table(ROWS, 1, "Claims.", register=["Verdict"], data=ROWS))
    return to_page(executed(None, outputs), "t.ipynb")


def test_each_row_has_a_link_of_its_own(page):
    found = soup(page)
    assert [row["id"] for row in found.select("tbody tr[id]")] == ["C1", "C2", "C3"]
    assert found.select_one("#C2 th a")["href"] == "#C2"
    assert found.select_one("caption a.csto-data")["download"] == "table-1.csv"


def test_the_policy_names_the_script_and_only_where_there_is_a_register(page):
    script = soup(page).find("script", type=False)
    assert f"script-src '{hashed(script.string)}'" in page
    outputs = shown(lambda: csto.show_table(ROWS, 1, "Claims."))
    plain = to_page(executed(None, outputs), "t.ipynb")
    assert "script-src" not in plain and not soup(plain).find("script", type=False)


def test_the_search_finds_a_row(page):
    texts = {anchor: text for anchor, _, text in read(page).sections}
    assert "Tashkent" in texts["C2"] and "Tashkent" not in texts["C1"]


def test_the_filter_in_a_browser(page, chromium, tmp_path):
    file = tmp_path / "t.html"
    file.write_text(page, "utf-8")
    tab = chromium.new_page()
    tab.goto(file.as_uri())
    rows, status = tab.locator("tbody tr[id]:visible"), tab.locator(".filters [role=status]")
    assert status.inner_text() == "3 of 3 shown."
    tab.get_by_label("Verdict").select_option("holds")
    assert rows.count() == 2
    tab.get_by_label("Words").fill("uberall")
    assert status.inner_text() == "1 of 3 shown." and rows.first.get_attribute("id") == "C3"
    tab.evaluate("location.hash = '#C2'")  # a link to a row that is hidden
    assert tab.locator("#C2").is_visible() and rows.count() == 3
    tab.set_viewport_size({"width": 390, "height": 800})  # a card says which line is what
    assert tab.locator("#C2 td").last.get_attribute("data-head") == "The article says"
    tab.close()


def test_claims_for_programs_have_what_schema_org_asks_for():
    """https://schema.org/ClaimReview: the claim, who made it where, the rating on its scale."""
    facts = {
        "sources": [
            {
                "source_key": "a",
                "title": "T",
                "url": "https://a.org",
                "publisher": "P",
                "year": "2022",
            }
        ],
        "reviews": [["C1", "a", "Nine signed", "contradicted", 1]],
    }
    info = {"address": "https://x.org/t.html", "notebook": "t.ipynb", "collection": "c"}
    info |= {"versions": {"data": "2026.11"}}
    made = claim_reviews(info, facts)["@graph"]
    named = {entry["@id"]: entry for entry in made if "@id" in entry}
    (review,) = [entry for entry in made if "@id" not in entry]
    assert review["@type"] == "ClaimReview" and review["url"] == "https://x.org/t.html#C1"
    assert named[review["itemReviewed"]["appearance"]["@id"]]["url"] == "https://a.org"
    assert named[review["author"]["@id"]]["name"] == "c"  # said once, referred to
    rating = named[review["reviewRating"]["@id"]]
    assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"]
    assert re.fullmatch(r"\d{4}(-\d\d){0,2}", review["datePublished"]) and json.dumps(review)
