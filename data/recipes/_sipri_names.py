"""How SIPRI names the states that ``milex.csv`` covers."""

NAMES = {
    "Albania": "ALB", "Armenia": "ARM", "Azerbaijan": "AZE", "Belarus": "BLR", "Belgium": "BEL",
    "Bulgaria": "BGR", "Canada": "CAN", "Croatia": "HRV", "Czechia": "CZE", "Denmark": "DNK",
    "Estonia": "EST", "Finland": "FIN", "France": "FRA", "Georgia": "GEO", "Germany": "DEU",
    "Greece": "GRC", "Hungary": "HUN", "Iceland": "ISL", "Italy": "ITA", "Kazakhstan": "KAZ",
    "Kyrgyz Republic": "KGZ", "Latvia": "LVA", "Lithuania": "LTU", "Luxembourg": "LUX",
    "Moldova": "MDA", "Montenegro": "MNE", "Netherlands": "NLD", "North Macedonia": "MKD",
    "Norway": "NOR", "Poland": "POL", "Portugal": "PRT", "Romania": "ROU", "Russia": "RUS",
    "Slovakia": "SVK", "Slovenia": "SVN", "Spain": "ESP", "Sweden": "SWE", "Tajikistan": "TJK",
    "Turkmenistan": "TKM", "Türkiye": "TUR", "Ukraine": "UKR", "United Kingdom": "GBR",
    "United States of America": "USA", "Uzbekistan": "UZB",
}  # fmt: skip
