"""Write alliance_spells.csv and alliance_dyads.csv: ``python data/recipes/atop.py FOLDER``.

Producer: B. A. Leeds, Alliance Treaty Obligations and Provisions (ATOP), version 5.1,
http://www.atopdata.org/data.html; no licence stated, citation asked (Leeds, Ritter, Mitchell and
Long 2002, International Interactions 28: 237-260). Wanted from FOLDER or below: atop5_1m.csv.

ATOP has one row a member and phase. Phases that follow on are joined: a spell has the obligations
of any of its phases, a dyad is cut where they change. ``exit_mode``: still in effect = censored;
TERMMODE 4 = state_extinct; left on the alliance's last day = alliance_ended; TERMMODE 1 =
non_renewal; else withdrawal. Names of treaties: atop_names.csv, each with the page
that has the treaty's day and parties; the others are not named.
"""

from itertools import combinations
from pathlib import Path

import pandas as pd
from _atop import FLAGS, join, latest, read_members
from _table import folder_and_out

NAMES = pd.read_csv(Path(__file__).with_name("atop_names.csv")).set_index("atopid")
SEATO = (3260, "1977-06-30")  # dissolved that day; ATOP keeps the treaty for two states
SCOPE = set(
    """ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB SUN
AFG CHN IND IRN MNG PAK SRB YUG SYR TUR
AUT BGR CAN CSK CZE DEU FIN FRA GBR GRC HUN NOR POL ROU SVK SWE USA""".split()
)


def exit_mode(spell, ends) -> str:
    if not spell["end"]:
        return "censored"
    if spell["termmode"] == 4:
        return "state_extinct"
    if spell["end"] == ends[spell["atopid"]] or (spell["atopid"], spell["end"]) == SEATO:
        return "alliance_ended"
    return "non_renewal" if spell["termmode"] == 1 else "withdrawal"


def note(row) -> str:
    codes = {row.get(c) for c in ("iso3", "iso3_1", "iso3_2")}
    russia, serbia = "RUS" in codes, "SRB" in codes
    parts = [f"{flag} only since {day}" for flag, day in row["late"].items()]
    parts += ["RUS is the Soviet Union before 1991-12-26"] * (
        russia and row["start"] < "1991-12-26"
    )
    parts += ["SRB is Yugoslavia before 2006-06-05"] * (serbia and row["start"] < "2006-06-05")
    parts += ["SEATO dissolved"] * ((row["atopid"], row["end"]) == SEATO)
    return "; ".join(parts)


def spells(members, several) -> pd.DataFrame:
    """Multilateral alliances formed since 1945."""
    ends, begins = members.groupby("atopid").end.agg(latest), members.groupby("atopid").start.min()
    rows = members[members.atopid.isin(several) & members.atopid.map(begins).ge("1945")]
    frame = pd.DataFrame(join(rows.to_dict("records"), ["atopid", "iso3"]))
    return frame.assign(exit_mode=[exit_mode(row, ends) for row in frame.to_dict("records")])


def dyads(members, several) -> pd.DataFrame:
    """Pairs of SCOPE that shared a phase on some day since 1991."""
    pairs = []
    for (atopid, _), phase in members[members.iso3.isin(SCOPE)].groupby(["atopid", "phase"]):
        for a, b in combinations(phase.to_dict("records"), 2):
            start = max(a["start"], b["start"])
            end = min((e for e in (a["end"], b["end"]) if e), default="")
            if a["iso3"] != b["iso3"] and (not end or max(start, "1991") < end):
                pair = {"iso3_1": a["iso3"], "iso3_2": b["iso3"], "atopid": atopid, "termmode": 0}
                pair |= {"start": start, "end": end, "multilateral": atopid in several}
                pairs.append(pair | {f: max(a[f], b[f]) for f in FLAGS})
    keys = ["iso3_1", "iso3_2", "atopid"]
    ordered = sorted(pairs, key=lambda pair: [pair[k] for k in [*keys, "start"]])
    return pd.DataFrame(join(ordered, [*keys, *FLAGS]))


def write(frame, name, key, extra, path):
    open_ = frame.end.eq("")
    frame = frame.assign(censored=open_, censor_date=open_.map({True: "2018-12-31", False: ""}))
    frame[name] = frame.atopid.map(NAMES.name)
    frame = frame.assign(source_key="atop_5_1", note=[note(r) for r in frame.to_dict("records")])
    for column in frame.columns.intersection([*FLAGS, "censored", "multilateral"]):
        frame[column] = frame[column].astype(bool).map({True: "true", False: "false"})
    columns = [*extra[0], name, *extra[1], *FLAGS, *extra[2], "source_key", "note"]
    frame.sort_values(key)[columns].to_csv(path, index=False, lineterminator="\n")


def main():
    folder, out = folder_and_out(__doc__)
    members = read_members(folder)
    several = (
        members[members.bilat == 0].groupby("atopid").iso3.nunique().loc[lambda n: n > 2].index
    )
    middle = ["iso3", "start", "end", "exit_mode", "censored", "censor_date"]
    key = ["atopid", "iso3", "start"]
    path = out / "alliance_spells.csv"
    write(spells(members, several), "alliance_name", key, (["atopid"], middle, []), path)
    key, middle = ["iso3_1", "iso3_2", "atopid", "start"], ["start", "end"]
    path = out / "alliance_dyads.csv"
    write(dyads(members, several), "treaty_name", key, (key[:3], middle, ["multilateral"]), path)


if __name__ == "__main__":
    main()
