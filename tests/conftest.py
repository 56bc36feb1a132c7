"""What the tests share: the notebooks, the pages made from them, a browser."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BUILT = [path for path in NOTEBOOKS if not path.name.startswith("_")]
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]


def console(name: str) -> str:
    """Path of a console script of the environment that the tests run in."""
    return str(Path(sys.executable).with_name(name))


@pytest.fixture(scope="session", autouse=True)
def _building(request, tmp_path_factory):
    """The pages, built in the background while the first tests run, if any test asks for them."""
    wanted = any("pages" in item.fixturenames for item in request.session.items)
    with ThreadPoolExecutor(1) as pool:
        output = tmp_path_factory.mktemp("build") / "html"
        yield pool.submit(_build, output) if wanted and not os.environ.get("CSTO_PAGES") else None


def _build(output: Path) -> Path:
    """Run ``csto html`` as a user does, from another folder: nothing may depend on which."""
    command = [console("csto"), "html", "--output", str(output)]
    run = subprocess.run(command, cwd=output.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return output


@pytest.fixture(scope="session")
def pages(_building) -> Path:
    """Folder of the built pages: ``CSTO_PAGES`` if set, else built for the tests."""
    return _building.result() if _building else Path(os.environ["CSTO_PAGES"]).resolve()


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, driven by Playwright."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = "needs Chromium, for instance: apt-get install chromium"
        if os.environ.get("CSTO_REQUIRE_CHROMIUM") == "1" or os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


def run_cells(stem: str, **parameters) -> dict:
    """Run a notebook's code in this process; what it defined and computed, by name.

    For tests that look inside: functions on textbook examples, numbers worked out a second time.
    That it runs in a kernel, and under papermill, is tested elsewhere.
    """
    notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    space = {"__name__": "notebook"}
    exec("import matplotlib; matplotlib.use('Agg')", space)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{stem}, {cell.id}", "exec"), space)
            if "parameters" in cell.metadata.get("tags", []):
                space.update(parameters)
    return space
