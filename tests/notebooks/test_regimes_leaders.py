"""The findings of 09_regimes_and_leaders worked out a second time, and telling rows of its tables."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from conftest import run_cells

import cstoanalysis as csto


@pytest.fixture(scope="module")
def regimes():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("09_regimes_and_leaders")


def test_ratio_of_rates_and_its_share_of_all_deals(regimes):
    """By enumeration: six memberships dealt to fifteen states, in all 5,005 ways."""
    table = regimes["by_state"]
    pairs = list(zip(table["exits"], table["years"], strict=True))

    def far(chosen):
        parts = [[pairs[i] for i in range(15) if (i in chosen) == side] for side in (True, False)]
        rates = [sum(e for e, _ in part) / sum(y for _, y in part) for part in parts]
        return np.log(rates[0] / rates[1]) if rates[0] else -np.inf

    own = far({i for i, member in enumerate(table["member"]) if member})
    deals = [far(set(chosen)) for chosen in combinations(range(15), 6)]
    assert len(deals) == comb(15, 6) == regimes["test"].draws
    assert np.exp(own) == pytest.approx(regimes["ratio"])
    share = np.mean(np.abs(deals) >= abs(own) - 1e-9)
    assert regimes["test"].pvalue == pytest.approx(share)
    assert regimes["longer"] and not regimes["sure"]  # by rates 3%, by log-rank 7%


def test_spearman_is_pearson_of_the_ranks(regimes):
    ranks = regimes["by_state"][["score", "rate"]].rank()
    assert regimes["link"].statistic == pytest.approx(ranks.corr().iloc[0, 1])


def test_irregular_exits_within_the_treaty_and_outside(regimes):
    """Azerbaijan's and Georgia's leaders fell before they joined or after they left."""
    assert regimes["fell"][True] == "Kyrgyzstan 2005, Kyrgyzstan 2010 and Tajikistan 1992"
    assert len(regimes["irregular"]) == 8 and set(regimes["irregular"]["iso3"]) == {
        *"AZE GEO KGZ TJK".split()
    }
    days = csto.load_membership_spells("CSTO").query("status == 'member'")
    start = csto.earliest(days["start"])
    end = csto.earliest(days["end"]).fillna(csto.earliest("2015")).clip(upper=csto.earliest("2015"))
    assert regimes["bound_years"] == pytest.approx((end - start).dt.days.sum() / 365.25, abs=1)


def test_azerbaijan_in_may_1992(regimes):
    rows = regimes["terms"].query("iso3 == 'AZE' and start < '1993'")
    spells = list(zip(rows["leader"], rows["end"], strict=True))
    assert spells[1:3] == [("Yagub Mammadov", "1992-05-14"), ("Ayaz Mutalibov", "1992-05-18")]


def test_ten_of_eleven_statements_hold(regimes):
    assert (regimes["holds"], regimes["wrong"]) == (10, ["Armen Sarkissian"])


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
    scores = regimes["shown"].query("member").set_index("iso3")["value"]
    assert scores[scores > 0.5].index.tolist() == ["ARM"]


def test_spread_of_2024_by_hand(regimes):
    table = csto.load_table("regimes").query("indicator == 'electoral_democracy' and year == 2024")
    states = ["ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"]
    values = table.set_index("iso3")["value"][states]
    pairs = [abs(a - b) for a, b in combinations(values, 2)]
    assert regimes["alike"] == pytest.approx(np.mean(pairs))


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
    now = regimes["terms"].query("not ended").set_index("iso3")["leader"]
    assert len(now) == 15
    assert now["TKM"] == "Serdar Berdimuhamedow" and now["MDA"] == "Alexandru Munteanu"
    assert now["BLR"] == "Alyaksandr Lukashenka" and now["EST"] == "Kristen Michal"
    assert now["RUS"] == "Vladimir Putin"


def test_an_end_known_to_the_month_is_the_next_leaders_start(regimes):
    terms = regimes["terms"].set_index(["iso3", "leader"])["end"]
    assert terms["ARM", "Serzh Sargsyan"] == "2018-04-23"  # Karapetyan's first day
    assert terms["ARM", "Levon Ter-Petrosyan"] == "1998-02-28"  # the next begins in March


def test_founders_and_their_fates(regimes):
    kept = regimes["kept"].set_index("leader")
    assert kept.loc["Rahmon Nabiyev", "left"] == "7 September 1992"
    assert kept["joined by 1993"].sum() == 9 and len(kept) == 15
    assert kept.loc["Nursultan Nazarbayev", "years stayed"] == pytest.approx(26.8, abs=0.1)


def test_every_statement_of_the_articles_names_a_leader_of_the_table():
    known = set(zip(*(csto.load_table("leaders")[c] for c in ("iso3", "leader")), strict=True))
    claims = csto.load_table("article_leaders")
    assert set(zip(claims["iso3"], claims["leader"], strict=True)) <= known
    assert (claims["source_key"] == "article_" + claims["article"]).all()
