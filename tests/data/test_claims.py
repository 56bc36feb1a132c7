"""Claims, their checks and conflicts: the evaluator on frames of three rows, then on the tables."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import cstoanalysis as csto
from cstoanalysis.claims import (
    FAILS,
    HOLDS,
    MEASURES,
    OPEN,
    RELATIONS,
    VERDICTS,
    agreement,
    judge_claims,
    together,
    whole,
)
from cstoanalysis.claims import judge as judge_again

CLAIMS, CHECKS = csto.load_table("claims"), csto.load_table("claim_checks")
JUDGED = csto.check_claims()
WHOLE = judge_claims(JUDGED)
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
    row = empty | {"check_id": "C999a", "claim_id": "C999", "aspect": "claim"}
    row |= {"source_key": "article_000"} | check
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


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("not note.str.contains('98')", "B;C"),
        ("note.str.contains('98') or iso3 == 'B'", "A;B"),
        ("note.str.startswith('1') and note.notna()", "A"),
        ("note.isna()", "B"),
        ("note != 'x' and iso3 < 'C'", "A;B"),
    ],
)
def test_a_missing_text_contains_nothing(query, names):
    table = pd.DataFrame({"iso3": ["A", "B", "C"], "note": ["1998", pd.NA, "x"]}, dtype="string")
    table = table.assign(source_key="s")
    checks = csto.load_table("claim_checks").iloc[:1]
    given = {"verdict": pd.NA, "table": "t", "as_of": pd.NA, "query": query}
    given |= {"measure": "set:iso3", "relation": "equals", "expected": names}
    found = csto.check_claims({"claim_checks": checks.assign(**given), "t": table})
    assert found["reference"].iloc[0] == names


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


def test_nothing_found_is_not_tested_but_a_count_of_nothing_is_an_answer():
    nothing = {"query": "iso3 == 'ARM'"}
    assert figures("values:value", "equals", "1", **nothing)["verdict"] == "not_tested"
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
        (["contradicted", "not_tested"], "contradicted"),
        (["not_testable", "not_tested"], "not_tested"),
        (["not_testable"], "not_testable"),
        ([], "not_tested"),
    ],
)
def test_together(verdicts, one):
    assert together(verdicts) == one


@pytest.mark.parametrize(
    ("parts", "one"),
    [
        (["confirmed", "confirmed"], "confirmed"),
        (["confirmed", "close"], "close"),
        (["confirmed", "not_tested"], "part_tested"),
        (["close", "not_testable"], "part_tested"),
        (["confirmed", "contradicted", "not_tested"], "contested"),
        (["contradicted", "not_tested"], "contradicted"),
        (["not_testable", "not_tested"], "not_tested"),
    ],
)
def test_parts(parts, one):
    assert whole(parts) == one


some = st.lists(st.sampled_from([kind for kind in VERDICTS if kind != "part_tested"]), min_size=1)


@given(some)
def test_a_claim_is_confirmed_if_and_only_if_all_its_parts_are(parts):
    assert (whole(parts) == "confirmed") == (set(parts) == {"confirmed"})
    assert (whole(parts) in HOLDS) == (set(parts) <= set(HOLDS))


@given(some, some)
def test_what_is_open_never_helps_a_claim_and_never_saves_it(parts, more):
    opened = [kind for kind in more if kind in OPEN]
    assert whole(parts + opened) not in HOLDS or not opened
    assert (whole(parts) in FAILS) == (whole(parts + opened) in FAILS)


@given(some, st.randoms())
def test_the_order_of_the_parts_does_not_matter(parts, random):
    shuffled = random.sample(parts, len(parts))
    assert (whole(parts), together(parts)) == (whole(shuffled), together(shuffled))


def checks_of(*rows):
    return pd.DataFrame(rows, columns=["claim_id", "aspect", "part", "verdict"])


def test_rival_measures_of_a_part_and_parts_of_a_claim():
    """Two measures of one part are on both sides, the second part is open, the third claim is said."""
    found = judge_claims(
        checks_of(
            ("C1", "claim", np.nan, "confirmed"),
            ("C2", "claim", "date", "confirmed"),
            ("C2", "claim", "place", "not_tested"),
            ("C3", "claim", np.nan, "confirmed"),
            ("C3", "content", np.nan, "contradicted"),
            ("C4", "claim", "date", "confirmed"),
            ("C4", "claim", "date", "contradicted"),
        )
    )
    assert found["verdict"].tolist() == ["confirmed", "part_tested", "confirmed", "contested"]
    assert found["content"].fillna("-").tolist() == ["-", "-", "contradicted", "-"]


def test_kappa_of_the_textbook_example():
    """Two readers, fifty applications: 20 and 15 alike, 5 and 10 apart; kappa 0.40 (Wikipedia's)."""
    pairs = {("confirmed", "confirmed"): 20, ("contradicted", "contradicted"): 15}
    pairs |= {("confirmed", "contradicted"): 5, ("contradicted", "confirmed"): 10}
    rows = [pair for pair, times in pairs.items() for _ in range(times)]
    found = agreement(pd.DataFrame(rows, columns=["verdict", "second_verdict"])).loc["all"]
    assert found.tolist() == pytest.approx([50, 0.7, 0.4])


def test_no_second_reader_no_kappa():
    empty = pd.DataFrame({"verdict": ["confirmed"], "second_verdict": [np.nan]})
    assert agreement(empty)["n"].eq(0).all() and agreement(empty)["kappa"].isna().all()


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
    assert set(JUDGED["verdict"]) <= set(VERDICTS) - {"part_tested"}
    assert (CHECKS["threshold"].notna() == computed).all()


def test_an_attributed_claim_has_a_check_that_it_was_said_and_only_such_have_a_content():
    said = CLAIMS.loc[CLAIMS["attributed_to"].notna(), "claim_id"]
    assert WHOLE["verdict"].notna().all()
    assert set(WHOLE.index[WHOLE["content"].notna()]) <= set(said)


def test_what_others_said_is_judged_apart_from_whether_it_was_so():
    """Fear of an occupation that did not come; a reply to an enlargement two years later."""
    apart = WHOLE.loc[["C241", "C485", "C484"], ["verdict", "content"]].to_numpy().tolist()
    assert apart == [
        ["confirmed", "contradicted"],
        ["confirmed", "confirmed"],
        ["part_tested", "contradicted"],
    ]


def test_what_cannot_be_tested_is_a_judgement_by_the_register_too():
    """A claim that data could decide is tested, in part, or not yet: never not testable."""
    could = CLAIMS.set_index("claim_id")["testable"].eq("yes")
    assert (WHOLE.loc[could[could].index, "verdict"] != "not_testable").all()


def test_a_number_of_ours_is_flagged():
    """A half, a quarter, a tenth that no article names."""
    cuts = CHECKS["expected"].isin(["0.5", "0.25", "0.1", "0.05"]) & CHECKS["table"].notna()
    assert (CHECKS.loc[cuts, "threshold"] == "own").mean() > 0.9
    assert CHECKS["threshold"].eq("own").sum() >= 80


def test_second_verdicts_are_of_checks_by_hand():
    assert CHECKS.loc[CHECKS["second_verdict"].notna(), "verdict"].notna().all()


def test_at_least_250_verdicts_are_computed():
    assert JUDGED["computed"].sum() >= 250
    undecided = JUDGED.query("computed and verdict == 'not_tested'")["check_id"].tolist()
    # no Russian site in Uzbekistan was found, see the open questions; a forecast not yet borne out
    assert undecided == ["C387a", "C469a"]


def test_what_could_not_be_tested_says_what_would_be_needed():
    by_hand = CHECKS["verdict"].isin(OPEN)
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
    "C387": "not_tested",  # 002: a base in Uzbekistan; nothing found
    "C060": "close",  # 000: Zas aged 58; born in August 1964 (Euroradio)
    "C068": "confirmed",  # 000: ground, air and naval units in allied states; the Navy's are no ports
    "C109": "contested",  # 000: 3,600 sent; 2,000 to 2,500 by officials, one paper has 3,600
    "C155": "confirmed",  # 001: members may leave when they wish; a notice is no consent (ATOP)
    "C209": "contested",  # 001: help stayed diplomatic; no troops, but equipment
    "C241": "confirmed",  # 001: experts feared an occupation; one did so in January 2022
    "C274": "confirmed",  # 001: first C5+1 summit in September 2023; ministers met before
    "C359": "contradicted",  # 002: arms for 1.2 billion delivered; planned (Moscow Times)
    "C479": "confirmed",  # 004: called a new Warsaw Pact from the start: a reading of May 2002
    "C369": "contradicted",  # 002: the quoted words are Patrushev's, not Antonov's
    "C495": "not_tested",  # 004: leaders wished to work with the SCO; its wrong name is C539
    "C532": "contradicted",  # 001: near the Second World War in participants
    "C539": "contradicted",  # 004: the SCO a Security Organization
    "C418": "contradicted",  # 003: consent for Manas 2001; the protocol is of 2011 (Adilet)
    "C502": "confirmed",  # 004: Afghan-Tajik border over 1,000 km; 1,357 (CIA)
}


@pytest.mark.parametrize(("claim", "verdict"), TELLING.items())
def test_telling_verdicts(claim, verdict):
    assert WHOLE.loc[claim, "verdict"] == verdict


# --- a corrected table changes the verdicts that hang on it, and no other ------------------------
@pytest.mark.parametrize(
    ("iso3", "start", "end", "expected"),
    [  # the three that say that Uzbekistan left in 2012; those that speak of six in autumn 2023
        ("UZB", "2006-06-23", "2014-06-01", {"C219a", "C442b", "C499a"}),
        ("ARM", "1992-05-15", "2023-06-01", {"C131a", "C178a", "C198a"}),
    ],
)
def test_one_changed_exit_changes_its_verdicts_and_no_other(iso3, start, end, expected):
    spells = csto.load_table("membership_spells")
    row = spells.query("organisation == 'CSTO' and status == 'member'")
    row = row[(row["iso3"] == iso3) & (row["start"] == start)]
    assert len(row) == 1
    spells.loc[row.index, "end"] = end
    after = csto.check_claims({"membership_spells": spells})
    changed = JUDGED.loc[JUDGED["verdict"] != after["verdict"], "check_id"]
    assert set(changed) == expected
