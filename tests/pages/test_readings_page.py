"""The page of readings: what it says, its explorer in a browser, that it can be made again."""

import os
import re
import shutil
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import ROOT, console
from nbformat.v4 import new_markdown_cell, new_notebook

from cstoanalysis.pages import curve, picture
from cstoanalysis.pages.body import Body
from cstoanalysis.pages.reading import page_block
from cstoanalysis.pages.readings import _effects, _idle, to_readings
from cstoanalysis.run import sweep
from cstoanalysis.run.results import Reading, Results

FIRST = {"nbformat": 4, "metadata": {}, "cells": [
    {"cell_type": "markdown", "metadata": {}, "source": "# Is it so?\n\nA question."}
]}  # fmt: skip
AXES = {"rule": ["new", "old"], "born": [1992, 1994], "strict": [False, True]}
DEFAULTS = {"rule": "new", "born": 1992, "strict": False}


def results(value, finding=None, axes=AXES, failed=(), most=1000, **more) -> Results:
    """Results of all readings, with a value and perhaps a finding made from what is chosen."""
    plan = sweep.readings(DEFAULTS, axes, {}, most)
    found = []
    for number, run in enumerate(plan.runs):
        chosen = plan.chosen(run)
        published = {"answer": {"name": "answer", "value": f"It is {value(chosen)}.", "unit": ""}}
        bounds = {name: function(chosen) for name, function in more.items()}
        one = {
            "name": "estimate",
            "value": value(chosen),
            "unit": "points",
            "headline": True,
            **bounds,
        }
        published["estimate"] = one
        if finding:
            holds = {"name": "finding", "value": finding(chosen), "unit": "it is so"}
            published["finding"] = holds
        found.append(Reading(f"{number:016x}", chosen, published))
    return Results(plan, "n", "f" * 16, found, list(failed), FIRST, {})


# --- what it says --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("most", "finding", "words"),
    [
        (8, lambda c: True, "The finding holds in all 8 readings: it is so."),
        (8, lambda c: False, "The finding holds in none of the 8 readings: it is so."),
        (
            8,
            lambda c: c["rule"] == "new",
            "The finding holds in 4 of 8 readings: it is so. What breaks it: rule = old.",
        ),
        (
            8,
            lambda c: not (c["rule"] == "old" and c["strict"]),
            "The finding holds in 6 of 8 readings: it is so. What breaks it: rule = old and "
            "strict = true.",
        ),
        (
            8,
            lambda c: c["born"] == 1994,
            "The finding does not hold by default, and holds in 4 of 8 readings: it is so. It "
            "would hold with: born = 1994.",
        ),
        (5, lambda c: True, "The finding holds in all 5 readings run, out of 8: it is so."),
        (
            5,
            lambda c: False,
            "The finding holds in none of the 5 readings run, out of 8: it is so.",
        ),
        (
            5,
            lambda c: c["rule"] == "new",
            "The finding holds in 3 of the 5 readings run, out of 8: it is so. What breaks it: rule = old.",
        ),
        (5, None, "In 5 readings run, out of 8, estimate (points) is 1, whatever is chosen."),
    ],
)
def test_one_sentence_for_each_case(most, finding, words):
    """A part of the readings is not all of them."""
    assert curve.sentence(results(lambda c: 1, finding, most=most)) == words


@pytest.mark.parametrize(
    ("n", "holds", "words"),
    [
        (1, True, "The finding holds in the one reading: it is so."),
        (1, False, "The finding does not hold in the one reading: it is so."),
        (2, True, "The finding holds in both readings: it is so."),
        (2, False, "The finding holds in neither of the two readings: it is so."),
    ],
)
def test_the_sentence_of_one_or_two(n, holds, words):
    axes = {"rule": ["new", "old"][:n]}
    assert curve.sentence(results(lambda c: 1, lambda c: holds, axes=axes)) == words


def test_a_finding_with_words_of_each_reading_says_whose_they_are():
    found = results(lambda c: 1, lambda c: True)
    found.readings[3].values["finding"]["unit"] = "it is so since 1994"
    assert curve.sentence(found) == (
        "The finding holds in all 8 readings: it is so (in the words of the default)."
    )


def test_what_breaks_it_is_explained_where_the_notebook_does():
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": 'rule: str = "new"  # which rule holds, new or old',
    }
    first = {**FIRST, "cells": [*FIRST["cells"], cell]}
    found = results(lambda c: 1, lambda c: c["rule"] == "new")._replace(first=first)
    assert curve.sentence(found).endswith(
        "What breaks it: rule = old (which rule holds, new or old)."
    )


def test_a_sentence_without_a_finding():
    found = curve.sentence(results(lambda c: c["born"] - 1990))
    assert found == (
        "In 8 readings, estimate (points) lies between 2 and 4; with the default choices it is 2."
    )


def test_a_number_whose_unit_says_what_it_is_is_not_named_twice():
    found = results(lambda c: c["born"] - 1990)
    for one in found.readings:
        one.values["estimate"]["unit"] = "estimates of the year"
    assert curve.sentence(found).startswith("In 8 readings, “estimates of the year” lies between 2")


def test_no_column_of_a_finding_that_is_not_published():
    for finding, there in ((None, False), (lambda c: True, True)):
        text = BeautifulSoup(
            to_readings(results(lambda c: 1, finding)), "html.parser"
        ).main.get_text()
        assert ("Finding holds" in text) == there == ("how often the finding holds" in text)


def test_numbers_in_another_unit_are_not_compared():
    found = results(lambda c: c["born"] - 1990)
    for one in found.readings[-3:]:
        one.values["estimate"] |= {"unit": "per cent", "value": 99}
    assert curve.sentence(found).startswith(
        "In 5 of 8 readings, estimate (points) lies between 2 and 4"
    )


def test_choices_on_which_the_finding_never_turns_are_named():
    """Of a finding that turns on one choice, of one that turns on two together, and of none."""
    one = results(lambda c: 1, lambda c: c["rule"] == "new")
    assert _idle(one) == ["born", "strict"]
    assert _idle(results(lambda c: 1, lambda c: c["rule"] == "new" or c["strict"])) == ["born"]
    assert _idle(results(lambda c: 1, lambda c: True)) == []
    assert _idle(one._replace(readings=one.readings[:7])) == []  # one failed: nobody knows
    assert "the finding never turns on born or strict" in to_readings(one)


def test_the_curve_as_a_file_has_its_colours_and_its_letters():
    """Nothing outside the file says what they are."""
    found = results(lambda c: c["born"] - 1990 + c["strict"], lambda c: c["rule"] == "new")
    drawn = str(curve.figure(curve.summary(found)))
    svg = re.search(r"<svg.*?</svg>", drawn, re.DOTALL)[0]
    for colours in (picture.LIGHT, picture.DARK):
        named = {name.partition(":")[0] for name in colours.split(";")}
        assert {*re.findall(r"var\((--\w+)\)", svg)} <= named
    wordless = re.sub(r"<text.*?</text>", "", svg)
    assert len(picture.to_png(svg)) > 1.3 * len(picture.to_png(wordless))


def test_a_page_says_what_a_reading_is_and_why_each_value_is_one():
    cell = {"cell_type": "code", "metadata": {"tags": ["readings"]}, "outputs": []}
    cell |= {"source": 'READINGS = {"rule": ["new", "old"]}  # both have their friends'}
    found = results(lambda c: 1)._replace(first={**FIRST, "cells": [*FIRST["cells"], cell]})
    page = BeautifulSoup(to_readings(found), "html.parser").main.get_text(" ")
    assert "A reading is one combination of choices" in page and "both have their friends" in page
    swept = found._replace(plan=found.plan._replace(most=None))
    page = BeautifulSoup(to_readings(swept), "html.parser").main.get_text(" ")
    assert "A reading is one combination" not in page and "have their friends" not in page


def test_no_share_where_some_readings_are_missing():
    """Those of an unbalanced plan overlap, and add up to more than there is."""
    found = results(lambda c: 3 * (c["rule"] == "old"))
    found.readings[0].values["estimate"]["value"] = None
    effects = _effects(found, curve.summary(found))
    assert {effect["share"] for effect in effects} == {None}
    assert "some readings have no such value" in to_readings(found)
    for one in found.readings:
        if one.chosen["rule"] == "old":
            one.values["estimate"]["value"] = None
    ranges = {e["name"]: e["range"] for e in _effects(found, curve.summary(found))}
    assert ranges == {"rule": None, "born": 0, "strict": 0}


def test_share_of_variance_is_that_of_an_analysis_of_variance():
    """Two effects that add up, 3 and 4: sums of squares 9 : 16, as in any textbook."""
    found = results(lambda c: 3 * (c["rule"] == "old") + 4 * c["strict"])
    effects = {e["name"]: e for e in _effects(found, curve.summary(found))}
    assert effects["rule"]["share"] == pytest.approx(9 / 25)
    assert effects["strict"]["share"] == pytest.approx(16 / 25)
    assert effects["born"]["share"] == pytest.approx(0)
    assert (effects["rule"]["range"], effects["strict"]["range"]) == (3, 4)


@pytest.mark.parametrize("apart", [False, True])
def test_the_curve_stands_below_its_heading(apart):
    """Whatever other headings are in the same cell."""
    said = curve.summary(results(lambda c: c["born"] - 1990), "n-readings.html")
    texts = ["## How sure is this?\n\nWords.", "## Limits\n\nMore."]
    cells = map(new_markdown_cell, texts if apart else ["\n\n".join(texts)])
    made = new_notebook(cells=list(cells), metadata={"csto": {"readings": said}})
    page = "".join(Body(made, {}).framed())
    order = [page.index(part) for part in ("Words.", 'id="fig-readings"', "Limits", "More.")]
    assert order == sorted(order)


def test_the_curve_is_sorted_and_knows_the_default():
    found = curve.summary(results(lambda c: -c["born"] + c["strict"], reference=lambda c: 5))
    values = [point[0] for point in found["points"]]
    assert values == sorted(values) and len(values) == 8
    (default,) = [point for point in found["points"] if point[4]]
    assert default[0] == -1992 and default[5:] == [0, 0, 0]
    assert found["reference"] == 5 and "reference 5" in curve.figure(found)
    words = "in the estimate by somebody"  # longer than there is room beside the line
    named = results(lambda c: c["born"], reference=lambda c: 5, reference_is=lambda c: words)
    narrow = BeautifulSoup(curve.figure(curve.summary(named)), "html.parser")("svg")[1]
    lines = [text.get_text() for text in narrow("text", fill="var(--muted)", x="0")]
    assert " ".join(lines) == f"5 {words}" and max(map(len, lines)) < 22


def test_a_value_in_another_unit_is_not_compared():
    found = results(lambda c: c["born"])
    for one in found.readings:
        if one.chosen["strict"]:
            one.values["estimate"]["unit"] = "miles"
    drawn = curve.summary(found)
    assert drawn["ranked"] == 4 and drawn["n"] == 8
    assert "Not drawn: 4 readings that have no such value or count it in another unit." in str(
        curve.figure(drawn)
    )


def test_the_curve_says_every_choice_whole_and_explains_only_what_it_shows():
    """On a telephone as well: two long values with one beginning would look the same if cut."""
    long = [["ukraine", "georgia", "moldova"], ["ukraine", "georgia", "nazism"], ["EST", "LVA"]]
    axes, defaults = {"topics_of_the_vote": long}, {"topics_of_the_vote": long[0]}
    whole = "ukraine, georgia, moldova ukraine, georgia, nazism Estonia, Latvia"

    def drawn(*holds):
        plan = sweep.readings(defaults, axes, {}, 10)
        found = [
            Reading(f"{n:016x}", plan.chosen(run), {
                "x": {"name": "x", "value": n, "unit": "votes"},
                "finding": {"name": "finding", "value": holds[n], "unit": "it is so"},
            })
            for n, run in enumerate(plan.runs)
        ]  # fmt: skip
        found = Results(plan, "n", "f" * 16, found, [], FIRST, {})
        return BeautifulSoup(curve.figure(curve.summary(found)), "html.parser")

    page = drawn(True, True, False)
    for drawing in page("svg"):
        texts = " ".join(text.get_text() for text in drawing("text"))
        assert whole in texts and "topics of the vote" in texts
        feet = [float(text["y"]) for text in drawing("text") if text.get("fill") == "var(--muted)"]
        assert feet == sorted({*feet})
    caption = page.figcaption.get_text()
    assert "Votes (x)" in caption and "hollow: it does not" in caption and "Lines" not in caption
    assert "hollow" not in drawn(True, True, True).figcaption.get_text()


@pytest.mark.parametrize("values", [[0, 1], [3, 3], [0.0012, 0.0019], [-5e6, 4e6], [1992, 2025]])
def test_ticks_are_round_and_inside(values):
    low, high = min(values), max(values) + (min(values) == max(values))
    found = curve.ticks(low, high, all(isinstance(v, int) for v in values))
    assert 1 <= len(found) <= 6 and all(low <= t <= high + 1e-9 for t in found)


def test_failed_runs_are_named():
    page = to_readings(results(lambda c: 1, failed=[({"rule": "old"}, "cell 3 failed: x")]))
    assert "<li>rule = old: cell 3 failed: x</li>" in page
    assert "1 more run failed" in " ".join(BeautifulSoup(page, "html.parser").get_text().split())


def test_small_multiples_hide_no_line():
    """One picture for each combination, bands for intervals, whole numbers at the ticks of counts."""
    axes = {"born": list(range(1990, 1999)), "rule": ["new", "old"]}
    bounds = {"low": lambda c: c["born"] - 1991, "high": lambda c: c["born"] - 1988}
    page = to_readings(results(lambda c: c["born"] - 1990, axes=axes, **bounds))
    panels = BeautifulSoup(page, "html.parser").select(".panel")
    assert [p.get_text(" ", strip=True).split(" points ")[1][:8] for p in panels] == [
        "rule new",
        "rule old",
    ]
    for panel in panels:
        ticks = [t.get_text() for t in panel.select("text[text-anchor=end]")][:-1]
        assert all(re.fullmatch(r"[−-]?\d+", tick.strip()) for tick in ticks)


# --- in a browser --------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A page of eight readings."""
    bounds = {"low": lambda c: c["born"] - 1993, "high": lambda c: c["born"] - 1990}
    found = results(
        lambda c: c["born"] - 1991 + 2 * c["strict"],
        lambda c: not c["strict"],
        **bounds,
        reference=lambda c: 2,
    )
    path = tmp_path_factory.mktemp("readings") / "index.html"
    path.write_text(to_readings(found), "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_and_quiet_on_a_phone(file, chromium, scheme):
    """axe finds nothing, nothing is asked for, nothing scrolls sideways, no letter is too small."""
    context = chromium.new_context(
        offline=True, color_scheme=scheme, viewport={"width": 390, "height": 800}
    )
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert asked == [page.url] and said == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    heights = "[...document.querySelectorAll('.for-narrow text')].map(t => t.getBoundingClientRect().height)"
    assert min(page.evaluate(heights)) >= 11
    context.close()


def test_the_explorer_by_keyboard(file, chromium):
    """Choose a value for each choice; answer, values, run and command follow, and are those of the table."""
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(file.as_uri())
    chosen = page.locator("#chosen")
    assert "It is 1." in chosen.inner_text() and chosen.inner_text().endswith("csto run n")
    page.locator("#choice-0").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("1994")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    text = chosen.inner_text()
    assert "It is 5." in text and "csto run n -p born=1994 -p strict=true" in text
    run = page.locator("#chosen code").inner_text()
    row = page.locator(f"#run-{run}").inner_text().split()
    assert row[1:4] == ["new", "1994", "yes"] and "5" in row
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "It is 1." in chosen.inner_text()
    context.close()


def test_a_long_value_makes_no_page_wider_than_a_phone(tmp_path, chromium):
    states = [["United States", "China", "Turkey", "India", "Germany", "France"], []]
    axes = {"rule": states}
    plan = sweep.readings(DEFAULTS | {"rule": states[0]}, axes, {})
    made = results(lambda c: 1, axes={"rule": ["new", "old"]})
    found = [
        one._replace(chosen=plan.chosen(run))
        for one, run in zip(made.readings, plan.runs, strict=True)
    ]
    (tmp_path / "index.html").write_text(to_readings(made._replace(plan=plan, readings=found)))
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "index.html").as_uri())
    assert "Germany" in page.locator("#choice-0").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_without_scripts_nothing_is_lost(file, chromium):
    """The table has the answer and the values of each reading."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto(file.as_uri())
    assert not page.locator("#explorer-box").is_visible()
    assert "the table of all runs says the same" in page.locator("main").inner_text()
    rows = page.locator("tr[id^=run-]").all()
    assert len(rows) == 8
    for row in rows:
        answer = page.locator(row.locator("td a").last.get_attribute("href")).inner_text()
        assert answer == f"It is {row.locator('td').nth(3).inner_text().split()[0]}."
    context.close()


# --- ten thousand --------------------------------------------------------------------------------
def test_ten_thousand_readings_make_a_page_of_a_megabyte_and_a_half():
    """And it says what it leaves out; the default is never left out."""
    axes = {"rule": list(range(100)), "born": list(range(1900, 2000)), "strict": [False, True]}
    finding = lambda c: bool(c["strict"])  # noqa: E731
    found = results(
        lambda c: (c["rule"] != "new" and c["rule"]) * 7.123456 + c["born"] / 7,
        finding,
        axes,
        most=10_000,
    )
    assert len(found.readings) == 10_000
    page = to_readings(found)
    assert len(page.encode()) < 1_500_000
    said = " ".join(BeautifulSoup(page, "html.parser").get_text().split())
    assert "The first 400 of 10,000 runs; all are in results.csv" in said
    assert "answers are left out to keep the page small" in said
    assert len(curve.summary(found)["points"]) <= curve.MOST_DRAWN + 1


# --- made again ----------------------------------------------------------------------------------
def test_verify_says_identical_and_names_a_table(tmp_path):
    """Of the page of readings, and of the page that shows their curve; and after a changed digit."""
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("recipes", "*.md"))
    surroundings = {**os.environ, "CSTO_DATA": str(data)}

    def invoke(*words):
        command = [console("csto"), *words]
        return subprocess.run(
            command, cwd=tmp_path, env=surroundings, capture_output=True, text=True
        )

    made = invoke("html", "00_start_here", "-o", "html")
    assert made.returncode == 0, made.stderr
    assert invoke("html", "00_start_here", "-o", "html").stdout.startswith("Unchanged")
    block = page_block((tmp_path / "html" / "00_start_here.html").read_text("utf-8"))
    assert block["readings"]["page"] == "00_start_here-readings.html"
    for page in ("00_start_here", "00_start_here-readings"):
        assert invoke("verify", f"html/{page}.html").stdout.endswith("identical\n")
    shutil.rmtree(tmp_path / "build")  # as on another machine, where no run drew a figure
    assert invoke("verify", "html/00_start_here-readings.html").stdout.endswith("identical\n")
    table = data / "states.csv"
    table.write_text(table.read_text("utf-8").replace("1991", "1992", 1), "utf-8")
    changed = invoke("verify", "html/00_start_here-readings.html")
    assert changed.returncode == 1 and "The table states differs" in changed.stdout
