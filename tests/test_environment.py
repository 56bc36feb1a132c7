"""The house: one set of libraries under several roofs, versions that agree, nothing of one machine."""

import json
import re
import tomllib

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
    assert names(environment["dependencies"]) - {"python", "pip"} == wanted


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


def test_front_room_never_imports_the_back_rooms():
    """Arrows go one way: cli, pages, run, front room."""
    for path in (ROOT / "cstoanalysis").glob("*.py"):
        if path.name != "cli.py":
            imports = r"^\s*(from|import) cstoanalysis(\.| import )(run|pages|cli)\b"
            assert not re.search(imports, path.read_text("utf-8"), re.MULTILINE), path.name
