"""Rebuild a page from the provenance in it, and say what differs."""

from collections.abc import Callable
from html import unescape
from itertools import zip_longest
from pathlib import Path, PurePath

from cstoanalysis.pages.provenance import home_of
from cstoanalysis.pages.reading import page_block
from cstoanalysis.pages.render import visible
from cstoanalysis.pages.versions import without_line
from cstoanalysis.run import identity


def verify(
    page: Path,
    rebuild: Callable[[str, dict], dict],
    folder: Path | None = None,
    readings: Callable | None = None,
) -> list[str]:
    """Compare a page with what its notebook gives here and now.

    A page may come from anywhere. It says which notebook and which values; ``rebuild`` decides
    whether it runs that notebook, and holds the values to the checks that a user's have to pass.

    Parameters
    ----------
    page : Path
        The page, as it was found or given.
    rebuild : function of stem and values
        Runs the notebook of that stem with those parameters; returns it executed.
    folder : Path, optional
        Where the notebook lies.
    readings : function of stem, values and plan, optional
        Gives the results of readings of that notebook, as the page says which; checked alike.

    Returns
    -------
    list of str
        Empty if the page is the same, byte for byte; else sentences that name what differs:
        the notebook, a table, the package, a library, a published value, the first line.
    """
    text = without_line(page.read_bytes().decode("utf-8", errors="surrogateescape"))
    try:
        return [_plain(sentence) for sentence in _compare(text, rebuild, folder, readings)]
    except ValueError as problem:
        return [_plain(str(problem))]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as problem:
        return [_plain(f"Its data block cannot be read: {type(problem).__name__}: {problem}.")]


def _plain(sentence: str) -> str:
    """A sentence in which a page from elsewhere may be quoted: one line, nothing hidden."""
    sentence = visible(" ".join(sentence.split()))
    return sentence if len(sentence) <= 400 else f"{sentence[:399]}…"


def _compare(text: str, rebuild, folder: Path | None, readings) -> list[str]:
    block = page_block(text)
    stated = block["inputs"]
    stem = PurePath(block["notebook"]).stem
    found = _surroundings(stated, block.get("tables", {}))
    then = _published(block)
    try:
        again = _made_again(block, stem, rebuild, folder, readings)
    except Exception as problem:
        return [*found, f"It cannot be made again here: {str(problem).rstrip('.')}."]
    if again == text:
        return []
    own = page_block(again)
    if own["inputs"]["notebook"] != stated.get("notebook"):
        found.insert(0, f"The source of the notebook {stem} differs.")
    found += _read(stated.get("read", {}), own["inputs"].get("read", {}))
    found += _values(then, _published(own))
    return found or [_first_line(text, again)]


def _made_again(block: dict, stem: str, rebuild, folder: Path | None, readings) -> str:
    home, values = home_of(block.get("address", "")), block["values"]
    said = block.get("readings")
    if said and "choices" in said:
        from cstoanalysis.pages.readings import to_readings

        results = readings(stem, values, said)
        return to_readings(results, said["files"], home, said["page"])
    from cstoanalysis.pages.page import to_page  # takes seconds to import

    notebook = rebuild(stem, values)
    if said:
        from cstoanalysis.pages.curve import summary

        found = readings(stem, values, {"most": said["most"]})
        notebook["metadata"].setdefault("csto", {})["readings"] = summary(found, said["page"])
    return to_page(notebook, f"{stem}.ipynb", home, folder, ran=True)


def _surroundings(stated: dict, used: dict) -> list[str]:
    """What differs of tables, package and libraries, those that the page used first."""
    here = identity.inputs({"cells": []})
    sentences = []
    names = sorted({*stated["data"], *here["data"]}, key=lambda n: (n[:-4] not in used, n))
    for name in names:
        then, now = stated["data"].get(name), here["data"].get(name)
        if then != now:
            what = f"table {name[:-4]}" if name.endswith(".csv") else f"file {name}"
            missing = {None: " (missing here)"}.get(now, " (not there then)" if not then else "")
            unused = "" if name[:-4] in used else ", which this page does not cite"
            sentences.append(f"The {what} differs{missing}{unused}.")
    if stated["package"] != here["package"]:
        sentences.append("The source of the package cstoanalysis differs.")
    for name in sorted({*stated["versions"], *here["versions"]}):
        then, now = (v.get(name, "none") for v in (stated["versions"], here["versions"]))
        if then != now:
            sentences.append(f"The library {name} differs: {then} on the page, {now} here.")
    return sentences


def _published(block: dict) -> dict:
    """Published values of a page by name, and its answer."""
    values = {value["name"]: value["value"] for value in block.get("published", [])}
    return values | {"answer": block.get("answer")}


def _read(then: dict, now: dict) -> list[str]:
    """Files beside the tables that the run read and that are others now."""
    names = sorted(name for name in {**then, **now} if then.get(name) != now.get(name))
    return [f"The file {name}, which the notebook reads, differs." for name in names]


def _values(then: dict, now: dict) -> list[str]:
    """Published values, and the answer, that came out otherwise."""
    return [
        f"The value {name} differs: {then.get(name)!r} on the page, {now.get(name)!r} here."
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    ]


def _first_line(text: str, again: str) -> str:
    lines = zip_longest(text.split("\n"), again.split("\n"), fillvalue="")
    for number, (there, here) in enumerate(lines, start=1):
        if there != here:
            at = next(
                (n for n, (a, b) in enumerate(zip(there, here, strict=False)) if a != b),
                min(len(there), len(here)),
            )
            cut = slice(max(at - 20, 0), at + 40)
            shown = [
                unescape(part[cut]).encode("unicode_escape").decode() for part in (there, here)
            ]
            return f"Line {number} differs: {shown[0]!r} on the page, {shown[1]!r} here."
    return "The bytes differ, though no line does: another encoding or other line ends."
