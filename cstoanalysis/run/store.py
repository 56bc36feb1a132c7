"""The store that keeps finished runs: none is lost, none done twice, and what is damaged is not used.

A run is one file, ``kept/ID.run``, of three parts: a line with the format and the SHA-256 of the
rest; a line with the record of the run (JSON); the executed notebook. It is replaced in one step,
so that whoever reads, writes at the same time or is killed finds the old run or the new one. A file
that does not pass its checksum, or lies under another run's name, is moved to the folder ``aside``.
"""

import contextlib
import json
import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cstoanalysis.run import identity, watch

FORMAT = "csto-run-3"
_RUN = re.compile(r"([0-9a-f]{16})\.run")
_DRAFT = re.compile(r"\.csto-(\d+)-\d+\.tmp")


class Found(NamedTuple):
    """A run of the store: its record, or why it cannot be served. Both are empty if there is none."""

    record: dict | None = None
    problem: str = ""
    damaged: bool = False
    notebook: str = ""


class Damaged(ValueError):
    """A file of the store that is not as it was written."""


class Store:
    """Folder of finished runs.

    Parameters
    ----------
    folder : Path
        Made when the first run is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.runs = folder / "kept"

    def find(self, key: str, beside: Path | None = None) -> Found:
        """A finished run, unless it is damaged or something that it read has changed.

        Parameters
        ----------
        key : str
            Id of the run.
        beside : Path, optional
            Folder of the notebook: what the run read is held against the files as they are now.
        """
        place = self._place(key)
        try:
            found = _read(place, key)
        except (FileNotFoundError, NotADirectoryError):
            return Found()
        except (OSError, Damaged) as problem:
            return Found(problem=f"what was kept of it is {_how(problem)}", damaged=True)
        if beside and (name := watch.changed(found.record.get("read", {}), beside)):
            return Found(problem=f"{name} has changed since it was run")
        return found

    def has(self, key: str) -> bool:
        """Whether something is kept under an id; :meth:`find` says whether it is whole."""
        return self._place(key).is_file()

    def set_aside(self, key: str) -> None:
        """Move a damaged run to the folder ``aside``, so that it can be looked at."""
        self._aside(self._place(key))

    def notebook(self, key: str) -> dict:
        """Executed notebook of a finished run.

        Raises
        ------
        LookupError
            If the store has no whole run of that id.
        """
        found = self.find(key)
        if found.record is None:
            raise LookupError(found.problem or f"there is no run {key} in {self.folder}")
        return json.loads(found.notebook)

    def keep(self, record: dict, notebook: dict) -> None:
        """Keep a finished run: all of it is there, or what was there before."""
        rest = json.dumps(record, sort_keys=True) + "\n" + to_json(notebook)
        rest = rest.encode("utf-8", "backslashreplace")
        content = f"{FORMAT} {identity.sha256(rest)}\n".encode() + rest
        place = self._place(record["id"])
        try:
            write(place, content)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            for stray in (self.runs, place):
                if os.path.lexists(stray) and stray.is_dir() != (stray == self.runs):
                    self._aside(stray)
            write(place, content)

    def fail(self, stem: str, key: str, notebook: dict) -> Path:
        """Keep the notebook of a failed run, with its traceback, and say where."""
        kept = self.folder / "failed" / f"{stem}-{key}.ipynb"
        write(kept, to_json(notebook))
        return kept

    def tidy(self) -> list[Path]:
        """Remove what a process that was killed had begun to write."""
        removed = []
        with contextlib.suppress(OSError):
            for draft in list(self.runs.iterdir()):
                found = _DRAFT.fullmatch(draft.name)
                if found and not _alive(int(found[1])):
                    draft.unlink()
                    removed.append(draft)
        return removed

    def records(self) -> Iterator[tuple[Path, dict | None, str]]:
        """File and record of each run that is kept, the oldest first, and what is wrong with it."""
        for place in sorted(self._files(), key=lambda file: file.stat().st_mtime_ns):
            try:
                record = _read(place, place.name[:16]).record
                yield place, record, _outdated(record)
            except (OSError, Damaged) as problem:
                yield place, None, _how(problem)

    def check(self) -> Iterator[tuple[str, str]]:
        """Id of each run that is kept, and what is wrong with it; nothing is moved."""
        for place, _, problem in sorted(self.records()):
            yield place.name[:16], problem

    def clean(self) -> list[Path]:
        """Remove what will not be served again: damaged and outdated runs, drafts, failed runs.

        Only files that bear a name that the store gives are removed, no folder and nothing else.
        """
        removed = self.tidy()
        useless = {key for key, problem in self.check() if problem}
        places = [self._place(key) for key in sorted(useless)]
        for name, pattern in (
            ("aside", r"(.+\.run|kept)(-\d+)?"),
            ("failed", r".+-[0-9a-f]{16}\.ipynb"),
        ):
            with contextlib.suppress(OSError):
                inside = sorted((self.folder / name).iterdir())
                places += [place for place in inside if re.fullmatch(pattern, place.name)]
        for place in places:
            with contextlib.suppress(OSError):  # a folder, or another user's
                place.unlink()
                removed.append(place)
        return removed

    def _place(self, key: str) -> Path:
        return self.runs / f"{key}.run"

    def _files(self) -> list[Path]:
        try:
            return sorted(p for p in self.runs.iterdir() if _RUN.fullmatch(p.name))
        except OSError:
            return []

    def _aside(self, place: Path) -> None:
        """Move what does not belong there out of the way; nothing is lost."""
        aside = self.folder / "aside"
        with contextlib.suppress(OSError, StopIteration):
            aside.mkdir(parents=True, exist_ok=True)
            names = (f"{place.name}{(n and f'-{n}') or ''}" for n in range(10_000))
            target = next(aside / name for name in names if not os.path.lexists(aside / name))
            place.rename(target)


def _read(place: Path, key: str) -> Found:
    """A run as it was written, its notebook as text.

    Raises
    ------
    Damaged
        If a byte of it is another, or it is another run's.
    """
    if not stat.S_ISREG(place.stat().st_mode):
        raise Damaged("it is no file")
    first, _, rest = place.read_bytes().partition(b"\n")
    if first != f"{FORMAT} {identity.sha256(rest)}".encode():
        raise Damaged("its checksum is another")
    head, _, notebook = rest.decode("utf-8").partition("\n")
    record = json.loads(head)
    if record["id"] != key:
        raise Damaged(f"it is run {record['id']}")
    return Found(record, notebook=notebook)


def _how(problem: Exception) -> str:
    return f"damaged ({getattr(problem, 'strerror', None) or problem})"


def _outdated(record: dict) -> str:
    same = record.get("surroundings") == surroundings_id()
    return "" if same else "of other tables, libraries or another version of the package"


def surroundings_id() -> str:
    """Fingerprint of tables, package and libraries as they are now."""
    return identity.sha256(json.dumps(identity.surroundings(), sort_keys=True).encode())[:16]


def write(path: Path, content: str | bytes) -> None:
    """Write a file in one step: it is there whole, on the disk, or it is as it was before."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".csto-{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with open(draft, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as problem:  # a full disk does not say which file it is
        problem.filename, problem.filename2 = str(path), None
        raise
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_DIRECTORY)
        with contextlib.suppress(OSError):  # not every file system can
            os.fsync(folder)
        os.close(folder)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # it is another user's
    return True


def to_json(content: dict) -> str:
    """JSON as nbformat writes it: keys sorted, one space of indent, a line feed at the end."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
