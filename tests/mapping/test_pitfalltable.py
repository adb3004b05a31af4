"""docs/pitfalls.md: sixteen rows, and every test it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pitfalls.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)


def functions(file: str) -> set[str]:
    """The names of the test functions in a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_pitfall_has_its_row_and_a_test() -> None:
    """All sixteen, in order, each with at least one test."""
    rows = re.findall(r"^\| (\d+) \|.*$", PAGE, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 17)]
    assert all("::test_" in row for row in re.findall(r"^\| \d+ \|.*$", PAGE, re.MULTILINE))


def test_every_test_the_table_names_is_there() -> None:
    """No name is out of date, and no test named after a pitfall is missing from the table."""
    missing = [f"{file}::{name}" for file, name in NAMED if name not in functions(file)]
    here = {name for name in functions("tests/mapping/test_pitfalls.py") if name.startswith("test_pitfall_")}
    assert missing == []
    assert here == {name for file, name in NAMED if file.endswith("test_pitfalls.py")}
