"""Values for a notebook's parameters: right ones come through, wrong ones are refused in words."""

import nbformat
import pytest
from conftest import BUILT, ROOT
from hypothesis import given
from hypothesis import strategies as st

from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import Parameter
from cstoanalysis.run.parameters import read_parameters, resolve

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
        (["states="], "states is empty"),
        (["states=RUS,"], "states is empty"),
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


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path):
    path = tmp_path / "empty.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    with pytest.raises(ParameterError, match=r"empty\.ipynb has no parameters"):
        read_parameters(path)
