"""10_claims_register: the share that holds, agreement by chance, and what hangs on an article, once more."""

import numpy as np
import pytest
from conftest import run_cells

import cstoanalysis as csto
from cstoanalysis.claims import OPEN, judge_claims

VERDICTS = judge_claims(csto.check_claims())["verdict"]


@pytest.fixture(scope="module")
def page():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("10_claims_register")


def test_the_share_is_that_of_a_plain_count(page):
    counts = VERDICTS.value_counts()
    holds = counts["confirmed"] + counts["close"]
    assert (page["held"], page["n"]) == (
        holds,
        holds + counts["contested"] + counts["contradicted"],
    )
    assert (
        len(page["claims"])
        == len(csto.load_table("claims"))
        == page["n"] + VERDICTS.isin(OPEN).sum()
    )


@pytest.mark.parametrize("contested", ["holds", "apart"])
def test_contested_claims_count_as_asked(contested):
    page, counts = run_cells("10_claims_register", contested=contested), VERDICTS.value_counts()
    holds = counts["confirmed"] + counts["close"] + counts["contested"] * (contested == "holds")
    assert page["share"] == holds / (holds + counts["contradicted"])


def test_chance_is_what_shuffled_verdicts_give(page):
    """Each article's verdicts dealt out anew among its points, a thousand times."""
    cells, rng, found = page["outcome"].copy(), np.random.default_rng(1), []
    for _ in range(1000):
        for name in cells:
            known = cells[name].notna()
            cells.loc[known, name] = rng.permutation(cells.loc[known, name].to_numpy())
        pairs = [(a, b) for i, a in enumerate(cells) for b in list(cells)[i + 1 :]]
        found.append(sum((cells[a] == cells[b]).sum() for a, b in pairs))
    assert np.mean(found) == pytest.approx(page["by_chance"], rel=0.02)


def test_an_article_that_names_no_start_is_read_in_two_ways(page):
    """Five states are named as signatories by article 000, and four more as joining soon after or leaving soon."""
    bound = page["quantities"]["States bound on 20 April 1994"]["article_000"]
    spells = csto.load_table("article_spells").query("article == '000'")
    certain = spells["start"].notna() & ~(spells["says_left"] & spells["end"].isna())
    assert (min(bound), max(bound)) == (certain.sum(), len(spells))
