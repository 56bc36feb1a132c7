"""A sweep on a Dask cluster: a real scheduler and two workers, one of them killed on the way."""

import json
import os
import re
import signal
import subprocess
import time

import pandas as pd
import pytest
from conftest import console
from small import descendants, running, write

BODY = """\
import time
time.sleep(0.3)
import cstoanalysis as csto
csto.publish("value", year * 2)"""
VALUES = ["-p", "year=1990:2009", "-p", "kind=a"]


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler on the loopback with two workers, and the workers' processes."""
    environment = {**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    started, log = [], tmp_path / "scheduler.log"

    def start(name, *arguments):
        with open(log, "a") as file:
            command = [console("dask"), name, *arguments]
            started.append(
                subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=file, stderr=file)
            )

    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    address = _until(lambda: re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text()))[1]
    for _ in range(2):
        start(
            "worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", "scratch"
        )
    _until(lambda: log.read_text().count("Starting established connection to tcp") >= 2)
    yield address, started[1:]
    processes = [pid for process in started for pid in descendants(process.pid)]
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid in filter(running, processes):
        os.kill(pid, signal.SIGKILL)


def _until(holds, seconds: float = 120):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_a_killed_worker_costs_no_run(cluster, tmp_path):
    """The results are those of a sweep on this machine alone."""
    address, workers = cluster
    for place in ("far", "near"):
        (tmp_path / place).mkdir()
        write(tmp_path / place / "n.ipynb", BODY)
    command = [console("csto"), "sweep", "n.ipynb", *VALUES]
    far = subprocess.Popen(
        [*command, "--cluster", address],
        cwd=tmp_path / "far",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    runs = tmp_path / "far" / "build" / "runs" / "kept"
    _until(lambda: list(runs.glob("*.run")))
    (nanny, worker) = workers[0].pid, descendants(workers[0].pid)
    os.kill(nanny, signal.SIGKILL)  # with its nanny, so that nothing starts it again
    for pid in filter(running, worker):
        os.kill(pid, signal.SIGKILL)
    output, _ = far.communicate(timeout=300)
    assert far.returncode == 0, output
    assert "2 workers" in output
    subprocess.run(command, cwd=tmp_path / "near", check=True, capture_output=True)
    (there,), (here,) = ((tmp_path / p).glob("build/sweeps/*/results.csv") for p in ("far", "near"))
    assert there.read_bytes() == here.read_bytes()
    assert (pd.read_csv(there)["value"] == pd.read_csv(there)["year"] * 2).all()
    assert len(pd.read_csv(there)) == 20
    again = subprocess.run(
        [*command, "--cluster", address], cwd=tmp_path / "far", capture_output=True
    )
    assert b"Unchanged, 20 runs" in again.stdout


def test_a_worker_with_other_tables_refuses(tmp_path):
    """What came from other data would sit under the id of this machine's."""
    from cstoanalysis.run.execute import execute, jobs_of

    (job,) = jobs_of(write(tmp_path / "n.ipynb"), [{"year": 1995}])
    with pytest.raises(RuntimeError, match="other tables or other libraries"):
        execute(job._replace(key="0" * 16))


def test_an_address_without_a_scheduler_is_refused(tmp_path):
    write(tmp_path / "n.ipynb")
    command = [console("csto"), "sweep", "n.ipynb", "--cluster", "tcp://127.0.0.1:9"]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "Error: --cluster tcp://127.0.0.1:9" in refused.stderr
    assert json.loads((tmp_path / "n.ipynb").read_text())
    assert not (tmp_path / "build").exists()
