"""A command touches only what it wrote itself."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from small import write

from cstoanalysis.cli import main
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.output import LIST, Output


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of each file below a folder."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_writes_again_what_it_wrote(tmp_path):
    """A second build replaces the first; the list is that of ``sha256sum``."""
    Output(tmp_path).write("a/b.txt", "one")
    again = Output(tmp_path)
    again.write("a/b.txt", "two")
    again.close()
    digest = hashlib.sha256(b"two").hexdigest()
    assert contents(tmp_path) == {"a/b.txt": b"two", LIST: f"{digest}  a/b.txt\n".encode()}


@pytest.mark.parametrize("cut", ["before the file", "before the list"])
def test_a_write_that_was_cut_short_can_be_done_again(tmp_path, cut):
    """Killed between list and file, or before the list is made anew: both states are ours."""
    first = Output(tmp_path)
    first.write("a.txt", "one")
    first.close()
    content = b"two"
    with open(tmp_path / LIST, "a") as file:
        file.write(f"{hashlib.sha256(content).hexdigest()}  a.txt\n")
    if cut == "before the list":
        (tmp_path / "a.txt").write_bytes(content)
    again = Output(tmp_path)
    assert again.is_ours("a.txt")
    again.write("a.txt", "three")
    assert (tmp_path / "a.txt").read_text() == "three"


def test_two_commands_at_once_know_each_others_files(tmp_path):
    """Both began before either wrote."""
    one, other = Output(tmp_path), Output(tmp_path)
    one.write("a.txt", "one")
    other.write("a.txt", "other")
    one.close()
    other.write("a.txt", "again")
    other.close()
    assert Output(tmp_path).is_whole(["a.txt"])
    assert (tmp_path / "a.txt").read_text() == "again"


@pytest.mark.parametrize("how", ["foreign", "changed", "linked", "folder"])
def test_what_is_not_ours_is_neither_written_nor_removed(tmp_path, how):
    """Refused by name."""
    own = Output(tmp_path / "out")
    own.write("kept.txt", "ours")
    own.write("a.txt", "ours")
    place = tmp_path / "out" / "a.txt"
    place.unlink()
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("ours")
    if how == "foreign":
        (tmp_path / "out" / LIST).unlink()
        place.write_text("ours")
    elif how == "changed":
        place.write_text("changed")
    elif how == "linked":
        place.symlink_to(elsewhere)
    else:
        place.mkdir()
    again = Output(tmp_path / "out")
    with pytest.raises(ParameterError, match=r"a\.txt"):
        again.write("a.txt", "new")
    again.close(kept=["kept.txt"])
    assert place.is_dir() if how == "folder" else place.exists()
    assert elsewhere.read_text() == "ours"


def test_a_list_from_elsewhere_leads_nowhere_else(tmp_path):
    """Names that leave the folder are passed over."""
    victim = tmp_path / "victim.txt"
    victim.write_text("x")
    folder = tmp_path / "out"
    folder.mkdir()
    digest = hashlib.sha256(b"x").hexdigest()
    (folder / LIST).write_text(f"{digest}  ../victim.txt\n{digest}  {victim}\nnonsense\n")
    Output(folder).close(kept=[])
    assert victim.read_text() == "x"


@pytest.mark.parametrize(
    "command",
    [
        ["html", "-o", "thesis"],
        ["html", "00_start_here", "-o", "thesis"],
        ["run", "00_start_here", "-o", "thesis"],
        ["sweep", "00_start_here", "-p", "as_of=2001,2002", "-o", "thesis"],
    ],
    ids=" ".join,
)
def test_a_folder_of_somebody_else_is_refused_before_anything_runs(command, tmp_path, monkeypatch):
    """Twenty files of a thesis, some under names that a command would write: all stay."""
    monkeypatch.chdir(tmp_path)
    names = ["index.html", "results.csv", "sweep.json", "00_start_here.html", "tables/t1.xlsx"]
    names += ["tables/states.csv", "notebooks/ch1.ipynb", "sitemap.xml", "search.html"]
    names += [f"notebooks/ch{n}.ipynb" for n in range(2, 9)] + [f"tables/t{n}.csv" for n in "2345"]
    for name in names:
        (tmp_path / "thesis" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "thesis" / name).write_text(f"my {name}")
    before = contents(tmp_path)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2, result.output
    assert "was not written by csto" in result.output
    assert contents(tmp_path) == before and len(before) == 20


def test_a_source_is_never_overwritten(tmp_path, monkeypatch):
    """Neither one of the user's, nor one that an earlier run wrote."""
    source = json.loads((ROOT / "notebooks" / "00_start_here.ipynb").read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.ipynb").write_text(json.dumps(source))
    Output(tmp_path / "r").write("n.ipynb", json.dumps(source))
    for notebook, folder in (("n.ipynb", "."), ("r/n.ipynb", "r")):
        before = (tmp_path / notebook).read_bytes()
        result = CliRunner().invoke(main, ["run", notebook, "-o", folder])
        assert result.exit_code == 2, result.output
        assert (tmp_path / notebook).read_bytes() == before


def test_a_link_that_leads_nowhere_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "n.ipynb")
    (tmp_path / "link").symlink_to("nowhere")
    run = CliRunner().invoke(main, ["run", "n.ipynb", "-o", "link"])
    assert run.exit_code == 2
    assert "--output link: link is no folder that can be written to." in run.output


def test_where_no_run_can_be_kept_none_is_begun(tmp_path, monkeypatch):
    """The store is a file here; elsewhere it is on a disk that is only read."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "n.ipynb", "open('ran', 'w')")
    (tmp_path / "build").write_text("mine")
    run = CliRunner().invoke(main, ["run", "n.ipynb", "-o", "there"])
    assert run.exit_code == 2
    assert "Runs are kept in build/runs: " in run.output and "can be written to." in run.output
    assert not (tmp_path / "ran").exists() and not (tmp_path / "there").exists()


def test_what_the_system_refuses_is_one_line(tmp_path):
    """No file may become longer than 20 kB: the run can be kept, its page cannot be written."""
    write(tmp_path / "n.ipynb")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from cstoanalysis.cli import main; main()"
    )
    words = [sys.executable, "-c", code, "run", "n.ipynb", "-o", "there"]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == "Error: there/n.html: File too large.\n"
