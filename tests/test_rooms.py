"""The house: which room knows which, and that none is too large."""

import ast
import re

import pytest
from conftest import ROOT

PACKAGE = ROOT / "cstoanalysis"
MODULES = sorted(PACKAGE.rglob("*.py"))
UPWARDS = {
    "front": {"run", "pages", "cli"},
    "run": {"pages", "cli"},
    "pages": {"cli"},
    "cli": set(),
}
PLAIN = {"checks", "data", "dates", "descriptor", "panels", "stats", "words"}


def room_of(path) -> str:
    """The front room has modules, and folders of modules, beside the other three rooms."""
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in UPWARDS else "cli" if first == "__main__.py" else "front"


def imported(path) -> set[str]:
    """Full names of all that a module imports, at its top or within."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def named(path) -> str:
    """Path as a test's name."""
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_arrows_go_one_way(path):
    """cli -> pages -> run -> front room."""
    above = {f"cstoanalysis.{room}" for room in UPWARDS[room_of(path)]}
    found = {".".join(name.split(".")[:2]) for name in imported(path)}
    assert not found & above


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_tables_dates_and_methods_draw_nothing(path):
    """Who only computes need not wait for what draws."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room_of(path) == "front" and first in PLAIN:
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"matplotlib", "IPython", "networkx"}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_module_is_two_rooms(path):
    """Three hundred lines are many."""
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", sorted((PACKAGE / "pages").glob("*.py")), ids=named)
def test_markup_is_edited_on_a_parsed_tree(path):
    """No pattern of the pages' room looks for a tag."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("compile", "sub"):
            patterns = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
            assert not [p for p in patterns if re.search(r"(?<!\?)(?<!P)<[\\s(\[]*[a-z/!]", str(p))]
