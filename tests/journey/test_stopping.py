"""What is given up ends: also where a library let the cancellation pass."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from guantong.config.reply import Meaning
from guantong.journey import speaking
from guantong.record import Answer, Outgoing
from guantong.stopping import stop

SOON = 0.01


class Deaf:
    """Lets that many cancellations pass, as `asyncio.wait_for` of Python 3.11 can."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.at_work = asyncio.Event()

    async def works_for_ever(self) -> None:
        while True:
            self.at_work.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if self.left == 0:
                    raise
                self.left -= 1

    async def send(self, outgoing: Outgoing) -> Answer:  # noqa: ARG002  as adapters are called
        await self.works_for_ever()
        raise AssertionError("it works for ever")


async def begun(deaf: Deaf) -> asyncio.Task[None]:
    task = asyncio.create_task(deaf.works_for_ever(), name="poll east.approval")
    await deaf.at_work.wait()
    return task


@pytest.mark.parametrize("times", [0, 1, 5])
async def test_a_task_that_lets_cancellations_pass_is_cancelled_until_it_ends(times: int) -> None:
    """And nothing is said of it."""
    deaf = Deaf(times)
    task = await begun(deaf)
    with capture_logs() as lines:
        await stop([task], again=SOON)
    assert task.cancelled()
    assert (deaf.left, lines) == (0, [])


async def test_a_task_that_never_ends_is_named_and_holds_nothing_up() -> None:
    """The others are stopped all the same."""
    deaf, others = Deaf(10_000), await begun(Deaf(0))
    task = await begun(deaf)
    with capture_logs() as lines:
        await stop([task, others], within=0.05, again=SOON)
    assert others.cancelled()
    assert not task.done()
    assert lines == [{"event": "task.left_behind", "task": "poll east.approval", "seconds": 0.05, "log_level": "error"}]
    deaf.left = 0
    await stop([task], again=SOON)


async def test_a_task_that_had_failed_is_told_by_name_and_type() -> None:
    """Its words, which may hold a value, are not."""

    async def fails() -> None:
        raise RuntimeError("张三")

    failed = asyncio.create_task(fails(), name="receipts east.approval")
    await asyncio.wait({failed})
    with capture_logs() as lines:
        await stop([failed], again=SOON)
    assert lines == [{"event": "task.failed", "task": "receipts east.approval", "error": "RuntimeError", "log_level": "error"}]


async def test_a_sending_that_lets_its_deadline_pass_is_given_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worker is free for the next delivery; its end is not known."""
    monkeypatch.setattr(speaking, "INSIST", SOON)
    system = cast(Any, SimpleNamespace(reply=None))
    outgoing = Outgoing(1, 1, "case.step", "step", b"", {}, "GT1", SOON)
    async with asyncio.timeout(60):
        judgement = await speaking.send(system, cast(Any, Deaf(1)), outgoing)
    assert (judgement.meaning, judgement.reason) == (Meaning.UNKNOWN, "no answer within 0.01 s")
