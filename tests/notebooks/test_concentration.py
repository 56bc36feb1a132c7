"""Concentration and gap in 02_military_capacity: textbook answers, and the tables worked out anew.

The expected values are computed here from the CSV files with plain pandas and by other formulas
than the notebook's: the Gini index as half the relative mean difference, groups one by one.
"""

import json
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

import cstoanalysis as csto

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "02_military_capacity.ipynb"
CODE = [c for c in nbformat.read(NOTEBOOK, as_version=4).cells if c.cell_type == "code"]
LEADERS = {"CSTO": "RUS", "NATO": "USA"}
SERIES = {
    "population": "population",
    "GDP, current US$": "gdp_current_usd",
    "GDP, PPP, 2021 int. $": "gdp_ppp_constant2021_usd",
    "surface area": "surface_area_km2",
    "military spending": "milex_current_usd",
    "personnel with paramilitary": "milper_with_paramilitary",
    "nuclear warheads": "nuclear_warheads",
}


@pytest.fixture
def run(monkeypatch):
    """Run the notebook's cells here, up to the first that defines a name; gives all names."""
    published = []
    for helper in ("show_table", "show_text", "cite_page"):
        monkeypatch.setattr(csto, helper, lambda *args, **_: published.append(args))
    monkeypatch.setattr(
        csto, "show_figure", lambda fig, *args, **_: published.append(args) or plt.close(fig)
    )

    def cells(until=None, **parameters):
        names = {"published": published}
        for cell in CODE:
            exec(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                assert set(parameters) <= set(names)
                names.update(parameters)
            if until in names:
                break
        return names

    with plt.rc_context():
        yield cells
    plt.close("all")


def define(name, **names):
    """One function of the notebook, without running the rest."""
    (cell,) = [cell for cell in CODE if f"def {name}(" in cell.source]
    names |= {"np": np, "pd": pd, "csto": csto}
    exec(cell.source, names)
    return names[name]


# --- textbook answers --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amounts", "top", "effective", "gini"),
    [
        ([1, 1, 1, 1], 1 / 4, 4, 0),  # equal shares: as many effective members as there are
        ([0, 0, 0, 1], 1, 1, 3 / 4),  # one has all: the largest Gini that four members allow
        ([1, 2, 3, 4], 4 / 10, 10 / 3, 1 / 4),  # Herfindahl 0.30
        ([1, 3], 3 / 4, 8 / 5, 1 / 4),  # Herfindahl 10/16
        # Seven firms with a Herfindahl index of 0.225, a textbook example; Gini as gini_of has it.
        ([30, 25, 25, 5, 5, 5, 5], 0.30, 1 / 0.225, 0.3857143),
        ([5], 1, 1, 0),
    ],
)
def test_concentration_on_textbook_examples(amounts, top, effective, gini):
    found = define("concentration")(pd.Series(amounts, dtype=float))
    assert (found["top"], found["effective"], found["gini"]) == pytest.approx(
        (top, effective, gini)
    )


def test_concentration_knows_leader_missing_and_nothing():
    concentration = define("concentration")
    found = concentration(pd.Series({"A": 1.0, "B": 3.0, "C": np.nan}), leader="A")
    assert (found["n"], found["total"], found["top"]) == (2, 4, 0.25)
    # Of 6 : 3 : 1, the leader has 6/10, and 6/7 once the weightiest other is left out.
    assert concentration(pd.Series([6.0, 3.0, 1.0]))["less one"] == pytest.approx(6 / 7)
    assert np.isnan(concentration(pd.Series([0.0, 0.0]))["gini"])
    assert np.isnan(concentration(pd.Series(dtype=float))["top"])


# --- the published tables, worked out anew -------------------------------------------------------
def read(name):
    """A table as plain pandas reads it."""
    return pd.read_csv(ROOT / "data" / f"{name}.csv", keep_default_na=False, na_values=[""])


def bound(organisation, year):
    """Members on the last day of a year, by comparing ISO dates as text."""
    spells = read("membership_spells").query("organisation == @organisation and status == 'member'")
    day = f"{year}-12-31"
    return sorted(spells[(spells["start"] <= day) & ~(spells["end"] <= day)]["iso3"])


def amounts_of(series, year, states):
    """Values of one series and year; no row of warheads means none."""
    rows = pd.concat([read("capacity"), read("personnel_iiss"), read("milex")])
    rows = rows[(rows["indicator"] == series) & (rows["year"] == year)]
    values = rows.set_index("iso3")["value"].reindex(states)
    return values.fillna(0) if series == "nuclear_warheads" else values.dropna()


def gini_of(amounts):
    """Half the mean absolute difference of all pairs, relative to the mean."""
    array = np.asarray(amounts, dtype=float)
    return np.abs(array[:, None] - array).mean() / (2 * array.mean())


@pytest.fixture(scope="module")
def page(pages):
    """The page made with the default parameters."""
    return BeautifulSoup((pages / "02_military_capacity.html").read_text("utf-8"), "html.parser")


def table_on(page, number):
    """One published table as a frame of texts, with the signs of a keyboard."""
    plain = str.maketrans("\N{NO-BREAK SPACE}\N{MINUS SIGN}", " -")
    rows = [
        [cell.get_text(strip=True).translate(plain) for cell in row(["th", "td"])]
        for row in page.find(id=f"table-{number}")("tr")
    ]
    return pd.DataFrame(rows[1:], columns=rows[0])


def number(text):
    return float(text.replace(",", ""))


def test_page_publishes_the_reference_shares(page):
    """Russia among the six parties in 2021: 74.8 % of the people, 86.0 % of GDP in current US$."""
    shares = table_on(page, 2).set_index("state").loc["Russia"]
    assert len(bound("CSTO", 2021)) == 6
    assert shares["population"] == "74.8"
    assert shares["GDP, current US$"] == "86.0"


def test_page_publishes_the_concentration_that_the_tables_give(page):
    published = table_on(page, 3)
    assert set(published["indicator"]) == set(SERIES)
    for row in published.to_dict("records"):
        year = 2020 if "paramilitary" in row["indicator"] else 2021  # the series ends in 2020
        members = bound(row["alliance"], 2021)
        amounts = amounts_of(SERIES[row["indicator"]], year, members)
        shares = amounts / amounts.sum()
        expected = {
            "n": len(amounts),
            "leader's share": shares[LEADERS[row["alliance"]]],
            "effective number": 1 / sum(share**2 for share in shares),
            "Gini": gini_of(amounts),
            "Gini : maximum": gini_of(amounts) / gini_of([0] * (len(amounts) - 1) + [1]),
        }
        for column, value in expected.items():
            assert number(row[column]) == pytest.approx(value, abs=6e-4), (row, column)


def test_page_compares_with_every_nato_group_of_the_same_size(page):
    published = table_on(page, 4).set_index("indicator").loc["population"]
    people = amounts_of("population", 2021, [*bound("NATO", 2021), *bound("CSTO", 2021)])
    allies = [s for s in bound("NATO", 2021) if s != "USA"]
    shares = [people["USA"] / (people["USA"] + sum(g)) for g in combinations(people[allies], 5)]
    own = people["RUS"] / people[bound("CSTO", 2021)].sum()
    assert number(published["groups"]) == len(shares) == 118_755  # 29 over 5
    assert number(published["median"]) == pytest.approx(np.median(shares), abs=6e-4)
    as_lopsided = sum(share >= own for share in shares) / len(shares)
    assert number(published["as lopsided"]) == pytest.approx(as_lopsided, abs=6e-4)


def test_page_publishes_the_gap_with_and_without_the_leavers(page):
    published = table_on(page, 6).set_index("indicator")
    for label in ["population", "GDP, current US$", "military spending"]:
        sums = {
            group: amounts_of(SERIES[label], 2021, states).sum()
            for group, states in {
                "bloc": bound("CSTO", 2021),
                "nato": bound("NATO", 2021),
                "back": ["AZE", "GEO", "UZB"],
            }.items()
        }
        row = published.loc[label]
        gap, with_leavers = sums["bloc"], sums["bloc"] + sums["back"]
        assert number(row["CSTO in % of NATO"]) == pytest.approx(100 * gap / sums["nato"], abs=0.06)
        expected = 100 * with_leavers / sums["nato"]
        assert number(row["with leavers"]) == pytest.approx(expected, abs=0.06)


def test_page_holds_the_articles_to_both_definitions(page):
    """Belarus "under 80,000": true of its 45,000 soldiers, false once paramilitaries count."""
    claims = table_on(page, 8).query("state == 'Belarus'").set_index("reference")
    assert claims.loc["personnel, active", "value"] == "45,000"
    assert claims.loc["personnel, active", "verdict"] == "true but loose"
    assert claims.loc["personnel with paramilitary", "value"] == "158,000"
    assert claims.loc["personnel with paramilitary", "verdict"] == "too low"
    assert claims.loc["population", "verdict"] == "within"


# --- parameters ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("claim", "reference", "qualifier", "expected"),
    [
        (110, 100, "exact", "within"),
        (111, 100, "exact", "too high"),
        (89, 100, "about", "too low"),
        (200, 100, "under", "true but loose"),
        (50, 100, "under", "too low"),
        (50, 100, "over", "true but loose"),
        (200, 100, "over", "too high"),
    ],
)
def test_verdict_reads_bounds_as_bounds(claim, reference, qualifier, expected):
    assert define("verdict", tolerance=0.1)(claim, reference, qualifier) == expected


@pytest.mark.parametrize(
    ("as_of", "definition", "year"),
    [
        (2010, "with_paramilitary", 2010),
        (2023, "with_paramilitary", 2020),  # the series ends in 2020
        (2024, "with_paramilitary", None),  # more than three years away
        (2023, "active", 2023),
        (2018, "active", 2020),  # the parsed editions begin in 2020
        (2010, "active", None),
    ],
)
def test_year_used_is_the_nearest_one_or_none_and_is_named(run, as_of, definition, year):
    names = run("dated", as_of=as_of, personnel_definition=definition)
    assert names["used"]["personnel"] == year
    label = names["LABELS"]["personnel"]
    assert (f"{label} of {year}, the nearest" in names["dated"]) == (year not in (as_of, None))
    assert (f"no value within 3 years: {label}" in names["dated"]) == (year is None)


@pytest.mark.parametrize(
    ("as_of", "exclude_leader"), [(1994, False), (2003, True), (2010, False), (2025, True)]
)
def test_shares_add_up_in_every_year(run, as_of, exclude_leader):
    names = run("measures", as_of=as_of, exclude_leader=exclude_leader)
    assert names["now"]["CSTO"] == bound("CSTO", as_of)
    assert names["now"]["NATO"] == bound("NATO", as_of)
    assert np.allclose(names["parts"].sum(), 100)
    measures = names["measures"].dropna(subset="n")
    assert (measures["effective"] <= measures["n"] + 1e-9).all()
    assert measures["gini"].between(0, 1 - 1 / measures["n"] + 1e-9).all()
    if exclude_leader:  # then the top is the largest
        assert (measures["top"] >= 1 / measures["n"] - 1e-9).all()


def test_page_of_2010_speaks_of_2010(run):
    """Seven parties then, Uzbekistan among them; no caption or sentence names the default year."""
    names = run(as_of=2010)
    assert len(names["now"]["CSTO"]) == 7
    assert names["added"] == ["AZE", "GEO"]
    texts = [a for args in names["published"] for a in args if isinstance(a, str)]
    assert sum("2010" in text for text in texts) > 10
    assert not [t for t in texts if "2021" in t.replace("PPP, 2021 int. $", "")]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"as_of": 1980}, "as_of = 1980 is out of range"),
        ({"start_year": 2022}, "start_year = 2022 is out of range"),
        ({"indicators": ["populaton"]}, "did you mean 'population'"),
        ({"personnel_definition": "reserve"}, "personnel_definition = 'reserve' is not known"),
        ({"exclude_leader": "maybe"}, "exclude_leader = 'maybe' is not known"),
        ({"tolerance": 5}, "tolerance = 5 is out of range"),
        ({"counterfactual_members": ["UZK"]}, "did you mean"),
    ],
)
def test_wrong_parameters_are_refused_in_words(run, parameters, message):
    with pytest.raises(ValueError, match=r"is not known|out of range") as error:
        run("spells", **parameters)
    assert message in str(error.value)


def test_a_restricted_file_of_the_user_is_one_more_row(run, monkeypatch, tmp_path):
    """The Correlates of War index is read where the user put it; -9 is their missing value."""
    states = csto.load_table("states").query("kind == 'state'").dropna(subset="ccode")
    members = {*bound("CSTO", 2016), *bound("NATO", 2016)}
    rows = states[states["iso3"].isin(members)][["ccode", "iso3"]].assign(year=2016, cinc=0.01)
    rows["cinc"] = rows["cinc"].mask(rows["iso3"] == "RUS", 0.05).mask(rows["iso3"] == "TJK", -9)
    (tmp_path / "restricted").mkdir()
    file = tmp_path / "restricted" / "NMC-60-abridged.csv"
    rows.drop(columns="iso3").to_csv(file, index=False)
    monkeypatch.setattr(csto, "data_dir", lambda: tmp_path)
    names = run("rereads", as_of=2016, indicators=["population"])
    row = names["rereads"].set_index("figure").loc["CINC (Correlates of War)"]
    assert (row["year"], row["CSTO n"]) == (2016, 5)
    assert row["CSTO leader, %"] == pytest.approx(100 * 0.05 / 0.09)


def test_without_a_restricted_file_it_does_without(run):
    names = run("rereads", as_of=2016, indicators=["population"])
    if not names["files"]:
        assert "CINC" not in json.dumps(names["rereads"]["figure"].tolist())
