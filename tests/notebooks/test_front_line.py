"""Notebook 07: its measures on published examples, its numbers from the tables alone."""

import math

import networkx as nx
import pandas as pd
import pytest
from conftest import run_cells

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


# --- numbers by hand ---------------------------------------------------------------------------
def test_frontier_of_1985_by_hand(front):
    # CIA World Factbook 1990: DDR 1,381; CSK 356; BGR 494 + 240 / SUN: NOR 196, TUR 617
    held = front["front"]("WTO", "1985").to_dict()
    assert held == {"DDR": 1381, "CSK": 356, "BGR": 494 + 240, "SUN": 196 + 617}
    assert front["then"]["part"] == pytest.approx(100 * 2471 / (2471 + 813))


def test_albania_touched_greece_and_left_in_1968(front):
    before, after = (front["front"]("WTO", year).drop("SUN").sum() for year in ("1967", "1968"))
    assert (before, after) == (2471 + 282, 2471)


def test_german_unity_moves_the_frontier_to_poland(front):
    # 1990: DDR-POL 456 and DDR-CSK 459 become borders of a NATO member
    held = front["front"]("WTO", "1990").drop("SUN").to_dict()
    assert held == {"BGR": 494 + 240, "CSK": 459 + 356, "POL": 456}


def test_finland_adds_its_border_to_russias_own_part(front):
    before, after = front["front"]("CSTO", "2022"), front["front"]("CSTO", "2023")
    assert after["RUS"] - before["RUS"] == 1309  # Factbook of 2026
    assert after.drop("RUS").equals(before.drop("RUS"))


def test_before_poland_joined_the_front_was_the_caucasus(front):
    assert set(front["front"]("CSTO", "1998").index) == {"ARM", "AZE", "GEO", "RUS"}
    assert set(front["front"]("CSTO", "1999").index) == {"ARM", "BLR", "RUS"}


def test_front_line_geography_of_the_articles(front):
    """Article 000 lets only Belarus stand outside the rear: Armenia borders Turkey as well."""
    depth = front["deep"]["CSTO"]["borders"]
    assert depth.to_dict() == {"ARM": 1, "BLR": 1, "KAZ": 2, "KGZ": 3, "TJK": 3}


def test_the_federal_republics_capital_was_bonn(front):
    assert front["deep"]["WTO"].loc["CSK", "capital"] == "Bonn"


def test_afghan_border_is_longer_than_article_004_says(front):
    borders = front["lines"](front["as_of"]).set_index(["state", "other"])["km"]
    assert borders["TJK", "AFG"] == 1357 > 1000


def test_a_freeze_counted_as_exit_leaves_belarus_alone(front):
    held = front["front"]("CSTO", "2026-02", frozen="exit")
    assert set(held.index) == {"BLR", "RUS"}
    assert front["practice"]["part"] == pytest.approx(100 * held["BLR"] / held.sum())


def test_armenia_borders_no_other_member(front):
    assert len(front["lines"]("2026-02").query("state == 'ARM' and other in ['BLR', 'RUS']")) == 0


# --- the map -----------------------------------------------------------------------------------
def test_no_two_states_of_the_alliances_run_together_on_the_map(front):
    """Each floods a piece of land of its own; small states within another may share it."""
    areas = front["area_of"]
    shared = set(areas[areas.duplicated(keep=False)].index)
    assert not shared & {*front["SOVIET"], "CZE", "SVK", "POL", "HUN", "ROU", "BGR", "DEU", "TUR"}
    assert not shared & {"NOR", "FIN", "GRC", "ALB"} and areas.notna().mean() > 0.9


@pytest.mark.parametrize(
    ("state", "other", "lat", "lon", "off"),
    [("ARM", "TUR", 40.18, 44.51, 15), ("BLR", "LTU", 53.9, 27.57, 25)],
)
def test_distance_to_nato_ground_is_that_to_the_nearest_line(front, state, other, lat, lon, off):
    """Nearest point of any border line that stands between this capital and the other state."""
    lines = csto.load_table("outlines").query("kind == 'border'")
    here, there = front["ground"]([state]), front["ground"]([other])
    beside = front["ndimage"].binary_dilation(here, iterations=3)
    beside &= front["ndimage"].binary_dilation(there, iterations=3)
    on = lines[beside[front["cell"](lines["lon"], lines["lat"])]]
    nearest = front["great_circle"](lat, lon, on["lat"], on["lon"]).min()
    assert front["deep"]["CSTO"].loc[state, "land"] == pytest.approx(nearest, abs=off)


def test_every_line_of_every_year_has_both_states_in_the_tables(front):
    states = set(csto.load_table("states")["iso3"])
    for day in ("1955", "1990", "1992", "2026-02"):
        table = front["lines"](day)
        assert set(table["state"]) <= states and set(table["other"]) <= states
        assert not table.duplicated(["state", "other"]).any()


# --- the table of 1990 -------------------------------------------------------------------------
def test_population_of_1990():
    # World Factbook 1990: Soviet Union 290,938,469; East Germany 16,307,170 (July 1990)
    people = csto.load_table("population_1990").set_index("iso3")["population"]
    assert (people["SUN"], people["DDR"], len(people)) == (290938469, 16307170, 23)
    spells = csto.load_membership_spells(["NATO", "WTO"])
    held = csto.in_force(spells, "1990-07-01").query("status == 'member'")
    assert set(people.index) == set(held["iso3"])
    assert isinstance(people, pd.Series) and (people > 0).all()
