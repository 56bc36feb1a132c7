"""The cheapest notebooks that tests of runs need, written to a folder of the test."""

import json
import os
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PARAMETERS = """\
year: int = 1992  # a year
kind: str = "a"  # a kind
rate: float = 0.5  # a rate
strict: bool = False  # a switch
states: list = ["RUS"]  # some states"""
BODY = """\
import cstoanalysis as csto
csto.publish("value", year * 2 + rate, unit="points")
csto.publish("label", f"{kind} {','.join(states)}")
csto.publish("answer", f"In {year} it was {kind}.")"""


def write(path: Path, body: str = BODY, parameters: str = PARAMETERS, readings: str = "") -> Path:
    """Write a notebook of three cells: a question, parameters, and all its code; readings on top."""
    cells = [
        new_markdown_cell("# A test\n\nWhat happens?"),
        new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        new_code_cell(body),
    ]
    if readings:
        cells.insert(2, new_code_cell(readings, metadata={"tags": ["readings"]}))
    for number, cell in enumerate(cells):
        cell["id"] = str(number)
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    path.write_text(json.dumps(new_notebook(cells=cells, metadata=metadata)))
    return path


def descendants(pid: int) -> list[int]:
    """Ids of the processes that a process started, and of those that these started."""
    children = []
    for task in (f"/proc/{pid}/task/{t}/children" for t in os.listdir(f"/proc/{pid}/task")):
        with open(task) as file:
            children += map(int, file.read().split())
    found = []
    for child in children:
        try:
            found += [child, *descendants(child)]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def command(pid: int) -> str:
    """Command line of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def running(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
