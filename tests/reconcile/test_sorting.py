"""Rows side by side by their keys, whatever their number and order."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.reconcile.sorting import Sorter, Spool, together

KEYS = st.text(alphabet="09af~\x1f䶮z", max_size=4)
SIDES = st.lists(st.lists(st.tuples(KEYS, st.integers(0, 9)), max_size=40), min_size=1, max_size=4)


@given(sides=SIDES, at_once=st.integers(1, 50), most=st.integers(2, 9))
def test_every_row_of_every_side_comes_once_under_its_key_in_order(sides: list[list[tuple[str, int]]], at_once: int, most: int) -> None:
    """However many parts were written out; rows of one key in the order they came."""
    expected: dict[str, list[list[list[int]]]] = defaultdict(lambda: [[] for _ in sides])
    with tempfile.TemporaryDirectory() as folder:
        sorters = []
        for number, rows in enumerate(sides):
            sorter = Sorter(Path(folder), f"side-{number}", at_once, most)
            for key, value in rows:
                sorter.add(key, [value])
                expected[key][number].append([value])
            sorters.append(sorter)
        found = list(together(sorters))
        assert [key for key, _ in found] == sorted(expected)
        assert dict(found) == dict(expected)
        assert list(together(sorters)) == found, "it can be read again"


def test_no_more_rows_are_held_than_one_part_has(tmp_path: Path) -> None:
    """A part is written out as soon as it is full."""
    sorter = Sorter(tmp_path, "part", 10, 5)
    parts = []
    for number in range(95):
        sorter.add(f"{number * 7919 % 97:02}", [number])
        parts.append(len(list(tmp_path.iterdir())))
    assert parts[9::10] == [1, 2, 3, 4, 1, 2, 3, 4, 1], "and never more files than may be open"
    assert [one.key for one in sorter] == sorted(f"{number * 7919 % 97:02}" for number in range(95))


def test_a_spool_gives_back_what_was_put_in_and_leaves_nothing(tmp_path: Path) -> None:
    """Also while more is put in; of the same name there is one."""
    spool = Spool(tmp_path / "rows")
    spool.add(["䶮", None, 1])
    assert list(spool) == [["䶮", None, 1]]
    spool.add([["a", "b"]])
    assert (list(spool)[1], spool.count) == ([["a", "b"]], 2)
    with pytest.raises(FileExistsError):
        Spool(tmp_path / "rows")
    spool.close()
    assert list(tmp_path.iterdir()) == []
