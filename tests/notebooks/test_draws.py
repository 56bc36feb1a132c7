"""Every value that a notebook accepts gives a right page: values drawn from the declared domain."""

import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import BUILT

import cstoanalysis as csto
from cstoanalysis.checks import NotAllowed
from cstoanalysis.descriptor import FIGURE, TABLE
from cstoanalysis.run.domain import domain_of
from cstoanalysis.run.execute import execute, jobs_of
from cstoanalysis.run.notebook import outputs_of, read_notebook, source_of, tagged

CODES = "|".join(csto.load_table("states")["iso3"].str.fullmatch("[A-Z]{3}").pipe(
    lambda plain: csto.load_table("states").loc[plain, "iso3"]
))  # fmt: skip
UNQUOTABLE = {  # what no newspaper would print in an answer
    "a p-value": r"\bp\s*[=<≤]|\bp-value",
    "the name of a test": r"(?i)log-rank|kaplan|bootstrap|permutation|fisher|barnard|qap\b|kendall|gini",
    "a state's code": rf"\b({CODES})\b",
    "a date in digits": r"\b\d{4}-\d\d\b",
    "no number": r"(?i)\bnan\b|\binf\b",
    "a key": r"\b[a-z]+_[a-z_]+\b",
    "a space before %": r"\d\s%",
}
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?=%?)")


def one_value(parameter, rng: random.Random):
    """A value that the domain of one parameter declares."""
    low, high = parameter.minimum, parameter.maximum
    if parameter.choices is not None:
        if parameter.type != "list":
            return rng.choice(parameter.choices)
        fewest = 0 if parameter.nothing else 1
        size = rng.randint(fewest, min(4, len(parameter.choices)))
        return rng.sample(parameter.choices, size)
    if low is None:
        return parameter.default
    if isinstance(low, str):
        year = rng.randint(int(low[:4]), int(high[:4]))
        return rng.choice([f"{year}", f"{year}-{rng.randint(1, 12):02d}"])
    if parameter.type == "list":
        return sorted({rng.randint(low, high) for _ in range(rng.randint(1, 3))})
    # replicates and the like: many take long and change nothing that is looked at here
    return (
        rng.uniform(low, high) if parameter.type == "float" else rng.randint(low, min(high, 2100))
    )


def draws(path, n: int, seed: int = 1) -> list[dict]:
    """Combinations of values that the checks of a notebook allow, each other than the defaults."""
    notebook = read_notebook(path)
    parameters, _ = domain_of(path, notebook)
    checks = "".join(map(source_of, tagged(notebook, "checks")))
    rng, found, tried = random.Random(f"{path.stem}{seed}"), [], 0
    while len(found) < n and tried < 60 * n:
        tried += 1
        chosen = rng.sample(parameters, rng.randint(1, min(3, len(parameters))))
        values = {p.name: one_value(p, rng) for p in chosen}
        try:
            exec(checks, {p.name: p.default for p in parameters} | values)
        except (NotAllowed, ValueError):
            continue
        found.append(values)
    return found


def outcomes(path, runs: list[dict]) -> list[tuple[dict, dict]]:
    """Values and results of runs, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return [*zip(runs, pool.map(execute, jobs_of(path, runs)), strict=True)]


def faults(result: dict) -> list[str]:
    """What is wrong with a run: a failure, a word that is none, an answer that nobody would quote."""
    if result["error"]:
        return [result["error"]]
    notebook, said = result["notebook"], {v["name"]: v["value"] for v in result["published"]}
    texts = [f"{f['caption']} {f['alt']}" for f in outputs_of(notebook, FIGURE)]
    texts += re.findall(
        r">([^<]*)</text>", " ".join(f["svg"] for f in outputs_of(notebook, FIGURE))
    )
    texts += [str(cell) for t in outputs_of(notebook, TABLE) for row in t["rows"] for cell in row]
    texts += outputs_of(notebook, "text/markdown")
    found = [f"says nan: {text[:80]!r}" for text in texts if re.search(r"\bnan\b", str(text))]
    answer = str(said.get("answer", ""))
    if not answer:
        return [*found, "no answer"]
    found += [
        f"{what}: {answer!r}" for what, pattern in UNQUOTABLE.items() if re.search(pattern, answer)
    ]
    if len(answer.split()) > 60:
        found.append(f"{len(answer.split())} words: {answer!r}")
    numbers = [float(n.replace(",", "")) for n in NUMBER.findall(answer)]
    numbers = [n for n in numbers if not (n.is_integer() and 1900 <= n <= 2100)]
    stated = [v.get(k) for v in result["published"] for k in ("value", "low", "high", "reference")]
    known = [v for v in stated if isinstance(v, (int, float)) and not isinstance(v, bool)]
    alike = {
        round(abs(x) + tie, d)  # what was 76.51, or 76.49, is published as 76.5
        for v in known
        for x in (v, 100 * v)
        for d in (0, 1, 2)
        for tie in (-1e-6, 1e-6)
    }
    found += [f"{n} is in no published value: {answer!r}" for n in numbers if n not in alike]
    return found


@pytest.mark.parametrize("path", BUILT, ids=lambda p: p.stem)
def test_drawn_values_give_a_right_page(path):
    """Eight draws, with figures."""
    wrong = {str(v): faults(result) for v, result in outcomes(path, draws(path, 8))}
    assert not {values: found for values, found in wrong.items() if found}


@pytest.mark.slow
@pytest.mark.parametrize("path", BUILT, ids=lambda p: p.stem)
def test_three_hundred_drawn_values_give_a_right_page(path):
    """Before a release."""
    wrong = {str(v): faults(result) for v, result in outcomes(path, draws(path, 300, seed=2))}
    assert not {values: found for values, found in wrong.items() if found}


@pytest.mark.slow
@pytest.mark.parametrize("path", BUILT, ids=lambda p: p.stem)
def test_each_allowed_value_alone_gives_a_right_page(path):
    """Both ends of each range, each choice: every organisation, every year that is not too many."""
    notebook = read_notebook(path)
    runs = []
    for p in domain_of(path, notebook)[0]:
        if p.choices is not None:
            runs += [{p.name: [c] if p.type == "list" else c} for c in p.choices]
        elif isinstance(p.minimum, int) and p.maximum - p.minimum <= 100:
            numbers = range(p.minimum, p.maximum + 1)
            runs += [{p.name: [n] if p.type == "list" else n} for n in numbers]
        elif p.minimum is not None:
            runs += [{p.name: p.minimum}, {p.name: p.maximum}]
    checks = "".join(map(source_of, tagged(notebook, "checks")))
    defaults = {p.name: p.default for p in domain_of(path, notebook)[0]}

    def allowed(values: dict) -> bool:
        try:
            exec(checks, defaults | values)
        except ValueError:
            return False
        return True

    wrong = {str(v): faults(r) for v, r in outcomes(path, [*filter(allowed, runs)])}
    assert not {values: found for values, found in wrong.items() if found}
