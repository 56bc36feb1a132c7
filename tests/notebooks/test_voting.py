"""Votes in the UN General Assembly: the tables, and the methods of 06_voting_alignment."""

import numpy as np
import pytest
from conftest import run_cells

import cstoanalysis as csto

RECORD = "undl_votes_2025"


@pytest.fixture(scope="module")
def page():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("06_voting_alignment")


@pytest.fixture(scope="module")
def votes():
    """The voting records: resolution by state."""
    table = csto.load_table("un_votes").query("source_key == @RECORD")
    return table.pivot(index="resolution", columns="iso3", values="vote")


def test_totals_are_those_of_the_single_votes(votes):
    """The two tables come from one record: nothing was lost between them."""
    table = csto.load_table("un_resolutions").set_index("resolution")
    for kind in ("yes", "no", "abstain", "absent"):
        counted = (votes == kind).sum(axis=1)
        assert (counted == table[kind]).all(), kind


@pytest.mark.parametrize(
    ("resolution", "totals"),
    [
        # Adoption figures as the press reported them on the day.
        ("A/RES/62/243", (39, 7, 100)),  # press release GA/10693, 14 March 2008
        ("A/RES/62/249", (14, 11, 105)),  # press release GA/10708, 15 May 2008
        ("A/RES/68/274", (69, 13, 79)),  # RFE/RL, 5 June 2014
        ("A/RES/74/300", (84, 13, 78)),  # civil.ge, 3 September 2020
        ("A/RES/77/284", (122, 5, 18)),  # arbatmedia.kz, 26 April 2023
        ("A/RES/ES-11/7", (93, 18, 65)),  # Interfax-Ukraine, 24 February 2025
        ("A/RES/ES-11/8", (93, 8, 73)),  # Interfax-Ukraine, 24 February 2025
        ("A/RES/79/284", (105, 9, 33)),  # caliber.az, April 2025
    ],
)
def test_totals_are_those_that_were_announced(resolution, totals):
    row = csto.load_table("un_resolutions").set_index("resolution").loc[resolution]
    assert (row["yes"], row["no"], row["abstain"]) == totals


@pytest.mark.parametrize(
    ("resolution", "vote", "states"),
    [
        # All who voted no, as the press listed them.
        ("A/RES/ES-11/1", "no", "BLR ERI PRK RUS SYR"),  # Asbarez, 2 March 2022
        ("A/RES/62/243", "no", "AGO ARM FRA IND RUS USA VUT"),  # GA/10693
        ("A/RES/79/10", "no", "EST LVA LTU PNG POL MDA ROU UKR"),  # MENAFN, 19 November 2024
        ("A/RES/79/292", "no", "BLR CUB GNQ MLI NIC PRK RUS SDN ZWE"),  # JAM-news, June 2025
        ("A/RES/51/57", "abstain", "ARM FSM NPL PNG"),  # press release GA/9199, 12 December 1996
    ],
)
def test_lists_of_states_are_those_of_the_press(votes, resolution, vote, states):
    row = votes.loc[resolution]
    assert set(row.index[row == vote]) == set(states.split())


def test_a_report_against_the_record_is_a_row_of_its_own():
    """Interfax-Ukraine names Armenia among those who abstained on A/RES/ES-11/8."""
    rows = csto.load_table("un_votes").query("resolution == 'A/RES/ES-11/8' and iso3 == 'ARM'")
    told = rows.set_index("source_key")["vote"].to_dict()
    assert told == {RECORD: "yes", "interfax_ua_path_to_peace_2025": "abstain"}


def test_armenia_took_part_in_the_text_on_its_alliance_once(votes):
    """moscow-baku.ru, November 2024: the draft was brought in without Armenia."""
    assert votes.loc["A/RES/77/13", "ARM"] == "yes"
    assert votes.loc["A/RES/79/10", "ARM"] == "absent"


def test_agreement_counts_fit_into_each_other():
    table = csto.load_table("un_agreement")
    assert (table["same"] + table["opposed"] <= table["both"]).all()
    assert (table["both"] <= table["resolutions"]).all()
    assert (table["iso3_1"] < table["iso3_2"]).all()
    years = table.groupby("year")["resolutions"].agg(["min", "max"]).loc[1993:]
    assert (years["min"] == years["max"]).all()  # 17 members of the UN from 1993 on
    assert len(table.query("year == 2000")) == 17 * 16 / 2


def test_key_votes_are_among_those_counted(votes):
    """Armenia and Russia on the key resolutions of 2022, against their count for the year."""
    dates = csto.load_table("un_resolutions").set_index("resolution")["date"]
    own = votes.loc[dates.index[dates.str.startswith("2022")], ["ARM", "RUS"]]
    both = (own != "absent").all(axis=1)
    year = csto.load_table("un_agreement").query(
        "iso3_1 == 'ARM' and iso3_2 == 'RUS' and year == 2022"
    )
    assert both.sum() <= year["both"].item()
    assert (both & (own["ARM"] != own["RUS"])).sum() <= (year["both"] - year["same"]).item()


def test_polls_add_up_and_name_their_pollster():
    polls = csto.load_table("opinion_polls")
    one = polls[~polls["item"].isin(["csto_aid"]) & (polls["answer"] != "named")]
    assert (
        one.groupby(["item", "start", "organisation", "source_key"])["value"].sum() <= 100
    ).all()
    assert (polls["end"].fillna("9") >= polls["start"].str[:4]).all()
    assert polls["organisation"].notna().all() and polls["value"].between(0, 100).all()


# Findings, worked out a second time


def test_the_answer_by_hand(page, votes):
    """Counted vote by vote, without the notebook's frames."""
    table = csto.load_table("un_resolutions").query("date >= '2022-02-24'")
    table = table.query("topic in ['ukraine', 'georgia', 'moldova']")
    cast = [votes.loc[r, s] for r in table["resolution"] for s in ("KAZ", "KGZ", "TJK")]
    assert (votes.loc[table["resolution"], "RUS"] == "no").all()
    asia = page["asia"]
    assert (asia["abstained"], asia["with"]) == (cast.count("abstain"), cast.count("no"))
    assert asia["texts"] == len(cast) and cast.count("yes") == asia["against"] == 0
    assert set(votes.loc[table["resolution"], "BLR"]) == {"no"}
    assert "no" not in set(votes.loc[table["resolution"], "ARM"])


def test_russia_moved_more_than_its_allies(page):
    """Plain means of the producer's positions, before 2024, say the same as the weighted ones."""
    points = csto.load_table("un_ideal_points").pivot(
        index="year", columns="iso3", values="ideal_point"
    )
    plain = points.loc[2022:2023].mean() - points.loc[2017:2021].mean()
    assert page["russia_moved"] == pytest.approx(plain["RUS"], abs=0.03)
    allies = plain[["ARM", "BLR", "KAZ", "KGZ", "TJK"]].mean()
    assert page["members_moved"] == pytest.approx(allies, abs=0.03)
    assert plain["RUS"] < 2 * allies < 0


def test_a_step_is_that_of_weighted_regression(page):
    """numpy's least squares on rows scaled by the root of their weight, for one state and year."""
    place, cast = page["place"]["ARM"].loc[2006:2021], page["cast"]["ARM"].loc[2006:2021]
    t, root = place.index.to_numpy() - 2014, np.sqrt(cast.to_numpy())
    x = np.column_stack([np.ones(len(t)), t, t >= 0]) * root[:, None]
    step = np.linalg.lstsq(x, place.to_numpy() * root, rcond=None)[0][2]
    assert page["steps"](2014)["ARM"] == pytest.approx(step)


def test_agreement_of_a_pair_by_hand(page):
    row = csto.load_table("un_agreement").query(
        "iso3_1 == 'BLR' and iso3_2 == 'RUS' and year >= 2022"
    )
    sums = row[["both", "same", "opposed"]].sum()
    near = (sums["same"] + (sums["both"] - sums["same"] - sums["opposed"]) / 2) / sums["both"]
    assert page["late"].loc["BLR", "raw"] == pytest.approx(near)
    assert page["late"]["kappa"].idxmax() == "BLR"
