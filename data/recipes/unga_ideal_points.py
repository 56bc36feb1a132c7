"""un_ideal_points.csv from Voeten's ideal points of states in the UN General Assembly.

Producer: E. Voeten (Bailey, Strezhnev and Voeten 2017, Journal of Conflict Resolution 61: 430-456), Harvard Dataverse
doi:10.7910/DVN/LEJUQZ, release of April 2026, licence CC0 1.0.
Wanted from FOLDER (searched with its sub-folders): Idealpointestimates1946-2025.tab.
Run: python data/recipes/unga_ideal_points.py FOLDER

Column IdealPointFP (votes on final passage) with its 5 % and 95 % quantiles, from 1990. The year is the calendar year of
the votes. The producer files Serbia and Montenegro and Serbia under YUG and the Soviet Union under RUS: put right here.
"""

from pathlib import Path

import pandas as pd
from _table import folder_and_out

COLUMNS = {
    "iso3c": "iso3",
    "year": "year",
    "IdealPointFP": "ideal_point",
    "Q5%FP": "ideal_point_q05",
    "Q95%FP": "ideal_point_q95",
    "NVotesFP": "votes",
}


def iso3_of(iso3, year):
    if iso3 == "YUG" and year >= 2003:
        return "SCG" if year < 2006 else "SRB"
    return "SUN" if iso3 == "RUS" and year < 1992 else iso3


def main(folder, out):
    path = next(Path(folder).rglob("Idealpointestimates1946-2025.tab"))
    points = pd.read_csv(path, sep="\t", dtype=str).rename(columns=COLUMNS)[[*COLUMNS.values()]]
    points = points[points.year.astype(int) >= 1990]
    points["iso3"] = [iso3_of(iso3, int(year)) for iso3, year in zip(points.iso3, points.year)]
    points = points.assign(source_key="ungavotes_2025").sort_values(["iso3", "year"])
    points.to_csv(out / "un_ideal_points.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
