"""Load the tables with the dtypes of ``data/datapackage.json``: :func:`load_table` reads any.

A loader of its own has only what can be chosen from or has to be warned of. The descriptor is the
one place that says what a column means; :func:`describe_table` shows it.
Every row names who says so (``source_key``, resolved by :func:`load_sources`). Rival figures are
separate rows, dates are partial ISO strings (see :mod:`cstoanalysis.dates`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cstoanalysis.checks import refuse_unknown
from cstoanalysis.descriptor import data_dir, descriptor, state

if TYPE_CHECKING:  # a stub: there is nothing to import when it runs
    from cstoanalysis._tables import TableName

# Texts are Python's: the tables are small, and Arrow's take a quarter more of a run's time.
_TEXT = pd.StringDtype("python", na_value=float("nan"))
_DTYPES = {"string": _TEXT, "integer": "Int64", "number": "float64", "boolean": "boolean"}
_REQUIRED = {"integer": "int64", "boolean": "bool"}


def _resource(name: str) -> dict:
    resources = {resource["name"]: resource for resource in descriptor()["resources"]}
    refuse_unknown("table", name, resources)
    return resources[name]


def describe_table(name: TableName) -> pd.DataFrame:
    """Codebook of a table: one row per column with type, unit and meaning.

    What a row is, the traps and the breaks in series are in ``attrs["about"]``, as in the table's
    own: ``print(csto.load_table("bases").attrs["about"])``.
    """
    shown = ["name", "type", "unit", "description"]
    resource = _resource(name)
    fields = resource["schema"]["fields"]
    codebook = pd.DataFrame([{key: field.get(key, "") for key in shown} for field in fields])
    codebook.attrs["about"] = _about(resource)
    return codebook


def _about(resource: dict) -> str:
    breaks = "".join(f"\nBreak: {text}" for text in resource.get("breaks", []))
    return f"{resource['title']}. {resource['description']}{breaks}"


def load_table(name: TableName) -> pd.DataFrame:
    """Load any table by name, with the dtypes and order of the descriptor.

    What a row is, and what to beware of, is in ``attrs["about"]``; the codebook of its columns is
    :func:`describe_table`. The file is read once, and again when it has changed.

    Raises
    ------
    ValueError
        If there is no such table; the message lists those that there are. Also if a row is broken:
        a cell that is empty, not of its type, or none of the values that the descriptor allows.
        The message names table, line, column and value.
    """
    resource = _resource(name)
    path = data_dir() / resource["path"]
    kept = _read(path, name, *state(path), *state(data_dir() / "datapackage.json"))
    frame = kept.copy()  # deep: texts could be written to through to_numpy()
    frame.attrs |= {"table": name, "about": _about(resource)}
    return frame


@cache
def _read(path: Path, name: str, *state: int) -> pd.DataFrame:
    """A table whose file and descriptor are in this state."""
    resource = _resource(name)
    fields, dtypes = resource["schema"]["fields"], {}
    for field in fields:
        required = field.get("constraints", {}).get("required", False)
        kind = field["type"]
        dtypes[field["name"]] = _REQUIRED.get(kind, _DTYPES[kind]) if required else _DTYPES[kind]
    try:
        frame = pd.read_csv(path, dtype=dtypes, keep_default_na=False, na_values=[""])
    except ValueError as problem:
        raise _broken(resource) or problem from None
    whole = list(frame) == list(dtypes) and isinstance(frame.index, pd.RangeIndex)
    if not whole or not all(_sound(frame[field["name"]], field) for field in fields):
        raise _broken(resource) or ValueError(f"{path.name} is not what its descriptor says.")
    return frame


def _sound(column: pd.Series, field: dict) -> bool:
    """Whether a column holds what its descriptor allows."""
    rules = field.get("constraints", {})
    if rules.get("required") and column.isna().any():
        return False
    if field["type"] == "number" and column.abs().max() == float("inf"):
        return False
    if not rules.keys() & {"enum", "pattern"}:
        return True
    values = column.unique()
    values = values[~pd.isna(values)]
    known, form = rules.get("enum"), re.compile(rules.get("pattern", ""))
    return (known is None or {*values} <= {*known}) and all(map(form.match, map(str, values)))


def _broken(resource: dict) -> ValueError | None:
    """What is wrong with a table that does not load as its descriptor says."""
    from cstoanalysis.validate import validate

    faults = validate(data_dir(), only=[resource["name"]], whole=False)
    return ValueError(f"{faults[0]} See csto check.") if faults else None


def _keep(frame: pd.DataFrame, column: str, wanted) -> pd.DataFrame:
    if wanted is None:
        return frame
    refuse_unknown(column, wanted, sorted(frame[column].dropna().unique()))
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    return frame[frame[column].isin(wanted)].reset_index(drop=True)


def load_sources() -> pd.DataFrame:
    """Sources: one row per ``source_key`` (author, year, title, publisher, url, licence)."""
    return load_table("sources")


def load_membership_spells(organisation=None) -> pd.DataFrame:
    """Membership spells: one row per organisation, state, status and spell ``[start, end)``.

    Parameters
    ----------
    organisation : str or list of str, optional
        Keys such as ``"CSTO"`` (the treaty of 1992 and the organisation together). Default: all.

    Returns
    -------
    DataFrame
        ``organisation, iso3, status, start, end, entry_mode, exit_mode, source_key, note``.

    Notes
    -----
    ``status == "member"`` is being bound by the treaty. A ``frozen`` or ``suspended`` row lies
    *over* the member row: Armenia since 2024-02 has both. Count states with ``nunique`` or filter
    on ``status`` first. The spells are the preferred reading; rival dates are in the table
    ``treaty_actions``, the articles' versions in ``article_spells``.
    """
    return _keep(load_table("membership_spells"), "organisation", organisation)


def load_capacity(indicators=None) -> pd.DataFrame:
    """Capacity: one row per state, year, indicator and source, from 1990.

    Parameters
    ----------
    indicators : str or list of str, optional
        Such as ``"population"`` or ``"gdp_current_usd"``. Default: all.

    Notes
    -----
    ``milper_with_paramilitary`` (IISS through the World Bank, to 2020) and ``milper_active`` (CIA
    World Factbook, from 2020) are different definitions: Belarus has some 158,000 under the one
    and 45,000 under the other. Never join them into one series. The IISS series has its own file
    and notice (``personnel_iiss``) and is added here.
    """
    both = pd.concat([load_table("capacity"), load_table("personnel_iiss")], ignore_index=True)
    return _keep(both, "indicator", indicators)


def load_milex(indicators=None) -> pd.DataFrame:
    """Military expenditure: one row per state, year and measure (SIPRI, non-commercial use).

    ``milex_current_usd`` is in US dollars of the year, ``milex_share_gdp`` a share (0–1). The 15
    post-Soviet states and NATO from 1991. ``quality`` keeps SIPRI's own marks.
    """
    return _keep(load_table("milex"), "indicator", indicators)


def spreadsheet_safe(value):
    """A value as it can stand in a CSV file that is opened in a spreadsheet.

    A text that a spreadsheet would compute, since it begins with ``= + - @``, a tab or a line
    break, gets an apostrophe in front; numbers, also as text, stay as they are. A carriage return
    becomes a line feed, since only that is kept within a cell.

    Examples
    --------
    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("-0.5"), spreadsheet_safe(-0.5)
    ("'=1+1", '-0.5', -0.5)
    """
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(value) < 2 or value[0] not in "=+-@\t\n":
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
