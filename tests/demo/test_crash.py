"""`kill -9` of the hub at any moment of the demo, then `guantong run` again: the books still agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from guantong.crash import STEPS, VARIABLE
from guantong_plugins.demo.director import Demo

pytestmark = pytest.mark.crash

CASES = 60
REACHED = [step for step in STEPS if not step.startswith(("rows:", "receipt:", "backfill:", "proof:", "retention:"))]
"""The demo has no record that waits for a code's row, and its receipts come when they come: tests/journey kills there
(test_rowsadded.py, test_receipts.py, test_backfill.py); at the steps of the proof and of retention tests/proof/test_kills.py does."""
KILLS = 6
FEW = {"poll:before-mark": 2, "accept:blobs-kept": 3}
"""How often at most a step is passed before the kill: rows come in batches, and few cases have attachments."""


@pytest.fixture
def play(tmp_path: Path, seed: int) -> Iterator[Demo]:
    with Demo(tmp_path, CASES, seed) as play:
        yield play


def _agrees(play: Demo, watch: Callable[[int, int], None]) -> None:
    play.begin()
    stalled = play.run_to_end(watch)
    report = play.conclude(stalled)
    assert [str(difference) for difference in report.comparison.all()] == []
    assert stalled == ""


@pytest.mark.parametrize("seed", [11, 12])
def test_the_hub_may_be_killed_at_any_moment(play: Demo, seed: int) -> None:
    """Six kills, each some effects after the last, and nothing is lost, doubled or out of order."""
    random = Random(seed)  # noqa: S311 -- the moments must repeat for a seed
    moments = sorted(random.sample(range(1, len(play.books.entries) // 2), KILLS))

    def _kill(made: int, _of: int) -> None:
        if moments and made >= moments[0]:  # looked at late, several in turn
            play.hub.child.kill()
            play.hub.child.start()
            del moments[0]

    play.set_stage()
    _agrees(play, _kill)
    assert moments == []


@pytest.mark.parametrize(("seed", "nth"), [(21, 1), (22, 13)])
def test_the_hub_may_die_at_every_durable_step(play: Demo, nth: int) -> None:
    """At each step that makes something durable, the hub dies the n-th time it gets there; then it goes on."""
    left = list(REACHED)
    died: list[str] = []

    def _restart_with_next(_made: int, _of: int) -> None:
        if left and not play.hub.child.running:
            died.append(left.pop(0))
            play.hub.child.start(_armed(left, nth))

    play.set_stage()
    play.hub.child.stop()
    play.hub.child.start(_armed(left, nth))
    _agrees(play, _restart_with_next)
    assert died == REACHED


def _armed(left: Sequence[str], nth: int) -> dict[str, str]:
    if not left:
        return {}
    return {VARIABLE: f"{left[0]}:{min(nth, FEW.get(left[0], nth))}"}
