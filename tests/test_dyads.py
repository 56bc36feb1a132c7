"""States and the tables of pairs: known cases of alliances, votes, conflicts, arms and borders."""

import pandas as pd
import pytest

import cstoanalysis as csto

POST_SOVIET = """ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB""".split()
PAIRS = ["alliance_dyads", "conflict_dyads", "land_borders"]


def pair(frame: pd.DataFrame, a: str, b: str) -> pd.DataFrame:
    """Rows of an undirected pair, whatever the order of the two."""
    first, second = sorted([a, b])
    return frame[(frame.iso3_1 == first) & (frame.iso3_2 == second)]


# --- all tables of pairs -----------------------------------------------------------------------
@pytest.mark.parametrize("name", PAIRS)
def test_pairs_are_in_order(name):
    frame = csto.load_table(name)
    assert len(frame) and (frame.iso3_1 < frame.iso3_2).all()


@pytest.mark.parametrize("name", ["alliance_spells", "alliance_dyads", "states", "capitals"])
def test_spells_end_after_they_start(name):
    spells = csto.load_table(name).dropna(subset=["start", "end"])
    assert (csto.earliest(spells.start) < csto.latest(spells.end)).all()


# --- states ------------------------------------------------------------------------------------
def test_post_soviet_states_of_today_begin_in_1991():
    # Gleditsch and Ward; Russia from the day that the Soviet Union ended (Archontology)
    states = csto.load_table("states").set_index("iso3")
    assert set(states.loc[POST_SOVIET, "start"].str[:4]) == {"1991"}
    assert states.loc["RUS", "start"] == states.loc["SUN", "end"]


def test_no_day_has_two_states_of_one_number():
    # Soviet Union and Russia share 365, Yugoslavia and Serbia and Montenegro 345, one after another
    states = csto.load_table("states").dropna(subset="gwcode").sort_values(["gwcode", "start"])
    shared = states[states.duplicated("gwcode", keep=False)]
    assert set(shared.iso3) == {"SUN", "RUS", "YUG", "SCG"}
    before = shared.groupby("gwcode").end.shift()
    assert (before.dropna() == shared.start[before.notna()]).all()


def test_historical_states_have_ended_and_de_facto_entities_have_parents():
    states = csto.load_table("states")
    assert states.query("kind == 'historical'").end.notna().all()
    parents = states.query("kind == 'de_facto'").set_index("iso3").parent_iso3.to_dict()
    assert parents == {"GEO-ABK": "GEO", "GEO-OSS": "GEO", "MDA-TRN": "MDA", "AZE-NKR": "AZE"}


# --- alliance spells ---------------------------------------------------------------------------
def test_cst_has_ten_spells_three_non_renewals_and_uzbekistan_twice():
    # ATOP 5.1, alliance 4220: TERMMODE 1 on 1999-04-20 for Azerbaijan, Georgia, Uzbekistan
    cst = csto.load_table("alliance_spells").query("atopid == 4220")
    assert len(cst) == 10 and cst.defense.all()
    lapsed = cst.query("exit_mode == 'non_renewal'")
    assert set(zip(lapsed.iso3, lapsed.end, strict=True)) == {
        (iso3, "1999-04-20") for iso3 in ("AZE", "GEO", "UZB")
    }
    uzbekistan = cst.query("iso3 == 'UZB'").sort_values("start")
    assert list(uzbekistan.exit_mode) == ["non_renewal", "withdrawal"]
    assert list(uzbekistan.end) == ["1999-04-20", "2012-06-28"]
    assert set(cst.query("censored").iso3) == {"ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"}


def test_nato_starts_are_protocols_and_nobody_has_left():
    # ATOP 5.1, alliance 3180: protocols for Greece 1951-10-22, for Poland 1997-12-16
    nato = csto.load_table("alliance_spells").query("atopid == 3180").set_index("iso3")
    assert nato.loc["GRC", "start"] == "1951-10-22"
    assert nato.loc["POL", "start"] == "1997-12-16"
    assert nato.index.is_unique and nato.censored.all() and len(nato) == 29


def test_warsaw_treaty_ended_for_six_after_albania_left_and_east_germany_ceased():
    # ATOP 5.1, alliance 3285: Albania 1968-09-12, unity of Germany 1990-10-03, end 1991-07-01
    modes = csto.load_table("alliance_spells").query("atopid == 3285").set_index("iso3").exit_mode
    assert modes["ALB"] == "withdrawal" and modes["DDR"] == "state_extinct"
    ended = modes[modes == "alliance_ended"]
    assert set(ended.index) == {"BGR", "CSK", "HUN", "POL", "ROU", "SUN"}


def test_seatos_dissolution_is_no_withdrawal():
    # ATOP has four exits on 1977-06-30, the day of dissolution (Wikipedia, SEATO)
    seato = csto.load_table("alliance_spells").query("atopid == 3260 and end == '1977-06-30'")
    assert len(seato) == 4 and set(seato.exit_mode) == {"alliance_ended"}


def test_unity_of_germany_does_not_cut_a_spell():
    # ATOP gives the Federal Republic two numbers, before and after 1990-10-03
    germany = csto.load_table("alliance_spells").query("iso3 == 'DEU'")
    assert not germany.duplicated("atopid").any()
    assert germany.query("atopid == 3180").start.item() == "1954-10-23"


def test_censored_is_open_and_only_open():
    spells = csto.load_table("alliance_spells")
    assert (spells.censored == spells.end.isna()).all()
    assert (spells.censored == (spells.exit_mode == "censored")).all()
    assert set(spells.loc[spells.censored, "censor_date"]) == {"2018-12-31"}
    assert spells.end.dropna().max() <= "2018-12-31"
    assert spells.groupby("atopid").iso3.nunique().min() >= 3


# --- alliance dyads ----------------------------------------------------------------------------
def test_armenia_and_russia_are_bound_to_defence_twice_since_1997():
    # ATOP 5.1: CST 1992-05-15 (4220) and the treaty of 1997-08-29 (4890)
    defence = pair(csto.load_table("alliance_dyads").query("defense"), "ARM", "RUS").set_index(
        "atopid"
    )
    assert defence.loc[4220, "start"] == "1992-05-15"
    assert defence.loc[4890, "start"] == "1997-08-29"
    assert defence.end.isna().all()


def test_united_states_and_russia_never_promised_defence():
    rows = pair(csto.load_table("alliance_dyads"), "RUS", "USA")
    assert len(rows) and not rows.defense.any() and rows.nonagg.all()


def test_neutrals_have_defence_dyads_through_the_eu_alone():
    # ATOP codes the EU (4175) as a defence pact since 2007-11-13; Finland's treaty with Moscow 1948
    dyads = csto.load_table("alliance_dyads").query("defense")
    neutral = dyads.iso3_1.isin(["AUT", "FIN", "SWE"]) | dyads.iso3_2.isin(["AUT", "FIN", "SWE"])
    later = dyads[neutral & (dyads.start >= "1949")]
    assert set(later.atopid) == {4175} and set(later.start) >= {"2007-11-13"}
    assert later.start.min() == "2007-11-13"
    assert not pair(dyads, "AUT", "SWE").query("start < '2007-11-13'").size


def test_defence_is_a_small_part_of_the_graph():
    dyads = csto.load_table("alliance_dyads")
    assert dyads.defense.mean() < 0.5
    assert not dyads.query("atopid == 3740").defense.any()  # OSCE


def test_multilateral_dyads_agree_with_the_spells():
    spells = csto.load_table("alliance_spells").query("atopid == 4220")
    dyads = csto.load_table("alliance_dyads").query("atopid == 4220")
    for row in dyads.itertuples():
        for iso3 in (row.iso3_1, row.iso3_2):
            own = spells[(spells.iso3 == iso3) & (spells.start <= row.start)]
            assert (own.end.isna() | (own.end.fillna("") > row.start)).any(), row
    assert set(dyads.iso3_1) | set(dyads.iso3_2) == set(spells.iso3)


# --- votes in the General Assembly -------------------------------------------------------------
def test_russia_is_below_the_united_states_in_every_year_since_2014():
    wide = csto.load_table("un_ideal_points").pivot(
        index="year", columns="iso3", values="ideal_point"
    )
    assert (wide.loc[2014:, "RUS"] < wide.loc[2014:, "USA"]).all()
    assert wide.loc[2022, "UKR"] > wide.loc[2022, "BLR"]


def test_serbia_is_not_yugoslavia():
    # The producer files all three under YUG
    years = csto.load_table("un_ideal_points").groupby("iso3").year.agg(["min", "max"])
    assert tuple(years.loc["SRB"]) == (2006, 2025)
    assert tuple(years.loc["SCG"]) == (2003, 2005)
    assert years.loc["YUG", "max"] == 2002
    assert tuple(years.loc["SUN"]) == (1990, 1991)


def test_points_lie_in_their_intervals_and_few_votes_make_them_wide():
    points = csto.load_table("un_ideal_points")
    inside = points.ideal_point.between(points.ideal_point_q05, points.ideal_point_q95)
    assert inside.all()
    width = (points.ideal_point_q95 - points.ideal_point_q05).groupby(points.year).median()
    assert points.query("year == 2024").votes.max() < 10
    assert width[2024] > 1.5 * width[2023]


# --- conflicts ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("a", "b", "year", "kind"),
    [
        ("GEO", "RUS", 2008, "secondary_support"),  # UCDP 393, South Ossetia
        ("ARM", "AZE", 2020, "secondary_support"),  # UCDP 388, Artsakh
        ("ARM", "AZE", 1992, "secondary_support"),
        ("KGZ", "TJK", 2021, "interstate"),  # UCDP 13324, common border
        ("RUS", "UKR", 2014, "secondary_support"),  # UCDP 13306 and others
        ("RUS", "UKR", 2022, "interstate"),  # UCDP 13243
        ("IND", "PAK", 1999, "interstate"),  # UCDP 218, Kashmir
    ],
)
def test_known_conflicts(a, b, year, kind):
    rows = pair(csto.load_table("conflict_dyads"), a, b).query("year == @year")
    assert kind in set(rows.kind)


def test_armenia_and_azerbaijan_are_never_interstate_in_ucdp():
    rows = pair(csto.load_table("conflict_dyads"), "ARM", "AZE")
    assert set(rows.kind) == {"secondary_support"} and set(rows.conflict_id) == {388}
    assert 1994 not in set(rows.year) and rows.note.str.contains("ARM supports side B").all()


def test_support_is_noted_and_only_there():
    conflicts = csto.load_table("conflict_dyads")
    assert ((conflicts.kind == "secondary_support") == conflicts.note.notna()).all()
    assert conflicts.year.between(1989, 2024).all()


# --- arms --------------------------------------------------------------------------------------
def test_shares_of_a_recipient_never_exceed_the_whole():
    arms = csto.load_table("arms_transfers")
    sums = arms.groupby(["recipient_iso3", "start_year"]).share_of_recipient.sum()
    assert sums.max() <= 1.0001
    assert set(arms.recipient_iso3) <= set(POST_SOVIET)
    assert (arms.supplier_iso3 != arms.recipient_iso3).all()


def test_armenias_suppliers_after_2020():
    # SIPRI trade register of January 2025: India 35.6, Russia 29.0, France 3.84 million TIV
    arms = csto.load_table("arms_transfers").query("recipient_iso3 == 'ARM' and start_year == 2020")
    assert arms.set_index("supplier_iso3").tiv_million.to_dict() == {
        "FRA": 3.84,
        "IND": 35.6,
        "RUS": 29.0,
    }


# --- borders and capitals ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("a", "b", "year", "km"),
    [
        ("BLR", "RUS", 2026, 1312),  # CIA World Factbook 2026
        ("KAZ", "RUS", 2026, 7644),
        ("FIN", "RUS", 2026, 1309),
        ("AFG", "TJK", 2026, 1357),
        ("NOR", "SUN", 1990, 196),  # CIA World Factbook 1990
        ("DDR", "DEU", 1990, 1381),
    ],
)
def test_known_borders(a, b, year, km):
    assert pair(csto.load_table("land_borders"), a, b).query("year == @year").km.item() == km


def test_russias_borders_sum_to_what_its_page_says():
    # CIA World Factbook 2026, Russia: total 22,407 km; the difference is rounding on that page
    borders = csto.load_table("land_borders").query("year == 2026")
    russia = borders[(borders.iso3_1 == "RUS") | (borders.iso3_2 == "RUS")]
    assert len(russia) == 14
    assert russia.km.sum() == pytest.approx(22_407, rel=0.001)


def test_no_border_without_a_printed_length():
    borders = csto.load_table("land_borders")
    printed = borders.km_by_1.fillna(borders.km_by_2)
    assert (borders.km == printed).all()


def test_kazakhstan_moved_its_capital():
    # Interfax, 19 September 2022: from Almaty in December 1997
    seats = csto.load_table("capitals").query("iso3 == 'KAZ'").set_index("capital")
    assert seats.loc["Almaty", "end"] == seats.loc["Astana", "start"] == "1997-12"
    in_force = csto.load_table("capitals").query("end.isna()")
    assert in_force.iso3.is_unique
    assert set(POST_SOVIET) <= set(in_force.iso3)
