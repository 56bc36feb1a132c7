"""Runs on a Dask cluster: no wait without end, whatever becomes of the cluster."""

import logging
import threading
import time
from concurrent.futures import Executor, Future
from urllib.parse import urlsplit

from cstoanalysis.run import engine
from cstoanalysis.run.errors import ClusterError, ParameterError

PATIENCE = 20  # seconds that a cluster may be without an answer or without workers
_SCHEMES = ("tcp", "tls", "ucx", "ws", "wss")


def check_address(address: str) -> str:
    """An address as a scheduler has one.

    Raises
    ------
    ParameterError
        If it is none.
    """
    try:
        parts = urlsplit(address)
        right = parts.scheme in _SCHEMES and parts.hostname and parts.port
    except ValueError:
        right = False
    if not right:
        raise ParameterError(f"--cluster {address!r} is no address: write tcp://HOST:PORT.")
    return address


def _on_worker(function, *arguments, **more):
    engine.get_ready(several=True)
    return function(*arguments, **more)


class Cluster(Executor):
    """The workers of a cluster. A run that can have no end ends with a :class:`ClusterError`.

    Parameters
    ----------
    address : str
        That of the scheduler.

    Raises
    ------
    ParameterError
        If the address is none, no scheduler answers there, or it has no workers.
    """

    def __init__(self, address: str):
        self.address, self._waiting, self._lost = check_address(address), set(), None
        try:
            from distributed import Client
        except ImportError:
            raise ParameterError(
                "--cluster needs Dask: python -m pip install 'csto-analysis[cluster]'."
            ) from None
        for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is said here
        self._client = self._patiently(lambda: Client(address, timeout=PATIENCE / 2))
        self.workers = self._wait_for_workers()
        self.threads = max(sum(self.workers.values()), 1)
        self._executor = self._client.get_executor(pure=False)
        self._closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def __str__(self):
        return f"{len(self.workers)} workers, {self.threads} threads"

    def submit(self, function, /, *arguments, **more) -> Future:
        """A future of a function's result, as any executor gives it."""
        future = Future()
        if self._lost:
            future.set_exception(self._lost)
            return future
        self._waiting.add(future)
        inner = self._executor.submit(_on_worker, function, *arguments, **more)
        inner.add_done_callback(lambda done: self._hand_on(done, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; it goes on without us."""
        self._closed.set()
        closing = threading.Thread(target=self._client.close, daemon=True)
        closing.start()
        closing.join(PATIENCE / 4)

    def _hand_on(self, inner: Future, future: Future) -> None:
        if inner.cancelled():  # the connection broke: Dask forgets what it was asked for
            self._lose("does not answer any more")
        elif not self._take(future):
            return
        elif inner.exception():
            future.set_exception(inner.exception())
        else:
            future.set_result(inner.result())

    def _take(self, future: Future) -> bool:
        """Whether a future is still without a result; from now on it is the caller's to set."""
        try:
            self._waiting.remove(future)
        except KeyError:
            return False
        return future.set_running_or_notify_cancel()

    def _lose(self, why: str) -> None:
        if not self._closed.is_set():
            self._lost = ClusterError(f"The cluster at {self.address} {why}.")
            for future in list(self._waiting):
                if self._take(future):
                    future.set_exception(self._lost)

    def _watch(self) -> None:
        seen, why = time.monotonic(), ""
        while not self._closed.wait(1):
            try:
                workers = self._client.sync(
                    self._client.scheduler.identity, callback_timeout=PATIENCE / 4
                )["workers"]
                why = "has no workers any more"
            except Exception:
                workers, why = {}, "does not answer any more"
            if workers:
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE:
                self._lose(why)
                return

    def _wait_for_workers(self) -> dict[str, int]:
        until = time.monotonic() + PATIENCE / 2
        while not (workers := self._client.nthreads()):
            if time.monotonic() > until:
                self._client.close(timeout=1)
                raise ParameterError(f"--cluster {self.address}: the cluster has no workers.")
            time.sleep(0.2)
        return workers

    def _patiently(self, connect):
        """Result of a call that may never come back."""
        future = Future()

        def call() -> None:
            try:
                future.set_result(connect())
            except BaseException as problem:
                future.set_exception(problem)

        threading.Thread(target=call, daemon=True).start()
        try:
            return future.result(PATIENCE)
        except Exception:
            raise ParameterError(
                f"--cluster {self.address}: no scheduler of Dask answers there."
            ) from None
