"""What identifies a run: all that is known before it starts and can change what it puts out.

That is the cells of the notebook, the parameters given, the bytes of the tables, the source of the
front room and of what runs the cells, the versions of the libraries. What a run reads beyond that is
noted while it goes (:mod:`cstoanalysis.run.watch`). All is taken from the files as they are now: a
server may run for days while a table is corrected.
"""

import hashlib
import json
import os
import platform
import re
import sys
import time
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import cstoanalysis
from cstoanalysis.descriptor import data_dir
from cstoanalysis.run.notebook import source_of, tags_of, without_injected

PACKAGE = Path(cstoanalysis.__file__).resolve().parent


def inputs(notebook: dict) -> dict:
    """Everything but the parameters that a run's outputs depend on.

    Parameters
    ----------
    notebook : dict
        Notebook in format 4, executed or not; a cell that papermill injected is left out.

    Returns
    -------
    dict
        ``notebook`` and ``package`` (SHA-256), ``data`` (file name to SHA-256) and ``versions``
        (library to version).
    """
    cells = []
    for cell in without_injected(notebook)["cells"]:
        attached = [cell["attachments"]] if cell.get("attachments") else []
        cells.append([cell["cell_type"], source_of(cell), sorted(tags_of(cell)), *attached])
    content = json.dumps(cells, sort_keys=True).encode()
    return {"notebook": sha256(content), **surroundings()}


def run_id(notebook: dict, values: dict) -> str:
    """Sixteen hexadecimal digits that stand for a run: its inputs and the parameters given."""
    (key,) = run_ids(notebook, [values])
    return key


def run_ids(notebook: dict, runs: list[dict]) -> list[str]:
    """Id of each run of a notebook, see :func:`run_id`."""
    known = inputs(notebook)
    contents = (json.dumps({**known, "parameters": values}, sort_keys=True) for values in runs)
    return [sha256(content.encode())[:16] for content in contents]


def surroundings() -> dict:
    """Fingerprints of the package and the tables, and the versions of the libraries."""
    return {
        "package": sha256(json.dumps([[f.name, fingerprint(f)] for f in code_files()]).encode()),
        "data": {name: fingerprint(file) for name, file in sorted(tables().items())},
        "versions": {"python": _python(), **_libraries(_installed())},
    }


def code_files() -> list[Path]:
    """Modules that shape a run: the front room, what runs notebooks, who the authors are."""
    modules = {*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")} - {*PACKAGE.glob("cli/*.py")}
    shaping = sorted(file for file in modules if file.relative_to(PACKAGE).parts[0] != "pages")
    about = [PACKAGE / "CITATION.cff", PACKAGE.parent / "CITATION.cff"]
    return [*shaping, *(file for file in about if file.is_file())]


def tables() -> dict[str, Path]:
    """Files that a notebook can read: the tables, their descriptor, what the user added."""
    folder = data_dir()
    own = [*folder.glob("*.csv"), folder / "datapackage.json", *folder.glob("restricted/*")]
    return {file.relative_to(folder).as_posix(): file for file in own if file.is_file()}


def fingerprint(path: Path) -> str:
    """SHA-256 of a file as it is now; one that has not been touched is not read again."""
    state = path.stat()
    if time.time_ns() - state.st_ctime_ns < 2_000_000_000:  # two writes may have the same time
        return sha256(path.read_bytes())
    return _fingerprint(path, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


@lru_cache(1000)
def _fingerprint(path: Path, *state: int) -> str:
    return sha256(path.read_bytes())


def _python() -> str:
    """Version of Python, and the switches that change how it runs, if there are any."""
    switches = ["-O" * bool(sys.flags.optimize), *(f"-W{w}" for w in sys.warnoptions)]
    return " ".join([platform.python_version(), *filter(None, switches)])


def _installed() -> tuple:
    """Times at which something was last installed or removed."""
    return tuple(os.stat(place).st_mtime_ns for place in sys.path if os.path.isdir(place))


@lru_cache(1)
def _libraries(installed: tuple) -> dict[str, str]:
    return {name: metadata.version(name) for name in _needed()}


@cache
def _needed() -> list[str]:
    needed = metadata.requires("csto-analysis") or []
    names = {re.match(r"[\w.-]+", text)[0] for text in needed if "extra ==" not in text}
    return sorted(names | {"ipython"})


def sha256(content: bytes) -> str:
    """Fingerprint of bytes."""
    return hashlib.sha256(content).hexdigest()
