"""The CIA World Factbook of 2026 and of 1990, read for ``cia_borders.py``."""

import gzip
import json
import re
from pathlib import Path

import pandas as pd

STATES = pd.read_csv(Path(__file__).parents[1] / "states.csv").query("kind != 'de_facto'")
# Names of the Factbook that are not those of states.csv; file names where a page has no short name.
ALIASES = {"Bosnia": "BIH", "Burma": "MMR", "Cape Verde": "CPV", "Congo": "COG", "DRC": "COD"}
ALIASES |= {"Czech Republic": "CZE", "Democratic Republic of the Congo": "COD", "FRG": "DEU"}
ALIASES |= {"C&ocirc;te d'Ivoire": "CIV", "French Guiana": "FRA", "GDR": "DDR", "UAE": "ARE"}
ALIASES |= {"Holy See": "VAT", "Macedonia": "MKD", "Swaziland": "SWZ", "The Bahamas": "BHS"}
ALIASES |= {"The Dominican": "DOM", "The Gambia": "GMB", "UK": "GBR", "US": "USA", "USSR": "SUN"}
ALIASES |= {"ae": "ARE", "ct": "CAF", "fm": "FSM"}
CODES = STATES.set_index("name").iso3.to_dict()
CODES |= {name: iso3 for name, iso3 in ALIASES.items() if iso3 in set(STATES.iso3)}

# Country numbers of the archive's 1990 edition: Europe and the neighbours of the Soviet Union.
PAGES_1990 = """13022 AFG 13023 ALB 13026 AND 13037 AUT 13044 BEL 13056 BGR 13068 CHN 13080 CSK
13081 DNK 13094 FIN 13095 FRA 13102 DDR 13103 DEU 13107 GRC 13122 HUN 13127 IRN 13128 IRQ 13132 ITA
13145 PRK 13153 LIE 13154 LUX 13171 MCO 13172 MNG 13180 NLD 13190 NOR 13203 POL 13204 PRT 13208 ROU
13215 SMR 13226 SUN 13227 ESP 13234 SWE 13235 CHE 13236 SYR 13245 TUR 13266 YUG""".split()
NUMBERS_1990 = dict(zip(PAGES_1990[::2], PAGES_1990[1::2]))

NEIGHBOUR = re.compile(r"(?:^|[;,] | and )([A-Z][\w' .-]*?)(?: \([^)]*\))? ([\d,.]*\d)(?= km|,|$)")
LINE_1990 = re.compile(r"\(\d+, \d+, (\d+), N'Land boundaries', N'((?:[^']|'')*)'\)")


def neighbours(text: str) -> dict[str, float]:
    """{code: km} from 'Belarus 1,312 km; China (southeast) 4,133 km and China (south) 46 km'."""
    found = {}
    for name, km in NEIGHBOUR.findall(text):
        if name in CODES:
            length = found.get(CODES[name], 0) + float(km.replace(",", ""))
            found[CODES[name]] = round(length, 2)
    return found


def read_2026(folder: Path) -> dict[str, dict]:
    """{iso3: page} of the states in states.csv."""
    path = next(folder.rglob("factbook_8662a8b_*.json"))
    pages = {}
    for file, page in json.loads(path.read_text(encoding="utf-8")).items():
        name = (page["nm"] or {}).get("conventional short form", {}).get("text", "")
        iso3 = CODES.get(Path(file).stem) or CODES.get(name.split(" (")[0])
        if iso3:
            pages[iso3] = page
    return pages


def read_1990(folder: Path) -> dict[str, dict[str, float]]:
    """{iso3: {code: km}}; '5,826 km total; China 76 km, ...' or '68 km with FRG'."""
    path = next(folder.rglob("*country_fields_1990.sql.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = LINE_1990.findall(file.read())
    lines = [
        (number, re.sub(r"^([\d,.]+ km) with (.+)$", r"\2 \1", text)) for number, text in lines
    ]
    lines = [(number, re.sub(r"^[\d,.]+ km total; ", "", text)) for number, text in lines]
    return {NUMBERS_1990[n]: neighbours(text) for n, text in lines if n in NUMBERS_1990}
