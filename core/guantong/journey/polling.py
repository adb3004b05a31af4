"""Polling: reading a source that waits to be asked. The core owns cursor and clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from guantong.adapter import Mark, Polls
from guantong.config.configuration import System
from guantong.config.policies import PollPolicy
from guantong.journey.admit import turn_away
from guantong.journey.engine import Engine
from guantong.journey.reach import As, why
from guantong.problems import told
from guantong.record import Record, Verdict
from guantong.store import Transaction

Accept = Callable[[Record], Awaitable[Verdict]]
log = structlog.get_logger("guantong.polling")


async def poll_forever(engine: Engine, system: System, connection: Polls, accept: Accept) -> None:
    """Read *system* until cancelled: a full batch is followed at once by the next (at `poll.rate`), else after `poll.every`.
    A source that cannot be read is logged once when lost and once when back."""
    policy = system.poll
    if policy is None:
        return
    loop = asyncio.get_running_loop()
    while True:
        await engine.holds.may_read(system.id)
        began = loop.time()
        try:
            taken = await poll_once(engine, system, connection, accept, policy.batch)
        except Exception as error:  # noqa: BLE001 -- a source of any kind may fail in any way; it is asked again
            pause, at = pause_after(policy, 0, loop.time() - began), engine.clock()
            if engine.reach.lost(system.id, As.SOURCE, why(error), at, at + int(pause * 1000)):
                log.warning("source.lost", system=system.id, error=told(error))
        else:
            pause = pause_after(policy, taken, loop.time() - began)
            if engine.reach.back(system.id, As.SOURCE):
                log.info("source.back", system=system.id)
        if pause > 0:
            await asyncio.sleep(pause)


def pause_after(policy: PollPolicy, taken: int, took: float) -> float:
    """Seconds until the next batch, after one of *taken* records that *took* so many seconds: none after a full one,
    unless the source is not to be asked for more than `poll.rate` on average."""
    pause = policy.every if taken < policy.batch else 0.0
    return pause if policy.rate is None else max(pause, taken / policy.rate - took)


async def poll_once(engine: Engine, system: System, connection: Polls, accept: Accept, batch: int) -> int:
    """One batch: read, accept in order, mark at the source, move the cursor. Returns how many were read.

    The source hears of a record only after it is durable here; a crash in between reads it again, and it
    is a duplicate.
    """
    since = engine.reader.cursor(system.id)
    polled = await connection.poll(since, batch)
    if not polled.records and not polled.refused:
        if polled.cursor != since:  # an empty page may end a reading, and what was seen may matter next time
            await engine.store.write(partial(_set_cursor, system.id, polled.cursor))
        return 0
    for refused in polled.refused:
        await engine.store.write(partial(turn_away, engine, system.id, refused.verdict))
        engine.turned_away.add(system.id, refused.verdict.code)
    verdicts = await _accepted(engine, system.id, polled.records, accept)
    engine.crash_at("poll:before-mark")
    marks = [Mark(record.ref or "", verdict) for record, verdict in zip(polled.records, verdicts, strict=False)
             if not verdict.again]
    await connection.mark([*marks, *polled.refused])
    if len(marks) == len(polled.records):
        await engine.store.write(partial(_set_cursor, system.id, polled.cursor))
    return len(marks) + len(polled.refused)


async def _accepted(engine: Engine, system: str, records: Sequence[Record], accept: Accept) -> list[Verdict]:
    """The verdicts of a beginning of *records*: what follows one that is to come again is not kept either."""
    # Tasks start in the order they are made and reach the store's queue without waiting: order is kept. A few
    # at a time: a batch must not fill the hub by itself, nor be turned away for its size for ever.
    step = max(1, engine.configuration.hub.queue.at_once // 2)
    verdicts: list[Verdict] = []
    with engine.readings.of(system) as reading:
        for start in range(0, len(records), step):
            verdicts += await asyncio.gather(*(accept(record) for record in records[start:start + step]))
            if reading.broken:
                break
    return verdicts


def _set_cursor(system: str, cursor: str, tx: Transaction) -> None:
    tx.set_cursor(system, cursor)
