"""Facts of the tables of events, each as the source named beside it has it."""

import importlib
import json

import pytest
from conftest import ROOT

import cstoanalysis as csto

RULED = [
    "states organisations sources treaty_actions membership_spells organs officials chairmanships",
    "collective_forces force_deployments force_tasks exercises exercise_participants",
    "exercise_personnel opinion_polls meetings dependence_figures assistance_requests contingents",
    "crisis_timeline conflict_events russian_operations",
]


@pytest.fixture(scope="module")
def meetings():
    return csto.load_table("meetings").set_index("meeting_id")


@pytest.fixture(scope="module")
def exercises():
    return csto.load_table("exercises").set_index("exercise_id")


@pytest.mark.parametrize("name", " ".join(RULED).split())
def test_a_table_made_by_hand_says_what_is_in_it_and_what_it_is_not_for(name):
    text = json.loads((ROOT / "data/datapackage.json").read_text(encoding="utf-8"))
    (resource,) = [r for r in text["resources"] if r["name"] == name]
    assert "Rule of inclusion: " in resource["description"]
    assert "Not to be used for: " in resource["description"]


# --- meetings ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("meeting", "date", "absent"),
    [
        ("csto_2008_2", "2008-12-19", {"BLR", "UZB"}),  # president.am, 19 December 2008
        ("csto_2011_1", "2011-08-12", {"UZB"}),  # RFE/RL 24295478
        ("csto_2013_2", "2013-09-23", {"KAZ"}),  # Asia-Plus, September 2013
        ("csto_2016_1", "2016-10-14", {"KAZ"}),  # Xinhua, October 2016
        ("csto_2022_1", "2022-01-10", {"KGZ"}),  # primeminister.am, 10 January 2022
        ("csto_2014_1", "2014-05-08", {"KAZ"}),  # Belarus Today, May 2014: names five
    ],
)
def test_who_was_not_there(meetings, meeting, date, absent):
    rows = meetings.loc[[meeting]].query("date == @date").dropna(subset="absent")
    assert absent in [set(states.split()) for states in rows["absent"]]


@pytest.mark.parametrize(
    ("meeting", "date", "place"),
    [
        ("csto_2003_1", "2003-04-28", "Dushanbe"),  # The New Humanitarian (IRIN)
        ("csto_2009_3", "2009-07-31", "Cholpon-Ata"),  # RFE/RL 1789724
        ("csto_2017_1", "2017-04-14", "Bishkek"),  # RIA Novosti through VPK.name
    ],
)
def test_meetings_that_were_missing(meetings, meeting, date, place):
    row = meetings.loc[meeting]
    assert (row["date"], row["place"], row["status"]) == (date, place, "held")


# --- exercises -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("exercise", "start", "end"),
    [
        ("2011-center", "2011-09-19", "2011-09-27"),  # Newswires, September 2011
        ("2016-cobalt", "2016-05-24", "2016-05-26"),  # president.am, 26 May 2016
        ("2018-cobalt", "2018-05-20", "2018-05-22"),  # BelTA, 22 May 2018
        ("2019-search", "2019-10-14", "2019-10-19"),  # TASS 1083026
        ("2021-thunder", "2021-09-24", "2021-09-28"),  # Public Radio of Armenia, 22 September 2021
        ("2025-rubezh", "2025-09-17", "2025-09-20"),  # TASS, September 2025
    ],
)
def test_days_of_exercises(exercises, exercise, start, end):
    row = exercises.loc[exercise]
    assert (row["start"], row["end"], row["status"]) == (start, end, "held")


def test_rubezh_2008_began_in_july(exercises):
    """RIA Novosti of 22 July 2008: the first of four stages."""
    assert exercises.loc["2008-rubezh", "start"] == "2008-07-22"


def test_belarus_was_at_cobalt_2018():
    """BelTA, 22 May 2018: the leadership of its internal troops took part."""
    rows = csto.load_table("exercise_participants")
    own = rows.query("exercise_id == '2018-cobalt' and iso3 == 'BLR'")
    assert set(own["role"]) == {"participant"}


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [
        ("2021", "2021", 7),  # Kazinform (BelTA), 30 April 2021: seven planned
        ("2024", "2024", 7),  # Vestnik Kavkaza, 28 March 2024: seven planned
        ("2023", "2025", 20),  # Vecherny Bishkek, 16 December 2025: twenty held in three years
    ],
)
def test_the_organisation_counts_as_many(exercises, first, last, number):
    held = exercises[exercises["status"] == "held"]
    held = held[~held.index.isin(exercises["part_of"].dropna())]
    assert held.loc[held["start"].str[:4].between(first, last), "named"].sum() == number


def test_parts_lie_in_their_umbrella(exercises):
    parts = exercises.dropna(subset="part_of")
    whole = exercises.loc[parts["part_of"]].set_index(parts.index)
    assert (parts["start"].str[:7] >= whole["start"].str[:7]).all()


# --- appeals, events, operations -----------------------------------------------------------------
def test_collective_aid_of_1999_stands_beside_the_appeal_to_russia():
    """Jamestown Monitor 5/182, and RFE/RL's Kyrgyz report of 1 October 1999."""
    rows = csto.load_table("assistance_requests").query("request_id == 'REQ-1999-KGZ'")
    assert set(rows["addressee"]) == {"russia", "csto"}


def test_every_fall_of_a_leader_has_a_row_on_what_was_asked():
    events = csto.load_table("conflict_events").query("reading == 'preferred' and iso3 != 'UZB'")
    fell = events[events["leader_fell"].fillna(False).astype(bool)]
    known = set(csto.load_table("assistance_requests")["request_id"])
    assert set(fell["request_id"]) <= known


def test_donbas_is_an_operation_without_consent():
    rows = csto.load_table("russian_operations").set_index("operation_id")
    row = rows.loc["ROP-2014-UKR-2"]
    assert (row["start"], row["last_day"], row["consent"]) == ("2014-04", "2022-02-23", "none")


def test_the_response_force_ended():
    """NATO, Supreme Headquarters: Allied Reaction Force since 1 July 2024."""
    rows = csto.load_table("collective_forces").query("scope == 'ended'")
    assert list(rows["as_of"]) == ["2024-07-01"]


# --- states, members, votes, leaders, capitals ---------------------------------------------------
def test_kyrgyzstan_in_the_eurasian_union():
    """vlast.kz 12412: the treaty of accession in force on 12 August 2015."""
    row = csto.load_membership_spells("EAEU").query("iso3 == 'KGZ' and status == 'member'")
    assert list(row["start"]) == ["2015-08-12"]


@pytest.mark.parametrize(("iso3", "start"), [("RWA", "1962-07-01"), ("NRU", "1968-01-31")])
def test_independence(iso3, start):
    """CIA World Factbook 1990."""
    assert start in set(csto.load_table("states").query("iso3 == @iso3")["start"])


def test_resolution_62_249_is_of_may():
    """Press release GA/10708 of 15 May 2008; the record has April."""
    rows = csto.load_table("un_resolutions").set_index("resolution")
    assert rows.loc["A/RES/62/249", "date"] == "2008-05-15"


@pytest.mark.parametrize(("name", "year"), [("Bakhtadze", 1982), ("Landsbergis", 1932)])
def test_years_of_birth(name, year):
    rows = csto.load_table("leaders")
    own = rows[rows["leader"].str.contains(name)]
    assert set(own["birth_year"].dropna().astype(int)) == {year}


def test_capitals():
    """Brussels and Dodoma by Miller 2022; Bonn ends when Berlin begins, the vote of 20 June 1991."""
    rows = csto.load_table("capitals").set_index("iso3")
    assert rows.loc["BEL", ["lat", "lon"]].tolist() == pytest.approx([50.85, 4.35], abs=0.01)
    assert rows.loc["TZA", ["lat", "lon"]].tolist() == pytest.approx([-6.18, 35.75], abs=0.01)
    germany = rows.loc["DEU"].set_index("capital")
    assert germany.loc["Bonn", "end"] == germany.loc["Berlin", "start"] == "1991-06-20"


def test_the_recipe_refuses_sixty_minutes(monkeypatch):
    """50 84 N, as the Factbook of 2026 prints Brussels, is no position."""
    monkeypatch.syspath_prepend(ROOT / "data/recipes")
    recipe = importlib.import_module("cia_borders")
    told = {
        "name": {"text": "Brussels"},
        "geographic coordinates": {"text": "50 84 N, 4 35 E"},
    }
    with pytest.raises(ValueError, match="no such minutes"):
        recipe.capital("BEL", told)
    told["geographic coordinates"]["text"] = "50 50 N, 4 21 E"
    assert recipe.capital("BEL", told)[2:4] == (50.833, 4.35)
