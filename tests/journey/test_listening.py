"""Listening: a line that ends is opened again, and said once when lost and once when back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from guantong.adapter import ComeAgain
from guantong.holdstore import Hold
from guantong.journey.holds import Holds
from guantong.journey.listening import WAITS, Ear
from guantong.journey.reach import Reach
from guantong.journey.readings import Readings


class Line:
    """Ends each time as told; then listens for good."""

    def __init__(self, ends: Sequence[tuple[bool, Exception | None]]) -> None:
        self._ends = list(ends)
        self.quiet = asyncio.Event()

    async def listen(self, ready: Callable[[], None]) -> None:
        if not self._ends:
            ready()
            self.quiet.set()
            await asyncio.Event().wait()
        came, error = self._ends.pop(0)
        if came:
            ready()
        if error is not None:
            raise error


async def heard(monkeypatch: pytest.MonkeyPatch, *ends: tuple[bool, Exception | None]) -> tuple[list[str], list[float]]:
    """What was logged of a line that ended so, and how long was waited between the tries."""
    line, waits = Line(ends), list[float]()
    sleep = asyncio.sleep

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("guantong.journey.listening.asyncio.sleep", wait)
    with capture_logs() as logs:
        engine = cast("Any", SimpleNamespace(reach=Reach(), clock=lambda: 0, holds=Holds(), readings=Readings()))
        task = asyncio.create_task(Ear(engine, "a.b", line).listen_forever())
        await line.quiet.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return [f"{entry['event']} {entry.get('error', '')}".strip() for entry in logs], waits


async def test_a_line_is_said_once_lost_and_once_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it cannot be opened in between; the error's type, never its text."""
    ends = [(True, OSError("secret")), (False, OSError("secret")), (False, ValueError("secret"))]
    assert (await heard(monkeypatch, *ends))[0] == ["source.lost OSError", "source.back"]


async def test_the_waits_grow_and_begin_anew_after_a_good_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute at most; a line that stood resets them."""
    ends = [*((False, OSError()) for _ in range(8)), (True, OSError())]
    _, waits = await heard(monkeypatch, *ends)
    assert waits[0] <= 1
    assert all(wait <= 30 for wait in waits)
    assert min(waits[5:8]) >= 15
    assert waits[8] <= 1


async def test_a_hub_that_wants_records_later_waits_and_says_nothing_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The source is well: nothing of it is logged."""
    logs, waits = await heard(monkeypatch, (True, ComeAgain()))
    assert logs == []
    assert len(waits) == 1


async def test_a_line_that_ends_by_itself_is_lost_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """`listen` is not to return."""
    assert (await heard(monkeypatch, (True, None)))[0] == ["source.lost the line ended", "source.back"]



async def _turn() -> None:
    """One pass of the loop, in which whoever may go on does."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    await done


async def test_a_held_source_is_let_go_and_listened_to_again() -> None:
    """Its line is closed at once and opened at the release; neither is told as a loss. A hold of sending alone leaves it."""

    class Lines:
        def __init__(self) -> None:
            self.open = 0
            self.changed = asyncio.Event()

        async def listen(self, ready: Callable[[], None]) -> None:
            self.open += 1
            self.changed.set()
            ready()
            try:
                await asyncio.Event().wait()
            finally:
                self.open -= 1
                self.changed.set()

        async def become(self, open_: int) -> None:
            while self.open != open_:
                self.changed.clear()
                await self.changed.wait()

    lines, holds = Lines(), Holds([Hold("a.b", 1, "陈工", "x", inbound=True)])
    engine = cast("Any", SimpleNamespace(reach=Reach(), clock=lambda: 0, holds=holds, readings=Readings()))
    with capture_logs() as logs:
        task = asyncio.create_task(Ear(engine, "a.b", lines).listen_forever())
        await _turn()
        assert lines.open == 0
        holds.drop("a.b")
        await lines.become(1)
        holds.put(Hold("a.b", 2, "陈工", "x"))
        await _turn()
        assert lines.open == 1
        holds.put(Hold("a.b", 3, "陈工", "x", inbound=True))
        await lines.become(0)
        holds.drop("a.b")
        await lines.become(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (lines.open, logs) == (0, [])


async def test_a_line_is_ended_where_a_record_of_it_is_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the adapter goes on by itself: nothing behind that record may be kept before it."""
    monkeypatch.setattr("guantong.journey.listening.ENDS_WITHIN", 0.0)
    monkeypatch.setattr("guantong.journey.listening.WAITS", WAITS.model_copy(update={"first": 0.0, "most": 0.0}))
    begun, ended = asyncio.Semaphore(0), asyncio.Semaphore(0)

    class Lines:
        async def listen(self, ready: Callable[[], None]) -> None:
            ready()
            begun.release()
            try:
                await asyncio.Event().wait()
            finally:
                ended.release()

    readings = Readings()
    engine = cast("Any", SimpleNamespace(reach=Reach(), clock=lambda: 0, holds=Holds(), readings=readings))
    with capture_logs() as logs:
        task = asyncio.create_task(Ear(engine, "a.b", Lines()).listen_forever())
        await begun.acquire()
        first = readings.get("a.b")
        assert first is not None
        first.stop()
        await ended.acquire()
        await begun.acquire()
        second = readings.get("a.b")
        assert second is not None
        assert not second.broken
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert logs == []
    assert readings.get("a.b") is None
