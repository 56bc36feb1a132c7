"""trade_partners.csv and eu_members.csv from the CIA World Factbook, editions of 2000 to 2025.

Producer: US Central Intelligence Agency, The World Factbook, public domain. Read is the archive of
all editions https://github.com/MilkMp/CIA-World-Factbooks-Archive-1990-2025 (commit b998f60).
Wanted from FOLDER (searched with its sub-folders): its data/countries.sql and
data/fields/country_fields_2000.sql.gz to country_fields_2025.sql.gz.
Run: ``python data/recipes/cia_trade.py FOLDER``

A list of partners names its year: "Russia 41%, UAE 9% (2022)". Editions repeat a list until there
is a newer one; kept is the latest edition with each list. Two editions that differ on one year are
rival rows. Names without a figure and lists without a year are left out. Factbook pages of the
European Union name its members and the candidates.
"""

import gzip
import re
from pathlib import Path

import pandas as pd
from _table import folder_and_out, write

EDITIONS = range(2000, 2026)
REPORTERS = "ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB".split()
KEY = "cia_factbook_archive"
COUNTRY = re.compile(r"\((\d+), \d{4}, N'[^']*', N'((?:[^']|'')*)', N'\w+'")
FIELD = re.compile(r"\(\d+, \d+, (\d+), N'((?:[^']|'')*)', N'((?:[^']|'')*)'\)")
PARTNER = re.compile(r"(?:^|, |; )([^%(]*?)\s*([\d.]+)%")
STATUS = {"member": r"^\d+ countries: ", "candidate": "candidate countries(?::| include) "}
STATES = pd.read_csv(Path(__file__).parents[1] / "states.csv").query("kind == 'state'")
CODES = STATES.set_index("name")["iso3"].to_dict() | {
    "US": "USA", "USA": "USA", "United States": "USA", "UK": "GBR", "GB": "GBR",
    "United Kingdom": "GBR", "UAE": "ARE", "Czech Republic": "CZE", "Czechia": "CZE",
    "South Korea": "KOR", "S. Korea": "KOR", "Gambia, The": "GMB", "Turkey": "TUR",
    "Turkey (Turkiye)": "TUR", "Macedonia": "MKD", "North Macedonia": "MKD",
    "Kyrgyzstan": "KGZ", "Bosnia and Herzegovina": "BIH",
}  # fmt: skip


def pages(folder: Path):
    """Edition, state, field and text of the fields wanted."""
    names = dict(COUNTRY.findall(next(folder.rglob("countries.sql")).read_text("utf-8")))
    for edition in EDITIONS:
        path = next(folder.rglob(f"country_fields_{edition}.sql.gz"))
        content = gzip.decompress(path.read_bytes()).decode()
        for number, field, text in FIELD.findall(content):
            if "partners" in field or field.startswith("Member states"):
                yield edition, names.get(number), field, text.replace("''", "'")


def trade(lists):
    """Rows of trade_partners: each distinct list once, under its latest edition."""
    latest = {}
    for edition, state, field, text in lists:
        year = re.search(r"\((\d{4})", text)
        shares = tuple(PARTNER.findall(text))
        if CODES.get(state) in REPORTERS and year and shares:
            flow = "exports" if field.startswith("Exports") else "imports"
            latest[CODES[state], flow, int(year[1]), shares] = edition, text
    for (iso3, flow, year, shares), (edition, text) in latest.items():
        note = "estimate" if re.search(r"\(\d{4} est", text) else ""
        for name, per_cent in shares:
            share = f"{float(per_cent) / 100:.4f}".rstrip("0")
            partner = CODES.get(name, "")
            yield iso3, flow, year, name, partner, share, edition, KEY, note


def union(lists):
    """Rows of eu_members: first and last edition that name a state member or candidate."""
    named = {}
    for edition, state, field, text in lists:
        if state == "European Union" and field == "Member states":
            for status, pattern in STATUS.items():
                group = re.search(pattern + r"(.+?)(?: there| note| \d|[;|(]|$)", text)
                for name in re.split(r",(?: and)?", group[1]):
                    named.setdefault((CODES[name.strip()], status), []).append(edition)
    for (iso3, status), editions in named.items():
        yield iso3, status, min(editions), max(editions), KEY, ""


def main():
    folder, out = folder_and_out(__doc__)
    lists = list(pages(folder))
    columns = "iso3 flow year partner partner_iso3 share edition source_key note".split()
    rows = sorted(trade(lists), key=lambda row: (*row[:4], row[6]))
    write(out / "trade_partners.csv", columns, rows)
    columns = "iso3 status first_edition last_edition source_key note".split()
    write(out / "eu_members.csv", columns, sorted(union(lists)))


if __name__ == "__main__":
    main()
