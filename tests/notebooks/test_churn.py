"""The finding of 01_membership_churn worked out a second time, from the files alone."""

import csv
from datetime import date
from math import exp, prod

import pytest
from conftest import ROOT, run_cells


@pytest.fixture(scope="module")
def churn():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("01_membership_churn")


def day(text: str, month: int = 12, last: int = 31) -> date:
    """Day of a date that is known to the day, or else the one given."""
    return date.fromisoformat(text) if len(text) == 10 else date(int(text[:4]), month, last)


def test_member_years_and_exits_of_the_csto_by_hand(churn):
    last = date(2026, 3, 1)  # coverage ends with February 2026
    begins = [date(1992, 5, 15)] * 5 + [date(1993, 12, 31)]
    days = sum((last - begin).days for begin in begins)
    days += (date(1999, 4, 20) - date(1992, 5, 15)).days  # Uzbekistan, first spell
    days += (date(2012, 12, 19) - date(2006, 6, 23)).days  # and second
    days += (date(1999, 4, 20) - date(1993, 9, 24)).days  # Azerbaijan
    days += (date(1999, 4, 20) - date(1993, 12, 9)).days  # Georgia
    assert churn["member_years"] == pytest.approx(days / 365.25, abs=0.05)
    assert (churn["exits"], churn["since_exits"], len(churn["by_day"])) == (4, 1, 2)
    assert set(churn["together"]) == {"AZE", "GEO", "UZB"} and churn["ran_out"]


def test_expected_exits_and_rank_from_the_file_of_alliances(churn):
    """Kaplan–Meier by hand: at each age, how many of those still watched have left."""
    with open(ROOT / "data" / "alliance_spells.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["atopid"] != "4220"]
    pacts = {row["atopid"] for row in rows if row["defense"] == "true"}
    spells = [
        (
            row["atopid"],
            ((day(row["end"] or "2018-12-31") - day(row["start"])).days) / 365.25,
            row["exit_mode"] in ("withdrawal", "non_renewal"),
        )
        for row in rows
        if row["atopid"] in pacts
    ]
    ages = sorted({age for _, age, left in spells if left})
    steps = {
        at: 1
        - sum(left for _, age, left in spells if age == at)
        / sum(age >= at for _, age, left in spells)
        for at in ages
    }
    own = churn["lives"]["duration_years"]
    expected = sum(1 - prod(step for at, step in steps.items() if at <= age) for age in own)
    assert churn["expected"] == pytest.approx(expected, rel=1e-6)
    rates = []
    for pact in pacts:
        of_it = [spell for spell in spells if spell[0] == pact]
        if len(of_it) >= 5:
            rates.append(100 * sum(left for *_, left in of_it) / sum(age for _, age, _ in of_it))
    assert (churn["as_often"], churn["n_pacts"]) == (0, len(rates))
    assert max(rates) < churn["rate"]
    none_to_three = sum(expected**k / prod(range(1, k + 1)) for k in range(4)) * exp(-expected)
    assert 1 - none_to_three < 0.001 and churn["finding"]


def test_one_rule_for_all(churn):
    """A freeze counts everywhere or nowhere, and so does an end without notice."""
    frozen = run_cells("01_membership_churn", count_frozen="exit", replicates=100)
    assert frozen["exits"] == churn["exits"] + 1
    command = frozen["peers"].query("organisation == 'NATO' and left")
    assert set(command["iso3"]) == {"FRA", "GRC"}
    strict = run_cells("01_membership_churn", exit_rule="notice", replicates=100)
    assert strict["exits"] == churn["exits"] - 1  # Uzbekistan's suspension of 2012
    assert not strict["peers"].query("organisation == 'ANZUS'")["left"].any()
    once = run_cells("01_membership_churn", same_day="once", pool="all", replicates=100)
    assert once["exits"] == 2
    assert once["peers"].query("organisation == 'CENTO'")["left"].sum() == 2  # 1959 and 1979


def test_rival_dates_and_births(churn):
    assert churn["births"] == {
        "signature_1992": "1992-05-15",
        "in_force_1994": "1994-04-20",
        "decision_2002": "2002-05-14",
        "charter_2003": "2003-09-18",
    }
    table = dict(
        zip(churn["rivals"], [one["left"].sum() for one in churn["rivals"].values()], strict=True)
    )
    assert table["Begins: charter, 2003"] == 1 and table["Azerbaijan never bound"] == 3
    returned = churn["rivals"]["Uzbekistan back in 2008"].query("iso3 == 'UZB'")["start"]
    assert "2008-03-28" in set(returned)
