"""Systems that are played: an adapter whose far end does what the test tells it to, in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

import orjson
from pydantic import BaseModel

from guantong.adapter import AdapterSpec, Awaited, Mark, Polled, Receipt, SystemContext, Wanted, always
from guantong.record import Answer, NotSent, Outgoing, Record, Reply, Unsure

BROKEN = Unsure("connection reset", "连接被重置")


class Act(Enum):
    """What the far end does with one attempt. `LOST` takes effect and its reply is lost; `VANISHED` is lost
    before it takes effect; `NEITHER` answers what no rule knows; `BREAKS` is an adapter with a mistake."""

    OK = auto()
    LOST = auto()
    VANISHED = auto()
    BUSY = auto()
    REFUSED = auto()
    DOWN = auto()
    EXPIRED = auto()
    NEITHER = auto()
    BREAKS = auto()


def reply(code: str, **more: str) -> Reply:
    return Reply(orjson.dumps({"code": code, **more}), {"status": "200"})


@dataclass(slots=True)
class Played:
    """One far end. `sent` is every attempt, `effects` what took effect, in order; `script` what is done with
    the next attempts (then `otherwise`); `replies` what a success answers beside its code, by record kind."""

    system: str
    deduplicates: bool = True
    otherwise: Act = Act.OK
    script: deque[Act] = field(default_factory=deque)
    answers: deque[Act] = field(default_factory=deque)
    replies: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: list[Outgoing] = field(default_factory=list)
    effects: list[Outgoing] = field(default_factory=list)
    asked: list[Outgoing] = field(default_factory=list)
    renewed: int = 0
    closed: bool = False
    gate: asyncio.Event | None = None
    rows: list[Record] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    judgements: dict[int, Receipt] = field(default_factory=dict)
    kept: dict[str, Answer] = field(default_factory=dict)
    fetched: list[Wanted] = field(default_factory=list)
    decide: Callable[[Outgoing], Act] | None = None

    async def send(self, outgoing: Outgoing) -> Answer:
        self.sent.append(outgoing)
        act = self.decide(outgoing) if self.decide else self.script.popleft() if self.script else self.otherwise
        if self.gate is not None:
            await self.gate.wait()
        if act is Act.BREAKS:
            raise RuntimeError(f"the adapter chokes on {outgoing.fields}")
        if act is Act.OK:
            return self._takes(outgoing)
        if act is Act.LOST:
            self._takes(outgoing)
        ends: dict[Act, Answer] = {
            Act.LOST: BROKEN, Act.VANISHED: BROKEN,
            Act.BUSY: reply("9", msg="busy"), Act.REFUSED: reply("3", msg="no such item"),
            Act.DOWN: NotSent("connection refused", "对方拒绝连接"), Act.EXPIRED: reply("4"), Act.NEITHER: reply("77"),
        }
        return ends[act]

    def _takes(self, outgoing: Outgoing) -> Answer:
        if self.deduplicates and any(one.key == outgoing.key for one in self.effects):
            return reply("1", **self.replies.get(outgoing.kind, {}))
        self.effects.append(outgoing)
        return reply("0", **self.replies.get(outgoing.kind, {}))

    async def query(self, outgoing: Outgoing) -> Answer:
        self.asked.append(outgoing)
        act = self.answers.popleft() if self.answers else Act.OK
        if act is Act.OK:
            found = any(one.key == outgoing.key for one in self.effects)
            return reply("0" if found else "404")
        return reply("4") if act is Act.EXPIRED else BROKEN

    async def renew(self) -> None:
        self.renewed += 1

    async def poll(self, since: str, limit: int) -> Polled:
        """The cursor is the number of the last row read."""
        start = int(since or 0)
        rows = self.rows[start:start + limit]
        return Polled(rows, str(start + len(rows)))

    async def mark(self, marks: Sequence[Mark]) -> None:
        self.marks.extend(marks)

    async def receipts(self, awaited: Sequence[Awaited]) -> Sequence[Receipt]:
        return [self.judgements[one.delivery] for one in awaited if one.delivery in self.judgements]

    async def fetch(self, wanted: Wanted) -> Answer:
        self.fetched.append(wanted)
        answer = self.kept.get(wanted.fields["ref"], Reply(b"gone", {"status": "404"}))
        if self.gate is not None:
            await self.gate.wait()
        if not isinstance(answer, Reply):
            return answer
        await wanted.write(answer.body)
        return answer._replace(body=b"")

    async def close(self) -> None:
        self.closed = True

    def texts(self) -> list[str]:
        """What took effect, as `kind title` in order."""
        return [f"{one.kind} {one.fields.get('title', '')}".strip() for one in self.effects]


class PlayedSettings(BaseModel):
    """The played systems need little."""

    fetch: bool = False
    """Whether they keep contents that their records refer to."""


def spec(played: dict[str, Played]) -> AdapterSpec:
    """The adapter `played`; what it opens is kept in *played* by system."""

    async def connect(context: SystemContext) -> Played:
        return played.setdefault(context.system, Played(context.system))

    return AdapterSpec("played", "Played", "演示", PlayedSettings, connect, queries=always, fetches=lambda settings: settings.fetch, receipts=frozenset({"column"}))
