"""``csto sweep``: what it refuses, what it collects, and that nothing is lost or done twice."""

import contextlib
import fcntl
import functools
import json
import os
import pty
import random
import re
import signal
import struct
import subprocess
import termios
import time

import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import console
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import BODY, command, descendants, running, write

from cstoanalysis import cli
from cstoanalysis.run.parameters import read_parameters, resolve_grid
from cstoanalysis.run.store import Store


@pytest.fixture
def csto(tmp_path, monkeypatch):
    """The command, run in a folder that holds one notebook, ``n.ipynb``."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "n.ipynb")
    return lambda *arguments: CliRunner().invoke(cli.main, list(arguments))


def results(folder):
    (path,) = folder.glob("build/sweeps/*/results.csv")
    return pd.read_csv(path)


# --- what a sweep is -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("texts", "runs"),
    [
        (["year=1995:1997"], [{"year": 1995}, {"year": 1996}, {"year": 1997}]),
        (["year=1995:2005:5"], [{"year": 1995}, {"year": 2000}, {"year": 2005}]),
        (["year=1995:2004:5"], [{"year": 1995}, {"year": 2000}]),
        (["kind=2001:2002"], [{"kind": "2001"}, {"kind": "2002"}]),
        (["states=RUS,BLR"], [{"states": ["RUS", "BLR"]}]),
        (["states=RUS,BLR;ARM"], [{"states": ["RUS", "BLR"]}, {"states": ["ARM"]}]),
        (
            ["strict=true,false", "year=1,2"],
            [{"strict": s, "year": y} for s in (True, False) for y in (1, 2)],
        ),
        ([], [{}]),
        (["states="], [{"states": []}]),
        (["states=;RUS"], [{"states": []}, {"states": ["RUS"]}]),
        (["kind=,a"], [{"kind": ""}, {"kind": "a"}]),
        (["kind=10:30,12:15"], [{"kind": "10:30"}, {"kind": "12:15"}]),
    ],
)
def test_texts_become_runs(csto, tmp_path, texts, runs):
    assert resolve_grid(read_parameters(tmp_path / "n.ipynb"), tuple(texts)) == runs


@pytest.mark.parametrize(
    ("content", "runs"),
    [
        ("year: [1995, 2000]\nkind: NO", [{"year": y, "kind": "NO"} for y in (1995, 2000)]),
        ("states: [NO, SE]", [{"states": ["NO", "SE"]}]),
        ("states: [[NO, SE], [RUS]]", [{"states": ["NO", "SE"]}, {"states": ["RUS"]}]),
        (
            "- {year: 1995, strict: true}\n- {year: 2001}",
            [{"year": 1995, "strict": True}, {"year": 2001}],
        ),
        ('{"kind": ["on", "2010-01-01"]}', [{"kind": "on"}, {"kind": "2010-01-01"}]),
        ("states: []", [{"states": []}]),
        ("states: [[], [RUS]]", [{"states": []}, {"states": ["RUS"]}]),
        ("kind: 10:30", [{"kind": "10:30"}]),
        ('{\n\t"year": 1995,\n\t"kind": "\\ud83d\\ude80 a"\n}', [{"year": 1995, "kind": "🚀 a"}]),
    ],
)
def test_files_become_runs(csto, tmp_path, content, runs):
    """Types are the notebook's: YAML's own reading of NO, on and dates plays no part."""
    path = tmp_path / "runs.yml"
    path.write_text(content)
    assert resolve_grid(read_parameters(tmp_path / "n.ipynb"), (), path) == runs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-p", "yaer=1995"], "Did you mean year?"),
        (["-p", "year=1995:1990"], "year = '1995:1990' is an empty range"),
        (["-p", "year=1:9:0"], "is an empty range"),
        (["-p", "year=1:9999999"], "too many runs"),
        (["-p", "year=1,1"], "year has the value 1 twice"),
        (["-p", "year="], "year is empty"),
        (["-p", "states=;"], "states has the value [] twice"),
        (["-p", "states=RUS,"], "has an item that is empty"),
        (["-p", "strict=yes"], "true or false"),
        (["-p", "year=1:99999", "-p", "rate=1,2"], "more than 100,000 runs"),
        (["-f", "missing.yml"], "missing.yml cannot be read"),
        (["-f", "twice.yml"], "twice.yml names 'year' twice"),
        (["-f", "text.yml"], "text.yml holds no settings"),
        (["-f", "torn.yml"], "torn.yml cannot be read"),
        (["-f", "empty.yml"], "empty.yml holds no settings"),
        (["-o", "n.ipynb/results"], "no folder that can be written to"),
        (["-j", "0"], "0 is not in the range"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(csto, tmp_path, arguments, words):
    files = {
        "twice": "year: 1\nyear: 2",
        "text": "hello",
        "torn": "{year: [1",
        "empty": "",
    }
    for name, content in files.items():
        (tmp_path / f"{name}.yml").write_text(content)
    before = sorted(tmp_path.rglob("*"))
    refused = csto("sweep", "n.ipynb", *arguments)
    assert refused.exit_code == 2
    assert words in refused.output
    assert len(refused.output.split("Error: ")[1].strip().splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_run_points_to_sweep_for_several_values(csto, tmp_path):
    (tmp_path / "runs.yml").write_text("- {year: 1}\n- {year: 2}")
    assert "csto sweep" in csto("run", "n.ipynb", "-p", "year=1995:1997").output
    assert "csto sweep" in csto("run", "n.ipynb", "-f", "runs.yml").output


TYPES = {"year": "int", "rate": "float", "strict": "bool", "states": "list", "kind": "str"}
WORDS = st.text(min_size=1, max_size=30).filter(lambda text: "\x00" not in text)
NAMES = WORDS.map(lambda text: text.replace("=", "")).filter(lambda n: n and n not in TYPES)


def _wrong(text: str, kind: str) -> bool:
    """Whether a text cannot be read as any value, list or range of a type."""
    return not re.fullmatch(r"[\s\d.,:;+_eE-]*|.*(true|false|inf|nan).*", text, re.I) and bool(kind)


BAD = st.one_of(
    st.tuples(st.just("-p"), st.builds("{}={}".format, NAMES, WORDS)),  # no such name
    st.tuples(st.just("-p"), WORDS.filter(lambda text: "=" not in text)),  # no setting
    st.tuples(  # wrong type
        st.just("-p"),
        st.sampled_from(["year", "rate", "strict"]).flatmap(
            lambda name: WORDS.filter(lambda text: _wrong(text, name)).map(f"{name}={{}}".format)
        ),
    ),
    st.tuples(
        st.just("-p"), st.sampled_from([f"{name}=" for name in ("year", "rate", "strict")])
    ),  # empty
    st.tuples(st.just("-p"), st.sampled_from(["states=RUS,RUS", "year=3,3", "kind=a,b,a"])),
)


@settings(max_examples=200, deadline=1000, suppress_health_check=list(HealthCheck))
@given(bad=BAD)
def test_bad_parameters_end_in_one_sentence_within_a_second(csto, tmp_path, bad):
    """200 generated ones: exit code 2, the culprit named, nothing written."""
    before = sorted(tmp_path.rglob("*"))
    refused = csto("sweep", "n.ipynb", *bad)
    assert refused.exit_code == 2, refused.output
    message = refused.output.split("Error: ", 1)[1]
    name, equals, value = bad[1].partition("=")
    culprits = [name] if equals else [name, value]
    assert any(text and (text in message or repr(text)[1:20] in message) for text in culprits)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_itself_refuses_within_a_second_or_so(csto, tmp_path):
    """As a process: it must not wait for pandas, papermill or a kernel."""
    words = [console("csto"), "sweep", "n.ipynb", "-p", "yaer=1"]
    code = "import sys; from cstoanalysis import cli; print(sorted(sys.modules))"
    refused = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "Did you mean year?" in refused.stderr
    loaded = subprocess.run([console("python"), "-c", code], capture_output=True, text=True).stdout
    for slow in ("pandas", "papermill", "nbformat", "nbconvert", "matplotlib", "IPython"):
        assert f"'{slow}'" not in loaded


# --- what a sweep gives --------------------------------------------------------------------------
def test_one_row_a_run_with_parameters_and_published_values(csto, tmp_path):
    run = csto("sweep", "n.ipynb", "-p", "year=1995:1997", "-p", "kind=a,b", "-p", "states=RUS,BLR")
    assert run.exit_code == 0, run.output
    table = results(tmp_path)
    assert list(table) == ["run_id", "year", "kind", "states", "value", "label", "answer"]
    assert table["year"].tolist() == [1995, 1995, 1996, 1996, 1997, 1997]
    assert (table["value"] == table["year"] * 2 + 0.5).all()
    assert table["label"].tolist() == ["a RUS,BLR", "b RUS,BLR"] * 3
    (folder,) = (tmp_path / "build" / "sweeps").iterdir()
    pd.testing.assert_frame_equal(
        pd.read_parquet(folder / "results.parquet"), table, check_dtype=False
    )
    schema = json.loads((folder / "results.schema.json").read_text())
    types = {field["name"]: (field["type"], field.get("unit")) for field in schema["fields"]}
    assert types["value"] == ("number", "points") and types["year"] == ("integer", None)
    kept = sorted(path.stem for path in (tmp_path / "build" / "runs" / "kept").iterdir())
    assert kept == sorted(table["run_id"])
    page = (folder / "index.html").read_text()
    assert "6 runs of <code>n</code>" in page and "In 1996 it was a." in page
    assert page.count("<figure") == 1


def test_an_unchanged_sweep_runs_nothing(csto, tmp_path):
    first = csto("sweep", "n.ipynb", "-p", "year=1995:1997")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = csto("sweep", "n.ipynb", "-p", "year=1995:1997")
    assert first.exit_code == again.exit_code == 0
    assert "Unchanged, 3 runs" in again.output
    assert before == {path: path.stat().st_mtime_ns for path in before}
    wider = csto("sweep", "n.ipynb", "-p", "year=1995:1998")
    assert "3 of them from the store" in wider.output
    forced = csto("sweep", "n.ipynb", "-p", "year=1995:1997", "--force")
    assert "Unchanged" not in forced.output
    assert {path: path.stat().st_mtime_ns for path in before} != before


def test_a_failed_run_names_cell_and_value_and_is_no_row(csto, tmp_path):
    write(tmp_path / "n.ipynb", f"assert year != 1996, 'not that year'\n{BODY}")
    run = csto("sweep", "n.ipynb", "-p", "year=1995:1997")
    assert run.exit_code == 1
    assert "FAILED  n.ipynb year=1996: cell 4 failed: AssertionError: not that year" in run.output
    assert "1 of 3 runs failed" in run.output
    assert results(tmp_path)["year"].tolist() == [1995, 1997]
    (kept,) = (tmp_path / "build" / "runs" / "failed").iterdir()
    assert "not that year" in kept.read_text() and "1996" in kept.read_text()
    (folder,) = (tmp_path / "build" / "sweeps").iterdir()
    assert not (folder / "sweep.json").exists()  # not complete: it is tried again
    assert "1 more run failed" in " ".join((folder / "index.html").read_text().split()).replace(
        "<strong>", ""
    ).replace("</strong>", "")


def test_fail_fast_leaves_the_rest_undone(csto, tmp_path):
    write(tmp_path / "n.ipynb", f"assert year > 1999\n{BODY}")
    run = csto("sweep", "n.ipynb", "-p", "year=1990:2010", "-j", "1", "--fail-fast")
    assert run.exit_code == 1
    assert run.output.count("FAILED") == 1
    assert len(list((tmp_path / "build" / "runs" / "kept").glob("*.run"))) <= 2


def test_a_run_whose_process_dies_is_run_once_more(csto, tmp_path):
    body = "import os, pathlib\nmark = pathlib.Path(f'{year}')\nif year == 1996 and not mark.exists():\n    mark.touch()\n    os.kill(os.getpid(), 9)\n"
    write(tmp_path / "n.ipynb", body + BODY)
    run = csto("sweep", "n.ipynb", "-p", "year=1995:1997")
    assert run.exit_code == 0, run.output
    assert "year=1996: the process died in cell 4 (SIGKILL" in run.output
    assert results(tmp_path)["year"].tolist() == [1995, 1996, 1997]


def test_a_run_whose_process_dies_twice_fails_alone(csto, tmp_path):
    write(tmp_path / "n.ipynb", f"import os\nyear == 1996 and os.kill(os.getpid(), 9)\n{BODY}")
    run = csto("sweep", "n.ipynb", "-p", "year=1995:1997")
    assert run.exit_code == 1
    assert "and so once before" in run.output
    assert results(tmp_path)["year"].tolist() == [1995, 1997]


def test_a_run_out_of_memory_fails_alone(csto, tmp_path):
    """A limit on the address space of one run, as a container's limit would do it."""
    body = "import resource\nif year == 1996:\n    resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\n    x = bytearray(2**32)\n"
    write(tmp_path / "n.ipynb", body + BODY)
    run = csto("sweep", "n.ipynb", "-p", "year=1995:1997")
    assert run.exit_code == 1
    assert "year=1996: cell 4 failed: MemoryError" in run.output
    assert results(tmp_path)["year"].tolist() == [1995, 1997]


def test_a_full_disk_loses_no_finished_run(csto, tmp_path):
    """No file may become longer than a limit: the large run cannot be kept, the small ones are."""
    write(tmp_path / "n.ipynb", f"print('x' * (200_000 if year == 1996 else 1))\n{BODY}")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000));"
        "from cstoanalysis.cli import main; main()"
    )
    words = [console("python"), "-c", code, "sweep", "n.ipynb", "-p", "year=1995:1997"]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert "year=1996: could not be kept" in run.stderr
    assert results(tmp_path)["year"].tolist() == [1995, 1997]
    assert not list((tmp_path / "build" / "runs" / "kept").glob(".*"))


@pytest.mark.parametrize(
    "value",
    [
        "'); import os; os.abort() #",
        '"; 1/0 #',
        "\\",
        "{{7*7}}",
        "</script><b>",
        "../../x",
        "é\u202e",
    ],
)
def test_a_value_stays_a_value(csto, tmp_path, value):
    """No text of a parameter becomes code, markup or a path."""
    run = csto("sweep", "n.ipynb", "-f", str(_file(tmp_path, value)))
    if "\u202e" in value:
        assert run.exit_code == 2 and "control character" in run.output
        return
    assert run.exit_code == 0, run.output
    assert results(tmp_path)["label"].tolist() == [f"{value} RUS"]
    (folder,) = (tmp_path / "build" / "sweeps").iterdir()
    page = (folder / "index.html").read_text()
    assert page.count("<script") == 4 and "<b>" not in page  # three blocks of data, and its own
    assert {path.name for path in tmp_path.iterdir()} == {"build", "n.ipynb", "v.json"}


def _file(folder, value):
    path = folder / "v.json"
    path.write_text(json.dumps({"kind": [value]}))
    return path


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(csto, tmp_path):
    """In a pseudo-terminal tqdm draws; otherwise each twentieth of the work is a line."""
    words = [console("csto"), "sweep", "n.ipynb", "-p", "year=1995:1997"]
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=its)
    output, _ = process.communicate()
    os.close(its)
    drawn = b""
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 4096):
            drawn += piece
    os.close(ours)
    assert b"3/3" in drawn and b"done" not in output
    lines = subprocess.run([*words, "--force"], cwd=tmp_path, capture_output=True, text=True)
    first, second, *_ = lines.stdout.splitlines()
    assert first == "3 runs" and second.startswith("  1 of 3 done")


# --- kills ---------------------------------------------------------------------------------------
SLEEPY = f"import time\ntime.sleep(0.15)\n{BODY}"
ARGUMENTS = ["sweep", "n.ipynb", "-p", "year=1960:1999", "-p", "kind=a", "-j", "2"]
READINGS = f'READINGS = {{"year": {list(range(1960, 1980))}, "kind": ["a", "b", "c"]}}'
KILLED = {"sweep": ARGUMENTS, "readings": ["readings", "n.ipynb", "--most", "40", "-j", "2"]}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Results of a sweep, and of readings, that nothing disturbed, when they are asked for."""

    @functools.cache
    def results_of(kind: str) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("undisturbed")
        write(folder / "n.ipynb", SLEEPY, readings=READINGS)
        subprocess.run([console("csto"), *KILLED[kind]], cwd=folder, check=True)
        return _results_and_page(folder)

    return results_of


def _results_and_page(folder) -> dict[str, bytes]:
    (path,) = folder.glob("build/*/n-*/results.csv")
    return {name: (path.parent / name).read_bytes() for name in ("results.csv", "index.html")}


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("readings", 0), *(pytest.param("sweep", n, marks=pytest.mark.slow) for n in (1, 2, 3))],
)
def test_kills_at_random_moments_lose_nothing(kind, seed, tmp_path, undisturbed):
    """Some times a worker, then the parent; what had finished stays; resumed, all is the same."""
    chance = random.Random(seed)
    write(tmp_path / "n.ipynb", SLEEPY, readings=READINGS)
    runs = tmp_path / "build" / "runs" / "kept"
    finished, workers = {}, []
    for _ in range(3 if seed == 0 else 5):
        process = subprocess.Popen(
            [console("csto"), *KILLED[kind]], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        started = time.monotonic()
        while len(list(runs.glob("*.run"))) <= len(finished):
            assert time.monotonic() - started < 120 and process.poll() is None
            time.sleep(0.02)
        time.sleep(chance.random() / 2)
        started_by_it = descendants(process.pid)
        workers += started_by_it
        with_cells = [pid for pid in started_by_it if "forkserver" in command(pid)]
        with contextlib.suppress(ProcessLookupError):  # its run may just have ended
            os.kill(chance.choice(with_cells[1:] or with_cells), signal.SIGKILL)
        time.sleep(chance.random() / 2)
        process.kill()
        process.wait()
        assert {path: path.read_bytes() for path in finished} == finished
        finished = {path: path.read_bytes() for path in runs.glob("*.run")}
        assert not any(problem for _, problem in Store(runs.parent).check())  # none half-written
    resumed = subprocess.run(
        [console("csto"), *KILLED[kind]], cwd=tmp_path, capture_output=True, text=True
    )
    assert resumed.returncode == 0, resumed.stderr
    assert {path: path.read_bytes() for path in finished} == finished
    assert _results_and_page(tmp_path) == undisturbed(kind)
    assert not list(runs.glob(".*"))
    assert not any(running(pid) for pid in workers)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_sweep_says_so_and_leaves_no_process(how, code, tmp_path):
    write(tmp_path / "n.ipynb", f"import time\ntime.sleep(0.2 if year == 1960 else 30)\n{BODY}")
    process = subprocess.Popen(
        [console("csto"), *ARGUMENTS],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background has them ignore SIGINT
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    runs = tmp_path / "build" / "runs" / "kept"
    started = time.monotonic()
    while not list(runs.glob("*.run")) and time.monotonic() - started < 120:
        time.sleep(0.05)
    workers = descendants(process.pid)
    process.send_signal(how)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == code, output
    if how == signal.SIGINT:
        assert "Stopped. 1 of 40 runs are kept" in output
    deadline = time.monotonic() + 20
    while any(running(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_sweep_whose_reader_has_gone_ends(csto, tmp_path):
    """As behind ``| head -1``: soon, without a traceback, and what is finished is kept."""
    words = [console("csto"), "sweep", "n.ipynb", "-p", "year=1990:2020"]
    process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"31 runs\n"
    process.stdout.close()
    assert process.wait(60) == 1
    assert process.stderr.read() == b""
