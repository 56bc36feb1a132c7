"""What a run sees beyond its parameters is fixed, in its id, or noted and held against the files."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from conftest import console
from small import write

from cstoanalysis.descriptor import data_dir
from cstoanalysis.run import identity, watch
from cstoanalysis.run.execute import execute_all, jobs_of
from cstoanalysis.run.notebook import outputs_of
from cstoanalysis.run.store import Store

VALUE = "application/vnd.csto.value+json"


# --- fixed: two very unlike surroundings, one output ---------------------------------------------
SEEN = """\
import json, locale, os, shutil, sys, time, warnings
import matplotlib as mpl
import pandas as pd
import cstoanalysis as csto
shown = {
    "variable": os.environ.get("CSTO_TEST_VARIABLE"),
    "user": os.environ.get("USER"),
    "time zone": time.strftime("%H:%M %Z", time.localtime(0)),
    "locale": [locale.setlocale(locale.LC_ALL), os.environ["LC_ALL"], f"{1234.5:n}"],
    "matplotlibrc": [mpl.rcParams["figure.figsize"], mpl.rcParams["font.size"]],
    "terminal": list(shutil.get_terminal_size()),
    "pandas": pd.DataFrame([[1.5] * 40]).to_string().count("\\\\n") + len(repr(pd.DataFrame([[1.5] * 40]))),
    "umask": oct(os.umask(0o22)),
    "folder": os.path.basename(os.getcwd()),
    "start-up file": "left_by_startup" in globals(),
    "python path": [i for i, p in enumerate(sys.path) if "extra" in p] in ([], [len(sys.path) - 1]),
    "threads": os.environ["OMP_NUM_THREADS"],
    "input": sys.stdin.read() if False else os.fstat(0).st_rdev,
}
for name, value in shown.items():
    csto.publish(name.replace(" ", "_").replace("-", "_"), json.dumps(value))
csto.publish("below_data", (csto.data_dir() / "deep" / "x.txt").read_text())
csto.publish("below_restricted", (csto.data_dir() / "restricted" / "deep" / "y.txt").read_text())
"""
KINDS = "variable user time_zone locale matplotlibrc terminal pandas umask folder start_up_file python_path threads input"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A notebook, a copy of the tables with sub-folders, and two homes as unlike as can be."""
    root = tmp_path_factory.mktemp("places")
    (root / "here").mkdir()
    write(root / "here" / "n.ipynb", SEEN, "year: int = 1  # a year")
    shutil.copytree(
        data_dir(), root / "data", ignore=shutil.ignore_patterns("recipes", "restricted")
    )
    for name in ("deep/x.txt", "restricted/deep/y.txt"):
        (root / "data" / name).parent.mkdir(parents=True)
        (root / "data" / name).write_text("old")
    start = root / "odd home" / ".ipython" / "profile_default" / "startup"
    start.mkdir(parents=True)
    (start / "00.py").write_text("left_by_startup = 1")
    for place in ("odd home/.config/matplotlib", "odd cwd"):
        (root / place).mkdir(parents=True)
        (root / place / "matplotlibrc").write_text("figure.figsize: 1, 1\nfont.size: 3\n")
    (root / "extra").mkdir()
    (root / "extra" / "sitecustomize.py").write_text("import sys; sys.left_behind = 1")
    (root / "plain").mkdir()
    return root


def run_in(root: Path, cwd: str, odd: dict, runs: Path) -> tuple[dict, str]:
    environment = {n: v for n, v in os.environ.items() if not n.startswith(("LC_", "LANG", "TZ"))}
    environment |= {"CSTO_DATA": str(root / "data"), **odd}
    notebook = os.path.relpath(root / "here" / "n.ipynb", root / cwd)
    made = subprocess.run(
        [console("csto"), "run", notebook, "-o", str(runs / "out")],
        cwd=root / cwd,
        env=environment,
        capture_output=True,
        text=True,
        umask=0o077 if odd else 0o022,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    executed = json.loads((runs / "out" / "n.ipynb").read_text())
    (kept,) = (root / cwd).glob("build/runs/kept/*.run")
    values = {value["name"]: value["value"] for value in outputs_of(executed, VALUE)}
    return {**values, "id": kept.stem, "said": made.stdout + made.stderr}, executed


@pytest.fixture(scope="module")
def seen(places, tmp_path_factory):
    """What one run sees in plain surroundings, and what it sees in odd ones."""
    odd = {
        "CSTO_TEST_VARIABLE": "x",
        "USER": "somebody",
        "TZ": "Asia/Almaty",
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(places / "odd cwd" / "matplotlibrc"),
        "HOME": str(places / "odd home"),
        "IPYTHONDIR": str(places / "odd home" / ".ipython"),
        "COLUMNS": "300",
        "LINES": "7",
        "OMP_NUM_THREADS": "7",
        "MPLBACKEND": "pdf",
        "MPLCONFIGDIR": str(places),
        "PYTHONPATH": str(places / "extra"),
    }
    plain, _ = run_in(places, "plain", {}, tmp_path_factory.mktemp("plain"))
    strange, executed = run_in(places, "odd cwd", odd, tmp_path_factory.mktemp("odd"))
    return plain, {**strange, "read": executed["metadata"]["csto"]["read"]}


@pytest.mark.parametrize("kind", [*KINDS.split(), "id"])
def test_surroundings_that_are_fixed(seen, kind):
    plain, strange = seen
    assert plain[kind] == strange[kind]


def test_what_they_are_fixed_to(seen):
    plain, _ = seen
    assert "UTC" in plain["time_zone"] and "C.UTF-8" in plain["locale"]
    assert plain["terminal"] == "[80, 24]" and plain["umask"] == '"0o22"'
    assert plain["matplotlibrc"] == "[[6.4, 4.8], 10.0]" and plain["variable"] == "null"


def test_what_starts_with_python_is_watched(seen):
    """It runs before anything else and may change whatever it likes."""
    _, strange = seen
    assert strange["read"]["../extra/sitecustomize.py"]


@pytest.mark.parametrize("name", ["deep/x.txt", "restricted/deep/y.txt"])
def test_files_below_the_data_are_watched(places, seen, tmp_path, name):
    """The store serves the run while they are the same, and not longer."""
    same, executed = run_in(places, "plain", {}, tmp_path)
    assert "Unchanged" in same["said"]
    assert f"../data/{name}" in executed["metadata"]["csto"]["read"]
    (places / "data" / name).write_text(f"new {name}")
    other, _ = run_in(places, "plain", {}, tmp_path)
    assert f"../data/{name} has changed since it was run; run again" in other["said"]
    assert f"new {name}" in other.values() and other["id"] == same["id"]
    page = (tmp_path / "out" / "n.html").read_text()
    assert f"../data/{name}" in page


# --- in the id -----------------------------------------------------------------------------------
@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Package and tables that may be changed."""
    package, data = tmp_path / "cstoanalysis", tmp_path / "data"
    shutil.copytree(identity.PACKAGE, package)
    shutil.copytree(data_dir(), data)
    shutil.copy(identity.PACKAGE.parent / "CITATION.cff", tmp_path)
    (data / "restricted").mkdir(exist_ok=True)
    monkeypatch.setattr(identity, "PACKAGE", package)
    monkeypatch.setattr(identity, "data_dir", lambda: data)
    return tmp_path


SOURCE = {
    "cells": [
        {"cell_type": "markdown", "source": ["# A\n", "b"], "metadata": {}},
        {
            "cell_type": "code",
            "source": "1",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        },
    ],
    "metadata": {},
}


@pytest.mark.parametrize(
    "name",
    [
        "data/states.csv",
        "data/datapackage.json",
        "data/sources.csv",
        "data/restricted/cinc.csv",
        "CITATION.cff",
        "cstoanalysis/data.py",
        "cstoanalysis/__init__.pyi",
        "cstoanalysis/stats/survival.py",
        "cstoanalysis/charts/a_new_one.py",
        "cstoanalysis/run/notebook.py",
        "cstoanalysis/run/preload.py",
        "cstoanalysis/run/watch.py",
    ],
)
def test_files_that_the_id_stands_for(copied, name):
    """Also while a server runs: changed, made and removed again."""
    before = identity.run_id(SOURCE, {})
    known = (copied / name).exists()
    old = (copied / name).read_bytes() if known else b""
    (copied / name).write_bytes(old[:-1] + b" ")  # as long as before
    assert identity.run_id(SOURCE, {}) != before
    (copied / name).write_bytes(old)
    assert (identity.run_id(SOURCE, {}) == before) == known
    (copied / name).unlink()
    assert (identity.run_id(SOURCE, {}) != before) == known


@pytest.mark.parametrize(
    "name", ["cstoanalysis/cli/runs.py", "cstoanalysis/pages/site.py", "data/x.md"]
)
def test_files_that_shape_no_run(copied, name):
    before = identity.run_id(SOURCE, {})
    (copied / name).write_text("other")
    assert identity.run_id(SOURCE, {}) == before


def _changed(cell: int, **content) -> dict:
    cells = [dict(each) for each in SOURCE["cells"]]
    cells[cell] |= content
    return {**SOURCE, "cells": cells}


@pytest.mark.parametrize(
    ("notebook", "same"),
    [
        (_changed(1, source="2"), False),
        (_changed(0, attachments={"a.png": {"image/png": "eA=="}}), False),
        (_changed(1, metadata={"tags": ["figure"]}), False),
        ({**SOURCE, "cells": SOURCE["cells"][::-1]}, False),
        (_changed(1, id="abc"), True),
        (_changed(1, metadata={"collapsed": True, "execution": {"iopub.status.busy": "x"}}), True),
        (_changed(0, source="# A\nb"), True),
        ({**SOURCE, "metadata": {"kernelspec": {"name": "other"}, "title": "T"}}, True),
    ],
)
def test_parts_of_a_notebook(notebook, same):
    assert (identity.run_id(notebook, {}) == identity.run_id(SOURCE, {})) == same


def test_a_changed_descriptor_is_seen_by_what_is_forked_later(tmp_path):
    """In a worker that lives for days; CSTO_DATA may be a place seen from where it started."""
    shutil.copytree(data_dir(), tmp_path / "data")
    program = """
import json
from pathlib import Path
from cstoanalysis.run import engine, identity

def run():
    source = "from cstoanalysis.descriptor import coverage_end; coverage_end()"
    made = {"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source}]}
    error = engine.Engine().run(made, Path("/"))
    print(error, made["cells"][0]["outputs"][0]["data"]["text/plain"], identity.run_id(made, {}))

engine.get_ready(several=True)
run()
place = Path("data/datapackage.json")
place.write_text(json.dumps(json.loads(place.read_text()) | {"coverage_end": "2020-01"}))
run()
"""
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "CSTO_DATA": "data"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (first, one), (second, other) = (line.split() for line in told.stdout.splitlines())
    assert first != second == "'2020-01'" and one != other


def test_versions_and_switches(monkeypatch):
    before = identity.run_id(SOURCE, {})
    monkeypatch.setattr(identity.sys, "warnoptions", ["error"])
    switched = identity.run_id(SOURCE, {})
    monkeypatch.setattr(identity.platform, "python_version", lambda: "3.99.0")
    newer = identity.run_id(SOURCE, {})
    monkeypatch.setattr(identity.metadata, "version", lambda name: "99")
    monkeypatch.setattr(identity, "_installed", lambda: ("after an installation",))
    assert len({before, switched, newer, identity.run_id(SOURCE, {})}) == 4
    identity._libraries.cache_clear()


# --- watched -------------------------------------------------------------------------------------
READS = """\
import glob, multiprocessing, os, sqlite3, subprocess, sys
import pandas as pd
import helper
import below.module
import wave
import cstoanalysis as csto
texts = [open("beside.txt").read(), open("linked.txt").read(), open("sub/inner.txt").read()]
texts += pd.read_csv("table.csv")["a"].astype(str).tolist()
texts += pd.read_parquet("table.parquet")["a"].astype(str).tolist()
texts.append(subprocess.run(["cat", "by_command.txt"], capture_output=True, text=True).stdout)
texts += get_ipython().getoutput("cat by_shell.txt")
texts += sorted(glob.glob("many/*")) + sorted(os.listdir("more"))
texts += [str(row) for row in sqlite3.connect("base.db").execute("select * from t")]
def read(name):
    return open(name).read()
with multiprocessing.get_context("fork").Pool(1) as pool:
    texts += pool.map(read, ["by_worker.txt"])
try:
    texts.append(open("missing.txt").read())
except FileNotFoundError:
    texts.append("none")
with open("made.txt", "w") as file:
    file.write("x")
texts.append(open("made.txt").read())
csto.publish("seen", " ".join([helper.NAME, below.module.NAME, *texts]))
"""


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """A notebook that reads in all ways, its folder and the store with its run."""
    folder = tmp_path_factory.mktemp("reading")
    names = "beside target sub/inner by_command by_shell by_worker many/one more/one"
    for name in names.split():
        (folder / f"{name}.txt").parent.mkdir(exist_ok=True)
        (folder / f"{name}.txt").write_text(f"<{name}>")
    (folder / "linked.txt").symlink_to("target.txt")
    (folder / "helper.py").write_text("NAME = 'h'")
    (folder / "below").mkdir()
    (folder / "below" / "module.py").write_text("NAME = 'm'")
    frame = pd.DataFrame({"a": [7, 8]})
    frame.to_csv(folder / "table.csv")
    frame.to_parquet(folder / "table.parquet")
    with sqlite3.connect(folder / "base.db") as base:
        base.execute("create table t as select 1")
    write(folder / "n.ipynb", READS)
    kept = Store(folder / "runs")
    (outcome,) = run_all(folder, kept)
    assert not outcome.error and not outcome.stored, outcome
    return folder, kept


def run_all(folder: Path, kept: Store) -> list:
    with ThreadPoolExecutor(1) as pool:
        return list(execute_all(jobs_of(folder / "n.ipynb", [{}]), kept, pool))


def change(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(path.read_bytes() + b" " if path.exists() else b"NAME = 1")


@pytest.mark.parametrize(
    ("name", "noted"),
    [
        ("beside.txt", ""),
        ("target.txt", "linked.txt"),
        ("sub/inner.txt", ""),
        ("helper.py", ""),
        ("below/module.py", ""),
        ("table.csv", ""),
        ("table.parquet", ""),
        ("base.db", ""),
        ("by_command.txt", ""),
        ("by_shell.txt", ""),
        ("by_worker.txt", ""),
        ("missing.txt", ""),
        ("many/two.txt", "many/"),
        ("more/two.txt", "more/"),
        ("wave.py", ""),  # would be imported in place of the library's
        ("below/__init__.py", ""),
    ],
)
def test_what_a_run_reads_is_held_against_the_files(reading, name, noted):
    folder, kept = reading
    (job,) = jobs_of(folder / "n.ipynb", [{}])
    assert kept.find(job.key, folder).record
    path = folder / name
    before = path.read_bytes() if path.exists() else None
    try:
        change(path)
        found = kept.find(job.key, folder)
    finally:
        path.unlink()
        if before is not None:
            path.write_bytes(before)
    assert found.record is None and found.problem == f"{noted or name} has changed since it was run"
    assert kept.find(job.key, folder).record


def test_what_it_does_not_read_is_not_noted(reading):
    """Nor what it writes itself, the libraries, the tables that are in the id."""
    folder, kept = reading
    (job,) = jobs_of(folder / "n.ipynb", [{}])
    read = kept.find(job.key).record["read"]
    there = {name for name, digest in read.items() if digest != watch.ABSENT}
    expected = (
        "beside.txt linked.txt sub/inner.txt helper.py below/module.py table.csv table.parquet"
    )
    expected += " base.db by_command.txt by_shell.txt by_worker.txt many/ more/"
    assert there == set(expected.split())
    assert kept.notebook(job.key)["metadata"]["csto"]["read"] == read
    (folder / "other.txt").write_text("x")
    (outcome,) = run_all(folder, kept)
    assert outcome.stored


def test_a_changed_file_is_read_again(reading):
    folder, kept = reading
    (folder / "by_worker.txt").write_text("quite other")
    (outcome,) = run_all(folder, kept)
    assert outcome.note == "by_worker.txt has changed since it was run; run again"
    (value,) = kept.find(outcome.job.key).record["published"]
    assert "quite other" in value["value"]
    (again,) = run_all(folder, kept)
    assert again.stored


def test_a_table_that_changes_while_a_run_goes_makes_no_kept_run(tmp_path, monkeypatch):
    from cstoanalysis.run import execute

    (job,) = jobs_of(write(tmp_path / "n.ipynb"), [{}])
    keys = iter([job.key, "0" * 16])
    monkeypatch.setattr(execute, "run_id", lambda *_: next(keys))
    assert "was changed while it ran" in execute.execute(job)["error"]
