"""Meetings, trade partners, EU members, single figures, and the hedging index of notebook 08.

Expected values come from the sources named beside them, from scipy, or from other formulas than
the notebook's.
"""

import json

import nbformat
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, run_cells
from scipy.spatial.distance import pdist

import cstoanalysis as csto

STEM = "08_dependence_and_patrons"
CODE = [
    cell.source
    for cell in nbformat.read(ROOT / "notebooks" / f"{STEM}.ipynb", as_version=4).cells
    if cell.cell_type == "code"
]


@pytest.fixture(scope="module")
def trade():
    return csto.load_table("trade_partners")


@pytest.fixture(scope="module")
def meetings():
    return csto.load_table("meetings")


# --- meetings ----------------------------------------------------------------------------------
def test_meetings_known_from_their_sources(meetings):
    """Dates as the sources give them: Kremlin 2019, 2020; State Department 2020; AKIpress 2023."""
    days = set(zip(meetings["organisation"], meetings["date"], meetings["level"], strict=True))
    assert ("CSTO", "2019-11-28", "summit") in days
    assert ("CSTO", "2021-08-23", "extraordinary_summit") in days
    assert ("C5+1", "2020-02-03", "ministerial") in days
    assert ("C5+1", "2023-09-19", "summit") in days


def test_rival_reports_are_one_meeting(meetings):
    """The Kremlin's page dates the decision of 4 February 2009 to the 24th: two rows, one meeting."""
    rival = meetings[meetings["meeting_id"] == "csto_2009_1"]
    assert set(rival["date"]) == {"2009-02-04", "2009-02-24"}
    assert (rival["source_key"] == "kremlin_crrf_2009").sum() == 1
    same = meetings.groupby("meeting_id")[["organisation", "host_iso3"]].nunique(dropna=False)
    assert (same == 1).all().all()


def test_meetings_are_numbered_by_day(meetings):
    """The key holds organisation and year, and its number follows the days."""
    first = meetings.sort_values("date").drop_duplicates("meeting_id")
    years = first["meeting_id"].str.extract(r"_(\d{4})_")[0]
    assert (years == first["date"].str[:4]).all()
    for _, own in first.groupby(first["meeting_id"].str[:-2]):
        assert own["meeting_id"].is_monotonic_increasing


def test_armenia_stays_away_since_2023(meetings):
    """RFE/RL 2023, News.Az 2024, Reporter.kg 2025: three regular sessions in a row."""
    late = meetings.query("organisation == 'CSTO' and date >= '2023'")
    assert len(late) == 3
    assert late["absent"].str.contains("ARM").all()


def test_a_place_unless_by_video(meetings):
    video = meetings["mode"] == "video"
    assert meetings.loc[video, ["place", "host_iso3"]].isna().all().all()
    assert meetings.loc[~video, ["place", "host_iso3"]].notna().all().all()


def test_fewer_c5_meetings_than_the_joint_statement_counts(meetings):
    """The statement of 22 September 2019 calls itself the sixth; the table says it lacks one."""
    early = meetings.query(
        "organisation == 'C5+1' and date <= '2019-09-22' and level == 'ministerial'"
    )
    assert early["meeting_id"].nunique() == 5
    text = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    (resource,) = [r for r in text["resources"] if r["name"] == "meetings"]
    assert "2017 and 2018" in resource["description"]


# --- trade -------------------------------------------------------------------------------------
def test_printed_shares(trade):
    """As the Factbook prints them: Belarus 2019 (edition 2023), Kazakhstan and Armenia 2023."""
    printed = trade.set_index(["iso3", "flow", "year", "partner", "edition"])["share"]
    assert printed["BLR", "imports", 2019, "Russia", 2023] == 0.57
    assert printed["KAZ", "exports", 2023, "China", 2025] == 0.16
    assert printed["KAZ", "imports", 2023, "Gambia, The", 2025] == 0.04
    assert printed["ARM", "exports", 2023, "Russia", 2025] == 0.37


def test_lists_add_to_no_more_than_rounding_allows(trade):
    sums = trade.groupby(["iso3", "flow", "year", "edition"])["share"].sum()
    assert sums.between(0.2, 1.021).all()
    assert (sums > 1.0001).sum() == 1  # Tajikistan's imports of 2019, in OPEN_QUESTIONS


def test_no_state_trades_with_itself_and_partners_have_codes(trade):
    assert (trade["iso3"] != trade["partner_iso3"]).all()
    without = trade.loc[trade["partner_iso3"].isna(), "partner"]
    assert set(without) <= {"Bermuda", "EU", "Europe", "Gibraltar", "Hong Kong"}
    assert (
        trade.query("partner == 'S. Korea' or partner == 'South Korea'")["partner_iso3"]
        .eq("KOR")
        .all()
    )


def test_rival_editions_stay(trade):
    """Two editions on one year: the list of 2014 repeats Armenia's exports as its imports."""
    rivals = trade.query("iso3 == 'ARM' and year == 2012")
    imports = rivals.query("flow == 'imports'").groupby("edition")["partner"].agg(set)
    exports = set(rivals.query("flow == 'exports'")["partner"])
    assert set(imports.index) == {2013, 2014}
    assert imports[2014] == exports != imports[2013]


def test_holes_are_in_the_lists(trade):
    """Belarus without Russia in 2022 and 2023, though OSW has about 70 per cent in early 2023."""
    late = trade.query("iso3 == 'BLR' and year >= 2022")
    assert not late.empty and "RUS" not in set(late["partner_iso3"])
    told = csto.load_table("dependence_figures")
    rival = told.query("iso3 == 'BLR' and indicator == 'trade_share_russia'")
    assert rival["value"].tolist() == [0.7]


def test_eu_members():
    """27 members and the candidates of the last edition; Bulgaria was a candidate before 2007."""
    eu = csto.load_table("eu_members")
    now = eu.query("status == 'member' and last_edition == 2025")["iso3"]
    assert len(now) == 27 and "GBR" not in set(now)
    candidates = eu.query("status == 'candidate' and last_edition == 2025")
    assert {"UKR", "MDA", "GEO"} <= set(candidates["iso3"])
    bulgaria = eu.query("iso3 == 'BGR'").set_index("status")
    assert (
        bulgaria.loc["candidate", "last_edition"] + 1
        == bulgaria.loc["member", "first_edition"]
        == 2007
    )


def test_single_figures():
    """Asia-Plus on 2022: 14.5 billion dollars to Uzbekistan; shares are shares."""
    told = csto.load_table("dependence_figures")
    row = told.query("iso3 == 'UZB' and period == '2022'")
    assert row["value"].tolist() == [14_500_000_000]
    shares = told[told["indicator"].str.contains("share")]
    assert shares["value"].between(0, 1).all()


# --- the index ---------------------------------------------------------------------------------
def define(*wanted, **names):
    """Functions of the notebook, without running the rest."""
    from scipy.stats import entropy

    names |= {"np": np, "pd": pd, "csto": csto, "entropy": entropy}
    names |= {"index": "entropy", "bound": {"A", "B"}}
    for source in CODE:
        if any(f"def {name}(" in source for name in wanted):
            exec(source, names)
    return [names[name] for name in wanted]


@pytest.mark.parametrize(
    ("row", "shannon", "herfindahl"),
    [
        ([1, 1, 1, 1], 1, 1),  # all the same
        ([5, 0, 0, 0], 0, 0),  # one has all
        ([1, 1, 0, 0], 1 / 2, 2 / 3),  # ln 2 / ln 4; (1 - 1/2) / (3/4)
        ([2, 1, 1, 0], 3 / 4, 5 / 6),  # 1.5 bits of 2; (1 - 3/8) / (3/4)
    ],
)
def test_evenness_on_textbook_examples(row, shannon, herfindahl):
    evenness, _ = define("evenness", "hedging")
    frame = pd.DataFrame([row], index=pd.Index(["A"], name="state"), columns=list("wxyz"))
    assert evenness(frame, "entropy").tolist() == pytest.approx([shannon])
    assert evenness(frame, "hhi").tolist() == pytest.approx([herfindahl])


def test_gini_simpson_is_the_chance_of_two_different():
    """One less the Herfindahl index: two ties drawn with replacement have different patrons."""
    evenness, _ = define("evenness", "hedging")
    ties = np.array([3, 2, 1, 0])
    frame = pd.DataFrame([ties], index=pd.Index(["A"], name="state"))
    drawn = np.repeat(np.arange(4), ties)[:, None]
    different = 2 * (pdist(drawn) > 0).sum() / len(drawn) ** 2
    assert evenness(frame, "hhi").iloc[0] == pytest.approx(different / (1 - 1 / 4))


def test_a_field_without_any_tie_is_missing_and_not_even():
    _, hedging = define("evenness", "hedging")
    rows = {("arms", "A"): [1, 1], ("bases", "A"): [0, 0], ("bases", "B"): [2, 0]}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = pd.MultiIndex.from_tuples(rows, names=["field", "state"])
    assert hedging(frame).to_dict() == pytest.approx({"A": 1, "B": 0})


def test_permutation_is_exact():
    """Two of five, the two largest: one of ten ways is as extreme on that side, so p = 2/10."""
    (apart,) = define("members_apart")
    difference, p = apart(pd.Series({"A": 9.0, "B": 8.0, "C": 1.0, "D": 2.0, "E": 3.0}))
    assert difference == pytest.approx(6.5)
    assert p == pytest.approx(0.2)


@pytest.fixture(scope="module")
def space():
    """The notebook, run with its defaults."""
    return run_cells(STEM)


def test_amounts_of_one_state_by_hand(space, trade):
    """Kazakhstan: imports of the last list, sites and clubs counted in the tables."""
    at = space["amounts"].xs("KAZ", level="state")
    last = trade.query("iso3 == 'KAZ' and flow == 'imports' and year == 2023").set_index("partner")[
        "share"
    ]
    assert at.loc["imports", "RUS"] == last["Russia"]
    assert at.loc["imports", "CHN"] == last["China"]
    clubs = csto.load_membership_spells().query("status == 'member' and end.isna()")
    clubs = clubs.groupby("iso3")["organisation"].agg(set)
    assert at.loc["clubs", "RUS"] == len(clubs["KAZ"] & clubs["RUS"])
    assert at.loc["clubs", "TUR"] == len(clubs["KAZ"] & clubs["TUR"])
    bases = csto.load_table("bases").query(
        "host_iso3 == 'KAZ' and closed.isna() and status == 'active'"
    )
    assert at.loc["bases", "RUS"] == (bases["operator_iso3"] == "RUS").sum()


def test_belarus_stands_on_its_last_list_with_russia(space):
    """2022 and 2023 are holes; 2019 is the last list that names Russia."""
    assert space["dated"]["imports", "BLR"] == 2019
    assert space["amounts"].loc[("imports", "BLR"), "RUS"] == 0.57
    holes = set(zip(space["holes"]["iso3"], space["holes"]["year"], strict=True))
    assert {("BLR", 2022), ("BLR", 2023), ("TJK", 2023)} <= holes
    assert not {iso3 for iso3, _ in holes} & {"ARM", "GEO", "KGZ"}


def test_the_eu_is_the_sum_of_its_listed_members(space, trade):
    """Moldova's exports: worked out anew from the list and the members."""
    year = space["dated"]["exports", "MDA"]
    own = trade.query("iso3 == 'MDA' and flow == 'exports' and year == @year")
    own = own[own["edition"] == own["edition"].max()]
    expected = own.loc[own["partner_iso3"].isin(space["eu27"]), "share"].sum()
    assert space["amounts"].loc[("exports", "MDA"), "EU"] == pytest.approx(expected)


def test_findings_hold_together(space):
    """Belarus is least even in every reading of the year; the index stays between 0 and 1."""
    assert space["spread"].to_numpy().min() >= 0
    assert space["spread"].to_numpy().max() <= 1
    assert (space["this_year"]["least even"] == "Belarus").all()
    assert space["gap_russia"] > 0 and space["p_russia"] < 0.05


def test_kendalls_tau_by_counting_pairs(space):
    """Pairs of states in the same order less those in the other, over pairs without ties (tau-b)."""
    results = space["results"].set_index("reading")["tau"]
    readings = space["readings"]
    for name in ("other index (hhi)", "without clubs", "in 2012"):
        both = pd.concat([readings["as in this run"], readings[name]], axis=1, join="inner")
        signs = [np.sign(np.subtract.outer(own, own)) for own in both.to_numpy().T]
        pairs = np.sqrt(np.prod([(sign**2).sum() for sign in signs]))
        assert results[name] == pytest.approx((signs[0] * signs[1]).sum() / pairs)


@pytest.mark.parametrize("count_disputed", [False, True])
def test_a_disputed_site_counts_when_asked_and_everywhere(space, count_disputed):
    """Lida (FAS: place inferred): in the index, what was inherited and the two channels alike."""
    page = run_cells(STEM, count_disputed=True) if count_disputed else space
    bases = csto.load_table("bases").query("operator_iso3 == 'RUS' and status != 'planned'")
    lida = bases.query("base_id == 'RUS-BLR-05'")
    assert lida["status"].item() == "disputed" and lida["closed"].isna().item()
    bases = bases if count_disputed else bases.query("status != 'disputed'")
    ever = bases.groupby("host_iso3").size()
    used = csto.in_force(bases, "2025", "opened", "closed").groupby("host_iso3").size()
    told = page["channels"].set_index("state").loc["Belarus"]
    assert (told["Russian sites ever"], told["in use"]) == (ever["BLR"], used["BLR"])
    assert page["amounts"].loc[("bases", "BLR"), "RUS"] == used["BLR"]
    counts = page["heritage"]["value"]
    assert counts[0] == ever.reindex(page["states"]).sum()
    assert counts[2] == used.reindex(page["states"]).sum()


def test_growth_correlation_by_numpy(space):
    both = space["growth"][["KAZ", "RUS"]].dropna()
    assert space["with_russia"]["KAZ"] == pytest.approx(np.corrcoef(both.T)[0, 1])


def test_jaccard_as_networkx_has_it(space):
    """Organisations linked to their members: networkx counts the neighbours that two share."""
    links = [(key, s) for key in ("CSTO", "CIS", "SCO") for s in space["inside_at"](key, 2025)]
    pairs = [("CSTO", "CIS"), ("CSTO", "SCO")]
    expected = [value for _, _, value in nx.jaccard_coefficient(nx.Graph(links), pairs)]
    found = space["overlap"].set_index("organisation")["Jaccard"]
    assert found[["CIS", "SCO"]].tolist() == pytest.approx(expected)


def test_clubs_of_each_year_are_those_in_force(space):
    """Dates are read once there; csto.in_force reads them anew for each year."""
    spells = csto.load_membership_spells().query("status == 'member'")
    for year in (1992, 1999, 2012, 2025):
        now = csto.in_force(spells, year)
        for key in ("CSTO", "CIS", "GUAM", "SCO"):
            assert space["inside_at"](key, year) == set(now[now["organisation"] == key]["iso3"])
