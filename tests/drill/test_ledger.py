"""The books of a drill find what is lost, done twice or out of order; a drill that could not fail would prove nothing."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from guantong_plugins.drill.campaign import FULL, MOMENT, STEPS, Plan
from guantong_plugins.drill.ledger import Ledger, Step, Verdict, judge

ONE = [Step("C1", code) for code in range(1, 5)]
TWO = [Step("C2", code) for code in range(1, 5)]


def books(repeats: list[Step], asked: list[Step]) -> Ledger:
    """All steps of both cases were taken; these took effect."""
    return Ledger(set(ONE + TWO), {"repeats": repeats, "asked": asked})


@pytest.mark.parametrize(("repeats", "asked", "said"), [
    (ONE + TWO, TWO + ONE, (0, 0, 0)),
    ([one for pair in zip(ONE, TWO, strict=True) for one in pair], ONE + TWO, (0, 0, 0)),
    (ONE + TWO[:3], ONE + TWO, (1, 0, 0)),
    (ONE, [], (4 + 8, 0, 0)),
    (ONE + TWO, ONE + TWO + TWO[3:], (0, 1, 0)),
    (ONE + ONE[:1] + TWO, ONE + TWO, (0, 1, 0)),
    ([ONE[1], ONE[0], *ONE[2:], *TWO], ONE + TWO, (0, 0, 1)),
    ([*reversed(ONE), *TWO], ONE + TWO, (0, 0, 3)),
    (ONE[1:] + TWO, ONE + TWO, (1, 0, 0)),
])
def test_the_books_are_compared_step_by_step(repeats: list[Step], asked: list[Step], said: tuple[int, int, int]) -> None:
    """Lost, doubled, out of order, at either target; cases may overtake one another, steps of a case may not."""
    found = judge(books(repeats, asked))
    assert found == Verdict(8, *said)
    assert found.good is (said == (0, 0, 0))


def test_what_was_never_taken_is_nobodys_loss() -> None:
    """A step that took effect although its sender was not told so yet is neither lost nor doubled."""
    assert judge(Ledger(set(), {"repeats": ONE, "asked": []})) == Verdict(0, 0, 0, 0)


def test_the_books_are_complete_when_everything_taken_arrived_everywhere() -> None:
    """Until then the drill waits."""
    assert not books(ONE + TWO, ONE + TWO[:3]).complete()
    assert books(ONE + TWO, TWO + ONE).complete()


def test_the_books_are_kept_for_who_looks_into_them(tmp_path: Path) -> None:
    """A line for each step taken and each effect, in their order."""
    Ledger({Step("C1", 1)}, {"repeats": [Step("C1", 1)], "asked": []}).write(tmp_path / "books")
    assert [orjson.loads(line) for line in (tmp_path / "books").read_bytes().splitlines()] == [
        {"taken": ["C1", 1]}, {"target": "repeats", "effect": ["C1", 1]}]


def test_a_plan_kills_at_every_durable_step_at_any_moment_and_on_a_full_disk() -> None:
    """A store that is no file of ours is spared the full disk."""
    kinds = Plan(40, 1, {"use": "sqlite"}).kinds()
    assert set(kinds) == {*STEPS, MOMENT, FULL}
    assert len(kinds) == 40
    assert FULL not in Plan(40, 1, {"use": "postgresql"}).kinds()
