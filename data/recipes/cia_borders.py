"""Write land_borders.csv and capitals.csv: ``python data/recipes/cia_borders.py FOLDER``.

Producer: US Central Intelligence Agency, The World Factbook, public domain. Wanted from FOLDER or
below, both from machine-readable copies on GitHub:
factbook_8662a8b_*.json, last state (early 2026), from factbook/factbook.json at commit 8662a8b: its
files cut down to {"region/xx.json": {"lb": land boundaries, "cap": capital, "nm": country name}};
country_fields_1990.sql.gz, edition of 1990, from MilkMp/CIA-World-Factbooks-Archive-1990-2025 at
commit b998f60 (there data/fields; its country numbers are in _factbook.py).

km is the length on the page of iso3_1, or else that of iso3_2; km_by_1 and km_by_2 are what each
page prints. Capitals that the Factbook cannot give (past ones) or misplaces (Brussels by impossible
minutes, Dodoma at Dar es Salaam, Berlin beside Bonn) are in capitals_by_hand.csv; a state that has a
row there without an end takes it instead of the Factbook's.
"""

import re
from html import unescape
from pathlib import Path

import pandas as pd
from _factbook import neighbours, read_1990, read_2026
from _table import folder_and_out

DE_JURE = "de jure line; not wholly held by the neighbour"
NOTES = {
    ("AZE", "TUR", 2026): "Nakhchivan only",
    ("CHN", "RUS", 2026): "4,133 km in the east and 46 km in the west",
    ("ESP", "MAR", 2026): "Ceuta and Melilla",
    ("GEO", "RUS", 2026): DE_JURE,
    ("LTU", "RUS", 2026): "Kaliningrad",
    ("POL", "RUS", 2026): "Kaliningrad",
    ("RUS", "UKR", 2026): DE_JURE,
}


def note(a, b, year, one, two) -> str:
    parts = [NOTES.get((a, b, year))]
    parts += ["DEU is the Federal Republic before 1990-10-03"] * (year == 1990 and "DEU" in (a, b))
    parts += ["the two pages differ"] * bool(one and two and one != two)
    parts += ["one page does not print it"] * (not (one and two))
    return "; ".join(filter(None, parts))


def borders(pages: dict, year: int) -> list[tuple]:
    pairs = {(min(a, b), max(a, b)) for a in pages for b in pages[a] if b in pages and a != b}
    lengths = [(a, b, pages[a].get(b), pages[b].get(a)) for a, b in pairs]
    return [
        (a, b, year, one or two, one, two, f"cia_factbook_{year}", note(a, b, year, one, two))
        for a, b, one, two in lengths
    ]


def capital(iso3: str, told: dict) -> tuple | None:
    """Name up to the first bracket or comma; '51 10 N, 71 25 E' -> 51.167, 71.417.

    Minutes of 60 and more are a slip of the page (Brussels, 50 84 N): the state's row is then by hand.
    """
    name = re.split(r" \(| in |[;,]", unescape(told.get("name", {}).get("text", "")))[0].strip()
    where = told.get("geographic coordinates", {}).get("text", "")
    parts = re.findall(r"(\d+) (\d+) ([NSEW])", where)[:2]
    if any(int(minutes) >= 60 for _, minutes, _ in parts):
        raise ValueError(f"{iso3}: no such minutes in {where!r}; put it into capitals_by_hand.csv")
    lat_lon = [round((int(d) + int(m) / 60) * (-1) ** (side in "SW"), 3) for d, m, side in parts]
    return (iso3, name, *lat_lon, "", "", "cia_factbook_2026", "") if len(parts) == 2 else None


def main():
    folder, out = folder_and_out(__doc__)
    book = read_2026(folder)
    texts = {
        i: (p["lb"] or {}).get("border countries", {}).get("text", "") for i, p in book.items()
    }
    rows = borders({iso3: neighbours(text) for iso3, text in texts.items()}, 2026)
    rows += borders(read_1990(folder), 1990)
    columns = ["iso3_1", "iso3_2", "year", "km", "km_by_1", "km_by_2", "source_key", "note"]
    frame = pd.DataFrame(rows, columns=columns).sort_values(columns[:3])
    frame.to_csv(out / "land_borders.csv", index=False, lineterminator="\n")
    hand = pd.read_csv(Path(__file__).with_name("capitals_by_hand.csv"), keep_default_na=False)
    by_hand = set(hand.loc[hand["end"] == "", "iso3"])
    seats = [capital(iso3, p["cap"] or {}) for iso3, p in book.items() if iso3 not in by_hand]
    frame = pd.concat([pd.DataFrame(filter(None, seats), columns=hand.columns), hand])
    frame = frame.sort_values(["iso3", "capital"])
    frame.to_csv(out / "capitals.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
