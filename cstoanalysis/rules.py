"""What holds between dates, rows and tables, beyond the descriptor.

A rule is a function of tables that are sound by themselves, and yields a fault for each row that
breaks it. It stands with the names of these tables in ``RULES``, which `csto check` goes through.
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from cstoanalysis.dates import earliest, in_force, latest
from cstoanalysis.validate import Fault, Table

# Columns that begin and end a spell: half-open, or with the last day inside.
SPELLS = {
    "states": ("start", "end"),
    "organisations": ("founded", "ended"),
    "membership_spells": ("start", "end"),
    "article_spells": ("start", "end"),
    "alliance_spells": ("start", "end"),
    "alliance_dyads": ("start", "end"),
    "bases": ("opened", "closed"),
    "capitals": ("start", "end"),
    "officials": ("start", "end"),
    "chairmanships": ("start", "end"),
    "leaders": ("start", "end"),
}
DAYS = {
    "exercises": ("start", "end"),
    "opinion_polls": ("start", "end"),
    "conflict_events": ("start", "last_day"),
    "russian_operations": ("start", "last_day"),
    "arms_transfers": ("start_year", "end_year"),
    "eu_members": ("first_edition", "last_edition"),
}
RANGES = {
    "capacity": ("value_low", "value_high"),
    "personnel_iiss": ("value_low", "value_high"),
    "article_figures": ("value_low", "value_high"),
    "un_ideal_points": ("ideal_point_q05", "ideal_point_q95"),
    "regimes": ("low", "high"),
    "conflict_events": ("deaths_low", "deaths_high"),
}
UNDIRECTED = ["alliance_dyads", "conflict_dyads", "land_borders", "un_agreement"]
# Columns of a state and of the time at which it has to exist: a spell has to overlap its life.
LIVES = [
    ("membership_spells", "iso3", "start", "end"),
    ("alliance_spells", "iso3", "start", "end"),
    ("bases", "host_iso3", "opened", "closed"),
    ("bases", "operator_iso3", "opened", "closed"),
    ("capitals", "iso3", "start", "end"),
    ("leaders", "iso3", "start", "end"),
    ("officials", "iso3", "start", "end"),
    ("meetings", "host_iso3", "date", "date"),
    ("exercises", "host_iso3", "start", "start"),
    ("assistance_requests", "asker", "date", "date"),
    ("milex", "iso3", "year", "year"),
    ("un_agreement", "iso3_1", "year", "year"),
    ("un_agreement", "iso3_2", "year", "year"),
    ("conflict_dyads", "iso3_1", "year", "year"),
    ("conflict_dyads", "iso3_2", "year", "year"),
    ("land_borders", "iso3_1", "year", "year"),
    ("land_borders", "iso3_2", "year", "year"),
]
FIRST, LAST = pd.Timestamp.min.as_unit("s"), pd.Timestamp.max.as_unit("s")


def _filled(column: pd.Series) -> pd.Series:
    """A column with empty cells as missing ones."""
    return column.where(column != "")


def _first(column: pd.Series) -> pd.Series:
    return earliest(_filled(column))


def ends_after_it_starts(start: str, end: str, half_open: bool, table: Table) -> Iterator[Fault]:
    """A date known to the year or month gets the benefit of the doubt; an empty spell does not."""
    frame = table.frame
    wrong = latest(_filled(frame[end])) < _first(frame[start])
    if half_open:
        wrong |= (frame[start] == frame[end]) & (frame[start].str.len() == 10)
    yield from table.faults(wrong, end, f"does not lie after {start}")


def low_below_high(low: str, high: str, table: Table) -> Iterator[Fault]:
    """The lower end of a range is not above the upper one."""
    wrong = pd.to_numeric(table.frame[low]) > pd.to_numeric(table.frame[high])
    yield from table.faults(wrong, high, f"lies below {low}")


def pairs_in_order(table: Table) -> Iterator[Fault]:
    """An undirected pair stands once, the first code before the second."""
    wrong = table.frame["iso3_1"] >= table.frame["iso3_2"]
    yield from table.faults(wrong, "iso3_2", "has to come after iso3_1 in the alphabet")


def in_the_life_of_the_state(
    state: str, start: str, end: str, table: Table, states: Table
) -> Iterator[Fault]:
    """Nothing is said of a state wholly before it began or after it ended; no spell outlives it.

    When a de facto entity begins is itself in dispute, and plays no part.
    """
    lives = states.frame.set_index("iso3")
    starts = _first(lives["start"]).where(lives["kind"] != "de_facto")
    born = table.frame[state].map(starts).fillna(FIRST)
    ended = table.frame[state].map(_first(lives["end"])).fillna(LAST)
    begun = _first(table.frame[start]).fillna(FIRST)
    over = latest(_filled(table.frame[end])).fillna(LAST)
    wrong = (over < born) | (begun >= ended)
    if start != end:
        wrong |= _first(table.frame[end]).fillna(LAST) > ended
    yield from table.faults(wrong, state, f"did not exist then ({start}, {end}), by states")


def spells_do_not_overlap(spells: Table) -> Iterator[Fault]:
    """One organisation, state and status: one spell at a time. The key sorts them by their start."""
    frame = spells.frame.assign(over=_first(spells.frame["end"]).fillna(LAST))
    before = frame.groupby(["organisation", "iso3", "status"])["over"].shift()
    wrong = before > _first(frame["start"])
    yield from spells.faults(wrong, "start", "lies in another spell of the same status")


def freezes_lie_within_a_tie(spells: Table) -> Iterator[Fault]:
    """Nobody freezes, or is suspended, where it is neither member nor partner."""
    frame, wrong = spells.frame, []
    ties = frame[frame["status"].isin(["member", "partner"])].map(lambda cell: cell or None)
    for row in frame.itertuples():
        own = ties[(ties["organisation"] == row.organisation) & (ties["iso3"] == row.iso3)]
        over = row.status in ("frozen", "suspended")
        wrong.append(over and in_force(own, row.start).empty)
    yield from spells.faults(wrong, "status", "lies over no member or partner row")


def ends_have_a_mode(spells: Table) -> Iterator[Fault]:
    """A spell that ended says how, an open one does not."""
    wrong = (spells.frame["end"] == "") != (spells.frame["exit_mode"] == "")
    yield from spells.faults(wrong, "exit_mode", "does not go with end: both or neither")


def spells_end_with_the_organisation(spells: Table, organisations: Table) -> Iterator[Fault]:
    """An organisation that was dissolved has no members afterwards."""
    ended = latest(_filled(organisations.frame.set_index("organisation")["ended"]))
    last = spells.frame["organisation"].map(ended)
    wrong = last.notna() & (_first(spells.frame["end"]).fillna(LAST) > last)
    yield from spells.faults(wrong, "end", "lies after the end of the organisation")


def spells_rest_on_acts(spells: Table, actions: Table) -> Iterator[Fault]:
    """Each start and end of a spell in the CSTO is the date of an act of that state."""
    acts = actions.frame[actions.frame["organisation"] == "CSTO"]
    known = set(zip(acts["iso3"], acts["date"], strict=True))
    for edge in ("start", "end"):
        dated = (spells.frame["organisation"] == "CSTO") & (spells.frame[edge] != "")
        pairs = zip(dated, spells.frame["iso3"], spells.frame[edge], strict=True)
        wrong = [here and (iso3, date) not in known for here, iso3, date in pairs]
        yield from spells.faults(wrong, edge, "is the date of no act in treaty_actions")


def _are_members(spells: Table, organisation: str, date: str) -> set[str]:
    frame = spells.frame.map(lambda cell: cell or None)
    own = frame[(frame["organisation"] == organisation) & (frame["status"] == "member")]
    return set(in_force(own, date)["iso3"])


def only_members_are_absent(meetings: Table, spells: Table) -> Iterator[Fault]:
    """Who is missed at a meeting is a member on that day."""
    rows = meetings.frame[["organisation", "date", "absent"]].itertuples(index=False)
    wrong = [bool(set(a.split()) - _are_members(spells, o, d)) if a else False for o, d, a in rows]
    yield from meetings.faults(wrong, "absent", "names a state that was no member on that day")


def participants_fit(participants: Table, exercises: Table, spells: Table) -> Iterator[Fault]:
    """Only what was held has participants; that a state which was no member is missed needs a note."""
    held = exercises.frame.set_index("exercise_id")
    rows = participants.frame[["exercise_id", "iso3", "role", "note"]]
    wrong = rows["exercise_id"].map(held["status"]) != "held"
    yield from participants.faults(wrong, "exercise_id", "was not held, by exercises")
    start = rows["exercise_id"].map(held["start"])
    members = {date: _are_members(spells, "CSTO", date) for date in start.unique()}
    wrong = [
        row.role == "absent" and row.iso3 not in members[date] and not row.note
        for row, date in zip(rows.itertuples(), start, strict=True)
    ]
    told = "is absent and was no member of the CSTO then, with no note that says why"
    yield from participants.faults(wrong, "iso3", told)


def hosts_take_part(exercises: Table, participants: Table) -> Iterator[Fault]:
    """The host of an exercise held stands among its participants."""
    hosts = participants.frame[participants.frame["role"] == "host"]
    known = set(zip(hosts["exercise_id"], hosts["iso3"], strict=True))
    rows = exercises.frame[["exercise_id", "host_iso3", "status"]].itertuples(index=False)
    wrong = [s == "held" and bool(host) and (e, host) not in known for e, host, s in rows]
    yield from exercises.faults(wrong, "host_iso3", "is no host in exercise_participants")


def bases_are_abroad(bases: Table) -> Iterator[Fault]:
    """Nobody has a base abroad at home; what is closed has an end."""
    frame = bases.frame
    same = frame["operator_iso3"] == frame["host_iso3"]
    yield from bases.faults(same, "host_iso3", "is the operator itself")
    closed = (frame["status"] == "closed") & (frame["closed"] == "")
    active = frame["status"].isin(["active", "planned"]) & (frame["closed"] != "")
    yield from bases.faults(closed | active, "status", "does not go with closed")


RULES = [
    *((partial(ends_after_it_starts, *edges, True), (name,)) for name, edges in SPELLS.items()),
    *((partial(ends_after_it_starts, *edges, False), (name,)) for name, edges in DAYS.items()),
    *((partial(low_below_high, *ends), (name,)) for name, ends in RANGES.items()),
    *((pairs_in_order, (name,)) for name in UNDIRECTED),
    *((partial(in_the_life_of_the_state, *of), (name, "states")) for name, *of in LIVES),
    (spells_do_not_overlap, ("membership_spells",)),
    (freezes_lie_within_a_tie, ("membership_spells",)),
    (ends_have_a_mode, ("membership_spells",)),
    (spells_end_with_the_organisation, ("membership_spells", "organisations")),
    (spells_rest_on_acts, ("membership_spells", "treaty_actions")),
    (only_members_are_absent, ("meetings", "membership_spells")),
    (participants_fit, ("exercise_participants", "exercises", "membership_spells")),
    (hosts_take_part, ("exercises", "exercise_participants")),
    (bases_are_abroad, ("bases",)),
]
