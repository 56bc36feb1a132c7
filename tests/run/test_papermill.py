"""``papermill --engine csto``: what papermill is asked for is done, as with a kernel."""

import json
import logging

import nbformat
import papermill
import pytest
from jupyter_client.kernelspec import NoSuchKernel
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cstoanalysis.run.errors import ParameterError, RunError

METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*cells: str, **options):
        made = [new_markdown_cell("# Text"), *map(new_code_cell, cells)]
        nbformat.write(new_notebook(cells=made, metadata=METADATA), "in.ipynb")
        options = {"engine_name": "csto", "progress_bar": False, **options}
        return papermill.execute_notebook("in.ipynb", "out.ipynb", **options)

    return run


def test_a_notebook_is_complete(run):
    made = run(
        "x = 20", "display(x, display_id='d'); x + 1", "display(2, display_id='d', update=True)"
    )
    assert [c.metadata.papermill.status for c in made.cells] == ["completed"] * 4
    assert made.cells[2].outputs[0].data == {"text/plain": "2"}
    assert made.cells[2].outputs[1].data == {"text/plain": "21"}
    assert made.metadata.language_info.name == "python"
    nbformat.validate(nbformat.read("out.ipynb", as_version=4))


def test_a_failure_stops_it_and_leaves_the_traceback(run):
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        run("1 / 0", "'never'")
    made = nbformat.read("out.ipynb", as_version=4)
    status = [c.metadata.papermill.status for c in made.cells if "papermill" in c.metadata]
    assert status == ["completed", "failed", "pending"]


def test_its_parameters_environment_and_folder_are_taken(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CSTO_TEST", "taken")
    (tmp_path / "elsewhere").mkdir()
    code = "import os; os.environ['CSTO_TEST'], os.path.basename(os.getcwd()), x"
    made = run("x = 1", code, parameters={"x": 5}, cwd="elsewhere")
    # without a cell of that tag papermill puts the values first
    assert made.cells[-1].outputs[0].data["text/plain"] == "('taken', 'elsewhere', 1)"


def test_a_cell_may_take_as_long_as_is_said_each_for_itself(run):
    with pytest.raises(RunError, match="cell 4 was stopped: the cell took longer than 2 seconds"):
        run(
            "import time; time.sleep(1.2)", "time.sleep(1.2)", "time.sleep(60)", execution_timeout=2
        )
    made = nbformat.read("out.ipynb", as_version=4)
    assert [c.metadata.papermill.status for c in made.cells] == ["completed"] * 3 + ["failed"]


def test_outputs_are_logged_as_they_come(run, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "papermill"), open("stdout.txt", "w") as file:
        run("print('on the way'); 'shown'", log_output=True, stdout_file=file)
    assert "on the way" in caplog.text and "'shown'" in caplog.text
    assert (tmp_path / "stdout.txt").read_text() == "on the way\n"


def test_a_notebook_is_saved_while_a_cell_runs(run, tmp_path):
    code = (
        "import time, pathlib\nfor i in range(20):\n    print(i, flush=True); time.sleep(0.2)\n"
        "    if '0\\\\n' in pathlib.Path('out.ipynb').read_text(): break\ni < 19"
    )
    assert run(code, autosave_cell_every=1).cells[1].outputs[-1].data["text/plain"] == "True"


def test_kernels_that_are_not_there_or_of_another_language_are_refused(run, tmp_path, monkeypatch):
    with pytest.raises(NoSuchKernel, match="ir"):
        run("1", kernel_name="ir")
    place = tmp_path / "jupyter" / "kernels" / "ir"
    place.mkdir(parents=True)
    spec = {"argv": ["R", "-e", "IRkernel::main()"], "display_name": "R", "language": "R"}
    (place / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    with pytest.raises(ParameterError, match="the kernel ir is for R: leave --engine out"):
        run("1", kernel_name="ir", language="R")


def test_another_python_has_a_kernel_of_its_own(run, tmp_path, monkeypatch):
    """A kernel that is named, with its own environment, runs the notebook."""
    import sys

    place = tmp_path / "jupyter" / "kernels" / "mine"
    place.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Mine", "language": "python", "env": {"WHOSE": "mine"}}
    (place / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    made = run("import os; os.environ['WHOSE']", kernel_name="mine")
    assert made.cells[1].outputs[0].data["text/plain"] == "'mine'"
