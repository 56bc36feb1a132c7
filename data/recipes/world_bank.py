"""Population, GDP, remittances and armed forces personnel from the World Bank.

World Development Indicators (https://databank.worldbank.org/source/world-development-indicators),
CC BY 4.0; the personnel series is compiled by the IISS (The Military Balance) and ends in 2020.
Read are the World Bank's own CSV downloads (``API_<code>_DS2_en_csv_v2_<n>.csv``) or the public
copies that the committed table was made from, which give the same series in long form:

* SP.POP.TOTL     datasets/population 425fc44, data/population.csv (6 March 2026)
* NY.GDP.MKTP.CD  datasets/gdp 822019c, data/gdp.csv (20 March 2026, to 2023)
* NY.GDP.MKTP.PP.KD  dandrini/fair-shares 34f4d48, data/gdp/wdi-2025 (24 February 2026)
* BX.TRF.PWKR.CD.DT  nayc-599/FIT2179-DV2 75ddba1, data/remittances.csv (8 April 2026)
* MS.MIL.TOTL.P1  open-numbers/ddf--gapminder--systema_globalis c63631a,
  countries-etc-datapoints (armed_forces_personnel_total)

Any file name is accepted that contains the series' code or is the name after the repository;
the World Bank's own Metadata files are passed over.
"""

from pathlib import Path

import pandas as pd
from scope import SCOPE

SERIES = {
    "population": ("SP.POP.TOTL", "population", "wb_population"),
    "gdp_current_usd": ("NY.GDP.MKTP.CD", "gdp", "wb_gdp_current"),
    "gdp_ppp_constant2021_usd": ("NY.GDP.MKTP.PP.KD", "", "wb_gdp_ppp"),
    "remittances_received_usd": ("BX.TRF.PWKR.CD.DT", "remittances", "wb_remittances"),
    "milper_with_paramilitary": (
        "MS.MIL.TOTL.P1",
        "*armed_forces_personnel_total*",
        "wb_armed_forces",
    ),
}


def find(folder: Path, code: str, name: str) -> Path:
    patterns = [f"*{code}*.csv", f"{name}.csv"] if name else [f"*{code}*.csv"]
    found = {path for pattern in patterns for path in folder.glob(pattern)}
    files = [path for path in found if not path.name.startswith("Metadata")]
    if len(files) != 1:
        raise SystemExit(f"{folder}: want one CSV file for {code}, found {len(files)}")
    return files[0]


def read(path: Path) -> pd.DataFrame:
    """State, year and value, from the World Bank's wide layout or from either long one."""
    own_layout = "Data Source" in path.open(encoding="utf-8-sig").readline()
    frame = pd.read_csv(path, skiprows=4 if own_layout else 0, encoding="utf-8-sig")
    if "Indicator Code" in frame:
        frame = frame.melt("Country Code", [c for c in frame if c.isdigit()])
    elif "Country Code" in frame:
        frame = frame[["Country Code", "Year", "Value"]]
    frame.columns = ["iso3", "year", "value"]
    return frame.dropna().assign(
        iso3=lambda f: f["iso3"].str.upper(), year=lambda f: f["year"].astype(int)
    )


def rows(folder: Path):
    """Rows of capacity.csv, from 1990, in whole persons and dollars."""
    for indicator, (code, name, key) in SERIES.items():
        frame = read(find(folder, code, name)).query("year >= 1990")
        frame = frame[frame["iso3"].isin(SCOPE)]
        for iso3, year, value in frame.itertuples(index=False):
            yield iso3, year, indicator, round(value), "", "", key, ""
