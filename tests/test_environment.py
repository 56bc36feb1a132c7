"""The house: one set of libraries under several roofs, versions that agree, nothing of one machine."""

import json
import re
import tomllib

import pytest
import yaml
from conftest import ROOT

import cstoanalysis

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def names(requirements) -> set[str]:
    """Names of requirements without versions, in lower case."""
    return {re.match(r"[A-Za-z0-9._-]+", text)[0].lower() for text in requirements}


def test_environment_yml_names_what_pyproject_names():
    """conda and pip users get the same libraries; python and pip are conda's own matter."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert environment["channels"] == ["conda-forge"]
    wanted = names(PYPROJECT["project"]["dependencies"])
    *conda, other = environment["dependencies"]
    found = {name.removeprefix("python-") for name in names(conda)} | names(other["pip"])
    assert found - {"python", "pip"} == wanted


def test_lock_holds_every_library_once_with_hashes():
    """Each name of pyproject.toml at one exact version, for the tests too."""
    locked = re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==\S+", LOCK, flags=re.MULTILINE)
    assert len(locked) == len(set(locked))
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["test"]
    assert names(wanted) <= set(locked)
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert all("--hash=sha256:" in entry for entry in entries if not entry.startswith("#"))


def test_lock_names_no_index_and_no_machine():
    """Everybody's own settings say where libraries come from."""
    assert not re.findall(r"https?:|file:|--index-url|--extra-index-url|--find-links|@ |^/", LOCK)


def test_versions_agree():
    """Package, citation file and changelog name the same version, and the tables theirs."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(
        r"^## (\S+) \((\S+)\)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    assert citation["version"] == newest[1] == cstoanalysis.__version__
    assert citation["date-released"] == newest[2]
    assert package["version"] in newest[0]


def test_citation_file_has_what_the_format_requires():
    """Citation File Format 1.2.0: four required keys, authors with names."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert all(author.get("name") for author in citation["authors"])


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=str)
def test_workflows_are_sound(path):
    """Actions are pinned by commit, rights are few, nothing of an event is pasted into a shell."""
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(
                r"actions/[a-z-]+@([0-9a-f]{40}|x)", step.get("uses", "actions/x@x")
            )
            assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("name", ["requirements.lock", ".github/release.lock"])
def test_nothing_is_installed_without_a_hash(name):
    """Each locked library has one, also what sets the environment up and builds the package."""
    text = (ROOT / name).read_text("utf-8")
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry and "==" in entry for entry in entries)
    names = {re.match(r"[\w.-]+", entry)[0] for entry in entries}
    wanted = {"uv", "hatchling", "editables"} if name[0] == "r" else {"pip-audit", "cyclonedx-bom"}
    assert wanted <= names
