"""The front room: dates, panels, checks, sources, figures, loaders."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import cstoanalysis as csto
from cstoanalysis import show, sources
from cstoanalysis.descriptor import VALUE


# --- dates -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("date", "first", "last"),
    [
        ("1999", "1999-01-01", "1999-12-31"),
        (1999, "1999-01-01", "1999-12-31"),
        ("1999-04", "1999-04-01", "1999-04-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("1815-06-09", "1815-06-09", "1815-06-09"),
    ],
)
def test_bounds_of_a_partial_date(date, first, last):
    assert csto.earliest(date) == pd.Timestamp(first)
    assert csto.latest(date) == pd.Timestamp(last)


def test_bounds_of_a_column_keep_what_is_missing():
    bounds = csto.latest(pd.Series(["1999-04", None, "1999"]))
    assert bounds.isna().tolist() == [False, True, False]
    assert bounds.iloc[0] == pd.Timestamp("1999-04-30")


@pytest.mark.parametrize(
    "text", ["99", "1999-4", "April 1999", "1999-13", "1999-02-30", "1999Q1", ""]
)
def test_a_date_that_is_none_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not") as error:
        csto.earliest(text)
    assert repr(text) in str(error.value)


SPELLS = pd.DataFrame(
    {
        "iso3": ["UZB", "UZB", "RUS"],
        "start": ["1992-05-15", "2006-06-23", "1992-05-15"],
        "end": ["1999-04-20", "2012-12-19", None],
    }
)


@pytest.mark.parametrize(
    ("as_of", "states"),
    [
        ("1992-05-14", []),
        ("1992-05-15", ["UZB", "RUS"]),
        ("1999-04-19", ["UZB", "RUS"]),
        ("1999-04-20", ["RUS"]),  # half-open: the day of exit is outside
        (2006, ["UZB", "RUS"]),  # a year is read as its last day
        (2012, ["RUS"]),
    ],
)
def test_in_force_on_the_days_uzbekistan_left_and_returned(as_of, states):
    assert csto.in_force(SPELLS, as_of)["iso3"].tolist() == states


def test_in_force_reads_an_empty_start_as_before_the_table():
    bases = pd.DataFrame({"opened": [None, "2001-12"], "closed": ["2005", "2014-06-03"]})
    assert len(csto.in_force(bases, 1995, start="opened", end="closed")) == 1
    assert len(csto.in_force(bases, 2010, start="opened", end="closed")) == 1


# --- panels ------------------------------------------------------------------------------------
def test_part_years_count_or_not():
    some = csto.to_state_years(SPELLS, 1992, 2013, partial="any").query("iso3 == 'UZB'")
    whole = csto.to_state_years(SPELLS, 1992, 2013, partial="all").query("iso3 == 'UZB'")
    assert some["year"].tolist() == [*range(1992, 2000), *range(2006, 2013)]
    assert whole["year"].tolist() == [*range(1993, 1999), *range(2007, 2012)]


def test_two_spells_that_touch_cover_the_whole_year():
    touching = pd.DataFrame(
        {"iso3": "ARM", "start": ["1995", "1999-04-20"], "end": ["1999-04-20", "2003"]}
    )
    assert csto.to_state_years(touching, 1999, 1999, partial="all")["share_of_year"].tolist() == [
        1.0
    ]


def test_state_years_sum_to_the_length_of_the_spells():
    panel = csto.to_state_years(SPELLS, 1990, 2020)
    lengths = csto.to_durations(SPELLS, 2020)["duration_years"].sum()
    assert panel["share_of_year"].sum() == pytest.approx(lengths, abs=0.02)


def test_open_spells_stop_at_the_last_known_day():
    panel = csto.to_state_years(SPELLS, 2025, 2026, until="2026-02")
    assert panel["share_of_year"].round(3).tolist() == [1.0, round(59 / 365, 3)]


def test_unknown_partial_is_refused():
    with pytest.raises(ValueError, match="'any' or 'all'"):
        csto.to_state_years(SPELLS, 1992, 2000, partial="some")


def test_dyad_years_are_all_pairs_once():
    years = pd.DataFrame({"iso3": ["C", "A", "B", "A"], "year": [2000, 2000, 2000, 2001]})
    dyads = csto.to_dyad_years(years)
    assert dyads[["iso3_1", "iso3_2", "year"]].values.tolist() == [
        ["A", "B", 2000],
        ["A", "C", 2000],
        ["B", "C", 2000],
    ]


def test_durations_are_censored_where_knowledge_ends():
    lives = csto.to_durations(SPELLS, "2010-01-01")
    assert lives["ended"].tolist() == [True, False, False]
    assert lives["duration_years"].iloc[0] == pytest.approx(6.93, abs=0.01)
    assert len(csto.to_durations(SPELLS, 2000)) == 2  # the return of 2006 is not yet known


# --- members -----------------------------------------------------------------------------------
def test_members_by_law_and_in_fact():
    """Armenia froze its part on 22 February 2024 and stays a party; Albania stayed away from the
    Warsaw Treaty since 1961 and left it on 12 September 1968."""
    spells = csto.load_membership_spells(["CSTO", "WTO"])
    of = dict(tuple(spells.groupby("organisation")))
    six = {"ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK"}
    assert csto.members(of["CSTO"], "2024-02-21", "exit") == six
    assert csto.members(of["CSTO"], "2024-02-22", "exit") == six - {"ARM"}
    assert csto.members(of["CSTO"], "2024-02-22") == csto.members(of["CSTO"], 2025, "member") == six
    assert "ALB" in csto.members(of["WTO"], "1968-09-11")
    assert "ALB" not in csto.members(of["WTO"], "1968-09-12")
    assert "ALB" not in csto.members(of["WTO"], 1965, "exit")
    with pytest.raises(ValueError, match="write 'member' or 'exit'"):
        csto.members(of["CSTO"], 2024, "frozen")


def spells_of(*rows):
    columns = ["organisation", "iso3", "status", "start", "end", "entry_mode", "exit_mode"]
    return pd.DataFrame(rows, columns=columns).astype("str").replace("None", None)


@pytest.mark.parametrize("as_of", ["1999", "2005", "2012-06", "2020", "2024"])
def test_spells_that_are_cut_at_a_freeze_give_the_members_of_the_day(as_of):
    table = spells_of(
        ("X", "AAA", "member", "2000", None, "founding", None),
        ("X", "AAA", "frozen", "2005-06", "2010", None, None),  # and took part again
        ("X", "BBB", "member", "2000", None, "founding", None),
        ("X", "BBB", "frozen", "2012-05", None, None, None),  # to this day
        ("X", "CCC", "member", "2000", "2015", "founding", "withdrawal"),
        ("X", "CCC", "frozen", "2003", "2015", None, None),  # until it left
        ("X", "DDD", "observer", "2000", None, None, None),
    )
    cut = csto.member_spells(table, "exit")
    assert set(csto.in_force(cut, as_of)["iso3"]) == csto.members(table, as_of, "exit")
    assert cut[["iso3", "start", "end", "exit_mode"]].fillna("").values.tolist() == [
        ["AAA", "2000", "2005-06", "freeze"],
        ["AAA", "2010", "", ""],
        ["BBB", "2000", "2012-05", "freeze"],
        ["CCC", "2000", "2003", "freeze"],
    ]
    assert csto.member_spells(table)["iso3"].tolist() == ["AAA", "BBB", "CCC"]
    with pytest.raises(ValueError, match="write 'member' or 'exit'"):
        csto.member_spells(table, "both")


def test_a_freeze_in_one_organisation_ends_nothing_in_another():
    spells = csto.member_spells(csto.load_membership_spells(), "exit").query("iso3 == 'ARM'")
    assert spells.query("organisation == 'CSTO'")["end"].tolist() == ["2024-02-22"]
    assert spells.query("organisation == 'CIS'")["end"].isna().all()


# --- checks ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "rule", "words"),
    [
        ("CTSO", {"choices": ["CSTO", "NATO"]}, "did you mean 'CSTO'"),
        ([], {"choices": ["CSTO"]}, "empty list"),
        (["CSTO", "CSTO"], {"choices": ["CSTO"]}, "twice"),
        (1800, {"between": (1992, 2026)}, "from 1992 to 2026"),
        (True, {"between": (0, 1)}, "out of range"),
        ("2010", {"between": (1992, 2026)}, "out of range"),
        ("2027", {"between": ("1992", "2026-02")}, "from 1992 to 2026-02"),
        ("soon", {"between": ("1992", "2026-02")}, "YYYY-MM-DD"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(value, rule, words):
    with pytest.raises(ValueError, match=r"\.$") as error:
        csto.check("parameter", value, **rule)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["1992", 2010, "2026-02", "2026-02-28", 2026, "1999-04-20"])
def test_years_and_iso_dates_within_the_bounds_pass(value):
    assert csto.check("as_of", value, between=("1992", "2026-02")) is None


# --- loaders -----------------------------------------------------------------------------------
def test_an_unknown_table_or_organisation_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'bases'"):
        csto.load_table("base")
    with pytest.raises(ValueError, match="did you mean 'CSTO'"):
        csto.load_membership_spells("CSTOO")


@pytest.mark.parametrize("name", csto.table_names())
def test_every_table_loads_as_its_codebook_says(name):
    """A table has a loader of its own only where there is something to choose or to warn of."""
    loader = getattr(csto, f"load_{name}", None)
    assert loader is None or "one row per" in loader.__doc__
    frame, codebook = csto.load_table(name), csto.describe_table(name)
    assert list(frame.columns) == codebook["name"].tolist()
    assert codebook["description"].str.len().min() > 10


# --- sources, figures --------------------------------------------------------------------------
def test_sources_of_counts_the_rows_that_were_used():
    spells = csto.load_membership_spells("CSTO")
    used = csto.sources_of(spells, spells)
    assert used["n_rows"].sum() == 2 * len(spells)
    assert set(used["source_key"]) == set(spells["source_key"])


def shown(capsys, monkeypatch, module, call):
    """HTML that a call would display."""
    outputs = []
    monkeypatch.setattr(module, "display", lambda data, raw=False: outputs.append(data))
    call()
    return outputs[0]["text/html"] if isinstance(outputs[0], dict) else outputs[0].data


def test_a_page_cites_sources_and_fingerprints(capsys, monkeypatch):
    spells = csto.load_membership_spells("CSTO")
    html = shown(
        capsys,
        monkeypatch,
        sources,
        lambda: csto.cite_page({"membership_spells": spells}),
    )
    assert csto.fingerprint("membership_spells") in html
    assert f">{len(spells)}</td>" in html
    assert "Leeds, B. A.; Ritter, J. M.; Mitchell, S. M.; Long, A. G. (2022)." in html


def test_a_source_is_named_in_one_way():
    """Author before publisher, a version as a sentence, an address only where it is one."""
    source = {"author": "A. B.", "publisher": "C", "title": "T.", "year": 2022, "url": "ftp://x"}
    said = sources.reference({**source, "version": "12.1"}, rows="Rows: 3")
    assert said == ("A. B. (2022).", "T", "", "C. Version 12.1. Rows: 3.")
    assert str(sources.reference({"publisher": "C", "title": "T"})) == "C (n.d.). T."


def test_values_of_a_table_are_data():
    """A column says its kind; what is missing is nothing, what is infinite a sign."""
    frame = pd.DataFrame({"a": ["=1+1", None], "n": [-1.5, float("inf")], "year": [1992, 2020]})
    data = show.table_data(frame, digits=2)
    assert [c["kind"] for c in data["columns"]] == ["text", "number", "integer"]
    assert data["rows"] == [["=1+1", -1.5, 1992], [None, "∞", 2020]]


def test_publish_states_interval_and_reference():
    """Bounds and what to hold it against travel with the value; what is not given does not."""
    InteractiveShell.instance()
    with capture_output() as shown:
        csto.publish(
            "share", 0.25, "of exits", low=0.125, high=0.5, reference="a half", headline=True
        )
    InteractiveShell.clear_instance()
    data = {"name": "share", "value": 0.25, "unit": "of exits", "low": 0.125, "high": 0.5}
    assert shown.outputs[0].data[VALUE] == data | {"reference": "a half", "headline": True}
    assert shown.outputs[0].data["text/plain"] == "share = 0.25 of exits (0.125 to 0.5)"


def test_a_figure_is_numbered_described_and_the_same_each_time(capsys, monkeypatch):
    def draw():
        csto.use_style()
        fig, ax = plt.subplots()
        ax.plot([1, 2], [3, 4])
        csto.show_figure(fig, 2, "A caption.", 'Alt "text"', "Nobody")

    first, second = (shown(capsys, monkeypatch, show, draw) for _ in range(2))
    assert first == second
    assert 'id="fig-2"' in first
    assert "&quot;text&quot;" in first
    assert plt.get_fignums() == []


def test_a_table_aligns_numbers_and_marks_what_is_missing(capsys, monkeypatch):
    frame = pd.DataFrame({"state": ["A<b>", "B"], "value": [1234.567, None]})
    html = shown(capsys, monkeypatch, show, lambda: csto.show_table(frame, 1, "Caption.", digits=2))
    assert "1,234.57" in html
    assert "–" in html
    assert "A&lt;b&gt;" in html
    assert 'id="table-1"' in html


# --- published values --------------------------------------------------------------------------
PLAIN = [(3, 3), (1.0, 1), (np.float64(0.5), 0.5), (np.int64(7), 7), (np.True_, True), ("so", "so")]
MISSING = [(value, None) for value in (None, float("nan"), pd.NA, np.float64("nan"))]


@pytest.mark.parametrize(("value", "stored"), PLAIN + MISSING)
def test_publish_shows_one_plain_value_under_its_own_mime_type(value, stored):
    InteractiveShell.instance()  # what a notebook's kernel provides
    with capture_output() as shown:
        csto.publish("exit_rate", value, unit="exits per 100 member-years")
    InteractiveShell.clear_instance()
    (output,) = shown.outputs
    data = {"name": "exit_rate", "value": stored, "unit": "exits per 100 member-years"}
    assert output.data[VALUE] == data
    assert type(output.data[VALUE]["value"]) is type(stored)
    assert output.data["text/plain"] == f"exit_rate = {stored} exits per 100 member-years"


def test_publish_refuses_what_no_table_can_hold():
    with pytest.raises(ValueError, match="'Exit rate' is no name"):
        csto.publish("Exit rate", 1)
    with pytest.raises(TypeError, match="spells is a list: publish one plain value"):
        csto.publish("spells", [1, 2])
