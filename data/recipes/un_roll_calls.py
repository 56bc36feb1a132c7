"""un_resolutions.csv, un_votes.csv, un_agreement.csv from the General Assembly's recorded votes.

Producer: United Nations, Dag Hammarskjold Library, voting records of the UN Digital Library (https://digitallibrary.un.org,
one record per resolution), non-commercial use with attribution. Read as collected record by record by V. Rudakov, "UN votes"
database (https://github.com/lefthand67/un_votes), whose crawl logs hold each record as the library shows it.
Wanted from FOLDER (searched with its sub-folders): every scrapy.log of that repository's history, as *scrapy.log:
logs_builder/scrapy.zip, unpacked, and logs_update/scrapy.log of the commits 973e9ff (2025-06-02) and c10dc8b (2025-11-08).
Run: python data/recipes/un_roll_calls.py FOLDER

un_agreement counts all resolutions with a recorded vote from 1992; un_resolutions and un_votes keep those of the topics
in TOPICS. A blank in the record means that no vote of the member was recorded: absent or present and not voting.
"""

import ast
import csv
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import combinations, product
from pathlib import Path

from _table import folder_and_out, write

SOURCE = "undl_votes_2025"
FIRST_YEAR = 1992
VOTE = {"Y": "yes", "N": "no", "A": "abstain", "": "absent"}
WATCHED = "ARM AZE BLR CHN EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR USA UZB".split()

# What other sources say of the same vote or day, by hand.
DAYS = {"A/RES/62/249": "2008-05-15"}  # the record is a month out
RIVALS = [("A/RES/ES-11/8", "ARM", "abstain", "interfax_ua_path_to_peace_2025")]
NOTES = {
    "A/RES/62/249": "day by the press release un_press_ga10708; the record has 2008-04-15",
    "A/RES/77/13": "put to the vote at the request of Ukraine (un_press_ga12474); the text of "
    "November 2016 had passed without a vote (civilshos_un_csto_2016)",
    "A/RES/79/10": "Armenia is not among the sponsors of the draft (moscowbaku_un_csto_2024)",
}

# Title of the resolution -> topic, subject in our words. The first that fits counts.
TOPICS = [
    (r"^Aggression against Ukraine", "ukraine", "Russian invasion deplored, withdrawal demanded"),
    (r"Humanitarian consequences of the aggression", "ukraine", "Humanitarian consequences of the invasion"),
    (r"Suspension of the rights of membership", "ukraine", "Russia suspended from the Human Rights Council"),
    (r"defending the principles", "ukraine", "Annexations of September 2022 declared invalid"),
    (r"Furtherance of remedy", "ukraine", "Reparation and register of damage"),
    (r"^Principles of the Charter", "ukraine", "Principles of the Charter and peace in Ukraine"),
    (r"^Advancing a comprehensive", "ukraine", "Just and lasting peace (Ukrainian and European text)"),
    (r"^The path to peace", "ukraine", "Path to peace (text of the United States as amended)"),
    (r"^Territorial integrity of Ukraine", "ukraine", "Territorial integrity of Ukraine after the Crimean referendum"),
    (r"[Mm]ilitarization of the Autonomous", "ukraine", "Militarisation of Crimea and the Black Sea"),
    (r"human rights in .*(Crimea|Ukraine)", "ukraine", "Human rights in Crimea and other occupied territory"),
    (r"nuclear facilities of Ukraine", "ukraine", "Safety of nuclear facilities of Ukraine"),
    (r"displaced persons and refugees from Abkhazia", "georgia", "Return of displaced persons to Abkhazia and South Ossetia"),
    (r"military forces from the territory of the Repu", "moldova", "Withdrawal of foreign forces from Moldova"),
    (r"occupied territories of Azerbaijan", "azerbaijan", "Occupied territories of Azerbaijan"),
    (r"[Hh]uman rights in Belarus", "rights", "Human rights in Belarus"),
    (r"[Hh]uman rights in Turkmenistan", "rights", "Human rights in Turkmenistan"),
    (r"[Hh]uman rights in Uzbekistan", "rights", "Human rights in Uzbekistan"),
    (r"Nazism|^Inadmissibility of certain practices", "nazism", "Glorification of Nazism condemned"),
    (r"United Nations and the Collective Security Treaty", "csto", "Cooperation of the UN with the CSTO"),
    (r"United Nations and the Commonwealth of Independent", "cis", "Cooperation of the UN with the CIS"),
    (r"United Nations and the Shanghai", "sco", "Cooperation of the UN with the SCO"),
    (r"United Nations and the Organization for Security", "osce", "Cooperation of the UN with the OSCE"),
    (r"United Nations and the Council of Europe", "coe", "Cooperation of the UN with the Council of Europe"),
]  # fmt: skip

# Names of the voting records that are not those of states.csv.
ALIASES = {
    "BOLIVIA (PLURINATIONAL STATE OF)": "BOL",
    "BRUNEI DARUSSALAM": "BRN",
    "CABO VERDE": "CPV",
    "CAPE VERDE": "CPV",
    "CONGO": "COG",
    "COTE D'IVOIRE": "CIV",
    "CZECH REPUBLIC": "CZE",
    "CZECHIA": "CZE",
    "CÔTE D'IVOIRE": "CIV",
    "DEMOCRATIC PEOPLE'S REPUBLIC OF KOREA": "PRK",
    "DEMOCRATIC REPUBLIC OF THE CONGO": "COD",
    "ESWATINI": "SWZ",
    "IRAN (ISLAMIC REPUBLIC OF)": "IRN",
    "LAO PEOPLE'S DEMOCRATIC REPUBLIC": "LAO",
    "LIBYAN ARAB JAMAHIRIYA": "LBY",
    "MICRONESIA (FEDERATED STATES OF)": "FSM",
    "NETHERLANDS (KINGDOM OF THE)": "NLD",
    "REPUBLIC OF KOREA": "KOR",
    "REPUBLIC OF MOLDOVA": "MDA",
    "RUSSIAN FEDERATION": "RUS",
    "SWAZILAND": "SWZ",
    "SYRIAN ARAB REPUBLIC": "SYR",
    "THE FORMER YUGOSLAV REPUBLIC OF MACEDONIA": "MKD",
    "UNITED REPUBLIC OF TANZANIA": "TZA",
    "VENEZUELA (BOLIVARIAN REPUBLIC OF)": "VEN",
    "VIET NAM": "VNM",
    "YUGOSLAVIA": "YUG",
    "ZAIRE": "COD",
}


def records(folder):
    """Each record of the crawl logs once: symbol -> (number, day, title, votes)."""
    found = {}
    for path in sorted(folder.rglob("*scrapy.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for block in re.findall(r"^\{'agenda.*?^ 'vote_date': \[[^\]]*\]\}$", text, re.S | re.M):
            item = ast.literal_eval(block)
            symbol, day = item["resolution_symbol"][0], item["vote_date"][0]
            if symbol.startswith("A/RES/") and int(day[:4]) >= FIRST_YEAR:
                found[symbol] = (item["id_record"][0], day, item["title"][0], votes(item["vote"]))
    return found


def votes(lines):
    """Name -> vote of one record, whose lines read ``Y ALBANIA`` or, without a vote, ``ALBANIA``."""
    pairs = [re.fullmatch(r"\s*(?:([YNA]) )?\s*(.+?)\s*", line).groups("") for line in lines]
    return {iso3_of(name): VOTE[vote] for vote, name in pairs}


@cache
def codes():
    """Names in capitals -> code: those of states.csv and ALIASES."""
    with (Path(__file__).parents[1] / "states.csv").open(encoding="utf-8") as file:
        return {row["name"].upper(): row["iso3"] for row in csv.DictReader(file)} | ALIASES


def iso3_of(name):
    """Code of a name of the voting records, one of which reads ``y LAO ...`` for ``Y LAO ...``."""
    name = name.removeprefix("y ").upper()
    return "TUR" if re.fullmatch("T.RK.YE", name) else codes()[name]


def topic_of(title):
    return next(((t, s) for pattern, t, s in TOPICS if re.search(pattern, title)), None)


def main(folder, out):
    found = records(folder)
    chosen = {s: r for s, r in sorted(found.items()) if topic_of(r[2])}
    rows = []
    for symbol, (number, day, title, vote) in chosen.items():
        count = Counter(vote.values())
        totals = [count[kind] for kind in ("yes", "no", "abstain", "absent")]
        note = NOTES.get(symbol, "")
        rows.append(
            (symbol, DAYS.get(symbol, day), *topic_of(title), *totals, number, SOURCE, note)
        )
    columns = "resolution date topic subject yes no abstain absent record source_key note".split()
    write(out / "un_resolutions.csv", columns, rows)
    cast = [(s, i, v, SOURCE) for s, r in chosen.items() for i, v in sorted(r[3].items())]
    cast = sorted([*cast, *RIVALS], key=lambda row: (row[0], row[1], row[3]))
    write(out / "un_votes.csv", ["resolution", "iso3", "vote", "source_key"], cast)
    write_agreement(found, out / "un_agreement.csv")


def write_agreement(found, path):
    """Per pair of watched states and year: resolutions, both voted, same vote, yes against no, each pair of votes."""
    tally = defaultdict(Counter)
    for _, day, _, vote in found.values():
        for pair in combinations([state for state in WATCHED if state in vote], 2):
            a, b = (vote[state] for state in pair)
            both = "absent" not in (a, b)
            counts = tally[*pair, int(day[:4])]
            counts["resolutions"] += 1
            counts["both"] += both
            counts["same"] += both and a == b
            counts["opposed"] += {a, b} == {"yes", "no"}
            counts[f"{a}_{b}"] += 1
    crossed = [f"{a}_{b}" for a, b in product(["yes", "abstain", "no"], repeat=2)]
    names = ["resolutions", "both", "same", "opposed", *crossed]
    rows = [
        (*key, *(counts[name] for name in names), SOURCE) for key, counts in sorted(tally.items())
    ]
    write(path, ["iso3_1", "iso3_2", "year", *names, "source_key"], rows)


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
