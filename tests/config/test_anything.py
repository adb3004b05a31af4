"""Whatever stands in a file, loading ends with problems that have a place, never with an exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guantong.config import Loaded
from guantong.yamlfile import plain, read_yaml

Load = Callable[[], Loaded]

ODD: list[Any] = [None, "", "x", [], {}, [[]], {"a": {"b": []}}, "9" * 5000, "*", "\u0000"]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def _changed(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """The value with what stands at *path* replaced, or taken away when *odd* is None."""
    whole = copy.deepcopy(value)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    if odd is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = odd
    return whole


@pytest.mark.parametrize("name", [
    "guantong.yaml", "routes.yaml", "city.yaml", "profiles/wired.yaml", "counties/puning.yaml",
])
def test_no_value_anywhere_makes_loading_fail(name: str, loaded: Load, home: Path) -> None:
    """Each value of each file in turn is taken away or replaced by something odd: all of it is told."""
    file = home / "config" / name
    node, _ = read_yaml(file)
    assert node is not None
    right = plain(node)
    for index, path in enumerate(_paths(right)):
        odd = ODD[index % len(ODD)], ODD[(index * 3 + 1) % len(ODD)]
        for value in odd:
            file.write_text(json.dumps(_changed(right, path, value)), encoding="utf-8")
            result = loaded()
            wrong = [problem for problem in result.problems if problem.code.severity == "error"]
            assert (result.configuration is None) == bool(wrong), (path, value)
            for problem in result.problems:
                assert problem.line("en"), (path, value)
                assert problem.line("zh"), (path, value)
                assert json.dumps(problem.as_json()), (path, value)
                assert problem.place.file.startswith(("config/", "mappings/")), (path, value)
            assert all(problem.place.line for problem in wrong), (path, value)
            assert all(len(problem.line()) < 1000 for problem in wrong), (path, value)


@pytest.mark.parametrize("body", [
    b"", b"\xff\xfe", b"- a\n", b"just text", b"a: &x {b: *x}", b"a: [" * 2000, b"? [a]\n: b", b"\x00", b"!!python/x {}",
])
@pytest.mark.parametrize("name", ["guantong.yaml", "routes.yaml", "profiles/wired.yaml", "counties/puning.yaml"])
def test_no_file_makes_loading_fail(name: str, body: bytes, loaded: Load, home: Path) -> None:
    """Empty, binary, deep, aliased, of another shape: told as problems of that file."""
    (home / "config" / name).write_bytes(body)
    result = loaded()
    assert result.configuration is None
    assert f"config/{name}" in {problem.place.file for problem in result.problems}
