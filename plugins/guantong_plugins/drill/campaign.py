"""The campaign of a drill: a hub at work is ended in every way there is, started again, and in the end the books are compared."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from guantong.crash import VARIABLE
from guantong.problems import Problem, ProblemsError
from guantong_plugins.demo.processes import GUANTONG, Child
from guantong_plugins.drill.codes import DIED, NOT_DRAINED, WRONG_ANSWER
from guantong_plugins.drill.farend import FarEnd
from guantong_plugins.drill.ledger import Ledger, Verdict, judge
from guantong_plugins.drill.senders import Senders
from guantong_plugins.drill.stage import TOKEN, set_stage

STEPS = ("accept:before-commit", "accept:after-commit", "deliver:before-send", "deliver:after-send", "deliver:before-commit",
         "deliver:after-commit", "poll:before-mark", "receipt:before-commit", "receipt:after-commit")
"""The durable steps at which it is killed; steps of attachments, of added code rows and of backfills are not reached by the
drill's records."""
MOMENT, FULL = "moment", "disk-full"
FULL_EVERY = 6
"""Cycles: of each so many one is a full disk."""
OFTEN = 12
"""A step is passed up to so many times before the kill."""
ALIVE = (0.05, 0.8)
"""Seconds of work before a kill at any moment."""
REACHED_WITHIN = 20.0
FULL_FOR = 2.0
"""Seconds that a hub without room on its disk must go on answering."""
ROOM = 192 * 1024
"""Bytes that a file may still grow."""
START_WITHIN = 60.0
DRAINED_WITHIN = 300.0
"""Seconds without anything that arrives, after which the rest is given up."""
LOOK = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """`cycles` kills by `seed`; the state is kept in `store` (the keys of `store:`)."""

    cycles: int
    seed: int
    store: dict[str, Any]

    def kinds(self) -> list[str]:
        """What ends each cycle: steps in turn, between them any moment; a full disk now and then, where the store is a file."""
        kinds: list[str] = []
        turn = 0
        for cycle in range(self.cycles):
            if cycle % FULL_EVERY == FULL_EVERY - 1 and self.store.get("use", "sqlite") == "sqlite" and sys.platform == "linux":
                kinds.append(FULL)
            elif cycle % 2:
                kinds.append(MOMENT)
            else:
                kinds.append(STEPS[turn % len(STEPS)])
                turn += 1
        return kinds


@dataclass(slots=True)
class Outcome:
    """What came of it. `ends` counts the kills by where they struck; `refused` the records that were turned away for later;
    `dropped` the connections that were cut; `recovery_ms` how long each start took until the doors were open."""

    verdict: Verdict = field(default_factory=lambda: Verdict(0, 0, 0, 0))
    ends: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    refused_full: int = 0
    dropped: int = 0
    seconds: float = 0.0
    recovery_ms: list[float] = field(default_factory=list)


class Campaign:
    """One campaign in *folder*, which must be empty. *progress* hears of each cycle."""

    def __init__(self, plan: Plan, folder: Path, progress: Callable[[int, str], None]) -> None:
        self._plan = plan
        self._folder = folder
        self._progress = progress
        self._random = Random(plan.seed)  # noqa: S311 -- a drill must be repeatable
        self._ledger = Ledger()
        self._far = FarEnd(self._ledger, Random(plan.seed + 1))  # noqa: S311 -- as above
        self._token = secrets.token_hex(16)
        self._outcome = Outcome()

    async def run(self) -> Outcome:
        """All cycles, then quiet, then the judgement. Raises `ProblemsError` where the hub does what it must not."""
        began = monotonic()
        url = await self._far.open()
        try:
            home = set_stage(self._folder, url, self._plan.store)
            self._home = home
            self._port = home / "var/port"
            self._senders = Senders(self._ledger, home, self._folder / "dropped", self._token)
            self._hub = self._child(GUANTONG)
            sending = asyncio.create_task(self._senders.run())
            try:
                await self._kill_and_start(self._plan.kinds())
                await self._calm_down(sending)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                await asyncio.to_thread(self._hub.stop)
        finally:
            await self._far.close()
            self._ledger.write(self._folder / "ledger.jsonl")
        outcome = self._outcome
        outcome.verdict, outcome.refused, outcome.dropped = judge(self._ledger), self._senders.refused, self._far.dropped
        outcome.seconds = monotonic() - began
        return outcome

    async def _kill_and_start(self, kinds: Sequence[str]) -> None:
        for cycle, kind in enumerate(kinds):
            if kind == FULL:
                await self._without_room()
            elif kind == MOMENT:
                await self._start(self._hub)
                await asyncio.sleep(self._random.uniform(*ALIVE))
                self._end(MOMENT)
            else:
                await self._until_step(kind)
            if self._senders.wrong:
                raise ProblemsError([Problem(WRONG_ANSWER, details={"answer": one}) for one in self._senders.wrong[:3]])
            self._progress(cycle + 1, kind)
        await self._start(self._hub)

    async def _until_step(self, step: str) -> None:
        """Armed to kill itself at *step*; one that does not get there is killed where it is."""
        await self._start(self._hub, {VARIABLE: f"{step}:{self._random.randint(1, OFTEN)}"}, may_die=True)
        deadline = monotonic() + REACHED_WITHIN
        while self._hub.running and monotonic() < deadline:  # noqa: ASYNC110 -- another process ends itself
            await asyncio.sleep(LOOK)
        self._end(MOMENT if self._hub.running else step)

    async def _without_room(self) -> None:
        """With no room for its files it must refuse, stay up, and acknowledge nothing that it does not have."""
        largest = max((path.stat().st_size for path in (self._home / "var").iterdir() if path.is_file()), default=0)
        limited = str(Path(__file__).with_name("limited.py"))
        hub = self._child((sys.executable, limited, str(largest + ROOM), *GUANTONG))
        await self._start(hub)
        before, deadline = self._senders.refused, monotonic() + FULL_FOR
        while monotonic() < deadline:
            if not hub.running:
                raise ProblemsError([Problem(DIED, details={"log": hub.log})])
            await asyncio.sleep(LOOK)
        self._outcome.refused_full += self._senders.refused - before
        await asyncio.to_thread(hub.kill)
        self._outcome.ends[FULL] += 1

    async def _calm_down(self, sending: asyncio.Task[None]) -> None:
        """Nothing misbehaves any more: what was taken must arrive."""
        self._far.calm = True
        self._senders.stop()
        arrived, deadline = 0, monotonic() + DRAINED_WITHIN
        while not (sending.done() and self._ledger.complete()):
            if (now := sum(map(len, self._ledger.effects.values()))) > arrived:  # a busy machine takes its time
                arrived, deadline = now, monotonic() + DRAINED_WITHIN
            if not self._hub.running:
                raise ProblemsError([Problem(DIED, details={"log": self._hub.log})])
            if monotonic() > deadline:
                raise ProblemsError([Problem(NOT_DRAINED, details={"seconds": int(DRAINED_WITHIN), "log": self._hub.log})])
            await asyncio.sleep(LOOK)
        sending.result()

    async def _start(self, hub: Child, extra: dict[str, str] | None = None, *, may_die: bool = False) -> None:
        """Start *hub* and wait until its doors are open; one that *may_die* may do so before."""
        self._port.unlink(missing_ok=True)
        began = monotonic()
        hub.start(extra)
        while not self._port.exists():
            if not hub.running:
                if may_die:
                    return
                raise ProblemsError([Problem(DIED, details={"log": hub.log})])
            if monotonic() - began > START_WITHIN:
                raise ProblemsError([Problem(DIED, details={"log": hub.log})])
            await asyncio.sleep(LOOK)
        self._outcome.recovery_ms.append((monotonic() - began) * 1000)

    def _end(self, kind: str) -> None:
        self._hub.kill()
        self._outcome.ends[kind] += 1

    def _child(self, program: Sequence[str]) -> Child:
        return Child("hub", ("run", "--home", str(self._home)), self._folder / "hub.txt", {TOKEN: self._token}, program)
