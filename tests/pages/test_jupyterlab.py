"""JupyterLab itself, in a real browser: Run All Cells, no error, no warning, and the same page."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from functools import cache
from urllib.parse import urljoin

import nbformat
import pytest
from conftest import BUILT, ROOT, console

from cstoanalysis.cli.runs import as_kernel_writes
from cstoanalysis.pages.page import to_page
from cstoanalysis.pages.reading import page_block
from cstoanalysis.run.notebook import without_traces

TOKEN = "only-for-this-test"
PATIENCE = 300  # seconds for one notebook
# One that shows every kind of output; the others before a release.
NOTEBOOKS = [BUILT[0], *(pytest.param(path, marks=pytest.mark.slow) for path in BUILT[1:])]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab on a free loopback port, on a copy of the notebooks; gives address and folder."""
    base = tmp_path_factory.mktemp("lab")
    folder = base / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    own = ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]
    settings = {f"JUPYTER_{name}": str(base / name.lower()) for name in own}
    settings |= {
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "IPYTHONDIR": str(base / "ipython"),
    }
    settings |= {"JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [console("jupyter"), "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    command += [f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None"]
    log = (base / "server.log").open("w")
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(lambda: ask(address, "status") is not None, 180, "JupyterLab did not start")
        yield address, folder
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def ask(address: str, what: str):
    """An answer of the server's own interface, or None if it does not answer."""
    request = urllib.request.Request(
        f"{address}/api/{what}", headers={"Authorization": f"token {TOKEN}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return None


def _wait(done, seconds: float, message: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, message
        time.sleep(0.5)


@pytest.fixture(scope="module")
def executed(server, chromium):
    """Runs a notebook by *Run All Cells*; gives it as the browser saved it, and its export.

    One after the other: a tab that is open costs processor time, also when nothing happens in it.
    """
    address, folder = server

    @cache
    def run(path, times: int = 1):
        tab = chromium.new_page(viewport={"width": 1400, "height": 1000})
        tab.goto(f"{address}/lab/workspaces/{path.stem}/tree/{path.name}?token={TOKEN}")
        tab.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=180_000)
        tab.get_by_text("| Idle").wait_for(timeout=180_000)
        for n in range(1, times + 1):
            tab.get_by_role("menuitem", name="Run", exact=True).click()
            tab.locator('[data-command="runmenu:run-all"]').click()
            _wait(
                lambda n=n: _idle(address, path.name) and _save(tab, folder / path.name, n),
                PATIENCE,
                f"{path.stem} not run or not saved",
            )
        saved, exported = nbformat.read(folder / path.name, as_version=4), _exported(tab)
        tab.close()
        return saved, exported

    return run


def _exported(tab) -> str:
    """Address that *File, Save and Export Notebook As, Citable* opens."""
    tab.evaluate("window.open = address => { window.asked = address; return null; }")
    tab.get_by_role("menuitem", name="File", exact=True).click()
    tab.locator(".lm-Menu-itemLabel", has_text="Save and Export Notebook As").click()
    formats = tab.locator('[data-command="notebook:export-to-format"]')
    formats.filter(has_text="Citable").click()
    tab.wait_for_function("window.asked", timeout=120_000)
    return tab.evaluate("window.asked")


def _idle(address: str, name: str) -> bool:
    answer = ask(address, "sessions") or []  # none while the server is busy
    sessions = {s["path"]: s["kernel"]["execution_state"] for s in answer}
    return sessions.get(name) == "idle"


def _save(tab, path, times: int) -> bool:
    """Save in the browser; true once the file shows that its last cell was run so often, or one failed."""
    tab.locator(".jp-Notebook").first.click(position={"x": 3, "y": 3})
    tab.keyboard.press("Control+s")
    tab.wait_for_timeout(1000)
    try:
        found = nbformat.read(path, as_version=4).cells
    except nbformat.reader.NotJSONError:  # it is being written
        return False
    cells = [cell for cell in found if cell.cell_type == "code" and cell.source]
    failed = any(o.output_type == "error" for c in cells for o in c.outputs)
    return failed or cells[-1].execution_count == times * len(cells)


def test_opening_a_notebook_does_not_mark_it_changed(server, chromium):
    """As ``csto lab`` copies it, under any Python; saved, it has the same content."""
    made = as_kernel_writes(json.loads(BUILT[0].read_text("utf-8")))
    (server[1] / "untouched.ipynb").write_text(json.dumps(made), "utf-8")
    tab = chromium.new_page(viewport={"width": 1400, "height": 1000})
    tab.goto(f"{server[0]}/lab/workspaces/untouched/tree/untouched.ipynb?token={TOKEN}")
    tab.get_by_text("| Idle").wait_for(timeout=180_000)
    tab.wait_for_timeout(2000)  # what the kernel says of itself comes a little later
    assert (
        tab.locator(".jp-NotebookPanel").count() == 1 and tab.locator(".jp-mod-dirty").count() == 0
    )
    tab.locator(".jp-Notebook").first.click(position={"x": 3, "y": 3})
    tab.keyboard.press("Control+s")
    tab.wait_for_timeout(1000)
    assert json.loads((server[1] / "untouched.ipynb").read_text("utf-8")) == made
    tab.close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_run_all_without_error_or_warning(path, executed):
    """Every cell ran, in order, from a fresh kernel; none failed, none wrote to stderr."""
    cells = [c for c in executed(path)[0].cells if c.cell_type == "code" and c.source]
    outputs = [output for cell in cells for output in cell.outputs]
    errors = [o.evalue for o in outputs if o.output_type == "error"]
    noise = [o.text for o in outputs if o.get("name") == "stderr"]
    assert (errors, noise) == ([], [])
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any("csto-cite" in o.data.get("text/html", "") for o in outputs if "data" in o)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_gives_the_page_that_papermill_gave(path, executed, pages):
    """Same inputs, same bytes: whoever ran it, whenever and in which folder.

    What the readings say is no output of the run: it is taken from the page.
    """
    notebook, built = without_traces(executed(path)[0]), pages / f"{path.stem}.html"
    if said := page_block(built.read_text("utf-8")).get("readings"):
        notebook["metadata"]["csto"] = {**notebook["metadata"].get("csto", {}), "readings": said}
    assert to_page(notebook, path.name) == built.read_text("utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_menu_exports_the_same_page(path, executed, server):
    """*Citable* is in the menu, and gives a file of the same bytes; of readings it knows nothing."""
    place = urljoin(server[0], executed(path)[1])
    assert place.startswith(f"{server[0]}/nbconvert/citable/{path.name}")
    headers = {"Authorization": f"token {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(place, headers=headers), timeout=120) as got:
        notebook = without_traces(executed(path)[0])
        notebook["metadata"].pop("csto", None)
        page = to_page(notebook, path.name)
        assert got.read() == page.encode()


def exported(server, name: str) -> tuple[int, str]:
    """Status and text of the answer that *Citable* opens in the browser."""
    place = f"{server[0]}/nbconvert/citable/{name}"
    request = urllib.request.Request(place, headers={"Authorization": f"token {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.status, refused.read().decode()


def test_run_all_twice_gives_the_page_of_once(server, executed):
    """The second run was whole and in order: the counters go on, the page is the same."""
    once, _ = executed(BUILT[0])
    shutil.copy(BUILT[0], server[1] / "again.ipynb")
    twice, _ = executed(server[1] / "again.ipynb", times=2)
    counts = [c.execution_count for c in twice.cells if c.cell_type == "code" and c.source]
    assert counts == [*range(len(counts) + 1, 2 * len(counts) + 1)]
    pages = [to_page(without_traces(made), "again.ipynb") for made in (once, twice)]
    assert pages[0] == pages[1]
    assert exported(server, "again.ipynb")[0] == 200


def _counted(notebook, start: int):
    """A notebook as a kernel left it whose first cell was its ``start``-th."""
    made = nbformat.from_dict(notebook)
    code = [c for c in made.cells if c.cell_type == "code" and c.source]
    for number, cell in enumerate(code, start=start):
        cell.execution_count = number
    return made, code


REFUSED = {  # what is done to a notebook that was run, and what the browser says then
    "not run": (lambda made, code: [c.update(execution_count=None, outputs=[]) for c in code], "not run yet: run all cells"),
    "one cell again": (lambda made, code: code[2].update(execution_count=99), "not run once from top to bottom"),
    "misspelt, the old name left in the kernel": (
        lambda made, code: code[0].update(source=code[0].source.replace("as_of", "as_off")),
        "uses as_of, which no cell defines: restart the kernel and run all cells",
    ),
    "no Python any more": (lambda made, code: code[0].update(source="as_of = ("), "has a cell that is no Python: restart the kernel"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_menu_says_in_a_sentence_why_there_is_no_page(case, server):
    """Never a bare error of the server: what is wrong, and what to do."""
    change, words = REFUSED[case]
    made, code = _counted(nbformat.read(BUILT[0], as_version=4), 40)
    change(made, code)
    nbformat.write(made, server[1] / "changed.ipynb")
    status, text = exported(server, "changed.ipynb")
    assert status != 200 and words in text and "Traceback" not in text
