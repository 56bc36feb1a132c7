"""Time csto against others, all in one run, as ratios. ``make bench``, or ``bench.py --help``.

The others are the ``papermill`` command in a loop, papermill in a pool of two threads, multiversum
(the nearest peer: notebooks, parallel, resumable) and the last release of csto itself.

What is compared runs in turn, A B C A B C …; the medians of the ratios are printed, so that a
machine whose speed drifts does not decide. A loop over a command has no costs but those of each
run: fewer runs of it are timed and scaled.
"""

import argparse
import ctypes
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

from cstoanalysis.run.store import Store

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
LIGHTEST, CHURN = "00_start_here", "01_membership_churn"
STANDING = set()  # processes of ours that last for several measurements
MONTHS = [f"{year}-{month:02}" for year in range(1993, 2026) for month in range(1, 13)]
# What a sweep of each notebook varies; all combinations, as many as are wanted.
VARIED = {
    LIGHTEST: {"start_year": range(1980, 2011), "as_of": MONTHS},
    CHURN: {"replicates": range(200, 1200)},
    "02_military_capacity": {"start_year": range(1992, 2001), "years_back": range(1, 11)},
    "04_assistance_requests": {
        "contrast": ["state_adversary", "tied_adversary", "former_member", "internal_threat"],
        "helped_from": ["words", "observers", "material", "troops"],
        "reading": ["preferred", "least", "most"],
    },
    "05_organs_and_forces": {"as_of": MONTHS[240:]},
    "07_front_line_and_rear": {"wto_year": range(1980, 1990), "as_of": MONTHS[100:]},
    "10_claims_register": {"leniency": [n / 100 for n in range(1, 1001)]},
    "11_kazakhstan_2022": {"total_claim": range(2000, 3000)},
    "08_dependence_and_patrons": {"as_of": range(2015, 2025), "start_year": range(1995, 2003)},
}
DEFAULT = {"seed": range(1, 1001)}
_POOL = """
import sys
from concurrent.futures import ThreadPoolExecutor

from papermill import execute_notebook

sources = sys.argv[1:]
outputs = [f"{number}.ipynb" for number in range(len(sources))]
chosen = {"kernel_name": "python3", "progress_bar": False}
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda *paths: execute_notebook(*paths, **chosen), sources, outputs))
"""


MULTIVERSUM = "0.7.2"
_MULTIVERSUM = """
from pathlib import Path

from multiversum import MultiverseAnalysis

grid = {grid}
analysis = MultiverseAnalysis(
    dimensions={{name: [1] for name in grid[0]}},
    universe=Path("universe.ipynb"),
    output_dir=Path("output"),
    stop_on_error=True,
)
analysis.examine_multiverse(grid, n_jobs=2)
"""
_RELEASE = """
try:
    from cstoanalysis.cli import main
except ImportError:  # 0.2.0
    from cstoanalysis.runner.cli import main
main()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="runs of the sweep compared [50]")
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured [3]")
    parser.add_argument("--sample", type=int, default=6, help="papermill runs timed a round [6]")
    parser.add_argument("--each", type=int, default=50, help="runs of each notebook [50]")
    parser.add_argument("--only", nargs="*", help="stems of the notebooks of part each [all]")
    parser.add_argument("--most", type=int, default=10_000, help="most readings [10000]")
    parser.add_argument("--release", default="cfd23af", help="commit of the last release [cfd23af]")
    parser.add_argument("--parts", nargs="*", default=[], help=f"which of {', '.join(PARTS)} [all]")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    # Orphans of a measured process become ours, so that their processor time is counted too.
    ctypes.CDLL(None).prctl(36, 1)
    cores = len(os.sched_getaffinity(0))
    print(f"{date.today()}, {cores} cores of {_machine()}, Python {platform.python_version()}\n")
    print("| what | against | ratio or time |\n|---|---|---|", flush=True)
    for part in options.parts or PARTS:
        PARTS[part](options)


def _machine() -> str:
    """Kind of processor, as the system calls it."""
    told = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in told.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def say(what: str, against: str, result: str) -> None:
    print(f"| {what} | {against} | {result} |", flush=True)


def compare_sweeps(options) -> None:
    """A sweep of 01 against papermill, one after the other and two at a time, a peer, a release."""
    ratios = {
        "papermill in a loop": [],
        "papermill, pool of two threads": [],
        "jupyter execute in a loop": [],
        f"multiversum {MULTIVERSUM}, two at a time": [],
        f"the last release ({options.release}), its own notebook": [],
    }
    repeated, used = [], []
    scale = options.runs / options.sample
    peer, before = _peer(), _release(options.release)
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            found = sweep(CHURN, options.runs, folder)
            repeated.append(sweep(CHURN, options.runs, folder)["wall"])
        used.append(found["cpu"] / options.runs)
        others = [
            scale * loop(papermill, [CHURN] * options.sample),
            scale * pool([CHURN] * options.sample),
            scale * loop(jupyter, [CHURN] * options.sample),
            scale * multiversum(CHURN, options.sample, peer),
            of_release(CHURN, options.runs, before),
        ]
        for ratio, other in zip(ratios.values(), others, strict=True):
            ratio.append(found["wall"] / other)
    for against, found in ratios.items():
        say(f"sweep of {options.runs} runs of {CHURN}", against, spread(found))
    say("processor time of one of them", "–", f"{statistics.median(used):.2f} s")
    say("the same sweep again, unchanged", "–", f"{statistics.median(repeated):.2f} s")


def compare_rerun(options) -> None:
    """One run with a new value, page included, against papermill and then nbconvert."""
    ratios, walls = [], []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            given = ["-p", f"seed={100 + number}"]
            walls.append(timed([BIN / "csto", "run", CHURN, *given], folder)["wall"])
            other = loop(papermill, [CHURN], then=["nbconvert", "--to", "html", "0.ipynb"])
        ratios.append(walls[-1] / other)
    say(f"csto run {CHURN} with a new value", "papermill, then nbconvert --to html", spread(ratios))
    say("the same", "–", f"{statistics.median(walls):.1f} s")


def compare_collection(options) -> None:
    """All notebooks once, pages included, against papermill alone, without pages."""
    ratios = {"papermill in a loop": [], "papermill, pool of two threads": []}
    again = []
    paths = [path.stem for path in NOTEBOOKS]
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            ours = timed([BIN / "csto", "html"], folder)["wall"]
            again.append(timed([BIN / "csto", "html"], folder)["wall"])
        ratios["papermill in a loop"].append(ours / loop(papermill, paths))
        ratios["papermill, pool of two threads"].append(ours / pool(paths))
    for against, found in ratios.items():
        say(f"all {len(paths)} pages", f"{against}, no pages", spread(found))
    say(f"all {len(paths)} pages again, unchanged", "–", f"{statistics.median(again):.1f} s")


def each_notebook(options) -> None:
    """Wall time and processor time of a sweep against the cells' own work."""
    runs = options.each
    for path in NOTEBOOKS:
        if options.only and path.stem not in options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = sweep(path.stem, runs, folder)
            kept = Store(Path(folder) / "build" / "runs").records()
            work = sum(record["work"] for _, record, _ in kept if record)
        bound = 1.25 * work / 2 + 3
        over = (found["cpu"] - work) / runs
        result = f"wall {found['wall'] / bound:.2f} of it; {over:.2f} s of CPU a run beyond them"
        say(f"{runs} runs of {path.stem}", f"1.25 × cells' work ÷ 2 + 3 s ({bound:.1f} s)", result)


def growth(options) -> None:
    """Time a reading, memory of the parent and size of the page, from ten readings to the most."""
    base = None
    for runs in sorted({10, 100, 1000, options.most}):
        if runs > options.most:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = sweep(LIGHTEST, runs, folder)
            (page,) = Path(folder).glob("build/sweeps/*/index.html")
            size = page.stat().st_size / 1e6
        base = base or found
        more = (found["memory"] - base["memory"]) / 2**20
        result = f"{found['wall'] / runs:.3f} s a run; parent {more:+.0f} MiB; page {size:.2f} MB"
        say(f"{runs:,} runs of {LIGHTEST}", "–", result)


def cluster(options) -> None:
    """Two Dask workers beside the local pool."""
    ratios, scheduler = [], "tcp://127.0.0.1:8899"
    surroundings = {**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    words = [BIN / "dask", "worker", scheduler, "--nworkers", "2", "--nthreads", "1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as place:
        started = [
            subprocess.Popen(list(map(str, command)), cwd=place, env=surroundings, **quiet)
            for command in ([BIN / "dask", "scheduler", "--port", "8899"], words)
        ]
        STANDING.update(process.pid for process in started)
        time.sleep(10)
        try:
            for _ in range(options.rounds):
                walls = []
                for more in (["--cluster", scheduler], []):
                    with tempfile.TemporaryDirectory() as folder:
                        walls.append(sweep(LIGHTEST, options.runs, folder, more)["wall"])
                ratios.append(walls[0] / walls[1])
        finally:
            for process in started:
                process.terminate()
                process.wait()
    say(f"{options.runs} runs of {LIGHTEST} on two Dask workers", "the local pool", spread(ratios))


# --- what is run ---------------------------------------------------------------------------------
def chosen(stem: str, runs: int) -> list[dict]:
    """Values of each run of a sweep."""
    varied = VARIED.get(stem, DEFAULT)
    grid = itertools.product(*varied.values())
    return [dict(zip(varied, values, strict=True)) for values in itertools.islice(grid, runs)]


def sweep(stem: str, runs: int, folder: str, more=(), command=(BIN / "csto",), **surroundings):
    settings = Path(folder) / "runs.json"
    settings.write_text(json.dumps(chosen(stem, runs)))
    words = [*command, "sweep", stem, "-f", settings, "-j", "2", *more]
    return timed(words, folder, **surroundings)


def _release(commit: str) -> Path:
    """The package and the notebooks of a release, unpacked; today's libraries run them."""
    place = ROOT / "build" / "bench" / commit
    if not place.exists():
        place.mkdir(parents=True)
        packed = subprocess.run(
            ["git", "archive", commit], cwd=ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x"], cwd=place, input=packed.stdout, check=True)
    return place


def of_release(stem: str, runs: int, place: Path) -> float:
    """Wall time of the same sweep with a release."""
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-c", _RELEASE)
        return sweep(stem, runs, folder, command=command, PYTHONPATH=str(place))["wall"]


def _peer() -> Path:
    """multiversum, and what it needs beyond our libraries, in a folder of its own."""
    place = ROOT / "build" / "bench" / "multiversum"
    if not place.exists():
        needed = [f"multiversum=={MULTIVERSUM}", "joblib", "rich", "markdown-it-py", "mdurl"]
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        subprocess.run([*words, str(place), *needed], check=True)
    return place


def multiversum(stem: str, runs: int, place: Path) -> float:
    """Wall time of the same runs with multiversum, two at a time.

    It hands a notebook its values as one text, which a cell of ours spreads.
    """
    notebook = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text())
    cells = notebook["cells"]
    at = next(n for n, c in enumerate(cells) if "parameters" in c["metadata"].get("tags", []))
    own = {**cells[at], "id": "settings", "source": "settings = '{}'"}
    spread_them = {
        **cells[at],
        "id": "spread",
        "metadata": {},
        "source": "import json; globals().update(json.loads(settings).get('dimensions', {}))",
    }
    cells[at] = {**cells[at], "metadata": {}}
    cells[at:at] = [own]
    cells[at + 2 : at + 2] = [spread_them]
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "universe.ipynb").write_text(json.dumps(notebook))
        code = _MULTIVERSUM.format(grid=chosen(stem, runs))
        return timed([sys.executable, "-c", code], folder, PYTHONPATH=str(place))["wall"]


def papermill(stem: str, folder: str, number: int) -> None:
    source = ROOT / "notebooks" / f"{stem}.ipynb"
    command = [BIN / "papermill", source, f"{number}.ipynb", "-k", "python3", "--no-progress-bar"]
    timed(command, folder)


def jupyter(stem: str, folder: str, number: int) -> None:
    shutil.copy(ROOT / "notebooks" / f"{stem}.ipynb", Path(folder) / f"{number}.ipynb")
    timed([BIN / "jupyter", "execute", "--kernel_name=python3", f"{number}.ipynb"], folder)


def loop(runner, stems: list[str], then=()) -> float:
    """Wall time of a command for each notebook, one after the other, and of one more at the end."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number, stem in enumerate(stems):
            runner(stem, folder, number)
        if then:
            timed([BIN / "jupyter", *then], folder)
    return time.monotonic() - started


def pool(stems: list[str]) -> float:
    """Wall time of one process that imports papermill once and runs two notebooks at a time."""
    sources = [str(ROOT / "notebooks" / f"{stem}.ipynb") for stem in stems]
    with tempfile.TemporaryDirectory() as folder:
        return timed([sys.executable, "-c", _POOL, *sources], folder)["wall"]


def timed(command: list, folder: str, **surroundings) -> dict:
    """Wall time, processor time of the process and all it started, peak memory of itself."""
    memory, ended = [0], threading.Event()
    with open(Path(folder) / "log.txt", "a") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, **surroundings},
        )
        watch = threading.Thread(target=_watch, args=(process.pid, memory, ended))
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watch.join()
    if process.returncode:
        raise SystemExit(Path(folder, "log.txt").read_text()[-3000:])
    return {"wall": wall, "cpu": _cpu(usage) + _orphans(), "memory": memory[0]}


def _watch(pid: int, memory: list, ended: threading.Event) -> None:
    while not ended.wait(0.05):
        try:
            fields = Path(f"/proc/{pid}/statm").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return
        memory[0] = max(
            memory[0], int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else 0
        )


def _cpu(usage) -> float:
    return usage.ru_utime + usage.ru_stime


def _orphans() -> float:
    """Processor time of processes that the one measured left to us; waits for them to end."""
    total = 0.0
    while left := _children() - STANDING:
        total += _cpu(os.wait4(left.pop(), 0)[2])
    return total


def _children() -> set[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return {int(number) for file in lists for number in file.read_text().split()}


def spread(ratios: list[float]) -> str:
    middle = statistics.median(ratios)
    digits = 2 if middle > 0.1 else 3
    low, high = (f"{ratio:.{digits}f}" for ratio in (min(ratios), max(ratios)))
    return f"**{middle:.{digits}f}** ({low}–{high}, n = {len(ratios)})"


PARTS = {
    "sweep": compare_sweeps,
    "rerun": compare_rerun,
    "collection": compare_collection,
    "each": each_notebook,
    "growth": growth,
    "cluster": cluster,
}

if __name__ == "__main__":
    main()
