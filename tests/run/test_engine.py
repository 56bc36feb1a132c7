"""The engine: a process of its own for each run, and outputs as a kernel would give them."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from click.testing import CliRunner
from conftest import ROOT, console
from nbformat.v4 import new_code_cell, new_notebook

from cstoanalysis.cli import main
from cstoanalysis.run import engine, errors, execute
from cstoanalysis.run.notebook import published_values, without_traces

# Each cell exercises something that a kernel does in a certain order or way.
TELLING = [
    "print('before'); display('shown'); print('after'); 'last'",
    "import sys\nprint('out'); print('err', file=sys.stderr); print('out again')",
    "handle = display('first', display_id=True)\nhandle.update('second')",
    "from IPython.display import clear_output\nprint('gone'); clear_output(wait=True); print('kept')",
    "import pandas as pd\npd.DataFrame({'a': [1, None]})",
    "import matplotlib.pyplot as plt\nplt.plot([0, 1]); plt.title('inline')",
    "fig, ax = plt.subplots(figsize=(2, 1))\nfig",
    "import networkx as nx\nnx.path_graph(3).edges",
    "_ is not None, __name__, [type(_).__name__]",
    "5;",
    "",
    "%%capture caught\nprint('hidden')",
    "caught.stdout",
    "import warnings\nwarnings.warn('watch out')",
    "await __import__('asyncio').sleep(0)\n'awaited'",
    "import os\nos.path.basename(os.getcwd())",
    "def f(x):\n    return 1 / x\n\nf(0)",
]


def notebook(*code, tags=()):
    cells = [new_code_cell(source, metadata={"tags": list(tags)}) for source in code]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.loads(nbformat.writes(new_notebook(cells=cells, metadata=metadata)))


def outputs(made: dict) -> list:
    return [cell["outputs"] for cell in without_traces(made)["cells"]]


def comparable(found: list) -> list:
    """Outputs without what a kernel makes up anew each time or colours otherwise.

    It sends stdout and stderr apart, each as one text, names a file of its own in a warning, and
    marks the place in a traceback with other colours.
    """
    streams = {o["name"]: "" for o in found if o["output_type"] == "stream"}
    if len(streams) > 1:
        for output in found:
            streams[output["name"]] += output["text"]
        return sorted(streams.items())
    for output in found:
        if output.get("name") == "stderr":
            output["text"] = re.sub(r"^\S+(?=:2: UserWarning)", "FILE", output["text"])
        if output["output_type"] == "error":
            plain = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output["traceback"]))
            output["traceback"] = re.findall(r"In\[\d+\], line \d+|\w+Error.*", plain)
    return found


@pytest.fixture(scope="module")
def of_a_kernel(tmp_path_factory):
    """The telling cells as papermill runs them in a real kernel."""
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "in.ipynb").write_text(json.dumps(notebook(*TELLING)))
    with pytest.raises(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            folder / "in.ipynb",
            folder / "out.ipynb",
            progress_bar=False,
            resources={"metadata": {"path": str(ROOT)}},
        )
    made = nbformat.read(folder / "out.ipynb", as_version=4)
    made["cells"] = [c for c in made["cells"] if c["cell_type"] == "code"]  # papermill adds a note
    return outputs(made)


@pytest.mark.parametrize("number", range(len(TELLING)))
def test_outputs_are_those_of_a_kernel(number, of_a_kernel, telling):
    assert comparable(telling[number]) == comparable(of_a_kernel[number])


@pytest.fixture(scope="module")
def telling():
    made = notebook(*TELLING)
    assert (
        engine.Engine().run(made, ROOT)
        == f"cell {len(TELLING)} failed: ZeroDivisionError: division by zero"
    )
    return outputs(made)


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


def test_a_cell_tagged_raises_exception_does_not_end_the_run():
    made = notebook("1 / 0", "'after'", tags=["raises-exception"])
    assert engine.Engine().run(made, ROOT) == ""
    assert outputs(made)[0][0]["ename"] == "ZeroDivisionError"
    assert outputs(made)[1][0]["data"]["text/plain"] == "'after'"


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


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_its_caller(how, tmp_path):
    """However the caller ends, the process of the run ends with it."""
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from cstoanalysis.run import engine\n"
        'code = \'import os, time; open("pid", "w").write(str(os.getpid())); time.sleep(60)\'\n'
        "book = {'cells': [{'cell_type': 'code', 'source': code, 'metadata': {}, 'outputs': []}]}\n"
        "engine.Engine().run(book, Path('.'))\n"
    )
    # a shell that runs the tests in the background has them ignore SIGINT
    caller = subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    pid = tmp_path / "pid"
    _until(lambda: pid.exists() and pid.read_text())
    caller.send_signal(how)
    caller.wait(60)
    _until(lambda: not _alive(int(pid.read_text())))


def test_papermill_takes_the_engine_by_name(tmp_path):
    """``papermill --engine csto`` gives a complete notebook; a failure stops it with the traceback."""
    (tmp_path / "good.ipynb").write_text(json.dumps(notebook("x = 20", "x + 1")))
    (tmp_path / "bad.ipynb").write_text(json.dumps(notebook("1 / 0", "'never'")))

    def run(name):
        command = [
            console("papermill"),
            "--engine",
            "csto",
            "-k",
            "python3",
            f"{name}.ipynb",
            "out.ipynb",
        ]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    good = run("good")
    assert good.returncode == 0, good.stderr
    made = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert made["cells"][1]["outputs"][0]["data"]["text/plain"] == "21"
    assert made["cells"][1]["metadata"]["papermill"]["status"] == "completed"
    nbformat.validate(made)
    bad = run("bad")
    assert bad.returncode == 1
    assert "ZeroDivisionError" in bad.stderr


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
