"""Catch-up: how fast deliveries come and go, and when a backlog will be gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.journey.world import HALL, step, world

from guantong.journey.flow import ENOUGH, SPAN, Flow, Rates
from guantong.operations import Act
from guantong.operations.figures import queue_figures
from guantong.operations.forecast import forecast


class Clock:
    """Seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_rates_are_those_of_the_last_minutes() -> None:
    """Nothing is told before enough was seen; then what is older than the span is forgotten."""
    clock = Clock()
    flow = Flow(clock)
    for _ in range(60):
        flow.came()
        flow.came()
        flow.went()
    clock.now += ENOUGH - 1
    assert flow.rates() is None
    clock.now += 31
    assert flow.rates() == Rates(2.0, 1.0, 60.0)
    clock.now += SPAN
    assert flow.rates() == Rates(0.0, 0.0, SPAN)
    for _ in range(30):
        flow.went()
    assert flow.rates() == Rates(0.0, 0.1, SPAN)


@pytest.mark.parametrize(("depth", "held", "rates", "verdict", "seconds"), [
    (0, False, Rates(1.0, 0.0, 60.0), "empty", None), (600, True, Rates(0.0, 9.0, 60.0), "held", None),
    (600, False, None, "unknown", None), (600, False, Rates(1.0, 1.0, 60.0), "never", None),
    (600, False, Rates(0.0, 0.0, 60.0), "never", None), (600, False, Rates(1.0, 4.0, 60.0), "empties", 200.0),
])
def test_a_backlog_is_gone_when_more_goes_than_comes(depth: int, held: bool, rates: Rates | None, verdict: str,
                                                     seconds: float | None) -> None:
    """At the difference of the rates; never where no more goes than comes; the dead are no part of it."""
    figures = {"waiting": depth, "blocked": 0, "sending": 0, "retrying": 0, "dead": 7, "held": held}
    told = forecast(figures, rates)
    assert (told["depth"], told["verdict"], told["seconds"]) == (depth, verdict, seconds)


@pytest.mark.parametrize(("waiting", "blocked", "set_aside", "rates", "verdict", "depth"), [
    (30, 0, 30, Rates(1.0, 1.0, 60.0), "empty", 0), (30, 12, 30, Rates(1.0, 0.5, 60.0), "waits", 12),
    (630, 0, 30, Rates(1.0, 4.0, 60.0), "empties", 600), (31, 0, 30, Rates(1.0, 0.5, 60.0), "never", 1),
])
def test_what_waits_for_a_number_is_no_backlog_of_its_target(waiting: int, blocked: int, set_aside: int, rates: Rates, verdict: str,
                                                             depth: int) -> None:
    """Nor is what is behind it: the target is not slow."""
    figures = {"waiting": waiting, "blocked": blocked, "sending": 0, "retrying": 0, "held": False}
    told = forecast(figures, rates, set_aside)
    assert (told["depth"], told["verdict"]) == (depth, verdict)


async def test_what_comes_and_goes_is_counted_where_it_happens(tmp_path: Path) -> None:
    """Each delivery made counts as come and each concluded as gone; what is held comes and does not go."""
    async with world(tmp_path) as it:
        clock = Clock()
        for system in (HALL, "city.watch"):
            it.engine.lines._flows[system] = Flow(clock)
        await it.act(Act.HOLD, "city.watch", why="x")
        for number in range(30):
            await it.tell("east.approval", step("1", f"P{number}"))
        await it.quiet()
        clock.now += 60
        rates = it.engine.lines.rates()
        assert (rates[HALL], rates["city.watch"]) == (Rates(0.5, 0.5, 60.0), Rates(0.5, 0.0, 60.0))
        figures = queue_figures(it.reader, it.engine.configuration, {}, it.clock.now, rates)["systems"]
        assert [(figures[name]["forecast"]["depth"], figures[name]["forecast"]["verdict"]) for name in (HALL, "city.watch")] == [
            (0, "empty"), (30, "held")]
        assert figures["city.watch"]["forecast"]["came_per_minute"] == 30.0
