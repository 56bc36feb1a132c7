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

import lazy_loader

__version__ = "0.2.0"

# The names stand in __init__.pyi, where editors read them. A module is imported when one of its
# names is first used, so that `csto --help` need not wait for pandas.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
