"""arms_transfers.csv from SIPRI's Arms Transfers Database: sums over about five years, post-Soviet recipients.

Producer: Stockholm International Peace Research Institute, https://www.sipri.org/databases/armstransfers. Terms: use for
non-commercial research with the source named, less than ten per cent of a data set; so only these sums are passed on.
Wanted from FOLDER (searched with its sub-folders):
  sipri-exports-processed_360info.csv  export tables of 28 July 2022, tidied by 360info (supplier, recipient, year, value): to 1999
  trade_2023_lucacasu.csv              trade register of 3 January 2025 as SIPRI's site gives it (11 lines, then a table): from 2000
Run: python data/recipes/sipri_arms.py FOLDER

share_of_recipient is of all that the recipient got in the period, unknown suppliers included (they have no row of their own).
"""

from pathlib import Path

import pandas as pd
from _table import folder_and_out

HERE = Path(__file__).parent
PERIODS = [
    (1992, 1994),
    (1995, 1999),
    (2000, 2004),
    (2005, 2009),
    (2010, 2014),
    (2015, 2019),
    (2020, 2023),
]
RECIPIENTS = "ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB".split()
OTHER_NAMES = {
    "UAE": "ARE",
    "Bosnia-Herzegovina": "BIH",
    "Turkiye": "TUR",
    "Türkiye": "TUR",
    "Czech Republic": "CZE",
    "Macedonia": "MKD",
}


def read_transfers(folder):
    """supplier, recipient, year, tiv, source_key from both files."""
    old = pd.read_csv(next(Path(folder).rglob("sipri-exports-processed_360info.csv"))).rename(
        columns={"value": "tiv"}
    )
    new = pd.read_csv(
        next(Path(folder).rglob("trade_2023_lucacasu.csv")), skiprows=11, encoding="utf-8-sig"
    )
    new = new.rename(
        columns={
            "Supplier": "supplier",
            "Recipient": "recipient",
            "Delivery year": "year",
            "TIV delivery values": "tiv",
        }
    )
    return pd.concat(
        [
            old[old.year < 2000].assign(source_key="sipri_arms_2022"),
            new[new.year >= 2000].assign(source_key="sipri_arms_2025"),
        ]
    )


def main(folder, out):
    names = (
        pd.read_csv(HERE.parent / "states.csv")
        .query("kind == 'state'")
        .set_index("name")
        .iso3.to_dict()
        | OTHER_NAMES
    )
    t = read_transfers(folder)
    t["supplier_iso3"], t["recipient_iso3"] = t.supplier.map(names), t.recipient.map(names)
    t = t[t.recipient_iso3.isin(RECIPIENTS)]
    unknown = sorted({s for s in t.supplier[t.supplier_iso3.isna()] if "nknown" not in s})
    assert not unknown, f"supplier names without a code: {unknown}"
    t["start_year"] = t.year.map({y: a for a, b in PERIODS for y in range(a, b + 1)})
    t = t.dropna(subset="start_year").assign(start_year=lambda d: d.start_year.astype(int))
    t["end_year"] = t.start_year.map(dict(PERIODS))
    period = ["recipient_iso3", "start_year", "end_year", "source_key"]
    edges = t.groupby(["supplier_iso3", *period], as_index=False).tiv.sum().query("tiv > 0")
    totals = t.groupby(period, as_index=False).tiv.sum().rename(columns={"tiv": "total"})
    edges = edges.merge(totals, on=period, validate="m:1")
    edges = edges.assign(
        tiv_million=edges.tiv.round(2),
        share_of_recipient=(edges.tiv / edges.total).round(6),
        note="",
    )
    columns = [
        "supplier_iso3",
        "recipient_iso3",
        "start_year",
        "end_year",
        "tiv_million",
        "share_of_recipient",
        "source_key",
        "note",
    ]
    edges.sort_values(["supplier_iso3", "recipient_iso3", "start_year"])[columns].to_csv(
        out / "arms_transfers.csv", index=False, lineterminator="\n"
    )


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
