"""Notebook 09 and its tables: methods on textbook examples, telling cases, numbers by hand."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from conftest import run_cells
from scipy.stats import ecdf, hypergeom, logrank, mannwhitneyu

import cstoanalysis as csto


@pytest.fixture(scope="module")
def regimes():
    """Everything that the notebook defines and computes, with few draws."""
    return run_cells("09_regimes_and_leaders", replicates=100)


# --- methods -----------------------------------------------------------------------------------
# Remission times in weeks of 42 leukaemia patients (Freireich et al. 1963), the standard example
# of survival textbooks; a plus marks a censored time.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split()
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23".split()


def as_spells(times, iso3="XXX", member=True):
    """Textbook times as spells in office."""
    lengths = [float(time.rstrip("+")) for time in times]
    ended = [not time.endswith("+") for time in times]
    columns = {"duration_years": lengths, "ended": ended, "iso3": iso3, "member": member}
    return pd.DataFrame(columns)


def test_kaplan_meier_and_median_are_the_published_ones(regimes):
    # Printed by NAG's example of g12aac, support.nag.com/numeric/nl/nagdoc_27; medians by R's survfit
    curve = regimes["survival_curve"](as_spells(SIX_MP)).set_index("years")["share"]
    printed = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve[[6, 7, 10, 13, 16, 22, 23]].round(3).tolist() == printed
    assert regimes["median_time"](as_spells(SIX_MP)) == 23
    assert regimes["median_time"](as_spells(PLACEBO)) == 8


def test_greenwood_interval_on_the_log_log_scale(regimes):
    # By the formula: S(10) has Greenwood sum 3/21/18 + 1/17/16 + 1/15/14
    row = regimes["survival_curve"](as_spells(SIX_MP)).set_index("years").loc[10]
    root = np.sqrt(3 / 21 / 18 + 1 / 17 / 16 + 1 / 15 / 14) / np.log(row["share"])
    by_hand = [row["share"] ** np.exp(sign * 1.959964 * root) for sign in (-1, 1)]
    assert row[["low", "high"]].tolist() == pytest.approx(by_hand, abs=1e-6)


def test_log_rank_is_the_published_one(regimes):
    # R's survdiff prints chi-square 16.8 and p 4.17e-05 (rstudio-pubs-static.s3.amazonaws.com/79128)
    frame = pd.concat([as_spells(SIX_MP), as_spells(PLACEBO, "YYY", False)])
    statistic, p, _ = regimes["test"](frame, 10)
    assert statistic**2 == pytest.approx(16.8, abs=0.05)
    assert p == pytest.approx(4.17e-05, abs=5e-08)


def test_log_rank_of_dealt_states_is_that_of_scipy(regimes):
    terms, rng = regimes["terms"], np.random.default_rng(4)
    states = terms["iso3"].unique()
    groups = rng.integers(0, 2, (len(states), 20)).astype(float)
    for chosen, mine in zip(groups.T, regimes["log_rank"](terms, groups), strict=True):
        inside = terms["iso3"].isin(states[chosen == 1])
        sides = (regimes["survival_data"](terms[side]) for side in (inside, ~inside))
        assert mine == pytest.approx(logrank(*sides).statistic)


def test_states_dealt_at_random_give_no_small_p_when_all_states_are_alike(regimes):
    rng = np.random.default_rng(3)
    parts = [
        as_spells([f"{t:.2f}" for t in rng.exponential(5, 6)], f"S{n:02}", n < 6) for n in range(15)
    ]
    assert regimes["test"](pd.concat(parts), 200)[2] > 0.05


@pytest.mark.parametrize("values", [[1, 2, 3, 4], [0.2, 0.2, 0.9], [0.1, 0.4, 0.35, 0.8, 0.81]])
def test_mean_difference_is_that_of_all_pairs(regimes, values):
    pairs = [abs(a - b) for a, b in combinations(values, 2)]
    assert regimes["mean_difference"](np.array(values)) == pytest.approx(np.mean(pairs))


def test_mean_difference_of_a_normal_sample_is_two_sd_over_root_pi(regimes):
    # Gini 1912; for the normal distribution 2 sigma / sqrt(pi)
    sample = np.random.default_rng(1).normal(0, 3, (20, 5000))
    expected = 2 * 3 / np.sqrt(np.pi)
    assert regimes["mean_difference"](sample).mean() == pytest.approx(expected, rel=0.01)


def test_chance_groups_have_no_state_twice_and_all_states_alike(regimes):
    groups = regimes["chance_groups"](8, 3, np.random.default_rng(0), 4000)
    assert all(len(set(group)) == 3 for group in groups)
    assert np.bincount(groups.ravel()) / 4000 == pytest.approx(np.full(8, 3 / 8), abs=0.03)


def test_spearman_is_pearson_of_the_ranks(regimes):
    ranks = regimes["by_state"][["score", "years"]].rank()
    assert regimes["link"].statistic == pytest.approx(ranks.corr().iloc[0, 1])


def test_fisher_of_the_irregular_exits_is_the_hypergeometric_sum(regimes):
    table = regimes["tally"].to_numpy()
    irregular, members, exits = table[:, 0].sum(), table[0].sum(), table.sum()
    chances = hypergeom(exits, irregular, members).pmf(range(irregular + 1))
    exact = chances[chances <= chances[table[0, 0]] * (1 + 1e-9)].sum()
    assert regimes["p_irregular"] == pytest.approx(exact)


def test_mann_whitney_of_the_founders_is_exact(regimes):
    kept = regimes["kept"]
    parts = [part for _, part in kept.groupby("joined")["years after"]]
    exact = mannwhitneyu(*parts, method="exact").pvalue
    assert regimes["p_kept"] == pytest.approx(exact)


# --- the table of scores -----------------------------------------------------------------------
def test_scores_lie_within_their_bounds_and_bounds_are_about_one_deviation():
    table = csto.load_table("regimes")
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    half = (table["high"] - table["low"]) / 2
    assert (half / table["sd"]).median() == pytest.approx(1, abs=0.05)


def test_scores_cover_all_successor_states_and_nato_members():
    table = csto.load_table("regimes").query("year == 2024")
    nato = csto.load_membership_spells("NATO").query("status == 'member'")["iso3"]
    assert set(nato) <= set(table["iso3"]) and table["iso3"].nunique() == 44
    assert table.groupby("iso3").size().eq(2).all()


def test_liberal_democracy_is_electoral_democracy_and_more():
    """V-Dem's liberal index is at most as high as the electoral one it builds on."""
    wide = csto.load_table("regimes").pivot(
        index=["iso3", "year"], columns="indicator", values="value"
    )
    assert (wide["liberal_democracy"] <= wide["electoral_democracy"]).all()


def test_armenia_after_2018_is_the_exception(regimes):
    """Article 003 calls all members authoritarian; conflict group regime_type."""
    members = regimes["picture"].query("group == 'member'").set_index("state")["score"]
    assert members[members > 0.5].index.tolist() == ["ARM"]


def test_spread_of_2024_by_hand(regimes):
    table = csto.load_table("regimes").query("indicator == 'electoral_democracy' and year == 2024")
    states = ["ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"]
    values = table.set_index("iso3")["value"][states]
    pairs = [abs(a - b) for a, b in combinations(values, 2)]
    assert regimes["path"].iloc[-1]["spread"] == pytest.approx(np.mean(pairs))


# --- the table of leaders ----------------------------------------------------------------------
def leader(iso3, name, source):
    """Rows of one leader in one list."""
    return csto.load_table("leaders").query(
        "iso3 == @iso3 and leader == @name and source_key == @source"
    )


def test_rival_dates_stand_side_by_side():
    """Ilham Aliyev: prime minister (Archigos), election (REIGN) or oath (CIA) of 2003."""
    starts = csto.load_table("leaders").query("leader == 'Ilham Aliyev'")["start"]
    assert starts.tolist() == ["2003-08-04", "2003-10-15", "2003-10-31"]


def test_who_ruled_armenia():
    """Article 000 has the ceremonial president rule; news.am of 2018-04-09 and all lists do not."""
    table = csto.load_table("leaders").query("iso3 == 'ARM'")
    ceremonial = table.query("role == 'ceremonial'")["leader"].tolist()
    assert ceremonial == ["Armen Sarkissian", "Vahagn Khachaturyan"]
    assert leader("ARM", "Nikol Pashinyan", "reign_2021_03")["start"].tolist() == ["2018-05-08"]


def test_archigos_knows_how_akayev_went():
    row = leader("KGZ", "Askar Akayev", "archigos_4_1").iloc[0]
    assert (row["end"], row["exit_mode"]) == ("2005-03-25", "irregular")


def test_effective_spells_of_a_list_do_not_overlap():
    table = csto.load_table("leaders").query("role == 'effective'")
    table = table[table["source_key"].isin(["archigos_4_1", "reign_2021_03"])]
    table = table.sort_values(["source_key", "iso3", "start"])
    after = table.groupby(["source_key", "iso3"])["start"].shift(-1)
    late = csto.earliest(table["end"]) > csto.earliest(after)
    assert not late.any(), table[late]
    assert not (table["end"].isna() & after.notna()).any()


def test_combined_list_carries_on_to_2026(regimes):
    now = regimes["tenures"]("combined").query("not ended").set_index("iso3")["leader"]
    assert len(now) == 15
    assert now["TKM"] == "Serdar Berdimuhamedow" and now["MDA"] == "Alexandru Munteanu"
    assert now["BLR"] == "Alyaksandr Lukashenka" and now["EST"] == "Kristen Michal"
    assert now["RUS"] == "Vladimir Putin"


def test_an_end_known_to_the_month_is_the_next_leaders_start(regimes):
    terms = regimes["tenures"]("reign").set_index(["iso3", "leader"])["end"]
    assert terms["ARM", "Serzh Sargsyan"] == "2018-04-23"  # Karapetyan's first day
    assert terms["ARM", "Levon Ter-Petrosyan"] == "1998-02-28"  # the next begins in March


def test_founders_and_their_fates(regimes):
    kept = regimes["kept"].set_index("leader")
    assert kept.loc["Rahmon Nabiyev", "left"] == "1992-09-07"
    assert kept["joined"].sum() == 9 and len(kept) == 15
    assert kept.loc["Nursultan Nazarbayev", "years after"] == pytest.approx(26.8, abs=0.1)


def test_every_statement_of_the_articles_names_a_leader_of_the_table():
    known = set(zip(*(csto.load_table("leaders")[c] for c in ("iso3", "leader")), strict=True))
    claims = csto.load_table("article_leaders")
    assert set(zip(claims["iso3"], claims["leader"], strict=True)) <= known
    assert (claims["source_key"] == "article_" + claims["article"]).all()


def test_survival_data_censors_those_in_office(regimes):
    data = regimes["survival_data"](as_spells(["2", "3+"]))
    assert (len(data._uncensored), len(data._right)) == (1, 1)
    assert ecdf(data).sf.evaluate(2.5) == 0.5
    assert logrank(data, data).pvalue == pytest.approx(1)
