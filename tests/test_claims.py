"""Claims, their checks and conflicts: the evaluator on frames of three rows, then on the tables."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, run_cells
from scipy.stats import beta, hypergeom, norm

import cstoanalysis as csto
from cstoanalysis.claims import MEASURES, RELATIONS, VERDICTS, together
from cstoanalysis.claims import judge as judge_again

CLAIMS, CHECKS = csto.load_table("claims"), csto.load_table("claim_checks")
JUDGED = csto.check_claims()
ARTICLES = {f"article_{number:03}" for number in range(5)}

# --- the evaluator on three rows ---------------------------------------------------------------
SPELLS = pd.DataFrame(
    {
        "organisation": "CSTO",
        "iso3": ["RUS", "UZB", "UZB"],
        "status": "member",
        "start": ["1992-05-15", "1992-05-15", "2006-06-23"],
        "end": [np.nan, "1999-04-20", "2012-12-19"],
        "source_key": ["treaty", "atop", "tass"],
    }
)
FIGURES = pd.DataFrame(
    {
        "iso3": ["RUS", "BLR", "BLR"],
        "value": [850_000.0, 45_000.0, 158_000.0],
        "named": 1,
        "source_key": ["cia", "cia", "iiss"],
    }
)


def judge(leniency=1.0, **check):
    """One row of the result for one check on the frames above."""
    empty = dict.fromkeys(CHECKS.columns, np.nan)
    row = empty | {"check_id": "C999a", "claim_id": "C999", "source_key": "article_000"} | check
    tables = {
        "claim_checks": pd.DataFrame([row]),
        "membership_spells": SPELLS,
        "figures": FIGURES,
    }
    return csto.check_claims(tables, leniency).iloc[0]


def spells(measure, relation, expected, **more):
    return judge(
        table="membership_spells", measure=measure, relation=relation, expected=expected, **more
    )


def figures(measure, relation, expected, **more):
    return judge(table="figures", measure=measure, relation=relation, expected=expected, **more)


@pytest.mark.parametrize(
    ("expected", "verdict"),
    [("2012", "confirmed"), ("2012-12", "confirmed"), ("2012-11", "contradicted")],
)
def test_a_partial_date_is_met_by_any_day_it_can_mean(expected, verdict):
    found = spells("max:end", "equals", expected)
    assert (found["verdict"], found["reference"]) == (verdict, "2012-12-19")


def test_a_date_may_miss_by_days():
    """19 December is 19 days after the last day of November."""
    assert spells("max:end", "equals", "2012-11", close=19)["verdict"] == "close"
    assert spells("max:end", "equals", "2012-11", close=18)["verdict"] == "contradicted"
    assert spells("max:end", "equals", "2012-11", tolerance=19)["verdict"] == "confirmed"


@pytest.mark.parametrize(
    ("as_of", "states"), [("1999-04-19", "RUS;UZB"), ("1999-04-20", "RUS"), ("2008", "RUS;UZB")]
)
def test_rows_in_force_on_a_day(as_of, states):
    assert spells("set:iso3", "equals", states, as_of=as_of)["verdict"] == "confirmed"


def test_a_query_may_name_the_members_of_a_day():
    query = "iso3 not in @members('CSTO', '2013')"
    assert figures("set:iso3", "equals", "BLR", query=query)["verdict"] == "confirmed"


def test_numbers_miss_by_a_fraction_and_leniency_widens_it():
    """850,000 misses a million by 15 per cent."""
    near = {"query": "iso3 == 'RUS'", "tolerance": 0.05, "close": 0.16}
    assert figures("values:value", "equals", "1000000", **near)["verdict"] == "close"
    assert (
        figures("values:value", "equals", "1000000", leniency=3, **near)["verdict"] == "confirmed"
    )
    assert figures("values:value", "equals", "1000000", leniency=0, **near)["verdict"] == (
        "contradicted"
    )


def test_another_leniency_needs_no_second_look_at_the_tables():
    assert judge_again(JUDGED, 0)["verdict"].equals(csto.check_claims(leniency=0)["verdict"])
    assert (judge_again(JUDGED, 0)["verdict"] != JUDGED["verdict"]).any()


def test_rival_rows_on_both_sides_are_contested():
    """45,000 active, 158,000 with paramilitaries, against fewer than 80,000."""
    found = figures("values:value", "under", "80000", query="iso3 == 'BLR'")
    assert (found["verdict"], found["source_key"]) == ("contested", "cia; iiss")


def test_nothing_found_is_not_testable_but_a_count_of_nothing_is_an_answer():
    nothing = {"query": "iso3 == 'ARM'"}
    assert figures("values:value", "equals", "1", **nothing)["verdict"] == "not_testable"
    none = figures("count", "equals", "0", **nothing)
    assert (none["verdict"], none["source_key"]) == ("confirmed", "article_000")


@pytest.mark.parametrize(
    ("measure", "reference"),
    [
        ("count", "3"),
        ("nunique:iso3", "2"),
        ("set:iso3", "BLR;RUS"),
        ("min:value", "45000.0"),
        ("sum:named", "3"),
        ("mean:value", "351000.0"),
        ("largest:value:iso3", "RUS"),
        ("smallest:value:iso3", "BLR"),
        ("share:iso3 == 'BLR'", "0.6667"),
        ("ratio:value:iso3 == 'RUS'", "0.8072"),
        ("ratio:named:iso3 == 'BLR':iso3 == 'RUS'", "2"),
        ("difference:value:iso3 == 'RUS':iso3 == 'BLR'", "748500.0"),
    ],
)
def test_measures(measure, reference):
    assert (
        float(figures(measure, "equals", "0")["reference"])
        == pytest.approx(float(reference), rel=1e-4)
        if reference[0].isdigit()
        else figures(measure, "equals", "0")["reference"] == reference
    )


def test_years_between_two_columns():
    found = spells("years:start:end", "at_most", "2", query="iso3 == 'UZB'")
    assert (found["reference"], found["verdict"]) == ("6.93; 6.491", "contradicted")


@pytest.mark.parametrize(
    ("relation", "below", "at", "above"),
    [
        ("equals", False, True, False),
        ("at_least", False, True, True),
        ("at_most", True, True, False),
        ("over", False, False, True),
        ("under", True, False, False),
    ],
)
def test_relations(relation, below, at, above):
    assert [RELATIONS[relation](miss) == 0 for miss in (-0.1, 0, 0.1)] == [below, at, above]


@pytest.mark.parametrize(
    ("verdicts", "one"),
    [
        (["confirmed", "confirmed"], "confirmed"),
        (["confirmed", "close"], "close"),
        (["confirmed", "contradicted"], "contested"),
        (["contradicted", "not_testable"], "contradicted"),
        (["not_testable"], "not_testable"),
        ([], "not_testable"),
    ],
)
def test_together(verdicts, one):
    assert together(verdicts) == one


# --- the register ------------------------------------------------------------------------------
def test_every_claim_is_checked_and_every_check_has_a_claim():
    assert set(CHECKS["claim_id"]) == set(CLAIMS["claim_id"])
    assert (CHECKS["check_id"].str[:4] == CHECKS["claim_id"]).all()
    assert set(CLAIMS["source_key"]) == ARTICLES


def test_a_check_is_computed_or_by_hand_and_never_both():
    computed = CHECKS["table"].notna()
    asked = CHECKS[["measure", "relation", "expected"]].notna()
    assert (asked.all(axis=1) == computed).all() and (asked.any(axis=1) == computed).all()
    assert (CHECKS["verdict"].isna() == computed).all()
    assert set(CHECKS["table"].dropna()) <= set(csto.table_names())
    assert set(CHECKS["measure"].dropna().str.split(":").str[0]) <= set(MEASURES)
    assert set(JUDGED["verdict"]) <= set(VERDICTS)


def test_at_least_250_verdicts_are_computed():
    assert JUDGED["computed"].sum() >= 250
    undecided = JUDGED.query("computed and verdict == 'not_testable'")["check_id"].tolist()
    # no Russian site in Uzbekistan was found, see the open questions; a forecast not yet borne out
    assert undecided == ["C387a", "C469a"]


def test_what_could_not_be_tested_says_what_would_be_needed():
    by_hand = CHECKS["verdict"] == "not_testable"
    assert CHECKS.loc[by_hand, "note"].notna().all()
    assert CHECKS.loc[by_hand, "source_key"].isin(ARTICLES).all()
    read = CHECKS["verdict"].notna() & ~by_hand
    assert not CHECKS.loc[read, "source_key"].isin(ARTICLES).any()
    assert CHECKS.loc[read, "reference"].notna().all()


def test_who_contradicts_is_not_an_article():
    """An article is a source of claims; against it stands the record, in nine of ten cases or more."""
    against = JUDGED.query("verdict == 'contradicted'")["source_key"].str.split("; ")
    others = against.map(lambda keys: bool(set(keys) - ARTICLES))
    assert others.mean() >= 0.9


def test_subjects_are_keys():
    """States and organisations by their keys; four have no row of their own."""
    used = set(CLAIMS["subject"].dropna().str.split(";").explode())
    known = {*csto.load_table("states")["iso3"], *csto.load_table("organisations")["organisation"]}
    assert used - known == {"UN", "EU", "OSCE", "IS"}


def test_conflict_groups_are_those_of_the_claims():
    groups = csto.load_table("claim_conflicts")
    named = CLAIMS["conflict_group"].dropna().str.split(";").explode()
    assert set(named) == set(groups["conflict_group"])
    assert groups["kind"].value_counts().to_dict() == {"between_articles": 46, "against_record": 30}
    sizes = CLAIMS.assign(group=CLAIMS["conflict_group"].str.split(";")).explode("group")
    sizes = sizes.groupby("group")["source_key"].agg(["size", "nunique"])
    between = groups.loc[groups["kind"] == "between_articles", "conflict_group"]
    assert (sizes.loc[between, "size"] >= 2).all()
    stems = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(groups["notebook"].dropna()) <= stems


TELLING = {  # claim -> verdict over all its checks, why
    "C404": "contradicted",  # 003: signed on 15 March 1992; the treaty is of 15 May (blr_mfa_csto)
    "C141": "confirmed",  # 001: signed on 15 May 1992
    "C310": "contradicted",  # 002: six members on 20 April 1994; nine by then (blr_mfa_csto)
    "C311": "contradicted",  # 002: three joined after that day; all three acceded in 1993 (ATOP)
    "C026": "contested",  # 000: six left the Warsaw Treaty at its end; East Germany was gone (ATOP)
    "C094": "contested",  # 000: Belarus under 80,000 troops; by who counts as one (CIA, IISS)
    "C104": "contradicted",  # 000: Kazakhstan over 100,000; neither CIA nor IISS
    "C124": "contradicted",  # 000: all allies but Belarus behind Russia; Armenia borders Turkey (CIA)
    "C373": "contradicted",  # 002: the SCO a military bloc; no duty to defend (ATOP)
    "C383": "contradicted",  # 002: a base in Vietnam; given up in 2002 (BBC)
    "C387": "not_testable",  # 002: a base in Uzbekistan; nothing found
    "C418": "contradicted",  # 003: consent for Manas 2001; the protocol is of 2011 (Adilet)
    "C502": "confirmed",  # 004: Afghan-Tajik border over 1,000 km; 1,357 (CIA)
}


@pytest.mark.parametrize(("claim", "verdict"), TELLING.items())
def test_telling_verdicts(claim, verdict):
    assert together(JUDGED.loc[JUDGED["claim_id"] == claim, "verdict"]) == verdict


# --- the statistics of the notebook --------------------------------------------------------------
@pytest.fixture(scope="module")
def page():
    """Everything that the notebook defines and computes, on one topic, with few draws."""
    return run_cells("10_claims_register", topic="membership", replicates=100)


def test_wilson_interval_solves_its_equation(page):
    """Wilson (1927): at either end the share lies 1.96 standard errors away, by that end's own error."""
    n, _, share, *ends = page["share_of"](JUDGED["verdict"])[:5]
    for end in ends:
        assert abs(share - end) == pytest.approx(norm.ppf(0.975) * np.sqrt(end * (1 - end) / n))


def test_clopper_pearson_interval_is_that_of_the_beta_distribution(page, monkeypatch):
    monkeypatch.setitem(page["share_of"].__globals__, "interval", "exact")
    n, k, _, low, high, _ = page["share_of"](JUDGED["verdict"])
    assert low == pytest.approx(beta.ppf(0.025, k, n - k + 1))
    assert high == pytest.approx(beta.ppf(0.975, k + 1, n - k))


def test_permutation_p_of_two_groups_is_the_hypergeometric_one(page, monkeypatch):
    """Nine of ten hold against four of eight: tables at least as far from the expected one."""
    monkeypatch.setitem(page["differ"].__globals__, "replicates", 20_000)
    verdict = ["confirmed"] * 9 + ["contradicted"] + ["confirmed"] * 4 + ["contradicted"] * 4
    frame = pd.DataFrame({"article": ["000"] * 10 + ["001"] * 8, "verdict": verdict})
    law, held = hypergeom(18, 13, 10), np.arange(5, 11)
    far = abs(held - law.mean()) >= abs(9 - law.mean()) - 1e-9
    assert page["differ"](frame, "article") == pytest.approx(law.pmf(held[far]).sum(), abs=0.01)


def test_agreement_counts_the_groups_of_each_pair(page):
    cells = page["codes"].to_numpy(float)
    both, same = page["agreement"](cells)
    for one in range(5):
        for other in range(5):
            pairs = [(a, b) for a, b in cells[:, [one, other]] if a == a and b == b]
            assert (both[one, other], same[one, other]) == (
                len(pairs),
                sum(a == b for a, b in pairs),
            )


def test_cluster_bootstrap_is_about_as_wide_as_the_ratio_estimator_says(page):
    """Cochran's linearised error of a ratio of cluster totals, roughly: few draws and few clusters."""
    holds, size = page["counts"].T
    share = holds.sum() / size.sum()
    error = np.sqrt(((holds - share * size) ** 2).sum()) / size.sum()
    low, high = page["rivals"].loc["paragraphs drawn anew", ["low", "high"]]
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.25)


# --- a corrected table changes the verdicts that hang on it, and no other ------------------------
CHANGES = [  # old row, new row, checks whose verdict must change
    (
        "CSTO,UZB,member,2006-06-23,2012-12-19,",
        "CSTO,UZB,member,2006-06-23,2014-06-01,",
        {"C219a", "C442b", "C499a"},  # the three that say that Uzbekistan left in 2012
    ),
    (
        "CSTO,ARM,member,1992-05-15,,",
        "CSTO,ARM,member,1992-05-15,2023-06-01,",
        {"C131a", "C178a", "C198a"},  # the three that speak of six members in autumn 2023
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES, ids=["Uzbekistan", "Armenia"])
def test_one_changed_exit_changes_its_verdicts_and_no_other(tmp_path, old, new, expected):
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    table = folder / "membership_spells.csv"
    text = table.read_text("utf-8")
    assert text.count(old) == 1
    table.write_text(text.replace(old, new), "utf-8")
    code = "import sys, cstoanalysis as csto; csto.check_claims().to_csv(sys.argv[1], index=False)"
    command = [sys.executable, "-c", code, str(tmp_path / "verdicts.csv")]
    subprocess.run(command, check=True, env=os.environ | {"CSTO_DATA": str(folder)}, cwd=tmp_path)
    after = pd.read_csv(tmp_path / "verdicts.csv").set_index("check_id")["verdict"]
    before = JUDGED.set_index("check_id")["verdict"]
    changed = before.index[before != after.reindex(before.index)]
    assert set(changed) == expected
