"""Organs, offices, clauses, forces and exercises: telling cases of the tables, and the notebook's counts once more."""

import itertools

import pytest
from conftest import run_cells

import cstoanalysis as csto


@pytest.fixture(scope="module")
def page():
    """Everything that 05_organs_and_forces defines and computes with its defaults."""
    return run_cells("05_organs_and_forces")


def in_office(organ, as_of):
    """Holders of an organ's office on a day, from the spells whose bounds are known."""
    spells = csto.load_table("officials").query("organ == @organ and kind == 'spell'")
    return set(csto.in_force(spells, as_of)["name"])


# --- tables --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("organ", "as_of", "name"),
    [
        ("SG", "2010", "Nikolai Bordyuzha"),  # since 2003 [fbis_council_2003, vesti_semerikov_2017]
        ("SG", "2017-03", "Valery Semerikov"),  # acting [asbarez_semerikov_2017]
        ("SG", "2018-06", "Yuri Khachaturov"),  # [sputnik_khachaturov_2017]
        ("SG", "2022-01-06", "Stanislav Zas"),  # in the operation [sputnik_force_2022]
        ("SG", "2026-02", "Taalatbek Masadykov"),  # [trend_masadykov_2025]
        ("JS", "2014", "Alexander Studenikin"),  # [lenta_studenikin_2012]
        ("JS", "2022-09", "Anatoly Sidorov"),  # [rbc_sidorov_2015]
        ("JS", "2026-02", "Andrey Serdyukov"),  # [infoport_serdyukov_2023, tass_plan_2026]
    ],
)
def test_who_held_the_office(organ, as_of, name):
    assert in_office(organ, as_of) == {name}


@pytest.mark.parametrize("organ", ["SG", "JS", "PA"])
def test_one_holder_at_a_time(organ):
    spells = csto.load_table("officials").query("organ == @organ and kind == 'spell'")
    spells = spells.sort_values("start")
    assert (
        csto.earliest(spells["end"])[:-1].array <= csto.earliest(spells["start"])[1:].array
    ).all()


def test_sightings_and_rivals_have_no_end():
    officials = csto.load_table("officials")
    assert officials.query("kind != 'spell'")["end"].isna().all()


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2009-12", "RUS"),  # in the place of Belarus [jamestown_boycott_2009]
        ("2011-08", "BLR"),  # [minsk_data_chair_2010]
        ("2013-06", "KGZ"),  # thanked at Sochi [kremlin_sochi_2013]
        ("2015-03", "TJK"),  # [csabusiness_chair_2014]
        ("2022-01", "ARM"),  # at the time of the operation [tass_chair_2022]
        ("2026-02", "RUS"),  # [tass_chair_2026]
    ],
)
def test_who_held_the_chair(as_of, state):
    chairs = csto.load_table("chairmanships")
    assert csto.in_force(chairs, as_of)["iso3"].tolist() == [state]


def test_chairs_follow_each_other_without_gap():
    chairs = csto.load_table("chairmanships")
    assert chairs["end"].tolist()[:-1] == chairs["start"].tolist()[1:]


def test_organs_are_those_of_article_11():
    """The bodies that the study of the Charter's Article 11 lists [dcaf_csto_2013]."""
    organs = set(csto.load_table("organs")["organ"])
    assert {"CSC", "CFM", "CDM", "CSSC", "PC", "PA", "SEC", "JS"} <= organs


@pytest.mark.parametrize(
    ("instrument", "provision", "code"),
    [
        ("CST_1992", "attack_on_all", 1),  # Article 4 [pavlodar_cst_article4]
        ("CST_1992", "aid_on_request", 0),
        ("CST_2010", "aid_on_request", 1),  # [caliber_request_2024]
        ("NAT_1949", "attack_on_all", 1),  # Article 5 [overheid_nat_1949]
        ("NAT_1949", "discretion_over_means", 1),
        ("WTO_1955", "attack_on_all", 0),  # help is due [cambridge_warsaw_1955]
        ("WTO_1955", "limited_area", 1),  # Europe
        ("CHARTER_2002", "suspension_or_exclusion", 1),  # [dcaf_csto_2013]
    ],
)
def test_clauses(instrument, provision, code):
    rows = csto.load_table("treaty_provisions").query(
        "instrument == @instrument and provision == @provision"
    )
    assert rows["code"].tolist() == [code]


def test_amendments_name_clauses_that_the_treaty_has():
    clauses = csto.load_table("treaty_provisions")
    of = clauses.groupby("instrument")["provision"].agg(set)
    assert of["CST_2010"] <= of["CST_1992"]


def test_rival_sizes_of_the_rapid_reaction_force_are_rows():
    """From 17,000 [theasian_crrf_2016] to 22,000 [asiatimes_csto_2015]."""
    sizes = csto.load_table("collective_forces").query("force == 'CRRF' and scope == 'total'")
    assert {17000, 18000, 20000, 22000} == set(sizes["personnel"])


def test_uzbekistan_gave_nothing_to_the_rapid_reaction_force():
    """It did not sign [minsk_data_crrf_2009]."""
    forces = csto.load_table("collective_forces")
    assert forces.query("force == 'CRRF' and iso3 == 'UZB'")["units"].tolist() == [0]


def test_one_operation_of_the_csto():
    """January 2022, by the peacekeeping forces [sputnik_force_2022]."""
    uses = csto.load_table("force_deployments").query("organisation == 'CSTO'")
    assert uses[["force", "iso3", "start"]].to_numpy().tolist() == [["CPF", "KAZ", "2022-01-06"]]


@pytest.mark.parametrize(
    ("exercise", "absent"),
    [
        ("2022-interaction-search-echelon", {"ARM"}),  # [ankasam_drills_2022]
        ("2024-interaction-search-echelon", {"ARM"}),  # [news_az_interaction_2024]
        ("2021-rubezh", {"TJK"}),  # a rival row says that it came [kg24_rubezh_2021]
        ("2017-interaction", set()),  # all came [news_am_interaction_2017]
    ],
)
def test_who_stayed_away(exercise, absent):
    parts = csto.load_table("exercise_participants").query("exercise_id == @exercise")
    assert set(parts.query("role == 'absent'")["iso3"]) == absent


def test_hosts_agree_with_participants():
    """The host of an exercise held stands among its participants, by the same source."""
    exercises = csto.load_table("exercises").query("status == 'held'").dropna(subset="host_iso3")
    hosts = csto.load_table("exercise_participants").query("role == 'host'")
    both = exercises.merge(hosts, on=["exercise_id", "source_key"])
    assert len(both) == len(exercises) and (both["host_iso3"] == both["iso3"]).all()


def test_only_exercises_held_have_participants_and_sizes():
    held = set(csto.load_table("exercises").query("status == 'held'")["exercise_id"])
    for name in ("exercise_participants", "exercise_personnel"):
        assert set(csto.load_table(name)["exercise_id"]) <= held


def test_the_brotherhood_of_2022_was_cancelled():
    """By its host, a day before [whatsnew_brotherhood_2022]."""
    exercises = csto.load_table("exercises").set_index("exercise_id")
    assert exercises.loc["2022-indestructible-brotherhood", "status"] == "cancelled"


def test_an_exercise_does_not_end_before_it_begins():
    exercises = csto.load_table("exercises").dropna(subset="end")
    assert (csto.earliest(exercises["start"]) <= csto.latest(exercises["end"])).all()


# --- the notebook ---------------------------------------------------------------------------


def test_handovers_of_the_chair_in_a_plain_loop(page):
    """The next member in Russian alphabetical order: Armenia, Belarus, Kazakhstan, Kyrgyzstan, Russia, Tajikistan."""
    turn = "ARM BLR KAZ KGZ RUS TJK ARM".split()
    seats = csto.load_table("chairmanships").sort_values("start")["iso3"].tolist()
    kept = sum(turn[turn.index(a) + 1] == b for a, b in itertools.pairwise(seats))
    assert (page["kept"], len(page["passed"])) == (kept, len(seats) - 1)
    assert (page["kept_late"], len(page["late"])) == (15, 15)


def test_the_chief_of_staff_is_russian_since_2012(page):
    assert page["chiefs"]["iso3"].tolist() == ["RUS"] * 3 and page["percent"] == 100


def test_exercises_are_counted_once_and_from_2009_on(page):
    """An umbrella gives way to its parts; Thunder was no part of that of 2017 [ic24_thunder_2017]."""
    held = csto.load_table("exercises").query("status == 'held'")
    whole = set(held["part_of"].dropna())
    plain = [r for r in held.itertuples() if r.start >= "2009" and r.exercise_id not in whole]
    assert page["n"] == len(plain) == len(page["drills"])
    of_2017 = set(page["drills"].query("year == 2017")["exercise_id"])
    assert "2017-thunder" in of_2017 and "2017-combat-brotherhood" not in of_2017
    named = run_cells("05_organs_and_forces", count_unit="named")
    assert named["n"] == sum(r.named for r in plain)


def test_the_own_source_says_who_took_part_and_others_fill_its_gaps(page):
    """Tajikistan stayed away in 2021 by the own source, and came by another [kg24_rubezh_2021]."""
    parts = page["parts"].set_index(["exercise_id", "iso3"])["role"]
    assert parts["2021-rubezh", "TJK"] == "absent"
    every = csto.load_table("exercise_participants")
    counted = set(page["drills"]["exercise_id"])
    known = {(r.exercise_id, r.iso3) for r in every.itertuples() if r.exercise_id in counted}
    assert set(parts.index) == known


def test_sides_between_the_two_treaties_in_a_plain_loop(page):
    clauses = csto.load_table("treaty_provisions").set_index(["instrument", "provision"])["code"]
    cst, nat, wto = (clauses[text] for text in ("CST_1992", "NAT_1949", "WTO_1955"))
    settled = [p for p in cst.index if p in nat.index and p in wto.index and nat[p] != wto[p]]
    assert page["sides"]["CST_1992"] == (sum(cst[p] == wto[p] for p in settled), len(settled))


def test_the_response_force_of_nato_ends_in_july_2024(page):
    """21 years from June 2003 [shape_arf_2024]; the rapid reaction force goes on."""
    years = page["compared"].set_index("Force")["Years"]
    assert years["NATO response"] == 21 and years["Rapid reaction"] == 17


def test_who_sent_troops_to_kazakhstan(page):
    """All members but the one that asked."""
    assert set(page["senders"]) == {"ARM", "BLR", "KGZ", "RUS", "TJK"}
