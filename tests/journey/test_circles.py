"""Systems that tell one another's events as their own are stopped; honest ones, however busy, are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.journey.home import FILES
from tests.journey.world import HALL, World, apply, step, world

from guantong.journey.states import MessageState
from guantong.operations import Act
from guantong.operations.tracing import trace_of
from guantong.record import Acceptance
from guantong.store import FindingFilter

COUNTY = "east.approval"
BACK = '  - {name: back, events: "case.*", from: {role: hall}, to: {role: county, by: region}}\n'
LIMITS = "hub: {name: 试验, listen: 127.0.0.1:0, loops: {hops: 3, turns: 6, within: 1d}}\n"
ROUTES = "config/routes.yaml"


@asynccontextmanager
async def round_world(home: Path, limits: str = LIMITS) -> AsyncIterator[World]:
    """A hall that hears of the county's steps, and whose steps the county hears of."""
    async with world(home, files={ROUTES: FILES[ROUTES] + BACK, "config/guantong.yaml": limits}) as it:
        yield it


async def _circle(it: World, times: int, *, code: str = "1", again: bool = False) -> list[Acceptance]:
    """The county tells a step, the hall tells back what it was sent, and so on, as long as anything is; each pass is a new
    version, or *again* a new step."""
    heard = []
    for number in range(times):
        system = HALL if number % 2 else COUNTY
        name = f"{code}-{number}" if again else code
        heard.append((await it.tell(system, step(name, "P1", ver=number + 1, region="445202"))).acceptance)
        if heard[-1] is Acceptance.PARKED:
            break  # nobody is sent it, so nobody tells it back
        await it.quiet()
        await it.later(1)
    return heard


async def test_the_very_same_event_comes_round_so_often_and_no_oftener(tmp_path: Path) -> None:
    """What is beyond is parked with its way; one finding says so, and the case's trace; nobody else's case is touched."""
    async with round_world(tmp_path) as it:
        heard = await _circle(it, 8)
        assert heard == [Acceptance.ROUTED] * 4 + [Acceptance.PARKED]
        parked = it.reader.message(5)
        assert parked is not None
        assert (parked.state, parked.code) == (MessageState.PARKED, "GT970")
        assert "C1 的 case.step 第 4 次转回（east.approval → city.hall → east.approval → city.hall → east.approval），最多放行 3 次" in parked.reason
        (finding,) = it.reader.findings(FindingFilter())
        assert (finding.kind, finding.subject, finding.identity, finding.system, finding.message) == ("in_circles", 1, "case.step", COUNTY, 5)
        assert "finding" in it.journal("P1")
        assert (await it.tell(COUNTY, step("1", "P2"))).acceptance is Acceptance.ROUTED
        assert (await it.tell(COUNTY, apply("P1", title="y", region="445202"))).acceptance is Acceptance.ROUTED, "another event goes on"
        assert trace_of(it.reader, "M5")[0]["journal"][0]["detail"] == {"problems": ["GT970"]}


async def test_a_circle_whose_events_differ_each_time_is_stopped_by_its_rate(tmp_path: Path) -> None:
    """Each pass is a step of its own; seven turns within a day are one too many, and slower ones are let through."""
    async with round_world(tmp_path) as it:
        heard = await _circle(it, 10, again=True)
        assert heard == [Acceptance.ROUTED] * 7 + [Acceptance.PARKED]
        row = it.reader.message(8)
        assert row is not None
        assert (row.code, "24 小时内往返 7 次" in row.reason) == ("GT971", True)
    async with round_world(tmp_path / "slow") as it:
        for number in range(20):
            told = await it.tell(HALL if number % 2 else COUNTY, step(str(number), "P1", region="445202"))
            assert told.acceptance is Acceptance.ROUTED
            await it.later(5 * 3600)


async def test_honest_systems_that_hear_of_each_other_are_never_stopped(tmp_path: Path) -> None:
    """A county that tells a hundred steps at once, corrects each, and is told some by the hall in between: few turns."""
    async with round_world(tmp_path) as it:
        for turn in range(3):
            for number in range(30):
                for version in (1, 2):
                    told = await it.tell(COUNTY, step(f"{turn}-{number}", "P1", ver=version, title=f"{version}", region="445202"))
                    assert told.acceptance is Acceptance.ROUTED
            await it.quiet()
            for number in range(5):
                assert (await it.tell(HALL, step(f"h{turn}-{number}", "P1", region="445202"))).acceptance is Acceptance.ROUTED
            await it.quiet()
        assert it.reader.findings(FindingFilter()) == []


async def test_by_default_nothing_honest_comes_near(tmp_path: Path) -> None:
    """Eight passes of one event, forty turns a day: a tight circle is stopped after its ninth."""
    async with round_world(tmp_path, "hub: {name: 试验, listen: 127.0.0.1:0}\n") as it:
        heard = await _circle(it, 12)
        assert heard == [Acceptance.ROUTED] * 9 + [Acceptance.PARKED]


async def test_an_operator_lets_one_through_or_breaks_the_circle(tmp_path: Path) -> None:
    """A replay lets that one event go on. Settling the finding begins the count anew: what comes then is carried."""
    async with round_world(tmp_path) as it:
        await _circle(it, 6)
        (done,) = await it.act(Act.REPLAY, "M5", why="已核实")
        assert (done.problem, done.state) == (None, "routed")
        await it.quiet()
        assert (await it.tell(HALL, step("1", "P1", ver=20, region="445202"))).acceptance is Acceptance.PARKED
        await it.act(Act.SETTLE, "F1", why="主厅已停止回报")
        await it.later(1)
        assert [(await it.tell(COUNTY if number % 2 else HALL, step("1", "P1", ver=30 + number, region="445202"))).acceptance
                for number in range(3)] == [Acceptance.ROUTED] * 3
        await it.quiet()


async def test_the_same_bytes_again_are_a_duplicate_of_what_is_parked(tmp_path: Path) -> None:
    """A source that was not answered tells again: it waits once."""
    async with round_world(tmp_path) as it:
        await _circle(it, 5)
        again = await it.tell(COUNTY, step("1", "P1", ver=5, region="445202"))
        assert again.acceptance is Acceptance.DUPLICATE


async def test_where_no_route_leads_back_nothing_is_looked_at(tmp_path: Path) -> None:
    """A county whose steps go to the hall alone may tell as many as it likes: no question is asked for it."""
    async with world(tmp_path) as it:
        assert not it.engine.router.may_circle(COUNTY, "case.step")
        assert it.engine.router.may_circle(COUNTY, "case.application"), "the portal's are led there"
