"""What stands where on a page: the first screen, folds, outputs of every kind."""

import ast
import base64
import json
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pages_for_tests import executed, figure, shown, soup

import cstoanalysis as csto
from cstoanalysis.pages.page import CitableExporter, to_page
from cstoanalysis.pages.provenance import key_number, value_text
from cstoanalysis.pages.render import TEMPLATES, part
from cstoanalysis.run.execute import execute, jobs_of
from cstoanalysis.run.notebook import with_values

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg=="


def with_outputs(*outputs, source="show()", tags=(), kind=new_code_cell, **more):
    """A notebook of one cell, as a kernel left it."""
    cell = new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})
    return new_notebook(cells=[new_markdown_cell("# T?\n\nAsked."), cell, *more.get("cells", [])])


def shown_html(**data) -> str:
    """What an output of these kinds becomes; a stroke in a kind is written __."""
    data = {kind.replace("__", "/").replace("_plus_", "+"): value for kind, value in data.items()}
    page = soup(to_page(with_outputs(new_output("display_data", data=data)), "t.ipynb"))
    return page.main


def test_quoted_text_of_a_style_sheet_is_kept():
    quoted = re.compile('"[^"]*"')
    for name in ("page.css", "site.css"):
        source = re.sub(
            r"/\*.*?\*/", "", (TEMPLATES / "citable" / name).read_text("utf-8"), flags=re.S
        )
        assert quoted.findall(source) == quoted.findall(part(name))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([["c", "d"]], "c, d"),
        ("GEO-ABK", "Abkhazia"),
        (["GEO-ABK", "KAZ"], "Abkhazia, Kazakhstan"),
        ("in_force_1994", "in force 1994"),
        ("2026-02", "February 2026"),
        ("1990-95", "1990-95"),
        (True, "yes"),
        ([], "none"),
    ],
)
def test_a_value_as_a_reader_says_it(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("about", "more"),
    [
        ({"reference": 0, "reference_is": "in 1995"}, "0 in 1995"),
        ({"reference": 1, "reference_is": "in 1995"}, "1 in 1995"),
        ({"reference": 1}, "1 is no difference"),
        ({"low": 1, "high": 9, "reference": 0}, "1 to 9; against 0"),
        ({"low": 1}, "1 to –"),
        ({}, ""),
    ],
)
def test_what_a_key_number_is_held_against(about, more):
    said = key_number({"name": "hosts", "value": 4, "unit": "hosts", **about})
    assert (said["value"], said["unit"], said["more"]) == ("4", "hosts", more)


# --- the first screen ------------------------------------------------------------------------------
def test_first_screen_is_answer_choices_lead_figure_and_key_numbers():
    """In this order, before all prose; what is not marked stays where it is."""
    values = [
        *shown(
            lambda: csto.publish("exits", 4, "exits in 225 years", low=1, high=9, headline=True)
        ),
        *shown(lambda: csto.publish("other", 7, "apples")),
        *shown(lambda: csto.publish("rate", 12.25, "a year", reference=0.5, headline=True)),
        *shown(
            lambda: csto.publish(
                "share",
                36.2,
                "per cent of it",
                reference=75.2,
                reference_is="in 1985",
                headline=True,
            )
        ),
        *shown(lambda: csto.publish("part", 0.42, "Russia's share, per cent", headline=True)),
        *shown(lambda: csto.publish("answer", "Yes, in 2026-02.")),
    ]
    lead = new_code_cell("draw()", outputs=figure("Lead", 2), metadata={"tags": ["figure", "lead"]})
    notebook = executed(None, [*figure("First"), *values])
    notebook["cells"].insert(4, lead)
    notebook = with_values(notebook, {"as_of": "2010-03"})
    main = soup(to_page(notebook, "t.ipynb")).main
    first = main.find_all(recursive=False)[:6]
    assert [(tag.name, (tag.get("class") or [""])[0]) for tag in first] == [
        ("h1", ""),
        ("p", "answer"),
        ("p", "choices"),
        ("figure", "csto-figure"),
        ("dl", "key-numbers"),
        ("div", "prose"),
    ]
    assert first[1].get_text() == "Yes, in 2026-02."
    assert first[2].get_text() == "As of March 2010 · change"
    assert first[2].strong.get_text() == "As of March 2010" and first[2].a["href"] == "#parameters"
    assert first[3]["id"] == "fig-2" and len(main("figure")) == 2
    numbers = [" ".join(div.get_text(" ").split()) for div in first[4]("div")]
    assert numbers == [
        "exits in 225 years 4 1 to 9",
        "a year 12 against 0.5",
        "of it 36% 75% in 1985",
        "Russia's share 0.42%",
    ]
    assert "draw()" in main.select("details.code")[1].get_text()


def test_a_page_without_lead_or_headline_has_no_empty_frames():
    """Question, then prose."""
    main = soup(to_page(with_outputs(new_output("stream", text="said")), "t.ipynb")).main
    assert not main.select(".answer, .key-numbers, .choices, figure")
    assert [tag.name for tag in main.find_all(recursive=False)][:2] == ["h1", "div"]


def test_code_is_folded_once_a_section():
    """At the end of the section, all its cells in one."""
    cells = [
        new_markdown_cell("## One"),
        new_code_cell("a = 1", outputs=[new_output("stream", text="x")]),
        new_code_cell("b = '<b>'"),
        new_markdown_cell("Prose of one."),
        new_markdown_cell("## Two"),
        new_code_cell("c = 3"),
    ]
    main = soup(to_page(with_outputs(new_output("stream", text="y"), cells=cells), "t.ipynb")).main
    folds = [[pre.get_text() for pre in fold("pre")] for fold in main.select("details.code")]
    assert folds == [["show()"], ["a = 1", "b = '<b>'"], ["c = 3"]]
    between = main.select("details.code")[1].find_previous("p").get_text()
    assert between == "Prose of one."


# --- outputs of every kind -------------------------------------------------------------------------
def test_a_table_with_a_two_level_head_keeps_both():
    """Groups head their columns, rows their groups; numbers are to the right below and above."""
    columns = pd.MultiIndex.from_product([["GDP", "Troops"], ["2010", "2020"]])
    index = pd.MultiIndex.from_tuples([("CSTO", "RUS"), ("CSTO", "ARM")], names=["bloc", "state"])
    frame = pd.DataFrame([[1, 2, 3, 4], [5, 6, 7, 8]], index=index, columns=columns)
    table = shown_html(text__html=frame._repr_html_()).table
    upper, lower, names = table.thead("tr")
    assert [(c.get_text(), c["scope"], c["colspan"]) for c in upper("th")] == [
        ("GDP", "colgroup", "2"),
        ("Troops", "colgroup", "2"),
    ]
    assert [(c.get_text(), c["class"]) for c in lower("th")] == [
        (y, ["num"]) for y in ["2010", "2020"] * 2
    ]
    assert [c.get_text() for c in names("th")] == ["bloc", "state"]
    assert [c["scope"] for c in table.tbody.tr("th")] == ["rowgroup", "row"]
    numbered = with_outputs(*shown(lambda: csto.show_table(frame, 1, "Two levels")))
    head = soup(to_page(numbered, "t.ipynb")).select("#table-1 thead th")
    assert [c.get_text() for c in head][:2] == ["GDP, 2010", "GDP, 2020"]


def test_drawings_and_formulas_are_shown():
    """SVG as elements, LaTeX and the formulas of Markdown as MathML; a price is no formula."""
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><circle r="20"/></svg>'
    )
    assert shown_html(image__svg_plus_xml=drawing, text__plain="<SVG>").svg.circle["r"] == "20"
    assert shown_html(text__latex=r"$\displaystyle \frac{1}{2}$").math.mfrac
    said = shown_html(text__markdown=r"From $5 to $10, US$ 3 and US$ 4; $a<b$ and $$x^2$$")
    assert "From $5 to $10, US$ 3 and US$ 4;" in said.get_text()
    assert [math["display"] for math in said("math")] == ["inline", "block"]
    odd = shown_html(text__markdown=r"$\notacommand{$ and $\text{<img src=x onerror=y>}$")
    assert not odd.select("img, [onerror]")


def test_pictures_tasks_and_what_has_no_form_on_paper(tmp_path):
    """A picture beside the notebook is taken in, one elsewhere named; tasks have boxes."""
    (tmp_path / "local.png").write_bytes(base64.b64decode(PNG))
    (tmp_path.parent / "secret.png").write_bytes(base64.b64decode(PNG))
    text = "![here](local.png) ![far](https://example.org/x.png) ![up](../secret.png) ![no](no.png)\n\n- [x] done\n- [ ] open"
    notebook = with_outputs(new_output("stream", text="x"), cells=[new_markdown_cell(text)])
    main = soup(to_page(notebook, "t.ipynb", folder=tmp_path)).main
    assert [image["src"] for image in main("img")] == [f"data:image/png;base64,{PNG}"]
    for name in ("far", "up", "no"):
        assert f"(a picture is left out here: {name})" in main.get_text()
    assert [item.get_text() for item in main("li", class_="task-list-item")] == ["☑ done", "☐ open"]


def test_an_interactive_output_has_its_static_form_or_a_line():
    """Never a library's source."""
    script = "<div id=x></div><script>plot()</script>"
    static = shown_html(text__html=script, image__png=PNG, text__plain="Figure({...})")
    assert static.img["src"].endswith(PNG) and "plot()" not in static.get_text()
    alone = shown_html(text__html=script, text__plain="Figure({...})")
    assert alone.select_one(".left-out").get_text().startswith("An interactive output is left out")
    assert "Figure(" not in alone.select_one(".output").get_text()


def test_what_is_left_out_several_times_in_a_row_is_said_once():
    """As bokeh loads its library in three outputs; equal texts are not taken for one."""
    script = new_output("display_data", data={"application/javascript": "x()"})
    five = new_output("stream", text="5\n")
    more = [new_code_cell("5", outputs=[five]) for _ in range(2)]
    main = soup(to_page(with_outputs(script, script, cells=more), "t.ipynb")).main
    assert len(main.select(".left-out")) == 1
    assert [pre.get_text() for pre in main.select("pre.text")] == ["5\n", "5\n"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\r\nb\r\r\nc", "a\nb\nc"),  # line ends of Windows and of a terminal
        ("\r1%\r50%\r100%", "100%"),
        ("long line\rshort", "shortline"),
        ("done\r", "done"),
        ("ab\bc\n\b", "ac\n"),
        ("one\n\rtwo", "one\ntwo"),
        ("as it is\n\n", "as it is\n\n"),
    ],
)
def test_a_text_shows_its_last_state(text, seen):
    """As a terminal and JupyterLab do with progress bars and with the output of a command."""
    main = soup(to_page(with_outputs(new_output("stream", text=text)), "t.ipynb")).main
    assert main.select_one("pre.text").get_text() == seen


def test_json_and_footnotes_are_text():
    """JSON laid out, whatever its plain form says; a note at the end of its cell, marked."""
    data = {
        "application__json": {"a": ["é", 1]},
        "text__plain": "<IPython.core.display.JSON object>",
    }
    assert shown_html(**data).pre.get_text() == '{\n  "a": [\n    "é",\n    1\n  ]\n}'
    said = shown_html(text__markdown="Said[^1].\n\n[^1]: By *whom*.").select_one(".computed")
    assert said.sup.get_text() == "1" and said.li.get_text().strip() == "By whom."
    assert "[^" not in said.get_text() and not said("a")


def test_tags_that_nbconvert_removes_are_removed():
    """Asked for as in nbconvert; the run is still known as the whole that it was."""
    cells = [
        new_code_cell(
            "hidden()", metadata={"tags": ["no-input"]}, outputs=[new_output("stream", text="b")]
        ),
        new_code_cell(
            "gone()", metadata={"tags": ["no-cell"]}, outputs=[new_output("stream", text="c")]
        ),
    ]
    notebook = with_outputs(new_output("stream", text="a"), cells=cells)
    for number, cell in enumerate(notebook.cells[1:], start=1):
        cell.execution_count = number
    from traitlets.config import Config

    removed = {"remove_input_tags": ["no-input"], "remove_cell_tags": ["no-cell"], "enabled": True}
    exporter = CitableExporter(config=Config({"TagRemovePreprocessor": removed}))
    main = soup(exporter.from_notebook_node(notebook)[0]).main
    assert [pre.get_text() for pre in main.select("details.code pre")] == ["show()"]
    assert [pre.get_text() for pre in main.select("pre.text")] == ["a", "b"]


def test_a_run_without_any_output_is_a_page_where_it_is_known_to_have_run():
    """``csto`` ran it; a file that was never run is still refused."""
    notebook = with_outputs()
    assert "T?" in to_page(notebook, "t.ipynb", ran=True)
    with pytest.raises(ValueError, match="not run yet"):
        to_page(notebook, "t.ipynb")


FRAMES = [  # in a library, in the standard library, beside the notebook, in the package, in a cell
    "import pandas as pd\npd.DataFrame({'a': [1]})['b']",
    "import json\njson.loads('{')",
    "import helper\nhelper.fail()",
    "import cstoanalysis as csto\ncsto.load_table('none')",
    "import traceback, sys\ntry:\n    helper.fail()\nexcept KeyError:\n    traceback.print_exc()",
    "import warnings\nwarnings.warn('seen'); helper.warn(); object()",
    "!printf '/a/b.py:1: seen by grep\\n'",
    "with open('broken.py', 'w') as file:\n    file.write('1 +')\nimport broken",
]


def test_tracebacks_name_no_place_of_the_machine(tmp_path):
    """A page is the same wherever it is made, and however often."""
    folder = tmp_path / "with a space"
    folder.mkdir()
    (folder / "helper.py").write_text(
        "import warnings\ndef fail():\n    raise KeyError(1)\ndef warn():\n    warnings.warn('heard')\n"
    )
    tags = ["raises-exception", "stderr-ok"]
    cells = [new_code_cell(code, metadata={"tags": tags}) for code in FRAMES]
    path = folder / "t.ipynb"
    path.write_text(json.dumps(new_notebook(cells=[new_markdown_cell("# T?\n\nAsked."), *cells])))
    once, again = (execute(*jobs_of(path, [{}])) for _ in range(2))
    assert not once["error"]
    page = to_page(once["notebook"], "t.ipynb")
    assert page == to_page(again["notebook"], "t.ipynb")
    homes = [str(tmp_path), sys.prefix, sys.base_prefix, str(Path.home()), str(ROOT), "/ipykernel_"]
    assert not [home for home in homes if home in page]
    text = soup(page).main.get_text()
    for named in (
        "File pandas/core/frame.py:",
        "File json/decoder.py:",
        "File helper.py:3, in fail",
    ):
        assert named in text
    assert 'File "cell.py", line 3' in text and "cell.py:2: UserWarning: seen" in text
    assert "helper.py:5: UserWarning: heard" in text and "b.py:1: seen by grep" in text


def test_a_narrow_drawing_stands_beside_the_wide_one():
    """The page shows the one that fits; both say the same to who cannot see them."""

    def draw():
        (wide, narrow), said = (
            (plt.figure(figsize=size) for size in ((8, 3), (3, 5))),
            ("c", "a", "s"),
        )
        csto.show_figure(wide, 1, *said, narrow=narrow)

    found = soup(to_page(with_outputs(*shown(draw)), "t.ipynb")).figure
    frames = found.select(".csto-picture")
    assert [frame["class"][1] for frame in frames] == ["for-wide", "for-narrow"]
    assert [frame.svg["class"] for frame in frames] == [["wide"], ["whole"]]
    assert {svg["aria-label"] for svg in found("svg")} == {"a"}


def test_no_pattern_reads_html_as_text():
    """Pages are edited as trees. A pattern may look at a text, a path, a name: never at a tag."""
    for file in (ROOT / "cstoanalysis" / "pages").glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re."):
                pattern = ast.unparse(call.args[0]).replace("(?P<", "(").replace("(?<", "(")
                assert not re.search(r"</?[a-z(\\\\]|\[\^[<>]\]", pattern), (file.name, pattern)
