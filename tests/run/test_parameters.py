"""Values for a notebook's parameters: right ones come through, wrong ones are refused in words."""

import json

import nbformat
import pytest
from conftest import BUILT, ROOT
from hypothesis import given
from hypothesis import strategies as st

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import with_values
from cstoanalysis.run.parameters import argument, checked, read_parameters, resolve
from cstoanalysis.run.signature import Parameter

NOTEBOOK = ROOT / "notebooks" / "03_bases_and_alignments.ipynb"
SAMPLE = {
    "as_of": Parameter("as_of", "str", "2026-02", ""),
    "seed": Parameter("seed", "int", 1, ""),
    "tolerance": Parameter("tolerance", "float", 0.1, ""),
    "exclude_leader": Parameter("exclude_leader", "bool", False, ""),
    "states": Parameter("states", "list", ["RUS"], ""),
    "years": Parameter("years", "list", [2010], ""),
}


@pytest.mark.parametrize("path", BUILT, ids=lambda p: p.stem)
def test_every_line_of_a_parameters_cell_is_read(path):
    cells = nbformat.read(path, as_version=4).cells
    source = next(c.source for c in cells if "parameters" in c.metadata.get("tags", []))
    space = {}
    exec(source, space)
    found = read_parameters(path)
    wanted = {name: space[name] for name in space["__annotations__"]}
    assert {name: p.default for name, p in found.items()} == wanted
    assert {name: p.type for name, p in found.items()} == {
        name: kind.__name__ for name, kind in space["__annotations__"].items()
    }
    assert all(p.help for p in found.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("as_of=2010", "2010"),
        ("as_of=1999-04", "1999-04"),
        ("seed=7", 7),
        ("seed=-1", -1),
        ("tolerance=1", 1.0),
        ("tolerance=.25", 0.25),
        ("exclude_leader=True", True),
        ("exclude_leader=false", False),
        ("states=NO,SE", ["NO", "SE"]),  # in YAML, NO would be False
        ("states=NOR", ["NOR"]),
        ("years=1999, 2004", [1999, 2004]),
        ("as_of=a=b", "a=b"),
    ],
)
def test_a_right_value_comes_through_with_its_type(text, value):
    ((found),) = resolve(SAMPLE, (text,)).values()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["asof=2010"], "Did you mean as_of?"),
        (["nothing=1"], "Parameters: as_of, seed"),
        (["seed"], "write name=value"),
        (["seed=1", "seed=2"], "given twice"),
        (["seed=soon"], "seed = 'soon' is not of type int"),
        (["seed=1.5"], "type int"),
        (["seed="], "seed is empty"),
        (["tolerance=nan"], "type float"),
        (["tolerance=inf"], "type float"),
        (["exclude_leader=yes"], "true or false"),
        (["states=RUS,"], "has an item that is empty"),
        (["states=[RUS"], "is no list that can be read"),
        (["states=RUS,RUS"], "names 'RUS' twice"),
        (["years=1999,soon"], "years = 'soon' is not of type int"),
        (["as_of=2010\n2011"], "control character"),
        (["seed=" + "9" * 5000], "…"),
    ],
)
def test_a_wrong_one_is_refused_in_one_sentence(texts, words):
    with pytest.raises(ParameterError) as error:
        resolve(SAMPLE, tuple(texts))
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@given(st.sampled_from(sorted(SAMPLE)), st.text(max_size=40))
def test_any_text_gives_a_value_of_the_type_or_a_sentence(name, text):
    try:
        (value,) = resolve(SAMPLE, (f"{name}={text}",)).values()
    except ParameterError as error:
        assert name in str(error)
        assert "\n" not in str(error)
    else:
        assert type(value).__name__ == SAMPLE[name].type


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=20))
def test_any_other_name_is_refused(name):
    if name not in SAMPLE:
        with pytest.raises(ParameterError, match="There is no parameter"):
            resolve(SAMPLE, (f"{name}=1",))


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ParameterError) as error:
        resolve(SAMPLE, ("asof=2010", "seed=soon", "tolerance=x", "nothing=1", "years=1999"))
    for words in ("'asof'. Did you mean as_of?", "'nothing'", "seed = 'soon'", "tolerance = 'x'"):
        assert words in str(error.value)
    assert str(error.value).count("Parameters:") == 1


def written(tmp_path, source: str):
    """A notebook with a cell of parameters, in a file."""
    path = tmp_path / "n.ipynb"
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell] if source else []), path)
    return path


def test_a_notebook_without_a_parameters_cell_takes_none(tmp_path):
    assert read_parameters(written(tmp_path, "")) == {}
    with pytest.raises(ParameterError, match=r"no parameter 'x'\. Parameters: none"):
        resolve({}, ("x=1",))


EVERY_SORT = """\
%matplotlib inline
from typing import Any, Literal, Optional, Union
import pathlib
nothing = None  # may be given
maybe: Optional[int] = None
either: Union[int, str] = 3
modern: "list[int] | None" = None
pair: tuple = (1, 2)
table: dict = {"a": 1}
product = 10**6  # an expression
folder: pathlib.Path = pathlib.Path(".")
grades: list[float] = []
letters: Literal["a", "b"] = "a"; last = {1, 2}
files = !ls
one = other = 2
plain: str = "x\""""


@pytest.fixture
def every_sort(tmp_path):
    return read_parameters(written(tmp_path, EVERY_SORT))


def test_parameters_of_every_sort_are_read(every_sort):
    shown = {name: (p.type, repr(p.default)) for name, p in every_sort.items()}
    assert shown == {
        "nothing": ("any", "None"),
        "maybe": ("Optional[int]", "None"),
        "either": ("Union[int, str]", "3"),
        "modern": ("list[int] | None", "None"),
        "pair": ("tuple", "(1, 2)"),
        "table": ("dict", "{'a': 1}"),
        "product": ("any", "10 ** 6"),
        "folder": ("pathlib.Path", "pathlib.Path('.')"),
        "grades": ("list[float]", "[]"),
        "letters": ("Literal['a', 'b']", "'a'"),
        "last": ("set", "{1, 2}"),
        "one": ("int", "2"),
        "other": ("int", "2"),
        "plain": ("str", "'x'"),
    }
    assert every_sort["nothing"].help == "may be given"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("nothing=5", 5),
        ("nothing=RUS", "RUS"),
        ("nothing=null", None),
        ("nothing=10:30", "10:30"),
        ("nothing=[1, 2]", [1, 2]),
        ("maybe=null", None),
        ("maybe=7", 7),
        ("either=7", 7),
        ("either=seven", "seven"),
        ("modern=1,2", [1, 2]),
        ("modern=null", None),
        ("pair=3,4", (3, 4)),
        ('table={"b": [1, null, true]}', {"b": [1, None, True]}),
        ("table={'b': 2.5}", {"b": 2.5}),
        ("product=7", 7),
        ("grades=1,2.5", [1.0, 2.5]),
        ("grades=", []),
        ("grades=[]", []),
        ("plain=", ""),
        ("plain=null", "null"),
        ("plain=10:30", "10:30"),
        ("plain=a\u00a0b", "a\u00a0b"),  # no-break space
        ("plain=👩\u200d🚀", "👩\u200d🚀"),  # joined by U+200D
        ("plain=می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_literal_of_the_type_can_be_given(every_sort, text, value):
    """It comes through, can be written as code, and a page can say how it was given."""
    name, _, _ = text.partition("=")
    found = resolve(every_sort, (text,))
    assert found == {name: value} and type(found[name]) is type(value)
    code = with_values(nbformat.v4.new_notebook(), found)["cells"][0]["source"]
    space = {}
    exec(code, space)
    assert space[name] == value and type(space[name]) is type(value)
    assert checked(every_sort, json.loads(json.dumps(found))) == found
    if not isinstance(value, dict):
        assert resolve(every_sort, (f"{name}={argument(value)}",)) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("folder=data", "folder is of type pathlib.Path: it can only keep its default"),
        ("last=1", "last is of type set: it can only keep its default"),
        ("files=a", "There is no parameter 'files'"),
        ("maybe=soon", "maybe = 'soon' is not of type Optional[int]"),
        ("maybe=", "maybe is empty"),
        ("table=3", "table = '3' is not of type dict"),
        ("table={1: 2}", "is not of type dict"),
        ("pair=(1, x)", "is no list that can be read"),
        ("plain=a\u202eb", "holds a control character"),
        ("plain=a\nb", "holds a control character"),
        ("nothing=" + "(" * 5000, "nothing"),
    ],
)
def test_what_cannot_be_given_is_refused_in_words(every_sort, text, words):
    if text.endswith("("):  # too deep for a literal: a text
        assert resolve(every_sort, (text,))["nothing"].startswith("((((")
        return
    with pytest.raises(ParameterError) as error:
        resolve(every_sort, (text,))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "values"),
    [
        ("a.json", '{\n\t"plain":\t"null"}', {"plain": "null"}),
        ("a.json", '{"maybe": null, "nothing": "5"}', {"maybe": None, "nothing": "5"}),
        (
            "a.json",
            '\ufeff{"either": 5, "table": {"a": {"b": 1.5}}}',
            {"either": 5, "table": {"a": {"b": 1.5}}},
        ),
        (
            "a.yml",
            "maybe: null\nnothing: '5'\nplain: \"null\"",
            {"maybe": None, "nothing": "5", "plain": "null"},
        ),
        (
            "a.yml",
            "maybe: ~\nplain: 10:30\ngrades: []",
            {"maybe": None, "plain": "10:30", "grades": []},
        ),
        (
            "a.yml",
            "plain: ''\npair: [5, 6]\ntable: {a: 1, b: x}",
            {"plain": "", "pair": (5, 6), "table": {"a": 1, "b": "x"}},
        ),
    ],
)
def test_files_are_read_as_their_formats_say(every_sort, tmp_path, name, content, values):
    (tmp_path / name).write_text(content, "utf-8")
    assert resolve(every_sort, (), tmp_path / name) == values


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plain: null", "plain = None is not of type str"),
        ('{"pair": [1, 1]}', "pair names 1 twice"),
        ('{"plain": 1, "plain": 2}', "names 'plain' twice"),
        ("plain: &a [*a]", "cannot be read"),
        ('{"grades": [NaN]}', "grades = 'NaN' is not of type float"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_words(every_sort, tmp_path, content, words):
    (tmp_path / "a.yml").write_text(content, "utf-8")
    with pytest.raises(ParameterError) as error:
        resolve(every_sort, (), tmp_path / "a.yml")
    assert words in str(error.value)
