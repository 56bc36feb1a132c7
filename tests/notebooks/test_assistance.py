"""Appeals, unrest and operations: telling cases, and the finding of 04 worked out a second time."""

from itertools import product

import pandas as pd
import pytest
from conftest import run_cells

import cstoanalysis as csto


@pytest.fixture(scope="module")
def requests() -> pd.DataFrame:
    return csto.load_table("assistance_requests")


@pytest.fixture(scope="module")
def preferred(requests) -> pd.DataFrame:
    return requests.query("reading == 'preferred'").set_index("request_id")


@pytest.fixture(scope="module")
def notebook():
    """Everything that the notebook defines and computes with its defaults."""
    return run_cells("04_assistance_requests")


# --- assistance_requests -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "made", "basis", "answer"),
    [
        ("REQ-2010-KGZ", "yes", "none", "material"),  # [eurasianet_kyrgyz_plea_2010]
        ("REQ-2020-ARM", "bilateral", "bilateral", "words"),  # [asbarez_russia_2021]
        ("REQ-2021-ARM", "yes", "article_2", "words"),  # [hyetert_csto_2021, factor_zas_2021]
        ("REQ-2022-KAZ", "yes", "article_4", "troops"),  # [pledgetimes_pashinyan_2022]
        ("REQ-2022-ARM", "yes", "article_4", "observers"),  # [azatutyun_csto_2022]
        ("REQ-2024-RUS", "no", "none", "words"),  # [newsukraine_kursk_2024]
    ],
)
def test_telling_cases(preferred, case, made, basis, answer):
    row = preferred.loc[case]
    assert (row["request_made"], row["basis"], row["answer"]) == (made, basis, answer)


def test_troops_came_once_and_within_a_day(preferred):
    """Kazakhstan asked on 5 January 2022 and was answered on the 6th."""
    troops = preferred.query("answer == 'troops'")
    assert list(troops.index) == ["REQ-2022-KAZ"]
    assert list(troops[["date", "answer_date"]].iloc[0]) == ["2022-01-05", "2022-01-06"]


def test_eight_clear_appeals_one_of_them_a_repeat(preferred):
    clear = preferred.query("request_made == 'yes'")
    assert len(clear) == 8
    assert list(clear.index[clear["same_as"].notna()]) == ["REQ-2024-TJK"]
    assert set(clear["same_as"].dropna()) <= set(preferred.index)


def test_each_case_has_one_preferred_reading_and_rivals_differ_from_it(requests):
    assert (requests.query("reading == 'preferred'")["request_id"].value_counts() == 1).all()
    for case, group in requests.groupby("request_id"):
        assert "preferred" in set(group["reading"]), case
        assert group["asker"].nunique() == 1, case
        read = group.drop(columns=["reading", "note", "confidence"]).astype(str)
        assert not read.duplicated().any(), case


def test_articles_that_forget_the_equipment_of_2010_are_rivals(requests):
    rows = requests.query("request_id == 'REQ-2010-KGZ'").set_index("source_key")
    assert list(rows.loc[["article_001", "article_002"], "answer"]) == ["none", "none"]
    assert rows.loc["people_kyrgyz_2010", "answer"] == "material"


def test_answers_do_not_come_before_appeals(requests):
    dated = requests.dropna(subset="answer_date")
    assert (csto.latest(dated["answer_date"]) >= csto.earliest(dated["date"])).all()


def test_whose_crisis_it_was_was_a_party_then(preferred):
    """A state outside the treaty cannot be let down by it; no Uzbek appeal of 2000 in the table."""
    spells = csto.load_membership_spells("CSTO").query("status == 'member'")
    for row in preferred.itertuples():
        assert row.asker in set(csto.in_force(spells, row.date)["iso3"]), row.Index


def test_adversaries_that_are_states_are_of_the_kind_that_is_coded(preferred):
    spells = csto.load_membership_spells("CSTO").query("status == 'member'")
    named = preferred.dropna(subset="adversary_iso3")
    for row in named.itertuples():
        now = row.adversary_iso3 in set(csto.in_force(spells, row.date)["iso3"])
        ever = row.adversary_iso3 in set(spells["iso3"])
        kind = "member" if now else "former_member" if ever else "other_state"
        assert kind == row.adversary_kind, row.Index
    assert (
        not preferred.loc[preferred["adversary_iso3"].isna(), "adversary_kind"]
        .isin(["member", "former_member", "other_state"])
        .any()
    )


# --- conflict_events and russian_operations ------------------------------------------------


def test_the_toll_of_january_2022_as_it_rose():
    """164 [jam_csto_2022], 225 [topchannel], 230 [sputnik], 238 [babel_january_2022]."""
    events = csto.load_table("conflict_events").query("event_id == 'KZ-2022-01'")
    assert sorted(events["deaths"]) == [164, 225, 230, 238]
    assert events.query("reading == 'preferred'")["deaths"].item() == 238


def test_events_hang_together(preferred):
    events = csto.load_table("conflict_events")
    same = events.groupby("event_id")[["kind", "iso3", "start", "last_day"]].nunique()
    assert (same == 1).all().all()
    assert set(events["request_id"].dropna()) <= set(preferred.index)
    linked = events.dropna(subset="request_id")
    assert (linked["iso3"] == linked["request_id"].map(preferred["asker"])).all()
    assert (csto.earliest(events["start"]) <= csto.latest(events["last_day"])).all()
    assert (events["deaths_low"].dropna() <= events["deaths_high"].dropna()).all()
    assert events.loc[events["kind"] == "unrest", "leader_fell"].notna().all()


def test_three_presidents_of_kyrgyzstan_and_an_armenian_prime_minister_fell():
    fell = csto.load_table("conflict_events").query(
        "leader_fell == True and reading == 'preferred'"
    )
    assert list(fell["event_id"]) == ["AM-2018-04", "KG-2005-03", "KG-2010-04", "KG-2020-10"]


def test_one_operation_under_the_alliance():
    operations = csto.load_table("russian_operations")
    assert list(operations.query("mandate == 'csto'")["operation_id"]) == ["ROP-2022-KAZ"]
    assert list(operations.query("csto_role == 'troops'")["operation_id"]) == ["ROP-2022-KAZ"]
    invaded = set(operations.query("consent == 'none'")["iso3"])
    assert invaded == {"GEO", "MDA", "UKR"}
    assert (operations.loc[operations["ongoing"], "last_day"].isna()).all()
    closed = operations.dropna(subset="last_day")
    assert (csto.earliest(closed["start"]) <= csto.latest(closed["last_day"])).all()


# --- the finding, worked out a second time --------------------------------------------------


def test_help_came_only_where_no_state_was_the_opponent(notebook, preferred):
    """Seven clear appeals, three helped; the three against a state are those against a partner."""
    clear = preferred.query("request_made == 'yes' and same_as.isna()")
    helped = clear["answer"].isin(["material", "troops"])
    state = clear["adversary_iso3"].notna()
    assert (len(clear), helped.sum(), state.sum(), (helped & state).sum()) == (7, 3, 3, 0)
    four = notebook["k_so"], notebook["n_so"], notebook["k_not"], notebook["n_not"]
    assert four == (0, 3, 3, 4) and notebook["finding"]
    assert notebook["twins"] == ["tied_adversary"]


def test_partners_of_russia_bought_its_arms_before_or_were_members(notebook):
    """Azerbaijan bought Russian arms from 2010 to 2019 [sipri_arms_2025]; Ukraine not since 2014."""
    coded = notebook["coded"].query("reading == 'preferred'").set_index("request_id")
    assert coded.loc[["REQ-2022-ARM", "REQ-2022O-KGZ"], "tied_adversary"].all()
    assert not coded.loc[["REQ-2024-RUS", "REQ-2022-KAZ", "REQ-2021-TJK"], "tied_adversary"].any()


LEVELS = ["none", "words", "observers", "material", "troops"]


def test_readings_counted_a_second_time(notebook, requests):
    """All 54 combinations from the table alone, with loops: in how many no state was the opponent."""
    rows = requests.sort_values("reading").to_dict("records")
    told = [row | {"level": LEVELS.index(row["answer"])} for row in rows if pd.notna(row["answer"])]
    order = {
        "preferred": lambda row: row["reading"] != "preferred",
        "least": lambda row: row["level"],
        "most": lambda row: -row["level"],
    }
    holds = 0
    for kinds, least, merge, which in product(*notebook["READINGS"].values()):
        helped = {True: 0, False: 0}
        for case in {row["request_id"] for row in told}:
            row = min((row for row in told if row["request_id"] == case), key=order[which])
            if row["request_made"] in kinds and not (merge and pd.notna(row["same_as"])):
                helped[pd.notna(row["adversary_iso3"])] += row["level"] >= LEVELS.index(least)
        holds += helped[True] == 0 and helped[False] > 0
    assert holds == notebook["grid"]["holds"].sum()


def test_a_wrong_parameter_is_refused_in_words():
    with pytest.raises(
        ValueError, match="helped_from = 'troop' is not known: did you mean 'troops'"
    ):
        run_cells("04_assistance_requests", helped_from="troop")
