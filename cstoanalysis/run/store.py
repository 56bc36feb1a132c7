"""The store that keeps finished runs: none is lost, none done twice."""

import json
import os
import shutil
import threading
from pathlib import Path


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
