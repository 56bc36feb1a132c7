"""02_military_capacity: its numbers worked out a second time, from the CSV files and one by one."""

from functools import cache
from itertools import combinations
from statistics import median

import pandas as pd
import pytest
from conftest import ROOT, run_cells
from scipy.stats import spearmanr


@pytest.fixture(scope="module")
def page():
    """Everything that the notebook computes with its defaults."""
    return run_cells("02_military_capacity")


@cache
def read(name):
    """A table as plain pandas reads it."""
    return pd.read_csv(ROOT / "data" / f"{name}.csv", keep_default_na=False, na_values=[""])


def bound(organisation, year):
    """Members on the last day of a year, by comparing ISO dates as text."""
    spells = read("membership_spells").query("organisation == @organisation and status == 'member'")
    day = f"{year}-12-31"
    return sorted(spells[(spells["start"] <= day) & ~(spells["end"] <= day)]["iso3"])


def amounts(series, year, states):
    rows = pd.concat([read("capacity"), read("personnel_iiss"), read("milex")])
    rows = rows[(rows["indicator"] == series) & (rows["year"] == year)]
    return rows.set_index("iso3")["value"].reindex(states).dropna()


def test_the_gap_in_spending_has_halved(page):
    lead = {
        year: amounts("milex_current_usd", year, bound("NATO", year)).sum()
        / amounts("milex_current_usd", year, bound("CSTO", year)).sum()
        for year in (2021, 2025)
    }
    assert (page["year"], page["base"]) == (2025, 2021)
    assert (page["lead"], page["before"]) == pytest.approx((lead[2025], lead[2021]))
    assert page["change"] == pytest.approx(lead[2025] / lead[2021] - 1)
    assert page["halved"]


@pytest.mark.parametrize(
    ("key", "series", "year"),
    [
        ("exchange_rates", "milex_current_usd", 2025),
        ("population", "population", 2024),
        ("milper_with_paramilitary", "milper_with_paramilitary", 2020),
    ],
)
def test_the_united_states_with_every_five_allies(page, key, series, year):
    own = amounts(series, year, bound("CSTO", 2025))
    nato = amounts(series, year, bound("NATO", 2025))
    usa = nato.pop("USA")
    shares = [usa / (usa + sum(five)) for five in combinations(nato, len(own) - 1)]
    row = page["yardstick"].loc[key]
    assert row["year"] == year
    assert row["russia"] == pytest.approx(own["RUS"] / own.sum())
    assert row["middle"] == pytest.approx(median(shares))
    as_high = sum(share >= own["RUS"] / own.sum() for share in shares) / len(shares)
    assert row["as_high"] == pytest.approx(as_high)


def test_large_members_and_their_burden(page):
    for organisation in ("CSTO", "NATO"):
        states = bound(organisation, 2025)
        both = pd.DataFrame(
            {
                "burden": amounts("milex_share_gdp", 2024, states),
                "output": amounts("gdp_ppp_constant2021_usd", 2024, states),
            }
        ).dropna()
        expected = spearmanr(both["burden"], both["output"]).statistic
        assert page["rank"][organisation] == pytest.approx(expected)
        assert page["size"][organisation] == len(both)


def test_capability_is_output_times_output_per_head(page):
    russia = {
        key: amounts(key, 2024, ["RUS"])["RUS"]
        for key in ("population", "gdp_ppp_constant2021_usd")
    }
    expected = russia["gdp_ppp_constant2021_usd"] ** 2 / russia["population"]
    assert page["at"].loc["RUS", "capability"] == pytest.approx(expected)
