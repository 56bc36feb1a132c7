"""Where the notebooks of the collection are, and which of them a user means."""

import contextlib
import difflib
from pathlib import Path

import cstoanalysis
from cstoanalysis.run.errors import ParameterError


def notebooks_dir() -> Path:
    """Folder of the notebooks: that of the checkout, else the one that came with the package."""
    here = Path(cstoanalysis.__file__).resolve().parent
    checkout = here.parent / "notebooks"
    return checkout if checkout.is_dir() else here / "_notebooks"


def notebooks() -> list[Path]:
    """All notebooks of the collection in reading order; templates start with an underscore."""
    return [p for p in sorted(notebooks_dir().glob("*.ipynb")) if not p.name.startswith("_")]


def find(name: str) -> Path:
    """Notebook of a path, a stem, or the beginning of one stem alone, such as ``01``.

    Raises
    ------
    ParameterError
        If there is none or several; one sentence that names them, and the nearest right name.
    """
    with contextlib.suppress(OSError, ValueError):  # a name too long for a file, or with a NUL
        for path in (Path(name), notebooks_dir() / f"{name}.ipynb"):
            if path.suffix == ".ipynb" and path.is_file():
                return path.resolve()
    known = {path.stem: path for path in notebooks()}
    begun = [stem for stem in known if name and stem.startswith(name)]
    if len(begun) == 1:
        return known[begun[0]]
    shown = name if len(name) <= 80 else f"{name[:79]}…"
    if begun:
        raise ParameterError(f"{shown!r} may be {' or '.join(begun)}.")
    near = difflib.get_close_matches(Path(name).stem, known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ParameterError(f"There is no notebook {shown!r}.{hint} Notebooks: {', '.join(known)}.")
