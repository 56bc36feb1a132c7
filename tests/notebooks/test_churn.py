"""Methods of 01_membership_churn on textbook examples, and its numbers worked out a second time."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from conftest import run_cells

import cstoanalysis as csto


@pytest.fixture(scope="module")
def churn():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("01_membership_churn")


# Remission times in weeks of 42 leukaemia patients (Freireich et al. 1963), the standard example
# of survival textbooks; a plus marks a censored time. The expected numbers are those that R's
# package survival prints for them (survfit: survival and Greenwood's std.err; survdiff: Chisq).


def test_the_end_of_an_alliance_censors_its_members(churn):
    spells = pd.DataFrame({"ended": True, "exit_mode": ["dissolution"] * 20 + ["withdrawal"]})
    assert churn["exited"](spells).sum() == 1


def test_member_years_and_exits_of_the_csto_by_hand(churn):
    last = date(2026, 3, 1)  # coverage ends with February 2026
    begins = [date(1992, 5, 15)] * 5 + [date(1993, 12, 31)]
    days = sum((last - begin).days for begin in begins)
    days += (date(1999, 4, 20) - date(1992, 5, 15)).days  # Uzbekistan, first spell
    days += (date(2012, 12, 19) - date(2006, 6, 23)).days  # and second
    days += (date(1999, 4, 20) - date(1993, 9, 24)).days  # Azerbaijan
    days += (date(1999, 4, 20) - date(1993, 12, 9)).days  # Georgia
    row = churn["rates"].iloc[0]
    assert row["member-years"] == pytest.approx(days / 365.25, abs=0.05)
    assert (row["accessions"], row["exits"]) == (4, 4)


def test_simulated_exits_average_to_those_expected(churn):
    """The draws against the sum of the chances: resampling alliances must not shift the mean far."""
    draws = np.array(churn["draws"])
    error = draws.std() / np.sqrt(len(draws))
    assert draws.mean() == pytest.approx(churn["expected"], abs=6 * error)


def test_exits_in_the_pool_are_those_that_atop_lists(churn):
    """Three states left the Baghdad Pact: Iraq 1959, Iran and Pakistan 1979 (ATOP 3275)."""
    pact = churn["pool"].query("atopid == 3275")
    assert churn["exited"](pact).sum() == 3


def test_a_freeze_counted_as_exit_is_one_exit_more(churn):
    readings = churn["results"].set_index("group")["exits"]
    assert readings["a freeze is an exit"] == readings["preferred reading"] + 1
    assert readings["born charter 2003"] == 1


def test_founders_are_no_accessions_whatever_the_birth(churn):
    """Nine states were bound when the treaty came into force, six when the alliance was made an
    organisation; only Uzbekistan came in after that. In articles 000 to 004, those that were not
    there from the article's first date: Azerbaijan, Belarus, Georgia, and Uzbekistan once more."""
    readings = churn["results"].set_index("group")["accessions"]
    assert readings["preferred reading"] == 4
    assert readings[[f"born {when}" for when in ("in force 1994", "decision 2002")]].eq(1).all()
    assert readings["born charter 2003"] == 1
    told = [readings[f"article {number} alone"] for number in ("000", "001", "002", "003", "004")]
    assert told == [3, 4, 3, 4, 1]


def test_births_of_the_alliance_come_from_the_table(churn):
    assert churn["birth_dates"] == {
        "signature_1992": "1992-05-15",
        "in_force_1994": "1994-04-20",
        "decision_2002": "2002-05-14",
        "charter_2003": "2003-09-18",
    }


def test_groups_of_the_successor_states(churn):
    groups = pd.Series(churn["group"])
    assert set(groups[groups == "leaver"].index) == {"AZE", "GEO", "UZB"}
    assert set(groups[groups == "member"].index) == {"ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"}
    assert csto.in_force(csto.load_membership_spells("NATO"), 2005)["iso3"].isin(["EST"]).any()


def test_organisations_without_exits_or_members_in_the_years_shown():
    """Nothing to test is a dash and no warning; a member of later years is neither drawn nor counted."""
    none = run_cells(
        "01_membership_churn", organisation="SCO", comparators=["NATO"], replicates=100
    )
    assert none["exits"] == 0
    assert none["texts"][:2] == ["–", "–"]
    early = run_cells("01_membership_churn", end_year=2000, comparators=["SCO"], replicates=100)
    assert early["rates"].set_index("group").loc["SCO", "exits"] == 0
    assert "SCO" not in early["groups"]
    assert early["froze"].empty
