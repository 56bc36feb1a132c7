"""What the messages of a kernel make of a notebook's cells: the same that nbclient makes of them.

And what of it is the same in each run, on each machine.
"""

import re

# A file of Python's as tracebacks and warnings name it, from the root of where it lies.
_FILE = re.compile(
    r"""((?:File[ ](?:(?:\x1b\[[\d;]*m)+|")?|^))(~?/[^\n"\x1b]{0,400}?\.pyx?)(?=:\d+|",[ ]line[ ]\d)""",
    re.VERBOSE | re.MULTILINE,
)
_OURS = r"cstoanalysis/(?:\w+\.py|(?:charts|cli|pages|run|stats)/)"
_ROOT = re.compile(rf".*/(?:(?:site|dist)-packages|lib/python3\.\d+)/|.*/(?={_OURS})|.*/")
_CELL = re.compile(r".*/ipykernel_\d+/\d+(?=\.py)")
_ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]{6,}(?=>)")


class Outputs:
    """Puts the messages of a run into the cells of its notebook.

    Parameters
    ----------
    cells : list of dict
        Their ``outputs`` are written anew.
    """

    def __init__(self, cells: list[dict]):
        self._cells, self._displayed, self._clear_first = cells, {}, False

    def start(self, index: int) -> None:
        """Begin a cell."""
        self._cells[index].update(outputs=[], execution_count=None)
        self._clear_first = False

    def take(self, index: int, kind: str, content: dict) -> None:
        """Take one message of the cell that runs."""
        outputs = self._cells[index]["outputs"]
        display_id = (content.pop("transient", None) or {}).get("display_id")
        for output in self._displayed.get(display_id, []):
            output.update(data=content["data"], metadata=content["metadata"])
        if kind == "update_display_data":
            return
        if kind == "clear_output":
            self._clear_first = content["wait"]
            if not content["wait"]:
                outputs.clear()
            return
        if self._clear_first:
            outputs.clear()
            self._clear_first = False
        last = outputs[-1] if outputs else {}
        if kind == "stream" and last.get("name") == content["name"]:
            last["text"].append(content["text"])
            return
        output = {"output_type": kind, **content}
        if kind == "stream":
            output["text"] = [content["text"]]
        outputs.append(output)
        if display_id:
            self._displayed.setdefault(display_id, []).append(output)

    def end(self, index: int) -> None:
        """End a cell, whether it ran to its end or not."""
        for output in self._cells[index].get("outputs", []):
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])


def alike(outputs: list[dict]) -> list[dict]:
    """Outputs without counters, places on a machine and addresses in its memory.

    Consecutive texts of a stream, which a kernel cuts by time, are one. A file in a traceback is
    named from its library on, or by its name alone.
    """
    kept = []
    for output in outputs:
        if "execution_count" in output:
            output["execution_count"] = None
        is_text = output["output_type"] == "stream"
        if is_text and kept and kept[-1].get("name") == output["name"]:
            kept[-1]["text"].append("".join(output["text"]))
            continue
        kept.append(output)
        if is_text:
            output["text"] = ["".join(output["text"])]
    for output in kept:
        if output["output_type"] == "stream":
            output["text"] = _without_places("".join(output["text"]))
        elif output["output_type"] == "error":
            output["traceback"] = [_without_places(text) for text in output["traceback"]]
        elif isinstance(plain := output.get("data", {}).get("text/plain"), str):
            output["data"]["text/plain"] = _ADDRESS.sub("0x…", plain)
    return kept


def _without_places(text: str) -> str:
    named = _FILE.sub(lambda found: found[1] + _ROOT.sub("", _CELL.sub("cell", found[2]), 1), text)
    return _ADDRESS.sub("0x…", named)
