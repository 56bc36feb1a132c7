"""The notebooks: their form, and that they run, with their defaults and with other parameters."""

import ast
import json
import re
import runpy
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import BUILT, NOTEBOOKS, ROOT, console

from cstoanalysis.cli.runs import as_kernel_writes
from cstoanalysis.run import domain
from cstoanalysis.run.execute import execute, jobs_of
from cstoanalysis.run.notebook import read_notebook, without_traces

PARAMETER_SETS = json.loads((ROOT / "tests" / "parameter_sets.json").read_text("utf-8"))
PARAMETER = re.compile(
    r"(?P<name>[a-z_0-9]+): (?P<type>[^=#]+) = (?P<value>.+?)  # (?P<help>[^=]+)"
)


def each(paths):
    """Parametrize a test over notebooks."""
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def parameters_cell(path: Path) -> str:
    """Source of the one cell that is tagged ``parameters``."""
    cells = nbformat.read(path, as_version=4).cells
    (cell,) = [c for c in cells if "parameters" in c.metadata.get("tags", [])]
    return cell.source


@each(NOTEBOOKS)
def test_committed_without_outputs(path):
    """Outputs belong on the page; here they would only make each diff unreadable."""
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs"), cell.source
        assert cell.get("execution_count") is None, cell.source


@each(NOTEBOOKS)
def test_valid_and_of_kernel_python3(path):
    """Valid nbformat, and a kernel name that every installation has."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


@each(NOTEBOOKS)
def test_opening_it_in_jupyterlab_changes_at_most_the_version(path):
    """What the kernel of the locked libraries writes is there, but for a Python of another version."""
    kept = nbformat.read(path, as_version=4).metadata
    written = as_kernel_writes({"metadata": {**kept}})["metadata"]
    written["language_info"]["version"] = kept.language_info.version
    assert kept == written and kept.language_info.version.startswith("3.")


@each(NOTEBOOKS)
def test_title_is_a_heading_with_a_question_below(path):
    """The first cell is what the index and the citation show."""
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S.+\n\n\S", first.source)


@each(NOTEBOOKS)
def test_each_parameter_has_type_literal_and_help(path):
    """``name: type = value  # help``, one a line, with no ``=`` in the help."""
    lines = parameters_cell(path).splitlines()
    assert lines
    for line in lines:
        match = PARAMETER.fullmatch(line)
        assert match, line
        ast.literal_eval(match["value"])


@each(NOTEBOOKS)
def test_papermill_reads_the_same_parameters(path):
    """What papermill infers from the cell is what stands there."""
    names = [PARAMETER.fullmatch(line)["name"] for line in parameters_cell(path).splitlines()]
    inferred = papermill.inspect_notebook(path)
    assert list(inferred) == names
    assert all(entry["help"] for entry in inferred.values())


@each(NOTEBOOKS)
@pytest.mark.parametrize("helper", ["show_figure", "show_table"])
def test_figures_and_tables_are_numbered_in_order(path, helper):
    """1, 2, 3, … as literals, in the order in which they appear."""
    numbers = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            calls = [n for n in ast.walk(ast.parse(cell.source)) if _calls(n, helper)]
            numbers += [ast.unparse(n.args[1]) for n in sorted(calls, key=lambda n: n.lineno)]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]


def _calls(node, helper: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == helper


@each(NOTEBOOKS)
def test_no_back_room_in_a_notebook(path):
    """A notebook imports the front room alone."""
    assert not re.search(r"cstoanalysis\.(run|pages|cli)\b", path.read_text("utf-8"))


@each(BUILT)
def test_has_another_parameter_set(path):
    """Each set names known parameters and changes at least one of them."""
    sets = PARAMETER_SETS.get(path.stem, [])
    assert sets, f"{path.stem} has no entry in tests/parameter_sets.json"
    defaults = {
        match["name"]: ast.literal_eval(match["value"])
        for match in map(PARAMETER.fullmatch, parameters_cell(path).splitlines())
    }
    for values in sets:
        assert set(values) <= set(defaults)
        assert any(defaults[name] != value for name, value in values.items())


@each(BUILT)
def test_checks_allow_the_other_parameter_sets_and_what_the_benchmark_varies(path):
    """A parameter that goes, or a check that narrows, leaves none of them behind."""
    bench = runpy.run_path(str(ROOT / "benchmarks" / "bench.py"))
    runs = [*PARAMETER_SETS[path.stem], *bench["chosen"](path.stem, 50)]
    domain.refuse(path, read_notebook(path), runs)


def test_parameter_sets_name_notebooks():
    """No set is left behind by a notebook that was renamed."""
    assert set(PARAMETER_SETS) <= {path.stem for path in BUILT}


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """Runs in ordinary kernels, as futures, two at a time: first parameter sets, the template."""
    folder = tmp_path_factory.mktemp("runs")
    with ThreadPoolExecutor(2) as pool:
        sets = {path: PARAMETER_SETS.get(path.stem, [{}])[0] for path in NOTEBOOKS}
        yield {path: pool.submit(_run, path, values, folder) for path, values in sets.items()}
        pool.shutdown(cancel_futures=True)  # those that no test asked for


def _run(path: Path, values: dict, folder: Path) -> tuple[str, Path]:
    """Papermill, with another working directory than the notebook's; gives error and output."""
    output = folder / path.name
    try:
        elsewhere = {"metadata": {"path": str(folder)}}
        papermill.execute_notebook(path, output, values, progress_bar=False, resources=elsewhere)
    except papermill.PapermillExecutionError as problem:
        return str(problem), output
    return "", output


@each(BUILT)
def test_the_engine_gives_what_a_kernel_gives(path, kernels):
    """Every output of every cell, after dropping times and counters.

    With another parameter set; with the defaults JupyterLab's kernels are held to the built pages.
    """
    error, output = kernels[path].result()
    assert not error, error
    (job,) = jobs_of(path, [PARAMETER_SETS[path.stem][0]])
    mine = execute(job)
    assert not mine["error"], mine["error"]
    theirs = without_traces(nbformat.read(output, as_version=4))
    for ours, other in zip(mine["notebook"]["cells"], theirs["cells"], strict=True):
        assert ours == other
    mine["notebook"]["metadata"].pop("csto", None)  # what it read: a plain kernel keeps no list
    assert mine["notebook"] == theirs


@each([path for path in NOTEBOOKS if path not in BUILT])
def test_template_runs(path, kernels):
    """A new notebook starts from something that works."""
    error, output = kernels[path].result()
    assert not error, error
    assert_quiet(nbformat.read(output, as_version=4).cells)


def test_plain_papermill_from_another_folder(tmp_path):
    """The command of the README, as a user types it; a value that cannot be right stops it in words."""

    def run(stem, *arguments):
        command = [console("papermill"), str(ROOT / "notebooks" / f"{stem}.ipynb"), "out.ipynb"]
        return subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True)

    right = run("00_start_here", "-p", "as_of", "2010")
    assert right.returncode == 0, right.stderr
    assert_quiet(nbformat.read(tmp_path / "out.ipynb", as_version=4).cells)
    wrong = run("01_membership_churn", "-p", "organisation", "CTSO")
    assert wrong.returncode != 0
    assert "organisation = 'CTSO' is not known: did you mean 'CSTO'?" in wrong.stderr


def assert_quiet(cells) -> None:
    """No cell wrote to stderr, unless it is tagged for it."""
    for cell in cells:
        if "stderr-ok" not in cell.metadata.get("tags", []):
            noise = [o.text for o in cell.get("outputs", []) if o.get("name") == "stderr"]
            assert not noise, f"{cell.source}\n{noise}"


@each(NOTEBOOKS)
def test_figures_carry_their_data(path):
    """What is drawn is offered beside each figure: the sixth argument, or ``data=``."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            for call in ast.walk(ast.parse(cell.source)):
                if _calls(call, "show_figure"):
                    named = [keyword.arg for keyword in call.keywords]
                    assert len(call.args) == 6 or "data" in named, cell.source


@each(BUILT)
def test_runs_with_its_defaults(path, pages):
    """The page is there, so the run was clean: a failed or noisy one never becomes a page."""
    assert (pages / f"{path.stem}.html").stat().st_size > 10_000
