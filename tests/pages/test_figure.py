"""A figure in a page: small, harmless, its words as words, its ink the page's."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from pages_for_tests import shown, soup

import cstoanalysis as csto
from cstoanalysis import style
from cstoanalysis.descriptor import FIGURE
from cstoanalysis.pages import figure as figures

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9">{}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<foreignObject/>",
        '<path d="M 0 0" onclick="x()"/>',
        '<use href="https://example.org/#a"/>',
        '<image href="https://example.org/a.png"/>',
        '<path d="M 0 0" style="fill: url(https://example.org/a)"/>',
        '<g id="a">',
    ],
)
def test_an_unusual_picture_is_refused(inside):
    """It stays an img element then, in which nothing runs and nothing loads."""
    with pytest.raises(figures.UnusualPicture):
        figures.inline(SVG.format(inside), "")


def test_figures_of_one_page_share_no_id():
    """Each clips with its own path, though both files name theirs alike."""
    clipped = (
        '<defs><clipPath id="p"><path d="M 0 0 h {}"/></clipPath></defs><g clip-path="url(#p)"/>'
    )
    drawings = [soup(figures.inline(SVG.format(clipped.format(wide)), "")) for wide in (3, 4)]
    one, other = ({tag["id"] for tag in drawing(id=True)} for drawing in drawings)
    assert one and other and not one & other


def test_paths_are_shortened_without_drifting():
    """Steps are taken from where the rounded steps before have led."""
    path = "M 100 100 " + "L 0 0 ".join(f"L {100 + n * 1.04} {n * 0.333} " for n in range(60))
    short = figures.inline(SVG.format(f'<path d="{path}"/>'), "")
    here, ends = (0.0, 0.0), []
    steps = re.search(r' d="([^"]*)"', short)[1]
    for command, rest in re.findall(r"([Mlhv])([^Mlhv]*)", steps):
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", rest)]
        numbers = {"h": [*numbers, 0.0], "v": [0.0, *numbers]}.get(command, numbers)
        for x, y in zip(
            numbers[::2], numbers[1::2], strict=True
        ):  # a letter holds for what follows
            here = (x, y) if command == "M" else (here[0] + x, here[1] + y)
            ends.append(here)
    wanted = [tuple(map(float, p)) for p in re.findall(r"[ML] (\S+) (\S+)", path)]
    for (x, y), (a, b) in zip(ends, wanted, strict=True):
        assert abs(x - a) <= 0.051 and abs(y - b) <= 0.051


def test_an_element_says_what_differs_from_what_it_stands_in():
    """The picture as a whole, a group or a shape says it once."""
    texts = '<text style="font-size: 10px; text-anchor: middle" x="1" y="1">A</text>' * 2
    mark = '<use href="#m" x="3" y="5" style="fill: #ff0000; stroke: #00ff00"/>'
    shape = '<defs><path id="m" d="M 0 0 L 1 1" style="stroke: #00ff00"/></defs>'
    drawing = soup(figures.inline(SVG.format(f"{texts}{shape}{mark}<g></g>"), "alt")).svg
    assert drawing["font-size"] == "10px"
    assert [text.attrs for text in drawing("text")] == [
        {"x": "1", "y": "1", "text-anchor": "middle"}
    ] * 2
    assert drawing.use["fill"] == "#f00" and not drawing.use.has_attr("stroke")  # the shape has it
    assert drawing.defs.path["id"] == drawing.use["href"].removeprefix("#")
    assert not drawing("g")


def test_ink_and_ground_are_those_of_the_page():
    """Ink, faint lines and ground follow light and dark; white letters stand on a field and stay."""
    colours = [style.INK, style.FAINT, "#ffffff", style.RED]
    paths = "".join(f'<path d="M 0 0 L 1 1" style="fill: {colour}"/>' for colour in colours)
    word = '<text style="fill: #ffffff">A</text>'
    drawing = soup(figures.inline(SVG.format(paths + word), "alt")).svg
    fills = [path["fill"] for path in drawing("path")]
    assert fills == ["currentColor", "var(--faint)", "var(--ground)", style.RED]
    assert drawing.text and drawing.find("text")["fill"] == "#fff"
    alone = figures.standalone(str(drawing))
    assert "prefers-color-scheme:dark" in alone and ElementTree.fromstring(alone) is not None


def test_a_mark_says_its_name_when_it_is_pointed_at():
    """The gid of an artist that begins with a title becomes one; text stays text."""

    def draw():
        csto.use_style()
        fig, ax = plt.subplots()
        (line,) = ax.plot([1, 2], [3, 4])
        line.set_gid("title: Russia <b>: 4")
        csto.show_figure(fig, 1, "c", "a", "s")

    (output,) = shown(draw)
    drawing = soup(figures.inline(output.data[FIGURE]["svg"], "a")).svg
    assert [t.get_text() for t in drawing("title")] == ["Russia <b>: 4"]
    assert drawing.title.parent.name == "path" and not drawing("b")
    assert "3.0" in [text.get_text() for text in drawing("text")]


def test_what_marks_in_a_row_share_is_said_once():
    """By a group of theirs; one that is moved keeps what it says, fills that differ stay."""
    style = "stroke: #00ff00; stroke-width: 2"
    marks = "".join(
        f'<path d="M {n} 0 L 1 1" style="fill: {fill}; {style}"/>'
        for n, fill in enumerate(("#ff0000", "#ff0000", "#0000ff"))
    )
    moved = f'<path d="M 3 0 L 1 1" transform="translate(1 1)" style="fill: #ff0000; {style}"/>'
    same = f'<path d="M 4 0 L 1 1" style="fill: #ff0000; {style}"/>' * 3
    drawing = soup(figures.inline(SVG.format(marks + moved + same), "alt")).svg
    groups = drawing("g")
    assert [group.attrs for group in groups] == [
        {"stroke": "#0f0", "stroke-width": "2"},
        {"stroke": "#0f0", "stroke-width": "2", "fill": "#f00"},
    ]
    assert [path.get("fill") for path in groups[0]("path")] == ["#f00", "#f00", "#00f"]
    (alone,) = [path for path in drawing("path") if path.get("transform")]
    assert alone.parent is drawing and alone["stroke"] == "#0f0"
