"""Partial dates: strings ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` whose length is their precision.

A date that is known to the month stays known to the month; nothing is padded. Where an analysis
needs a day, :func:`earliest` and :func:`latest` give the two bounds that the string allows.
"""

import re
from functools import cache

import numpy as np
import pandas as pd

_PARTIAL = re.compile(r"(?!0000)\d{4}(-\d{2}(-\d{2})?)?")


@cache
def _day(text: str, edge: str) -> pd.Timestamp:
    if not _PARTIAL.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD, for example 1999-04."
        )
    try:
        span = np.datetime64(text)  # in years, months or days
        day = span.astype("M8[D]") if edge == "start" else (span + 1).astype("M8[D]") - 1
        return pd.Timestamp(day.astype("M8[s]"))
    except ValueError:
        raise ValueError(f"{text!r} is not in the calendar: check its month and day.") from None


def _bound(date, edge: str):
    if isinstance(date, str):
        return _day(date, edge)
    if isinstance(date, pd.Series):
        if date.dtype.kind == "M":
            return date
        codes, texts = pd.factorize(date)  # -1 for a missing one: the last of the days
        days = [*(_bound(text, edge).to_datetime64() for text in texts), np.datetime64("NaT")]
        return pd.Series(np.array(days, "datetime64[s]")[codes], date.index, name=date.name)
    if pd.isna(date):
        return pd.NaT
    if isinstance(date, pd.Timestamp):
        return date
    return _day(str(date), edge)


def earliest(date):
    """First day that a partial date can mean.

    Parameters
    ----------
    date : str, int, Timestamp or Series
        ``1999``, ``"1999-04"``, ``"1999-04-20"``, or a column of such strings.

    Returns
    -------
    Timestamp or Series of datetime64
        Missing dates stay missing (``NaT``).

    Raises
    ------
    ValueError
        If the text is not a partial ISO date.

    Examples
    --------
    >>> earliest("1999-04")
    Timestamp('1999-04-01 00:00:00')
    """
    return _bound(date, "start")


def latest(date):
    """Last day that a partial date can mean; see :func:`earliest`.

    Examples
    --------
    >>> latest(1999)
    Timestamp('1999-12-31 00:00:00')
    """
    return _bound(date, "end")


def whole_years(start, end) -> int:
    """Years that are over between two partial dates, from the first day of one to the last of the other.

    Examples
    --------
    >>> whole_years("1992-05-15", "2022-05-14"), whole_years("1992-05-15", "2022-05-15")
    (29, 30)
    """
    start, end = earliest(start), latest(end)
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def in_force(frame: pd.DataFrame, as_of, start: str = "start", end: str = "end") -> pd.DataFrame:
    """Rows whose half-open spell ``[start, end)`` holds on a day.

    Parameters
    ----------
    frame : DataFrame
        Any table with two columns of partial dates.
    as_of : int or str
        A year or ISO date, read as its **last** day: ``1992`` asks for 31 December 1992.
    start, end : str
        Names of the two columns (``opened`` and ``closed`` in ``bases``).

    Returns
    -------
    DataFrame
        The rows in force, with their index. An empty start means since before the table begins,
        an empty end means in force at its coverage end. A date known to the month or year counts
        from its first day.
    """
    day = latest(as_of).to_datetime64()
    begins, ends = earliest(frame[start]).to_numpy(), earliest(frame[end]).to_numpy()
    return frame[(np.isnat(begins) | (begins <= day)) & (np.isnat(ends) | (ends > day))]
