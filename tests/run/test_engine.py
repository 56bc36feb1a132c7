"""The engine: a process of its own for each run, and outputs as a kernel would give them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook

from cstoanalysis.cli import main
from cstoanalysis.run import engine, errors, execute
from cstoanalysis.run.notebook import published_values, without_traces


def notebook(*code, tags=()):
    cells = [new_code_cell(source, metadata={"tags": list(tags)}) for source in code]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.loads(nbformat.writes(new_notebook(cells=cells, metadata=metadata)))


def outputs(made: dict) -> list:
    return [cell["outputs"] for cell in without_traces(made)["cells"]]


def test_nothing_is_left_of_a_run_for_the_next(tmp_path):
    """Variables, modules, settings, random numbers and the working directory are a run's own."""
    first = notebook(
        "import pandas as pd, random, numpy as np", "pd.options.display.max_rows = 3; x = 1"
    )
    second = notebook("'x' in globals()", "import pandas as pd; pd.options.display.max_rows")
    assert engine.Engine().run(first, tmp_path) == engine.Engine().run(second, ROOT) == ""
    assert outputs(second)[0][0]["data"]["text/plain"] == "False"
    assert outputs(second)[1][0]["data"]["text/plain"] == "60"
    draws = notebook(
        "import random, numpy as np\nrandom.random(), np.random.rand()", "import os; os.getpid()"
    )
    again = json.loads(json.dumps(draws))
    engine.Engine().run(draws, ROOT)
    engine.Engine().run(again, ROOT)
    assert outputs(draws)[0] != outputs(again)[0]
    assert outputs(draws)[1] != outputs(again)[1]


def test_the_libraries_are_there_before_a_run_begins():
    """The standard library skips a preload that fails without a word."""
    made = notebook(
        f"import sys\n{engine.PRELOAD!r} in sys.modules, 'pandas' in sys.modules, 'scipy.stats' in sys.modules"
    )
    assert engine.Engine().run(made, ROOT) == ""
    assert outputs(made)[0][0]["data"]["text/plain"] == "(True, True, True)"


def test_before_several_runs_the_tables_are_there_too():
    """In a program of its own: what runs are forked from is made once."""
    program = """
from pathlib import Path
from cstoanalysis.run import engine

made = {"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": CODE}]}
engine.get_ready(several=True)
print(engine.Engine().run(made, Path()), made["cells"][0]["outputs"][0]["data"]["text/plain"])
"""
    code = "import sys\nfrom cstoanalysis import data, descriptor\n"
    code += "'networkx' in sys.modules, data._read.cache_info().currsize - len(descriptor.table_names())"
    program = program.replace("CODE", repr(code))
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == " (True, 0)\n"


def test_tags_of_cells_that_are_not_run_or_may_fail():
    made = notebook("1 / 0", "'after'", tags=["raises-exception"])
    made["cells"] += notebook("1 / 0", tags=["skip-execution"])["cells"]
    assert engine.Engine().run(made, ROOT) == ""
    assert outputs(made)[0][0]["ename"] == "ZeroDivisionError"
    assert outputs(made)[1][0]["data"]["text/plain"] == "'after'"
    assert outputs(made)[2] == []


def test_there_is_nothing_to_read_from_the_terminal():
    """stdin is empty, and no pipe of ours."""
    made = notebook("import sys\nsys.stdin.read(), sys.stdin.readline(), sys.stdin.fileno()")
    assert engine.Engine(timeout=60).run(made, ROOT) == ""
    assert outputs(made)[0][0]["data"]["text/plain"] == "('', '', 0)"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL; did it run out of memory"),
        ("os._exit(3)", "exit code 3"),
    ],
)
def test_a_process_that_dies_is_reported_with_its_cell(end, words):
    made = notebook("'done'", f"import os, signal; {end}", "'never'")
    with pytest.raises(errors.Died, match=f"in cell 2.*{words}"):
        engine.Engine().run(made, ROOT)
    assert made["cells"][0]["outputs"] and not made["cells"][2]["outputs"]


def test_stop_ends_the_runs_of_one_engine_from_another_thread():
    made, seen = notebook("import time\ntime.sleep(60)"), []
    other, kept = engine.Engine(), notebook("import time\ntime.sleep(2); 'kept'")
    stopped = engine.Engine()

    def run(engine, book):
        try:
            engine.run(book, ROOT)
        except errors.Stopped:
            seen.append("stopped")

    threads = [
        threading.Thread(target=run, args=chosen) for chosen in ((stopped, made), (other, kept))
    ]
    for thread in threads:
        thread.start()
    time.sleep(1)
    stopped.stop()
    for thread in threads:
        thread.join(30)
    assert seen == ["stopped"]
    assert outputs(kept)[0][0]["data"]["text/plain"] == "'kept'"
    with pytest.raises(errors.Stopped):
        stopped.run(notebook("1"), ROOT)


def test_without_forks_an_ordinary_kernel_does_the_same(tmp_path, monkeypatch, capsys):
    """As on Windows and macOS, or in a worker that may not have children."""
    code = ["x = 20", "print(x)\ndisplay('shown')\nx + 1"]
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook(*code, tags=["parameters"])))
    (job,) = execute.jobs_of(tmp_path / "n.ipynb", [{}])
    forked = execute.execute(job)
    monkeypatch.setattr(execute, "available", lambda: False)
    monkeypatch.setattr(engine, "available", lambda: False)
    in_kernel = execute.execute(job)
    assert in_kernel["error"] == forked["error"] == ""
    assert in_kernel["notebook"]["cells"] == forked["notebook"]["cells"]
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main, ["sweep", "n.ipynb"]).output
    assert "Processes cannot be forked here" in said


def test_published_values_are_those_of_the_front_room():
    made = notebook("import cstoanalysis as csto\ncsto.publish('n', 3, unit='states')")
    assert engine.Engine().run(made, ROOT) == ""
    assert published_values(made) == ([{"name": "n", "value": 3, "unit": "states"}], "")
    twice = notebook(*["import cstoanalysis as csto\ncsto.publish('n', 3)"] * 2)
    engine.Engine().run(twice, ROOT)
    assert "cell 2 publishes 'n' a second time" in published_values(twice)[1]


def test_a_script_without_a_main_guard_is_not_run_again(tmp_path):
    """The caller's script stays out of the forked process."""
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from cstoanalysis.run import engine\n"
        "print('once')\n"
        "book = {'cells': [{'cell_type': 'code', 'source': '1', 'metadata': {}, 'outputs': []}]}\n"
        "print(repr(engine.Engine().run(book, Path('.'))), __file__.endswith('script.py'))\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["once", "''", "True"]


@pytest.mark.parametrize(
    "code",
    [
        "if os.fork() == 0:\n    os.setsid()\n    os.fork() or START\n    os._exit(0)",
        "atexit.register(os._exit, 0)\nSTART",
        "def late():\n    import subprocess, time\n    time.sleep(0.5)\n    START\n"
        "threading.Thread(target=late).start()",
    ],
)
def test_nothing_that_a_run_started_outlives_it(code, tmp_path):
    """Whether it was started by a daemon, in the last moment, or nobody could clear up."""
    start = "subprocess.Popen(['sleep', '600'], cwd='/', env={'OF': MARK})"
    start = start.replace("MARK", repr(str(tmp_path)))
    made = notebook("import atexit, os, subprocess, threading\n" + code.replace("START", start))
    for _ in range(8):
        assert engine.Engine().run(made, tmp_path) == ""
    time.sleep(0.2)
    left = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            left += [place] if str(tmp_path).encode() in place.read_bytes() else []
    assert left == []


def test_exit_ends_a_run_and_is_said_where_cells_are_left():
    last, first = notebook("'before'", "exit()"), notebook("exit()", "'never'")
    assert engine.Engine().run(last, ROOT) == ""
    assert "cell 1 ended the run with exit()" in engine.Engine().run(first, ROOT)
    assert outputs(first) == [[], []]


def test_a_run_that_takes_too_long_is_stopped_with_all_that_it_started(tmp_path):
    made = notebook(
        "import os, subprocess, time\nprint('so far')\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "daemon = subprocess.Popen(['setsid', 'sleep', '600'])\n"
        "open('pids', 'w').write(f'{child.pid} {daemon.pid}')\n"
        "time.sleep(600)"
    )
    problem = engine.Engine(timeout=3).run(made, tmp_path)
    assert problem == "cell 1 was stopped: the run took longer than 3 seconds"
    assert outputs(made)[0][0]["text"] == "so far\n"
    pids = (tmp_path / "pids").read_text().split()
    _until(lambda: not any(_alive(int(pid)) for pid in pids))


@pytest.mark.parametrize(
    "code",
    [
        "while True: print('x' * 1000)",
        "'x' * 3_000_000",
        "while True: display('x' * 1000)",
        "import subprocess; subprocess.run(['yes'])",
    ],
)
def test_outputs_beyond_the_limit_end_the_run_in_words(code):
    made = notebook(code, "'never'")
    problem = engine.Engine(output_limit=1_000_000).run(made, ROOT)
    assert problem == "cell 1 was stopped: it put out more than 1 MB (--output-limit)"
    assert len(json.dumps(made)) < 5_000_000


def test_outputs_are_counted_cell_by_cell():
    made = notebook(*["print('x' * 600_000)"] * 3)
    assert engine.Engine(output_limit=1_000_000).run(made, ROOT) == ""


def test_what_is_written_by_number_harms_nothing():
    made = notebook(
        "import os\nfor number in range(3, 300):\n    try:\n        os.write(number, b'stray')\n"
        "    except OSError:\n        pass\nos.close(1), os.close(2), os.closerange(100, 300)",
        "print('still there')",
    )
    assert engine.Engine().run(made, ROOT) == ""
    assert outputs(made)[1][0]["text"] == "still there\n"
    assert engine.Engine().run(notebook("1"), ROOT) == ""


def test_half_a_surrogate_pair_can_be_written_to_a_file(tmp_path):
    made = notebook("print('half \\ud83d'); display({'text/plain': 'a \\ud83d'}, raw=True)")
    assert engine.Engine().run(made, ROOT) == ""
    (tmp_path / "n.ipynb").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    assert outputs(made)[0][0]["text"] == "half ?\n"


def test_many_lines_take_time_in_proportion():
    """Quadratic, ten times the lines would take a hundred times as long."""
    made = notebook(*(f"for i in range({n}): print('line', i)" for n in (3_000, 30_000)))
    assert engine.Engine().run(made, ROOT) == ""
    few, many = (cell["work"] for cell in made["cells"])
    assert many < 40 * few
    assert made["cells"][1]["outputs"][0]["text"].count("\n") == 30_000


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_of_a_caller_that_is_ended(how, tmp_path):
    """However the caller ends, its runs end with it, with what they started and put on the disk."""
    script = tmp_path / "script.py"
    script.write_text(
        "import threading\n"
        "from pathlib import Path\n"
        "from cstoanalysis.run.engine import Engine\n"
        'code = \'import os, subprocess, time; daemon = subprocess.Popen(["setsid", "sleep", "600"]);\'\n'
        'code += \'open(f"pids-{os.getpid()}", "w").write(str(daemon.pid)); time.sleep(600)\'\n'
        "def run():\n"
        "    cell = {'cell_type': 'code', 'source': code, 'metadata': {}, 'outputs': []}\n"
        "    Engine().run({'cells': [cell]}, Path('.'))\n\n"
        "threading.Thread(target=run, daemon=True).start()\n"
        "run()\n"
    )
    # whoever runs the tests in the background may have them ignore a signal; the path of a socket is short
    temporary = tempfile.TemporaryDirectory()
    caller = subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": temporary.name},
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(how, signal.SIG_DFL) if how != signal.SIGKILL else None,
    )
    _until(lambda: len([p for p in tmp_path.glob("pids-*") if p.read_text()]) == 2)
    pids = [int(p.name.split("-")[1]) for p in tmp_path.glob("pids-*")]
    pids += [int(p.read_text()) for p in tmp_path.glob("pids-*")]
    caller.send_signal(how)
    caller.wait(60)
    _until(lambda: not any(_alive(pid) for pid in pids))
    _until(lambda: not list(Path(temporary.name).iterdir()))
    temporary.cleanup()


@pytest.mark.parametrize("delay", [-1, 0, 0.001, 0.003, 0.01, 0.05])
def test_a_run_can_be_stopped_before_it_has_begun(delay, monkeypatch):
    """Also in the moment in which its process has no group of its own yet, on a machine so fast."""
    monkeypatch.setattr(engine.child, "_end_descendants", lambda run: None)
    runs, ends = engine.Engine(), []

    def run() -> None:
        with pytest.raises(errors.RunError) as problem:
            runs.run(notebook("import time; time.sleep(600)"), ROOT)
        ends.append(problem.type)

    thread = threading.Thread(target=run, daemon=True)
    if delay < 0:
        runs.stop()
    thread.start()
    while not runs._running and delay >= 0:
        time.sleep(0)
    time.sleep(max(delay, 0))
    runs.stop()
    thread.join(20)
    assert ends == [errors.Stopped]


def test_the_callers_environment_stays_as_it_was():
    before = dict(os.environ)
    assert engine.Engine().run(notebook("import os; os.environ['NEW'] = 'x'"), ROOT) == ""
    assert os.environ == before


def _until(holds, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
