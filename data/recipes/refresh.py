"""Refresh ``bytes`` and ``hash`` of each table in data/datapackage.json after a table was changed.

    python data/recipes/refresh.py

Says which tables differ from what the descriptor said before. The names of the tables go into
``cstoanalysis/_tables.pyi``, from which editors complete them; nothing else is changed.
"""

import hashlib
import json
from pathlib import Path

DATA = Path(__file__).resolve().parents[1]
NAMES = DATA.parent / "cstoanalysis" / "_tables.pyi"
HEAD = """# Written by data/recipes/refresh.py: the names of the tables, for editors and type checkers.
from typing import Literal

TableName = Literal[
{}]
"""


def main() -> None:
    """Write the descriptor anew with the size and SHA-256 of each file as it is."""
    descriptor = DATA / "datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        content = (DATA / resource["path"]).read_bytes()
        found = {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        if any(resource.get(key) != value for key, value in found.items()):
            print(f"{resource['path']}: {found['bytes']} bytes, {found['hash']}")
        resource.update(found)
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    descriptor.write_text(text, encoding="utf-8", newline="\n")
    names = "".join(f'    "{resource["name"]}",\n' for resource in package["resources"])
    NAMES.write_text(HEAD.format(names), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
