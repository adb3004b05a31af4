"""Pruning: one lot at a time, in a transaction of its own that looks again, with its line in the journal."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from guantong.journey.engine import Engine
from guantong.readerbeside import reader_beside
from guantong.retention.holdings import Held, Stage, Why, held_of_case, held_of_message
from guantong.retention.walk import CURSOR, Lot, Page, Walk, told_of
from guantong.store import Entry, Reader, Transaction

DAY = 86_400_000  # milliseconds

TOGETHER = 2
"""Lots handed in at once: they share a commit, and hold up what is on its way for a few milliseconds."""
PAGES = 128  # of freed space given back to the disk at once


@dataclass(slots=True)
class Pruned:
    """What a run did: lots by (county, kind, stage), what they held, and how far it is."""

    lots: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    messages: int = 0
    size: int = 0
    blobs: int = 0
    walked: int = 0
    length: int = 0
    over: bool = False

    def add(self, lot: Lot, held: Held) -> None:
        """*lot* went."""
        self.lots[lot.county, lot.kind, lot.stage] += 1
        self.messages += len(held.messages)
        self.size += held.size
        self.blobs += held.blobs

    def as_json(self) -> dict[str, Any]:
        """As it is told."""
        by = [{"county": county, "kind": kind, "stage": stage, "lots": count} for (county, kind, stage), count in sorted(self.lots.items())]
        return {"pruned": by, "messages": self.messages, "bytes": self.size, "attachments": self.blobs, "walked": self.walked,
                "length": self.length, "over": self.over}


class Pruner:
    """Prunes one home, beside its traffic. Who asks while it works waits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()

    async def run(self, actor: str, seconds: float | None = None) -> Pruned:
        """Prune what is due, for about so many *seconds* or until nothing is; between two lots it rests as long as the last
        took. What is done stays done whenever this ends. Raises `StoreFailed`, `VaultError`."""
        async with self._lock:
            reader = await reader_beside(self._engine.store)
            try:
                return await self._run(reader, actor, seconds)
            finally:
                await asyncio.to_thread(reader.close)

    async def _run(self, reader: Reader, actor: str, seconds: float | None) -> Pruned:
        engine, done = self._engine, Pruned()
        walk = await asyncio.to_thread(Walk, engine.configuration, reader, engine.vault)
        until = None if seconds is None else monotonic() + seconds
        # What a clock that was set ahead makes old is left until it has run so for a day: somebody may set it right.
        pages = walk.pages(min(engine.clock(), engine.clock.ago(DAY) + DAY))
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            await self._page(page, reader, actor, done)
            walk.places.move(page.stage, page.days, page.upto)
            await engine.store.write(partial(_remember, walk.places.text()))
            if until is not None and monotonic() >= until:
                break
        else:
            await _resting(lambda: engine.store.write(_give_back))
            done.over = True
        done.walked, done.length = await asyncio.to_thread(walk.length)
        if done.lots:
            await engine.store.write(partial(_note_run, engine.clock(), actor, done))
        return done

    async def _page(self, page: Page, reader: Reader, actor: str, done: Pruned) -> None:
        due = [lot for lot in page.lots if lot.held is not None]
        for start in range(0, len(due), TOGETHER):
            some, began = due[start:start + TOGETHER], monotonic()
            told = [await asyncio.to_thread(told_of, reader, lot.subject) if not lot.message else [] for lot in some]
            running = frozenset(run.id for run in self._engine.reader.backfills_running())
            works = [partial(prune, self._engine.clock(), actor, lot, of, running) for lot, of in zip(some, told, strict=True)]
            self._engine.crash_at("retention:before-commit")
            gone = await asyncio.gather(*(self._engine.store.write(work) for work in works))
            self._engine.crash_at("retention:after-commit")
            for lot, held in zip(some, gone, strict=True):
                if held is not None:
                    done.add(lot, held)
            await asyncio.sleep(monotonic() - began)


async def _resting(work: Callable[[], Awaitable[bool]]) -> None:
    """Do *work* until there is no more, and rest after each as long as it took."""
    more = True
    while more:
        began = monotonic()
        more = await work()
        await asyncio.sleep(monotonic() - began)


def prune(at: int, actor: str, lot: Lot, told: list[tuple[int, int]], running: frozenset[int], tx: Transaction) -> Held | None:
    """Prune *lot* and journal it, unless something happened to it meanwhile."""
    if lot.message:
        held = held_of_message(tx, lot.message, lot.entry, lot.stage, running)
    elif tx.last_step(lot.subject) != lot.entry:
        held = None
    else:
        held = held_of_case(tx, lot.subject, told, lot.stage, running)
    if held is None or isinstance(held, Why) or held.newest_at > lot.since:
        return None
    events, deliveries = [event.id for event in held.events], [one.id for one in held.deliveries]
    detail: dict[str, Any] = {"stage": lot.stage, "kind": lot.kind, "county": lot.county, "rule": lot.rule, "days": lot.days,
                              "counts": counted(held)}
    if lot.stage is Stage.CONTENTS:
        detail["emptied"] = empty(held, 0 if lot.message else lot.subject, tx)
    else:
        tx.drop_rows(held.messages, events, deliveries)
        if lot.message and not events:
            tx.drop_parked(lot.message)
        elif not lot.message:
            tx.drop_case(lot.subject)
        detail["gone"] = {"messages": list(held.messages), "deliveries": _by_message(held)}
    subject = 0 if lot.message else lot.subject
    tx.note(Entry(at, "pruned", subject=subject, message=lot.message, actor=actor, detail=detail))
    return held


def counted(held: Held) -> dict[str, int]:
    """How much goes, by kind."""
    return {"messages": len(held.messages), "events": len(held.events), "sent": len(held.sent), "bytes": held.size, "attachments": held.blobs}


def empty(held: Held, subject: int, tx: Transaction) -> dict[str, list[int]]:
    """Forget the contents of a case, or of a message of none (*subject* 0): what they were, by number, for the journal's line."""
    tx.drop_contents(held.messages, [event.id for event in held.events], held.sent)
    if subject:
        tx.forget_watch(subject)
        tx.forget_lookups(subject)
    return {"messages": list(held.messages), "deliveries": list(held.sent)}


def _by_message(held: Held) -> dict[str, list[int]]:
    """The deliveries that went, by the message they were of: that is how the journal's other lines count them."""
    messages = {event.id: event.message for event in held.events}
    found: dict[str, list[int]] = {}
    for one in held.deliveries:
        found.setdefault(str(messages[one.event]), []).append(one.id)
    return found


def _remember(places: str, tx: Transaction) -> None:
    tx.set_cursor(CURSOR, places)


def _give_back(tx: Transaction) -> bool:
    return tx.give_back_space(PAGES)


def _note_run(at: int, actor: str, done: Pruned, tx: Transaction) -> None:
    by = {" ".join(filter(None, key)): count for key, count in sorted(done.lots.items())}
    tx.note(Entry(at, "retention_run", actor=actor, detail={
        "lots": by, "messages": done.messages, "bytes": done.size, "attachments": done.blobs}))
