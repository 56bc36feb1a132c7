"""Named methods against other libraries, published examples and their own definitions."""

import math
from itertools import combinations, permutations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats as scipy_stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa, to_table
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from cstoanalysis import stats


# --- intervals ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (8, 10), (39, 40), (82, 184), (1, 3)])
@pytest.mark.parametrize(("method", "theirs"), [("exact", "beta"), ("wilson", "wilson")])
def test_share_is_that_of_statsmodels(k, n, method, theirs):
    found = stats.share_interval(k, n, method, level=0.9)
    assert found.value == k / n
    assert found[1:] == pytest.approx(proportion_confint(k, n, 0.1, theirs), abs=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, table I, method 5, as two other test suites quote it.
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_clopper_pearson_is_that_of_the_literature(k, n, low, high):
    assert stats.share_interval(k, n)[1:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0.0, 3.689), (25, 16.18, 36.90)])
def test_garwoods_limits_as_others_print_them(events, low, high):
    """R's epitools (pois.exact) for 0, GraphPad for 25."""
    assert stats.rate_interval(events, 1) == pytest.approx((events, low, high), abs=0.005)


@pytest.mark.parametrize("events", [1, 4, 16])
def test_rate_is_that_of_statsmodels(events):
    theirs = np.array(confint_poisson(events, 169.5, method="exact-c", alpha=0.1))
    assert stats.rate_interval(events, 169.5, level=0.9)[1:] == pytest.approx(tuple(theirs))


def test_rate_ratio_is_the_example_of_r():
    """help(poisson.test): 11 of 800 against 21 of 3,011, ratio 1.971488, 0.8584264 to 4.2772659."""
    found = stats.rate_ratio(11, 800, 6 + 8 + 7, 1083 + 1050 + 878)
    assert found == pytest.approx((1.971488, 0.8584264, 4.2772659), rel=1e-6)
    assert stats.rate_ratio(3, 10, 0, 10).high == math.inf


def test_nothing_seen_has_no_interval():
    for empty in (
        stats.share_interval(0, 0),
        stats.rate_interval(0, 0),
        stats.rate_ratio(0, 5, 0, 5),
    ):
        assert all(map(math.isnan, empty))


def test_holm_is_that_of_statsmodels_and_passes_over_holes():
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005, 0.9])
    known = ~np.isnan(p)
    assert stats.holm(p)[known] == pytest.approx(multipletests(p[known], method="holm")[1])
    assert np.isnan(stats.holm(p)[2])


def test_power_is_the_chance_that_the_exact_interval_leaves_out_one():
    ratio, base, exposure, base_exposure = 2.5, 6, 4, 8
    draws = np.random.default_rng(0).poisson(
        [ratio * base * exposure / base_exposure, base], (4000, 2)
    )
    seen = [stats.rate_ratio(a, exposure, b, base_exposure) for a, b in draws]
    share = np.mean([not low <= 1 <= high for _, low, high in seen])
    power = stats.ratio_power(ratio, base, exposure, base_exposure)
    assert power == pytest.approx(share, abs=0.025)
    assert stats.ratio_power(1, base, exposure, base_exposure) <= 0.05


def test_detectable_ratio_has_the_power_asked_for():
    ratio = stats.detectable_ratio(20, 10, 10, power=0.9)
    assert stats.ratio_power(ratio, 20, 10, 10) == pytest.approx(0.9, abs=0.01)


# --- concentration -----------------------------------------------------------------------------
def test_herfindahl_is_the_example_of_the_department_of_justice():
    """Four firms with 30, 30, 20 and 20 per cent: 2,600 (justice.gov/atr/herfindahl-hirschman-index)."""
    assert stats.herfindahl([30, 30, 20, 20]) == pytest.approx(0.26)
    assert stats.herfindahl([6, np.nan, 6, 4, 4]) == pytest.approx(0.26)


@pytest.mark.parametrize("n", [2, 3, 7, 32])
def test_gini_is_the_area_above_the_lorenz_curve_and_half_the_mean_difference(n):
    amounts = np.sort(np.random.default_rng(n).pareto(1.5, n))
    lorenz = np.append(0, amounts.cumsum() / amounts.sum())
    area = 1 - 2 * np.trapezoid(lorenz, dx=1 / n)
    assert stats.gini(amounts) == pytest.approx(area)
    pairs = [abs(a - b) for a, b in combinations(amounts, 2)]
    assert stats.mean_difference(amounts) == pytest.approx(np.mean(pairs))
    relative = np.mean(pairs) / amounts.mean() / 2
    assert stats.gini(amounts) == pytest.approx(relative * (n - 1) / n)


def test_gini_at_its_ends():
    assert stats.gini([4, 4, np.nan, 4]) == 0
    assert stats.gini([0, 0, 0, 5]) == 0.75
    assert math.isnan(stats.gini([])) and math.isnan(stats.herfindahl([0, 0]))


# --- permutation -------------------------------------------------------------------------------
def test_draws_count_the_observed_one_too():
    null = np.arange(-9.0, 10)  # 19 draws, none as large as 10
    found = stats.permutation_p(10, null, "greater")
    assert (found.pvalue, found.floor, found.draws) == (1 / 20, 1 / 20, 19)
    assert stats.permutation_p(9, null, "greater").pvalue == 2 / 20
    assert stats.permutation_p(-9, null, "less").pvalue == 2 / 20
    assert stats.permutation_p(10, null).pvalue == 2 / 20  # two-sided, twice the smaller tail
    assert stats.permutation_p(10, null, centre=0).pvalue == 1 / 20
    assert stats.permutation_p(5, null, centre=0).pvalue == (1 + 10) / 20
    assert stats.permutation_p(0, null).pvalue == 1


def test_all_relabellings_need_no_one_more():
    every = [-2, -1, -1, 0, 0, 1, 1, 3]
    assert stats.permutation_p(3, every, "greater", exact=True).pvalue == 1 / 8
    assert stats.permutation_p(-1, every, "less", exact=True).pvalue == 3 / 8
    found = stats.permutation_p(1, every, "greater", exact=True)
    assert (found.pvalue, found.floor) == (3 / 8, 1 / 8)
    assert stats.permutation_p(1, every, centre=0, exact=True).pvalue == 6 / 8


def test_without_draws_there_is_no_p():
    assert math.isnan(stats.permutation_p(1, [np.nan]).pvalue)
    assert math.isnan(stats.permutation_p(np.nan, [1, 2]).pvalue)


@pytest.mark.parametrize(
    ("alternative", "centre"), [("two-sided", None), ("greater", None), ("two-sided", 0)]
)
def test_groups_of_single_rows_are_those_of_scipy(alternative, centre):
    values = np.random.default_rng(7).normal(size=11)
    inside = np.arange(11) < 4
    gap = lambda a, b, axis: a.mean(axis) - b.mean(axis)  # noqa: E731
    size = lambda a, b, axis: abs(gap(a, b, axis))  # noqa: E731
    theirs = scipy_stats.permutation_test(
        (values[inside], values[~inside]),
        gap if centre is None else size,
        vectorized=True,
        n_resamples=np.inf,
        alternative=alternative if centre is None else "greater",
    )
    found = stats.group_test(
        inside, lambda sides: stats.mean_gap(values, sides), alternative=alternative, centre=centre
    )
    assert found.exact and found.draws == math.comb(11, 4)
    assert found.pvalue == pytest.approx(theirs.pvalue)
    assert found.statistic == pytest.approx(values[:4].mean() - values[4:].mean())


def test_clusters_stay_together():
    """By hand: six clusters of three rows, three of them inside; twenty ways to deal them."""
    rng = np.random.default_rng(5)
    cluster, values = np.repeat(list("abcdef"), 3), rng.normal(size=18)
    inside = np.isin(cluster, list("abc"))
    ways = [np.isin(cluster, way) for way in combinations("abcdef", 3)]
    every = [values[way].mean() - values[~way].mean() for way in ways]
    seen = values[inside].mean() - values[~inside].mean()
    found = stats.group_test(
        inside, lambda sides: stats.mean_gap(values, sides), clusters=cluster, centre=0
    )
    assert found.draws == 20 and found.floor == 2 / 20
    assert found.pvalue == np.mean(np.abs(every) >= abs(seen) - 1e-9)
    with pytest.raises(ValueError, match="both groups"):
        stats.group_test(np.arange(18) < 4, lambda sides: sides[:, 0], clusters=cluster)


def test_p_is_uniform_where_only_clusters_differ():
    """Rows of a cluster are alike: dealing clusters keeps its level, dealing rows does not."""
    rng, by_cluster, by_row = np.random.default_rng(3), [], []
    cluster = np.repeat(np.arange(12), 6)
    for _ in range(120):
        values = rng.normal(size=12)[cluster] + 0.3 * rng.normal(size=72)
        gaps = lambda sides, values=values: stats.mean_gap(values, sides)  # noqa: E731
        by_cluster.append(stats.group_test(cluster < 5, gaps, cluster, 199).pvalue)
        by_row.append(stats.group_test(cluster < 5, gaps, None, 199).pvalue)
    assert np.mean(np.array(by_cluster) <= 0.05) < 0.1
    assert np.mean(np.array(by_row) <= 0.05) > 0.25


def test_deals_are_all_ways_or_even_draws():
    every, exact = stats.deals(6, 2, 15, np.random.default_rng(0))
    assert exact and len({tuple(row) for row in every}) == 15 and (every.sum(axis=1) == 2).all()
    drawn, exact = stats.deals(8, 3, 40, np.random.default_rng(0))
    assert not exact and len(drawn) == 40
    assert stats.deals(4, 0, 9, None)[0].tolist() == [[False] * 4]
    drawn = stats.deals(30, 6, 4000, np.random.default_rng(0))[0]
    assert (drawn.sum(axis=1) == 6).all()
    assert drawn.mean(axis=0) == pytest.approx(np.full(30, 0.2), abs=0.03)


def test_bootstrap_of_single_rows_is_that_of_scipy():
    values = np.random.default_rng(2).exponential(size=40)
    theirs = scipy_stats.bootstrap(
        (values,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    found = stats.cluster_bootstrap(lambda rows: values[rows].mean(), np.arange(40), 9999)
    assert found.value == pytest.approx(values.mean())
    assert found[1:] == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_a_row_told_ten_times_over_makes_nothing_surer():
    values = np.random.default_rng(2).normal(size=25)
    once = stats.cluster_bootstrap(lambda rows: values[rows].mean(), np.arange(25))
    ten, cluster = np.repeat(values, 10), np.repeat(np.arange(25), 10)
    assert stats.cluster_bootstrap(lambda rows: ten[rows].mean(), cluster) == pytest.approx(once)


def test_smallest_detectable_shift_of_a_normal_null_is_2_8_deviations():
    null = np.random.default_rng(0).normal(0, 2, 200_000)
    expected = 2 * (scipy_stats.norm.isf(0.025) + scipy_stats.norm.isf(0.2))
    assert stats.smallest_detectable(null) == pytest.approx(expected, rel=0.01)
    assert np.mean(np.abs(null + expected) > np.quantile(np.abs(null), 0.95)) == pytest.approx(
        0.8, abs=0.01
    )


# --- survival ----------------------------------------------------------------------------------
# Remission times in weeks of 42 leukaemia patients (Freireich et al. 1963), the standard example of
# survival textbooks; a plus marks a censored time. Printed: R's survfit and survdiff, NAG's g12aac.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split()
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23".split()


def times_of(marks):
    return np.array([float(t.rstrip("+")) for t in marks]), np.array([t[-1] != "+" for t in marks])


@pytest.fixture
def both():
    first, second = times_of(SIX_MP), times_of(PLACEBO)
    durations, ended = (np.concatenate(parts) for parts in zip(first, second, strict=True))
    return durations, ended, np.arange(42) < 21


def test_kaplan_meier_is_that_of_the_textbook():
    curve = stats.kaplan_meier(*times_of(SIX_MP)).set_index("time")
    printed = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert curve["survival"][list(printed)].round(3).tolist() == list(printed.values())
    assert curve["at_risk"][list(printed)].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve["events"][list(printed)].tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert curve.iloc[0].tolist() == [1, 1, 1, 21, 0]


def test_band_is_greenwoods_on_the_log_log_scale():
    """By the formula: S(10) has Greenwood sum 3/21/18 + 1/17/16 + 1/15/14."""
    row = stats.kaplan_meier(*times_of(SIX_MP)).set_index("time").loc[10]
    root = np.sqrt(3 / 21 / 18 + 1 / 17 / 16 + 1 / 15 / 14) / np.log(row["survival"])
    by_hand = [row["survival"] ** np.exp(sign * 1.959964 * root) for sign in (-1, 1)]
    assert row[["low", "high"]].tolist() == pytest.approx(by_hand, abs=1e-6)


def test_curve_that_reaches_zero_and_curve_without_an_end():
    curve = stats.kaplan_meier(*times_of(PLACEBO))
    assert curve["survival"].iloc[-1] == 0 and curve[["low", "high"]].notna().all(axis=None)
    flat = stats.kaplan_meier([2, 3], [False, False])
    assert (flat[["survival", "low", "high"]] == 1).all(axis=None)
    assert stats.kaplan_meier([], []).empty


@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels")
@pytest.mark.parametrize("marks", [SIX_MP, PLACEBO])
def test_median_and_its_limits_are_those_of_statsmodels(marks):
    theirs = SurvfuncRight(*times_of(marks))
    found = stats.median_time(*times_of(marks))
    assert found.value == theirs.quantile(0.5) == {21: 23, 0: 8}[21 * (marks is SIX_MP)]
    low, high = theirs.quantile_ci(0.5, method="cloglog")
    assert found.low == low
    assert found.high == high or (math.isnan(found.high) and math.isinf(high))


def test_median_is_missing_where_half_never_end():
    found = stats.median_time([1, 2, 3], [True, False, False])
    assert math.isnan(found.value) and math.isnan(found.high) and found.low == 1


def test_log_rank_is_the_published_one(both):
    """R's survdiff prints chi-square 16.8, p = 4.17e-05 (rstudio-pubs-static.s3.amazonaws.com/79128)."""
    durations, ended, inside = both
    statistic = stats.log_rank(durations, ended, inside)[0]
    assert statistic < 0 and statistic**2 == pytest.approx(16.8, abs=0.05)
    chi2, p = survdiff(durations, ended, inside)
    assert statistic**2 == pytest.approx(chi2)
    assert stats.log_rank_test(durations, ended, inside) == pytest.approx((statistic, p))
    assert p == pytest.approx(4.17e-05, abs=5e-08)
    assert all(map(math.isnan, stats.log_rank_test(durations, np.zeros(42, bool), inside)))


def test_log_rank_of_many_groups_is_that_of_each(both):
    durations, ended, _ = both
    groups = np.random.default_rng(4).random((20, 42)) < 0.4
    for group, mine in zip(groups, stats.log_rank(durations, ended, groups), strict=True):
        sides = (
            scipy_stats.CensoredData(
                uncensored=durations[side & ended], right=durations[side & ~ended]
            )
            for side in (group, ~group)
        )
        assert mine == pytest.approx(scipy_stats.logrank(*sides).statistic)


def test_weighted_curves_are_those_of_repeated_rows(both):
    durations, ended, _ = both
    weights = stats.cluster_weights(42, 5, np.random.default_rng(1))
    times = [0, 3.5, 8, 23, 40]
    found = stats.survival_at(durations, ended, times, weights)
    for row, weight in zip(found, weights, strict=True):
        lengths, seen = np.repeat(durations, weight), np.repeat(ended, weight)
        sample = scipy_stats.CensoredData(uncensored=lengths[seen], right=lengths[~seen])
        assert row == pytest.approx(scipy_stats.ecdf(sample).sf.evaluate(times))
    plain = stats.survival_at(durations, ended, times)
    assert plain == pytest.approx(stats.survival_at(durations, ended, times, np.ones((1, 42)))[0])


# --- agreement ---------------------------------------------------------------------------------
def test_kappa_of_fifty_proposals():
    """Two readers, 20 times both yes, 15 both no, 5 and 10 apart: 0.4 (the usual example)."""
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert stats.agreement(first, second) == pytest.approx(0.4)
    assert stats.agreement(first, second, "none") == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("distance", "theirs"), [("nominal", None), ("linear", "linear"), ("squared", "quadratic")]
)
def test_kappa_and_pi_are_those_of_statsmodels(distance, theirs):
    rng = np.random.default_rng(8)
    a = rng.integers(1, 4, 60)
    b = np.where(rng.random(60) < 0.5, a, rng.choice([1, 2, 3], 60, p=[0.6, 0.3, 0.1]))
    table = to_table(np.column_stack([a, b]), bins=np.array([0.5, 1.5, 2.5, 3.5]))[0]
    kappa = cohens_kappa(table, wt=theirs, return_results=False)
    assert stats.agreement(a, b, "kappa", distance) == pytest.approx(kappa)
    if distance == "nominal":  # with two raters Fleiss' kappa is Scott's pi
        counts = np.array(
            [
                [(pair == code).sum() for code in (1, 2, 3)]
                for pair in zip(a, b, strict=True)
                for pair in [np.array(pair)]
            ]
        )
        assert stats.agreement(a, b, "pi") == pytest.approx(fleiss_kappa(counts))


def test_s_of_signorino_and_ritter():
    """S = 1 - 2 * sum of distances / sum of greatest distances: +1 alike, -1 always opposed."""
    a, b = [1, 1, 2, 3, np.nan], [1, 2, 2, 1, 3]
    assert stats.agreement(a, b, "S", "linear") == pytest.approx(1 - 2 * (0 + 1 + 0 + 2) / (4 * 2))
    assert stats.agreement([1, 3], [1, 3], "S", "linear") == 1
    assert stats.agreement([1, 3], [3, 1], "S", "linear") == -1
    assert stats.agreement([1, 1], [2, 2], "S", "linear", span=2) == 0
    assert math.isnan(stats.agreement([np.nan], [1]))


def test_concordance_is_the_mean_rank_correlation():
    """Kendall and Babington Smith: mean Spearman correlation of the raters = (m W - 1) / (m - 1)."""
    scores = np.random.default_rng(0).normal(size=(4, 9)) + np.arange(9) / 3
    w, p = stats.kendall_w(scores)
    rho = scipy_stats.spearmanr(scores, axis=1).statistic[np.triu_indices(4, 1)].mean()
    assert rho == pytest.approx((4 * w - 1) / 3)
    assert p == pytest.approx(scipy_stats.chi2.sf(4 * 8 * w, 8))
    assert stats.kendall_w([[1, 2, 3], [1, 2, 3], [10, 20, 30]])[0] == 1


# --- networks ----------------------------------------------------------------------------------
def degrees(graph):
    return [degree for _, degree in graph.degree()]


@pytest.mark.parametrize("n", [3, 5, 12])
def test_centralization_of_a_star_is_one_and_of_a_ring_or_clique_zero(n):
    """Freeman 1978, Centrality in social networks: conceptual clarification."""
    assert stats.freeman_centralization(degrees(nx.star_graph(n - 1))) == 1
    assert stats.freeman_centralization(degrees(nx.cycle_graph(n))) == 0
    assert stats.freeman_centralization(degrees(nx.complete_graph(n))) == 0


def test_centralization_of_the_line_of_no_graph_and_of_florence():
    assert stats.freeman_centralization(degrees(nx.path_graph(5))) == pytest.approx(2 / 12)
    assert math.isnan(stats.freeman_centralization([0, 0]))
    g = nx.florentine_families_graph()  # networkx divides degrees by n - 1, hence n - 2
    shares = np.array(list(nx.degree_centrality(g).values()))
    expected = (shares.max() - shares).sum() / (len(g) - 2)
    assert stats.freeman_centralization(degrees(g)) == pytest.approx(expected)


def random_ties(rng, n, density=0.3):
    grid = rng.random((n, n)) < density
    np.fill_diagonal(grid, False)
    return grid


def test_qap_is_pearson_off_the_diagonal_under_all_relabellings():
    rng, off = np.random.default_rng(3), ~np.eye(5, dtype=bool)
    y, x = random_ties(rng, 5), random_ties(rng, 5)
    every = [
        np.corrcoef(y[off], x[np.ix_(order, order)][off])[0, 1]
        for order in map(list, permutations(range(5)))
    ]
    test, null = stats.qap(y, x, replicates=120, alternative="greater")
    assert test.exact and sorted(null) == pytest.approx(sorted(every))
    assert test.pvalue == np.mean(np.array(every) >= test.statistic - 1e-9)
    drawn = stats.qap(y, x, replicates=119)[1]  # one too few to take them all
    assert set(np.round(drawn, 6)) <= set(np.round(every, 6))
    upper = np.triu(y, 1) + np.triu(y, 1).T
    own, other = upper[np.tri(5, k=-1, dtype=bool)], x[np.tri(5, k=-1, dtype=bool)]
    assert stats.qap(upper, x, 120, directed=False)[0].statistic == pytest.approx(
        np.corrcoef(own, other)[0, 1]
    )


def test_qap_p_is_uniform_where_nothing_is_related():
    rng, p = np.random.default_rng(1), []
    for seed in range(150):
        test, null = stats.qap(random_ties(rng, 14), random_ties(rng, 14), 199, seed)
        above, equal = (null > test.statistic + 1e-9).sum(), np.isclose(null, test.statistic).sum()
        p.append((above + rng.random() * (equal + 1)) / 200)  # ties broken at random
    assert scipy_stats.kstest(p, "uniform").pvalue > 0.05


def test_qap_of_rows_keeps_columns_and_finds_a_planted_tie():
    """One operator (0) with three hosts, all of them allied with it: 1 / C(9, 3) by chance."""
    y, x = np.zeros((10, 10)), np.zeros((10, 10))
    y[[1, 2, 3], 0] = x[[1, 2, 3], 0] = 1
    test, null = stats.qap(y, x, 20_000, rows=range(1, 10))
    assert test.statistic == pytest.approx(1)
    assert np.isclose(null, 1).mean() == pytest.approx(1 / math.comb(9, 3), abs=0.003)


def test_qap_of_rows_leaves_columns_where_they_are():
    rng, off = np.random.default_rng(9), ~np.eye(5, dtype=bool)
    y, x = random_ties(rng, 5, 0.5), random_ties(rng, 5, 0.5)
    every = []
    for order in permutations([0, 2, 3]):
        rows = x.copy()
        rows[[0, 2, 3]] = x[list(order)]  # who hosts changes, whom does not
        every.append((rows * y)[off].sum())
    seen, means = (x * y)[off].sum(), off.sum() * y[off].mean() * x[off].mean()
    test, null = stats.qap(y, x, 6, rows=[0, 2, 3])
    assert test.exact and test.statistic == pytest.approx(np.corrcoef(y[off], x[off])[0, 1])
    scale = test.statistic / (seen - means)
    assert sorted(null) == pytest.approx(sorted((np.array(every) - means) * scale))


def test_a_matrix_without_ties_has_no_correlation():
    y = random_ties(np.random.default_rng(1), 6)
    test, null = stats.qap(y, np.zeros_like(y))
    assert math.isnan(test.pvalue) and not len(null)


def test_mrqap_is_least_squares_with_the_residual_relabelled():
    """Every step by statsmodels: fit, take the other matrix out, relabel the rest, fit again."""
    rng, off = np.random.default_rng(6), ~np.eye(5, dtype=bool)
    y, x, z = (rng.normal(size=(5, 5)) for _ in range(3))
    z += x
    found = stats.mrqap(y, {"x": x, "z": z}, replicates=120)
    whole = sm.OLS(y[off], sm.add_constant(np.column_stack([x[off], z[off]]))).fit()
    assert [found[name][0] for name in "xz"] == pytest.approx(list(whole.params[1:]))
    assert [found[name][1].statistic for name in "xz"] == pytest.approx(list(whole.tvalues[1:]))
    residual = np.zeros((5, 5))
    residual[off] = sm.OLS(x[off], sm.add_constant(z[off])).fit().resid
    null = []
    for order in map(list, permutations(range(5))):
        moved = residual[np.ix_(order, order)][off]
        fit = sm.OLS(y[off], sm.add_constant(np.column_stack([moved, z[off]]))).fit()
        null.append(abs(fit.tvalues[1]))
    assert found["x"][1].exact
    assert found["x"][1].pvalue == np.mean(np.array(null) >= abs(whole.tvalues[1]) - 1e-9)


def test_mrqap_sees_through_a_third_matrix():
    """y follows z, and x follows z: alone x seems to matter, beside z it does not."""
    rng, alone, beside = np.random.default_rng(2), [], []
    for seed in range(40):
        z = rng.normal(size=(15, 15))
        y, x = z + rng.normal(size=z.shape), z + rng.normal(size=z.shape)
        alone.append(stats.qap(y, x, 199, seed)[0].pvalue)
        beside.append(stats.mrqap(y, {"x": x, "z": z}, 199, seed)["x"][1].pvalue)
    assert np.mean(np.array(alone) < 0.05) == 1
    assert np.mean(np.array(beside) < 0.05) < 0.15


def test_mrqap_of_ties_without_direction_counts_each_once():
    rng, lower = np.random.default_rng(6), np.tri(9, k=-1, dtype=bool)
    y, x = (grid + grid.T for grid in rng.normal(size=(2, 9, 9)))
    slope, test = stats.mrqap(y, {"x": x}, 99, directed=False)["x"]
    fit = sm.OLS(y[lower], sm.add_constant(x[lower])).fit()
    assert (slope, test.statistic) == pytest.approx((fit.params[1], fit.tvalues[1]))
    assert test.floor == 1 / 100 and not test.exact


def test_risk_table_counts_who_is_watched():
    assert stats.risk_table([1, 5, 5, 9], [0, 5, 6, 10]).tolist() == [4, 3, 1, 0]
    assert pd.Series(stats.risk_table(times_of(SIX_MP)[0], [0, 10, 20])).tolist() == [21, 15, 8]


def test_mrqap_of_states_by_powers_lets_rows_change_places():
    """With its own mean taken out of each column: statsmodels' fit, every order of the rows."""
    rng = np.random.default_rng(3)
    y, x, z = (grid - grid.mean(axis=0) for grid in rng.normal(size=(3, 5, 3)))
    slope, test = stats.mrqap(y, {"x": x, "z": z}, replicates=120)["x"]

    def fit(a):
        return sm.OLS(y.ravel(), sm.add_constant(np.column_stack([a.ravel(), z.ravel()]))).fit()

    assert (slope, test.statistic) == pytest.approx((fit(x).params[1], fit(x).tvalues[1]))
    rest = sm.OLS(x.ravel(), sm.add_constant(z.ravel())).fit().resid.reshape(5, 3)
    null = [abs(fit(rest[list(order)]).tvalues[1]) for order in permutations(range(5))]
    assert test.exact
    assert test.pvalue == np.mean(np.array(null) >= abs(fit(x).tvalues[1]) - 1e-9)
