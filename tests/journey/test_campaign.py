"""A long run of everything at once, by seed: senders that repeat and correct, targets that fail in every way,
crashes and restarts, operators who settle things truthfully; compared with a plain model in the end."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.journey.played import Act, Played
from tests.journey.world import Clock, D, World, apply, step, world

from guantong.journey.states import BLOCKING
from guantong.operations import Act as Word
from guantong.record import Acceptance, Outgoing, Verdict

HALL, WATCH = "city.hall", "city.watch"
FAULTS = (Act.LOST, Act.VANISHED, Act.BUSY, Act.REFUSED, Act.DOWN, Act.EXPIRED, Act.NEITHER, Act.BREAKS)
CRASHES = ("accept:before-commit", "accept:after-commit", "deliver:before-send", "deliver:after-send",
           "deliver:before-commit", "deliver:after-commit")


@dataclass(slots=True)
class Sender:
    """What the county sent and heard: the newest acknowledged version of each event, and what it repeats
    until it is acknowledged. With *merges* it sometimes knows a case by its own number only."""

    chance: random.Random
    merges: bool
    version: dict[tuple[str, str], int] = field(default_factory=dict)
    unheard: list[dict[str, Any]] = field(default_factory=list)

    def record(self, case: str, code: str) -> dict[str, Any]:
        """The next record of this event: the event, or a correction of it."""
        version = self.version[case, code] = self.version.get((case, code), 0) + 1
        no: str | None = f"P{case}"
        own = f"E{case}" if self.merges else None
        if self.merges and code != "0":
            no, own = self.chance.choice([(no, own), (no, None), (None, own)])
        make = apply(no, own) if code == "0" else step(code, no, own)
        return {**make, "title": f"{case}/{code}/{version}", "ver": str(version)}


class Campaign:
    """One seed's run."""

    def __init__(self, seed: int, policy: str, merges: bool) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- a seed, not a secret
        self.policy = policy
        self.sender = Sender(self.chance, merges)
        self.trouble = 0.5
        self.ends = {name: Played(name, deduplicates=policy == "retry") for name in (HALL, WATCH)}
        for end in self.ends.values():
            end.decide = self.decide
        self.clock = Clock()
        self.crash_in = 0
        self.crashed = asyncio.Event()

    def decide(self, _: Outgoing) -> Act:
        return self.chance.choice(FAULTS) if self.chance.random() < self.trouble else Act.OK

    def crash(self, point: str) -> None:
        """Once, at a step chosen by chance: whoever does it goes no further."""
        if self.crash_in and point in CRASHES:
            self.crash_in -= 1
            if self.crash_in == 0:
                self.crashed.set()
                raise asyncio.CancelledError

    async def send(self, it: World) -> None:
        """New records and repeated ones, all at once; what is not acknowledged is repeated another time."""
        new = [(self.chance.choice("01234"), self.chance.choice("012345")) for _ in range(self.chance.randrange(1, 8))]
        batch = [*self.sender.unheard, *(self.sender.record(*one) for one in new)]
        once = list(batch)
        batch += self.chance.sample(batch, min(2, len(batch)))
        heard = await asyncio.gather(*(it.tell("east.approval", one) for one in batch), return_exceptions=True)
        for one in heard:
            if isinstance(one, Verdict):
                assert one.acceptance in (Acceptance.ROUTED, Acceptance.DUPLICATE, Acceptance.STALE), one
        acknowledged = [record for record, one in zip(batch, heard, strict=True) if isinstance(one, Verdict)]
        self.sender.unheard = [record for record in once if record not in acknowledged]

    async def operate(self, it: World) -> None:
        """Operators replay what died and settle what is unknown by looking it up."""
        for row in it.deliveries():
            if row.state is D.DEAD and self.chance.random() < 0.7:
                await it.act(Word.REPLAY, row.id)
            elif row.state is D.UNKNOWN and self.policy == "hold" and self.chance.random() < 0.7:
                took = any(effect.delivery == row.id for effect in it.played[row.target].effects)
                await it.act(Word.TOOK_EFFECT if took else Word.DID_NOT, row.id)

    async def act(self, it: World, rounds: int) -> None:
        for _ in range(rounds):
            await self.send(it)
            if self.crashed.is_set():
                return
            if self.chance.random() < 0.5:
                await it.later(self.chance.choice([0.5, 2, 5]), self.crashed)
            if self.crashed.is_set():
                return
            await self.operate(it)

    async def settle(self, it: World) -> None:
        """No more trouble: everything comes to its end."""
        self.trouble = 0.0
        for case in "01234":  # every case has told both its numbers in the end
            self.sender.unheard.append(self.sender.record(case, "0"))
        while self.sender.unheard:
            await self.send(it)
        for _ in range(300):
            await it.later(5)
            await self.operate(it)
            if not any(row.state in BLOCKING for row in it.deliveries()):
                break
        await it.quiet()

    def compare(self, it: World, *, ordered: bool) -> None:
        """Nothing lost, nothing doubled, order kept, every end in its state and in the journal."""
        latest = {f"{case}/{code}/{version}" for (case, code), version in self.sender.version.items()}
        for target in (HALL, WATCH):
            end = self.ends[target]
            titles = [str(effect.fields["title"]) for effect in end.effects]
            assert len(titles) == len(set(titles)), f"{target}: doubled"
            assert latest <= set(titles), f"{target}: lost {latest - set(titles)}"
            rows = it.deliveries(target)
            assert {row.state for row in rows} <= {D.CONFIRMED, D.SUPERSEDED}
            confirmed = {row.id for row in rows if row.state is D.CONFIRMED}
            effects = [effect.delivery for effect in end.effects]
            assert confirmed <= set(effects), f"{target}: confirmed without effect"
            if ordered and target == HALL:
                subjects = {row.id: row.subject for row in rows}
                for subject in set(subjects.values()):
                    line = [one for one in effects if subjects[one] == subject]
                    assert line == sorted(line), f"{target}: out of order {line}"
        for subject in {row.subject for row in it.deliveries()}:
            lines = it.reader.journal_of(subject)
            ends = [line.delivery for line in lines if line.what == "confirmed"]
            assert sorted(ends) == sorted(row.id for row in it.reader.deliveries_of_subject(subject)
                                          if row.state is D.CONFIRMED)


@pytest.mark.parametrize("merges", [False, True], ids=["", "merges"])
@pytest.mark.parametrize("policy", ["retry", "hold", "query"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("GUANTONG_SEEDS", "2"))))
async def test_nothing_is_lost_doubled_or_out_of_order(
    tmp_path: Path, seed: int, policy: str, merges: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over ten runs of the hub, each ended by a crash at a step chosen by chance. `GUANTONG_SEEDS` asks for
    a longer campaign."""
    monkeypatch.setattr("guantong.journey.line.PAUSE", 0.001)
    run = Campaign(seed, policy, merges)
    given = {HALL: f"unknown: {policy}", WATCH: f"unknown: {policy}"}
    for _ in range(10):
        run.crashed.clear()
        run.crash_in = run.chance.randrange(1, 120)
        async with world(tmp_path, delivery=given, clock=run.clock, played=run.ends) as it:
            it.engine.crash_at = run.crash
            await run.act(it, 4)
            run.crash_in = 0
    async with world(tmp_path, clock=run.clock, played=run.ends) as it:
        await run.settle(it)
        run.compare(it, ordered=not merges)
