"""Whoever brings records faster than the hub can take is held to its share; the others, and their order, are left alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.journey.world import apply, world

from guantong.journey.shares import BUSY, LATE, LEAST, RECENT, SPAN, Shares, watch_loop
from guantong.record import Acceptance

TIGHT, CALM = (2 * LATE, 0.9), (0.0, 0.2)


class Loop:
    """A made-up hub: what it is brought in each span, and how the loop was."""

    def __init__(self) -> None:
        self.now = 100.0
        self.shares = Shares(lambda: self.now)

    def bring(self, system: str, times: int) -> list[float]:
        """Seconds each of so many records at once has to wait."""
        return [max(0.0, self.shares.due(system, calls=system != "read") - self.now) for _ in range(times)]

    def look(self, how: tuple[float, float], **brought: int) -> None:
        for system, times in brought.items():
            self.bring(system, times)
        self.now += SPAN
        self.shares.look(*how, SPAN)

    def rate(self, system: str) -> float:
        """Records a second that it may bring; infinite where it is not held."""
        return self.shares.held.get(system, float("inf"))


def test_a_held_system_s_records_come_at_their_rate() -> None:
    loop = Loop()
    loop.look(TIGHT, flood=400, good=30)
    loop.now += 10
    assert loop.bring("flood", 4) == pytest.approx([0, 1 / 1600, 2 / 1600, 3 / 1600])
    assert loop.bring("good", 3) == [0, 0, 0]


def test_who_brings_most_is_held_to_less_and_less_while_the_loop_is_late() -> None:
    loop = Loop()
    with capture_logs() as logs:
        loop.look(TIGHT, flood=400, good=30)
        rates = [loop.rate("flood")]
        for _ in range(3):
            loop.look(TIGHT, flood=320, good=30)
            rates.append(loop.rate("flood"))
    assert rates == pytest.approx([1600, 1280, 1024, 875])
    assert loop.rate("good") == float("inf")
    assert [(one["event"], one["system"], one["rate"]) for one in logs] == [("shares.held", "flood", 1600)]


def test_nobody_is_held_to_less_than_an_equal_share() -> None:
    loop = Loop()
    for _ in range(50):
        loop.look(TIGHT, flood=400, good=200)
    assert loop.rate("flood") == pytest.approx(600 / SPAN / 2)
    quiet = Loop()
    for _ in range(50):
        quiet.look(TIGHT, flood=int(LEAST * SPAN) + 1, good=1)
    assert quiet.rate("flood") == pytest.approx(LEAST)


def test_once_the_loop_is_in_time_it_is_let_go_as_gradually() -> None:
    loop = Loop()
    loop.look(TIGHT, flood=400, good=30)
    loop.look(CALM, flood=320, good=30)
    assert loop.rate("flood") == pytest.approx(2000)
    loop.look(CALM, flood=10, good=30)  # it does not ask for more
    assert loop.rate("flood") == float("inf")


@pytest.mark.parametrize("how", [(2 * LATE, BUSY / 2), (LATE / 2, 0.9)])
def test_nobody_is_held_where_the_loop_is_late_by_others_or_not_late(how: tuple[float, float]) -> None:
    """Of a machine that others overload, holding anybody would not make more."""
    loop = Loop()
    loop.look(how, flood=400, good=30)
    assert loop.rate("flood") == float("inf")


def test_who_is_alone_is_not_held_and_let_go_once_it_is() -> None:
    loop = Loop()
    loop.look(TIGHT, flood=400)
    assert loop.rate("flood") == float("inf")
    loop.look(TIGHT, flood=400, good=1)
    assert loop.rate("flood") == pytest.approx(1600)
    for _ in range(RECENT + 1):
        loop.look(TIGHT, flood=400)
    assert loop.rate("flood") == float("inf")


def test_what_we_read_ourselves_is_never_held() -> None:
    """However much it brings: whoever calls us beside it may be."""
    loop = Loop()
    loop.look(TIGHT, read=900, good=30)
    assert loop.shares.held == {}
    loop.look(TIGHT, read=300, flood=800)
    assert loop.bring("read", 5) == [0] * 5
    assert loop.shares.held.keys() == {"flood"}


async def test_records_of_a_held_system_wait_in_their_order_and_none_is_turned_away(tmp_path: Path) -> None:
    """One after the other; another system's go ahead meanwhile."""
    async with world(tmp_path) as it:
        it.engine.shares.look(2 * LATE, 0.9, SPAN)
        for system, times in (("east.approval", 400), ("west.approval", 20)):
            for _ in range(times):
                it.engine.shares.due(system, calls=True)
        it.engine.shares.look(2 * LATE, 0.9, SPAN)
        held = [asyncio.ensure_future(it.tell("east.approval", apply(f"P{number}"))) for number in range(20)]
        other = await it.tell("west.approval", apply("Q1"))
        verdicts = await asyncio.gather(*held)
        assert {one.acceptance for one in (*verdicts, other)} == {Acceptance.ROUTED}
        numbers = [one.message for one in verdicts]
        assert numbers == sorted(numbers)
        assert other.message < numbers[-1]


async def test_the_loop_is_measured_and_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that stands still for longer than it may is late, by its own work."""
    seen: list[tuple[float, float, float]] = []
    shares = Shares()
    monkeypatch.setattr(shares, "look", lambda *how: seen.append(how))
    watching = asyncio.create_task(watch_loop(shares))
    until = asyncio.get_running_loop().time() + 5
    while not seen and asyncio.get_running_loop().time() < until:
        sum(range(400_000))
        await asyncio.sleep(0)
    watching.cancel()
    late, busy, lasted = seen[0]
    assert (late > 0, 0 < busy <= 1.05, lasted >= SPAN) == (True, True, True)
