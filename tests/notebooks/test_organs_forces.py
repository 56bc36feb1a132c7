"""Organs, offices, clauses, forces and exercises: telling cases of the tables, and the notebook's methods."""

import itertools
import math
import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from conftest import run_cells
from scipy.stats import binomtest, poisson

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


# --- methods -------------------------------------------------------------------------------


def test_organs_form_one_tree_and_the_assembly(page):
    parts = [len(part) for part in nx.weakly_connected_components(page["G"])]
    assert sorted(parts) == [1, len(page["organs"]) - 1]
    assert nx.is_arborescence(page["G"].subgraph(set(page["G"]) - {"PA"}))


def test_shares_of_the_chief_of_staff_by_hand(page):
    row = page["shares"].set_index("office").loc["Chief of the Joint Staff"]
    assert (row["Russian"], row["holders"]) == (4, 5)
    # chance of four or five Russians of five at a share of 0.167
    chance = 5 * 0.167**4 * 0.833 + 0.167**5
    assert row["p"] == pytest.approx(chance)


def test_turns_in_the_chair(page):
    assert page["turns"](["ARM", "BLR", "KAZ", "RUS", "TJK", "ARM"]) == (4, 5)
    assert page["turns"](["RUS"]) == (0, 0)
    assert (page["kept_recent"], page["handovers_recent"]) == (15, 15)


def test_similarity_is_symmetric_and_one_with_itself(page):
    for a, b in itertools.product(page["TEXTS"], repeat=2):
        assert page["likeness_of"](a, b) == page["likeness_of"](b, a)
    assert page["likeness_of"]("NAT_1949", "NAT_1949")[0] == 1


def test_similarity_by_hand(page):
    """Against a plain loop over the rows of the table."""
    clauses = csto.load_table("treaty_provisions").set_index(["instrument", "provision"])["code"]
    nat, wto = clauses["NAT_1949"], clauses["WTO_1955"]
    same = [nat[p] == wto[p] for p in nat.index if p in wto.index]
    assert page["likeness_of"]("NAT_1949", "WTO_1955") == (pytest.approx(np.mean(same)), len(same))


def test_ratio_of_rates_and_its_exact_interval(page):
    """Conditional test of Przyborowski and Wilenski (1940): given the sum, the later count is binomial."""
    counts = pd.Series([2, 1, 1, 3, 4, 5], index=range(2000, 2006))
    result = dict(zip(page["NAMES"], page["compare"](counts, 2003), strict=True))
    assert (result["before"], result["since"], result["ratio"]) == (4, 12, 3)
    # the interval holds exactly those ratios that a two-sided binomial test at 5 % does not refuse
    for bound, side in [(result["low"], "greater"), (result["high"], "less")]:
        p = bound / (1 + bound)
        assert binomtest(12, 16, p, alternative=side).pvalue == pytest.approx(0.025, abs=1e-6)


def e_test(a, m, b, n):
    """Krishnamoorthy and Thomson 2004 by enumeration: both counts Poisson at the common rate."""
    x, y = np.mgrid[:200, :200]
    with np.errstate(invalid="ignore"):
        score = np.nan_to_num(abs(x / m - y / n) / np.sqrt(x / m**2 + y / n**2))
    rate = (a + b) / (m + n)
    chance = poisson.pmf(x, m * rate) * poisson.pmf(y, n * rate)
    return chance[score >= score[a, b] - 1e-12].sum()


def test_the_e_test_is_that_of_the_enumeration(page):
    """The dodder seeds of Przyborowski and Wilenski (1940), 0 and 3: p = 0.088 in SciPy's manual.

    SciPy loses some ties to rounding: hence the tolerance."""
    assert e_test(0, 100, 3, 100) == pytest.approx(0.08838, abs=1e-5)
    for numbers in ([2, 1, 1, 3, 4, 5], [0, 1, 0, 2, 2, 4]):
        counts = pd.Series(numbers, index=range(2000, 2006))
        result = dict(zip(page["NAMES"], page["compare"](counts, 2003), strict=True))
        assert result["p"] == pytest.approx(
            e_test(sum(numbers[:3]), 3, sum(numbers[3:]), 3), rel=2e-3
        )
    (a, m), (b, n) = page["crrf"], page["nrf"]
    assert page["p_uses"] == pytest.approx(e_test(a, m, b, n), rel=2e-3)


def test_dispersion_by_hand(page):
    """1, 2, 3 and 2, 4, 6: squares around the two means 2 and 8, four degrees of freedom, mean 3."""
    counts = pd.Series([1, 2, 3, 2, 4, 6], index=range(2000, 2006))
    result = dict(zip(page["NAMES"], page["compare"](counts, 2003), strict=True))
    assert result["variance / mean"] == pytest.approx((2 + 8) / 4 / 3)


def test_uses_per_decade_have_exact_poisson_intervals(page):
    """Each bound leaves a tail of a fortieth (Garwood 1936); with no use the upper bound is 3.689."""
    for row in page["compared"].itertuples():
        rate, low, high = map(float, re.findall(r"[\d.]+", row[-1]))
        assert rate == pytest.approx(10 * row.uses / row.years, abs=0.05)
        per_decade = np.linspace(0, 20, 40001)
        counts = per_decade * row.years / 10
        inside = (poisson.sf(row.uses - 1, counts) >= 0.025) & (
            poisson.cdf(row.uses, counts) >= 0.025
        )
        assert (low, high) == pytest.approx(
            (per_decade[inside].min(), per_decade[inside].max()), abs=0.051
        )
    assert -np.log(0.025) == pytest.approx(3.689, abs=5e-4)


def test_sides_between_the_two_treaties_by_hand(page):
    """The clauses on which the two pacts differ, counted in a plain loop; the sign test of a coin."""
    clauses = csto.load_table("treaty_provisions").set_index(["instrument", "provision"])["code"]
    cst, nat, wto = (clauses[text] for text in ("CST_1992", "NAT_1949", "WTO_1955"))
    settled = [p for p in cst.index if p in nat.index and p in wto.index and nat[p] != wto[p]]
    settled = [p for p in settled if pd.notna([cst[p], nat[p], wto[p]]).all()]
    agree = sum(cst[p] == wto[p] for p in settled)
    ways = [math.comb(len(settled), k) for k in range(len(settled) + 1)]
    p = sum(way for way in ways if way <= ways[agree]) / 2 ** len(settled)
    assert page["sides"]["CST_1992"] == (agree, len(settled), pytest.approx(p))


def test_overlap_of_tasks_by_hand(page):
    tasks = csto.load_table("force_tasks")[["force", "task"]].drop_duplicates()
    both = tasks[tasks["force"].isin(["CRRF", "NRF"])]["task"].value_counts()
    assert page["jaccard"] == pytest.approx((both == 2).mean())


def test_exercises_and_uses_are_counted_in_the_same_years(page):
    """Up to 2021 there was none; the years of the exercises decide, not the day of the offices."""
    assert page["per_operation"] == page["counts"].sum()
    earlier = run_cells("05_organs_and_forces", end_year=2021)
    assert len(earlier["real"]) == 0 and np.isnan(earlier["per_operation"])


def test_the_umbrella_is_not_counted_beside_its_parts(page):
    every = csto.load_table("exercises")
    parts, whole = page["held"](every), page["held"](every, umbrella=True)
    assert "2017-combat-brotherhood" not in set(parts["exercise_id"])
    # Thunder was no part of it [ic24_thunder_2017].
    of_2017 = ["2017-combat-brotherhood", "2017-thunder"]
    assert whole.query("year == 2017")["exercise_id"].tolist() == of_2017


def test_joint_exercises_by_hand(page):
    """The weight of an edge is the number of exercises in which both states took part."""
    sets = page["listed"].groupby("exercise_id")["iso3"].agg(set)
    for row in page["pairs"].itertuples():
        assert row.joint == sum({row.a, row.b} <= states for states in sets)
        came = [sum(state in states for states in sets) for state in (row.a, row.b)]
        assert row.ratio == pytest.approx(row.joint * len(sets) / np.prod(came))


def test_russia_gives_to_every_force(page):
    assert page["B"].degree("RUS") == len(page["given"])
    assert set(page["shared"]) == {"CRDF", "CRRF"}


def test_the_growth_is_not_in_the_force_that_both_kinds_of_source_cover(page):
    """The finding that the page leads to: all readings rise but those with one coverage throughout."""
    rows = page["rivals"].set_index("reading")
    assert rows.loc["as above", "low"] > 1
    for reading in ("rapid deployment force alone", "the one data set, to 2010"):
        assert rows.loc[reading, "low"] < 1 < rows.loc[reading, "high"]
