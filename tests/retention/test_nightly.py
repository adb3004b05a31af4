"""The quiet run every night."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.retention.keeping import DAY, SHORT, keeping, sizes, whole_case

from guantong.clock import shown
from guantong.retention.nightly import LONGEST, next_at, prune_nightly
from guantong.retention.pruning import Pruner
from guantong.store import StoreFailed


@pytest.mark.parametrize(("now", "then"), [
    (1_405_391_400_000, "2014-07-16 02:30:00"), (1_405_448_999_000, "2014-07-16 02:30:00"), (1_405_449_000_000, "2014-07-17 02:30:00"),
])
def test_the_next_night_is_the_next_time_it_is_that_hour_in_shanghai(now: int, then: str) -> None:
    """At that very moment it is the next day's."""
    assert shown(next_at(now, "02:30")) == then


async def test_every_night_what_is_due_goes_and_a_night_that_fails_is_followed_by_the_next(tmp_path: Path) -> None:
    """It looks at the clock at least every ten minutes, and prunes once when the hour has come; a store that cannot write is logged."""
    async with keeping(tmp_path, retention=SHORT.replace("never", '"02:30"')) as it:
        case = await whole_case(it, "P1")
        it.clock.now += int(200.5 * DAY * 1000)
        slept: list[float] = []
        ran: list[str] = []
        pruner = Pruner(it.engine)
        run = pruner.run

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            it.clock.now += int(seconds * 1000)
            await asyncio.sleep(0)

        async def runs(actor: str, seconds: float | None = None) -> object:
            ran.append(shown(it.clock.now))
            if len(ran) == 1:
                raise StoreFailed("the disk is full")
            done = await run(actor, seconds)
            task.cancel()
            return done

        pruner.run = runs  # type: ignore[method-assign, assignment]  # tells when it ran
        with capture_logs() as logged:
            task = asyncio.create_task(prune_nightly(it.engine, pruner, sleep))
            with suppress(asyncio.CancelledError):
                await task
        assert [one[-8:] for one in ran] == ["02:30:00", "02:30:00"]
        assert max(slept) == LONGEST
        assert sizes(it, case) == [0, 0]
        assert [one["event"] for one in logged] == ["retention.failed", "retention.pruned"]
        assert it.reader.journal_of(case)[-1].actor == "hub"


async def test_where_it_is_never_to_be_it_is_not(tmp_path: Path) -> None:
    """`at: never` leaves it to the command."""
    async with keeping(tmp_path) as it:
        await prune_nightly(it.engine, Pruner(it.engine))
