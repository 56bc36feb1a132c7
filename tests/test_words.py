"""Computed prose: what the helpers say at the edges."""

import doctest

import pytest

import cstoanalysis as csto
from cstoanalysis import words


def test_examples():
    """Those in the docstrings."""
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize("iso3", csto.load_table("states")["iso3"])
def test_each_state_has_a_name_for_a_sentence(iso3):
    """An article where English wants one, and not twice."""
    name = words.state(iso3)
    assert name == name.strip() and not name.lower().startswith("the the")
    plural_or_union = name.endswith(
        ("States", "Kingdom", "Republic", "Union", "Islands", "Emirates")
    )
    assert not plural_or_union or name.startswith("the ")


def test_small_and_negative():
    """A minus sign is one; words end at ten."""
    assert words.number(11) == "11" and words.number(-3) == "−3"
    assert words.percent(-0.031) == "−3%" and words.percent(1) == "100%"
    assert words.listed(["a", "b"], "or") == "a or b"
