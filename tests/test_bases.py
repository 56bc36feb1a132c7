"""Facilities abroad: telling cases and rules of the tables bases and base_personnel."""

import re

import pandas as pd
import pytest

import cstoanalysis as csto

# south, north, west, east: roomy boxes around the hosts
BOXES = {
    "AFG": (29, 39, 60, 75),
    "ARM": (38.5, 41.5, 43, 47),
    "AZE": (38, 42, 44.5, 51),
    "BLR": (51, 56.5, 23, 33),
    "CUB": (19.5, 23.5, -85, -74),
    "EST": (57.5, 60, 21.5, 28.5),
    "GEO": (41, 43.7, 39.9, 46.8),
    "GEO-ABK": (42.3, 43.6, 39.9, 42.2),
    "GEO-OSS": (41.9, 42.7, 43.3, 44.8),
    "KAZ": (40.5, 55.5, 46, 87.5),
    "KGZ": (39, 43.4, 69, 80.5),
    "LTU": (53.8, 56.5, 20.9, 27),
    "LVA": (55.6, 58.1, 20.9, 28.3),
    "MDA-TRN": (46, 48.3, 28.7, 30.3),
    "PAK": (23, 37.5, 60.5, 78),
    "POL": (49, 55, 14, 24.3),
    "ROU": (43.5, 48.5, 20, 30),
    "SYR": (32, 37.5, 35.5, 42.5),
    "TJK": (36.6, 41.1, 67.3, 75.3),
    "TKM": (35.1, 42.8, 52.4, 66.7),
    "TUR": (35.8, 42.3, 25.6, 45),
    "UKR": (44.2, 52.5, 22, 40.3),
    "UZB": (37, 45.7, 56, 73.3),
    "VNM": (8, 23.5, 102, 110),
}


@pytest.fixture(scope="module")
def bases() -> pd.DataFrame:
    return csto.load_table("bases")


@pytest.fixture(scope="module")
def personnel() -> pd.DataFrame:
    return csto.load_table("base_personnel")


def standing(bases: pd.DataFrame, as_of) -> pd.DataFrame:
    return csto.in_force(bases, as_of, start="opened", end="closed")


# --- telling cases -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_id", "last_year"),
    [
        ("USA-KGZ-01", 2013),  # Manas, handed over 3 June 2014 [rferl_manas_2014]
        ("USA-UZB-01", 2004),  # Karshi-Khanabad, left in November 2005 [crs_k2_2006]
        ("RUS-TJK-03", 2014),  # Kulob, left in December 2015 [reuters_kulob_2015]
        ("RUS-KAZ-06", 2016),  # Emba, lease ended 1 January 2017 [strategy2050_emba_2017]
        ("RUS-LVA-01", 1998),  # Skrunda, handed over in October 1999 [newslt_skrunda_2000]
        ("USA-PAK-01", 2003),  # Jacobabad, vacated late in 2004 [newsline_jacobabad_2005]
    ],
)
def test_last_year_in_which_a_closed_base_stood(bases, base_id, last_year):
    assert base_id in set(standing(bases, last_year)["base_id"])
    assert base_id not in set(standing(bases, last_year + 1)["base_id"])


def test_manas_closed_in_2014_and_karshi_in_2005(bases):
    closed = bases.set_index("base_id")["closed"]
    assert closed["USA-KGZ-01"].startswith("2014")
    assert closed["USA-UZB-01"].startswith("2005")


def test_kyrgyzstan_hosted_russia_and_the_united_states_in_2010(bases):
    # Kant since 23 October 2003 [kremlin_kant_2003], Manas to 2014 [rferl_manas_2014]
    hosts = standing(bases, 2010).query("host_iso3 == 'KGZ' and kind == 'air'")
    assert set(hosts["operator_iso3"]) == {"RUS", "USA"}


def test_tajikistan_hosted_russia_france_and_india_together(bases):
    # [camps_detair_2014], [hindustantimes_ayni_2025], [ria_central_asia_bases_2013]
    hosts = standing(bases, 2010).query("host_iso3 == 'TJK'")
    assert {"RUS", "FRA", "IND"} <= set(hosts["operator_iso3"])


def test_third_states_left_central_asia_but_for_disputed_chinese_posts(bases):
    left = standing(bases, 2025).query("operator_iso3 != 'RUS'")
    left = left[left["host_iso3"].isin(["KAZ", "KGZ", "TJK", "UZB"])]
    assert set(left["operator_iso3"]) == {"CHN"}
    assert set(left["status"]) == {"disputed"}


def test_georgia_proper_has_no_russian_base_after_november_2007(bases):
    # Batumi handed over on 13 November 2007 [reuters_batumi_2007]
    russian = bases.query("operator_iso3 == 'RUS'")
    before = standing(russian, "2007-11-12")
    assert set(before.loc[before["host_iso3"] == "GEO", "base_id"]) == {"RUS-GEO-01"}
    for day in ["2007-11-13", "2008-08-31", 2010, 2025]:
        assert "GEO" not in set(standing(russian, day)["host_iso3"])


def test_abkhazia_and_south_ossetia_have_russian_bases_since_2009(bases):
    # treaties of 2010 [civil_abkhazia_base_2010], [civil_ossetia_base_2010]
    for year in [2009, 2015, 2025]:
        ground = standing(bases, year).query("operator_iso3 == 'RUS' and kind == 'ground'")
        assert {"GEO-ABK", "GEO-OSS"} <= set(ground["host_iso3"])


def test_russia_took_over_bases_in_four_allies_and_had_none_new_in_1992(bases):
    russian = standing(bases, 1992).query("operator_iso3 == 'RUS' and kind != 'border_guard'")
    inherited = russian.query("inherited")
    assert {"ARM", "KAZ", "KGZ", "TJK"} <= set(inherited["host_iso3"])
    assert set(russian.query("not inherited")["kind"]) == {"peacekeeping"}


def test_all_five_allies_host_russia_in_2025(bases):
    # the claim of article_000 on radars and bases in all five, read for 2025
    hosts = set(standing(bases, 2025).query("operator_iso3 == 'RUS'")["host_iso3"])
    assert {"ARM", "BLR", "KAZ", "KGZ", "TJK"} <= hosts


def test_vietnam_and_azerbaijan_host_no_russian_base_in_2019(bases):
    # article_002 lists Vietnam as a host [bbc_camranh_2002]; Gabala ended in 2012 [reuters_gabala_2012]
    hosts = set(standing(bases, 2019).query("operator_iso3 == 'RUS'")["host_iso3"])
    assert not {"VNM", "AZE", "CUB", "GEO", "UZB"} & hosts


def test_the_201st_base_has_rival_strengths(personnel):
    rivals = personnel.query("base_id == 'RUS-TJK-01'")
    assert {5000, 5500, 6000, 7000, 7500} <= set(rivals["personnel"])
    assert "article_002" in set(rivals["source_key"])


def test_the_102nd_base_has_an_exact_and_a_rounded_strength(personnel):
    rivals = personnel.query("base_id == 'RUS-ARM-01'").set_index("source_key")
    assert rivals.loc["caucasian_knot_gyumri_2015", "personnel"] == 3083
    pair = rivals.loc[["wikipedia_russian_bases_2020"]].set_index("qualifier")["personnel"]
    assert pair.to_dict() == {"over": 3214, "up_to": 5000}


# --- rules of the tables ------------------------------------------------------------------


def test_nobody_has_a_base_abroad_at_home(bases):
    assert (bases["operator_iso3"] != bases["host_iso3"]).all()


def test_closed_after_opened(bases):
    spells = bases.dropna(subset=["opened", "closed"])
    assert (csto.latest(spells["closed"]) > csto.earliest(spells["opened"])).all()


def test_status_agrees_with_the_end(bases):
    assert bases.query("status == 'closed'")["closed"].notna().all()
    assert bases.query("status in ['active', 'planned']")["closed"].isna().all()


def test_only_soviet_inheritance_may_lack_a_beginning(bases):
    without = bases[bases["opened"].isna()]
    assert without["inherited"].eq(True).all()
    assert without["note"].str.contains("opened").all()
    assert set(bases.loc[bases["inherited"].eq(True), "operator_iso3"]) == {"RUS"}


def test_what_began_after_1991_is_inherited_only_if_it_was_being_built(bases):
    late = bases[bases["inherited"].eq(True) & (csto.earliest(bases["opened"]) >= "1992")]
    assert set(late["base_id"]) == {"RUS-BLR-01", "RUS-TJK-05"}  # Hantsavichy, Okno


def test_identifier_names_the_operator(bases):
    assert (bases["base_id"].str[:3] == bases["operator_iso3"].fillna("NAT")).all()
    in_turn = bases[bases["operator_iso3"].isna()]
    assert set(in_turn["location"]) == {"Ämari", "Šiauliai (Zokniai)"}


def test_how_it_ended_is_coded_for_what_ended_and_for_nothing_else(bases):
    assert (bases["end_mode"].notna() == bases["closed"].notna()).all()


def test_crimea_is_no_closure_by_withdrawal(bases):
    # annexed, the fleet is still there [usni_crimea_2014]
    annexed = bases[bases["end_mode"] == "annexed"]
    assert set(annexed["base_id"]) == {"RUS-UKR-01", "RUS-UKR-02"}
    assert annexed["closed"].eq("2014-03").all()


@pytest.mark.parametrize(
    ("base_id", "mode"),
    [
        ("USA-UZB-01", "host_notice"),  # Uzbekistan gave notice in July 2005 [crs_k2_2006]
        ("RUS-TKM-01", "host_notice"),  # notice of 20 May 1999 [jamestown_turkmen_border_1999]
        (
            "RUS-LVA-01",
            "lease_ended",
        ),  # leased for four years, no extension [jamestown_skrunda_1998]
        ("RUS-AZE-01", "lease_ended"),  # no agreement on the rent [mfa_az_gabala_2012]
        ("RUS-OSS-03", "mission_ended"),  # the war of August 2008 [eastwatch_ossetia]
        ("RUS-GEO-01", "withdrawn"),  # agreement of 2005 [reuters_batumi_2007]
    ],
)
def test_how_known_bases_ended(bases, base_id, mode):
    assert bases.set_index("base_id").loc[base_id, "end_mode"] == mode


def test_russian_border_troops_left_three_states_by_the_end_of_1999(bases):
    # [bbc_kyrgyz_border_1999], [jamestown_turkmen_border_1999], [jamestown_georgia_border_1999]
    guards = bases.query("kind == 'border_guard' and operator_iso3 == 'RUS'")
    assert {"KGZ", "TKM", "GEO"} <= set(standing(guards, 1998)["host_iso3"])
    assert not {"KGZ", "TKM", "GEO"} & set(standing(guards, 2000)["host_iso3"])


def test_france_leads_in_romania_since_may_2022(bases):
    # [occitanie_aigle_2022]
    french = bases.query("operator_iso3 == 'FRA' and host_iso3 == 'ROU'")
    assert standing(french, "2022-04-30").empty and len(standing(french, "2022-05-01")) == 1


def test_coordinates_lie_in_the_host(bases):
    assert set(bases["host_iso3"]) <= set(BOXES)
    for row in bases.itertuples():
        south, north, west, east = BOXES[row.host_iso3]
        assert south <= row.lat <= north, row.base_id
        assert west <= row.lon <= east, row.base_id


def test_coordinates_are_given_to_two_decimals_at_most(bases):
    for axis in ["lat", "lon"]:
        assert (bases[axis].round(2) == bases[axis]).all()


def test_contested_ground_is_marked(bases):
    crimea = bases[bases["location"].str.contains("Crimea") & (bases["kind"] != "radar")]
    assert len(crimea) == 2
    assert set(crimea["status"]) == {"disputed"}
    assert bases.set_index("base_id").loc["RUS-GEO-04", "status"] == "disputed"


def test_source_keys_in_notes_exist(bases, personnel):
    known = set(csto.load_sources()["source_key"])
    notes = pd.concat([bases["note"], personnel["note"]]).dropna()
    named = {key for note in notes for key in re.findall(r"\[([a-z0-9_]+)\]", note)}
    assert named
    assert named <= known
    assert set(bases["source_key"]) | set(personnel["source_key"]) <= known


def test_every_strength_belongs_to_a_base(bases, personnel):
    assert set(personnel["base_id"]) <= set(bases["base_id"])


def test_strengths_fall_in_the_life_of_the_base(bases, personnel):
    # a contested end (Gudauta, Crimea) may be followed by figures: that is what the contest is about
    settled = bases.query("status != 'disputed'")[["base_id", "opened", "closed"]]
    dated = personnel.dropna(subset=["as_of"]).merge(settled, on="base_id", validate="many_to_one")
    begun = csto.earliest(dated["opened"]) <= csto.latest(dated["as_of"])
    ended = csto.latest(dated["closed"]) < csto.earliest(dated["as_of"])
    assert (begun | dated["opened"].isna()).all()
    assert not ended.any()


def test_ranges_have_a_lower_end_below_the_upper(personnel):
    pairs = personnel.pivot_table(
        index=["base_id", "source_key", "scope"], columns="qualifier", values="personnel"
    ).dropna(subset=["over", "up_to"])
    assert len(pairs) >= 5
    assert (pairs["over"] < pairs["up_to"]).all()
