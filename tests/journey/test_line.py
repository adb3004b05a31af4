"""A line: the store is the truth, what waits in memory is sent once, and nothing stops it but its hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from tests.journey.parts import ready, system

from guantong.config import BreakerPolicy, RetryPolicy
from guantong.config.reply import Meaning
from guantong.journey import line as module
from guantong.journey.judge import Judgement
from guantong.journey.line import Line
from guantong.journey.reach import Reach
from guantong.journey.ready import Ready
from guantong.journey.states import DeliveryState
from guantong.store import DeliveryRow, StoreFailed

OK = Judgement(Meaning.SUCCESS)


class Rig:
    """A line over a store that is a dictionary: rows by delivery. A turn ends the delivery, unless `turns`
    says otherwise for it."""

    def __init__(self) -> None:
        self.now = 1_000_000_000
        self.steady = 100.0
        self.rows: dict[int, DeliveryRow] = {}
        self.sent: list[int] = []
        self.turns: dict[int, Callable[[Ready], Any]] = {}
        self.reads = 0
        self.broken: Exception | None = None
        self.line: Line
        self.reach = Reach()
        self.crew = None

    def make(self, **delivery: Any) -> Line:
        engine = cast("Any", self)
        self.line = Line(engine, system(**delivery), cast("Any", None), self.turn)
        return self.line

    @property
    def reader(self) -> Rig:
        return self

    def clock(self) -> int:
        return self.now

    def due(self, target: str, limit: int) -> list[DeliveryRow]:
        assert target == "city.hall"
        self.reads += 1
        if self.broken:
            raise self.broken
        return sorted(self.rows.values(), key=lambda row: (row.due, row.id))[:limit]

    def store(self, delivery: int, due: int = 0) -> Ready:
        """Put a delivery into the store; what would be announced of it."""
        self.rows[delivery] = DeliveryRow(delivery, delivery, delivery, "city.hall", "case.step",
                                          DeliveryState.WAITING, due, 0, 0)
        return ready(delivery, due=due)

    async def turn(self, _engine: Any, _system: Any, _connection: Any, given: Ready) -> Judgement | None:
        self.sent.append(given.delivery)
        if given.delivery in self.turns:
            ended = self.turns[given.delivery](given)
            return cast("Judgement | None", await ended if asyncio.iscoroutine(ended) else ended)
        self.rows.pop(given.delivery, None)
        return OK

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110 -- it lets the workers step, one at a time
            await asyncio.sleep(0)  # one turn of the loop is one step of every worker

    async def settle(self) -> None:
        """Let every worker come to rest."""
        for _ in range(50):
            await asyncio.sleep(0)  # one turn of the loop is one step of every worker


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    found = Rig()
    monkeypatch.setattr(module, "monotonic", lambda: found.steady)
    monkeypatch.setattr(module, "PAUSE", 0.001)
    yield found
    await found.line.stop(1)


async def test_what_was_fetched_and_then_told_is_sent_once(rig: Rig) -> None:
    """A worker found it in the store before its acceptance was announced: the announcement, come while it
    was in hand, sends nothing again."""
    gate = asyncio.Event()

    async def slow(given: Ready) -> Judgement:
        await gate.wait()
        del rig.rows[given.delivery]
        return OK

    told = rig.store(1)
    rig.turns[1] = slow
    rig.make(concurrency=1).start()
    await rig.until(lambda: rig.sent == [1])
    rig.line.add(told)
    gate.set()
    await rig.settle()
    assert rig.sent == [1]
    rig.line.add(rig.store(2))
    await rig.until(lambda: rig.sent == [1, 2])


async def test_a_turn_may_tell_of_its_own_next_attempt(rig: Rig) -> None:
    """What the turn itself announces is kept: due later, it is sent then."""

    def again(_: Ready) -> Judgement:
        rig.turns.clear()
        rig.line.add(rig.store(1, due=rig.now + 5_000))
        return Judgement(Meaning.TRANSIENT)

    rig.turns[1] = again
    rig.make().start()
    rig.line.add(rig.store(1))
    await rig.settle()
    assert rig.sent == [1]
    rig.now += 5_000
    rig.line.add(rig.store(2))
    await rig.until(lambda: sorted(rig.sent) == [1, 1, 2])


async def test_told_again_with_the_same_time_is_sent_once(rig: Rig) -> None:
    """A delivery told twice, with one due time: neither the queue nor the target minds."""
    line = rig.make()
    for _ in range(3):
        line.add(rig.store(1, due=rig.now + 1_000))
    line.start()
    await rig.settle()
    rig.now += 1_000
    line.add(rig.store(2))
    await rig.until(lambda: len(rig.sent) == 2)
    await rig.settle()
    assert sorted(rig.sent) == [1, 2]


async def test_a_backlog_is_sent_once_and_in_order(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a line holds: all of it is fetched from the store, soonest first, none of it twice, with
    new ones coming in meanwhile."""
    monkeypatch.setattr(module, "WINDOW", 10)
    line = rig.make(concurrency=1)
    for number in range(1, 96):
        line.add(rig.store(number))
    line.start()
    await rig.until(lambda: len(rig.sent) > 30)
    for number in range(96, 120):
        line.add(rig.store(number, due=1))
    await rig.until(lambda: len(rig.sent) == 119)
    await rig.settle()
    assert rig.sent == list(range(1, 120))


async def test_a_line_holds_no_more_than_its_window(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that is away for days, with everything to be tried later: memory stays bounded, and what is
    due soonest is what is held."""
    monkeypatch.setattr(module, "WINDOW", 10)
    line = rig.make(retry=RetryPolicy(most=10_000))
    for number in range(1, 200):
        rig.store(number, due=rig.now + number * 1_000)
    line.start()
    for _ in range(20):
        line.add(rig.store(500, due=rig.now + 900_000))
        await rig.settle()
    assert len(line._waits) <= 20
    assert rig.sent == []
    rig.now += 3_000
    line.add(rig.store(501, due=0))
    await rig.until(lambda: len(rig.sent) == 4)
    assert sorted(rig.sent) == [1, 2, 3, 501]


async def test_what_a_failed_transaction_withdrew_comes_back(rig: Rig) -> None:
    """Withdrawn, and then nothing came of it: after the time a commit may take, the store is asked."""
    line = rig.make()
    line.add(rig.store(1, due=rig.now + 1_000))
    line.start()
    await rig.settle()
    assert line.withdraw(1)
    rig.now += 2_000
    line.add(rig.store(2))
    await rig.until(lambda: rig.sent == [2])
    await rig.settle()
    assert rig.sent == [2], "the commit may still be under way"
    rig.steady += module.WITHDRAWN_FOR
    line.add(rig.store(3))
    await rig.until(lambda: len(rig.sent) == 3)
    assert sorted(rig.sent) == [1, 2, 3]


async def test_what_was_withdrawn_and_told_again_is_not_forgotten(
    rig: Rig, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the line has no room for it in memory at that moment."""
    monkeypatch.setattr(module, "WINDOW", 3)
    line = rig.make(concurrency=1)
    told = rig.store(1)
    assert line.withdraw(1)
    for number in range(2, 8):
        line.add(rig.store(number, due=1))
    line.add(replace(told))  # decided after it was withdrawn
    line.start()
    await rig.until(lambda: len(rig.sent) == 7)
    assert sorted(rig.sent) == [1, 2, 3, 4, 5, 6, 7]


async def test_what_was_decided_before_it_was_withdrawn_stays_withdrawn(rig: Rig) -> None:
    """Told after the commit of a group in which a later transaction withdrew it, it is not sent."""
    line = rig.make(concurrency=1)
    told = rig.store(1)
    assert line.withdraw(1)
    line.add(told)
    line.add(rig.store(2))
    line.start()
    await rig.until(lambda: len(rig.sent) == 1)
    assert rig.sent == [2]


async def test_withdrawals_are_not_remembered_for_ever(rig: Rig) -> None:
    """A line that runs for years forgets what was settled long ago."""
    line = rig.make()
    for number in range(1_000):
        line.withdraw(number)
        rig.steady += 1
        line._look_again()
    assert len(line._withdrawn) <= module.WITHDRAWN_FOR + 1


async def test_what_is_in_hand_cannot_be_withdrawn(rig: Rig) -> None:
    """It must be settled first."""
    gate = asyncio.Event()

    async def slow(given: Ready) -> Judgement:
        await gate.wait()
        del rig.rows[given.delivery]
        return OK

    rig.turns[1] = slow
    rig.make().start()
    rig.line.add(rig.store(1))
    await rig.until(lambda: rig.line.in_hand == 1)
    assert not rig.line.withdraw(1)
    gate.set()
    await rig.until(lambda: rig.line.in_hand == 0)
    assert rig.line.withdraw(1)


async def test_a_mistake_in_one_turn_stops_nobody(rig: Rig) -> None:
    """The others go on, the one is fetched again; the log tells where, never what."""
    failures = 0

    def broken(_: Ready) -> Judgement:
        nonlocal failures
        failures += 1
        if failures == 3:
            rig.turns.clear()
        raise ValueError("张三 442326194708026313")

    rig.turns[1] = broken
    with capture_logs() as lines:
        rig.make(concurrency=1).start()
        for number in (1, 2, 3):
            rig.line.add(rig.store(number))
        await rig.until(lambda: len(rig.sent) == 6)
    assert sorted(rig.sent) == [1, 1, 1, 1, 2, 3]
    assert {line["event"] for line in lines} == {"line.turn_failed"}
    assert "test_line.py:" in lines[0]["where"]
    assert "张三" not in str(lines)


async def test_a_store_that_cannot_write_is_waited_for(rig: Rig) -> None:
    """The delivery is fetched again as the store has it."""

    def full(_: Ready) -> Judgement:
        rig.turns.clear()
        raise StoreFailed("full")

    rig.turns[1] = full
    rig.make().start()
    rig.line.add(rig.store(1))
    await rig.until(lambda: rig.sent == [1, 1])


async def test_a_store_that_cannot_be_read_stops_no_worker(rig: Rig) -> None:
    """Once it can be read again, what waits is sent."""
    rig.broken = OSError("I/O")
    told = rig.store(1)
    line = rig.make()
    line.start()
    await rig.until(lambda: rig.reads > 20)
    rig.broken = None
    line.add(told)
    await rig.until(lambda: rig.sent == [1])


async def test_a_clock_set_back_delays_nothing_for_long(rig: Rig) -> None:
    """Times were stored by a clock that ran ahead: nothing waits longer than the policy's longest wait."""
    line = rig.make(retry=RetryPolicy(first=1, most=5))
    rig.store(1, due=rig.now + 86_400_000)
    line.add(rig.store(2, due=rig.now + 4_000))
    line.start()
    await rig.settle()
    rig.now += 5_000
    line.add(rig.store(3))
    await rig.until(lambda: sorted(rig.sent) == [1, 2, 3])
    line.add(rig.store(4, due=rig.now + 4_000))
    await rig.settle()
    rig.now -= 3_600_000
    line.add(rig.store(5))
    await rig.until(lambda: 5 in rig.sent)
    rig.now += 5_000
    line.add(rig.store(6))
    await rig.until(lambda: 4 in rig.sent)


async def test_a_lost_system_is_probed_one_at_a_time(rig: Rig) -> None:
    """After failures in a row nothing is sent but one probe; told once when lost, and why, and once when back."""
    rig.turns = {number: lambda _: Judgement(Meaning.TRANSIENT, "no connection") for number in range(1, 6)}
    with capture_logs() as lines:
        rig.make(concurrency=4, breaker=BreakerPolicy(after=3, probe=10)).start()
        for number in range(1, 10):
            rig.line.add(rig.store(number))
        await rig.until(lambda: len(rig.sent) >= 3)
        await rig.settle()
        before = len(rig.sent)
        assert before <= 6, "at most what was in hand when it was lost"
        rig.steady += 9.9
        rig.line._bell.ring_for_all()
        await rig.settle()
        assert len(rig.sent) == before
        gate = asyncio.Event()

        async def probe(_: Ready) -> Judgement:
            await gate.wait()
            return OK

        rig.turns = dict.fromkeys(range(1, 10), probe)
        rig.steady += 0.2
        rig.line._bell.ring_for_all()
        await rig.settle()
        assert len(rig.sent) == before + 1, "one probe"
        rig.turns = {}
        gate.set()
        await rig.until(lambda: len(rig.sent) == 9)
    assert [(line["event"], line.get("error")) for line in lines] == [("system.lost", "no connection"), ("system.back", None)]


async def test_the_log_says_what_answers_mean_and_never_quotes_them(rig: Rig) -> None:
    """A system that answers and takes nothing is lost, too; its words may name a person."""
    rig.turns = {1: lambda _: Judgement(Meaning.TRANSIENT, "张三 is busy", b"<MSG/>")}
    with capture_logs() as lines:
        rig.make(breaker=BreakerPolicy(after=1, probe=10)).start()
        rig.line.add(rig.store(1))
        await rig.until(lambda: bool(lines))
    assert lines == [{"event": "system.lost", "system": rig.line.system.id, "answers": "transient", "log_level": "warning"}]


async def test_what_is_not_sent_does_not_use_up_the_probe(rig: Rig) -> None:
    """Deliveries that wait for a value tell nothing about the target: the next real one is the probe."""
    rig.turns = {1: lambda _: Judgement(Meaning.TRANSIENT), **{n: lambda _: None for n in range(2, 30)}}
    rig.make(concurrency=2, breaker=BreakerPolicy(after=1, probe=10)).start()
    rig.line.add(rig.store(1))
    await rig.until(lambda: rig.sent == [1])
    for number in range(2, 31):
        rig.line.add(rig.store(number))
    await rig.settle()
    assert rig.sent == [1]
    rig.steady += 10
    rig.line._bell.ring_for_all()
    await rig.until(lambda: 30 in rig.sent)


async def test_a_rate_spaces_what_is_sent(rig: Rig) -> None:
    """No burst, whatever the concurrency; nothing is sent before its time."""
    rig.make(concurrency=5, rate=2).start()
    for number in range(1, 6):
        rig.line.add(rig.store(number))
    for count in range(1, 6):
        await rig.until(lambda: len(rig.sent) == count)  # noqa: B023 -- used up at once
        await rig.settle()
        assert len(rig.sent) == count
        rig.steady += 0.5
        rig.line._bell.ring_for_all()


async def test_a_stopping_line_begins_nothing_new(rig: Rig) -> None:
    """What is in hand ends; the rest stays in the store."""
    gate = asyncio.Event()

    async def slow(given: Ready) -> Judgement:
        await gate.wait()
        del rig.rows[given.delivery]
        return OK

    rig.turns = dict.fromkeys(range(1, 6), slow)
    rig.make(concurrency=2).start()
    for number in range(1, 6):
        rig.line.add(rig.store(number))
    await rig.until(lambda: len(rig.sent) == 2)
    stopping = asyncio.ensure_future(rig.line.stop(60))
    await rig.settle()
    assert not stopping.done()
    gate.set()
    await stopping
    assert (len(rig.sent), sorted(rig.rows)) == (2, [3, 4, 5])


async def test_a_hanging_turn_keeps_nobody_from_waking_for_others(rig: Rig) -> None:
    """Two are due one after the other; the first hangs: the second goes at its time, by the other worker."""
    gate = asyncio.Event()

    async def hangs(given: Ready) -> Judgement:
        await gate.wait()
        del rig.rows[given.delivery]
        return OK

    rig.turns[1] = hangs
    line = rig.make(concurrency=2)
    line.add(rig.store(1, due=rig.now + 20))
    line.add(rig.store(2, due=rig.now + 40))
    line.start()
    await rig.settle()
    rig.now += 20
    await rig.until(lambda: rig.sent == [1])  # woken by the line's own timer: nobody rings
    rig.now += 20
    await rig.until(lambda: rig.sent == [1, 2])
    gate.set()


async def test_a_circuit_that_closes_wakes_everybody(rig: Rig) -> None:
    """While the probe was out the others rested without an hour; then they mind the due times again, also
    while the one that probed is busy."""
    gate = asyncio.Event()

    async def hangs(given: Ready) -> Judgement:
        await gate.wait()
        del rig.rows[given.delivery]
        return OK

    rig.turns = {1: lambda _: Judgement(Meaning.TRANSIENT), 3: hangs}
    line = rig.make(concurrency=2, breaker=BreakerPolicy(after=1, probe=10))
    line.start()
    line.add(rig.store(1, due=1))
    await rig.until(lambda: rig.sent == [1])
    del rig.rows[1]
    for number, due in ((2, 0), (3, 0), (4, rig.now + 20)):
        line.add(rig.store(number, due=due))
    await rig.settle()
    assert rig.sent == [1]
    rig.steady += 10
    line._bell.ring()
    await rig.until(lambda: rig.sent == [1, 2, 3])
    rig.now += 20
    await rig.until(lambda: rig.sent == [1, 2, 3, 4])
    gate.set()
