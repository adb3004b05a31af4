"""Reach: what cannot be reached is shown with since when, why, and when it is tried next; never with what it answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.journey import home
from tests.journey.played import Act
from tests.journey.world import HALL, START, World, step, world

from guantong.adapter import Mark, Polled
from guantong.config.policies import PollPolicy
from guantong.journey import receipts
from guantong.journey.codes import NOT_STORED
from guantong.journey.polling import poll_forever
from guantong.journey.reach import As
from guantong.journey.receipts import receive_forever
from guantong.operations import Act as Word
from guantong.operations.figures import queue_figures
from guantong.operations.metrics import render_metrics
from guantong.problems import Problem, ProblemsError
from guantong.record import Record, Verdict

COUNTY = "east.approval"
ANSWERED = "有应答，但未表示已接收（暂不能接收） it answers, but not that it took anything (transient) [GT448]"


def lost(it: World, system: str = HALL) -> list[dict[str, Any]]:
    """What operators see of *system*, and what Prometheus does."""
    figures = queue_figures(it.reader, it.engine.configuration, {}, it.clock.now, lost=it.engine.reach.told())
    found: list[dict[str, Any]] = figures["systems"][system]["lost"]
    return found


def gauge(it: World) -> list[str]:
    """The lines of Prometheus about it."""
    lines = render_metrics(it.reader, {}, None, it.engine.reach.seen()).decode().splitlines()
    return [line for line in lines if line.startswith("guantong_system_lost")]


@pytest.mark.parametrize(("act", "code", "reason"), [
    (Act.DOWN, "GT447", "对方拒绝连接 connection refused"), (Act.VANISHED, "GT447", "连接被重置 connection reset"), (Act.BUSY, "GT448", ANSWERED),
])
async def test_a_lost_target_is_shown_with_why_and_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Act, code: str, reason: str,
) -> None:
    """An answer is told by what it means; the next try is the probe, when something is due by then."""
    monkeypatch.setattr(home, "DELIVERY", "breaker: {after: 1, probe: 60s}, retry: {first: 1s, most: 1s}")
    async with world(tmp_path) as it:
        assert (lost(it), gauge(it)) == ([], [])
        it.hall.script.append(act)
        await it.tell(COUNTY, step("1", "P1"))
        await it.until(lambda: HALL not in it.engine.lines.sent_to())
        [one] = lost(it)
        assert START + 30_000 < one.pop("next") <= START + 60_000
        assert one == {"since": START, "as": "target", "code": code, "reason": reason}
        assert gauge(it) == ['guantong_system_lost{as="target",system="city.hall"} 1.0']
        await it.act(Word.HOLD, HALL, why="对方维护")
        assert lost(it)[0]["next"] is None, "what is held is not tried"


async def test_a_target_that_is_back_is_lost_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gauge falls to 0, for whoever watches it."""
    monkeypatch.setattr(home, "DELIVERY", "breaker: {after: 1, probe: 10ms}, retry: {first: 1ms, most: 1ms}")
    async with world(tmp_path) as it:
        it.hall.script.append(Act.DOWN)
        await it.tell(COUNTY, step("1", "P1"))
        await it.until(lambda: bool(lost(it)))
        it.clock.now += 1_000
        await it.until(lambda: not lost(it))
        assert gauge(it) == ['guantong_system_lost{as="target",system="city.hall"} 0.0']


class Unreadable:
    """A source that cannot be read twice, for two reasons; then it can. `told` is what was shown before each reading."""

    def __init__(self, it: World) -> None:
        self._it = it
        self.told: list[list[dict[str, Any]]] = []
        self.over = asyncio.Event()

    async def poll(self, _since: str, _limit: int) -> Polled:
        self.told.append(lost(self._it, COUNTY))
        self._it.clock.now += 5_000
        if len(self.told) == 1:
            raise OSError("张三")
        if len(self.told) == 2:
            raise ProblemsError([Problem(NOT_STORED, details={"what": "x"})])
        if len(self.told) == 4:
            self.over.set()
            await asyncio.Event().wait()
        return Polled((), "")

    async def mark(self, marks: Sequence[Mark]) -> None:
        raise AssertionError(marks)


async def never(record: Record) -> Verdict:
    raise AssertionError(record.ref)


async def test_a_source_that_cannot_be_read_is_shown_until_it_can(tmp_path: Path) -> None:
    """Since the first failure, with the last reason, and the next reading; a library's text, which may quote, is left out."""
    async with world(tmp_path, start=False) as it:
        source, system = Unreadable(it), replace(it.system(COUNTY), poll=PollPolicy(every=0.002))
        with capture_logs() as logs:
            task = asyncio.create_task(poll_forever(it.engine, system, source, never))
            await source.over.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        failed = START + 5_000
        stored = ("报文未能保存：x; 请稍后重发同一报文；本次未保留任何内容 the record could not be kept: x; "
                  "send the same record again in a while; nothing of it was kept [GT405]")
        assert source.told == [
            [],
            [{"since": failed, "as": "source", "code": "GT447", "reason": "OSError", "next": failed + 2}],
            [{"since": failed, "as": "source", "code": "GT405", "reason": stored, "next": failed + 5_002}],
            [],
        ]
        assert [(one["event"], one.get("error")) for one in logs] == [("source.lost", "OSError"), ("source.back", None)]


async def test_receipts_that_cannot_be_asked_for_are_shown_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside what is lost of the same system otherwise."""
    over = asyncio.Event()
    looks = 0

    async def look(*_: object) -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError("张三")
        over.set()
        return await asyncio.Event().wait()

    monkeypatch.setattr(receipts, "receive_once", look)
    async with world(tmp_path, start=False) as it:
        system = it.system(HALL)
        system = replace(system, receipt=system.receipt.model_copy(update={"every": 0.002}))
        it.engine.reach.lost(HALL, As.TARGET, "no answer within 30 s", START - 1, lambda: None)
        task = asyncio.create_task(receive_forever(it.engine, system, it.hall))
        await over.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert lost(it) == [
            {"since": START - 1, "as": "target", "code": "GT447", "reason": "no answer within 30 s", "next": None},
            {"since": START, "as": "receipts", "code": "GT447", "reason": "OSError", "next": START + 2},
        ]
