"""Nuclear warheads in military stockpiles: Federation of American Scientists, to 2023.

Kristensen, Korda, Norris and Reynolds, Estimated Global Nuclear Warhead Inventories, as published
by Our World in Data (https://ourworldindata.org/grapher/nuclear-warhead-stockpiles, CC BY 4.0;
copy read: ThomasGust/Nuclear-Weapons-Analysis 8713945, nuclear_warhead_stockpiles.csv). Stockpiles
leave out warheads that are retired and wait for dismantlement.
"""

from pathlib import Path

import pandas as pd
from scope import SCOPE


def rows(folder: Path):
    """Rows of capacity.csv. The source books the Soviet stockpile under Russia; here it is SUN."""
    (path,) = folder.glob("*nuclear*warhead*stockpiles*.csv")
    frame = pd.read_csv(path).query("Year >= 1990")
    frame = frame[frame["Code"].isin(SCOPE)]
    for code, year, value in frame[["Code", "Year", frame.columns[-1]]].itertuples(index=False):
        soviet = code == "RUS" and year <= 1991
        note = "Soviet stockpile; the source lists it under Russia" if soviet else ""
        yield (
            "SUN" if soviet else code,
            year,
            "nuclear_warheads",
            value,
            "",
            "",
            "fas_warheads",
            note,
        )
