"""The command line and the CSV style that the recipes share."""

import argparse
import csv
from pathlib import Path


def folder_and_out(doc: str) -> tuple[Path, Path]:
    """Folder with the producer's files, and folder for the tables (``--out``, default ``data``)."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    here = Path(__file__).parents[1]
    parser.add_argument("--out", type=Path, default=here, help="folder (default: data)")
    args = parser.parse_args()
    return args.folder, args.out


def write(out: Path, columns: list[str], rows: list[tuple]):
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    print(f"{out}: {len(rows)} rows")
