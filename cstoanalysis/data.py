"""Load the tables: one thin loader per table, dtypes from ``data/datapackage.json``.

The descriptor is the one place that says what a column means; :func:`describe_table` shows it.
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


def load_states() -> pd.DataFrame:
    """States, historical states and de facto entities: one row per ``iso3``.

    Gives the Correlates of War and Gleditsch–Ward numbers, which appear in no other table.
    """
    return load_table("states")


def load_organisations() -> pd.DataFrame:
    """Alliances, organisations and formats: one row per organisation key."""
    return load_table("organisations")


def load_sources() -> pd.DataFrame:
    """Sources: one row per ``source_key`` (author, year, title, publisher, url, licence)."""
    return load_table("sources")


def load_treaty_actions() -> pd.DataFrame:
    """Dated legal acts: one row per act, state and source.

    Signatures, ratifications, entries into force, prolongations, notices, freezes. Sources that
    date an act differently are rival rows, so never count acts without choosing a source.
    """
    return load_table("treaty_actions")


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
    on ``status`` first. The spells are the preferred reading; rival dates are in
    :func:`load_treaty_actions`, the articles' versions in :func:`load_article_spells`.
    """
    return _keep(load_table("membership_spells"), "organisation", organisation)


def load_article_spells() -> pd.DataFrame:
    """CSTO membership as each article alone tells it: one row per article, state and spell."""
    return load_table("article_spells")


def load_alliance_spells() -> pd.DataFrame:
    """Member spells in multilateral alliances since 1945: one row per alliance, state and spell.

    Derived from ATOP 5.1, phases merged. ATOP dates a start by signature or accession protocol
    (Poland in NATO 1997-12-16) and observes to 2018-12-31: ``censored`` rows were open then.
    """
    return load_table("alliance_spells")


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
    both = pd.concat([load_table("capacity"), load_personnel_iiss()], ignore_index=True)
    return _keep(both, "indicator", indicators)


def load_personnel_iiss() -> pd.DataFrame:
    """Personnel with paramilitaries: one row per state and year, 1990–2020 (IISS, World Bank).

    Persons. A small extract under its own notice, see ``licenses`` in the descriptor.
    """
    return load_table("personnel_iiss")


def load_milex(indicators=None) -> pd.DataFrame:
    """Military expenditure: one row per state, year and measure (SIPRI, non-commercial use).

    ``milex_current_usd`` is in US dollars of the year, ``milex_share_gdp`` a share (0–1). The 15
    post-Soviet states and NATO from 1991. ``quality`` keeps SIPRI's own marks.
    """
    return _keep(load_table("milex"), "indicator", indicators)


def load_article_figures() -> pd.DataFrame:
    """Troop, population and force figures that the five articles state: one row per figure."""
    return load_table("article_figures")


def load_bases() -> pd.DataFrame:
    """Military facilities abroad: one row per site and spell ``[opened, closed)``.

    An empty ``opened`` means before the table begins or unknown (see ``note``, ``inherited``).
    Coordinates are approximate. ``disputed`` sites lie on territory that is claimed or where the
    closure itself is contested.
    """
    return load_table("bases")


def load_base_personnel() -> pd.DataFrame:
    """Strength of a base: one row per figure and source; rivals stand side by side."""
    return load_table("base_personnel")


def load_alliance_dyads() -> pd.DataFrame:
    """Alliance obligations: one row per dyad, treaty and spell (ATOP 5.1, to 2018).

    Filter on ``defense``: consultation pacts with the breadth of the OSCE swamp the rest.
    """
    return load_table("alliance_dyads")


def load_un_ideal_points() -> pd.DataFrame:
    """UN General Assembly ideal points: one row per state and year, with a 90 % credible interval.

    Bailey, Strezhnev and Voeten (2017); higher is closer to the United States' side.
    """
    return load_table("un_ideal_points")


def load_conflict_dyads() -> pd.DataFrame:
    """State against state in armed conflict: one row per dyad, year and conflict (UCDP, to 2024).

    ``kind`` is ``interstate``, or ``secondary_support``: a state that sent troops into another's
    internal conflict, as UCDP has Georgia and Russia in 2008 or Armenia and Azerbaijan.
    """
    return load_table("conflict_dyads")


def load_arms_transfers() -> pd.DataFrame:
    """Arms transfers: one row per supplier, recipient and period (SIPRI trend-indicator value)."""
    return load_table("arms_transfers")


def load_land_borders() -> pd.DataFrame:
    """Land borders: one row per dyad and edition year, in kilometres (CIA World Factbook)."""
    return load_table("land_borders")


def load_capitals() -> pd.DataFrame:
    """Capitals with approximate coordinates: one row per state and spell."""
    return load_table("capitals")
