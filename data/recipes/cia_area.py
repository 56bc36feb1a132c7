"""Total area from the CIA World Factbook, one edition a year, 1992 to 2025.

Read is the archive of all editions https://github.com/MilkMp/CIA-World-Factbooks-Archive-1990-2025 (commit b998f60, public
domain): data/countries.sql and data/fields/country_fields_1992.sql.gz to country_fields_2025.sql.gz. Land and inland water.
The World Bank's surface area is not used: it gives Canada 15.6 million km2, the Factbook and all others 10.
"""

import gzip
import re
from pathlib import Path

from scope import SCOPE

EDITIONS = range(1992, 2026)
PAGE = re.compile(r"\((\d+), \d{4}, N'(\w\w)', N'((?:[^']|'')*)', N'\w+'")
FIELD = re.compile(r"\(\d+, \d+, (\d+), N'(?:Area|Total area)', N'((?:[^']|'')*)'\)")
AREA = re.compile(r"([\d,.]+)( million)? (?:sq )?km")
LETTERS = {letters: iso3 for iso3, letters in SCOPE.items()}
OTHER_LETTERS = {("ka", "Kazakstan"): "KAZ", ("rb", "Serbia"): "SRB"}


def rows(folder: Path):
    """Rows of capacity.csv; where a page stands twice in an edition, the first counts."""
    pages = PAGE.findall(next(folder.rglob("countries.sql")).read_text("utf-8"))
    states = {n: OTHER_LETTERS.get((c, name)) or LETTERS.get(c.lower()) for n, c, name in pages}
    states |= {n: None for n, _, name in pages if name == "Czechoslovakia"}  # Slovakia's letters
    for edition in EDITIONS:
        path = next(folder.rglob(f"country_fields_{edition}.sql.gz"))
        found = {}
        for number, text in FIELD.findall(gzip.decompress(path.read_bytes()).decode()):
            area, iso3 = AREA.search(text), states.get(number)
            if area and iso3:
                value = float(area[1].replace(",", "")) * (1e6 if area[2] else 1)
                found.setdefault(iso3, round(value))
        for iso3, value in found.items():
            yield iso3, edition, "surface_area_km2", value, "", "", "cia_factbook_archive", ""
