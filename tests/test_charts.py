"""Recurring drawings: what is drawn is what the frame says, and names can be read."""

from itertools import combinations

import matplotlib
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.dates import num2date
from matplotlib.patches import Rectangle
from matplotlib.text import Text

import cstoanalysis as csto
from cstoanalysis import charts, style

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def drawing():
    csto.use_style(style.LETTERS)
    yield
    plt.close("all")


def boxes(texts):
    """What each text covers, once everything has its place."""
    texts = [text for text in texts if text.get_text()]
    texts[0].figure.draw_without_rendering()
    return [Text.get_window_extent(text).shrunk(0.98, 0.9) for text in texts]  # without its line


def says(artist):
    return (artist.get_gid() or "").partition(": ")[2]


def test_letters_of_the_default_figure_are_11_pixels_on_a_phone():
    width = plt.rcParams["figure.figsize"][0] * 96  # at 360 px the figure is shrunk to fit
    assert plt.rcParams["font.size"] * 96 / 72 * 360 / width >= 11
    assert plt.rcParams["axes.facecolor"] == plt.rcParams["figure.facecolor"] == "none"


@pytest.mark.parametrize("places", [[1, 1, 1], [0, 5, 5.2, 5.1, 9], [3], [], [4, 3, 2, 1]])
def test_spread_keeps_order_middle_and_distance(places):
    moved = charts.spread(places, 1)
    assert np.diff(np.sort(moved)).min(initial=1) >= 1 - 1e-9
    assert np.sum(moved) == pytest.approx(np.sum(places))
    assert list(np.argsort(moved, kind="stable")) == list(np.argsort(places, kind="stable"))


def test_spread_leaves_what_is_apart():
    assert charts.spread([0, 3, 9], 1).tolist() == [0, 3, 9]


def test_spells_are_as_long_as_they_say():
    frame = pd.DataFrame(
        {
            "label": ["Armenia", "Armenia", "Uzbekistan", "Georgia"],
            "start": ["1992-05-15", "2024-02-22", "1999-04", "1980"],
            "end": [None, None, "2012-12-19", "1990"],
            "look": ["full", "hatched", "pale", "full"],
        }
    )
    ax = plt.figure().subplots()
    charts.spells(ax, frame, until="2026-02", since=1992)
    bars = [p for p in ax.patches if isinstance(p, Rectangle)]
    ends = [
        [str(num2date(x).date()) for x in (bar.get_x(), bar.get_x() + bar.get_width())]
        for bar in bars
    ]
    assert ends == [  # Georgia's was over before the first day shown
        ["1992-05-15", "2026-02-28"],
        ["2024-02-22", "2026-02-28"],
        ["1999-04-01", "2012-12-19"],
    ]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True, False]
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "Armenia",
        "Uzbekistan",
        "Georgia",
    ]
    assert says(bars[0]) == "Armenia: 15 May 1992 until now"
    assert says(bars[2]) == "Uzbekistan: April 1999 to 19 December 2012"


def test_names_of_lines_stand_clear_of_one_another_and_the_subject_is_the_accent():
    years = range(2000, 2026)
    frame = pd.concat(
        pd.DataFrame({"year": years, "n": np.linspace(50, end, 26), "who": who})
        for who, end in {"CSTO": 6, "SCO": 6.1, "CIS": 6.2, "NATO": 32, "GUAM": 5.9}.items()
    )
    ax = plt.figure().subplots()
    charts.lines(
        ax, frame, "year", "n", "who", accent=["CSTO"], names={"GUAM": "Georgia and others"}
    )
    covered = boxes(ax.texts)
    assert len(covered) == 5
    assert not any(a.overlaps(b) for a, b in combinations(covered, 2))
    inks = {says(line): to_hex(line.get_color()) for line in ax.lines}
    assert inks["CSTO"] == style.colour("CSTO") and inks["NATO"] == style.CONTEXT
    assert "Georgia and others" in inks


def test_a_line_without_values_is_left_out():
    frame = pd.DataFrame({"year": [1, 2], "n": [np.nan, np.nan], "who": "A"})
    ax = plt.figure().subplots()
    charts.lines(ax, frame, "year", "n", "who")
    assert not ax.lines and not ax.texts


def test_dots_stand_where_they_belong_with_the_first_on_top():
    frame = pd.DataFrame({"label": ["Belarus", "Kazakhstan"], "value": [80, 40.0]})
    frame["low"], frame["high"] = [70, 30], [90, 55]
    fig = plt.figure()
    ax = fig.subplots()
    charts.dots(ax, frame, accent=["Belarus"], reference=50, number="{:.0f}%")
    dots = {says(line): line for line in ax.lines if says(line)}
    assert [*dots] == ["Belarus: 80%", "Kazakhstan: 40%"]
    assert dots["Belarus: 80%"].get_xydata().tolist() == [[80, 0]]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [bar.get_segments()[0][:, 0].tolist() for bar in ax.collections] == [[70, 90], [30, 55]]
    assert dots["Belarus: 80%"].get_color() == style.ACCENT


def test_matrix_fills_the_cells_that_have_a_value():
    frame = pd.DataFrame(
        [
            ("r1", "c1", "yes", "y", False),
            ("r1", "c2", "no", None, True),
            ("r2", "c1", None, "?", False),
        ],
        columns=["row", "column", "value", "text", "hatched"],
    )
    ax = plt.figure().subplots()
    charts.matrix(ax, frame, {"yes": style.BLUE, "no": style.RED})
    cells = {says(box): box for box in ax.patches if says(box)}
    assert [*cells] == ["r1, c1: yes", "r1, c2: no"]
    assert cells["r1, c1: yes"].get_xy() == (0, 0) and cells["r1, c2: no"].get_xy() == (1, 0)
    assert to_hex(cells["r1, c2: no"].get_facecolor()) == style.RED
    assert cells["r1, c2: no"].get_hatch() and not cells["r1, c1: yes"].get_hatch()
    assert [text.get_text() for text in ax.texts] == ["y"]
    assert ax.get_ylim() == (2, 0)


def test_matrix_of_sizes_is_darker_where_more_is_and_its_text_can_be_read():
    frame = pd.DataFrame(
        {"row": "r", "column": list("abc"), "value": [0, 5, 10.0], "text": list("xyz")}
    )
    ax = plt.figure().subplots()
    charts.matrix(ax, frame, limits=(0, None))
    light = [np.mean(box.get_facecolor()[:3]) for box in ax.patches if says(box)]
    assert light[0] > light[1] > light[2]
    for box, text in zip((b for b in ax.patches if says(b)), ax.texts, strict=True):
        fill, ink = (
            np.mean(matplotlib.colors.to_rgb(c))
            for c in (box.get_facecolor()[:3], text.get_color())
        )
        assert abs(fill - ink) > 0.3


def test_names_beside_points_cover_neither_points_nor_names():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 10, (2, 12))
    ax = plt.figure(figsize=(5.2, 5)).subplots()
    ax.plot(x, y, "o")
    charts.name_points(ax, x, y, ["Kazakhstan", "", *["Armenia"] * 10])
    covered = boxes(ax.texts)
    assert len(covered) == 11
    assert not any(a.overlaps(b) for a, b in combinations(covered, 2))
    for point in ax.transData.transform(np.column_stack([x, y])):
        assert not any(box.contains(*point) for box in covered)


def test_network_names_each_node_once_clear_of_the_others():
    graph = nx.DiGraph(
        [(host, "RUS", {"colour": style.RED}) for host in "ARM BLR KAZ KGZ TJK SYR".split()]
    )
    graph.add_edge("SYR", "USA", dashed=True)
    ax = plt.figure(figsize=(5.2, 5)).subplots()
    pos = charts.network(ax, graph, accent=["RUS"], names={"RUS": "Russia"})
    assert set(pos) == set(graph)
    assert sorted(text.get_text() for text in ax.texts) == sorted(({*graph} - {"RUS"}) | {"Russia"})
    assert not any(a.overlaps(b) for a, b in combinations(boxes(ax.texts), 2))
    assert {"Russia: six ties", "SYR: two ties"} <= {says(line) for line in ax.lines}
    places = np.array([*pos.values()])
    gaps = np.linalg.norm(places[:, None] - places, axis=2)[np.triu_indices(len(pos), 1)]
    assert gaps.min() > 0.1 * gaps.max()  # nodes alike do not lie on one another
    again = charts.network(plt.figure().subplots(), graph)
    assert all(np.allclose(again[node], pos[node]) for node in graph)


# --- maps --------------------------------------------------------------------------------------
def test_projection_keeps_areas_and_distances_from_its_middle():
    """Equal-area: the determinant of the derivative is R squared times the cosine of the latitude.
    From the middle a place lies at 2 R sin(c / 2), c the angle between them (Snyder 1987)."""
    project, radius, step = charts.projection(45, 48), 6371.0088, 1e-5
    assert project(45, 48) == pytest.approx((0, 0))
    for lon, lat in [(45, 48), (20, 60), (90, 30), (-10, 70)]:
        east = np.subtract(project(lon + step, lat), project(lon - step, lat))
        north = np.subtract(project(lon, lat + step), project(lon, lat - step))
        area = np.linalg.det([east, north]) / (2 * np.radians(step)) ** 2
        assert area == pytest.approx(radius**2 * np.cos(np.radians(lat)), rel=1e-6)
    assert project(45, 78)[1] == pytest.approx(2 * radius * np.sin(np.radians(30) / 2))
    assert project(45, 78)[0] == pytest.approx(0, abs=1e-6)


def test_map_dashes_what_is_disputed_and_colours_no_state():
    outlines = csto.load_table("outlines")
    ax = plt.figure().subplots()
    project = charts.land_map(ax, outlines)
    borders, disputed = ax.collections
    x, y = project(outlines["lon"], outlines["lat"])
    ends = np.array([ax.get_xlim(), ax.get_ylim()])
    shown = outlines[(x > ends[0, 0]) & (x < ends[0, 1]) & (y > ends[1, 0]) & (y < ends[1, 1])]
    shown, every = (
        some.drop_duplicates("line_id")["kind"].value_counts() for some in (shown, outlines)
    )
    for drawn, kind in ((borders, "border"), (disputed, "disputed")):  # some only cross a corner
        assert shown[kind] <= len(drawn.get_segments()) <= every[kind]
    assert len(borders.get_segments()) < every["border"]
    assert borders.get_linestyle()[0][1] is None and disputed.get_linestyle()[0][1]
    ax.figure.canvas.draw()
    picture = np.asarray(ax.figure.canvas.buffer_rgba())
    seas = {(34, 43.5): "Black Sea", (51, 42): "Caspian, a hole in the land"}
    lands = {
        (37.6, 56): "Russia",
        (71, 50): "Kazakhstan",
        (34.2, 45.4): "Crimea",
        (31, 49): "Ukraine",
    }
    for place, name in (seas | lands).items():
        x, y = ax.transData.transform(project(*place)).round().astype(int)
        *ink, opaque = picture[-y, x]
        assert bool(opaque) == (place in lands), name
        assert not opaque or to_hex(np.array(ink) / 255) == style.LAND, name
    corner = project(15, 30)
    assert ax.get_xlim()[0] <= corner[0] + 1e-6 and ax.get_ylim()[0] <= corner[1] + 1e-6


def test_a_mark_says_in_which_years_it_is_there_and_whose_it_is():
    _, ax = plt.subplots()
    (dot,) = ax.plot(1, 1, "o")
    charts.says(dot, "Kant", [2003, 2005, 2004, 2010], ["Kyrgyzstan", "Russia"])
    assert dot.get_gid() == "title[2003-2005 2010][Kyrgyzstan; Russia]: Kant"
    charts.says(dot, "Kant", [])  # of no year: only while its state is chosen
    assert dot.get_gid() == "title[chosen][]: Kant"


def test_no_name_leaves_the_frame_or_covers_another_where_there_is_room():
    _, ax = plt.subplots()
    ax.set(xlim=(0, 10), ylim=(0, 10), xticks=[], yticks=[])
    places = np.array([[9.9, 5], [9.7, 5.4], [0.1, 5], [5, 9.9], [5, 0.1], [5.2, 0.6]])
    notes = charts.name_points(ax, *places.T, ["Kyrgyzstan"] * len(places))
    inside = ax.get_window_extent().padded(1)
    found = boxes(notes)
    assert all(inside.contains(*corner) for box in found for corner in box.corners())
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))


def test_names_of_points_in_one_row_stay_clear_and_those_far_off_have_a_line():
    """Nine scores of states, five of them alike in height: each name in turn found no way out."""
    _, ax = plt.subplots(figsize=(4.6, 4.4))
    ax.set(xlim=(-0.04, 1), ylim=(-2, 6), ylabel="Exits")
    x = [0.13, 0.175, 0.257, 0.283, 0.33, 0.222, 0.357, 0.458, 0.205]
    y = [0, 0.01, 0, 0.02, 0, 1.2, 3.4, 2, -1.4]
    names = ["Turkmenistan", "Uzbekistan", "Kazakhstan", "Belarus", "Russia"]
    names += ["Azerbaijan", "Kyrgyzstan", "Armenia", "Tajikistan"]
    notes = charts.name_points(ax, x, y, names)
    found, inside = boxes(notes), ax.get_window_extent().padded(1)
    assert all(inside.contains(*corner) for box in found for corner in box.corners())
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    up = [abs(note.xyann[1] + (note.xyann[1] < 0) * ax.xaxis.label.get_size()) for note in notes]
    assert [bool(note.arrow_patch) for note in notes] == [height > 8 for height in up]
    assert any(note.arrow_patch for note in notes)


def test_names_that_never_meet_may_stand_in_one_place_and_the_year_seen_first_is_the_best():
    _, ax = plt.subplots(figsize=(4, 1.2))
    ax.set(xlim=(0, 10), ylim=(0, 1), xticks=[], yticks=[])
    years = [[1990], [1990], [2020], [2020]]
    notes = charts.name_points(
        ax, [5, 5.6, 5, 5.6], [0.5] * 4, ["Czechoslovakia"] * 4, years=years, year=2020
    )
    assert [note.xyann for note in notes[:2]] == [note.xyann for note in notes[2:]]
    charts.says(far := ax.annotate("A", (5, 0.5), (5, 0.9), arrowprops={}), "", [1990], ["A"])
    assert far.get_gid() == far.arrow_patch.get_gid() == "title[1990][A]: "


def test_a_title_has_lines_alike_in_length():
    fig = plt.figure(figsize=(5.2, 3))
    charts.title(fig, "Three of nine members left the alliance on the same day in 1999")
    first, second = fig._suptitle.get_text().split("\n")
    assert abs(len(first) - len(second)) < 12
    for text in ("What is the CSTO?", "Exits", ""):
        charts.title(fig, text)
        assert fig._suptitle.get_text() == text
