"""Notebook 09 and its tables: methods on textbook examples, telling cases, numbers by hand."""

from itertools import combinations

import numpy as np
import pytest
from conftest import run_cells
from scipy.stats import hypergeom, mannwhitneyu

import cstoanalysis as csto


@pytest.fixture(scope="module")
def regimes():
    """Everything that the notebook defines and computes, with few draws."""
    return run_cells("09_regimes_and_leaders", replicates=100)


# --- methods -----------------------------------------------------------------------------------
# Remission times in weeks of 42 leukaemia patients (Freireich et al. 1963), the standard example
# of survival textbooks; a plus marks a censored time.


def test_spearman_is_pearson_of_the_ranks(regimes):
    ranks = regimes["by_state"][["score", "years"]].rank()
    assert regimes["link"].statistic == pytest.approx(ranks.corr().iloc[0, 1])


def test_fisher_of_the_irregular_exits_is_the_hypergeometric_sum(regimes):
    table = regimes["tally"].to_numpy()
    irregular, members, exits = table[:, 0].sum(), table[0].sum(), table.sum()
    chances = hypergeom(exits, irregular, members).pmf(range(irregular + 1))
    exact = chances[chances <= chances[table[0, 0]] * (1 + 1e-9)].sum()
    assert regimes["p_irregular"] == pytest.approx(exact)


def test_mann_whitney_of_the_founders_is_exact(regimes):
    kept = regimes["kept"]
    parts = [part for _, part in kept.groupby("joined")["years after"]]
    exact = mannwhitneyu(*parts, method="exact").pvalue
    assert regimes["p_kept"] == pytest.approx(exact)


# --- the table of scores -----------------------------------------------------------------------
def test_scores_lie_within_their_bounds_and_bounds_are_about_one_deviation():
    table = csto.load_table("regimes")
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    half = (table["high"] - table["low"]) / 2
    assert (half / table["sd"]).median() == pytest.approx(1, abs=0.05)


def test_scores_cover_all_successor_states_and_nato_members():
    table = csto.load_table("regimes").query("year == 2024")
    nato = csto.load_membership_spells("NATO").query("status == 'member'")["iso3"]
    assert set(nato) <= set(table["iso3"]) and table["iso3"].nunique() == 44
    assert table.groupby("iso3").size().eq(2).all()


def test_liberal_democracy_is_electoral_democracy_and_more():
    """V-Dem's liberal index is at most as high as the electoral one it builds on."""
    wide = csto.load_table("regimes").pivot(
        index=["iso3", "year"], columns="indicator", values="value"
    )
    assert (wide["liberal_democracy"] <= wide["electoral_democracy"]).all()


def test_armenia_after_2018_is_the_exception(regimes):
    """Article 003 calls all members authoritarian; conflict group regime_type."""
    members = regimes["picture"].query("group == 'member'").set_index("state")["score"]
    assert members[members > 0.5].index.tolist() == ["ARM"]


def test_spread_of_2024_by_hand(regimes):
    table = csto.load_table("regimes").query("indicator == 'electoral_democracy' and year == 2024")
    states = ["ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"]
    values = table.set_index("iso3")["value"][states]
    pairs = [abs(a - b) for a, b in combinations(values, 2)]
    assert regimes["path"].iloc[-1]["spread"] == pytest.approx(np.mean(pairs))


# --- the table of leaders ----------------------------------------------------------------------
def leader(iso3, name, source):
    """Rows of one leader in one list."""
    return csto.load_table("leaders").query(
        "iso3 == @iso3 and leader == @name and source_key == @source"
    )


def test_rival_dates_stand_side_by_side():
    """Ilham Aliyev: prime minister (Archigos), election (REIGN) or oath (CIA) of 2003."""
    starts = csto.load_table("leaders").query("leader == 'Ilham Aliyev'")["start"]
    assert starts.tolist() == ["2003-08-04", "2003-10-15", "2003-10-31"]


def test_who_ruled_armenia():
    """Article 000 has the ceremonial president rule; news.am of 2018-04-09 and all lists do not."""
    table = csto.load_table("leaders").query("iso3 == 'ARM'")
    ceremonial = table.query("role == 'ceremonial'")["leader"].tolist()
    assert ceremonial == ["Armen Sarkissian", "Vahagn Khachaturyan"]
    assert leader("ARM", "Nikol Pashinyan", "reign_2021_03")["start"].tolist() == ["2018-05-08"]


def test_archigos_knows_how_akayev_went():
    row = leader("KGZ", "Askar Akayev", "archigos_4_1").iloc[0]
    assert (row["end"], row["exit_mode"]) == ("2005-03-25", "irregular")


def test_effective_spells_of_a_list_do_not_overlap():
    table = csto.load_table("leaders").query("role == 'effective'")
    table = table[table["source_key"].isin(["archigos_4_1", "reign_2021_03"])]
    table = table.sort_values(["source_key", "iso3", "start"])
    after = table.groupby(["source_key", "iso3"])["start"].shift(-1)
    late = csto.earliest(table["end"]) > csto.earliest(after)
    assert not late.any(), table[late]
    assert not (table["end"].isna() & after.notna()).any()


def test_combined_list_carries_on_to_2026(regimes):
    now = regimes["tenures"]("combined").query("not ended").set_index("iso3")["leader"]
    assert len(now) == 15
    assert now["TKM"] == "Serdar Berdimuhamedow" and now["MDA"] == "Alexandru Munteanu"
    assert now["BLR"] == "Alyaksandr Lukashenka" and now["EST"] == "Kristen Michal"
    assert now["RUS"] == "Vladimir Putin"


def test_an_end_known_to_the_month_is_the_next_leaders_start(regimes):
    terms = regimes["tenures"]("reign").set_index(["iso3", "leader"])["end"]
    assert terms["ARM", "Serzh Sargsyan"] == "2018-04-23"  # Karapetyan's first day
    assert terms["ARM", "Levon Ter-Petrosyan"] == "1998-02-28"  # the next begins in March


def test_founders_and_their_fates(regimes):
    kept = regimes["kept"].set_index("leader")
    assert kept.loc["Rahmon Nabiyev", "left"] == "1992-09-07"
    assert kept["joined"].sum() == 9 and len(kept) == 15
    assert kept.loc["Nursultan Nazarbayev", "years after"] == pytest.approx(26.8, abs=0.1)


def test_every_statement_of_the_articles_names_a_leader_of_the_table():
    known = set(zip(*(csto.load_table("leaders")[c] for c in ("iso3", "leader")), strict=True))
    claims = csto.load_table("article_leaders")
    assert set(zip(claims["iso3"], claims["leader"], strict=True)) <= known
    assert (claims["source_key"] == "article_" + claims["article"]).all()
