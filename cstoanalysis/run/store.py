"""What identifies a run, and the store that keeps finished runs: none is lost, none done twice.

A run is known by what can change its outputs: the cells of the notebook, the parameters given, the
bytes of the tables, the source of the front room and of what runs the cells, the versions of the
libraries.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import threading
from functools import cache
from importlib import metadata
from pathlib import Path

import cstoanalysis
from cstoanalysis.descriptor import data_dir
from cstoanalysis.run.notebook import source_of, tags_of, without_injected


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
    cells = [
        [cell["cell_type"], source_of(cell), sorted(tags_of(cell))]
        for cell in without_injected(notebook)["cells"]
    ]
    return {"notebook": _sha256(json.dumps(cells).encode()), **_surroundings()}


def run_id(notebook: dict, values: dict) -> str:
    """Sixteen hexadecimal digits that stand for a run: its inputs and the parameters given."""
    content = json.dumps({**inputs(notebook), "parameters": values}, sort_keys=True)
    return _sha256(content.encode())[:16]


@cache
def _surroundings() -> dict:
    package = Path(cstoanalysis.__file__).parent
    machinery = [package / "run" / name for name in ("engine.py", "execute.py", "shell.py")]
    code = [*sorted(package.glob("*.py")), *machinery]
    return {
        "package": _sha256(b"\0".join(file.read_bytes() for file in code)),
        "data": {name: _sha256(file.read_bytes()) for name, file in sorted(_tables().items())},
        "versions": {"python": platform.python_version(), **_libraries()},
    }


def _tables() -> dict[str, Path]:
    """Files that a notebook can read: the tables, their descriptor, what the user added."""
    folder = data_dir()
    own = [*folder.glob("*.csv"), folder / "datapackage.json", *folder.glob("restricted/*")]
    return {file.relative_to(folder).as_posix(): file for file in own if file.is_file()}


def _libraries() -> dict[str, str]:
    needed = metadata.requires("csto-analysis") or []
    names = {re.match(r"[\w.-]+", text)[0] for text in needed if "extra ==" not in text}
    return {name: metadata.version(name) for name in sorted(names | {"ipython"})}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: str | bytes) -> None:
    """Write under a temporary name and rename, so that no half-written file is ever there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


class Store:
    """Folder of finished runs, one folder a run: the executed notebook and ``run.json``.

    Parameters
    ----------
    folder : Path
        Made when the first run is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def find(self, key: str) -> dict | None:
        """What ``run.json`` says of a run, if it has finished."""
        try:
            return json.loads((self.folder / key / "run.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def notebook(self, key: str) -> dict:
        """Executed notebook of a finished run."""
        stem = self.find(key)["notebook"]
        return json.loads((self.folder / key / f"{stem}.ipynb").read_text(encoding="utf-8"))

    def tidy(self) -> None:
        """Remove what a process that was killed had begun to write."""
        for draft in self.folder.glob(".new-*"):
            if not _alive(int(draft.name.split("-")[2])):
                shutil.rmtree(draft, ignore_errors=True)

    def keep(self, key: str, record: dict, notebook: dict) -> None:
        """Keep a finished run: both files are there, or neither."""
        draft = self.folder / f".new-{key}-{os.getpid()}-{threading.get_ident()}"
        try:
            draft.mkdir(parents=True)
            (draft / f"{record['notebook']}.ipynb").write_text(to_json(notebook), encoding="utf-8")
            (draft / "run.json").write_text(to_json(record), encoding="utf-8")
            place = self.folder / key
            if place.exists():
                shutil.rmtree(place)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is another user's
    return True


def to_json(content: dict) -> str:
    """JSON as nbformat writes it: keys sorted, one space of indent, a line feed at the end."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
