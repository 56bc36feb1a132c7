"""Numbers, dates, states and lists as a sentence says them, so that computed prose reads well."""

import re
from collections.abc import Iterable
from functools import cache
from textwrap import fill

_NUMBERS = "no one two three four five six seven eight nine ten".split()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\d\d)?")  # finer than a year
_THE = {"ARE", "BHS", "CAF", "COD", "COG", "COM", "DOM", "GBR", "GMB", "MDV", "MHL"}
_THE |= {"NLD", "PHL", "SLB", "SUN", "USA"}
_SPOKEN = {
    "WTO": "the Warsaw Pact",
    "UNION_STATE": "the Union State",
    "SHANGHAI_FIVE": "the Shanghai Five",
    "PFP": "the Partnership for Peace",
    "CSTO_PA": "the Parliamentary Assembly of the CSTO",
}
_NAMES = {"ANZUS", "ASEAN", "CACO", "CENTO", "ECOWAS", "EURASEC", "GUAM", "NATO", "SEATO"}


def listed(items: Iterable, last: str = "and") -> str:
    """Items as a list in a sentence.

    Examples
    --------
    >>> listed(["Armenia", "Belarus", "Russia"])
    'Armenia, Belarus and Russia'
    >>> listed([]), listed(["Russia"])
    ('none', 'Russia')
    """
    texts = [str(item) for item in items]
    if not texts:
        return "none"
    return f" {last} ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def number(n: int) -> str:
    """A whole number: a word to ten, digits with commas beyond.

    Examples
    --------
    >>> number(6), number(0), number(2030)
    ('six', 'no', '2,030')
    """
    return _NUMBERS[n] if 0 <= n <= 10 else f"{n:,}".replace("-", "\N{MINUS SIGN}")


def counted(n: int, singular: str, plural: str | None = None) -> str:
    """How many of something there are.

    Examples
    --------
    >>> counted(1, "state"), counted(2, "ally", "allies"), counted(0, "exit")
    ('one state', 'two allies', 'no exits')
    """
    return f"{number(n)} {singular if n == 1 else plural or singular + 's'}"


def times(n: int) -> str:
    """How often.

    Examples
    --------
    >>> times(0), times(1), times(2), times(4)
    ('never', 'once', 'twice', 'four times')
    """
    return ["never", "once", "twice"][n] if 0 <= n <= 2 else f"{number(n)} times"


def percent(share: float, digits: int = 0) -> str:
    """A share (0–1) as a percentage; a missing one is a dash.

    Examples
    --------
    >>> percent(0.754), percent(0.0604, 1), percent(float("nan"))
    ('75%', '6.0%', '–')
    """
    if share is None or share != share:
        return "–"
    return f"{100 * share:.{digits}f}%".replace("-", "\N{MINUS SIGN}")


def date(partial) -> str:
    """A partial date in words, as precise as it is.

    Examples
    --------
    >>> date("2022-01-06"), date("2026-02"), date(1999)
    ('6 January 2022', 'February 2026', '1999')
    """
    year, *rest = str(partial).split("-")
    parts = [str(int(day)) for day in rest[1:]] + [_MONTHS[int(month) - 1] for month in rest[:1]]
    return " ".join([*parts, year])


def is_date(text: str) -> bool:
    """Whether a text is a partial date finer than a year: ``2026-02``, not ``1990-95``."""
    return bool(_DATE.fullmatch(text))


def entry(text, names=None) -> str:
    """What stands in a cell of a table, as a reader says it; names of other keys may be given.

    Examples
    --------
    >>> [entry(text) for text in ("2022-01-06", "BLR", "144746762", "border_war", "-0.1032", "1991")]
    ['6 January 2022', 'Belarus', '144,746,762', 'border war', '−0.10', '1991']
    >>> entry("True"), entry("CPF", {"CPF": "peacekeeping force"})
    ('yes', 'peacekeeping force')
    """
    for known in (names or {}, names_of_states(), {"True": "yes", "False": "no"}):
        if text in known:
            return known[text]
    if is_date(text):
        return date(text)
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text.replace("_", " ")
    number = f"{int(text):,}" if len(text.lstrip("-")) > 4 and "." not in text else text
    if re.search(r"\.\d{3}", text):
        number = f"{float(text):.2f}" if abs(float(text)) >= 0.01 else f"{float(text):.2g}"
    return number.replace("-", "\N{MINUS SIGN}")


def when(partial) -> str:
    """A partial date with its preposition.

    Examples
    --------
    >>> when("2022-01-06"), when("2026-02"), when(1999)
    ('on 6 January 2022', 'in February 2026', 'in 1999')
    """
    return f"{'on' if str(partial).count('-') == 2 else 'in'} {date(partial)}"


def state(iso3: str) -> str:
    """Name of a state as it stands within a sentence.

    Examples
    --------
    >>> state("USA"), state("KAZ")
    ('the United States', 'Kazakhstan')
    """
    return f"{'the ' * (iso3 in _THE)}{names_of_states()[iso3]}"


@cache
def names_of_states() -> dict[str, str]:
    """Name of each state by its key, as a table or a chart has it."""
    from cstoanalysis.data import load_table  # and pandas, which most words do not need

    return load_table("states").set_index("iso3")["name"].to_dict()


def states(keys: Iterable[str]) -> str:
    """Names of states as a list in a sentence, in the order of the alphabet.

    Examples
    --------
    >>> states({"TJK", "ARM"})
    'Armenia and Tajikistan'
    """
    return listed(sorted(map(state, keys), key=lambda name: name.removeprefix("the ")))


def organisation(key: str) -> str:
    """Name of an organisation as it stands within a sentence.

    Examples
    --------
    >>> organisation("CSTO"), organisation("NATO"), organisation("WTO")
    ('the CSTO', 'NATO', 'the Warsaw Pact')
    """
    return _SPOKEN.get(key, key if key in _NAMES else f"the {key}")


def lines(text: str, letters: int) -> str:
    """A text on as few lines of at most so many letters as hold it, alike in length; words stay whole.

    Examples
    --------
    >>> lines("state of emergency in the capital", 25)
    'state of emergency\\nin the capital'
    """
    told = fill(text, letters, break_long_words=False)
    for fewer in range(letters, 0, -1):
        other = fill(text, fewer, break_long_words=False)
        if other.count("\n") > told.count("\n"):
            break
        told = other
    return told


def capital(text: str) -> str:
    """A text with its first letter large, to begin a sentence.

    Examples
    --------
    >>> capital(counted(6, "state"))
    'Six states'
    """
    return text[:1].upper() + text[1:]
