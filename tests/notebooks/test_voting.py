"""Votes in the UN General Assembly: the tables, and the methods of 06_voting_alignment."""

from math import comb

import numpy as np
import pandas as pd
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


@pytest.mark.parametrize("year", [2000, 2010, 2020])
def test_two_measures_order_the_states_alike(page, year):
    """Nearer ideal points go with more same votes: two producers, one Assembly."""
    far, alike = page["distance"]("USA").loc[year], page["same_votes"]("USA").loc[year]
    both = pd.concat([far, alike], axis=1, join="inner").dropna()
    assert both.corr("spearman").iloc[0, 1] < -0.7


def test_polls_add_up_and_name_their_pollster():
    polls = csto.load_table("opinion_polls")
    one = polls[~polls["item"].isin(["csto_aid"]) & (polls["answer"] != "named")]
    assert (
        one.groupby(["item", "start", "organisation", "source_key"])["value"].sum() <= 100
    ).all()
    assert (polls["end"].fillna("9") >= polls["start"].str[:4]).all()
    assert polls["organisation"].notna().all() and polls["value"].between(0, 100).all()


# Methods


def test_step_is_found_exactly_where_there_is_no_noise(page):
    years = np.arange(2000, 2016)
    line = pd.Series(2 + 0.1 * years + 0.7 * (years >= 2008), years)
    lines = pd.DataFrame({"whole": line, "with a hole": line.drop([2003, 2009])})
    lines["two years before"] = line.loc[2006:]  # refused
    found = page["shift"](lines, 2008, 8)
    assert found[["whole", "with a hole"]].tolist() == pytest.approx([0.7, 0.7])
    assert np.isnan(found["two years before"])


def test_step_is_that_of_partial_regression(page):
    """Frisch, Waugh and Lovell: trend taken out of both sides by numpy's polyfit."""
    rng = np.random.default_rng(3)
    t, kept = np.arange(-8, 8), np.arange(16) != 5
    lines = pd.DataFrame(rng.normal(size=(16, 2)), t + 2014, ["whole", "hole"])
    lines.loc[lines.index[~kept], "hole"] = np.nan
    found = page["shift"](lines, 2014, 8)
    for name, years in {"whole": t > -9, "hole": kept}.items():
        y, jump = lines[name].to_numpy()[years], (t >= 0).astype(float)[years]
        rest = [v - np.polyval(np.polyfit(t[years], v, 1), t[years]) for v in (y, jump)]
        assert found[name] == pytest.approx(rest[0] @ rest[1] / (rest[1] @ rest[1]))


def test_cohesion_of_a_pair_by_hand(page):
    row = csto.load_table("un_agreement").query(
        "iso3_1 == 'KAZ' and iso3_2 == 'KGZ' and year == 2021"
    )
    half = row["same"] + (row["both"] - row["same"] - row["opposed"]) / 2
    assert page["cohesion"](["KAZ", "KGZ"], 2021, 2021) == pytest.approx(
        (half / row["both"]).item()
    )


def test_clusters_are_three_and_the_grid_is_symmetric(page):
    label, grid = page["clusters"](2016, 2025)
    assert label.nunique() == 3
    assert np.allclose(grid, grid.T) and (np.diag(grid) == 1).all()
    baltic = label[["EST", "LVA", "LTU"]]
    assert baltic.nunique() == 1 and label["BLR"] != baltic.iloc[0]


def test_clusters_are_those_of_average_linkage(page):
    """By hand: join the two groups whose states differ least on average, until three are left."""
    label, grid = page["clusters"](2016, 2025)
    groups, apart = [[state] for state in grid], 1 - grid
    while len(groups) > 3:
        pairs = [(a, b) for i, a in enumerate(groups) for b in groups[:i]]
        a, b = min(pairs, key=lambda pair: apart.loc[pair].to_numpy().mean())
        groups = [own for own in groups if own not in (a, b)] + [a + b]
    assert {frozenset(own) for own in groups} == {
        frozenset(own.index) for _, own in label.groupby(label)
    }


def test_fisher_by_counting(page):
    """All tables with the same margins that are no likelier than the one seen."""
    for row in page["halves"].dropna(subset="p").itertuples():
        (k0, n0), (k1, n1) = (map(int, cell.split("/")) for cell in (row.before, row.after))
        ways = [comb(n0, j) * comb(n1, k0 + k1 - j) for j in range(min(n0, k0 + k1) + 1)]
        p = sum(way for way in ways if way <= ways[k0]) / sum(ways)
        assert row.p == pytest.approx(p)


# Findings, worked out a second time


def test_shares_by_hand(page, votes):
    """Default rule: same vote as Russia among recorded votes on its wars; without pandas groups."""
    table = csto.load_table("un_resolutions").query("topic in ['ukraine', 'georgia', 'moldova']")
    for state in ("ARM", "BLR", "KAZ", "EST"):
        own = [(votes.loc[r, state], votes.loc[r, "RUS"]) for r in table["resolution"]]
        own = [(a, b) for a, b in own if a != "absent"]
        found = page["shares"].loc[state]
        assert (found["k"], found["n"]) == (sum(a == b for a, b in own), len(own))


def test_armenia_turned(page):
    """With Russia in every recorded vote before, in none after: Fisher's p is one in C(36, 13)."""
    row = page["halves"].set_index("state").loc["Armenia"]
    assert (row["before"], row["after"]) == ("23/23", "0/13")
    assert row["p"] == pytest.approx(1 / comb(36, 13))


def test_no_present_member_but_armenia_voted_against(page):
    assert set(page["against"]["iso3"]) == {"ARM"}


def test_breaks_are_not_among_their_own_placebos(page):
    assert not set(page["breaks"]) & set(page["placebo"].index)
    assert page["tests"]["p, other years"].between(0, 1).all()


def test_exits_are_those_of_the_spells(page):
    found = {(row.iso3, row.event, row.year) for row in page["moves"].itertuples()}
    first = {(state, "left", 1999) for state in ("AZE", "GEO", "UZB")}
    assert found == first | {("UZB", "returned", 2006), ("UZB", "left", 2013)}


def test_interval_holds_the_plain_distance(page):
    """Far from zero the draws centre on the distance of the posterior means."""
    ideal = page["ideal"]
    plain = (ideal[page["sets"]["members"]].sub(ideal["USA"], axis=0)).abs().mean(axis=1)
    band = page["place"].query("power == 'USA' and group == 'members'").set_index("year")
    assert (plain > band["low"]).all() and (plain < band["high"]).all()
