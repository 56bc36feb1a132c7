"""Notebook 03: its numbers against the tables alone."""

import io
from contextlib import redirect_stdout
from itertools import product

import numpy as np
import pandas as pd
import pytest
from conftest import run_cells
from scipy.stats import hypergeom

import cstoanalysis as csto

DAY = "2010-12-31"
POWERS = ["RUS", "USA", "CHN", "TUR", "IND", "DEU", "FRA"]
HOSTS = "ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA TJK TKM UKR UZB".split()


@pytest.fixture(scope="module")
def run() -> dict:
    """What notebook 03 computes at 2010."""
    with redirect_stdout(io.StringIO()):
        return run_cells("03_bases_and_alignments", as_of=2010, replicates=200)


def table(name):
    return pd.read_csv(csto.data_dir() / f"{name}.csv", keep_default_na=False)


def members_of(organisation, day=DAY):
    spells = table("membership_spells").query(
        "organisation == @organisation and status == 'member'"
    )
    open_end = (spells["end"] == "") | (spells["end"] > day)
    return set(spells[(spells["start"] <= day) & open_end]["iso3"])


def defence_pairs(day=DAY):
    """Pairs bound to defend each other: bilateral pacts of ATOP, later ones, shared alliances."""
    pacts = table("alliance_dyads")
    truth = lambda column: pacts[column].astype(str).str.lower() == "true"  # noqa: E731
    pacts = pacts[truth("defense") & ~truth("multilateral")]
    pacts = pacts[(pacts["start"] <= day) & ((pacts["end"] == "") | (pacts["end"] > day))]
    pairs = set(map(frozenset, zip(pacts["iso3_1"], pacts["iso3_2"], strict=True)))
    later = table("defence_pacts").query("obligation == 'defence'")
    later = later[later["in_force"].where(later["in_force"] != "", later["signed"]) <= day]
    pairs |= set(map(frozenset, zip(later["iso3_1"], later["iso3_2"], strict=True)))
    organisations = table("organisations")
    obliged = organisations["defence_obligation"].astype(str).str.lower() == "true"
    for key in organisations[obliged]["organisation"]:
        members = members_of(key, day)
        pairs |= {frozenset((a, b)) for a in members for b in members if a != b}
    return pairs


def hosting_pairs(day=DAY):
    """Who hosts whom on a day; ISO text sorts like dates, an empty cell is an open end."""
    bases = table("bases").query("status != 'planned' and operator_iso3 != ''")
    bases = bases[(bases["opened"] <= day) & ((bases["closed"] == "") | (bases["closed"] > day))]
    return set(zip(bases["host_iso3"], bases["operator_iso3"], strict=True))


def test_russia_has_lost_seven_of_sixteen_hosts():
    # what the page is quoted for, from the table alone
    then, now = (
        {host for host, guest in hosting_pairs(day) if guest == "RUS"}
        for day in ("1995-12-31", "2026-02-28")
    )
    assert (len(then), len(now)) == (16, 9)
    assert then - now == {"AZE", "CUB", "GEO", "LVA", "TKM", "UKR", "VNM"}
    assert now == {
        *("ARM", "BLR", "KAZ", "KGZ", "TJK", "SYR"),
        *("GEO-ABK", "GEO-OSS", "MDA-TRN"),
    }


def test_pairs_with_a_base_and_a_treaty(run):
    pairs, bound = hosting_pairs(), defence_pairs()
    cells = [
        ((host, guest) in pairs, frozenset((host, guest)) in bound)
        for host, guest in product(HOSTS, POWERS)
    ]
    counts = [cells.count(cell) for cell in product([True, False], repeat=2)]
    assert list(run["odds"]) == counts
    assert run["odds_ratio"] == pytest.approx(counts[0] * counts[3] / (counts[1] * counts[2]))


def test_exact_p_of_russias_hosts_is_hypergeometric(run):
    hosts = [host for host in HOSTS if (host, "RUS") in hosting_pairs()]
    bound = [host for host in HOSTS if frozenset((host, "RUS")) in defence_pairs()]
    chance = hypergeom(len(HOSTS), len(bound), len(hosts))
    both = len({*hosts} & {*bound})
    tail = min(chance.sf(both - 1), chance.cdf(both))
    assert run["alone"].exact
    assert run["alone"].pvalue == pytest.approx(min(1, 2 * tail))


def test_regression_is_least_squares_with_a_constant_for_each_power(run):
    y = np.array(run["hosting"], float)
    dummies = np.kron(np.ones((len(HOSTS), 1)), np.eye(len(POWERS)))
    causes = np.column_stack([np.asarray(x, float).ravel() for x in run["causes"].values()])
    slopes = np.linalg.lstsq(np.column_stack([causes, dummies]), y.ravel(), rcond=None)[0]
    assert [run["found"][name][0] for name in run["causes"]] == pytest.approx(list(slopes[:4]))


def test_votes_around_an_opening_and_a_closing(run):
    # Manas opened in 2001 [rferl_manas_2014]; Batumi, the last in Georgia, closed in 2007
    ideal = table("un_ideal_points").set_index(["iso3", "year"])["ideal_point"].astype(float)
    others = {guest: [s for s in [*HOSTS, "RUS"] if s != guest] for guest in ("USA", "RUS")}

    def apart(host, guest, year):
        gaps = {
            s: abs(ideal[s, year] - ideal[guest, year])
            for s in others[guest]
            if (s, year) in ideal.index
        }
        return gaps[host] - np.mean(list(gaps.values())) if host in gaps else np.nan

    turns = run["turns"].set_index(["host", "operator_iso3", "event"])["away"]
    for key, year in {("KGZ", "USA", "opened"): 2001, ("GEO", "RUS", "closed"): 2007}.items():
        after, before = (
            np.nanmean([apart(*key[:2], year + step * n) for n in (1, 2, 3)]) for step in (1, -1)
        )
        assert turns[key] == pytest.approx(after - before)


def test_crimea_is_no_closing(run):
    late = run_cells("03_bases_and_alignments", replicates=100)["turns"]
    assert not late.query("host == 'UKR'")["event"].eq("closed").any()
    assert not run["turns"].query("host == 'UKR'")["event"].eq("closed").any()
