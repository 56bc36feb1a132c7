"""IPython's shell for one run: what cells print and display becomes outputs as a kernel's would."""

import io
import sys
import time
from collections.abc import Iterator

from ipykernel.jsonutil import encode_images, json_clean
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type


class Outputs(list):
    """Outputs of the cell that is running; consecutive texts of a stream are one output."""

    def __init__(self):
        self.displayed = {}  # outputs by display_id, for later updates
        self.clear_first = False

    def add(self, output: dict, display_id=None) -> None:
        if self.clear_first:
            self.clear()
            self.clear_first = False
        self.append(output)
        if display_id:
            self.displayed.setdefault(display_id, []).append(output)

    def write(self, name: str, text: str) -> None:
        last = self[-1] if self and not self.clear_first else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        elif text:
            self.add({"output_type": "stream", "name": name, "text": text})


OUTPUTS = Outputs()


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, name: str):
        self.name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        OUTPUTS.write(self.name, text)
        return len(text)


class _Hook(DisplayHook):
    """Takes the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        data, metadata = json_clean(encode_images(format_dict)), md_dict or {}
        output = {"output_type": "execute_result", "data": data, "metadata": metadata}
        OUTPUTS.add({**output, "execution_count": self.prompt_count})

    def finish_displayhook(self) -> None:
        pass


class _Publisher(DisplayPublisher):
    """Takes what ``display()`` shows."""

    def publish(self, data, metadata=None, *, transient=None, update=False, **kwargs) -> None:
        content = {"data": json_clean(encode_images(data)), "metadata": metadata or {}}
        display_id = (transient or {}).get("display_id")
        if update:
            for output in OUTPUTS.displayed.get(display_id, []):
                output.update(content)
        else:
            OUTPUTS.add({"output_type": "display_data", **content}, display_id)

    def clear_output(self, wait=False) -> None:
        OUTPUTS.clear_first = True
        if not wait:
            OUTPUTS.clear()
            OUTPUTS.clear_first = False


class Shell(InteractiveShell):
    """A shell without a terminal, a history file or a window system."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def enable_gui(self, gui=None) -> None:
        pass

    def init_history(self) -> None:
        self.config.HistoryManager.enabled = False
        super().init_history()

    def _showtraceback(self, etype, evalue, stb) -> None:
        error = {"ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
        OUTPUTS.add({"output_type": "error", **error})


def run_cells(cells: list[dict]) -> Iterator[tuple[int, str, dict, str]]:
    """Run the code cells of a notebook until one fails.

    Yields
    ------
    index, state, changes, problem
        ``state`` is ``start``, ``done`` or ``failed``; ``changes`` by cell are outputs, execution
        count and the seconds of processor time; ``problem`` says what went wrong.
    """
    shell = Shell.instance(colors="neutral")
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
    for index, cell in enumerate(cells):
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code":
            continue
        yield index, "start", {}, ""
        OUTPUTS.clear()
        count = shell.execution_count
        started = time.process_time()
        result = shell.run_cell(source, store_history=True) if source.strip() else None
        work = time.process_time() - started
        changes = {"outputs": list(OUTPUTS), "execution_count": count if result else None}
        failed = result is not None and not result.success
        problem = ""
        if failed and "raises-exception" not in tags:
            error = result.error_in_exec or result.error_before_exec
            problem = f"cell {index + 1} failed: {type(error).__name__}: {error}"
        yield index, "failed" if problem else "done", {index: {**changes, "work": work}}, problem
        if problem:
            return
