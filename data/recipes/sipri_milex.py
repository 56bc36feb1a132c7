"""Write milex.csv: ``python data/recipes/sipri_milex.py FOLDER``.

FOLDER holds two releases of the SIPRI Military Expenditure Database, from
https://www.sipri.org/databases/milex:

* ``SIPRI-Milex-data-1949-2025_v1.2.xlsx`` (April 2026): spending in current US dollars
* ``SIPRI-Milex-data-1949-2024_2.xlsx`` (April 2025): share of GDP; the 2026 release gives Belarus
  shares before 2022 that contradict its own dollar figures

Terms: non-commercial use with attribution, less than 10 per cent of a data set
(https://www.sipri.org/about/terms-and-conditions). Taken are the 15 post-Soviet states and the
NATO members from 1991, one sheet of each release: the script prints how much that is.
The colour of a cell is SIPRI's own mark (blue: estimate; red: highly uncertain). Needs openpyxl.
"""

import openpyxl
from _sipri_names import NAMES
from _table import folder_and_out, write
from scope import NATO, POST_SOVIET

RELEASES = [
    ("*1949-2025*.xlsx", "Current US$", "milex_current_usd", "sipri_milex_2026"),
    ("*1949-2024*.xlsx", "Share of GDP", "milex_share_gdp", "sipri_milex_2025"),
]
assert set(NAMES.values()) == {*POST_SOVIET, *NATO}
COLUMNS = ["iso3", "year", "indicator", "value", "quality", "source_key", "note"]
COLOURS = {12: "estimate", 10: "uncertain", "FFFF0000": "uncertain"}  # blue, red, red
BEFORE_THE_STATE = {("MNE", 2005)}  # SIPRI estimates a year before independence
MARKS = {
    "†": "without military pensions",
    "‡": "current spending only",
    "§": "adopted budget",
    "¶": "without paramilitary forces",
}


def cells(sheet):
    """Country, SIPRI's note marks, year and cell of every figure on a sheet."""
    table = sheet.iter_rows()
    header = next(row for row in table if row[0].value == "Country")
    years = {cell.column: cell.value for cell in header if isinstance(cell.value, int)}
    note_at = [cell.value for cell in header].index("Notes")
    for row in table:
        for cell in row:
            if cell.column in years and isinstance(cell.value, int | float):
                yield row[0].value, str(row[note_at].value or ""), years[cell.column], cell


def rows(sheet, indicator, key):
    """Rows of milex.csv: whole dollars, or a share with six decimals."""
    for country, marks, year, cell in cells(sheet):
        iso3 = NAMES.get(country)
        if iso3 and year >= 1991 and (iso3, year) not in BEFORE_THE_STATE:
            share = f"{cell.value:.6f}".rstrip("0").rstrip(".")
            value = share if indicator == "milex_share_gdp" else round(cell.value * 1e6)
            colour = cell.font.color
            mark = (
                COLOURS.get(colour.rgb if colour.type == "rgb" else colour.indexed)
                if colour
                else ""
            )
            note = "; ".join(text for sign, text in MARKS.items() if sign in marks)
            yield iso3, year, indicator, value, mark or "", key, note


def main():
    folder, out = folder_and_out(__doc__)
    table = []
    for pattern, name, indicator, key in RELEASES:
        (path,) = folder.glob(pattern)
        book = openpyxl.load_workbook(path)
        taken = list(rows(book[name], indicator, key))
        figures = sum(1 for sheet in book.worksheets[2:9] for _ in cells(sheet))
        print(f"{path.name}: {len(taken)} of {figures} figures, {len(taken) / figures:.1%}")
        table += taken
    write(out / "milex.csv", COLUMNS, sorted(table))


if __name__ == "__main__":
    main()
