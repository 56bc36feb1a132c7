"""Notebook 07: its measures on published examples, its numbers from the tables alone."""

import math

import networkx as nx
import pandas as pd
import pytest
from conftest import run_cells
from scipy.stats import hypergeom

import cstoanalysis as csto


@pytest.fixture(scope="module")
def front():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("07_front_line_and_rear")


# --- methods -----------------------------------------------------------------------------------
def test_great_circle_is_that_of_the_haversine_package(front):
    # README of the PyPI package haversine, Lyon to Paris, same mean radius: 392.2172595594006 km
    km = front["great_circle"](45.7597, 4.8422, 48.8567, 2.3508)
    assert km == pytest.approx(392.2172595594006, abs=1e-6)


def test_great_circle_is_within_half_a_per_cent_of_the_ellipsoid(front):
    # Vincenty 1975 as used by Geoscience Australia: Flinders Peak to Buninyong, 54,972.271 m
    one = -(37 + 57 / 60 + 3.7203 / 3600), 144 + 25 / 60 + 29.5244 / 3600
    two = -(37 + 39 / 60 + 10.1561 / 3600), 143 + 55 / 60 + 35.3839 / 3600
    assert front["great_circle"](*one, *two) == pytest.approx(54.972271, rel=0.005)


def test_great_circle_over_the_pole_and_to_itself(front):
    assert front["great_circle"](90, 0, -90, 0) == pytest.approx(math.pi * 6371.0088)
    assert front["great_circle"](55.75, 37.6, 55.75, 37.6) == 0


def test_betweenness_of_pairs_is_freemans_on_a_line_and_a_star():
    # Freeman 1977: all shortest paths of a star run through its centre. The notebook's scale:
    # networkx halves undirected sums, and source and target sets are disjoint, hence times two.
    star = nx.star_graph(4)
    share = nx.betweenness_centrality_subset(star, sources=[1, 2], targets=[3, 4])
    assert share[0] * 2 / 4 == 1
    line = nx.path_graph(5)
    share = nx.betweenness_centrality_subset(line, sources=[0], targets=[2, 4])
    assert [share[n] * 2 / 2 for n in line] == [0, 1, 0.5, 0.5, 0]


def test_betweenness_of_belarus_by_listing_all_shortest_paths(front):
    day = front["as_of"]
    whole, own, rivals = (
        front["mainland"](day),
        front["bound"]("CSTO", day),
        front["bound"]("NATO", day),
    )
    total = pairs = 0
    for s in rivals & set(whole):
        for t in own & set(whole):
            routes = list(nx.all_shortest_paths(whole, s, t))
            total += sum("BLR" in route[1:-1] for route in routes) / len(routes)
            pairs += 1
    assert front["between"](day)["BLR"] == pytest.approx(total / pairs)


def test_fishers_p_is_the_sum_of_hypergeometric_terms_no_likelier(front):
    one, two = front["one"], front["two"]
    touching = one["touching"] + two["touching"]
    law = hypergeom(one["allies"] + two["allies"], touching, one["allies"]).pmf(range(touching + 1))
    seen = law[one["touching"]]
    assert front["p_touch"] == pytest.approx(law[law <= seen * (1 + 1e-9)].sum())


# --- numbers by hand ---------------------------------------------------------------------------
def test_frontier_of_1985_by_hand(front):
    # CIA World Factbook 1990: DDR 1,381; CSK 356; BGR 494 + 240 / SUN: NOR 196, TUR 617
    row = front["front"]("WTO", "1985")
    assert row["allies' km"] == 1381 + 356 + 494 + 240
    assert row["leader's km"] == 196 + 617
    assert row["which"] == "BGR, CSK, DDR" and row["allies"] == 6


def test_albania_touched_greece_and_left_in_1968(front):
    assert front["front"]("WTO", "1967")["allies' km"] == 2471 + 282
    assert front["front"]("WTO", "1968")["allies' km"] == 2471


def test_german_unity_moves_the_frontier_to_poland(front):
    # 1990: DDR-POL 456 and DDR-CSK 459 become borders of a NATO member
    row = front["front"]("WTO", "1990")
    assert row["which"] == "BGR, CSK, POL"
    assert row["allies' km"] == 456 + 459 + 356 + 494 + 240


def test_finland_adds_its_border_to_russias_own_part(front):
    before, after = front["front"]("CSTO", "2022"), front["front"]("CSTO", "2023")
    assert after["leader's km"] - before["leader's km"] == 1309  # Factbook of 2026
    assert after["allies' km"] == before["allies' km"]


def test_before_poland_joined_the_front_was_the_caucasus(front):
    assert front["front"]("CSTO", "1998")["which"] == "ARM, AZE, GEO"
    assert front["front"]("CSTO", "1999")["which"] == "ARM, BLR"


def test_front_line_geography_of_the_articles(front):
    """Article 000 lets only Belarus stand outside the rear: Armenia borders Turkey as well."""
    depth = front["far"].query("organisation == 'CSTO'").set_index("state")["borders"]
    assert depth.to_dict() == {"ARM": 1, "BLR": 1, "RUS": 1, "KAZ": 2, "KGZ": 3, "TJK": 3}


def test_the_federal_republics_capital_was_bonn(front):
    assert front["seats"]("1985").loc["DEU", "capital"] == "Bonn"
    assert front["seats"]("1995").loc[["DEU", "KAZ"], "capital"].tolist() == ["Berlin", "Almaty"]


def test_afghan_border_is_longer_than_article_004_says(front):
    watch = front["watch"].set_index(["organisation", "day"])["Afghan border, km"]
    assert watch["CSTO", front["as_of"]] == 1357 > 1000
    assert watch["WTO", "1985"] == 2384


def test_a_freeze_counted_as_exit_leaves_belarus_alone(front):
    assert front["front"]("CSTO", "2026-02", frozen="exit")["which"] == "BLR"


def test_parts_by_land(front):
    assert front["pieces"] == {"WTO": 1, "CSTO": 2}  # Armenia borders no other member


def test_every_line_of_every_year_has_both_states_in_the_tables(front):
    states = set(csto.load_table("states")["iso3"])
    for day in ("1955", "1990", "1992", "2026-02"):
        table = front["lines"](day)
        assert set(table["iso3_1"]) | set(table["iso3_2"]) <= states
        assert not table.duplicated(["iso3_1", "iso3_2"]).any()


# --- the table of 1990 -------------------------------------------------------------------------
def test_population_of_1990():
    # World Factbook 1990: Soviet Union 290,938,469; East Germany 16,307,170 (July 1990)
    people = csto.load_table("population_1990").set_index("iso3")["population"]
    assert (people["SUN"], people["DDR"], len(people)) == (290938469, 16307170, 23)
    spells = csto.load_membership_spells(["NATO", "WTO"])
    held = csto.in_force(spells, "1990-07-01").query("status == 'member'")
    assert set(people.index) == set(held["iso3"])
    assert isinstance(people, pd.Series) and (people > 0).all()
