"""What the notebooks share stands in the front room: no function twice, no colour retyped."""

import ast
import re
from collections import defaultdict

import nbformat
from conftest import BUILT

from cstoanalysis import style

CODE = {
    path.stem: [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    for path in BUILT
}


def test_no_function_is_written_in_two_notebooks():
    homes = defaultdict(set)
    for stem, cells in CODE.items():
        for source in cells:
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef):
                    homes[node.name].add(stem)
    assert not {name: stems for name, stems in homes.items() if len(stems) > 1}


def test_colours_of_the_house_style_go_by_their_names():
    house = {value for value in vars(style).values() if isinstance(value, str)}
    for stem, cells in CODE.items():
        typed = {ink for source in cells for ink in re.findall("#[0-9a-fA-F]{6}", source)}
        assert not typed & house, stem
