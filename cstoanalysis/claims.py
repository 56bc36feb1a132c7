"""Hold the articles' claims against the tables: where a table can decide, the verdict is computed.

A row of ``claim_checks`` is either coded by hand (``verdict``, with the source that was read) or a
sentence in columns: of ``table``, keep the rows in force ``as_of`` a day, then those of ``query``;
``measure`` them; the result must stand in ``relation`` to what the article leads one to ``expect``.
"""

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
    "share": lambda rows, part: [
        len(rows.query(part, engine="python")) / len(rows) if len(rows) else np.nan
    ],
    "ratio": lambda rows, column, part, whole="index == index": [
        rows.query(part, engine="python")[column].sum(min_count=1)
        / rows.query(whole, engine="python")[column].sum(min_count=1)
    ],
    "difference": lambda rows, column, one, other: [
        rows.query(one, engine="python")[column].mean()
        - rows.query(other, engine="python")[column].mean()
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
        Factor on ``tolerance`` and ``close``: 0 asks for exact agreement, 2 forgives twice as much.

    Returns
    -------
    DataFrame
        One row per check: ``check_id, claim_id, table, reference`` (what the record says),
        ``expected, verdict, computed`` (a table decided), ``source_key`` (of the rows that did) and
        ``note``. Misses are relative for numbers, days between the nearest days for partial dates.
        Up to ``tolerance`` is ``confirmed``, up to ``close`` is ``close``, else ``contradicted``;
        rivals on both sides make ``contested``, no rows (or no source seen) ``not_testable``.
    """
    given = dict(tables or {})

    def table(name):
        return given[name] if name in given else given.setdefault(name, load_table(name))

    judged = [_judge(check, table, leniency) for check in table("claim_checks").itertuples()]
    columns = ["check_id", "claim_id", "table", "reference", "expected", "verdict", "computed"]
    return pd.DataFrame(judged, columns=[*columns, "source_key", "note"])


def together(verdicts) -> str:
    """One verdict from several: their common one, or ``contested`` if they are on both sides."""
    kinds = set(verdicts) - {"not_testable"} or {"not_testable"}
    if len(kinds) == 1:
        return kinds.pop()
    return "close" if kinds == {"confirmed", "close"} else "contested"


def _judge(check, table, leniency) -> tuple:
    result = (check.reference, check.expected, check.verdict, False, check.source_key)
    if pd.isna(check.verdict):
        rows = _rows(check, table)
        name, *arguments = check.measure.split(":")
        found = [value for value in MEASURES[name](rows, *arguments) if pd.notna(value)]
        verdict = together(_verdict(value, check, leniency) for value in found)
        shown = "; ".join(f"{v:.4g}" if isinstance(v, float) and v < 1e4 else str(v) for v in found)
        sources = "; ".join(sorted(rows["source_key"].unique())) or check.source_key
        result = (shown, check.expected, verdict, True, sources)
    return (check.check_id, check.claim_id, check.table, *result, check.note)


def _rows(check, table) -> pd.DataFrame:
    """Rows that the check speaks of; its query may name ``@members("CSTO", "2022")``."""

    def members(organisation, day=None):
        spells = table("membership_spells").query("status == 'member'")
        spells = spells[spells["organisation"] == organisation]
        return sorted(in_force(spells, day or coverage_end())["iso3"])

    rows = table(check.table)
    if pd.notna(check.as_of):
        spell = ("opened", "closed") if "opened" in rows else ("start", "end")
        rows = in_force(rows, check.as_of, *spell)
    if pd.isna(check.query):
        return rows
    return rows.query(check.query, local_dict={"members": members}, engine="python")


def _verdict(value, check, leniency) -> str:
    miss = RELATIONS[check.relation](_miss(value, str(check.expected)))
    limits = [leniency * (0 if pd.isna(x) else x) for x in (check.tolerance, check.close)]
    return VERDICTS[0] if miss <= limits[0] else VERDICTS[1] if miss <= limits[1] else VERDICTS[3]


def _miss(value, expected: str) -> float:
    """Signed distance of value and expectation: relative, in days, or infinite between names."""
    try:
        if not isinstance(value, str):
            return (float(value) - float(expected)) / (abs(float(expected)) or 1)
        after, before = earliest(value) - latest(expected), earliest(expected) - latest(value)
    except ValueError:
        return 0 if str(value) == expected else np.inf
    return max(after.days, 0) - max(before.days, 0)
