"""Time csto against plain papermill, all in one run, as ratios. ``make bench``, or ``bench.py --help``.

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

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
LIGHTEST = "00_start_here"
MONTHS = [f"{year}-{month:02}" for year in range(1992, 2026) for month in range(1, 13)]
# What a sweep of each notebook varies; all combinations, as many as are wanted.
VARIED = {
    LIGHTEST: {"organisation": ["CSTO", "CIS", "NATO"], "as_of": MONTHS},
    "01_membership_churn": {"replicates": range(200, 1200)},
    "02_military_capacity": {"tolerance": [n / 1000 for n in range(1, 1000)]},
    "04_assistance_requests": {
        "contrast": ["state_adversary", "tied_adversary", "former_member", "internal_threat"],
        "helped_from": ["words", "observers", "material", "troops"],
        "reading": ["preferred", "least", "most"],
    },
    "05_organs_and_forces": {"benchmark_share": [n / 1000 for n in range(100, 900)]},
    "07_front_line_and_rear": {"wto_year": range(1980, 1990), "as_of": MONTHS[100:]},
    "11_kazakhstan_2022": {"total_claim": range(2000, 3000)},
    "08_dependence_and_patrons": {"as_of": range(2015, 2025), "start_year": range(1995, 2010)},
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="runs of the sweep compared [50]")
    parser.add_argument("--rounds", type=int, default=3, help="times each is measured [3]")
    parser.add_argument("--sample", type=int, default=6, help="papermill runs timed a round [6]")
    parser.add_argument("--each", type=int, default=50, help="runs of each notebook [50]")
    parser.add_argument("--only", nargs="*", help="stems of the notebooks of part each [all]")
    parser.add_argument("--most", type=int, default=1000, help="runs of the largest sweep [1000]")
    parser.add_argument("--parts", nargs="*", default=[], help=f"which of {', '.join(PARTS)} [all]")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    # Orphans of a measured process become ours, so that their processor time is counted too.
    ctypes.CDLL(None).prctl(36, 1)
    cores = len(os.sched_getaffinity(0))
    print(
        f"{date.today()}, {platform.machine()}, {cores} cores, Python {platform.python_version()}\n"
    )
    print("| what | against | ratio or time |\n|---|---|---|", flush=True)
    for part in options.parts or PARTS:
        PARTS[part](options)


def say(what: str, against: str, result: str) -> None:
    print(f"| {what} | {against} | {result} |", flush=True)


def compare_sweeps(options) -> None:
    """A sweep of the lightest notebook against papermill, one after the other and two at a time."""
    ratios = {
        "papermill in a loop": [],
        "papermill, pool of two threads": [],
        "jupyter execute in a loop": [],
    }
    repeated = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            ours = sweep(LIGHTEST, options.runs, folder)["wall"]
            repeated.append(sweep(LIGHTEST, options.runs, folder)["wall"])
        scale = options.runs / options.sample
        ratios["papermill in a loop"].append(
            ours / (scale * loop(papermill, [LIGHTEST] * options.sample))
        )
        ratios["papermill, pool of two threads"].append(ours / pool([LIGHTEST] * options.runs))
        ratios["jupyter execute in a loop"].append(
            ours / (scale * loop(jupyter, [LIGHTEST] * options.sample))
        )
    for against, found in ratios.items():
        say(f"sweep of {options.runs} runs of {LIGHTEST}", against, spread(found))
    say("the same sweep again, unchanged", "–", f"{statistics.median(repeated):.2f} s")


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
            records = Path(folder).glob("build/runs/*/run.json")
            work = sum(json.loads(record.read_text())["work"] for record in records)
        bound = 1.25 * work / 2 + 3
        over = (found["cpu"] - work) / runs
        result = f"wall {found['wall'] / bound:.2f} of it; {over:.2f} s of CPU a run beyond them"
        say(f"{runs} runs of {path.stem}", f"1.25 × cells' work ÷ 2 + 3 s ({bound:.1f} s)", result)


def growth(options) -> None:
    """Time a run, and memory of the parent, from ten runs to the largest sweep."""
    base = None
    for runs in sorted({10, options.runs, 200, options.most}):
        if runs > options.most:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = sweep(LIGHTEST, runs, folder)
        base = base or found
        memory = (
            f"{found['memory'] / 2**20:.0f} MiB, {(found['memory'] - base['memory']) / 2**20:+.0f}"
        )
        say(
            f"{runs} runs of {LIGHTEST}",
            "–",
            f"{found['wall'] / runs:.3f} s a run; parent {memory}",
        )


# --- what is run ---------------------------------------------------------------------------------
def sweep(stem: str, runs: int, folder: str) -> dict:
    varied = VARIED.get(stem, DEFAULT)
    grid = itertools.product(*varied.values())
    chosen = [dict(zip(varied, values, strict=True)) for values in itertools.islice(grid, runs)]
    settings = Path(folder) / "runs.json"
    settings.write_text(json.dumps(chosen))
    return timed([BIN / "csto", "sweep", stem, "-f", settings, "-j", "2"], folder)


def papermill(stem: str, folder: str, number: int) -> None:
    source = ROOT / "notebooks" / f"{stem}.ipynb"
    command = [BIN / "papermill", source, f"{number}.ipynb", "-k", "python3", "--no-progress-bar"]
    timed(command, folder)


def jupyter(stem: str, folder: str, number: int) -> None:
    shutil.copy(ROOT / "notebooks" / f"{stem}.ipynb", Path(folder) / f"{number}.ipynb")
    timed([BIN / "jupyter", "execute", "--kernel_name=python3", f"{number}.ipynb"], folder)


def loop(runner, stems: list[str]) -> float:
    """Wall time of a command for each notebook, one after the other."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number, stem in enumerate(stems):
            runner(stem, folder, number)
    return time.monotonic() - started


def pool(stems: list[str]) -> float:
    """Wall time of one process that imports papermill once and runs two notebooks at a time."""
    sources = [str(ROOT / "notebooks" / f"{stem}.ipynb") for stem in stems]
    with tempfile.TemporaryDirectory() as folder:
        return timed([sys.executable, "-c", _POOL, *sources], folder)["wall"]


def timed(command: list, folder: str) -> dict:
    """Wall time, processor time of the process and all it started, peak memory of itself."""
    memory, ended = [0], threading.Event()
    with open(Path(folder) / "log.txt", "a") as log:
        started = time.monotonic()
        process = subprocess.Popen(map(str, command), cwd=folder, stdout=log, stderr=log)
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
    while True:
        try:
            total += _cpu(os.wait4(-1, 0)[2])
        except ChildProcessError:
            return total


def spread(ratios: list[float]) -> str:
    middle = f"**{statistics.median(ratios):.2f}**"
    return f"{middle} ({min(ratios):.2f}–{max(ratios):.2f}, n = {len(ratios)})"


PARTS = {
    "sweep": compare_sweeps,
    "collection": compare_collection,
    "each": each_notebook,
    "growth": growth,
}

if __name__ == "__main__":
    main()
