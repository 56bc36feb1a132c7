"""Sourced tables and small tools for analysing the Collective Security Treaty Organization.

What a notebook imports is the front room, a few short modules:

``descriptor``  where the tables are, their version and coverage
``data``        typed loaders for the tables in ``data/``
``dates``       partial dates such as ``1999-04`` and what is in force on a day
``panels``      spells into state-years, dyad-years and durations
``checks``      refuse a wrong parameter in words
``claims``      hold the articles' claims against the tables
``sources``     who says so: the sources behind the rows, and what a page rests on
``stats``       named methods: intervals, permutation, survival, agreement, QAP
``style``       house style, fixed colours
``charts``      recurring drawings: spells, lines, dots, matrix, network, map
``words``       numbers, dates, states and lists as a sentence says them
``show``        what a notebook hands to its page: numbered figures, tables, published values

Examples
--------
>>> import cstoanalysis as csto
>>> spells = csto.load_membership_spells("CSTO")
>>> csto.in_force(spells, 1996).query("status == 'member'")["iso3"].nunique()
9
"""

from importlib import import_module

__version__ = "0.2.0"

# Module of each name. It is imported on first use, so that `csto --help` need not wait for pandas.
_MODULES = {
    "descriptor": "coverage_end data_dir data_version table_names",
    "data": "describe_table load_capacity load_membership_spells load_milex load_sources load_table",
    "dates": "earliest in_force latest",
    "panels": "member_spells members to_durations to_dyad_years to_state_years",
    "checks": "check check_that",
    "claims": "check_claims",
    "sources": "cite_page fingerprint sources_of",
    "show": "publish show_figure show_table show_text",
    "style": "colour use_style",
}
_MODULES_SHOWN = ["charts", "stats", "style", "words"]  # as in csto.stats.share_interval(7, 10)
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}
__all__ = sorted([*_HOME, *_MODULES_SHOWN])


def __getattr__(name: str):
    if name in _MODULES_SHOWN:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
