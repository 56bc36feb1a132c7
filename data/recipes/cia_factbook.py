"""Active armed forces from the text of the CIA World Factbook, one edition a year, 2020 to 2025.

Wanted is a clone of https://github.com/factbook/factbook.json (public domain) with its history;
read is the last edition of each year. Before 2020 the Factbook gives no strengths; it ended in
February 2026. The figure is the first total in the sentence. A range in the text (``45-50,000``)
goes to ``value_low`` and ``value_high``, and ``value`` is its midpoint.
"""

import json
import re
import subprocess
from pathlib import Path

from scope import SCOPE

EDITIONS = {
    2020: "7ba067ec", 2021: "e0d5604b", 2022: "61dadec0",
    2023: "0d4fa498", 2024: "b8538d78", 2025: "045e9b34",
}  # fmt: skip
TOTAL = re.compile(
    r"(?:(?P<low>\d[\d.,]*)(?P<own> million)? ?(?:-|to as many as )(?=\d))?"
    r"(?P<high>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)? million|\d{3}(?= active| personnel))"
)
BEFORE = {
    r"\b(up to|as many as) $": "upper bound in the text",
    r"\bat least $": "lower bound in the text",
    r"authorized": "authorised strength",
    r"prior to Russia": "strength before February 2022",
}
COUNTED_IN = r"National Guard|Territorial Defense|Border Guard|Gendarmerie|Carabinieri|militia"


def git(clone: Path, *command: str) -> bytes:
    return subprocess.check_output(["git", "-C", str(clone), *command])


def strengths(page: bytes) -> str:
    """The sentence on personnel strengths, without markup."""
    section = json.loads(page).get("Military and Security", {})
    text = section.get("Military and security service personnel strengths", {}).get("text", "")
    return re.sub(r"<[^>]+>|&nbsp;", " ", text)


def number(digits: str) -> int:
    value = float(digits.replace(",", "").removesuffix(" million"))
    return round(value * 1e6) if digits.endswith("million") else round(value)


def total(text: str):
    """Lower bound, upper bound and note; None without a present total for armed forces."""
    found = TOTAL.search(text)
    head = text[: found.start()] if found else ""
    if not found or re.match("N/A|.*not available", head) or "Coast Guard" in head:
        return None
    high = low = number(found["high"])
    if found["low"]:
        alone = found["own"] or "," in found["low"]
        unit = "" if alone else " million" if "million" in found["high"] else ",000"
        low = number(found["low"] + (found["own"] or unit))
    notes = [note for pattern, note in BEFORE.items() if re.search(pattern, head)]
    clause = re.match(r"[^;(]*(?:\([^)]*\))?", text[found.end() :])[0]
    notes += [f"counts in: {name}" for name in dict.fromkeys(re.findall(COUNTED_IN, clause))]
    return low, high, notes


def rows(clone: Path):
    """Rows of capacity.csv; the year is the edition's, an older date in the text is noted."""
    for year, commit in EDITIONS.items():
        listing = git(clone, "ls-tree", "-r", "--name-only", commit).decode().split()
        paths = {Path(path).stem: path for path in listing}
        for iso3, letters in SCOPE.items():
            text = strengths(git(clone, "show", f"{commit}:{paths[letters]}"))
            if found := total(text):
                low, high, notes = found
                dated = re.findall(r"\((?:[A-Z][a-z]+ )?(20\d\d)(?: est\.)?\)", text)
                notes += [f"text dated {dated[-1]}" for _ in dated[:1] if dated[-1] != str(year)]
                figures = (round((low + high) / 2), *((low, high) if low < high else ("", "")))
                key = f"cia_factbook_{year}"
                yield iso3, year, "milper_active", *figures, key, "; ".join(notes)
