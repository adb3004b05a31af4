"""The comparison of who is connected: every way in which the hub and the books can differ is found and named."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest

from guantong_plugins.demo.books.onsite import Worked
from guantong_plugins.demo.connected import compare_connected, told

WORKED = {"榕城区": Worked({"1", "2"}, {"3"}, Counter({"agent": 2, "": 1})), "揭东区": Worked()}
ANSWER: dict[str, Any] = {
    "counties": [
        {"name": "榕城区", "towns": {"total": 4, "connected": 2, "share": 0.5}, "cases": {"agent": 2, "": 1},
         "villages": {"total": 8, "connected": 1, "share": 0.125}},
        {"name": "揭东区", "towns": {"total": 4, "connected": 0, "share": 0}, "cases": {},
         "villages": {"total": 8, "connected": 0, "share": 0}},
    ],
    "towns": {"total": 8, "connected": 2}, "villages": {"total": 16, "connected": 1}, "unknown_codes": {},
}


def test_the_same_counts_shares_and_ways_agree() -> None:
    """And the whole city is summed up."""
    assert list(compare_connected(WORKED, ANSWER)) == []
    assert (told(ANSWER).sites, told(ANSWER).ways) == ({"towns": (2, 8), "villages": (1, 16)}, {"agent": 2, "": 1})


@pytest.mark.parametrize(("where", "what", "value"), [
    ("towns", "connected", 3), ("towns", "share", 0.25), ("villages", "total", 9), ("cases", "agent", 1), ("cases", "home", 1)])
def test_another_figure_is_named_with_its_county(where: str, what: str, value: float) -> None:
    """What was expected and what came."""
    answer = deepcopy(ANSWER)
    answer["counties"][0][where][what] = value
    (found,) = compare_connected(WORKED, answer)
    assert str(found) == f"榕城区 sites connected: {where}: expected {WORKED['榕城区'].as_told()[where]}, the hub tells {answer['counties'][0][where]}"


def test_a_missing_county_and_an_unknown_code_are_named() -> None:
    """Nobody is left out silently."""
    answer = {**ANSWER, "counties": ANSWER["counties"][1:], "unknown_codes": {"X9": 1}}
    found = [str(one) for one in compare_connected(WORKED, answer)]
    assert [one.split(":")[0] for one in found] == ["榕城区 sites connected"] * 3 + ["sites connected"]
    assert found[-1] == "sites connected: codes of no site: {'X9': 1}"
