"""What the messages of a kernel make of a notebook's cells: the same that nbclient makes of them."""


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
