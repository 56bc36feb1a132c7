"""The kernel of one run: ipykernel's own, whose messages go into a pipe instead of over sockets.

What cells print, show and raise is therefore what it is in JupyterLab, by construction. Only the
streams are ours: each text is sent in the order in which it was written, that of child processes
and of C libraries too, where a kernel sends stdout and stderr apart and cuts them by time.
"""

import asyncio
import contextlib
import contextvars
import fcntl
import json
import logging
import os
import select
import sys
import threading
import time
from types import SimpleNamespace

from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.jsonutil import json_clean
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets.config import Config

_SHOWN = {"display_data", "execute_result", "update_display_data", "clear_output", "error"}
_PIPE = 1 << 20  # bytes that a child process can write ahead
_BATCH = 1 << 16  # characters of a stream that are sent together


class Sender:
    """Sends what happens in a cell to the caller, one event after the other.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
        Gets each event as JSON: its kind, the cell's index, and the rest.
    limit : float
        Characters that a cell may put out.
    """

    def __init__(self, connection, limit: float):
        self._connection, self._limit, self.owner = connection, limit, os.getpid()
        self._lock = threading.RLock()
        self._texts, self._name, self._size = [], "", 0
        self.index, self.total = 0, 0
        self._pipes, self._waiting = {}, select.poll()

    def catch(self, name: str, descriptor: int) -> None:
        """Let a descriptor write into a pipe, whose end is here."""
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        with contextlib.suppress(OSError):  # the user may have too many: then this one is shorter
            fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, _PIPE)
        os.dup2(theirs, descriptor)
        os.close(theirs)
        self._pipes[ours] = name
        self._waiting.register(ours, select.POLLIN)

    def event(self, kind: str, *rest) -> None:
        """Send an event; what has been written before goes first."""
        with self._lock:
            self.drain()
            self._send(kind, *rest)

    def message(self, kind: str, content: dict) -> None:
        """Send a message of the kernel's."""
        with self._lock:
            self.drain()
            self._count(len(self._send("message", kind, content)))

    def text(self, name: str, text: str) -> None:
        """Take a text of a stream; it is sent with the next ones."""
        with self._lock:
            self.drain(flush=False)
            self._take(name, text)

    def drain(self, flush: bool = True) -> None:
        """Take what child processes and C libraries have written; send what was taken."""
        with self._lock:
            for pipe, _ in self._waiting.poll(0):
                while read := _read(pipe):
                    self._take(self._pipes[pipe], read.decode(errors="replace"))
            if flush:
                self._flush()

    def _take(self, name: str, text: str) -> None:
        if name != self._name or self._size > _BATCH:
            self._flush()
        self._name = name
        self._texts.append(text)
        self._size += len(text)
        self._count(len(text))

    def _flush(self) -> None:
        if self._texts:
            self._send("message", "stream", {"name": self._name, "text": "".join(self._texts)})
        self._texts, self._size = [], 0

    def _count(self, size: int) -> None:
        self.total += size
        if self.total > self._limit:
            self._flush()
            self._send("limit")
            os._exit(1)

    def _send(self, kind: str, *rest) -> bytes:
        try:
            text = json.dumps([kind, self.index, *rest], ensure_ascii=False, allow_nan=False)
        except ValueError:
            text = json.dumps([kind, self.index, *json_clean(list(rest))], ensure_ascii=False)
        event = text.encode(errors="replace")  # half of a surrogate pair cannot be in a file
        self._connection.send_bytes(event)
        return event


class _Session(Session):
    """Hands on what the kernel says about the cell that is running, as nbclient would."""

    def __init__(self, sender: Sender, **traits):
        super().__init__(**traits)
        self.sender, self.request, self.reply = sender, {}, {}

    def send(self, stream, msg_or_type, content=None, parent=None, *args, **more):
        message = msg_or_type
        if not isinstance(message, dict):
            message = self.msg(msg_or_type, content=content, parent=parent)
        kind = message["header"]["msg_type"]
        if os.getpid() != self.sender.owner:
            return message
        if kind == "execute_reply":
            self.reply = message["content"]
        elif kind in _SHOWN and self.is_current(message["parent_header"]):
            self.sender.message(kind, message["content"])
        return message

    def is_current(self, parent: dict) -> bool:
        return parent.get("msg_id") == self.request["header"]["msg_id"]


class _Stream(OutStream):
    """stdout or stderr of the cells."""

    def __init__(self, session: _Session, name: str, descriptor: int):
        self.session, self.name, self._descriptor = session, name, descriptor
        self._parent_header = contextvars.ContextVar("parent_header")
        self._parent_header_global = {}
        self.pub_thread, self._isatty, self._should_watch, self._exc = True, False, False, None
        self._local = threading.local()

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if (
            os.getpid() != self.session.sender.owner
        ):  # a worker of a process pool: the pipe leads here
            os.write(self._descriptor, text.encode(errors="replace"))
        elif text and self.session.is_current(self.parent_header):
            self.session.sender.text(self.name, text)
        return len(text)

    def flush(self) -> None:
        pass


def _read(pipe: int) -> bytes:
    try:
        return os.read(pipe, _PIPE)
    except BlockingIOError:
        return b""


def run_cells(cells: list[dict], sender: Sender) -> None:
    """Run the code cells of a notebook until one fails, and send what happens.

    Events are ``start``, ``message`` with its type and content, and ``done`` with execution
    count, seconds of processor time and what went wrong.
    """
    asyncio.run(_run_cells(cells, sender))


async def _run_cells(cells: list[dict], sender: Sender) -> None:
    import ctypes

    session = _Session(sender)
    sender.catch("stdout", 1)
    sender.catch("stderr", 2)
    sys.stdout, sys.stderr = _Stream(session, "stdout", 1), _Stream(session, "stderr", 2)
    app = IPKernelApp.instance(log_level=logging.CRITICAL)  # magics ask it for the kernel
    app.kernel = kernel = IPythonKernel.instance(
        parent=app,
        session=session,
        config=Config(
            {
                "HistoryManager": {"hist_file": ":memory:"},
                "IPythonKernel": {"_execute_sleep": 0},  # it lets sockets catch up: there are none
            }
        ),
        log=logging.getLogger("csto.kernel"),
        shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
    )
    kernel.io_loop = IOLoop.current()
    kernel.shell.exit_now = False
    flush_c = ctypes.CDLL(None).fflush
    last = max((n for n, cell in enumerate(cells) if cell["cell_type"] == "code"), default=0)
    for index, cell in enumerate(cells):
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code":
            continue
        sender.index, sender.total = index, 0
        sender.event("start")
        if not source.strip() or "skip-execution" in tags:
            sender.event("done", None, 0, "")
            continue
        started = time.process_time()
        content = {"code": source, "silent": False, "store_history": True}
        session.request = session.msg("execute_request", {**content, "stop_on_error": False})
        kernel.set_parent([], session.request)
        kernel.pre_handler_hook()
        await kernel.execute_request(None, [], session.request)
        kernel.post_handler_hook()
        flush_c(None)
        problem = ""
        if session.reply["status"] == "error" and "raises-exception" not in tags:
            problem = (
                f"cell {index + 1} failed: {session.reply['ename']}: {session.reply['evalue']}"
            )
        elif kernel.shell.exit_now and index < last:
            problem = f"cell {index + 1} ended the run with exit(); the cells after it were not run"
        work = time.process_time() - started
        sender.event("done", session.reply["execution_count"], work, problem)
        if problem:
            return
        await asyncio.sleep(0)  # tasks that the cell has begun go on, as between two requests
