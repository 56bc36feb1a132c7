"""conflict_dyads.csv from the UCDP/PRIO Armed Conflict Dataset.

Producer: Uppsala Conflict Data Program and PRIO, version 25.1, https://ucdp.uu.se/downloads/, licence CC BY 4.0
(Davies et al. 2025; Gleditsch et al. 2002).
Wanted from FOLDER (searched with its sub-folders): UcdpPrioConflict_v25_1.csv (or a copy ..._repaired.csv).
Run: python data/recipes/ucdp.py FOLDER

Pairs of states on opposite sides of one conflict in one year, 1989-2024, all states. kind = interstate where both are
primary parties, secondary_support where at least one is only listed as supporting a side with troops: so Armenia
against Azerbaijan (over Nagorno-Karabakh, 1991-2023) and Russia against Georgia (2008) and against Ukraine (2014-2021)
are secondary_support, because UCDP codes those conflicts as internal with a foreign state on the rebels' side.
"""

from itertools import product
from pathlib import Path

import pandas as pd
from _table import folder_and_out

HERE = Path(__file__).parent


def iso3_of(number, year, table):
    """Gleditsch-Ward number to code; 365 and 345 are two states each."""
    if number == 365:
        return "SUN" if year < 1992 else "RUS"
    return ("YUG" if year < 2003 else "SCG") if number == 345 else table[number]


def main(folder, out):
    states = pd.read_csv(HERE.parent / "states.csv").dropna(subset="gwcode")
    table = states.set_index("gwcode").iso3.to_dict()
    path = sorted(Path(folder).rglob("UcdpPrioConflict_v25_1*.csv"))[-1]
    separator = ";" if ";" in path.read_text(encoding="utf-8").split("\n")[0] else ","
    conflicts = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    rows = []
    for c in conflicts[conflicts.year >= "1989"].to_dict("records"):
        sides = {
            n: [
                (iso3_of(int(x), int(c["year"]), table), n.endswith("2nd"))
                for x in c[n].split(",")
                if x.strip()
            ]
            for n in ("gwno_a", "gwno_a_2nd", "gwno_b", "gwno_b_2nd")
        }
        against = product(
            sides["gwno_a"] + sides["gwno_a_2nd"], sides["gwno_b"] + sides["gwno_b_2nd"]
        )
        for (a, a_second), (b, b_second) in against:
            if a != b:
                rows.append(
                    {
                        "iso3_1": min(a, b),
                        "iso3_2": max(a, b),
                        "year": c["year"],
                        "conflict_id": c["conflict_id"],
                        "name": f"{c['side_a']} - {c['side_b']}"
                        + (f" ({c['territory_name']})" if c["territory_name"] else ""),
                        "kind": "secondary_support" if a_second or b_second else "interstate",
                        "intensity": c["intensity_level"],
                        "source_key": "ucdp_acd_25_1",
                        "note": "; ".join(
                            f"{x} supports {'side A' if y in sides['gwno_a_2nd'] else 'side B'}"
                            for y in ((a, a_second), (b, b_second))
                            for x, s in [y]
                            if s
                        ),
                    }
                )
    dyads = pd.DataFrame(rows).assign(number=lambda d: d.conflict_id.astype(int))
    dyads = dyads.sort_values(["iso3_1", "iso3_2", "year", "number", "kind", "note"]).drop(
        columns="number"
    )
    dyads = dyads.drop_duplicates(
        ["iso3_1", "iso3_2", "year", "conflict_id"]
    )  # a few states stand on both sides
    dyads.to_csv(out / "conflict_dyads.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
