"""Tables that recipes make: telling cases with their source, and the recipes on a few rows."""

import gzip
import importlib

import pandas as pd
import pytest
from conftest import ROOT
from matplotlib.path import Path as Outline

import cstoanalysis as csto


@pytest.fixture
def recipe(monkeypatch):
    """Import a recipe by name."""
    monkeypatch.syspath_prepend(str(ROOT / "data" / "recipes"))
    return importlib.import_module


def rows(path):
    return pd.read_csv(path, keep_default_na=False).to_dict("records")


# --- us_personnel ------------------------------------------------------------------------------
def test_manas_shows_in_transit_and_karshi_khanabad_not_at_all():
    # file of Allen, Flynn and Martinez Machain; the base at K2 stood from 2001 to 2005 [crs_k2_2006]
    hosts = csto.load_table("us_personnel").set_index(["iso3", "year"])["active_duty"]
    assert hosts["KGZ", 2011] == 12_135
    assert hosts["UZB"].loc[2001:2005].max() < 5
    assert hosts["AFG", 2024] == 0


def test_no_american_hosts_its_own_forces_and_no_state_after_its_end():
    table = csto.load_table("us_personnel").merge(csto.load_table("states")[["iso3", "end"]])
    assert "USA" not in set(table["iso3"])
    ended = table.dropna(subset="end")
    assert {"CSK", "DDR", "YUG"} == set(ended["iso3"]) - {"SCG"}
    assert (ended["year"] <= ended["end"].str[:4].astype(int)).all()


def test_recipe_of_us_personnel_names_former_states_and_takes_the_fuller_of_two_rows(
    recipe, tmp_path
):
    frame = pd.DataFrame(
        [
            ("Yugoslavia", 1999, None, 5),
            ("Yugoslavia", 2007, None, 6),
            ("German Democratic Republic", 1995, None, 7),
            ("Czech Republic", 2013, "CZE", 0),
            ("Czechia", 2013, "CZE", 17),
            ("United States", 2013, "USA", 1_000_000),
            ("Guam", 2013, None, 5_000),
            ("Fiji", 2013, "FJI", None),
        ],
        columns=["countryname", "year", "iso3c", "troops_ad"],
    )
    frame.to_csv(tmp_path / "troopdata-rebuild-country-year.csv", index=False)
    recipe("us_troops").main(tmp_path, tmp_path)
    found = [(r["iso3"], r["year"], r["active_duty"]) for r in rows(tmp_path / "us_personnel.csv")]
    assert found == [("CZE", 2013, 17), ("SRB", 2007, 6), ("YUG", 1999, 5)]


# --- outlines ----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def outlines():
    return csto.load_table("outlines")


def inside(outlines, kind, lon, lat):
    shapes = outlines.query("kind == @kind").groupby("line_id")
    return any(Outline(ring[["lon", "lat"]]).contains_point((lon, lat)) for _, ring in shapes)


@pytest.mark.parametrize("place", ["BLR", "KGZ", "GBR", "IRN", "EST", "TUR"])
def test_capitals_lie_on_land(outlines, place):
    capital = csto.load_table("capitals").query("iso3 == @place").iloc[-1]
    assert inside(outlines, "land", capital["lon"], capital["lat"])


@pytest.mark.parametrize(
    ("sea", "lon", "lat"), [("Black Sea", 34, 43), ("Baltic", 19.5, 57), ("Barents", 40, 72)]
)
def test_seas_are_no_land(outlines, sea, lon, lat):
    assert not inside(outlines, "land", lon, lat)


def test_the_caspian_is_a_hole_in_the_land(outlines):
    assert inside(outlines, "land", 51, 42) and inside(outlines, "hole", 51, 42)


def test_the_neck_of_crimea_and_the_breakaway_regions_are_disputed_lines(outlines):
    # Natural Earth: featurecla "Disputed (please verify)" and "Breakaway"
    lines = outlines.query("kind == 'disputed'").groupby("line_id")[["lon", "lat"]].mean()
    for lon, lat in [(34.4, 46), (29.2, 47.3), (41.9, 42.8), (37.8, 48)]:
        assert ((lines["lon"] - lon).abs() + (lines["lat"] - lat).abs()).min() < 1


def test_a_border_starts_where_belarus_poland_and_ukraine_meet(outlines):
    points = outlines.query("kind == 'border'")
    far = (points["lon"] - 23.6).abs() + (points["lat"] - 51.5).abs()
    assert points.loc[far.idxmin(), "point"] == 0 and far.min() < 0.1


# --- un_agreement: the cross table -------------------------------------------------------------
VOTES = [f"{a}_{b}" for a in ("yes", "abstain", "no") for b in ("yes", "abstain", "no")]


def test_the_cross_table_adds_up_to_the_counts_beside_it():
    table = csto.load_table("un_agreement")
    assert (table[VOTES].sum(axis=1) == table["both"]).all()
    same = table[["yes_yes", "abstain_abstain", "no_no"]].sum(axis=1)
    assert (same == table["same"]).all()
    assert (table["yes_no"] + table["no_yes"] == table["opposed"]).all()


def test_recipe_crosses_votes_in_the_order_of_the_pair(recipe, tmp_path):
    cast = [("yes", "no"), ("abstain", "yes"), ("no", "no"), ("absent", "yes")]
    found = {
        f"A/RES/1/{i}": (i, "1999-12-01", "", {"BLR": blr, "RUS": rus})
        for i, (blr, rus) in enumerate(cast)
    }
    recipe("un_roll_calls").write_agreement(found, tmp_path / "un_agreement.csv")
    (row,) = rows(tmp_path / "un_agreement.csv")
    assert (row["iso3_1"], row["iso3_2"], row["resolutions"], row["both"]) == ("BLR", "RUS", 4, 3)
    assert {vote: row[vote] for vote in VOTES if row[vote]} == dict.fromkeys(
        ["yes_no", "abstain_yes", "no_no"], 1
    )


# --- alliance_clauses --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("atopid", "clauses"),
    [
        # Article 11 of the Treaty of 1992: five years, prolonged; leaving with notice
        (4220, ("fixed", 60, "automatic", "by_notice", "unanimous")),
        # Article 11 of the Warsaw Treaty: twenty years, ten more without notice [nato_info_warsaw_1971]
        (3285, ("fixed", 240, "automatic", "unstated", "open")),
        # ANZUS Treaty: in force indefinitely, a party may leave with a year's notice
        (3215, ("indefinite", None, "unstated", "by_notice", "unstated")),
    ],
)
def test_clauses_of_known_treaties(atopid, clauses):
    row = csto.load_table("alliance_clauses").set_index("atopid").loc[atopid]
    columns = ["term", "term_months", "renewal", "exit", "accession"]
    assert [None if pd.isna(cell) else cell for cell in row[columns]] == list(clauses)


def test_every_alliance_with_spells_has_its_clauses():
    clauses = csto.load_table("alliance_clauses")
    assert set(clauses["atopid"]) == set(csto.load_table("alliance_spells")["atopid"])
    assert (clauses["term_months"].notna() == clauses["term"].eq("fixed")).all()


def test_recipe_of_clauses_leaves_empty_what_atop_has_not_seen(recipe, tmp_path):
    atop = pd.DataFrame(
        [(3180, 1, 240, 2, 0, 0, 2), (3853, *[None] * 6), (1005, 0, 0, 0, 0, 0, 0)],
        columns=["atopid", "speclgth", "length", "proren", "renewlgt", "renounce", "proadd"],
    )
    atop.to_csv(tmp_path / "atop5_1a.csv", index=False)
    recipe("atop_clauses").main(tmp_path, tmp_path)
    nato, unseen = rows(tmp_path / "alliance_clauses.csv")
    assert [*nato.values()][2:8] == ["fixed", "240", "automatic", "", "unstated", "unanimous"]
    assert [*unseen.values()][2:8] == [""] * 6


# --- capacity: the area of the Factbook --------------------------------------------------------
def test_canada_is_ten_million_square_kilometres_and_not_the_largest_of_nato_by_half():
    # CIA World Factbook, editions of 2003 to 2025
    area = csto.load_capacity("surface_area_km2").set_index(["iso3", "year"])["value"]
    assert area["CAN", 2021] == 9_984_670 and area["USA", 2021] == 9_833_517
    assert area["RUS", 2021] == 17_098_242


def test_no_area_of_czechoslovakia_under_slovakia_and_none_of_states_to_come():
    area = csto.load_capacity("surface_area_km2").set_index(["iso3", "year"])["value"]
    assert ("SVK", 1992) not in area.index and area["SVK", 1993] < 50_000
    assert ("MNE", 2005) not in area.index and ("SRB", 2005) not in area.index


def test_recipe_reads_the_area_of_three_ways_to_print_it(recipe, tmp_path, monkeypatch):
    pages = [
        "(1, 1992, N'rs', N'Russia', N'text', 1)",
        "(2, 1992, N'ka', N'Kazakstan', N'text', 2)",
    ]
    pages += [
        "(3, 1992, N'ir', N'Iran', N'text', 3)",
        "(4, 1992, N'lo', N'Czechoslovakia', N't', 4)",
    ]
    (tmp_path / "countries.sql").write_text("\n".join(pages))
    fields = [
        "(1, 1, 1, N'Total area', N'17,075,200 km2')",
        "(2, 1, 2, N'Area', N'total: 2,717,300 sq km land: 2,669,800 sq km')",
        "(3, 1, 3, N'Area', N'total area: 1.648 million sq km')",
        "(4, 1, 4, N'Total area', N'127,870 km2')",
        "(5, 1, 1, N'Area', N'total: 4,066 sq km')",
    ]
    with gzip.open(tmp_path / "country_fields_1992.sql.gz", "wt") as file:
        file.write("\n".join(fields))
    module = recipe("cia_area")
    monkeypatch.setattr(module, "EDITIONS", [1992])
    assert {row[0]: row[3] for row in module.rows(tmp_path)} == {
        "RUS": 17_075_200,
        "KAZ": 2_717_300,
        "IRN": 1_648_000,
    }
