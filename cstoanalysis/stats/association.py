"""How alike are raters, votes and networks: agreement beyond chance, QAP, centralization."""

from itertools import permutations
from math import factorial

import numpy as np
from scipy import stats

from cstoanalysis.stats.permutation import PermutationTest, permutation_p


def agreement(a, b, chance: str = "kappa", distance: str = "nominal", span=None) -> float:
    """Agreement of two codings of the same things, corrected for chance: 1 - observed / expected.

    Parameters
    ----------
    a, b : array of numbers
        Codes such as 1 yes, 2 abstained, 3 no; pairs with a missing one are left out.
    chance : {"kappa", "pi", "S", "none"}
        What is expected: Cohen's kappa (each keeps its own shares), Scott's pi (both have the
        shares of the two together), Signorino and Ritter's S (half the greatest distance), or the
        share of the greatest distance, uncorrected.
    distance : {"nominal", "linear", "squared"}
        How far apart two codes are.
    span : float, optional
        Greatest possible difference of two codes, for S. Default: the greatest that occurs.

    Notes
    -----
    F. Häge (2011), Choice or circumstance? Political Analysis 19: the three are one formula.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    known = ~(np.isnan(a) | np.isnan(b))
    a, b = a[known], b[known]
    if not len(a):
        return float("nan")
    far = {"nominal": lambda d: (d != 0) * 1.0, "linear": abs, "squared": np.square}[distance]
    both = np.concatenate([a, b])
    most = far(np.float64(np.ptp(both) if span is None else span))
    expected = {
        "kappa": lambda: far(a[:, None] - b).mean(),
        "pi": lambda: far(both[:, None] - both).mean(),
        "S": lambda: most / 2,
        "none": lambda: most,
    }[chance]()
    return float(1 - far(a - b).mean() / expected) if expected else float("nan")


def kendall_w(scores) -> tuple[float, float]:
    """Kendall's coefficient of concordance and its p-value (chi-square), corrected for ties.

    Parameters
    ----------
    scores : array, raters by things
        Ranks or any scores that order the things; scipy's Friedman test does the sums.
    """
    scores = np.asarray(scores, float)
    raters, things = scores.shape
    test = stats.friedmanchisquare(*scores.T)
    return float(test.statistic / (raters * (things - 1))), float(test.pvalue)


def freeman_centralization(degrees) -> float:
    """Degree centralization, 0 (all alike) to 1 (a star); ``nan`` below three nodes (Freeman 1978)."""
    degrees = np.asarray(degrees)
    n = len(degrees)
    return float((degrees.max() - degrees).sum() / ((n - 1) * (n - 2))) if n > 2 else float("nan")


def _orders(nodes, replicates: int, rng) -> tuple[np.ndarray, bool]:
    """Orders of some nodes: all of them where they are few, otherwise draws."""
    exact = len(nodes) < 9 and factorial(len(nodes)) <= replicates
    if exact:
        return np.array([*permutations(nodes)]), True
    return rng.permuted(np.tile(nodes, (replicates, 1)), axis=1), False


def _mask(n: int, directed: bool) -> np.ndarray:
    return ~np.eye(n, dtype=bool) if directed else np.tri(n, k=-1, dtype=bool)


def qap(
    y, x, replicates=9999, seed=0, alternative="two-sided", directed=True, rows=None
) -> tuple[PermutationTest, np.ndarray]:
    """Correlation of two square matrices, tested by relabelling the nodes of one (Krackhardt 1987).

    Parameters
    ----------
    y, x : arrays, nodes by nodes
        Diagonals do not count.
    replicates, seed : int
        All relabellings are taken where there are no more than ``replicates``.
    directed : bool
        Whether both triangles count.
    rows : list of int, optional
        Only the rows of these nodes change places, columns stay: who hosts, not whom.

    Returns
    -------
    test : PermutationTest
    null : array
        The correlation under each relabelling.
    """
    y, x = np.array(y, float), np.array(x, float)
    n = len(y)
    mask = _mask(n, directed)
    spread = mask.sum() * y[mask].std() * x[mask].std()
    if not spread:
        return permutation_p(float("nan"), [], alternative), np.array([])
    np.fill_diagonal(x, 0)
    nodes = np.arange(n)
    some = nodes if rows is None else np.asarray(rows)
    dealt, exact = _orders(some, replicates, np.random.default_rng(seed))
    order = np.tile(nodes, (len(dealt), 1))
    order[:, some] = dealt
    i, j = np.nonzero(y * mask)  # cells without a tie add nothing
    both = x[order[:, i], order[:, j] if rows is None else j] @ y[i, j]
    by_chance = mask.sum() * y[mask].mean() * x[mask].mean()
    null = (both - by_chance) / spread
    observed = float((x[i, j] @ y[i, j] - by_chance) / spread)
    return permutation_p(observed, null, alternative, exact=exact), null


def mrqap(
    y, predictors: dict, replicates: int = 9999, seed: int = 0, directed: bool = True
) -> dict[str, tuple[float, PermutationTest]]:
    """Regression of a matrix on others, each tested by double semi-partialling.

    Parameters
    ----------
    y : array, nodes by nodes
        Or states by powers, in other numbers: all cells count and rows change places.
    predictors : dict of name to array
    replicates, seed, directed
        As for :func:`qap`.

    Returns
    -------
    dict
        For each predictor its coefficient (least squares with a constant; for a matrix of 0 and 1 a
        difference in probability) and the test of its t-statistic, two-sided around zero.

    Notes
    -----
    D. Dekker, D. Krackhardt and T. Snijders (2007), Psychometrika 72: what the other predictors say
    of one is taken out of it, the rest is relabelled, and the regression run again.
    """
    y = np.asarray(y, float)
    n, square = len(y), y.shape[0] == y.shape[1]
    mask = _mask(n, directed) if square else np.ones(y.shape, bool)
    order, exact = _orders(np.arange(n), replicates, np.random.default_rng(seed))
    columns = {name: np.asarray(x, float)[mask] for name, x in predictors.items()}
    spare = mask.sum() - len(columns) - 1
    found = {}
    for name, column in columns.items():
        others = [values for other, values in columns.items() if other != name]
        basis, _ = np.linalg.qr(np.column_stack([np.ones(mask.sum()), *others]))
        rest = lambda cells, q=basis: cells - (cells @ q) @ q.T  # noqa: E731
        left, own = rest(y[mask]), rest(column)
        residual = np.zeros(y.shape)
        residual[mask] = own
        if square and not directed:
            residual += residual.T

        def slope(cells, rest=rest, left=left):
            cells = rest(cells)
            square = (cells**2).sum(-1)
            b = cells @ left / square
            return b, b / np.sqrt((left @ left - b**2 * square) / spare / square)

        b, t = slope(own)
        chunks = (order[at : at + 500] for at in range(0, len(order), 500))
        deal = lambda o, r=residual: r[o[:, :, None], o[:, None, :]] if square else r[o]  # noqa: E731
        null = [slope(deal(o)[:, mask])[1] for o in chunks]
        found[name] = float(b), permutation_p(t, np.concatenate(null), centre=0, exact=exact)
    return found
