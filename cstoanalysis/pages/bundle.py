"""All tables in one piece: a zip of files, and a database that has types and keys."""

import io
import sqlite3
import zipfile

import pandas as pd

from cstoanalysis.data import load_table
from cstoanalysis.descriptor import data_dir, data_version, descriptor

_TYPES = {"string": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
_COLUMNS = ("table_name", "column_name", "type", "unit", "title", "description")
_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip can state: nothing hangs on the clock


def to_zip() -> bytes:
    """The tables as CSV, their descriptor, the codebook as a table; same tables, same bytes."""
    files = {r["path"]: (data_dir() / r["path"]).read_bytes() for r in descriptor()["resources"]}
    files["datapackage.json"] = (data_dir() / "datapackage.json").read_bytes()
    codebook = pd.DataFrame(_codebook(), columns=_COLUMNS)
    files["codebook.csv"] = codebook.to_csv(index=False, lineterminator="\n").encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"csto-data-{data_version()}/{name}", _DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return written.getvalue()


def to_sqlite() -> bytes:
    """The tables as one SQLite database; same tables, same bytes.

    Types, primary and foreign keys are those of the descriptor; the table ``codebook`` says what
    each column means, ``about`` under which licence each table is. Dates stay texts as long as
    they are known, truth values are 0 and 1.
    """
    resources = descriptor()["resources"]
    database = sqlite3.connect(":memory:")
    for resource in resources:
        _fill(database, resource)
    database.execute(
        f"CREATE TABLE codebook ({' TEXT, '.join(_COLUMNS)} TEXT,"
        " PRIMARY KEY (table_name, column_name))"
    )
    database.executemany("INSERT INTO codebook VALUES (?, ?, ?, ?, ?, ?)", _codebook())
    database.execute(
        "CREATE TABLE about (table_name TEXT PRIMARY KEY, title TEXT, description TEXT, licence TEXT)"
    )
    database.executemany(
        "INSERT INTO about VALUES (?, ?, ?, ?)",
        [
            (r["name"], r["title"], r["description"], "; ".join(map(_licence, r["licenses"])))
            for r in resources
        ],
    )
    database.commit()
    database.execute("VACUUM")
    content = database.serialize()
    database.close()
    return content


def _codebook() -> list[tuple]:
    return [
        (r["name"], *(f.get(key, "") for key in ("name", "type", "unit", "title", "description")))
        for r in descriptor()["resources"]
        for f in r["schema"]["fields"]
    ]


def _licence(terms: dict) -> str:
    return f"{terms.get('name') or terms['title']} {terms.get('path', '')}".strip()


def _fill(database: sqlite3.Connection, resource: dict) -> None:
    """Make one table and put in its rows."""
    name, schema = resource["name"], resource["schema"]
    parts = [
        f'"{f["name"]}" {_TYPES[f["type"]]}'
        + " NOT NULL" * bool(f.get("constraints", {}).get("required"))
        for f in schema["fields"]
    ]
    if schema.get("primaryKey"):
        parts.append(f"PRIMARY KEY ({_quoted(schema['primaryKey'])})")
    for key in schema.get("foreignKeys", []):
        target = key["reference"]["resource"] or name
        if _names(key["reference"]["fields"]) != _primary(target):
            continue  # several rows may bear it; SQLite wants one
        parts.append(
            f'FOREIGN KEY ({_quoted(key["fields"])}) REFERENCES "{target}" '
            f"({_quoted(key['reference']['fields'])})"
        )
    database.execute(f'CREATE TABLE "{name}" ({", ".join(parts)})')
    frame = load_table(name).astype("object")
    rows = frame.where(frame.notna(), None).itertuples(index=False, name=None)
    places = ", ".join("?" * len(frame.columns))
    database.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)


def _primary(table: str) -> list[str]:
    (resource,) = [r for r in descriptor()["resources"] if r["name"] == table]
    return _names(resource["schema"].get("primaryKey", []))


def _names(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _quoted(names: str | list[str]) -> str:
    return ", ".join(f'"{name}"' for name in _names(names))
