"""10_claims_register: its intervals, its permutation test, its agreement and its bootstrap."""

import numpy as np
import pandas as pd
import pytest
from conftest import run_cells
from scipy.stats import beta, hypergeom, norm

import cstoanalysis as csto

JUDGED = csto.check_claims()


@pytest.fixture(scope="module")
def page():
    """Everything that the notebook defines and computes, on one topic, with few draws."""
    return run_cells("10_claims_register", topic="membership", replicates=100)


def test_wilson_interval_solves_its_equation(page):
    """Wilson (1927): at either end the share lies 1.96 standard errors away, by that end's own error."""
    n, _, share, *ends = page["share_of"](JUDGED["verdict"])[:5]
    for end in ends:
        assert abs(share - end) == pytest.approx(norm.ppf(0.975) * np.sqrt(end * (1 - end) / n))


def test_clopper_pearson_interval_is_that_of_the_beta_distribution(page, monkeypatch):
    monkeypatch.setitem(page["share_of"].__globals__, "interval", "exact")
    n, k, _, low, high, _ = page["share_of"](JUDGED["verdict"])
    assert low == pytest.approx(beta.ppf(0.025, k, n - k + 1))
    assert high == pytest.approx(beta.ppf(0.975, k + 1, n - k))


def test_permutation_p_of_two_groups_is_the_hypergeometric_one(page, monkeypatch):
    """Nine of ten hold against four of eight: tables at least as far from the expected one."""
    monkeypatch.setitem(page["differ"].__globals__, "replicates", 20_000)
    verdict = ["confirmed"] * 9 + ["contradicted"] + ["confirmed"] * 4 + ["contradicted"] * 4
    frame = pd.DataFrame({"article": ["000"] * 10 + ["001"] * 8, "verdict": verdict})
    law, held = hypergeom(18, 13, 10), np.arange(5, 11)
    far = abs(held - law.mean()) >= abs(9 - law.mean()) - 1e-9
    assert page["differ"](frame, "article") == pytest.approx(law.pmf(held[far]).sum(), abs=0.01)


def test_concord_counts_the_groups_of_each_pair(page):
    cells = page["codes"].to_numpy(float)
    both, same = page["concord"](cells)
    for one in range(5):
        for other in range(5):
            pairs = [(a, b) for a, b in cells[:, [one, other]] if a == a and b == b]
            assert (both[one, other], same[one, other]) == (
                len(pairs),
                sum(a == b for a, b in pairs),
            )


def test_cluster_bootstrap_is_about_as_wide_as_the_ratio_estimator_says(page):
    """Cochran's linearised error of a ratio of cluster totals, roughly: few draws and few clusters."""
    holds, size = page["counts"].T
    share = holds.sum() / size.sum()
    error = np.sqrt(((holds - share * size) ** 2).sum()) / size.sum()
    low, high = page["rivals"].loc["paragraphs drawn anew", ["low", "high"]]
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.25)
