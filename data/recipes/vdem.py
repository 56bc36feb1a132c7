"""Write regimes.csv: ``python data/recipes/vdem.py FOLDER`` (needs ``pip install pyreadr``).

Producer: V-Dem Institute, University of Gothenburg, Country-Year Dataset v15, CC BY-SA 4.0. Wanted
from FOLDER or below: vdem_simple.rda, the main indices with their bounds, from the R package
democracyData 0.6.0 (xmarquez/democracyData at commit 29ea0a2, data/vdem_simple.rda).

An extract: two indices, the fifteen successor states and all that are or were members of NATO, from
1991; a state-year that V-Dem does not code has no row. Values are as published (three decimals).
"""

from pathlib import Path

import pandas as pd
import pyreadr
from _table import folder_and_out

SUCCESSORS = "ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB".split()
INDICES = {"electoral_democracy": "v2x_polyarchy", "liberal_democracy": "v2x_libdem"}
COLUMNS = ["iso3", "year", "indicator", "value", "low", "high", "sd", "source_key", "note"]


def main():
    folder, out = folder_and_out(__doc__)
    (frame,) = pyreadr.read_r(next(folder.rglob("vdem_simple.rda"))).values()
    spells = pd.read_csv(Path(__file__).parents[1] / "membership_spells.csv")
    wanted = {*SUCCESSORS, *spells.query("organisation == 'NATO'")["iso3"]}
    frame = frame.assign(iso3=frame["country_text_id"], year=frame["year"].astype(int))
    frame = frame[frame["iso3"].isin(wanted) & (frame["year"] >= 1991)]
    first = frame["iso3"].map({"CZE": 1993, "RUS": 1992})  # Czechoslovakia, Soviet Union before
    frame = frame[~(frame["year"] < first)]
    parts = []
    for indicator, name in INDICES.items():
        bounds = {
            "value": name,
            "low": f"{name}_codelow",
            "high": f"{name}_codehigh",
            "sd": f"{name}_sd",
        }
        part = frame[["iso3", "year"]].assign(indicator=indicator)
        parts.append(part.assign(**{new: frame[old] for new, old in bounds.items()}))
    table = pd.concat(parts).dropna(subset=["value"]).assign(source_key="vdem_15", note="")
    table = table.sort_values(["iso3", "year", "indicator"])[COLUMNS]
    table.to_csv(out / "regimes.csv", index=False, lineterminator="\n", float_format="%.3f")


if __name__ == "__main__":
    main()
