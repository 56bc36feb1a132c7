"""Write capacity.csv and personnel_iiss.csv: ``python data/recipes/capacity.py FOLDER``.

FOLDER holds the five World Bank files (``world_bank.py`` says which and from where), the FAS file
(``fas_warheads.py``), in a folder below those of the Factbook's archive (``cia_area.py``) and, as
``factbook.json``, a clone of the repository that ``cia_factbook.py`` names. ``scope.py`` lists the states.
"""

import cia_area
import cia_factbook
import fas_warheads
import world_bank
from _table import folder_and_out, write

COLUMNS = ["iso3", "year", "indicator", "value", "value_low", "value_high", "source_key", "note"]


def main():
    folder, out = folder_and_out(__doc__)
    rows = [*world_bank.rows(folder), *fas_warheads.rows(folder)]
    rows += [*cia_area.rows(folder), *cia_factbook.rows(folder / "factbook.json")]
    rows.sort(key=lambda row: (*row[:3], row[6]))
    # The IISS series stands in a file of its own, under its own notice.
    iiss = "milper_with_paramilitary"
    write(out / "capacity.csv", COLUMNS, [row for row in rows if row[2] != iiss])
    write(out / "personnel_iiss.csv", COLUMNS, [row for row in rows if row[2] == iiss])


if __name__ == "__main__":
    main()
