"""A folder that a command writes to: it knows what it wrote there, and touches nothing else.

Beside its files lies ``.csto-files``, in the form of ``sha256sum``: what a command wrote, and the
bytes it had then. A file that is not in it, or that was changed since, belongs to somebody else.
"""

import hashlib
import os
from pathlib import Path, PurePosixPath

from cstoanalysis.run import store
from cstoanalysis.run.errors import ParameterError

LIST = ".csto-files"
_MADE_FROM = "# made from "


class Output:
    """Files of a folder that are ours to replace and to remove.

    Parameters
    ----------
    folder : Path
        Made when the first file is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._made_from = {}
        self._ours = self._listed()

    def _listed(self) -> dict[str, set[str]]:
        """Name to the fingerprints that it may have: two where a write was cut short."""
        place = self.folder / LIST
        try:
            lines = place.read_text("utf-8").splitlines() if place.is_file() else []
        except (OSError, UnicodeDecodeError):
            return {}
        found: dict[str, set[str]] = {}
        for line in lines:
            digest, _, name = line.partition("  ")
            if digest.startswith(_MADE_FROM):  # a comment to sha256sum
                self._made_from[name] = digest.removeprefix(_MADE_FROM)
                continue
            if name and not PurePosixPath(name).is_absolute() and ".." not in Path(name).parts:
                found.setdefault(name, set()).add(digest)
        return found

    def is_ours(self, name: str) -> bool:
        """Whether a file is as a command left it here."""
        place = self.folder / name
        try:
            if not place.is_file() or place.is_symlink():
                return False
            digest = _sha256(place.read_bytes())
        except OSError:
            return False
        if digest not in self._ours.get(
            name, ()
        ):  # another command may write here at the same time
            for other, digests in self._listed().items():
                self._ours.setdefault(other, set()).update(digests)
        return digest in self._ours.get(name, ())

    def check(self, names, source: Path | None = None) -> None:
        """Refuse, before anything runs, to write where something lies that is not ours.

        Raises
        ------
        ParameterError
            If one of the files is there and was not written here, or is the source.
        """
        for name in names:
            place = self.folder / name
            if source is not None and place.resolve() == source.resolve():
                raise ParameterError(f"--output {self.folder}: {name} there is the source itself.")
            if os.path.lexists(place) and not self.is_ours(name):
                changed = "was changed since" if name in self._ours else "was not written by csto"
                raise ParameterError(
                    f"--output {self.folder}: {place} {changed}: move it or give another folder."
                )

    def is_whole(self, names=None) -> bool:
        """Whether these files, or all of ours, are as the last command that ended left them."""
        names = self._ours if names is None else names
        return all(len(self._ours.get(name, ())) == 1 and self.is_ours(name) for name in names)

    def is_made_from(self, name: str, stamp: str) -> bool:
        """Whether a file is as it was left, and what it is made from is the same as then."""
        return self._made_from.get(name) == stamp and self.is_whole([name])

    def stamp(self, name: str, made_from: str) -> None:
        """Keep what a file is made from in the list, when that is written anew."""
        self._made_from[name] = made_from

    def set_aside(self, names) -> list[str]:
        """Rename what lies where our files go and is not as we left it, in a folder of our own.

        Returns
        -------
        list of str
            A sentence for each.
        """
        told = []
        for name in (LIST, *names):
            place = self.folder / name
            right = place.is_file() if name == LIST else self.is_ours(name)
            if os.path.lexists(place) and not right:
                other = next(
                    n
                    for n in map(f"{name}.aside-{{}}".format, range(1, 10_000))
                    if not os.path.lexists(self.folder / n)
                )
                try:
                    place.rename(self.folder / other)
                except OSError as problem:
                    raise ParameterError(f"{place} cannot be moved: {problem.strerror}.") from None
                told.append(f"{place} was changed by somebody: it is called {other} now")
        return told

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file; it is listed before it is there, so that a kill leaves nothing unknown.

        Raises
        ------
        ParameterError
            If a file of somebody else lies there.
        """
        data = content.encode("utf-8") if isinstance(content, str) else content
        self.check([name])
        digest = _sha256(data)
        self._made_from.pop(name, None)
        if digest not in self._ours.get(name, ()):
            self._ours.setdefault(name, set()).add(digest)
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(self.folder / LIST, "a", encoding="utf-8", newline="\n") as file:
                file.write(f"{digest}  {name}\n")
        store.write(self.folder / name, data)
        return self.folder / name

    def remove(self, name: str) -> None:
        """Remove a file if it is ours; folders that are empty then go with it."""
        place = self.folder / name
        if self.is_ours(name):
            place.unlink()
            for parent in place.parents:
                if parent == self.folder or any(parent.iterdir()):
                    break
                parent.rmdir()
        if not os.path.lexists(place):
            self._ours.pop(name, None)

    def close(self, kept=None) -> None:
        """Remove our other files, if it is said which ones are kept, and write the list anew."""
        for name in sorted(set(self._ours) - set(self._ours if kept is None else kept)):
            self.remove(name)
        lines = []
        for name in sorted(self._ours):
            if self.is_ours(name):
                lines.append(f"{_sha256((self.folder / name).read_bytes())}  {name}\n")
                if name in self._made_from:
                    lines.append(f"{_MADE_FROM}{self._made_from[name]}  {name}\n")
        store.write(self.folder / LIST, "".join(lines))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
