"""January 2022 in Kazakhstan: the table of figures, and the finding of 11 worked out a second time."""

import pandas as pd
import pytest
from conftest import run_cells

import cstoanalysis as csto


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return csto.load_table("contingents")


@pytest.fixture(scope="module")
def notebook():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("11_kazakhstan_2022")


def test_official_total_and_no_official_russian_figure(figures):
    """2,030 men and 250 vehicles [dtnext_tokayev_2022]; Russia's part unpublished [vpk_flights_2022]."""
    rows = figures.set_index("figure_id")
    assert rows.loc["ALL-02", "value"] == 2030 and rows.loc["VEH-01", "value"] == 250
    assert pd.isna(rows.loc["RUS-04", "value"])
    russian = figures.query("measure == 'contingent' and iso3 == 'RUS'").dropna(subset="value")
    assert set(russian["confidence"]) == {"low"}


def test_values_that_cover_several_units_say_how_many(figures):
    several = figures["measure"].isin(["unit_size", "flown_load", "seats", "unit_sent"])
    assert figures.loc[several, "units"].notna().all()
    assert figures.loc[~several, "units"].isna().all()
    assert (figures["value"].isna() == (figures["qualifier"] == "not_published")).all()


def test_the_appeal_comes_before_the_decision_and_that_before_the_end(notebook):
    """Kazakh time: 02:50 in Pakistan is 03:50 there."""
    at = notebook["at"]
    assert at.loc["T10-decision", "first"] == pd.Timestamp("2022-01-06 03:50")
    assert at.loc["T09-appeal", "last"] == pd.Timestamp("2022-01-06 00:00")
    assert at.loc["T21-withdrawal", "first"] < at.loc["T23-end", "first"]
    line = notebook["line"]
    assert (line["first"] <= line["last"]).all()


def test_bounds_worked_out_by_hand(notebook):
    """108 flights; 231 vehicles at 60 in 18 flights fill 69.3; seats of 70 Il-76 and five An-124."""
    seats = (70 * 225 + 5 * 880) / 75
    most = {
        "peacekeeping_force": 4000,
        "airlift_home": 108 * (500 + 100 + 200) / 14 + 200,
        "airlift_light": 108 * 270 / 3 + 200,
        "airlift_vehicles": 69.3 * 440 / 18 + (108 - 69.3) * seats + 200,
        "airlift_seats": 108 * seats + 200,
    }
    assert notebook["bounds"]["most"].to_dict() == pytest.approx(most)
    assert most["airlift_vehicles"] < 20_000 < most["airlift_seats"]


def test_only_the_estimate_of_one_article_falls_out(notebook):
    totals = notebook["totals"]
    assert list(totals.loc[~notebook["fits"], "low"]) == [20_000]
    assert (notebook["low"], notebook["high"]) == (2030, 2500)
    assert notebook["finding"]


@pytest.mark.parametrize("total", [1500, 2030, 6000])
def test_the_force_is_shared_out(total):
    """What the four others send and what is left for Russia add up to the total, either way."""
    sent = run_cells("11_kazakhstan_2022", total_claim=total)["sent"]
    others = sent.drop("RUS").sum()
    assert sent.loc["RUS", "low"] + others["high"] == total
    assert sent.loc["RUS", "high"] + others["low"] == total
