"""Exact intervals, correction for many tests, power, and how unequal amounts are."""

from typing import NamedTuple

import numpy as np
from scipy import optimize, stats


class Interval(NamedTuple):
    """A value with the ends of its interval; ``nan`` where there is nothing to estimate."""

    value: float
    low: float
    high: float


def share_interval(k, n, method: str = "exact", level: float = 0.95) -> Interval:
    """Share of successes: Clopper–Pearson (``exact``) or ``wilson`` interval, by scipy."""
    if n == 0:
        return Interval(*[float("nan")] * 3)
    ends = stats.binomtest(int(k), int(n)).proportion_ci(level, method)
    return Interval(k / n, float(ends.low), float(ends.high))


def rate_interval(events, exposure, level: float = 0.95) -> Interval:
    """Events per unit of exposure with the exact Poisson interval (Garwood 1936, Biometrika 28)."""
    if exposure == 0:
        return Interval(*[float("nan")] * 3)
    tail = (1 - level) / 2
    low = stats.chi2.ppf(tail, 2 * events) / 2 if events else 0.0
    high = stats.chi2.isf(tail, 2 * events + 2) / 2
    return Interval(events / exposure, float(low / exposure), float(high / exposure))


def rate_ratio(events, exposure, base_events, base_exposure, level: float = 0.95) -> Interval:
    """Ratio of two Poisson rates, exact given the sum of events, as R's ``poisson.test`` does."""
    if events + base_events == 0:
        return Interval(*[float("nan")] * 3)
    share = share_interval(events, events + base_events, level=level)
    odds = [base_exposure / exposure * q / (1 - q) if q < 1 else float("inf") for q in share]
    return Interval(*odds)


def holm(p) -> np.ndarray:
    """P-values corrected for their number (Holm 1979); missing ones stay missing, not counted."""
    p = np.asarray(p, float)
    order = np.argsort(p)[: (~np.isnan(p)).sum()]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected = np.full(p.shape, np.nan)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


def p_text(p) -> str:
    """A p-value with three digits; an en dash where nothing was tested."""
    return "–" if np.isnan(p) else f"{p:.3f}" if p >= 0.001 else "<\u00a00.001"


def ratio_power(ratio, base_events, exposure, base_exposure, level: float = 0.05) -> float:
    """Chance that an exact conditional test sees a rate ``ratio`` times that of the base period.

    Events of either period are Poisson; the test is two-sided, twice the smaller binomial tail.
    """
    means = base_events, ratio * base_events * exposure / base_exposure
    tops = [int(stats.poisson.isf(1e-9, mean)) + 1 for mean in means]
    base, later = np.mgrid[: tops[0] + 1, : tops[1] + 1]
    share = exposure / (exposure + base_exposure)
    below = stats.binom.cdf(later, base + later, share)
    above = stats.binom.sf(later - 1, base + later, share)
    chance = stats.poisson.pmf(base, means[0]) * stats.poisson.pmf(later, means[1])
    return float(chance[2 * np.minimum(below, above) <= level].sum())


def detectable_ratio(base_events, exposure, base_exposure, power=0.8, level=0.05) -> float:
    """Smallest growth of a rate (a ratio above one) that would have been seen with this power."""
    gap = lambda ratio: ratio_power(ratio, base_events, exposure, base_exposure, level) - power  # noqa: E731
    top = 2.0
    while gap(top) < 0:
        top *= 2
    return float(optimize.brentq(gap, 1, top, xtol=1e-3))


def mean_difference(values) -> np.ndarray:
    """Gini's mean difference along the last axis: how far apart two of the values are on average."""
    ordered = np.sort(values, axis=-1)
    n = ordered.shape[-1]
    weights = 2 * np.arange(1, n + 1) - n - 1
    return 2 * (ordered * weights).sum(axis=-1) / (n * (n - 1))


def gini(amounts) -> float:
    """Gini coefficient, 0 (all alike) to 1 - 1/n (one has all); missing amounts are left out."""
    values = np.sort(np.asarray(amounts, float))
    values = values[~np.isnan(values)]
    n = len(values)
    if n == 0 or values.sum() == 0:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ values / (n * values.sum()))


def herfindahl(amounts) -> float:
    """Herfindahl–Hirschman index: sum of squared shares; one over it is the effective number."""
    values = np.asarray(amounts, float)
    values = values[~np.isnan(values)]
    return float(((values / values.sum()) ** 2).sum()) if values.sum() else float("nan")
