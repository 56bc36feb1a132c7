"""Refuse a wrong parameter in words, before anything is computed from it."""

import difflib

from cstoanalysis.dates import earliest, latest


def check(name: str, value, *, choices=None, between=None) -> None:
    """Check one parameter of a notebook; a list is checked item by item.

    Parameters
    ----------
    name : str
        The parameter's name, for the message.
    value : object or list of objects
        Its value.
    choices : iterable, optional
        The allowed values.
    between : (low, high), optional
        The allowed range, both ends included: two numbers, or two partial dates as text (then the
        value is a year or ISO date).

    Raises
    ------
    ValueError
        One sentence that names the value, what is allowed and the nearest right name.

    Examples
    --------
    >>> check("organisation", "CTSO", choices=["CSTO", "NATO"])
    Traceback (most recent call last):
    ValueError: organisation = 'CTSO' is not known: did you mean 'CSTO'? Allowed: CSTO, NATO.
    """
    if isinstance(value, (list, tuple, set)):
        if len(value) == 0:
            raise ValueError(f"{name} is an empty list: name at least one value.")
        if len(set(value)) < len(value):
            raise ValueError(f"{name} = {list(value)!r} names a value twice.")
        for item in value:
            check(name, item, choices=choices, between=between)
        return
    if choices is not None:
        _check_choice(name, value, list(choices))
    if between is not None:
        _check_range(name, value, *between)


def _check_choice(name, value, allowed) -> None:
    if value in allowed:
        return
    near = difflib.get_close_matches(str(value), [str(a) for a in allowed], n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    shown = ", ".join(map(str, allowed[:40])) + (", …" if len(allowed) > 40 else "")
    raise ValueError(f"{name} = {value!r} is not known: {hint}Allowed: {shown}.")


def _check_range(name, value, low, high) -> None:
    if isinstance(low, str):
        inside = earliest(low) <= earliest(value) <= latest(high)
    else:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        inside = number and low <= value <= high
    if not inside:
        raise ValueError(f"{name} = {value!r} is out of range: give a value from {low} to {high}.")
