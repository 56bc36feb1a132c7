"""Pacts since 2019: telling cases, each with its source, and the rules of the table."""

import re

import pytest

import cstoanalysis as csto


@pytest.fixture(scope="module")
def pacts():
    return csto.load_table("defence_pacts")


@pytest.mark.parametrize(
    ("pact", "obligation", "signed", "in_force"),
    [
        # Interfax, 5 December 2024; Article 4 promises military help [menafn_rus_prk_2024]
        ("north_korea_russia_2024", "defence", "2024-06-19", "2024-12-04"),
        # BelTA of 13 March 2025 through Censor.NET
        ("belarus_russia_2024", "defence", "2024-12-06", "2025-03-13"),
        # the Russian deputy minister: no mutual military help [abcmedia_rus_irn_2025]
        ("iran_russia_2025", "neutrality", "2025-01-17", "2025-10-02"),
        # Qazinform, 31 March 2025
        ("tajikistan_uzbekistan_2024", "unclear", "2024-04-18", "2025-03-31"),
    ],
)
def test_known_pacts(pacts, pact, obligation, signed, in_force):
    row = pacts.set_index("pact_id").loc[pact]
    assert (row["obligation"], row["signed"], row["in_force"]) == (obligation, signed, in_force)


def test_finland_and_sweden_are_bound_to_the_members_in_scope_and_to_each_other(pacts):
    nato = pacts[pacts["pact_id"].str.startswith("nato_")]
    pairs = set(zip(nato["iso3_1"], nato["iso3_2"], strict=True))
    members = csto.in_force(csto.load_membership_spells("NATO"), "2024-12-31")
    members = set(members.query("status == 'member'")["iso3"])
    dyads = csto.load_table("alliance_dyads")
    scope = members & {*dyads["iso3_1"], *dyads["iso3_2"]}
    for state in ["FIN", "SWE"]:
        assert {(min(state, m), max(state, m)) for m in scope - {state}} <= pairs
    entry = csto.load_membership_spells("NATO").set_index("iso3")["start"]
    for state, pact in [("FIN", "nato_finland_2023"), ("SWE", "nato_sweden_2024")]:
        assert set(pacts.loc[pacts["pact_id"] == pact, "in_force"]) == {entry[state]}


def test_pairs_are_ordered_and_dates_follow_each_other(pacts):
    assert (pacts["iso3_1"] < pacts["iso3_2"]).all()
    dated = pacts.dropna(subset="in_force")
    assert (csto.earliest(dated["signed"]) <= csto.latest(dated["in_force"])).all()
    assert pacts["signed"].between("2019", "2026-03").all()


def test_what_was_not_read_is_not_called_certain(pacts):
    assert not (pacts["obligation"].eq("unclear") & pacts["confidence"].eq("high")).any()


def test_source_keys_in_notes_exist(pacts):
    known = set(csto.load_sources()["source_key"])
    named = {
        key for note in pacts["note"].dropna() for key in re.findall(r"\[([a-z0-9_]+)\]", note)
    }
    assert named and named <= known
