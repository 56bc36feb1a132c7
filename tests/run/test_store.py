"""The store heals: what is damaged is not served, but set aside and run again; nothing is lost."""

import json
import os
import random
import signal
import time
from concurrent.futures import Executor, Future
from copy import deepcopy
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from small import write

from cstoanalysis import cli
from cstoanalysis.run import engine, execute, store
from cstoanalysis.run.store import Store

FAKE = {
    "cells": [{"cell_type": "markdown", "id": "1", "metadata": {}, "source": "x" * 3000}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
KEY, OTHER = "0123456789abcdef", "fedcba9876543210"


def record(key: str = KEY, value: int = 1234567) -> dict:
    """Record of a run that published one number."""
    published = [{"name": "value", "value": value, "unit": ""}]
    known = {"read": {}, "surroundings": store.surroundings_id(), "seconds": 1.0, "work": 1.0}
    return {"id": key, "notebook": "n", "parameters": {}, "published": published, **known}


class Instant(Executor):
    """Runs nothing: each run has at once what one run gave."""

    def __init__(self):
        self.count = 0

    def submit(self, function, job, *_):
        self.count += 1
        future = Future()
        result = {**record(job.key), "notebook": deepcopy(FAKE), "error": "", "note": ""}
        future.set_result({k: v for k, v in result.items() if k not in ("id", "parameters")})
        return future


# --- kinds of damage -----------------------------------------------------------------------------
def _edit(old: bytes, new: bytes):
    def edit(path: Path) -> None:
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))

    return edit


def _json(change):
    """Change the record and leave the rest as it is."""

    def edit(path: Path) -> None:
        first, head, notebook = path.read_bytes().split(b"\n", 2)
        path.write_bytes(
            b"\n".join([first, json.dumps(change(json.loads(head))).encode(), notebook])
        )

    return edit


def _cut(size: float):
    return lambda path: path.write_bytes(path.read_bytes()[: int(size * path.stat().st_size)])


def _instead(make):
    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "a.txt").write_text("somebody's")


DAMAGE = {
    "cut to nothing": _cut(0),
    "cut early": _cut(0.01),
    "cut in the middle": _cut(0.5),
    "cut at the end": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "zeros, as after a crash": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "twice": lambda path: path.write_bytes(path.read_bytes() * 2),
    "a digit of a value": _edit(b"1234567", b"1234568"),
    "a digit of the checksum": lambda p: p.write_bytes(
        p.read_bytes().translate(bytes.maketrans(b"a", b"b"), b"")
    ),
    "a letter of the notebook": _edit(b"xxxx", b"xxxy"),
    "line ends": _edit(b"\n", b"\r\n"),
    "another format": _edit(store.FORMAT.encode(), b"csto-run-2"),
    "no text": _edit(b"xxxx", b"\xff\xfe\x00x"),
    "a byte-order mark": lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()),
    "no JSON": _edit(b'{"id"', b"{id"),
    "a list": _json(lambda record: [record]),
    "null": _json(lambda record: None),
    "a number": _json(lambda record: 3),
    "a text": _json(lambda record: "x"),
    "no id": _json(lambda record: {k: v for k, v in record.items() if k != "id"}),
    "no values": _json(lambda record: {k: v for k, v in record.items() if k != "published"}),
    "values of another type": _json(lambda record: {**record, "published": {"value": 3}}),
    "another notebook": _json(lambda record: {**record, "notebook": "../x"}),
    "more digits": _json(lambda record: {**record, "seconds": 10**400}),
    "deeply nested": lambda path: path.write_text("[" * 100_000),
    "a record without its notebook": lambda p: p.write_bytes(
        b"\n".join(p.read_bytes().split(b"\n")[:2])
    ),
    "a notebook without its record": lambda p: p.write_bytes(p.read_bytes().split(b"\n", 2)[2]),
    "an old record": lambda path: path.write_text(json.dumps(record())),
    "a folder": _instead(_folder),
    "an empty folder": _instead(Path.mkdir),
    "a link to itself": _instead(lambda path: path.symlink_to(path.name)),
    "a link to nothing": _instead(lambda path: path.symlink_to("nothing")),
    "a link to a folder": _instead(lambda path: path.symlink_to("..")),
    "a link to a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "a pipe": _instead(os.mkfifo),
    "gone": Path.unlink,
    "not readable": lambda path: path.chmod(0),
    "another run's file": lambda path: path.write_bytes(
        path.with_name(f"{OTHER}.run").read_bytes()
    ),
}


@pytest.fixture
def kept(tmp_path) -> Store:
    """A store with two runs."""
    made = Store(tmp_path / "runs")
    for key in (KEY, OTHER):
        made.keep(record(key), FAKE)
    return made


def job(key: str = KEY):
    return execute.Job(Path("n.ipynb").absolute(), FAKE, {}, key)


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_run_is_set_aside_and_run_again(kept, kind):
    """One line says so; afterwards the store is whole, and nothing that lay there is lost."""
    path, whole = kept.runs / f"{KEY}.run", (kept.runs / f"{KEY}.run").read_bytes()
    DAMAGE[kind](path)
    readable = kind == "not readable" and os.access(path, os.R_OK)  # by root
    before = b"" if kind in ("gone", "a link to nothing") else kept.find(KEY).problem
    executor = Instant()
    (outcome,) = execute.execute_all([job()], kept, executor)
    assert not outcome.error and executor.count == (not readable)
    if before:
        assert outcome.note == f"{before}; run again" and len(outcome.note.splitlines()) == 1
        assert "damaged" in before
        (aside,) = (kept.folder / "aside").iterdir()
        assert aside.name == path.name
    assert path.read_bytes() == whole and path.is_file()
    assert kept.find(KEY).record == record() and kept.notebook(KEY) == FAKE
    assert kept.find(OTHER).record == record(OTHER)
    assert dict(kept.check()) == {KEY: "", OTHER: ""}


FOLDERS = {
    "kept is a file": lambda kept: _gone(kept.runs).write_text("x"),
    "kept is a link to itself": lambda kept: _gone(kept.runs).symlink_to("kept"),
    "kept is a link to nothing": lambda kept: _gone(kept.runs).symlink_to("nothing"),
    "all is gone": lambda kept: _gone(kept.runs) and kept.folder.rmdir(),
    "aside is a file": lambda kept: (kept.folder / "aside").write_text("x"),
    "strays in it": lambda kept: [
        (kept.runs / name).write_text("x")
        for name in (
            "a.txt",
            ".DS_Store",
            f"{KEY}.run.bak",
            "xyz.run",
            ".csto--1.tmp",
            ".new-a-b-c",
        )
    ],
    "folders in it": lambda kept: [
        (kept.runs / name).mkdir() for name in ("a", ".csto-1-2.tmp", "ffff.run")
    ],
    "drafts of the dead": lambda kept: [
        (kept.runs / f".csto-{pid}-1.tmp").write_text("x") for pid in (2**22 + 5, 10**30)
    ],
    "a store of an earlier version": lambda kept: _old(kept),
}


def _gone(folder: Path) -> Path:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return folder


def _old(kept: Store) -> None:
    for path in kept.runs.iterdir():
        path.unlink()
    (kept.folder / KEY).mkdir()
    (kept.folder / KEY / "run.json").write_text(json.dumps(record()))
    (kept.folder / KEY / "n.ipynb").write_text(json.dumps(FAKE))


@pytest.mark.parametrize("kind", FOLDERS)
def test_no_stray_file_and_no_lost_folder_breaks_anything(kept, kind):
    FOLDERS[kind](kept)
    (outcome,) = execute.execute_all([job()], kept, Instant())
    assert not outcome.error and outcome.stored == (kept.find(OTHER).record is not None)
    assert kept.find(KEY).record == record()
    assert dict(kept.check())[KEY] == ""
    kept.clean()
    assert kept.find(KEY).record == record()


def test_a_store_that_cannot_be_written_to_is_one_sentence(kept):
    _gone(kept.runs)
    (kept.folder / "aside").write_text("x")
    kept.runs.write_text("x")
    (outcome,) = execute.execute_all([job()], kept, Instant())
    assert outcome.error.startswith("could not be kept: ")


# --- writers and kills ---------------------------------------------------------------------------
def _writing(kept: Store, times: int) -> int:
    """Process that keeps one run again and again."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        for _ in range(times):
            kept.keep(record(), FAKE)
        status = 0
    finally:
        os._exit(status)


def test_two_writers_and_a_reader_do_not_disturb_each_other(kept):
    children = [_writing(kept, 60) for _ in range(2)]
    reads = 0
    while children:
        assert kept.find(KEY).record == record() and kept.notebook(KEY) == FAKE
        reads += 1
        done, status = os.waitpid(children[0], os.WNOHANG)
        if done:
            assert status == 0
            children.pop(0)
    assert reads > 10 and sorted(p.name for p in kept.runs.iterdir()) == [
        f"{KEY}.run",
        f"{OTHER}.run",
    ]


@pytest.mark.parametrize("kills", [20, pytest.param(60, marks=pytest.mark.slow)])
def test_a_kill_while_a_run_is_kept_again_does_not_lose_it(kept, kills):
    chance, left = random.Random(kills), 0
    for _ in range(kills):
        child = _writing(kept, 10_000)
        time.sleep(0.01 + 0.03 * chance.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert kept.find(KEY).record == record() and kept.notebook(KEY) == FAKE
        left += len(list(kept.runs.glob(".*")))
        kept.tidy()
        assert not list(kept.runs.glob(".*"))
    assert left  # some of the kills did cut a write short


# --- the commands --------------------------------------------------------------------------------
@pytest.fixture
def csto(tmp_path, monkeypatch):
    """The command, in a folder with one notebook, whose sweep over three years is there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "call", lambda function, *arguments: function(*arguments))
    write(tmp_path / "n.ipynb")

    def run(*arguments):
        return CliRunner().invoke(cli.main, list(arguments))

    return run


SWEEP = ("sweep", "n.ipynb", "-p", "year=1995:1996")


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A folder with a sweep, to copy."""
    folder = tmp_path_factory.mktemp("swept")
    write(folder / "n.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert CliRunner().invoke(cli.main, list(SWEEP)).exit_code == 0
    return folder


@pytest.fixture
def sweep(swept, tmp_path, csto):
    """Folder of the results of a sweep, and the command."""
    import shutil

    shutil.copytree(swept / "build", tmp_path / "build")
    (folder,) = (tmp_path / "build" / "sweeps").iterdir()
    return folder, csto


FILES = ["results.csv", "results.parquet", "index.html", "sweep.json", ".csto-files"]
KINDS = ["cut to nothing", "cut in the middle", "cut at the end", "longer", "twice", "a folder"]
KINDS += ["a link to itself", "a link to nothing", "a pipe", "gone", "zeros, as after a crash"]
HARMLESS = {"cut at the end", "longer", "twice"}  # to a list: it says the same
SWEEP_DAMAGE = [
    (file, kind) for file in FILES for kind in KINDS if file != FILES[-1] or kind not in HARMLESS
]
DIGIT = _edit(b"3990.5", b"3991.5")


@pytest.mark.parametrize(("file", "kind"), SWEEP_DAMAGE)
def test_damaged_results_are_written_again(sweep, file, kind):
    """Never *Unchanged* over something broken; what lay there has another name afterwards."""
    folder, csto = sweep
    results = (folder / "results.csv").read_bytes()
    assert "Unchanged" in csto(*SWEEP).output
    DAMAGE[kind](folder / file)
    again = csto(*SWEEP)
    assert again.exit_code == 0, again.output
    assert (
        "Unchanged" not in again.output and "2 of 2 done, 2 of them from the store" in again.output
    )
    assert (folder / "results.csv").read_bytes() == results
    assert "Unchanged" in csto(*SWEEP).output
    if file != ".csto-files" and kind != "gone":
        assert os.path.lexists(folder / f"{file}.aside-1")


@pytest.mark.parametrize("place", ["results.csv", "sweep.json", "store", "both"])
def test_a_changed_digit_never_reaches_the_results(sweep, tmp_path, place):
    folder, csto = sweep
    results = (folder / "results.csv").read_bytes()
    if place in ("results.csv", "both"):
        DIGIT(folder / "results.csv")
    if place == "sweep.json":
        _edit(b'"notebook": "n"', b'"notebook": "m"')(folder / "sweep.json")
    if place in ("store", "both"):
        run = next(p for p in tmp_path.glob("build/runs/kept/*.run") if b"3990.5" in p.read_bytes())
        DIGIT(run)
        (folder / "sweep.json").unlink()
    again = csto(*SWEEP)
    assert again.exit_code == 0 and "Unchanged" not in again.output
    assert ("n.ipynb year=1995: what was kept of it is damaged" in again.output) == (
        place in ("store", "both")
    )
    assert (folder / "results.csv").read_bytes() == results
    assert pd.read_csv(folder / "results.csv")["value"].tolist() == [3990.5, 3992.5]


def test_strays_beside_the_results_stay_and_do_no_harm(sweep):
    folder, csto = sweep
    strays = ["a.txt", ".results.csv.123.tmp", "results.csv.aside-1", ".csto-1-1.tmp"]
    for name in strays:
        (folder / name).write_text("x")
    assert "Unchanged" in csto(*SWEEP).output
    (folder / "index.html").write_text("x")
    assert csto(*SWEEP).exit_code == 0
    assert all((folder / name).read_text() == "x" for name in strays)


def test_store_check_and_clean(sweep, tmp_path):
    """The command names what is wrong and removes that alone."""
    _, csto = sweep
    runs = tmp_path / "build" / "runs" / "kept"
    first, second = sorted(runs.iterdir())
    assert csto("store", "check").output == "2 runs in build/runs, 2 of them as they should be\n"
    DIGIT(first if b"3990.5" in first.read_bytes() else second)
    (runs / "mine.txt").write_text("x")
    checked = csto("store", "check")
    assert checked.exit_code == 1 and "damaged (its checksum is another)" in checked.output
    csto(*SWEEP[:-1], "year=1995")  # sets it aside
    assert len(list((tmp_path / "build" / "runs" / "aside").iterdir())) == 1
    assert "1 files removed" in csto("store", "clean").output
    assert csto("store", "check").exit_code == 0
    assert (runs / "mine.txt").read_text() == "x" and len(list(runs.glob("*.run"))) == 2


def test_clean_removes_what_is_out_of_date(kept, monkeypatch):
    kept.keep({**record(OTHER), "surroundings": "of another day"}, FAKE)
    assert [p.name for p in kept.clean()] == [f"{OTHER}.run"]
    assert list(dict(kept.check())) == [KEY]


def test_jobs_are_taken_one_by_one_however_many_there_are(kept, monkeypatch):
    """None is looked at before its turn, and none twice."""
    taken, looked_at = [], []

    def jobs():
        for n in range(20_000):
            taken.append(n)
            yield job(f"{n:016x}")

    found = store.Found({"id": "x"})
    monkeypatch.setattr(kept, "find", lambda key, beside: looked_at.append(key) or found)
    outcomes = execute.execute_all(jobs(), kept, Instant(), window=4)
    assert next(outcomes).stored and len(taken) == len(looked_at) == 1
    assert sum(outcome.stored for outcome in outcomes) == 19_999
    assert len(taken) == len(looked_at) == len(set(looked_at)) == 20_000
