"""Capacity, military expenditure and the articles' figures: definitions, known cases, extents."""

import pandas as pd
import pytest

import cstoanalysis as csto

PARTIES = ["ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"]
POST_SOVIET = [*PARTIES, "AZE", "EST", "GEO", "LTU", "LVA", "MDA", "TKM", "UKR", "UZB"]


def values(indicator, year, states=PARTIES):
    """One value a state; two rows for a state would be two sources in one series."""
    rows = csto.load_capacity(indicator).query("year == @year and iso3 in @states")
    assert rows["iso3"].is_unique
    return rows.set_index("iso3")["value"]


# --- capacity ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("indicator", "share"), [("population", 0.748), ("gdp_current_usd", 0.860)]
)
def test_russias_share_of_the_six_parties_in_2021(indicator, share):
    # World Bank SP.POP.TOTL and NY.GDP.MKTP.CD, shares computed by hand from the World Bank's tables
    six = values(indicator, 2021)
    assert len(six) == 6
    assert six["RUS"] / six.sum() == pytest.approx(share, abs=0.0006)


def test_two_definitions_of_personnel_differ_by_more_than_half_in_belarus():
    # World Bank/IISS 2020: 158,000 with paramilitaries; CIA World Factbook 2020: 45,000 active
    wide = values("milper_with_paramilitary", 2020)["BLR"]
    active = values("milper_active", 2020)["BLR"]
    assert (wide, active) == (158_000, 45_000)
    assert active < wide / 2


def test_no_indicator_mixes_producers():
    producers = (
        csto.load_capacity()
        .assign(producer=lambda f: f["source_key"].str.replace(r"_\d{4}$", "", regex=True))
        .groupby("indicator")["producer"]
        .nunique()
    )
    assert (producers == 1).all()


def test_personnel_of_the_iiss_ends_in_2020_and_of_the_cia_begins_there():
    assert csto.load_capacity("milper_with_paramilitary")["year"].max() == 2020
    active = csto.load_capacity("milper_active")
    assert active["year"].min() == 2020
    assert (active["source_key"] == "cia_factbook_" + active["year"].astype(str)).all()


def test_a_range_in_the_factbook_is_kept_around_its_midpoint():
    # CIA World Factbook 2025, Armenia: 40-50,000
    rows = csto.load_capacity("milper_active")
    ranges = rows[rows["value_low"].notna()]
    armenia = ranges.query("iso3 == 'ARM' and year == 2025").iloc[0]
    assert armenia[["value_low", "value", "value_high"]].tolist() == [40_000, 45_000, 50_000]
    assert (ranges["value_low"] < ranges["value_high"]).all()
    assert ((ranges["value_low"] + ranges["value_high"]) / 2 == ranges["value"]).all()
    assert csto.load_capacity()[["value_low", "value_high"]].isna().all(axis=1).sum() + len(
        ranges
    ) == len(csto.load_capacity())


@pytest.mark.parametrize(
    ("iso3", "year"),
    [
        ("ISL", 2020),  # a coast guard is no army
        ("SYR", 2024),  # the text gives only the strength before 2011
        ("AFG", 2021),  # the text gives only the strength before August 2021
    ],
)
def test_a_past_or_other_strength_is_not_taken_for_the_active_forces(iso3, year):
    # CIA World Factbook, editions of 2020, 2024 and 2021
    assert csto.load_capacity("milper_active").query("iso3 == @iso3 and year == @year").empty


def test_russia_is_the_only_csto_state_with_warheads():
    # FAS through Our World in Data: former Soviet warheads are counted with Russia throughout
    warheads = csto.load_capacity("nuclear_warheads").query("value > 0")
    assert set(warheads["iso3"]) & set(POST_SOVIET) == {"RUS"}
    assert warheads.query("iso3 == 'RUS'")["year"].min() == 1992
    assert set(warheads.query("iso3 == 'SUN'")["year"]) == {1990, 1991}
    assert values("nuclear_warheads", 2023)["RUS"] == 4489


def test_every_value_is_a_whole_number_that_is_not_negative():
    frame = csto.load_capacity()
    assert (frame["value"] >= 0).all()
    assert (frame["value"] % 1 == 0).all()


def test_every_post_soviet_state_has_every_world_bank_year():
    population = csto.load_capacity("population").query("iso3 in @POST_SOVIET")
    assert (population.groupby("iso3")["year"].nunique() == 2024 - 1990 + 1).all()
    assert population["iso3"].nunique() == 15


def test_states_of_the_other_tables_are_in_scope():
    reach = ["CSTO", "NATO", "WTO", "CIS", "EAEU", "EURASEC", "SCO", "GUAM", "OTS", "UNION_STATE"]
    spells, bases = csto.load_membership_spells(), csto.load_table("bases")
    wanted = {
        *spells[spells["organisation"].isin([*reach, "C5+1"])]["iso3"],
        *bases["operator_iso3"],
        *bases["host_iso3"],
    }
    today = set(csto.load_table("states").query("kind == 'state' and end.isna()")["iso3"])
    assert wanted & today - set(csto.load_capacity("population")["iso3"]) == set()


# --- milex -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("indicator", "figures_in_release"),
    [("milex_current_usd", 54_326), ("milex_share_gdp", 53_204)],
)
def test_the_sipri_extract_stays_far_below_a_tenth_of_each_release(indicator, figures_in_release):
    # figures on the country sheets of the releases of 2026 and 2025, as counted by the recipe
    frame = csto.load_milex(indicator)
    assert frame["source_key"].nunique() == 1
    assert len(frame) < 0.05 * figures_in_release


def test_the_sipri_extract_is_the_post_soviet_states_and_nato_from_1991():
    frame = csto.load_milex()
    nato = set(csto.load_membership_spells("NATO").query("status == 'member'")["iso3"])
    assert set(frame["iso3"]) == nato | set(POST_SOVIET)
    assert frame["year"].min() == 1991


def test_shares_are_shares_and_dollars_are_dollars():
    # SIPRI 2026: Russia 2023 about 109 billion dollars; the share of 2023 about 6 per cent
    frame = csto.load_milex()
    shares = frame.query("indicator == 'milex_share_gdp'")["value"]
    assert shares.between(0, 1, inclusive="left").all()
    russia = frame.query("iso3 == 'RUS' and year == 2023").set_index("indicator")["value"]
    assert 90e9 < russia["milex_current_usd"] < 130e9
    assert 0.05 < russia["milex_share_gdp"] < 0.07


def test_belarus_share_agrees_with_its_dollars():
    # the 2026 release, which is not used for shares, has 9.2 per cent in 2003
    share = csto.load_milex("milex_share_gdp").query("iso3 == 'BLR'").set_index("year")["value"]
    dollars = csto.load_milex("milex_current_usd").query("iso3 == 'BLR'").set_index("year")["value"]
    gdp = csto.load_capacity("gdp_current_usd").query("iso3 == 'BLR'").set_index("year")["value"]
    gap = (share - dollars / gdp).dropna().loc[1996:]
    assert len(gap) == 2023 - 1996 + 1
    assert gap.abs().max() < 0.003


@pytest.mark.parametrize(
    ("iso3", "year"),
    [
        ("CZE", 1992),  # Czechoslovakia
        ("MNE", 2005),  # Serbia and Montenegro; SIPRI has an estimate
        ("TKM", 2010),  # no figure since 1999
        ("EST", 1991),
    ],
)
def test_no_row_where_there_was_no_state_or_no_figure(iso3, year):
    # SIPRI: xxx and ... in the sheets
    assert csto.load_milex().query("iso3 == @iso3 and year == @year").empty


def test_no_expenditure_before_there_is_a_state():
    frame = csto.load_milex().merge(csto.load_table("states")[["iso3", "start"]], validate="m:1")
    assert (csto.earliest(frame["start"]).dt.year <= frame["year"]).all()


def test_sipris_own_marks_are_kept():
    # SIPRI 2026: Russia since 2022 in blue (estimate), 2021 in black
    russia = csto.load_milex("milex_current_usd").query("iso3 == 'RUS'").set_index("year")
    assert (russia.loc[2022:, "quality"] == "estimate").all()
    assert pd.isna(russia.loc[2021, "quality"])
    assert set(csto.load_milex()["quality"].dropna()) == {"estimate", "uncertain"}


# --- article_figures ---------------------------------------------------------------------------
def test_article_000_gives_people_and_troops_of_all_six():
    figures = csto.load_table("article_figures").query("article == '000'")
    for indicator in ["population", "milper"]:
        rows = figures[figures["indicator"] == indicator]
        assert sorted(rows["iso3"]) == PARTIES
    # the allies' troops as article 000 has them, and their people
    allies = figures[figures["iso3"] != "RUS"].groupby("indicator")["value"].sum()
    assert (allies["milper"], allies["population"]) == (272_000, 48_000_000)


def test_the_articles_disagree_on_the_force_in_kazakhstan():
    # articles 000 (3,600), 003 (3,800 official; the author: 20,000 to 30,000)
    figures = csto.load_table("article_figures")
    totals = figures.query("subject == 'CSTO' and indicator == 'contingent'")
    assert totals["value"].tolist() == [3600, 3800, 25_000]
    own = totals.iloc[-1]
    assert (own["qualifier"], own["value_low"], own["value_high"]) == ("range", 20_000, 30_000)


def test_article_000_overstates_active_forces_except_in_russia():
    # article 000 against the CIA World Factbook of 2021: every ally's army is given too large
    claimed = csto.load_table("article_figures").query("article == '000' and indicator == 'milper'")
    ratio = claimed.set_index("iso3")["value"] / values("milper_active", 2021)
    assert (ratio.drop("RUS") > 1.05).all()
    assert ratio["KAZ"] == pytest.approx(2.5)


def test_each_figure_points_to_its_own_article():
    figures = csto.load_table("article_figures")
    assert (figures["source_key"] == "article_" + figures["article"]).all()
    assert set(figures["article"]) == {"000", "001", "002", "003", "004"}
