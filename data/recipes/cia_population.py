"""Write population_1990.csv: ``python data/recipes/cia_population.py FOLDER``.

Producer: US Central Intelligence Agency, The World Factbook, public domain. Wanted from FOLDER or
below, from a machine-readable copy on GitHub: country_fields_1990.sql.gz, edition of 1990, from
MilkMp/CIA-World-Factbooks-Archive-1990-2025 at commit b998f60 (there data/fields). Taken: members of
NATO and the Warsaw Treaty on 1 July 1990, from the page's field Population.
"""

import gzip
import re

from _factbook import NUMBERS_1990
from _table import folder_and_out, write

FIELD = re.compile(r"\(\d+, \d+, (\d+), N'Population', N'([\d,]+) \(July 1990\)")
BLOCS = (
    "BGR CSK DDR HUN POL ROU SUN BEL CAN DEU DNK ESP FRA GBR GRC ISL ITA LUX NLD NOR PRT TUR USA"
)
NUMBERS = NUMBERS_1990 | {"13062": "CAN", "13123": "ISL", "13250": "GBR", "13251": "USA"}


def main():
    folder, out = folder_and_out(__doc__)
    path = next(folder.rglob("*country_fields_1990.sql.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = {
            NUMBERS.get(n): int(text.replace(",", "")) for n, text in FIELD.findall(file.read())
        }
    notes = {"DEU": "Federal Republic before unity; the area on its page includes West Berlin"}
    rows = [(i, found[i], "cia_factbook_1990", notes.get(i, "")) for i in sorted(BLOCS.split())]
    write(out / "population_1990.csv", ["iso3", "population", "source_key", "note"], rows)


if __name__ == "__main__":
    main()
