"""The checks cell: what it allows is known, and what it refuses is refused, before anything runs."""

import json
import re
import resource
import shlex
import subprocess
import time

import nbformat
import papermill
import pytest
from conftest import BUILT, ROOT, console

from cstoanalysis.run import domain
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import read_notebook, tagged
from cstoanalysis.run.parameters import resolve
from cstoanalysis.run.signature import parameters_of

PARAMETERS = """\
year: int = 1992  # first year
end: int = 2000  # last year
kind: str = "member"  # how a freeze counts
groups: list = ["CSTO"]  # compared
exclude: list = []  # left out
day: str = "2010"  # a date
share: float = None  # or nothing"""
CHECKS = """\
import antigravity_that_is_not_there
import cstoanalysis as csto
csto.check("year", year, between=(1945, 2025))
csto.check("end", end, between=(1946, 2026))
csto.check_that(year < end, "year is before end")
csto.check("kind", kind, choices=["member", "exit"])
csto.check("groups", groups, choices=csto.load_table("organisations")["organisation"])
csto.check("exclude", exclude, choices=csto.load_table("states")["iso3"], empty=True)
csto.check("day", day, between=("1946", csto.coverage_end()))
csto.check("share", share, between=(0, 1), none=True)"""


def notebook(parameters=PARAMETERS, checks=CHECKS, *rest) -> dict:
    code = nbformat.v4.new_code_cell
    cells = [
        code(parameters, metadata={"tags": ["parameters"]}),
        code(checks, metadata={"tags": ["checks"]}),
        *map(code, rest),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def refusal(tmp_path, *runs, checks=CHECKS) -> str:
    with pytest.raises(ParameterError) as error:
        domain.refuse(tmp_path / "n.ipynb", notebook(checks=checks), list(runs))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_allowed_is_said_in_words_and_in_data(tmp_path):
    """An import that no check needs is left out: the one here does not exist."""
    found, conditions = domain.domain_of(tmp_path / "n.ipynb", notebook())
    words = {each.name: each.in_words() for each in found}
    organisations = words.pop("groups")
    assert organisations.startswith("any of ") and " organisations: " in organisations
    assert words.pop("exclude").endswith(", or none")
    assert words == {
        "year": "1945 to 2025",
        "end": "1946 to 2026",
        "kind": "member or exit",
        "day": "1946 to 2026-02",
        "share": "0 to 1, or none",
    }
    assert conditions == ["year is before end"]
    assert found[2].to_json() == {
        "name": "kind",
        "type": "str",
        "default": "member",
        "help": "how a freeze counts",
        "choices": ["member", "exit"],
        "minimum": None,
        "maximum": None,
    }
    assert json.dumps([each.to_json() for each in found])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"year": 1800}, "year = 1800 is out of range: give a value from 1945 to 2025."),
        ({"end": 1990}, "year is before end (end = 1990; by default year = 1992)."),
        ({"kind": "exits"}, "kind = 'exits' is not known: did you mean 'exit'? Allowed: member, "),
        ({"groups": ["CTSO", "NATO"]}, "groups = 'CTSO' is not known: did you mean 'CSTO'?"),
        ({"groups": []}, "groups is an empty list"),
        ({"exclude": ["RUS", "RUS"]}, "names a value twice"),
        ({"day": "2010-13"}, "day = '2010-13' is out of range: give a date (YYYY"),
        ({"share": 1.5}, "share = 1.5 is out of range"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(tmp_path, values, words):
    assert words in refusal(tmp_path, values)


def test_all_that_is_wrong_with_a_sweep_is_said_at_once(tmp_path):
    years = [{"year": year, "kind": kind} for year in range(1940, 1950) for kind in ("member", "x")]
    text = refusal(tmp_path, *years)
    assert "year = 1940, 1941, 1942, 1943 and 1 more are out of range" in text
    assert text.count("kind = 'x' is not known") == 1


APART = """\
csto.check_that(end < 2002 or kind == 'exit', 'a freeze counts as an exit from 2002 on')
csto.check_that(groups != ['CSTO'] or day > '2012-12', 'alone from 2013 on')"""


@pytest.mark.parametrize(
    ("values", "others"),
    [
        ({"end": 1990, "kind": "exit", "groups": ["NATO"]}, {"year": "1989"}),
        ({"year": 2001, "groups": ["CSTO"]}, {"end": "2002", "kind": "exit", "day": "2013"}),
        ({"year": 1960, "groups": ["CSTO"]}, {"day": "2013"}),
    ],
)
def test_values_at_odds_with_a_default_are_refused_with_a_way_out(tmp_path, values, others):
    """Each value is allowed, beside others: both are named, and a set that runs."""
    checks = f"{CHECKS}\n{APART}"
    text = refusal(tmp_path, values, checks=checks)
    (said,) = re.findall(r" These go together: (.*)\.$", text)
    typed = [part for part in shlex.split(said) if part != "-p"]
    assert dict(text.split("=") for text in typed[len(values) :]) == others
    source = notebook(checks=checks)
    domain.refuse(tmp_path / "n.ipynb", source, [resolve(parameters_of(source), tuple(typed))])


@pytest.mark.parametrize(
    ("year_from", "share_to", "others"), [(1995, 1, "year=1996"), (1996, 1, ""), (1996, 1.5, "")]
)
def test_a_way_out_is_one_that_all_checks_let_through(tmp_path, year_from, share_to, others):
    """A range may hang on another parameter, or go from a whole number to one that is none."""
    checks = f"""import cstoanalysis as csto
csto.check("year", year, between=(1945, 2025))
csto.check("end", end, between=(year + 5, 2025))
csto.check("share", share, between=(0, {share_to}))
csto.check_that(year > {year_from} or end > 2005 or share > 2, "too early")"""
    source = notebook("year: int = 1992\nend: int = 2010\nshare: float = 0.5", checks)
    with pytest.raises(ParameterError, match="too early") as error:
        domain.refuse(tmp_path / "n.ipynb", source, [{"end": 2001}])
    assert re.findall(r" -p (year=.*)\.$", str(error.value)) == [others] * bool(others)


@pytest.mark.parametrize("values", [{"end": 1990, "year": 1992}, {"end": 1990, "kind": "x"}])
def test_where_no_default_is_in_the_way_none_is_named(tmp_path, values):
    assert "go together" not in refusal(tmp_path, values)


def test_a_name_in_the_text_of_a_query_is_one_that_the_check_uses(tmp_path):
    """The values of the run decide, not the defaults."""
    query = "csto.load_table('states').query('iso3 in @exclude').empty"
    checks = f"{CHECKS}\ncsto.check_that({query}, 'exclude names no state')"
    assert "exclude names no state" in refusal(tmp_path, {"exclude": ["RUS"]}, checks=checks)


@pytest.mark.parametrize(
    "values", [{}, {"exclude": []}, {"share": None}, {"year": 1999, "end": 2026, "day": "1999-04"}]
)
def test_what_is_allowed_goes_through(tmp_path, values):
    domain.refuse(tmp_path / "n.ipynb", notebook(), [values])


def test_a_cell_of_checks_holds_nothing_else(tmp_path):
    text = refusal(tmp_path, {"year": 1}, checks="x = 1\n" + CHECKS)
    assert "line 1 of the cell tagged 'checks'" in text


def test_thirty_two_wrong_runs_are_refused_in_two_seconds_and_leave_nothing(tmp_path):
    command = "sweep 01_membership_churn -p birth_definition=oops -p seed=1:32".split()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run([console("csto"), *command], cwd=tmp_path, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < 3  # seconds of a processor, however busy it is
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith("Error: birth_definition = 'oops' is not known")
    assert not list(tmp_path.iterdir())


def test_ten_thousand_runs_are_looked_at_quickly(tmp_path):
    runs = [
        {"year": 1950 + n % 50, "end": 2001 + n % 20, "share": n / 10_000} for n in range(10_000)
    ]
    started = time.process_time()
    domain.refuse(tmp_path / "n.ipynb", notebook(), runs)
    assert time.process_time() - started < 10


def test_in_a_kernel_the_run_stops_with_the_sentence_alone(tmp_path):
    """As plain papermill and JupyterLab show it: no frames of a traceback."""
    given, made = tmp_path / "n.ipynb", tmp_path / "out.ipynb"
    checks = CHECKS.replace("import antigravity_that_is_not_there\n", "")
    nbformat.write(notebook(PARAMETERS, checks, "print('on')"), given)
    with pytest.raises(papermill.PapermillExecutionError):
        papermill.execute_notebook(
            given,
            made,
            {"kind": "exits"},
            kernel_name="python3",
            language="python",
            progress_bar=False,
        )
    outputs = [o for c in nbformat.read(made, 4).cells for o in c.get("outputs", [])]
    (error,) = [output for output in outputs if output.output_type == "error"]
    assert error.traceback == [
        "NotAllowed: kind = 'exits' is not known: did you mean 'exit'? Allowed: member, exit."
    ]


WITH_CHECKS = [path for path in BUILT if tagged(read_notebook(path), "checks")]


@pytest.mark.parametrize("path", WITH_CHECKS, ids=lambda path: path.stem)
def test_each_parameter_has_a_domain_that_holds_its_default(path):
    content = read_notebook(path)
    found, _ = domain.domain_of(path, content)
    assert all(each.in_words() for each in found), found
    domain.refuse(path, content, [{each.name: each.default for each in found}])


def test_the_template_shows_how():
    template = read_notebook(ROOT / "notebooks" / "_template.ipynb")
    assert tagged(template, "checks")
