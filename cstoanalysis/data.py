"""Load the tables with the dtypes of ``data/datapackage.json``: :func:`load_table` reads any.

A loader of its own has only what can be chosen from or has to be warned of. The descriptor is the
one place that says what a column means; :func:`describe_table` shows it.
Every row names who says so (``source_key``, resolved by :func:`load_sources`). Rival figures are
separate rows, dates are partial ISO strings (see :mod:`cstoanalysis.dates`).
"""

import pandas as pd

from cstoanalysis.checks import check
from cstoanalysis.descriptor import data_dir, descriptor

_DTYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean"}
_REQUIRED = {"integer": "int64", "boolean": "bool"}


def _resource(name: str) -> dict:
    resources = {resource["name"]: resource for resource in descriptor()["resources"]}
    check("table", name, choices=resources)
    return resources[name]


def describe_table(name: str) -> pd.DataFrame:
    """Codebook of a table: one row per column with type, unit and meaning."""
    shown = ["name", "type", "unit", "description"]
    fields = _resource(name)["schema"]["fields"]
    return pd.DataFrame([{key: field.get(key, "") for key in shown} for field in fields])


def load_table(name: str) -> pd.DataFrame:
    """Load any table by name, with the dtypes and order of the descriptor.

    Raises
    ------
    ValueError
        If there is no such table; the message lists those that there are.
    """
    resource = _resource(name)
    dtypes = {}
    for field in resource["schema"]["fields"]:
        required = field.get("constraints", {}).get("required", False)
        kind = field["type"]
        dtypes[field["name"]] = _REQUIRED.get(kind, _DTYPES[kind]) if required else _DTYPES[kind]
    frame = pd.read_csv(
        data_dir() / resource["path"], dtype=dtypes, keep_default_na=False, na_values=[""]
    )
    frame.attrs["table"] = name
    return frame


def _keep(frame: pd.DataFrame, column: str, wanted) -> pd.DataFrame:
    if wanted is None:
        return frame
    check(column, wanted, choices=sorted(frame[column].dropna().unique()))
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
