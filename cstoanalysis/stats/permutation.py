"""Permutation tests and bootstrap in which the unit is the cluster: a state, an alliance."""

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from cstoanalysis.stats.intervals import Interval


class PermutationTest(NamedTuple):
    """What a permutation test has to say of itself.

    ``floor`` is the smallest p that these relabellings could have given, ``draws`` their number,
    ``exact`` whether they are all there are, ``rule`` what counts as at least as extreme.
    """

    statistic: float
    pvalue: float
    floor: float
    draws: int
    exact: bool
    rule: str


def permutation_p(
    observed, null, alternative: str = "two-sided", centre=None, exact: bool = False
) -> PermutationTest:
    """P-value of a statistic among its draws under the null hypothesis.

    Parameters
    ----------
    observed : float
    null : array
        The statistic under relabelling; ``nan`` draws are dropped.
    alternative : {"two-sided", "greater", "less"}
    centre : float, optional
        Two-sided: count what is at least as far from it on either side. Without it, twice the
        smaller tail, as in scipy.
    exact : bool
        ``null`` holds every relabelling, the observed one among them: p = k / n. Otherwise draws,
        and p = (1 + k) / (1 + n), as Phipson and Smyth (2010) have it.

    Returns
    -------
    PermutationTest
    """
    null = np.asarray(null, float)
    null = null[~np.isnan(null)]
    extra, n = int(not exact), len(null)
    if n == 0 or np.isnan(observed):
        return PermutationTest(float(observed), *[float("nan")] * 2, n, exact, "not tested")
    slack = 1e-9 * max(1.0, abs(observed))
    if centre is not None and alternative == "two-sided":
        null, seen, tails = abs(null - centre), abs(observed - centre), ("greater",)
        rule = f"as far from {centre:g}, on either side"
    else:
        seen = observed
        tails = ("greater", "less") if alternative == "two-sided" else (alternative,)
        rule = "twice the smaller tail" if len(tails) == 2 else f"as {alternative.rstrip('er')}"
    hits, most = [], []
    for tail in tails:
        sign = 1 if tail == "greater" else -1
        hits.append((sign * null >= sign * seen - slack).sum())
        most.append((sign * null >= (sign * null).max() - slack).sum() if exact else 0)
    p, floor = ((extra + min(k)) / (extra + n) * len(tails) for k in (hits, most))
    return PermutationTest(float(observed), min(1.0, p), min(1.0, floor), n, exact, rule)


def deals(n: int, size: int, replicates: int, rng) -> tuple[np.ndarray, bool]:
    """Ways to choose ``size`` of ``n``: all of them where they are few, otherwise draws.

    Returns
    -------
    chosen : boolean array, a way in each row
    exact : bool
        Whether these are all ways (there are no more than ``replicates``).
    """
    exact = comb(n, size) <= replicates
    if exact:
        picks = np.array([*combinations(range(n), size)], int).reshape(comb(n, size), size)
    else:
        picks = rng.permuted(np.tile(np.arange(n), (replicates, 1)), axis=1)[:, :size]
    chosen = np.zeros((len(picks), n), bool)
    np.put_along_axis(chosen, picks, True, axis=1)
    return chosen, exact


def mean_gap(values, inside) -> np.ndarray:
    """Mean inside a group less mean outside, for each row of ``inside``."""
    values, inside = np.asarray(values, float), np.asarray(inside, bool)
    with np.errstate(invalid="ignore"):
        return inside @ values / inside.sum(-1) - ~inside @ values / (~inside).sum(-1)


def group_test(
    inside, statistic, clusters=None, replicates=9999, seed=0, alternative="two-sided", centre=None
) -> PermutationTest:
    """Do two groups differ? Whole clusters are dealt to the groups, all ways where they are few.

    Parameters
    ----------
    inside : boolean array
        Which rows belong to the first group.
    statistic : callable
        Takes a boolean matrix, a dealing in each row, and returns one number for each, such as
        ``lambda inside: mean_gap(values, inside)`` or :func:`log_rank`.
    clusters : array, optional
        Cluster of each row (a state, an alliance), all on one side. Default: each row its own.
    replicates, seed : int
    alternative, centre
        As for :func:`permutation_p`.
    """
    inside = np.asarray(inside, bool)
    clusters = np.arange(len(inside)) if clusters is None else clusters
    _, first, cluster = np.unique(clusters, return_index=True, return_inverse=True)
    side = inside[first]
    if (side[cluster] != inside).any():
        raise ValueError("clusters: one of them has rows in both groups.")
    chosen, exact = deals(len(side), int(side.sum()), replicates, np.random.default_rng(seed))
    observed = statistic(inside[None])[0]
    return permutation_p(observed, statistic(chosen[:, cluster]), alternative, centre, exact)


def cluster_weights(n: int, replicates: int, rng) -> np.ndarray:
    """How often each of ``n`` clusters is drawn with replacement, a bootstrap draw in each row."""
    picks = rng.integers(n, size=(replicates, n))
    return np.array([np.bincount(row, minlength=n) for row in picks])


def cluster_bootstrap(
    statistic, clusters, replicates: int = 2000, seed: int = 0, level: float = 0.95
) -> Interval:
    """Percentile interval of a statistic when whole clusters are drawn again with replacement.

    Parameters
    ----------
    statistic : callable
        Takes the numbers of the rows drawn (some of them several times) and returns one number.
    clusters : array
        Cluster of each row: the unit of uncertainty, a state or an alliance.

    Notes
    -----
    Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90. With fewer than some
    twenty clusters such an interval is too narrow: say how many there are.
    """
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    rows = np.arange(len(cluster))
    weights = cluster_weights(cluster.max() + 1, replicates, np.random.default_rng(seed))
    drawn = np.array([statistic(np.repeat(rows, weight[cluster])) for weight in weights], float)
    tail = (1 - level) / 2
    return Interval(float(statistic(rows)), *map(float, np.nanquantile(drawn, [tail, 1 - tail])))


def smallest_detectable(null, power: float = 0.8, level: float = 0.05, centre: float = 0) -> float:
    """Smallest shift that a two-sided test on these null draws finds with this power.

    The shift moves the null distribution as a whole; what is further from ``centre`` than
    ``1 - level`` of the draws is found. About 2.8 standard deviations where it is normal.
    """
    gaps = np.asarray(null, float) - centre
    return float(np.nanquantile(abs(gaps), 1 - level) - np.nanquantile(gaps, 1 - power))
