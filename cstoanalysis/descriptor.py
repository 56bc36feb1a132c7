"""Where the tables are, and what their descriptor says of the whole; needs no pandas."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a stub: there is nothing to import when it runs
    from cstoanalysis._tables import TableName

# MIME types of what a notebook says in data: a published value, a figure, a table, and what its
# page rests on.
VALUE = "application/vnd.csto.value+json"
FIGURE = "application/vnd.csto.figure+json"
TABLE = "application/vnd.csto.table+json"
PAGE = "application/vnd.csto.page+json"


class NoTables(FileNotFoundError):
    """There are no tables where they should be, or nothing that says what they are."""


@cache
def data_dir() -> Path:
    """Folder of the tables: ``CSTO_DATA`` if set, else the one that came with the package."""
    here = Path(__file__).resolve().parent
    places = [here / "_data", here.parent / "data"]
    if os.environ.get("CSTO_DATA"):
        places = [Path(os.environ["CSTO_DATA"]).absolute()]
    for place in places:
        if (place / "datapackage.json").is_file():
            return place
    raise NoTables(
        f"No datapackage.json in {places[-1]}: set CSTO_DATA to the folder that holds the tables."
    )


def descriptor() -> dict:
    """``data/datapackage.json``, the one place that says what a table and a column mean."""
    path = data_dir() / "datapackage.json"
    return _read(path, *state(path))


def state(path: Path) -> tuple[int, ...]:
    """What changes when a file is written."""
    now = path.stat()
    return now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns


@cache
def _read(path: Path, *state: int) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise NoTables(f"{path} cannot be read: {problem}.") from None


@cache
def citation_file() -> dict:
    """``CITATION.cff``: authors and title of the collection, its address once it has one."""
    import yaml  # only who cites waits for it

    here = Path(__file__).resolve().parent
    (file, *_) = [p for p in (here / "CITATION.cff", here.parent / "CITATION.cff") if p.is_file()]
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def table_names() -> list[TableName]:
    """Names of all tables, in the order of the descriptor."""
    return [resource["name"] for resource in descriptor()["resources"]]


def data_version() -> str:
    """Version of the tables, as the descriptor states it."""
    return descriptor()["version"]


def coverage_end() -> str:
    """Month up to which the event tables were researched; open spells are censored there."""
    return descriptor()["coverage_end"]
