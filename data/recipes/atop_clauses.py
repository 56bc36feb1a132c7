"""Write alliance_clauses.csv: ``python data/recipes/atop_clauses.py FOLDER``.

Producer: ATOP 5.1, as for ``atop.py``; wanted from FOLDER or below: atop5_1a.csv. Term, renewal, exit and accession as
ATOP codes them from the first agreement (SPECLGTH, LENGTH, PROREN, RENEWLGT, RENOUNCE, PROADD), its numbers given a name;
empty where ATOP has not seen the text. Taken are the alliances of alliance_spells.csv.
"""

from pathlib import Path

import pandas as pd
from _table import folder_and_out

DATA = Path(__file__).parents[1]
CODES = {
    "term": ("speclgth", ["unstated", "fixed", "until_event", "indefinite"]),
    "renewal": ("proren", ["unstated", "by_decision", "automatic"]),
    "exit": ("renounce", ["unstated", "by_notice", "on_aggression", "after_a_time", "prohibited"]),
    "accession": ("proadd", ["unstated", "open", "unanimous", "other_procedure"]),
}
MONTHS = {"term_months": "length", "renewal_months": "renewlgt"}


def main(folder, out):
    atop = pd.read_csv(next(folder.rglob("atop5_1a.csv")), encoding="latin1")
    spells = pd.read_csv(DATA / "alliance_spells.csv")
    atop = atop[atop["atopid"].isin(spells["atopid"])].sort_values("atopid")
    names = spells.drop_duplicates("atopid").set_index("atopid")["alliance_name"]
    frame = pd.DataFrame({"atopid": atop["atopid"], "alliance_name": atop["atopid"].map(names)})
    for name, (column, words) in CODES.items():
        frame[name] = atop[column].map(dict(enumerate(words)))
    for name, column in MONTHS.items():
        frame[name] = atop[column].where(atop[column] > 0).astype("Int64")
    columns = "atopid alliance_name term term_months renewal renewal_months exit accession".split()
    frame = frame[columns].assign(source_key="atop_5_1")
    frame.to_csv(out / "alliance_clauses.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*folder_and_out(__doc__))
