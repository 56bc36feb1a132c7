"""What a run sees beyond its id: fixed where it can be, else noted and held against the files later.

Fixed in each run: the environment but for a few names, time zone, locale, size of the terminal,
matplotlib's settings, what new files may be read by, where modules are looked for first. Noted, by
an audit hook in the run's own process: each file that it opens for reading, each folder that it
lists, each file that its code or a command names, each module that could come to lie before one it imported.
Not seen are a mere look whether a file is there, and files that other programs or libraries in C
open without their names standing in the code. What the id stands for already (:mod:`cstoanalysis.run.identity`), the installed
libraries and the system's own files are left out.
"""

import contextlib
import importlib.util
import json
import locale
import os
import re
import shlex
import site
import stat
import sys
import sysconfig
import threading
import time
from functools import cache
from pathlib import Path

from cstoanalysis.descriptor import NoTables, data_dir
from cstoanalysis.run.identity import PACKAGE, code_files, sha256, tables

KEPT = """
    PATH HOME TMPDIR TEMP TMP LD_LIBRARY_PATH DYLD_LIBRARY_PATH SYSTEMROOT COMSPEC PATHEXT CSTO_DATA
    PYTHONPATH PYTHONHASHSEED PYTHONDONTWRITEBYTECODE XDG_CACHE_HOME OMP_NUM_THREADS OPENBLAS_NUM_THREADS MPLBACKEND
    IPYTHONDIR
""".split()
FIXED = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "COLUMNS": "80", "LINES": "24"}
ABSENT = "not there"
_WORD, _TEXT = r"[^\s\"'`(),=;|<>\[\]{}]+", r"(?<=[\"'])[^\"'\n]+(?=[\"'])"
_PACKAGE = os.path.join(PACKAGE, "")
_STARTED_BY_PYTHON = ("sitecustomize", "usercustomize")
_WALKERS = {
    "glob.py",
    "pathlib.py",
    "_local.py",
    "_glob.py",
    "os.py",
    "<frozen os>",
}  # list for others


def environment() -> dict[str, str]:
    """Environment variables of a run: a few that a process needs, and those that are fixed."""
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, **FIXED}


def fix() -> None:
    """Give this process the surroundings that each run has, whoever starts it and where."""
    wanted = environment()
    os.environ.clear()
    os.environ.update(wanted)
    if hasattr(time, "tzset"):
        time.tzset()
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    os.umask(0o022)
    extra = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path.sort(key=lambda place: place in extra)  # nothing of it comes before a library
    if "matplotlib" in sys.modules:  # it read the caller's matplotlibrc
        settings, unlike = sys.modules["matplotlib"], {"backend", "backend_fallback", "interactive"}
        own = {k: v for k, v in settings.rcParamsDefault.items() if k not in unlike}
        settings.rcParams.update({k: v for k, v in own.items() if settings.rcParams[k] != v})


class Notes:
    """What this process, and each that is forked from it, reads from now on.

    Parameters
    ----------
    file : file object
        Binary, to write to and to read from: the notes, which the processes share.
    """

    def __init__(self, file):
        self._file = file
        self._seen, self._own, self._busy, self._named = set(), {*_own()}, threading.local(), {}
        self._libraries = _places() + _in_full({os.environ.get("IPYTHONDIR")})
        for name in sys.modules.keys() - _of_libraries():
            if source := getattr(sys.modules[name], "__file__", None):
                self._note(source, always=name in _STARTED_BY_PYTHON)
        sys.addaudithook(self._hook)

    def expect(self, code: str) -> None:
        """Note the files that code names: a library in C may open them, or a program."""
        self._busy.now = True
        words = {*re.findall(_WORD, code), *re.findall(_TEXT, code)}
        for path in (os.path.abspath(word) for word in words if os.path.isfile(word)):
            if not self._is_library(path) and not path.endswith(".ipynb"):  # that is a link
                self._named[path] = fingerprint(path)
        self._busy.now = False

    def read(self) -> dict[str, str]:
        """Path to fingerprint, as it was when it was first read."""
        self._busy.now = True
        self._file.seek(0)
        named = {path: digest for path, digest in self._named.items() if path not in self._own}
        return named | noted(self._file.read())

    def _hook(self, event: str, arguments: tuple) -> None:
        handle = _EVENTS.get(event)
        if handle is None or getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            handle(self, *arguments)
        except (OSError, ValueError):
            pass  # whoever opens what cannot be opened is told so
        finally:
            self._busy.now = False

    def _open(self, path, mode, flags: int) -> None:
        if isinstance(path, int) or flags & getattr(os, "O_DIRECTORY", 0):
            return
        path = os.path.abspath(os.fsdecode(path))
        if not flags & (os.O_WRONLY | os.O_RDWR):
            self._note(path)
        elif flags & os.O_TRUNC or not os.path.exists(path):
            self._own.add(path)  # what a run writes itself is nothing that it was given
        elif flags & os.O_RDWR:
            self._note(path)

    def _connect(self, path) -> None:
        if path and path != ":memory:":
            self._open(path, None, 0)

    def _list(self, path=".") -> None:
        caller = sys._getframe(2).f_code.co_filename
        library = caller.startswith(("<frozen", *self._libraries))
        if not isinstance(path, int) and (not library or os.path.basename(caller) in _WALKERS):
            self._note(os.path.join(os.fsdecode(path or "."), ""))

    def _import(self, name: str, *_) -> None:
        if "." not in name:
            for place in (f"{name}.py", os.path.join(name, "__init__.py")):
                self._note(place, always=True)

    def _command(self, *arguments) -> None:
        texts = [a for a in arguments[:2] if isinstance(a, (str, bytes))]
        for many in arguments[:2]:
            texts += many if isinstance(many, (list, tuple)) else []
        for text in texts:
            for word in shlex.split(os.fsdecode(text), comments=True):
                if os.path.isfile(word):
                    self._note(word)

    def _note(self, path: str, always: bool = False) -> None:
        if "__pycache__" in path and path.endswith(".pyc"):
            path = importlib.util.source_from_cache(path)
        whole = os.path.abspath(path) + (os.sep if path.endswith(os.sep) else "")
        if whole in self._seen or whole in self._own or (not always and self._is_library(whole)):
            return
        self._seen.add(whole)
        if found := fingerprint(whole):
            self._file.write(json.dumps([whole, found]).encode() + b"\n")
            self._file.flush()

    def _is_library(self, path: str) -> bool:
        return _is_library(path, self._libraries)


_EVENTS = {
    "open": Notes._open,
    "os.listdir": Notes._list,
    "os.scandir": Notes._list,
    "import": Notes._import,
    "subprocess.Popen": Notes._command,
    "os.system": Notes._command,
    "os.exec": Notes._command,
    "os.posix_spawn": Notes._command,
    "sqlite3.connect": Notes._connect,
}


def _is_library(path: str, places: tuple[str, ...]) -> bool:
    return path.startswith(places) and not path.startswith(_PACKAGE)


def get_ready() -> None:
    """Find out once, for all runs that are forked from here, what is not noted."""
    _of_libraries()
    with contextlib.suppress(NoTables):  # a run says so
        _own()


@cache
def _own() -> frozenset[str]:
    """Files that the id of a run stands for."""
    own = {str(file) for file in (*code_files(), *tables().values())}
    return frozenset(own | {os.path.realpath(path) for path in own})


@cache
def _of_libraries() -> frozenset[str]:
    """Modules of libraries, of those imported when this is first asked."""
    there = {name: getattr(module, "__file__", None) for name, module in [*sys.modules.items()]}
    library = {n for n, f in there.items() if not f or _is_library(f, _places())}
    return frozenset(library.difference(_STARTED_BY_PYTHON))


@cache
def _places() -> tuple[str, ...]:
    """Folders of libraries and of the system."""
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    folders |= {"/bin", "/dev", "/etc", "/lib", "/proc", "/sbin", "/sys"}
    folders |= {f"/usr/{name}" for name in ("bin", "lib", "local/bin", "sbin", "share")}
    folders |= {os.path.join(sys.prefix, "share"), os.path.join(sys.prefix, "etc")}
    folders |= {os.path.expanduser(f"~/{name}") for name in (".cache", "Library/Caches")}
    folders.add(os.environ.get("XDG_CACHE_HOME"))
    return _in_full(folders)


def _in_full(folders: set) -> tuple[str, ...]:
    """Folders as they are named and as they really lie, each with a separator at its end."""
    named = set(filter(None, folders))
    return tuple(os.path.join(place, "") for place in {*named, *map(os.path.realpath, named)})


def fingerprint(path: str) -> str:
    """SHA-256 of a file, or of the names in a folder; empty for what is neither, as a pipe."""
    try:
        if path.endswith(os.sep):
            names = (n for n in os.listdir(path) if not n.startswith((".", "__pycache__")))
            return sha256("\n".join(sorted(names)).encode("utf-8", "surrogateescape"))
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, "rb") as file:
            return sha256(file.read())
    except OSError:
        return ABSENT


def noted(report: bytes) -> dict[str, str]:
    """Path to fingerprint, from what :class:`Notes` wrote; what was read first counts."""
    found = {}
    for line in report.splitlines():
        path, digest = json.loads(line)
        found.setdefault(path, digest)
    return found


def named(read: dict[str, str], folder: Path) -> dict[str, str]:
    """The same with names as they look from a folder, for what lies in it or in the collection."""
    roots = tuple(os.path.join(os.path.realpath(p), "") for p in (folder, data_dir().parent))
    names = {}
    for path, digest in read.items():
        inside = path.startswith((*roots, os.path.join(folder, "")))
        name = os.path.relpath(path, os.path.abspath(folder)) if inside else path
        names[Path(name).as_posix() + "/" * path.endswith(os.sep)] = digest
    return dict(sorted(names.items()))


def stated(notebook: dict) -> dict[str, dict]:
    """``read``: name and fingerprint of the files that an executed notebook read, if it read any."""
    read = notebook["metadata"].get("csto", {}).get("read", {})
    there = {name: digest for name, digest in read.items() if digest != ABSENT}
    return {"read": there} if there else {}


def changed(read: dict[str, str], folder: Path) -> str:
    """Name of the first thing that is no more as it was read; empty if all is."""
    paths = {name: os.path.join(os.path.abspath(folder), name) for name in read}
    return next((name for name, path in paths.items() if fingerprint(path) != read[name]), "")
