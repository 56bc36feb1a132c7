"""A notebook and what stands in it: the one place that reads and changes its cells.

A notebook is a mapping in nbformat 4, as ``json`` or ``nbformat`` reads it. Its parts are told
apart by tags: ``parameters``, ``checks``, ``readings``, ``figure``, ``lead``, ``stderr-ok``, and
``injected-parameters`` for the cell in which papermill and ``csto`` put the values of a run.
"""

import ast
import json
import keyword
import math
import re
from collections.abc import Iterator
from pathlib import Path

from cstoanalysis.descriptor import VALUE
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.left_over import left_over
from cstoanalysis.run.outputs import alike

INJECTED = "injected-parameters"
NOT_RUN = "not run yet: run all cells"
SKIPPED = "skip-execution"  # as nbclient calls it
_LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}


# --- cells ---------------------------------------------------------------------------------------
def read_notebook(path: Path) -> dict:
    """Notebook in format 4.

    Raises
    ------
    ParameterError
        If the file is none, or one of another language.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
        about = {k: v for k, v in (notebook.get("metadata") or {}).items() if v is not None}
        notebook["metadata"] = about
        notebook["cells"] = [*map(_filled, notebook["cells"])]
        said = [{**(about.get(name) or {})} for name in ("kernelspec", "language_info")]
        right = notebook["nbformat"] == 4
    except OSError as problem:
        raise ParameterError(f"{path.name} cannot be read: {problem.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        right = False
    if not right:
        raise ParameterError(f"{path.name} is no notebook in format 4: save it in JupyterLab.")
    for language in (said[0].get("language"), said[1].get("name")):
        if str(language or "python").lower() not in ("python", "ipython"):
            raise ParameterError(f"{path.name} is written in {language}: only Python is run here.")
    return notebook


def _filled(cell: dict) -> dict:
    """A cell with what the format asks for, where a program left it out."""
    whole = {**cell, "metadata": {**(cell.get("metadata") or {})}}
    whole["source"] = "".join(cell.get("source") or "")
    whole["metadata"]["tags"] = [*map(str, whole["metadata"].get("tags") or [])]
    if not whole["metadata"]["tags"]:
        del whole["metadata"]["tags"]
    if whole["cell_type"] == "code":
        whole = {"execution_count": None, **whole, "outputs": whole.get("outputs") or []}
    return whole


def tags_of(cell: dict) -> list[str]:
    """Tags of a cell."""
    return list(cell["metadata"].get("tags", []))


def source_of(cell: dict) -> str:
    """Text of a cell: a file has it as one text or as a list of lines."""
    return "".join(cell["source"])


def tagged(notebook: dict, tag: str) -> list[dict]:
    """Cells that have a tag."""
    return [cell for cell in notebook["cells"] if tag in tags_of(cell)]


def title_and_question(notebook: dict) -> tuple[str, str]:
    """First heading of a notebook and the paragraph below it, as Markdown."""
    texts = (source_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    head = next(texts, "")
    title = re.search(r"^# +(.+)$", head, flags=re.MULTILINE)
    below = head[title.end() :] if title else head
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", below) if part.strip()]
    return (title[1].strip() if title else "Untitled"), (paragraphs[0] if paragraphs else "")


def readings_of(notebook: dict) -> dict[str, list]:
    """Defensible alternatives of each choice, from the cell tagged ``readings``; none without one.

    Raises
    ------
    ParameterError
        If the cell is no ``READINGS = {"parameter": [value, …]}`` of literals.
    """
    cells = tagged(notebook, "readings")
    if not cells:
        return {}
    try:
        body = ast.parse("\n".join(map(source_of, cells))).body
        (node,) = (n for n in body if isinstance(n, ast.Assign))
        found = ast.literal_eval(node.value)
        lists = all(isinstance(values, list) and values for values in found.values())
        right = ast.unparse(node.targets[0]) == "READINGS" and lists
    except (SyntaxError, ValueError, TypeError, AttributeError):
        right = False
    if not right:
        raise ParameterError('The cell tagged "readings" is no READINGS = {"name": [value, …]}.')
    return found


def values_alone(notebook: dict) -> dict:
    """Copy of a notebook whose figures are not drawn: for what it publishes, and for no page."""
    cells = [
        {**c, "metadata": {**c["metadata"], "tags": [*tags_of(c), SKIPPED]}}
        if {"figure", SKIPPED} & {*tags_of(c)} == {"figure"}
        else c
        for c in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def as_written(notebook: dict) -> dict:
    """Copy of a notebook that was run for its values alone, its tags as they were before."""
    cells = [
        {**c, "metadata": {**c["metadata"], "tags": [t for t in tags_of(c) if t != SKIPPED]}}
        if "figure" in tags_of(c)
        else c
        for c in notebook.get("cells", [])
    ]
    return {**notebook, "cells": cells}


# --- values of parameters --------------------------------------------------------------------------
def values_of(notebook: dict) -> dict:
    """Values that were put in for parameters, from the cell that papermill or ``csto`` injected.

    What is no literal is its source text.
    """
    values = {}
    for cell in tagged(notebook, INJECTED):
        for node in ast.parse(source_of(cell)).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = _value(node.value)
    return values


def _value(node: ast.expr):
    try:
        value = ast.literal_eval(node)
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        return ast.unparse(node)


def with_values(notebook: dict, values: dict) -> dict:
    """Copy of a notebook with an injected cell, the same that papermill would put into it.

    Raises
    ------
    ParameterError
        If a name is none that Python can assign to: a name is written as code.
    """
    notebook = without_injected(notebook)
    cells = [{**c, "metadata": dict(c["metadata"])} for c in notebook["cells"]]
    if values:
        code = "".join(f"{_name(name)} = {_literal(value)}\n" for name, value in values.items())
        injected = {
            "cell_type": "code",
            "execution_count": None,
            "id": "parameters",
            "metadata": {"tags": [INJECTED]},
            "outputs": [],
            "source": f"# Parameters\n{code}",
        }
        places = (n for n, cell in enumerate(cells, start=1) if "parameters" in tags_of(cell))
        cells.insert(next(places, 0), injected)
    return {**notebook, "cells": cells}


def without_injected(notebook: dict) -> dict:
    """Copy of a notebook without the cell in which the values of a run were put."""
    cells = [cell for cell in notebook["cells"] if INJECTED not in tags_of(cell)]
    metadata = {k: v for k, v in notebook.get("metadata", {}).items() if k != "csto"}
    return {**notebook, "metadata": metadata, "cells": cells}


def _name(name: str) -> str:
    if not (isinstance(name, str) and name.isidentifier()) or keyword.iskeyword(name):
        raise ParameterError(f"{str(name)[:60]!r} is no name of a parameter.")
    return name


def _literal(value) -> str:
    """Python source of a value: texts are escaped in such a way that nothing can get out of them."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"({''.join(f'{_literal(item)}, ' for item in value).rstrip(' ')})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(k)}: {_literal(v)}' for k, v in value.items())}}}"
    if isinstance(value, str):
        escaped = value.encode("unicode_escape").decode().replace('"', r"\"")
        return f'"{escaped}"'
    plain = value is None or type(value) in (bool, int)
    if plain or (type(value) is float and math.isfinite(value)):
        return repr(value)
    raise ParameterError(
        f"{str(value)[:60]!r} cannot be given to a notebook: it is no plain value."
    )


# --- what a run left -----------------------------------------------------------------------------
def outputs_of(notebook: dict, kind: str) -> list:
    """Content of all outputs of a MIME kind, in their order."""
    return [content for _, content in _outputs(notebook, kind)]


def _outputs(notebook: dict, kind: str) -> Iterator[tuple[int, object]]:
    """Number of the cell and content of each output of a MIME kind."""
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", []):
            if kind in output.get("data", {}):
                yield number, output["data"][kind]


def published_values(notebook: dict) -> tuple[list[dict], str]:
    """Name, value and unit of all that an executed notebook published, and which name came twice."""
    found = {}
    for number, value in _outputs(notebook, VALUE):
        if value["name"] in found:
            return [], f"cell {number} publishes {value['name']!r} a second time"
        found[value["name"]] = value
    return list(found.values()), ""


def on_stderr(notebook: dict) -> str:
    """First text on stderr, unless its cell is tagged ``stderr-ok``; a warning is not passed over."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if "stderr-ok" in tags_of(cell):
            continue
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream" and output["name"] == "stderr":
                said = " ".join("".join(output["text"]).split())
                return f"cell {number} wrote to stderr: {said[:400]}"
    return ""


def not_whole(notebook: dict) -> str:
    """Why an executed notebook is no run from its first cell to its last; empty if it is one."""
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and "raises-exception" not in tags_of(cell):
                return f"cell {number} failed: {output['ename']}: {output['evalue']}"
    if noise := on_stderr(notebook):
        return noise
    if any({"figure", SKIPPED} <= {*tags_of(cell)} for cell in notebook["cells"]):
        return "run for its values alone: its figures were not drawn"
    code = [c for c in notebook["cells"] if c["cell_type"] == "code" and source_of(c).strip()]
    counts = [cell["execution_count"] for cell in code]
    first = counts[0] if counts else None
    if any(counts) and (not first or counts != list(range(first, first + len(code)))):
        return "not run once from top to bottom: restart the kernel and run all cells"
    if first and first > 1 and (left := left_over([*map(source_of, code)])):
        return f"{left}: restart the kernel and run all cells"
    if code and not any(counts) and not any(cell["outputs"] for cell in code):
        return NOT_RUN
    return ""


def without_traces(notebook: dict) -> dict:
    """Take out what differs from run to run or between machines: times, ids, marks, places."""
    kept = {"kernelspec", "csto"}
    metadata = {k: v for k, v in notebook["metadata"].items() if k in kept}
    notebook["metadata"].clear()
    notebook["metadata"].update(metadata, language_info=dict(_LANGUAGE))
    for number, cell in enumerate(notebook["cells"], start=1):
        cell["id"] = f"cell-{number}"
        cell["source"] = source_of(cell)
        tags = tags_of(cell)
        cell["metadata"].clear()
        cell["metadata"].update({"tags": tags} if tags else {})
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
            cell["outputs"] = alike(cell.get("outputs", []))
    return notebook
