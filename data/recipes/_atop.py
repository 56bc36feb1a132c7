"""ATOP's member file, read for ``atop.py``: dates as text, codes, phases joined."""

from pathlib import Path

import pandas as pd

STATES = Path(__file__).parents[1] / "states.csv"
FLAGS = ["defense", "offense", "neutral", "nonagg", "consul"]
ENTRY, EXIT = ["yrent", "moent", "dayent"], ["yrexit", "moexit", "dayexit"]
OTHERS = ["atopid", "member", "ineffect", "bilat", "phase", "termmode"]
# Numbers that more than one state has had, or that one state has had among others.
ISO3 = {255: "DEU", 260: "DEU", 345: "YUG", 365: "RUS", 678: "YEM", 679: "YEM"}


def partial_date(year, month, day) -> str:
    """ISO date as long as it is known; empty for year 0 (still in effect)."""
    if year == 0:
        return ""
    return f"{year:.0f}-{month:02.0f}" + ("" if pd.isna(day) else f"-{day:02.0f}")


def latest(ends):
    """The last end, or empty if one is open."""
    return "" if min(ends) == "" else max(ends)


def iso3_of(number, end, last, codes) -> str:
    """SUN if Russia did not go on with the alliance; SRB if Yugoslavia's number is open."""
    if number == 365 and "" < last < "1991-12-26":
        return "SUN"
    return "SRB" if (number, end) == (345, "") else ISO3.get(number) or codes[number]


def read_members(folder: Path) -> pd.DataFrame:
    """One row a member and phase, from 1945: atopid, iso3, start, end, bilat, termmode, flags."""
    path = next(folder.rglob("atop5_1m.csv"))
    members = pd.read_csv(path, encoding="latin1", usecols=[*OTHERS, *ENTRY, *EXIT, *FLAGS])
    members = members[(members.ineffect == 1) | (members.yrexit >= 1945)].copy()
    members["start"] = [partial_date(*row) for row in members[ENTRY].itertuples(index=False)]
    ends = [partial_date(*row) for row in members[EXIT].itertuples(index=False)]
    members["end"] = ["" if open_ else end for open_, end in zip(members.ineffect, ends)]
    last = members.groupby(["atopid", "member"]).end.transform(latest)
    states = pd.read_csv(STATES).query("kind != 'de_facto'").dropna(subset="ccode")
    codes = states.set_index("ccode").iso3.to_dict()
    numbers = zip(members.member, members.end, last)
    members["iso3"] = [iso3_of(number, end, final, codes) for number, end, final in numbers]
    return members.sort_values(["atopid", "iso3", "start", "phase"])


def join(rows: list[dict], same: list[str]) -> list[dict]:
    """Join rows that follow on without a gap and agree in ``same``; flags of any phase.

    ``late`` keeps the flags that a later phase added, with their day.
    """
    joined = []
    for row in rows:
        before = joined[-1] if joined else None
        follows = before and all(before[c] == row[c] for c in same)
        if follows and before["end"] >= row["start"]:
            before["late"] |= {f: row["start"] for f in FLAGS if row[f] > before[f]}
            before |= {f: max(before[f], row[f]) for f in FLAGS}
            before |= {"end": row["end"], "termmode": row["termmode"]}
        else:
            joined.append(row | {"late": {}})
    return joined
