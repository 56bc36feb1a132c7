"""Hold the articles' claims against the tables: where a table can decide, the verdict is computed.

A row of ``claim_checks`` is either coded by hand (``verdict``, with the source that was read) or a
sentence in columns: of ``table``, keep the rows in force ``as_of`` a day, then those of ``query``;
``measure`` them; the result must stand in ``relation`` to what the article leads one to ``expect``.
"""

from functools import cache

import numpy as np
import pandas as pd

from cstoanalysis.data import load_table
from cstoanalysis.dates import earliest, in_force, latest
from cstoanalysis.descriptor import coverage_end

VERDICTS = ["confirmed", "close", "contested", "contradicted", "not_testable"]
MEASURES = {  # name -> values found in the rows; what follows its colons are the arguments
    "count": lambda rows: [len(rows)],
    "nunique": lambda rows, column: [rows[column].nunique()],
    "set": lambda rows, column: [";".join(sorted(rows[column].dropna().unique()))],
    "values": lambda rows, column: sorted(rows[column].dropna().unique()),  # rivals side by side
    "min": lambda rows, column: [rows[column].min()],
    "max": lambda rows, column: [rows[column].max()],
    "mean": lambda rows, column: [rows[column].mean()],
    "sum": lambda rows, column: [rows[column].sum(min_count=1)],
    "largest": lambda rows, column, name: rows.nlargest(1, column)[name].tolist(),
    "smallest": lambda rows, column, name: rows.nsmallest(1, column)[name].tolist(),
    "share": lambda rows, part: [len(_part(rows, part)) / len(rows) if len(rows) else np.nan],
    "ratio": lambda rows, column, part, whole=None: [
        _part(rows, part)[column].sum(min_count=1) / _part(rows, whole)[column].sum(min_count=1)
    ],
    "difference": lambda rows, column, one, other: [
        _part(rows, one)[column].mean() - _part(rows, other)[column].mean()
    ],
    "years": lambda rows, first, last: list(
        (earliest(rows[last]) - earliest(rows[first])).dt.days / 365.25
    ),
}
RELATIONS = {  # name -> by how much a signed miss (what was found less what was expected) breaks it
    "equals": abs,
    "at_least": lambda miss: max(-miss, 0),
    "at_most": lambda miss: max(miss, 0),
    "over": lambda miss: max(-miss, 0) if miss else 1e-9,
    "under": lambda miss: max(miss, 0) if miss else 1e-9,
}


def check_claims(tables: dict | None = None, leniency: float = 1.0) -> pd.DataFrame:
    """Judge every check of ``claim_checks`` by the tables as they are now.

    Parameters
    ----------
    tables : dict of str to DataFrame, optional
        Tables to use instead of the published ones; ``claim_checks`` may be among them.
    leniency : float
        Factor on the tolerances, see :func:`judge`.

    Returns
    -------
    DataFrame
        ``claim_checks`` with ``reference`` (what the record says), ``source_key`` (of the rows used),
        ``verdict``, ``computed`` (a table decided), and the smallest and largest miss (``nearest,
        farthest``: relative for numbers, days for partial dates).
    """
    given = tables or {}

    @cache
    def table(name, as_of=None):
        rows = given[name] if name in given else load_table(name)
        spell = ["opened", "closed"] if "opened" in rows else []
        return rows if pd.isna(as_of) else in_force(rows, as_of, *spell)

    @cache
    def members(organisation, day=None):
        spells = table("membership_spells", day or coverage_end())
        return spells.query("status == 'member' and organisation == @organisation")["iso3"].tolist()

    @cache  # several checks look at the same rows; a query may name @members("CSTO", "2022")
    def look_up(name, as_of, query):
        return _part(table(name, as_of), query, members=members)

    def measure(check):
        if pd.notna(check.verdict):
            return check.reference, check.source_key, np.nan, np.nan
        rows = look_up(check.table, check.as_of, check.query)
        name, *arguments = check.measure.split(":")
        found = [value for value in MEASURES[name](rows, *arguments) if pd.notna(value)]
        misses = [RELATIONS[check.relation](_miss(value, str(check.expected))) for value in found]
        shown = [f"{v:.{4 if v < 1e4 else 15}g}" if isinstance(v, float) else str(v) for v in found]
        sources = "; ".join(sorted(rows["source_key"].unique())) or check.source_key
        return "; ".join(shown), sources, min(misses, default=np.nan), max(misses, default=np.nan)

    checks = table("claim_checks")
    columns = ["reference", "source_key", "nearest", "farthest"]
    found = pd.DataFrame(map(measure, checks.itertuples()), checks.index, columns)
    return judge(checks.assign(computed=checks["verdict"].isna(), **found), leniency)


def judge(checked: pd.DataFrame, leniency: float = 1.0) -> pd.DataFrame:
    """Verdicts from the misses: ``leniency`` 0 asks for exact agreement, 2 forgives twice as much.

    A miss up to ``tolerance`` is ``confirmed``, up to ``close`` is ``close``, else ``contradicted``;
    rivals on both sides make ``contested``, no rows (or no source seen) ``not_testable``.
    """
    limits = leniency * checked[["tolerance", "close"]].fillna(0)
    nearest, farthest, limit = checked["nearest"], checked["farthest"], limits.max(axis=1)
    rules = [nearest.isna(), farthest <= limits["tolerance"], farthest <= limit, nearest > limit]
    found = np.select(rules, ["not_testable", "confirmed", "close", "contradicted"], "contested")
    return checked.assign(verdict=checked["verdict"].where(~checked["computed"], found))


def together(verdicts) -> str:
    """One verdict from several: their common one, or ``contested`` if they are on both sides."""
    kinds = set(verdicts) - {"not_testable"} or {"not_testable"}
    if len(kinds) == 1:
        return kinds.pop()
    return "close" if kinds == {"confirmed", "close"} else "contested"


def _part(rows, query, **names) -> pd.DataFrame:
    return rows if pd.isna(query) else rows.query(query, local_dict=names, engine="python")


def _miss(value, expected: str) -> float:
    """Signed distance of value and expectation: relative, in days, or infinite between names."""
    try:
        if not isinstance(value, str):
            return (float(value) - float(expected)) / (abs(float(expected)) or 1)
        after, before = earliest(value) - latest(expected), earliest(expected) - latest(value)
    except ValueError:
        return 0 if str(value) == expected else np.inf
    return max(after.days, 0) - max(before.days, 0)
