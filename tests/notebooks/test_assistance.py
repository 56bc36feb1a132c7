"""Appeals, the mission of January 2022, unrest and operations: telling cases, and 04's methods."""

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from conftest import run_cells
from scipy.integrate import quad
from scipy.stats import barnard_exact, binom, kendalltau, permutation_test

import cstoanalysis as csto


@pytest.fixture(scope="module")
def requests() -> pd.DataFrame:
    return csto.load_table("assistance_requests")


@pytest.fixture(scope="module")
def preferred(requests) -> pd.DataFrame:
    return requests.query("reading == 'preferred'").set_index("request_id")


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return csto.load_table("contingents")


@pytest.fixture(scope="module")
def notebook():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("04_assistance_requests")


# --- assistance_requests -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "made", "basis", "answer"),
    [
        ("REQ-2010-KGZ", "yes", "none", "material"),  # [eurasianet_kyrgyz_plea_2010]
        ("REQ-2020-ARM", "bilateral", "bilateral", "words"),  # [asbarez_russia_2021]
        ("REQ-2021-ARM", "yes", "article_2", "words"),  # [hyetert_csto_2021, factor_zas_2021]
        ("REQ-2022-KAZ", "yes", "article_4", "troops"),  # [pledgetimes_pashinyan_2022]
        ("REQ-2022-ARM", "yes", "article_4", "observers"),  # [azatutyun_csto_2022]
        ("REQ-2024-RUS", "no", "none", "words"),  # [newsukraine_kursk_2024]
    ],
)
def test_telling_cases(preferred, case, made, basis, answer):
    row = preferred.loc[case]
    assert (row["request_made"], row["basis"], row["answer"]) == (made, basis, answer)


def test_troops_came_once_and_within_a_day(preferred):
    """Kazakhstan asked on 5 January 2022 and was answered on the 6th."""
    troops = preferred.query("answer == 'troops'")
    assert list(troops.index) == ["REQ-2022-KAZ"]
    assert list(troops[["date", "answer_date"]].iloc[0]) == ["2022-01-05", "2022-01-06"]


def test_eight_clear_appeals_one_of_them_a_repeat(preferred):
    clear = preferred.query("request_made == 'yes'")
    assert len(clear) == 8
    assert list(clear.index[clear["same_as"].notna()]) == ["REQ-2024-TJK"]
    assert set(clear["same_as"].dropna()) <= set(preferred.index)


def test_each_case_has_one_preferred_reading_and_rivals_differ_from_it(requests):
    assert (requests.query("reading == 'preferred'")["request_id"].value_counts() == 1).all()
    for case, group in requests.groupby("request_id"):
        assert "preferred" in set(group["reading"]), case
        assert group["asker"].nunique() == 1, case
        read = group.drop(columns=["reading", "note", "confidence"]).astype(str)
        assert not read.duplicated().any(), case


def test_articles_that_forget_the_equipment_of_2010_are_rivals(requests):
    rows = requests.query("request_id == 'REQ-2010-KGZ'").set_index("source_key")
    assert list(rows.loc[["article_001", "article_002"], "answer"]) == ["none", "none"]
    assert rows.loc["people_kyrgyz_2010", "answer"] == "material"


def test_answers_do_not_come_before_appeals(requests):
    dated = requests.dropna(subset="answer_date")
    assert (csto.latest(dated["answer_date"]) >= csto.earliest(dated["date"])).all()


def test_whose_crisis_it_was_was_a_party_then(preferred):
    """A state outside the treaty cannot be let down by it; no Uzbek appeal of 2000 in the table."""
    spells = csto.load_membership_spells("CSTO").query("status == 'member'")
    for row in preferred.itertuples():
        assert row.asker in set(csto.in_force(spells, row.date)["iso3"]), row.Index


def test_adversaries_that_are_states_are_of_the_kind_that_is_coded(preferred):
    spells = csto.load_membership_spells("CSTO").query("status == 'member'")
    named = preferred.dropna(subset="adversary_iso3")
    for row in named.itertuples():
        now = row.adversary_iso3 in set(csto.in_force(spells, row.date)["iso3"])
        ever = row.adversary_iso3 in set(spells["iso3"])
        kind = "member" if now else "former_member" if ever else "other_state"
        assert kind == row.adversary_kind, row.Index
    assert (
        not preferred.loc[preferred["adversary_iso3"].isna(), "adversary_kind"]
        .isin(["member", "former_member", "other_state"])
        .any()
    )


# --- contingents and timeline --------------------------------------------------------------


def test_official_total_and_no_official_russian_figure(figures):
    """2,030 men and 250 vehicles [dtnext_tokayev_2022]; Russia's part unpublished [vpk_flights_2022]."""
    rows = figures.set_index("figure_id")
    assert rows.loc["ALL-02", "value"] == 2030 and rows.loc["VEH-01", "value"] == 250
    assert pd.isna(rows.loc["RUS-04", "value"])
    russian = figures.query("measure == 'contingent' and iso3 == 'RUS'").dropna(subset="value")
    assert set(russian["confidence"]) == {"low"}


def test_values_that_cover_several_units_say_how_many(figures):
    several = figures["measure"].isin(["unit_size", "flown_load", "seats", "unit_sent"])
    assert figures.loc[several, "units"].notna().all()
    assert figures.loc[~several, "units"].isna().all()
    assert (figures["value"].isna() == (figures["qualifier"] == "not_published")).all()


def test_the_appeal_comes_before_the_decision_and_that_before_the_end(notebook):
    line = notebook["line"].query("reading == 'preferred'").set_index("event_id")
    assert line.loc["T10-decision", "first"] == pd.Timestamp("2022-01-05 21:50")  # UTC
    assert line.loc["T09-appeal", "last"] < line.loc["T10-decision", "first"]
    assert line.loc["T10-decision", "first"] < line.loc["T11-first-units", "last"]
    assert line.loc["T21-withdrawal", "first"] < line.loc["T23-end", "first"]
    assert (line["first"] <= line["last"]).all()


# --- conflict_events and russian_operations ------------------------------------------------


def test_the_toll_of_january_2022_as_it_rose():
    """164 [jam_csto_2022], 225 [topchannel], 230 [sputnik], 238 [babel_january_2022]."""
    events = csto.load_table("conflict_events").query("event_id == 'KZ-2022-01'")
    assert sorted(events["deaths"]) == [164, 225, 230, 238]
    assert events.query("reading == 'preferred'")["deaths"].item() == 238


def test_events_hang_together(preferred):
    events = csto.load_table("conflict_events")
    same = events.groupby("event_id")[["kind", "iso3", "start", "last_day"]].nunique()
    assert (same == 1).all().all()
    assert set(events["request_id"].dropna()) <= set(preferred.index)
    linked = events.dropna(subset="request_id")
    assert (linked["iso3"] == linked["request_id"].map(preferred["asker"])).all()
    assert (csto.earliest(events["start"]) <= csto.latest(events["last_day"])).all()
    assert (events["deaths_low"].dropna() <= events["deaths_high"].dropna()).all()
    assert events.loc[events["kind"] == "unrest", "leader_fell"].notna().all()


def test_three_presidents_of_kyrgyzstan_and_an_armenian_prime_minister_fell():
    fell = csto.load_table("conflict_events").query(
        "leader_fell == True and reading == 'preferred'"
    )
    assert list(fell["event_id"]) == ["AM-2018-04", "KG-2005-03", "KG-2010-04", "KG-2020-10"]


def test_one_operation_under_the_alliance():
    operations = csto.load_table("russian_operations")
    assert list(operations.query("mandate == 'csto'")["operation_id"]) == ["ROP-2022-KAZ"]
    assert list(operations.query("csto_role == 'troops'")["operation_id"]) == ["ROP-2022-KAZ"]
    invaded = set(operations.query("consent == 'none'")["iso3"])
    assert invaded == {"GEO", "MDA", "UKR"}
    assert (operations.loc[operations["ongoing"], "last_day"].isna()).all()
    closed = operations.dropna(subset="last_day")
    assert (csto.earliest(closed["start"]) <= csto.latest(closed["last_day"])).all()


# --- methods of the notebook ---------------------------------------------------------------


SHARES = [(0, 7), (3, 7), (3, 8), (7, 7), (1, 29), (15, 148), (81, 263)]


@pytest.mark.parametrize(("k", "n"), SHARES)
def test_jeffreys_leaves_a_tail_of_a_fortieth_of_the_posterior(notebook, k, n):
    """The posterior, likelihood times Jeffreys' prior, integrated numerically over sin squared."""
    low, high = np.arcsin(np.sqrt(notebook["jeffreys"](k, n)))

    def mass(a, b):
        posterior = lambda t: 2 * np.sin(t) ** (2 * k) * np.cos(t) ** (2 * (n - k))  # noqa: E731
        return quad(posterior, a, b, epsabs=0, points=[low, high] if a < low < high < b else None)[
            0
        ]

    whole = mass(0, np.pi / 2)
    assert low == 0 if k == 0 else mass(0, low) / whole == pytest.approx(0.025)
    assert high == np.pi / 2 if k == n else mass(high, np.pi / 2) / whole == pytest.approx(0.025)


def test_jeffreys_reaches_the_ends(notebook):
    """0 for no success, 1 for no failure: Brown, Cai and DasGupta 2001, section 4.1."""
    assert notebook["jeffreys"](0, 7)[0] == 0 and notebook["jeffreys"](7, 7)[1] == 1


def test_exact_tests_are_those_of_the_textbooks(notebook):
    """The lady tasting tea: 0.2429 one-sided (Agresti, in R's help page of fisher.test), twice that
    two-sided, since both groups are of four. The vaccine trial of Mehta and Senchaudhuri 2003, 7 of
    15 against 12 of 15: one-sided 0.0641 by Fisher's and 0.0341 by Barnard's test; twice that."""
    assert notebook["fisher_p"]([[3, 1], [1, 3]]) == pytest.approx(2 * 0.2429, abs=1e-4)
    assert notebook["fisher_p"]([[7, 8], [12, 3]]) == pytest.approx(2 * 0.0641, abs=1e-4)
    assert notebook["barnard_p"]([[7, 8], [12, 3]]) == pytest.approx(2 * 0.0341, abs=1e-4)


TABLES = [([0, 3], [3, 1]), ([2, 0], [1, 4]), ([0, 2], [3, 2]), ([1, 2], [2, 2]), ([2, 5], [9, 3])]


@pytest.mark.parametrize("table", TABLES)
def test_fishers_test_is_the_share_of_the_allotments_that_are_no_likelier(notebook, table):
    (a, b), (c, d) = table
    ways = {x: comb(a + b, x) * comb(c + d, a + c - x) for x in range(a + c + 1)}
    extreme = sum(way for way in ways.values() if way <= ways[a])
    assert notebook["fisher_p"](table) == pytest.approx(extreme / sum(ways.values()))


@pytest.mark.parametrize("table", TABLES)
def test_barnards_test_takes_the_groups_as_given_and_counts_ties(notebook, table):
    """All outcomes of two groups of these sizes in exact fractions, so that a tie is a tie."""
    (a, b), (c, d) = table
    m, n = a + b, c + d

    def score(x, y):
        spread = Fraction((x + y) * (m + n - x - y))
        return (Fraction(x, m) - Fraction(y, n)) ** 2 / spread if spread else 0

    outcomes = [(x, y) for x in range(m + 1) for y in range(n + 1)]
    extreme = [(x, y) for x, y in outcomes if score(x, y) >= score(a, c)]
    chance = np.linspace(0, 1, 4001)
    total = sum(binom.pmf(x, m, chance) * binom.pmf(y, n, chance) for x, y in extreme)
    assert notebook["barnard_p"](table) == pytest.approx(total.max(), abs=1e-4)


@pytest.mark.parametrize("table", [([2, 8], [7, 2]), ([5, 0], [1, 4]), ([7, 8], [12, 3])])
def test_barnards_test_is_that_of_another_library(notebook, table):
    """SciPy takes the columns as the groups; for equal groups and these its ties are not lost."""
    other = barnard_exact(np.transpose(table)).pvalue
    assert notebook["barnard_p"](table) == pytest.approx(other, abs=1e-4)


def test_exact_tests_of_tables_that_say_nothing(notebook):
    for test in ("fisher_p", "barnard_p"):
        assert np.isnan(notebook[test]([[0, 0], [2, 3]]))
        assert notebook[test]([[2, 0], [3, 0]]) == pytest.approx(1)


@pytest.mark.parametrize("table", TABLES)
def test_recoded_tables_are_those_of_recoded_cases(notebook, table):
    helped = [*np.repeat([1, 0], table[0]), *np.repeat([1, 0], table[1])]
    tables = set()
    for case in range(len(helped)):
        turned = [h ^ (k == case) for k, h in enumerate(helped)]
        first, second = sum(turned[: sum(table[0])]), sum(turned[sum(table[0]) :])
        tables.add((first, sum(table[0]) - first, second, sum(table[1]) - second))
    assert {tuple(map(int, np.ravel(t))) for t in notebook["recoded"](table)} == tables


def test_p_of_kendalls_tau_is_that_of_all_pairings(notebook):
    toll, level = notebook["toll"], notebook["level"]
    pairings = permutation_test(
        (toll,), lambda x: kendalltau(x, level).statistic, permutation_type="pairings"
    )
    share = np.mean(abs(pairings.null_distribution) >= abs(pairings.statistic) - 1e-12)
    assert notebook["p_tau"] == pytest.approx(share)


@pytest.mark.parametrize(
    "table", [([0, 3], [3, 1]), ([2, 0], [1, 4]), ([1, 2], [2, 2]), ([2, 2], [1, 1])]
)
def test_recodes_to_erase_agree_with_trying_all_subsets(notebook, table):
    (a, b), (c, d) = table
    outcomes = np.array([1] * a + [0] * b + [1] * c + [0] * d)
    first = np.arange(len(outcomes)) < a + b
    sign = np.sign(outcomes[first].mean() - outcomes[~first].mean())

    def erased(subset):
        turned = outcomes.copy()
        turned[list(subset)] ^= 1
        return sign * (turned[first].mean() - turned[~first].mean()) <= 1e-12

    sizes = (
        k for k in range(len(outcomes)) if any(map(erased, combinations(range(len(outcomes)), k)))
    )
    assert notebook["recodes_to_erase"]([[a, b], [c, d]]) == next(sizes)


def test_shares_worked_out_a_second_time(notebook, preferred):
    clear = preferred.query("request_made == 'yes' and same_as.isna()")
    assert notebook["n"] == len(clear) == 7
    assert notebook["helped"] == clear["answer"].isin(["material", "troops"]).sum() == 3
    tied = clear["adversary_iso3"].isin(
        ["AZE", "TJK"]
    )  # Azerbaijan bought arms, Tajikistan is a member
    assert notebook["tables"]["tied_adversary"] == [
        [0, int(tied.sum())],
        [3, int((~tied).sum()) - 3],
    ]


def test_possible_totals_are_those_of_interval_arithmetic(notebook):
    stated, possible = notebook["stated"], notebook["possible"]
    others = stated.drop("RUS").sum()
    assert possible(["peacekeeping_force"]) == pytest.approx([others["low"], 4000])
    assert possible(["russian_figures"]) == pytest.approx(stated.sum().tolist())
    flown = notebook["of"]["FLT-01"] * notebook["load"] + stated.loc["KGZ", "high"]
    assert possible(["airlift_as_flown"])[1] == pytest.approx(flown)
    russia = possible([], np.eye(5)[0], 2030)
    assert russia == pytest.approx([2030 - others["high"], 2030 - others["low"]])


def test_a_total_below_the_russian_figure_is_not_possible(notebook):
    assert np.isnan(notebook["possible"](["russian_figures"], total=2030)).all()
    assert not np.isnan(notebook["possible"](["russian_figures"], total=3600)).any()


def test_only_the_estimate_of_one_article_falls_out(notebook):
    totals = notebook["totals"]
    assert list(totals.loc[~totals["fits"], "low"]) == [20_000]
    assert notebook["possible"](["airlift_as_flown"])[1] < 20_000
    assert notebook["possible"](["airlift_seats"])[1] > 20_000


def test_the_force_is_shared_out(notebook):
    sent = notebook["sent"]
    assert sent["low"].sum() <= 2030 <= sent["high"].sum()
    assert notebook["weight"].sum().round(9).eq(100).all()


def test_a_wrong_parameter_is_refused_in_words():
    with pytest.raises(
        ValueError, match="helped_from = 'troop' is not known: did you mean 'troops'"
    ):
        run_cells("04_assistance_requests", helped_from="troop")
