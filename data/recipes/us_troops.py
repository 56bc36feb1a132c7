"""Write us_personnel.csv: ``python data/recipes/us_troops.py FOLDER``.

Producer: US Department of Defense, reports of the Defense Manpower Data Center, as compiled by M. A. Allen, M. E. Flynn
and C. Martinez Machain, "US global military deployments, 1950-2020", Conflict Management and Peace Science 39(3), 2022:
351-370, continued to 2024. Wanted from FOLDER or below: troopdata-rebuild-country-year.csv (data-raw of the R package
troopdata, https://github.com/meflynn/troopdata; the package is GPL-3, the figures are the government's).

Taken is active duty (``troops_ad``) in the states of states.csv; the United States themselves and territories without
a code there are left out. Former states have no code in the file: theirs is given here by name, to their last year.
Where a state stands twice in a year under two spellings, one row is empty of people: the larger counts.
"""

from pathlib import Path

import pandas as pd
from _table import folder_and_out

STATES = Path(__file__).parents[1] / "states.csv"
FORMER = {"Czechoslovakia": "CSK", "German Democratic Republic": "DDR"}
SOURCE = "troopdata_2025"


def yugoslavia(year):
    """The file goes on with its name for what became Serbia and Montenegro, then Serbia."""
    return "YUG" if year < 2003 else "SCG" if year < 2006 else "SRB"


def main(folder, out):
    frame = pd.read_csv(next(folder.rglob("troopdata-rebuild-country-year.csv")))
    frame["iso3"] = frame["iso3c"].fillna(frame["countryname"].map(FORMER))
    rest = frame["countryname"].eq("Yugoslavia")
    frame.loc[rest, "iso3"] = frame.loc[rest, "year"].map(yugoslavia)
    last = pd.read_csv(STATES).set_index("iso3")["end"].str[:4].astype(float)
    frame = frame[frame["iso3"].isin(last.index.drop("USA"))]
    frame = frame[~(frame["year"] > frame["iso3"].map(last))]
    people = frame.dropna(subset="troops_ad").groupby(["iso3", "year"])["troops_ad"].max()
    people = people.astype(int).rename("active_duty").reset_index().assign(source_key=SOURCE)
    people.to_csv(out / "us_personnel.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
