"""Hold the articles' claims against the tables: where a table can decide, the verdict is computed.

A row of ``claim_checks`` is either coded by hand (``verdict``, with the source that was read) or a
sentence in columns: of ``table``, keep the rows in force ``as_of`` a day, then those of ``query``;
``measure`` them; the result must stand in ``relation`` to what the article leads one to ``expect``.

Checks of one ``part`` of a claim are rival measures of it; a claim holds if all its parts do. What an
article says that others said is judged as that; whether they were right is an ``aspect`` of its own.
"""

import ast
import operator
import re
from functools import cache, reduce

import numpy as np
import pandas as pd

from cstoanalysis import stats
from cstoanalysis.data import load_table
from cstoanalysis.dates import earliest, in_force, latest
from cstoanalysis.descriptor import coverage_end

HOLDS, FAILS = ["confirmed", "close"], ["contested", "contradicted"]
OPEN = ["part_tested", "not_tested", "not_testable"]  # part_tested: of claims, never of a check
VERDICTS = [*HOLDS, *FAILS, *OPEN]
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
    "change": lambda rows, column, per, one, other: [
        _rate(_part(rows, one), column, per) - _rate(_part(rows, other), column, per)
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

_SIGNS = {ast.And: operator.and_, ast.Or: operator.or_, ast.Eq: operator.eq, ast.NotEq: operator.ne}
_SIGNS |= {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_METHODS = {"contains", "startswith", "isna", "notna"}
_ALWAYS = "source_key organisation status iso3 start end opened closed".split()  # columns needed


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
        ``verdict``, ``computed`` (a table decided), the smallest and largest miss (``nearest,
        farthest``: relative for numbers, days for partial dates), and which rows were ``looked`` at.
    """
    given = tables or {}
    checks = given["claim_checks"] if "claim_checks" in given else load_table("claim_checks")
    named = {}  # columns that the checks of each table speak of: the fewer, the faster
    for check in checks.itertuples():
        named.setdefault(check.table, set(_ALWAYS)).update(
            re.findall(r"\w+", f"{check.query} {check.measure}")
        )

    @cache
    def whole_table(name):
        rows = given[name] if name in given else load_table(name)
        rows = rows[[column for column in rows if column in named.get(name, _ALWAYS)]]
        # texts side by side in one block, and no attributes: then a selection takes half the time
        rows = rows.astype({c: object for c in rows if rows[c].dtype == "string"}).copy()
        rows.attrs = {}
        return rows

    @cache
    def spells(name):
        rows = whole_table(name)
        names = ["opened", "closed"] if "opened" in rows else ["start", "end"]
        return rows[names].set_axis(["start", "end"], axis=1).apply(earliest)

    @cache
    def table(name, as_of=None):
        rows = whole_table(name)
        return rows if pd.isna(as_of) else rows.loc[in_force(spells(name), as_of).index]

    @cache
    def members(organisation, day=None):
        held = table("membership_spells", day or coverage_end())
        own = (held["status"] == "member") & (held["organisation"] == organisation)
        return held.loc[own, "iso3"].tolist()

    @cache  # many checks have conditions in common; one may name @members("CSTO", "2022")
    def kept(name, as_of, condition):
        return _kept(condition, table(name, as_of), members)

    @cache
    def look_up(name, as_of, query):
        rows = table(name, as_of)
        if pd.isna(query):
            return rows
        return rows[np.logical_and.reduce([kept(name, as_of, c) for c in _conditions(query)])]

    def measure(check):
        if pd.notna(check.verdict):
            return check.reference, check.source_key, np.nan, np.nan, ()
        rows = look_up(check.table, check.as_of, check.query)
        name, *arguments = check.measure.split(":")
        found = [value for value in MEASURES[name](rows, *arguments) if pd.notna(value)]
        misses = [RELATIONS[check.relation](_miss(value, str(check.expected))) for value in found]
        shown = [f"{v:.{4 if v < 1e4 else 15}g}" if isinstance(v, float) else str(v) for v in found]
        sources = "; ".join(sorted(rows["source_key"].unique())) or check.source_key
        ends = min(misses, default=np.nan), max(misses, default=np.nan)
        return "; ".join(shown), sources, *ends, tuple(rows.index)

    columns = ["reference", "source_key", "nearest", "farthest", "looked"]
    found = pd.DataFrame(map(measure, checks.itertuples()), checks.index, columns)
    return judge(checks.assign(computed=checks["verdict"].isna(), **found), leniency)


def judge(checked: pd.DataFrame, leniency: float = 1.0) -> pd.DataFrame:
    """Verdicts from the misses: ``leniency`` 0 asks for exact agreement, 2 forgives twice as much.

    A miss up to ``tolerance`` is ``confirmed``, up to ``close`` is ``close``, else ``contradicted``;
    rivals on both sides make ``contested``, no rows ``not_tested``.
    """
    limits = leniency * checked[["tolerance", "close"]].fillna(0)
    nearest, farthest, limit = checked["nearest"], checked["farthest"], limits.max(axis=1)
    rules = [nearest.isna(), farthest <= limits["tolerance"], farthest <= limit, nearest > limit]
    found = np.select(rules, ["not_tested", "confirmed", "close", "contradicted"], "contested")
    return checked.assign(verdict=checked["verdict"].where(~checked["computed"], found))


def judge_claims(judged: pd.DataFrame) -> pd.DataFrame:
    """Verdicts of claims from those of their checks, see :func:`together` and :func:`whole`.

    Parameters
    ----------
    judged : DataFrame
        What :func:`check_claims` or :func:`judge` returns.

    Returns
    -------
    DataFrame
        One row per claim: ``verdict`` on what the article says, and ``content``, on what others said
        by its account (missing where the article speaks for itself).
    """
    parts = judged.assign(part=judged["part"].fillna(""))
    parts = parts.groupby(["claim_id", "aspect", "part"])["verdict"].agg(together)
    claims = parts.groupby(["claim_id", "aspect"]).agg(whole).unstack("aspect")
    return claims.reindex(columns=["claim", "content"]).rename(columns={"claim": "verdict"})


def together(verdicts) -> str:
    """One verdict from rivals: their common one, or ``contested`` if they are on both sides.

    What is open counts only if nothing was decided.
    """
    kinds, decided = set(verdicts), set(verdicts) - set(OPEN)
    if not decided:
        return next((kind for kind in OPEN if kind in kinds), "not_tested")
    if len(decided) == 1:
        return decided.pop()
    return "close" if decided == set(HOLDS) else "contested"


def whole(parts) -> str:
    """One verdict from those of a claim's parts: it holds only if each was tested and holds."""
    parts = list(parts)
    found = together(parts)
    return "part_tested" if found in HOLDS and set(parts) & set(OPEN) else found


def agreement(checks: pd.DataFrame) -> pd.DataFrame:
    """Agreement of two readers on the verdicts set by hand: of all, and by whether a source was read.

    Returns
    -------
    DataFrame
        For each group ``n`` verdicts with a second one, the share that is the ``same``, and Cohen's
        ``kappa``: missing if there is none, or if both readers gave one verdict throughout.
    """
    both = checks.dropna(subset=["verdict", "second_verdict"])
    unread = both["verdict"].isin(OPEN)
    groups = {"all": both, "source read": both[~unread], "none read": both[unread]}
    columns = ["verdict", "second_verdict"]
    coded = {
        name: group[columns].apply(lambda v: v.map(VERDICTS.index)).to_numpy().T
        for name, group in groups.items()
    }
    rows = {
        name: [one.size, (one == two).mean() if one.size else np.nan, stats.agreement(one, two)]
        for name, (one, two) in coded.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["n", "same", "kappa"])


def _part(rows, query, members=None) -> pd.DataFrame:
    """Rows for which a query holds; ``@members("CSTO", "2022")`` names the members of a day."""
    if pd.isna(query):
        return rows
    return rows[np.logical_and.reduce([_kept(c, rows, members) for c in _conditions(query)])]


@cache
def _conditions(query: str) -> list[str]:
    """Conditions of a query that all have to hold."""
    query = query.replace("@", "")
    whole = _parsed(query)
    both = isinstance(whole, ast.BoolOp) and isinstance(whole.op, ast.And)
    return [ast.get_source_segment(query, part) for part in (whole.values if both else [whole])]


@cache
def _parsed(condition: str) -> ast.expr:
    return ast.parse(condition, mode="eval").body


def _kept(condition: str, rows: pd.DataFrame, members) -> np.ndarray:
    """For which rows a condition holds; where it is not known, it does not."""
    return _found(_parsed(condition), rows, members).to_numpy(bool, na_value=False)


def _found(node: ast.expr, rows: pd.DataFrame, members):
    """What a part of a query comes to: the sense is that of ``DataFrame.query``, in a tenth of the time."""
    inner = lambda part: _found(part, rows, members)  # noqa: E731
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(column):
            return rows[column]
        case ast.List(parts):
            return list(map(inner, parts))
        case ast.UnaryOp(ast.Not(), part):
            return ~inner(part)
        case ast.BoolOp(sign, parts):
            return reduce(_SIGNS[type(sign)], map(inner, parts))
        case ast.Compare(left, [sign], [right]):
            left, right = inner(left), inner(right)
            if isinstance(right, list):
                inside = left.isin(right)
                return ~inside if isinstance(sign, (ast.NotIn, ast.NotEq)) else inside
            return _SIGNS[type(sign)](left, right)
        case ast.Call(ast.Name("members"), parts):
            return members(*map(inner, parts))
        case ast.Call(ast.Attribute(part, name), parts) if name in _METHODS:
            missing = {} if name.endswith("na") else {"na": False}  # no text contains nothing
            return getattr(inner(part), name)(*map(inner, parts), **missing)
        case ast.Attribute(part, "str"):
            return inner(part).str
        case ast.Subscript(part, ast.Slice(first, last)):
            return inner(part)[slice(*(end and inner(end) for end in (first, last)))]
    raise ValueError(f"A query of claim_checks cannot say {ast.unparse(node)}.")


def _rate(rows, column, per) -> float:
    return rows[column].sum(min_count=1) / rows[per].sum(min_count=1)


def _miss(value, expected: str) -> float:
    """Signed distance of value and expectation: relative, in days, or infinite between names."""
    try:
        if not isinstance(value, str):
            return (float(value) - float(expected)) / (abs(float(expected)) or 1)
        after, before = earliest(value) - latest(expected), earliest(expected) - latest(value)
    except ValueError:
        return 0 if str(value) == expected else np.inf
    return max(after.days, 0) - max(before.days, 0)
