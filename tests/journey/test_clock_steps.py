"""Somebody sets the clock while the hub works: nothing changes order, nothing is given up, nothing waits a day."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.journey.home import FILES
from tests.journey.played import Act, Played
from tests.journey.test_receipts import ASKED, Judging, findings, look
from tests.journey.world import HALL, D, World, apply, only, step, world
from tests.stores import servers

from guantong.journey.sweeping import sweep
from guantong.operations import Act as Word
from guantong.record import Outgoing
from guantong.retention.nightly import prune_nightly
from guantong.retention.pruning import Pruner

DAY = 86_400.0
STEPS = (DAY, -DAY, 1.0, -1.0)
EAST = "east.approval"
pytestmark = pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))], indirect=True)


class Opens(Protocol):
    """Opens the engine of a home, with the store of this run."""

    def __call__(self, **given: Any) -> AbstractAsyncContextManager[World]: ...


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opens]:
    """The home's store is SQLite, or a PostgreSQL that the hub has to itself."""
    files: dict[str, str] = {}
    if request.param == "postgresql":
        servers.settings(tmp_path)
        schema = servers.schema_of(tmp_path)
        files["config/guantong.yaml"] = FILES["config/guantong.yaml"] + f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}}}\n"
    yield lambda **given: world(tmp_path, **({"files": files} | given))
    if request.param == "postgresql":
        servers.drop(servers.schema_of(tmp_path))


async def passes(it: World, seconds: float) -> None:
    """Time passes, and every line looks at the clock: also one for which nothing is due by it."""
    await it.later(seconds)
    for _ in range(8):
        await it.engine.store.write(lambda _: None)


@pytest.mark.parametrize("by", STEPS)
async def test_what_is_tried_again_is_tried_as_before(store: Opens, by: float) -> None:
    """Not given up for its age, which did not change; nor later than two of the policy's longest waits."""
    async with store() as it:
        it.hall.script.extend([Act.BUSY, Act.DOWN, Act.BUSY])
        await it.tell(EAST, apply("P1"))
        await it.tell(EAST, step("1", "P1"))
        await it.until(lambda: len(it.hall.sent) == 1 and it.states(HALL) == [D.RETRYING, D.BLOCKED])
        for count in (2, 3, 4):
            it.clock.step(by)
            await passes(it, 4.001)
            await passes(it, 4.001)  # the wait that the line had begun, and at the most a whole one by the new clock
            await it.until(lambda: len(it.hall.sent) >= count)  # noqa: B023 -- used up at once
        await it.until(lambda: it.states(HALL) == [D.CONFIRMED] * 2)
        assert [one.kind for one in it.hall.effects] == ["apply", "step"]


@pytest.mark.parametrize("by", STEPS)
async def test_what_waits_behind_a_hold_goes_at_once(store: Opens, by: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a line holds in memory, from before the clock was set and from after it: all of it goes when it is released, and no
    time passes meanwhile."""
    monkeypatch.setattr("guantong.journey.line.WINDOW", 3)
    async with store() as it:
        await it.act(Word.HOLD, HALL, why="升级")
        for number in range(8):
            await it.tell(EAST, apply(f"P{number}"))
        it.clock.step(by)
        for number in range(8):
            await it.tell(EAST, step("1", f"P{number}"))
        await it.act(Word.RELEASE, HALL)
        await it.until(lambda: it.states(HALL) == [D.CONFIRMED] * 16)
        for number in range(8):
            assert [one.kind for one in it.hall.effects if one.fields["no"] == f"P{number}"] == ["apply", "step"]


@pytest.mark.parametrize("by", STEPS)
async def test_what_has_no_known_end_is_asked_about(store: Opens, by: float) -> None:
    """Within two longest waits."""
    async with store(delivery={HALL: "unknown: query"}) as it:
        it.hall.script.append(Act.LOST)
        await it.tell(EAST, apply("P1"))
        await it.until(lambda: it.states(HALL) == [D.UNKNOWN])
        it.clock.step(by)
        await passes(it, 4.001)
        await passes(it, 4.001)
        await it.until(lambda: it.states(HALL) == [D.CONFIRMED])
        assert len(it.hall.sent) == 1


@pytest.mark.parametrize("by", STEPS)
async def test_what_needs_a_value_waits_as_long_as_it_may(store: Opens, by: float) -> None:
    """Ten minutes that truly passed; not one that somebody set the clock past."""
    async with store() as it:
        await it.tell(EAST, step("1", own="E1"))
        await it.until(lambda: only(it).code != "")
        it.clock.step(by)
        await passes(it, 590)
        assert only(it).state is D.WAITING
        for _ in range(4):
            await passes(it, 5)
        await it.until(lambda: only(it).state is D.DEAD)


@pytest.mark.parametrize("by", STEPS)
async def test_a_receipt_is_overdue_when_its_time_passed(store: Opens, by: float) -> None:
    """An hour, whatever the clock says."""
    async with store(more=ASKED, played={HALL: Judging()}) as it:
        await it.tell(EAST, apply("P1"))
        await it.until(lambda: it.states(HALL) == [D.SENT])
        it.clock.step(by)
        await it.later(3_500)
        await look(it)
        assert findings(it) == []
        await it.later(102)
        await look(it)
        assert findings(it) == ["receipt_overdue"]


@pytest.mark.parametrize("by", [DAY, -DAY])
async def test_a_content_on_its_way_is_not_swept(store: Opens, by: float) -> None:
    """It was kept a moment ago, and its message is still to be kept: a clock that is set makes it no older."""
    async with store() as it:
        blob = it.engine.blobs.put([b"%PDF-1.4 on its way"])
        it.clock.now = int(max(one.kept_at for one in it.engine.blobs.store.held(1 << 40)) * 1000)
        it.clock()
        it.clock.step(by)
        it.clock.now += 60_000
        assert await sweep(it.engine) == 0
        it.clock.step(-by)
        assert await sweep(it.engine) == 0
        assert it.engine.blobs.exists(blob)


@pytest.mark.parametrize("by", STEPS)
async def test_a_night_is_not_left_out(store: Opens, by: float) -> None:
    """Once in a day that passes, also where the clock is set in between."""
    async with store() as it:
        clock, pruner, passed, ran = it.clock, Pruner(it.engine), [0.0], 0

        async def sleep(seconds: float) -> None:
            if sum(passed) <= 3_600 < sum(passed) + seconds:
                clock.step(by)
            passed.append(seconds)
            clock.now += int(seconds * 1000)
            await asyncio.sleep(0)

        async def runs(_actor: str, _seconds: float | None = None) -> Any:
            nonlocal ran
            ran += 1
            task.cancel()
            await asyncio.sleep(0)

        pruner.run = runs  # type: ignore[method-assign, assignment]  # tells that it ran
        task = asyncio.create_task(prune_nightly(it.engine, pruner, sleep))
        with suppress(asyncio.CancelledError):
            await task
        assert ran == 1
        assert sum(passed) <= DAY + 2


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_the_clock_does_all_arrives_in_order(store: Opens, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting it, failing, holding and waiting by chance: in the end, a few longest waits after the last fault, everything was taken,
    once, and each case in the order of acceptance."""
    monkeypatch.setattr("guantong.journey.line.WINDOW", 4)
    chance = random.Random(seed)  # noqa: S311 -- a seed, not a secret
    hall, trouble, told = Played(HALL), True, dict[str, list[str]]()
    hall.decide = lambda _: chance.choice((Act.DOWN, Act.LOST, Act.OK, Act.OK)) if trouble else Act.OK
    async with store(played={HALL: hall}) as it:
        for number in range(40):
            case = f"P{chance.randrange(5)}"
            await it.tell(EAST, step(str(number), case))
            told.setdefault(case, []).append(str(number))
            if chance.random() < 0.4:
                it.clock.step(chance.choice(STEPS))
            if chance.random() < 0.2:
                await it.act(chance.choice((Word.HOLD, Word.RELEASE)), HALL, why="试")
            await it.later(chance.choice((0, 0, 0.5, 3)))
        trouble = False
        await it.act(Word.RELEASE, HALL, why="试")
        for row in it.deliveries(HALL):
            if row.state is D.DEAD:
                await it.act(Word.REPLAY, f"D{row.id}", why="试")
        for _ in range(10):
            await passes(it, 4.001)
        await it.until(lambda: set(it.states(HALL)) == {D.CONFIRMED})
        assert {case: [one.fields["code"] for one in _of(hall, case)] for case in told} == told


def _of(hall: Played, case: str) -> list[Outgoing]:
    return [one for one in hall.effects if one.fields["no"] == case]
