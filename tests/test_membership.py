"""Who belonged to what, and when: telling cases and rules of the membership tables."""

import pandas as pd
import pytest

import cstoanalysis as csto

FOUNDERS = {"ARM", "KAZ", "KGZ", "RUS", "TJK", "UZB"}
SIX = {"ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"}


@pytest.fixture(scope="module")
def spells() -> pd.DataFrame:
    return csto.load_membership_spells()


@pytest.fixture(scope="module")
def actions() -> pd.DataFrame:
    return csto.load_table("treaty_actions")


@pytest.fixture(scope="module")
def articles() -> pd.DataFrame:
    return csto.load_table("article_spells")


def states(spells, organisation, as_of, status="member") -> set[str]:
    """States with a status in an organisation on a day."""
    wanted = spells.query("organisation == @organisation and status == @status")
    return set(csto.in_force(wanted, as_of)["iso3"])


def dates(actions, organisation, iso3, action, instrument="") -> set[str]:
    """All dates that sources give for an act."""
    acts = actions.query("organisation == @organisation and iso3 == @iso3 and action == @action")
    return set(acts.loc[acts["instrument"].str.contains(instrument, regex=False), "date"])


# --- CSTO ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "members"),
    [
        ("1992-05-14", set()),
        ("1992-05-15", FOUNDERS),  # signed at Tashkent [blr_mfa_csto]
        ("1993-10-01", FOUNDERS | {"AZE"}),  # AZE 24 September 1993 [atop_5_1]
        (1996, FOUNDERS | {"AZE", "BLR", "GEO"}),  # nine at the entry into force [blr_mfa_csto]
        ("1999-04-19", FOUNDERS | {"AZE", "BLR", "GEO"}),
        ("1999-04-20", SIX),  # three let the term run out [atop_5_1, pavlodar_cst_protocol_1999]
        (2000, SIX),
        ("2006-06-22", SIX),
        (2008, SIX | {"UZB"}),  # back at the Minsk summit [panarmenian_uzbekistan_2006]
        ("2012-12-18", SIX | {"UZB"}),
        (2013, SIX),  # suspended at its request [tass_uzbekistan_2012]
        (2025, SIX),  # Armenia is a party still [caucasuswatch_pankin_2025]
    ],
)
def test_parties_of_the_csto(spells, as_of, members):
    assert states(spells, "CSTO", as_of) == members


def test_uzbekistan_leaves_and_returns_and_leaves(spells):
    """Two spells with different exits: the term ran out, then a suspension was granted."""
    uzbekistan = spells.query("organisation == 'CSTO' and iso3 == 'UZB'")
    assert list(uzbekistan["entry_mode"]) == ["founding", "return"]
    assert list(uzbekistan["exit_mode"]) == ["non_renewal", "suspension"]
    assert list(uzbekistan["end"]) == ["1999-04-20", "2012-12-19"]


def test_armenia_is_bound_and_does_not_take_part(spells):
    """The freeze of February 2024 [rt_armenia_2024] is laid over an open member spell."""
    armenia = spells.query("organisation == 'CSTO' and iso3 == 'ARM'").set_index("status")
    assert list(armenia.index) == ["frozen", "member"]
    assert armenia["end"].isna().all()
    assert states(spells, "CSTO", "2024-02-21", "frozen") == set()
    assert states(spells, "CSTO", "2024-02-22", "frozen") == {"ARM"}


def test_csto_has_ten_member_spells_and_one_freeze(spells):
    counts = spells.query("organisation == 'CSTO'")["status"].value_counts().to_dict()
    assert counts == {"member": 10, "frozen": 1}


@pytest.mark.parametrize(
    ("iso3", "action", "rivals"),
    [
        ("GEO", "accession", {"1993-12-09", "1993-09-09"}),  # ATOP; Russian Wikipedia
        ("BLR", "accession", {"1993-12-31", "1994-01-03"}),  # Wikipedia of 2006; ATOP
        ("KAZ", "signature", {"1992-05-15", "1992-03-15"}),  # MFA of Belarus; article 003
    ],
)
def test_rival_dates_of_the_treaty_are_kept(actions, iso3, action, rivals):
    assert dates(actions, "CSTO", iso3, action, "Collective Security Treaty") == rivals


def test_rival_dates_of_the_second_exit_are_kept(actions):
    """Note 28 June, council 19 December 2012 [ITAR-TASS]; ATOP ends the spell in June."""
    assert dates(actions, "CSTO", "UZB", "suspension") == {"2012-06-28"}
    assert "2012-12-19" in dates(actions, "CSTO", "UZB", "decision")
    assert "2012-06-28" in dates(actions, "CSTO", "UZB", "withdrawal")


def test_every_csto_spell_rests_on_dated_acts(spells, actions):
    """Each start and end of the preferred set is the date of some act of that state."""
    known = {(row.iso3, row.date) for row in actions.query("organisation == 'CSTO'").itertuples()}
    for row in spells.query("organisation == 'CSTO'").itertuples():
        assert (row.iso3, row.start) in known
        assert pd.isna(row.end) or (row.iso3, row.end) in known


def test_four_rival_births_of_the_organisation(actions):
    """Treaty, decision, Charter signed, Charter in force [blr_mfa_csto]."""
    own = set(actions.query("organisation == 'CSTO' and source_key == 'blr_mfa_csto'")["date"])
    assert {"1992-05-15", "2002-05-14", "2002-10-07", "2003-09-18"} <= own


# --- other alliances -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "count"),
    [
        (1949, 12),  # founders [atop_5_1]
        (1952, 14),  # GRC, TUR [lexicals_nato]
        (1955, 15),  # DEU [lexicals_nato]
        (1990, 16),  # ESP 1982 [lexicals_nato]
        ("1999-03-11", 16),
        ("1999-03-12", 19),  # deposit at Independence [clinton_wh_nato_1999]
        ("2004-03-28", 19),
        ("2004-03-29", 26),  # deposit in Washington [nato_slovenia_2004]
        ("2009-04-01", 28),  # ALB, HRV [albania_embassy_nato_2017]
        (2017, 29),  # MNE [albania_embassy_nato_2017]
        (2020, 30),  # MKD [mia_north_macedonia_2020]
        ("2023-04-04", 31),  # FIN [vif_finland_2023]
        ("2024-03-06", 31),
        ("2024-03-07", 32),  # SWE [swegov_nato_2024]
        ("2026-02", 32),
    ],
)
def test_nato_grows_with_its_enlargements(spells, as_of, count):
    assert len(states(spells, "NATO", as_of)) == count


def test_atop_dates_nato_accessions_earlier(actions):
    """Poland: protocol in December 1997, deposit in March 1999: both are given."""
    assert dates(actions, "NATO", "POL", "signature") == {"1997-12-16"}
    assert dates(actions, "NATO", "POL", "accession") == {"1999-03-12"}


def test_warsaw_treaty_shrinks_and_ends(spells):
    """ALB leaves in 1968, DDR ends in 1990, the rest dissolve the pact in 1991 [atop_5_1]."""
    assert len(states(spells, "WTO", 1955)) == 8
    assert len(states(spells, "WTO", 1968)) == 7
    assert states(spells, "WTO", 1990) == {"BGR", "CSK", "HUN", "POL", "ROU", "SUN"}
    assert not len(csto.in_force(spells.query("organisation == 'WTO'"), "1991-07-01"))


def test_albania_froze_before_it_left(spells):
    """The older parallel to Armenia: no part since 1961 [uia_warsaw_treaty], out in 1968."""
    assert states(spells, "WTO", 1965, "frozen") == {"ALB"}
    assert "ALB" in states(spells, "WTO", 1965)


def test_east_germany_was_never_in_nato(spells):
    assert "DDR" not in set(spells.query("organisation == 'NATO'")["iso3"])


@pytest.mark.parametrize(
    ("organisation", "as_of", "count"),
    [
        ("CIS", 1991, 11),  # Minsk and Alma-Ata [wikipedia_cis_members, academic_cis_members]
        ("CIS", 1994, 12),  # with GEO [atop_5_1]
        ("CIS", "2009-08-18", 10),  # without GEO [civil_georgia_cis_2009], TKM an associate
        ("SCO", 2001, 6),  # founders [atop_5_1]
        ("SCO", 2024, 10),  # BLR the tenth [astanatimes_sco_2024]
        ("EAEU", 2015, 5),  # KGZ the fifth [tass_kyrgyzstan_eaeu_2015]
        ("EURASEC", 2006, 6),  # with UZB [zakonpravo_eurasec_2006]
        ("EURASEC", 2015, 0),  # ended 1 January 2015 [president_blr_eurasec_2014]
        ("GUAM", 2000, 5),  # GUUAM [tass_guam_2005]
        ("GUAM", 2006, 4),
        ("OTS", 2020, 5),  # with UZB [anadolu_uzbekistan_ots_2019]
        ("ECOWAS", 2001, 15),  # without MRT, with CPV [reliefweb_ecowas]
        ("ECOWAS", "2025-01-29", 12),  # BFA, MLI, NER out [punch_ecowas_2024]
        ("ASEAN", 2025, 11),  # TLS the eleventh [asiaone_timor_2025]
        ("SEATO", 1977, 0),  # dissolved [atop_5_1]
    ],
)
def test_size_of_other_organisations(spells, organisation, as_of, count):
    assert len(states(spells, organisation, as_of)) == count


# --- rules ---------------------------------------------------------------------------------


def test_ends_come_after_starts(spells):
    start, end = csto.earliest(spells["start"]), csto.earliest(spells["end"])
    assert (end.isna() | (start < end)).all()


def test_spells_of_a_status_never_overlap(spells):
    """A year-only end may touch a start in the same year; anything more is an overlap."""
    keys = ["organisation", "iso3", "status"]
    ordered = spells.assign(
        begin=csto.earliest(spells["start"]),
        over=csto.earliest(spells["end"]).fillna(pd.Timestamp("2262-01-01")),
    ).sort_values([*keys, "begin"])
    before = ordered.groupby(keys)["over"].shift()
    assert not (before > ordered["begin"]).any()


def test_frozen_and_suspended_lie_within_a_tie(spells):
    """Nobody freezes or is suspended where it is neither member nor partner."""
    for row in spells[spells["status"].isin(["frozen", "suspended"])].itertuples():
        ties = csto.in_force(spells.query("organisation == @row.organisation"), row.start)
        ties = ties[(ties["iso3"] == row.iso3) & ties["status"].isin(["member", "partner"])]
        assert len(ties) == 1, row
        assert ties["end"].isna().all() or (ties["end"] == row.end).all()


def test_an_end_has_a_mode_and_an_open_spell_has_none(spells):
    assert (spells["end"].notna() == spells["exit_mode"].notna()).all()


def test_every_tie_says_how_it_began(spells):
    overlay = spells["status"].isin(["frozen", "suspended"])
    assert (spells["entry_mode"].isna() == overlay).all()


def test_returns_are_second_spells(spells):
    keys = ["organisation", "iso3", "status"]
    second = spells.duplicated(keys)
    assert (spells.loc[second, "entry_mode"] == "return").all()
    assert not (spells.loc[~second, "entry_mode"] == "return").any()


def test_nothing_begins_after_the_coverage_end(spells, actions):
    limit = csto.latest("2026-02")
    assert (csto.earliest(spells["start"]) <= limit).all()
    assert (csto.earliest(actions["date"]) <= limit).all()


def test_every_organisation_key_exists(spells, actions, articles):
    known = set(csto.load_table("organisations")["organisation"])
    for table in (spells, actions, articles):
        assert set(table["organisation"]) <= known
    assert set(spells["organisation"]) == known


def test_dissolved_organisations_are_empty(spells):
    """An organisation that ended has no spell after its end."""
    for row in csto.load_table("organisations").dropna(subset="ended").itertuples():
        own = spells[spells["organisation"] == row.organisation]
        assert (csto.earliest(own["end"]) <= csto.latest(row.ended)).all(), row.organisation
        assert own["end"].notna().all(), row.organisation


def test_a_rival_stands_beside_another_date(actions):
    """A note that begins with 'rival' makes sense only next to what it disputes."""
    keys = ["organisation", "iso3"]
    acts = actions.assign(iso3=actions["iso3"].fillna(""))
    for row in acts[acts["note"].fillna("").str.startswith("rival")].itertuples():
        beside = acts[(acts[keys] == [row.organisation, row.iso3]).all(axis=1)]
        whole = acts[acts["organisation"] == row.organisation]
        others = beside if row.iso3 else whole
        assert (others["date"] != row.date).any(), row.action_id


# --- the five articles ---------------------------------------------------------------------


def test_three_articles_miss_spells(spells, articles):
    """The record has ten member spells; only two of the articles, read as a whole, have as many."""
    record = len(spells.query("organisation == 'CSTO' and status == 'member'"))
    told = articles["article"].value_counts().to_dict()
    assert told == {"000": 9, "001": record, "002": 9, "003": record, "004": 7}


@pytest.mark.parametrize(
    ("article", "uzbek_spells"),
    [
        ("000", [("1992-05-15", "")]),  # leaves soon, no date, no return
        ("001", [("1992-05-15", "1999-04"), ("2006", "2012")]),
        ("002", [("1994-04-20", "1999-04")]),  # no return
        ("003", [("1992-03-15", "1999"), ("2006", "2012")]),  # wrong month of signing
        ("004", [("2006", "2012")]),  # no first spell
    ],
)
def test_uzbekistan_in_each_article(articles, article, uzbek_spells):
    told = articles.query("article == @article and iso3 == 'UZB'").fillna("")
    assert list(zip(told["start"], told["end"], strict=True)) == uzbek_spells
    assert told["says_left"].all()


def test_an_end_in_an_article_is_an_exit(articles):
    assert articles.loc[articles["end"].notna(), "says_left"].all()


def test_each_article_is_its_own_source(articles):
    assert (articles["source_key"] == "article_" + articles["article"]).all()
