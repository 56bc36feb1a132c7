"""Named methods, arrays in and numbers out. What scipy does, scipy does; this stands above it.

``intervals``    exact intervals of shares and rates, Holm, power, concentration
``permutation``  tests and bootstrap whose unit is the cluster
``survival``     Kaplan–Meier, log-rank
``association``  agreement beyond chance, QAP and its regression, centralization

Examples
--------
>>> from cstoanalysis import stats
>>> stats.share_interval(7, 10).low.__round__(3)
0.348
"""

from cstoanalysis.stats.association import (
    agreement,
    freeman_centralization,
    kendall_w,
    mrqap,
    qap,
)
from cstoanalysis.stats.intervals import (
    Interval,
    detectable_ratio,
    gini,
    herfindahl,
    holm,
    mean_difference,
    p_text,
    rate_interval,
    rate_ratio,
    ratio_power,
    share_interval,
)
from cstoanalysis.stats.permutation import (
    PermutationTest,
    cluster_bootstrap,
    cluster_weights,
    deals,
    group_test,
    mean_gap,
    permutation_p,
    smallest_detectable,
)
from cstoanalysis.stats.survival import (
    kaplan_meier,
    log_rank,
    log_rank_test,
    median_time,
    risk_table,
    survival_at,
)

__all__ = [
    "Interval",
    "PermutationTest",
    "agreement",
    "cluster_bootstrap",
    "cluster_weights",
    "deals",
    "detectable_ratio",
    "freeman_centralization",
    "gini",
    "group_test",
    "herfindahl",
    "holm",
    "kaplan_meier",
    "kendall_w",
    "log_rank",
    "log_rank_test",
    "mean_difference",
    "mean_gap",
    "median_time",
    "mrqap",
    "p_text",
    "permutation_p",
    "qap",
    "rate_interval",
    "rate_ratio",
    "ratio_power",
    "risk_table",
    "share_interval",
    "smallest_detectable",
    "survival_at",
]
