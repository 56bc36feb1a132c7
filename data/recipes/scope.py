"""The states that ``capacity.csv`` covers, with the two letters the CIA Factbook files them under.

A state is in scope if it was ever a member, observer or partner of the organisations in
``organisations.csv`` that reach into the post-Soviet space (CSTO, NATO with the Partnership for
Peace, Warsaw Treaty, CIS, EAEU, EURASEC, SCO, GUAM, OTS, Union State, C5+1), operates or hosts a
facility in ``bases.csv``, or borders a post-Soviet state. Historical states and de facto entities
have no figures with these producers.
"""

POST_SOVIET = {
    "ARM": "am", "AZE": "aj", "BLR": "bo", "EST": "en", "GEO": "gg", "KAZ": "kz", "KGZ": "kg",
    "LTU": "lh", "LVA": "lg", "MDA": "md", "RUS": "rs", "TJK": "ti", "TKM": "tx", "UKR": "up",
    "UZB": "uz",
}  # fmt: skip
NATO = {
    "ALB": "al", "BEL": "be", "BGR": "bu", "CAN": "ca", "CZE": "ez", "DEU": "gm", "DNK": "da",
    "ESP": "sp", "EST": "en", "FIN": "fi", "FRA": "fr", "GBR": "uk", "GRC": "gr", "HRV": "hr",
    "HUN": "hu", "ISL": "ic", "ITA": "it", "LTU": "lh", "LUX": "lu", "LVA": "lg", "MKD": "mk",
    "MNE": "mj", "NLD": "nl", "NOR": "no", "POL": "pl", "PRT": "po", "ROU": "ro", "SVK": "lo",
    "SVN": "si", "SWE": "sw", "TUR": "tu", "USA": "us",
}  # fmt: skip
PARTNERSHIP_FOR_PEACE = {
    "AUT": "au", "BIH": "bk", "CHE": "sz", "IRL": "ei", "MLT": "mt", "SRB": "ri",
}  # fmt: skip
SCO_MEMBERS_AND_PARTNERS = {
    "AFG": "af", "ARE": "ae", "BHR": "ba", "CHN": "ch", "EGY": "eg", "IND": "in", "IRN": "ir",
    "KHM": "cb", "KWT": "ku", "LAO": "la", "LKA": "ce", "MDV": "mv", "MMR": "bm", "MNG": "mg",
    "NPL": "np", "PAK": "pk", "QAT": "qa", "SAU": "sa",
}  # fmt: skip
BASES_AND_BORDERS = {"CUB": "cu", "PRK": "kn", "SYR": "sy", "VNM": "vm"}

SCOPE = dict(
    sorted(
        (
            POST_SOVIET
            | NATO
            | PARTNERSHIP_FOR_PEACE
            | SCO_MEMBERS_AND_PARTNERS
            | BASES_AND_BORDERS
        ).items()
    )
)
