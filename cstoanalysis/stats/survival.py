"""Times until an event, some of them not seen to their end: Kaplan–Meier and log-rank.

``durations`` are lengths of spells, ``ended`` whether the event was seen (False: censored).
"""

import warnings

import numpy as np
import pandas as pd
from scipy.stats import CensoredData, ecdf, norm

from cstoanalysis.stats.intervals import Interval


def kaplan_meier(durations, ended, level: float = 0.95) -> pd.DataFrame:
    """Kaplan–Meier curve with pointwise intervals (Greenwood, log-log scale), by scipy.

    Returns
    -------
    DataFrame
        ``time`` (from zero), ``survival``, ``low``, ``high``, ``at_risk`` (just before), ``events``.
        Where the curve has reached zero its interval is that of the last step above.
    """
    durations, ended = np.asarray(durations, float), np.asarray(ended, bool)
    if not len(durations):
        return pd.DataFrame(columns=["time", "survival", "low", "high", "at_risk", "events"])
    sf = ecdf(CensoredData(uncensored=durations[ended], right=durations[~ended])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined at one and at zero
        band = sf.confidence_interval(level, method="log-log")
    low, high = band.low.probabilities, band.high.probabilities
    before_first = sf.probabilities == 1
    curve = pd.DataFrame({"time": sf.quantiles, "survival": sf.probabilities})
    curve["low"], curve["high"] = np.where(before_first, 1, low), np.where(before_first, 1, high)
    start = pd.DataFrame([{"time": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0}])
    curve = pd.concat([start, curve[curve["time"] > 0]], ignore_index=True).ffill()
    curve["at_risk"] = risk_table(durations, curve["time"])
    curve["events"] = (durations[ended] == curve["time"].to_numpy()[:, None]).sum(axis=1)
    return curve


def risk_table(durations, times) -> np.ndarray:
    """How many spells are still running, and watched, just before each of some times."""
    return np.greater_equal(np.asarray(durations), np.asarray(times)[:, None]).sum(axis=1)


def median_time(durations, ended, level: float = 0.95) -> Interval:
    """Time by which half have ended, and where the band of the curve crosses a half.

    Missing (``nan``) where a curve stays above a half (Brookmeyer and Crowley 1982).
    """
    curve = kaplan_meier(durations, ended, level)
    below = [curve.loc[curve[side] <= 0.5, "time"].min() for side in ("survival", "low", "high")]
    return Interval(*map(float, below))


def survival_at(durations, ended, times, weights=None) -> np.ndarray:
    """Kaplan–Meier survival at some times, for each row of weights of the spells.

    Parameters
    ----------
    durations, ended : array
    times : array
    weights : array, rows by spells, optional
        How often each spell counts, as :func:`cluster_weights` draws them. Default: once.

    Returns
    -------
    array
        A row for each row of weights, a column for each time; without weights one row's values.
    """
    durations, ended = np.asarray(durations, float), np.asarray(ended, bool)
    rows = np.ones((1, len(durations))) if weights is None else np.asarray(weights, float)
    ages = np.unique(durations[ended])
    leaving = rows[:, ended] @ np.equal.outer(durations[ended], ages).astype(float)
    at_risk = rows @ np.greater_equal.outer(durations, ages).astype(float)
    steps = np.cumprod(1 - leaving / np.maximum(at_risk, 1), axis=1)
    curve = np.column_stack([np.ones(len(rows)), steps])
    found = curve[:, np.searchsorted(ages, times, side="right")]
    return found[0] if weights is None else found


def log_rank(durations, ended, inside) -> np.ndarray:
    """Standardised log-rank statistic of a group against the rest, for each row of ``inside``.

    One row gives what ``scipy.stats.logrank`` gives; many are a permutation of it. Above zero, more
    of the group ended than expected.
    """
    durations, ended = np.asarray(durations, float), np.asarray(ended, bool)
    groups = np.atleast_2d(np.asarray(inside, float)).T
    moments = np.unique(durations[ended])[:, None]
    leaving, there = (durations == moments) & ended, durations >= moments
    gone, n = leaving.sum(axis=1, keepdims=True), there.sum(axis=1, keepdims=True)
    share = there @ groups / n
    variance = share * (1 - share) * gone * (n - gone) / np.maximum(n - 1, 1)
    return (leaving @ groups - gone * share).sum(axis=0) / np.sqrt(variance.sum(axis=0))


def log_rank_test(durations, ended, inside) -> tuple[float, float]:
    """Log-rank statistic of a group against the rest and its two-sided p, rows taken as independent.

    Where states or alliances repeat, :func:`group_test` with :func:`log_rank` deals them whole.
    """
    if not np.any(ended) or np.all(inside) or not np.any(inside):
        return float("nan"), float("nan")
    z = float(log_rank(durations, ended, inside)[0])
    return z, float(2 * norm.sf(abs(z)))
