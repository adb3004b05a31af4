"""A long run of everything at once, by seed: senders that repeat and correct, targets that fail in every way,
crashes and restarts, attachments that come in the record or are fetched, operators who settle things truthfully; compared
with a plain model in the end."""

from __future__ import annotations

import asyncio
import base64
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.attachments import FILES, material, md5
from tests.journey.played import Act, Played
from tests.journey.world import Clock, D, World, apply, step, world

from guantong.journey.states import BLOCKING
from guantong.journey.sweeping import sweep
from guantong.operations import Act as Word
from guantong.record import Acceptance, Outgoing, Reply, Unsure, Verdict

HALL, WATCH, EAST = "city.hall", "city.watch", "east.approval"
FETCH = "    settings: {fetch: true}\n    fetch: {into: file, named_by: ref}\n"
MATERIALS = "ab"
FAULTS = (Act.LOST, Act.VANISHED, Act.BUSY, Act.REFUSED, Act.DOWN, Act.EXPIRED, Act.NEITHER, Act.BREAKS)
KEPT = ("accept:blobs-kept",)
CRASHES = (*KEPT, "accept:before-commit", "accept:after-commit", "deliver:before-send", "deliver:after-send",
           "deliver:before-commit", "deliver:after-commit")


@dataclass(slots=True)
class Sender:
    """What the county sent and heard: the newest version of each event, and what it repeats until it is acknowledged. With
    *merges* it sometimes knows a case by its own number only. Events `a` and `b` are materials: the content of one comes in
    its record, that of the other lies at the county, under the title."""

    chance: random.Random
    merges: bool
    version: dict[tuple[str, str], int] = field(default_factory=dict)
    unheard: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)

    def record(self, case: str, code: str) -> dict[str, Any]:
        """The next record of this event: the event, or a correction of it."""
        version = self.version[case, code] = self.version.get((case, code), 0) + 1
        no: str | None = f"P{case}"
        own = f"E{case}" if self.merges else None
        if self.merges and code != "0":
            no, own = self.chance.choice([(no, own), (no, None), (None, own)])
        title = f"{case}/{code}/{version}"
        return {**self._made(code, no, own, title), "title": title, "ver": str(version)}

    def _made(self, code: str, no: str | None, own: str | None, title: str) -> dict[str, Any]:
        if code not in MATERIALS:
            return apply(no, own) if code == "0" else step(code, no, own)
        content = self.contents[title] = b"%PDF-1.4 " + title.encode() * 400
        made = material(content, code) if code == "a" else material(None, code, ref=title, md5=md5(content))
        serials = {"no": no, "own": own}
        return {key: value for key, value in {**made, **serials}.items() if value is not None}


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
        self.ends[EAST] = Played(EAST)
        self.clock = Clock()
        self.crash_in = 0
        self.at: Sequence[str] = CRASHES
        self.reached: set[str] = set()
        self.crashed = asyncio.Event()

    def decide(self, _: Outgoing) -> Act:
        return self.chance.choice(FAULTS) if self.chance.random() < self.trouble else Act.OK

    def crash(self, point: str) -> None:
        """Once, at a step chosen by chance among `at`: whoever does it goes no further."""
        if self.crash_in and point in self.at:
            self.crash_in -= 1
            if self.crash_in == 0:
                self.reached.add(point)
                self.crashed.set()
                raise asyncio.CancelledError

    async def send(self, it: World) -> None:
        """New records and repeated ones, all at once; what is not acknowledged is repeated another time, also where several send."""
        new = [(self.chance.choice("01234"), self.chance.choice(f"012345{MATERIALS}")) for _ in range(self.chance.randrange(1, 8))]
        self.sender.unheard += [self.sender.record(*one) for one in new]
        batch = list(self.sender.unheard)
        batch += self.chance.sample(batch, min(2, len(batch)))
        self.ends[EAST].kept = {title: self.fetched(content) for title, content in self.sender.contents.items()}
        heard = await asyncio.gather(*(it.tell("east.approval", one) for one in batch), return_exceptions=True)
        for one in heard:
            if isinstance(one, Verdict) and not one.again:
                assert one.acceptance in (Acceptance.ROUTED, Acceptance.DUPLICATE, Acceptance.STALE), one
        acknowledged = [record for record, one in zip(batch, heard, strict=True) if isinstance(one, Verdict) and not one.again]
        self.sender.unheard = [record for record in self.sender.unheard if record not in acknowledged]

    def fetched(self, content: bytes) -> Reply | Unsure:
        """What the county answers to who fetches a content: sometimes nothing."""
        if self.chance.random() < self.trouble / 2:
            return Unsure("connection reset")
        return Reply(content, {"status": "200", "content_type": "application/pdf"})

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

    async def sweep(self, it: World) -> None:
        """Contents of messages that were never kept go; all others stay."""
        store = it.engine.blobs.store
        it.clock.now = int(max(one.kept_at for one in store.held(1 << 40)) * 1000) + 86_400_000 + 60_000
        await sweep(it.engine)
        names = [one.name for one in store.held(1 << 40)]
        assert set(names) == set(it.reader.referred(names))

    def compare(self, it: World, *, ordered: bool) -> None:
        """Nothing lost, nothing doubled, order kept, every content whole, every end in its state and in the journal."""
        latest = {f"{case}/{code}/{version}" for (case, code), version in self.sender.version.items()}
        for target in (HALL, WATCH):
            end = self.ends[target]
            titles = [str(effect.fields["title"]) for effect in end.effects]
            assert len(titles) == len(set(titles)), f"{target}: doubled"
            assert latest <= set(titles), f"{target}: lost {latest - set(titles)}"
            if target == HALL:
                brought = {str(one.fields["title"]): base64.b64decode(orjson.loads(one.body)["file"]) for one in end.effects
                           if one.kind == "material"}
                assert brought == {title: self.sender.contents[title] for title in brought}
                assert len(brought) > 1
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
    """Over eleven runs of the hub, each ended by a crash at a step chosen by chance, the first when a content was kept and its
    message was not. `GUANTONG_SEEDS` asks for a longer campaign."""
    monkeypatch.setattr("guantong.journey.line.PAUSE", 0.001)
    run = Campaign(seed, policy, merges)
    files = {**FILES, "config/city.yaml": FILES["config/city.yaml"].replace("unknown: retry", f"unknown: {policy}")}
    for number in range(11):
        run.crashed.clear()
        run.at, run.crash_in = (KEPT, 1) if number == 0 else (CRASHES, run.chance.randrange(1, 120))
        async with world(tmp_path, files=files, more={EAST: FETCH}, clock=run.clock, played=run.ends) as it:
            it.engine.crash_at = run.crash
            await run.act(it, 30 if number == 0 else 4)
            run.crash_in = 0
    async with world(tmp_path, clock=run.clock, played=run.ends) as it:
        await run.settle(it)
        run.compare(it, ordered=not merges)
        assert set(KEPT) <= run.reached
        await run.sweep(it)
