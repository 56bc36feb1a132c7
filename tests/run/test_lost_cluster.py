"""Clusters that are none, or are lost: one sentence soon, and no wait without end."""

import contextlib
import http.server
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from distributed import LocalCluster

from cstoanalysis.run import cluster, engine, execute, store
from cstoanalysis.run.errors import ClusterError, ParameterError

WORDS = "does not answer any more|has no workers any more"


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 4)


@pytest.fixture
def local():
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        protocol="tcp",
        host="127.0.0.1",
    ) as made:
        yield made


@pytest.mark.parametrize(
    "address",
    ["", "here", "tcp://", "tcp://host", "tcp://host:none", "tcp://host:70000", "http://host:80"],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ParameterError, match=r"is no address: write tcp://HOST:PORT\."):
        cluster.Cluster(address)


def _silent(connection) -> None:
    time.sleep(8)


def _garbage(connection) -> None:
    connection.sendall(os.urandom(5000))


def _http(connection) -> None:
    http.server.BaseHTTPRequestHandler(connection, ("client", 1), None)


def connect(address: str) -> None:
    """In a process of its own: such an answer can block Dask's loop, which a process has once."""
    cluster.PATIENCE = 4
    cluster.Cluster(address)


@pytest.mark.parametrize("answer", [_silent, _garbage, _http])
def test_a_port_that_answers_otherwise_is_no_scheduler(answer):
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(20) as pool:
        server.settimeout(0.2)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    pool.submit(answer, server.accept()[0])

        pool.submit(serve)
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(RuntimeError, match=f"--cluster {address}: no scheduler of Dask"):
            engine.call(connect, address)
        assert time.monotonic() - begun < 20
        ended.set()


def test_a_cluster_without_workers_is_refused(local):
    local.scale(0)
    with pytest.raises(ParameterError, match="the cluster has no workers"):
        cluster.Cluster(local.scheduler_address)


@pytest.mark.parametrize("lose", [lambda local: local.scale(0), lambda local: local.close()])
def test_a_run_that_can_have_no_end_ends_in_words(local, lose):
    executor = cluster.Cluster(local.scheduler_address)
    assert executor.submit(sum, [1, 2]).result(20) == 3
    waiting = [executor.submit(time.sleep, 1) for _ in range(30)]
    lose(local)
    begun = time.monotonic()
    for future in waiting[3:]:
        with pytest.raises(ClusterError, match=WORDS):
            future.result(30)
    assert time.monotonic() - begun < 20
    with pytest.raises(ClusterError, match=WORDS):
        executor.submit(sum, [1]).result(1)
    executor.shutdown()


def test_what_a_run_raises_comes_back(local):
    executor = cluster.Cluster(local.scheduler_address)
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result(20)
    executor.shutdown()


def test_a_lost_cluster_ends_the_sweep_once(tmp_path, monkeypatch):
    """Not one failure for each run that is left."""

    class Lost(ThreadPoolExecutor):
        def submit(self, *arguments):
            return super().submit(lose)

    def lose():
        raise ClusterError("lost")

    source = {"nbformat": 4, "metadata": {}, "cells": []}
    jobs = [execute.Job(tmp_path / "n.ipynb", source, {"n": n}, f"{n:016x}") for n in range(9)]
    with Lost(1) as executor, pytest.raises(ClusterError, match="lost"):
        list(execute.execute_all(jobs, store.Store(tmp_path), executor))
