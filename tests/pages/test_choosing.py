"""A figure in which a reader chooses a year and a state: with the script and without."""

import matplotlib.pyplot as plt
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from pages_for_tests import executed, shown, soup

import cstoanalysis as csto
from cstoanalysis.descriptor import FIGURE
from cstoanalysis.pages import figure as figures
from cstoanalysis.pages.page import to_page
from cstoanalysis.pages.render import hashed

TEMPLATES = ROOT / "cstoanalysis" / "pages" / "templates" / "citable"
YEARS = {year: f"{year - 1990} bases <b>" for year in range(1991, 2001)}
MARKS = {  # name: its years, whose it is
    "early": (range(1991, 1996), ["Georgia"]),
    "late": (range(1996, 2001), ["Syria"]),
    "always": (None, ["Georgia", "Russia"]),
    "asked for": ((), ["Syria"]),
}


@pytest.fixture(scope="module")
def page():
    def draw():
        csto.use_style()
        fig, ax = plt.subplots()
        for place, (name, (years, of)) in enumerate(MARKS.items()):
            (dot,) = ax.plot(place, place, "o")
            csto.charts.says(dot, name, years, of)
        csto.show_figure(fig, 1, "c", "a", "s", years=YEARS, year=1997)

    return to_page(executed(None, shown(draw)), "t.ipynb")


@pytest.fixture
def tab(page, chromium, tmp_path, request):
    """The page in a browser; with ``False`` as its parameter without scripts."""
    file = tmp_path / "t.html"
    file.write_text(page, "utf-8")
    context = chromium.new_context(java_script_enabled=getattr(request, "param", True))
    tab = context.new_page()
    tab.goto(file.as_uri())
    yield tab
    context.close()


def seen(tab) -> set[str]:
    """Titles of the marks that are there."""
    marks = tab.locator("#fig-1 svg g:has(> title)")
    return {m.locator("title").text_content() for m in marks.all() if m.is_visible()}


def said(tab) -> str:
    return tab.locator("#fig-1 [role=status]").inner_text()


def test_the_scripts_of_a_page_are_short():
    scripts = [TEMPLATES / name for name in ("controls.js", "register.js", "figure.js")]
    assert sum(len(script.read_text("utf-8").splitlines()) for script in scripts) < 200


def test_the_policy_names_the_script_and_only_where_there_is_something_to_choose(page):
    script = soup(page).find("script", type=False)
    assert f"script-src '{hashed(script.string)}'" in page

    def plain():
        fig, ax = plt.subplots()
        csto.charts.says(ax.plot(1, 1, "o")[0], "a dot")
        csto.show_figure(fig, 1, "c", "a", "s")

    plain = to_page(executed(None, shown(plain)), "t.ipynb")
    assert "script-src" not in plain and "data-alive=" not in plain


@pytest.mark.parametrize("tab", [False], indirect=True)
def test_without_a_script_the_first_year_is_seen_and_nothing_can_be_chosen(tab):
    assert seen(tab) == {"late", "always"}
    assert tab.locator("#fig-1 :is(input, select, button, [role=status])").count() == 0


def test_what_jupyterlab_shows_is_the_first_year_too(page):
    def draw():
        fig, ax = plt.subplots()
        csto.charts.says(ax.plot(1, 1, "o")[0], "gone", [1991])
        csto.charts.says(ax.plot(2, 2, "o")[0], "here", [1992])
        csto.show_figure(fig, 1, "c", "a", "s", years={1991: "", 1992: ""})

    (output,) = shown(draw)
    picture = soup(figures.inline(output.data[FIGURE]["svg"], "a"))
    hidden = [mark.title.get_text() for mark in picture.select("g[display=none]")]
    assert hidden == ["gone"] and output.data[FIGURE]["svg"].count('display="none"') == 1


def test_years_by_keyboard(tab):
    assert said(tab) == "1997: 7 bases <b>"  # text stays text
    assert seen(tab) == {"late", "always"}
    slider = tab.get_by_label("Year")
    slider.focus()
    tab.keyboard.press("ArrowLeft")
    assert said(tab) == "1996: 6 bases <b>" and "late" in seen(tab)
    tab.keyboard.press("ArrowLeft")
    assert seen(tab) == {"early", "always"}
    tab.keyboard.press("Home")
    assert slider.input_value() == "1991"
    for _ in range(2):  # past the states, to the way back
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert said(tab).startswith("1997: ")


def test_a_state_by_keyboard_and_by_a_click(tab):
    state = tab.get_by_label("State")
    assert state.locator("option").all_inner_texts() == ["all", "Georgia", "Russia", "Syria"]
    state.focus()
    tab.keyboard.type("Syria")
    assert seen(tab) == {"late", "always", "asked for"}
    assert said(tab) == "1997: 7 bases <b> late; asked for."
    tab.locator("#fig-1 g:has(> title:text-is('always')) use").click()
    assert state.input_value() == "Georgia" and said(tab).endswith("always.")
    tab.locator("#fig-1 g:has(> title:text-is('always')) use").click()
    assert state.input_value() == "" and seen(tab) == {"late", "always"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_on_a_telephone(tab, scheme):
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.emulate_media(color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(tab, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
