"""Change the shape of spells: members on a day, state-years, dyad-years, durations.

Nothing here draws a conclusion. The conventions follow the state-panel functions of peace science
(for example ``state_panel(partial=)`` in A. Beger's R package *states*).
"""

import pandas as pd

from cstoanalysis.dates import earliest, in_force, latest


def to_state_years(
    spells: pd.DataFrame, start_year: int, end_year: int, partial: str = "any", until=None
) -> pd.DataFrame:
    """Turn spells into one row per state and year.

    Parameters
    ----------
    spells : DataFrame
        Columns ``iso3``, ``start``, ``end`` (partial dates, half-open); ``organisation`` and
        ``status`` are kept as keys when present.
    start_year, end_year : int
        First and last year, both included.
    partial : {"any", "all"}
        Which part-years count: ``"any"`` keeps a year with at least one day in the spell,
        ``"all"`` only years that the spells cover from 1 January to 31 December.
    until : int or str, optional
        Last day that is known; open spells and years stop there. Default: the end of ``end_year``.

    Returns
    -------
    DataFrame
        Keys, ``year`` and ``share_of_year`` (0–1, the part of the calendar year covered; summed
        over a state's spells), sorted by the keys.
    """
    if partial not in ("any", "all"):
        raise ValueError(f"partial = {partial!r} is not known: write 'any' or 'all'.")
    keys = [key for key in ("organisation", "status", "iso3") if key in spells]
    stop = latest(end_year if until is None else until) + pd.Timedelta(days=1)
    years = pd.DataFrame({"year": range(int(start_year), int(end_year) + 1)})
    panel = spells.assign(
        first=earliest(spells["start"]).fillna(earliest(start_year)),
        over=earliest(spells["end"]).fillna(stop).clip(upper=stop),
    ).merge(years, how="cross")
    opens = panel["year"].map(earliest).astype("datetime64[s]")
    closes = (panel["year"] + 1).map(earliest).astype("datetime64[s]")
    days = (panel["over"].clip(upper=closes) - panel["first"].clip(lower=opens)).dt.days
    panel["share_of_year"] = days.clip(lower=0) / (closes - opens).dt.days
    shares = panel.groupby([*keys, "year"], as_index=False)["share_of_year"].sum()
    wanted = shares["share_of_year"] > 0 if partial == "any" else shares["share_of_year"] > 1 - 1e-9
    return shares[wanted].reset_index(drop=True)


def to_dyad_years(state_years: pd.DataFrame) -> pd.DataFrame:
    """Pair the states that share a year (and organisation, status): undirected dyad-years.

    Parameters
    ----------
    state_years : DataFrame
        As :func:`to_state_years` returns it.

    Returns
    -------
    DataFrame
        ``iso3_1 < iso3_2`` and the shared keys, one row per dyad and year.
    """
    keys = [key for key in ("organisation", "status", "year") if key in state_years]
    slim = state_years[["iso3", *keys]].drop_duplicates()
    pairs = slim.merge(slim, on=keys, suffixes=("_1", "_2")).query("iso3_1 < iso3_2")
    return pairs.sort_values(["iso3_1", "iso3_2", *keys], ignore_index=True)


def to_durations(spells: pd.DataFrame, censored_at) -> pd.DataFrame:
    """Add how long each spell lasted and whether its end was seen.

    Parameters
    ----------
    spells : DataFrame
        Columns ``start`` and ``end`` (partial dates).
    censored_at : int or str, or Series of them
        Last day that is known; spells still open then are right-censored. Spells that start later
        are dropped.

    Returns
    -------
    DataFrame
        The spells with ``duration_years`` (days / 365.25) and ``ended`` (False = right-censored).
    """
    begin, finish = earliest(spells["start"]), earliest(spells["end"])
    known = latest(censored_at)
    ended = finish.notna() & (finish <= known)
    days = (finish.where(ended, known) - begin).dt.days
    return spells.assign(duration_years=days / 365.25, ended=ended)[days >= 0]


def member_spells(spells: pd.DataFrame, count_frozen: str = "member") -> pd.DataFrame:
    """Spells of full members, a frozen one kept or cut.

    Parameters
    ----------
    spells : DataFrame
        As :func:`load_membership_spells` returns it, with rows of other states (frozen, observer).
    count_frozen : {"member", "exit"}
        ``"member"``: a state that is bound counts, whether it takes part or not. ``"exit"``: its
        spell ends where the freeze begins (``exit_mode`` is ``freeze``), and a new one begins
        where the freeze ends.

    Returns
    -------
    DataFrame
        The rows whose ``status`` is ``member``, in their order and with their index.
    """
    if count_frozen not in ("member", "exit"):
        raise ValueError(f"count_frozen = {count_frozen!r} is not known: write 'member' or 'exit'.")
    bound = spells[spells["status"] == "member"]
    froze = spells[spells["status"] == "frozen"]
    if count_frozen == "member":
        return bound
    for freeze in froze.itertuples():
        same = (bound["organisation"] == freeze.organisation) & (bound["iso3"] == freeze.iso3)
        cut = in_force(bound[same], freeze.start).index
        after = bound.loc[cut].assign(start=freeze.end, entry_mode="return")
        after = after[
            after["start"].notna() & ~(earliest(after["start"]) >= earliest(after["end"]))
        ]
        at = bound.index.isin(cut)
        bound = bound.assign(
            end=bound["end"].mask(at, freeze.start), exit_mode=bound["exit_mode"].mask(at, "freeze")
        )
        bound = pd.concat([bound, after]).sort_index(kind="stable") if len(after) else bound
    return bound


def members(spells: pd.DataFrame, as_of, count_frozen: str = "member") -> frozenset[str]:
    """States that are members on a day; a frozen one counts, or not.

    Parameters
    ----------
    spells : DataFrame
        Spells of one organisation or of several, with ``status``, ``start`` and ``end``.
    as_of : int or str
        A year or ISO date, read as its **last** day.
    count_frozen : {"member", "exit"}
        As for :func:`member_spells`.

    Examples
    --------
    >>> import cstoanalysis as csto
    >>> spells = csto.load_membership_spells("CSTO")
    >>> sorted(csto.members(spells, 2025, "exit"))
    ['BLR', 'KAZ', 'KGZ', 'RUS', 'TJK']
    """
    if count_frozen not in ("member", "exit"):
        raise ValueError(f"count_frozen = {count_frozen!r} is not known: write 'member' or 'exit'.")
    held = in_force(spells, as_of)
    gone = held.loc[held["status"] == "frozen", "iso3"] if count_frozen == "exit" else []
    return frozenset(held.loc[held["status"] == "member", "iso3"]) - frozenset(gone)
