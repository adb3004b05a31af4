"""The campaign of a drill: a hub at work is ended in every way there is, started again, and in the end the books are compared."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGINT
from time import monotonic
from typing import Any

from guantong.crash import VARIABLE
from guantong.problems import Problem, ProblemsError
from guantong_plugins.demo.processes import GUANTONG
from guantong_plugins.drill.broker import BrokerAt
from guantong_plugins.drill.codes import DIED, NOT_DRAINED, WRONG_ANSWER
from guantong_plugins.drill.farend import FarEnd
from guantong_plugins.drill.ledger import Ledger, Verdict, judge
from guantong_plugins.drill.processes import LOOK, Part, Processes
from guantong_plugins.drill.relay import Relay
from guantong_plugins.drill.senders import Senders
from guantong_plugins.drill.stage import SYSTEM_IDS, TOKEN, set_stage

STEPS = ("accept:before-commit", "accept:after-commit", "deliver:before-send", "deliver:after-send", "deliver:before-commit",
         "deliver:after-commit", "poll:before-mark", "receipt:before-commit", "receipt:after-commit")
"""The durable steps at which it is killed; steps of attachments, of added code rows and of backfills are not reached by the
drill's records."""
MOMENT, FULL, PAUSED, BROKER, RESTARTED = "moment", "disk-full", "paused", "broker-away", "broker-restarted"
FULL_EVERY = 6
"""Cycles: of each so many one is a full disk."""
PAUSED_EVERY, BROKER_EVERY = 12, 5
OFTEN = 12
"""A step is passed up to so many times before the kill; those of receipts, which are looked for now and then, up to twice."""
ALIVE = (0.05, 0.8)
"""Seconds of work before a kill at any moment."""
REACHED_WITHIN = 20.0
FULL_FOR = 2.0
"""Seconds that a hub without room on its disk must go on answering."""
LEASE = 4
"""Seconds after which what a process had in hand moves on, where several share the store."""
PAUSED_FOR = LEASE * 1.5
AWAY = (0.5, 3.0)
"""Seconds without a broker."""
ROOM = 192 * 1024
"""Bytes that a file may still grow."""
DRAINED_WITHIN = 300.0
"""Seconds without anything that arrives, after which the rest is given up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`cycles` troubles by `seed`; the state is kept in `store` (the keys of `store:`), shared by so many `workers` beside the
    process that takes in (0: one process does everything), which hear of work through `broker`."""

    cycles: int
    seed: int
    store: dict[str, Any]
    workers: int = 0
    broker: BrokerAt | None = None

    def kinds(self) -> list[str]:
        """What happens in each cycle: steps in turn, between them any moment; now and then a full disk where the store is a
        file, a process that is frozen for longer than its lease where several share it, a broker that goes away where there is one."""
        kinds: list[str] = []
        steps = brokers = 0
        for cycle in range(self.cycles):
            if cycle % FULL_EVERY == FULL_EVERY - 1 and self.store.get("use", "sqlite") == "sqlite" and sys.platform == "linux":
                kinds.append(FULL)
            elif cycle % PAUSED_EVERY == PAUSED_EVERY - 1 and self.workers:
                kinds.append(PAUSED)
            elif cycle % BROKER_EVERY == BROKER_EVERY - 1 and self.broker is not None:
                kinds.append(RESTARTED if self.broker.restart and brokers % 2 else BROKER)
                brokers += 1
            elif cycle % 2:
                kinds.append(MOMENT)
            else:
                kinds.append(STEPS[steps % len(STEPS)])
                steps += 1
        return kinds


@dataclass(slots=True)
class Outcome:
    """What came of it. `ends` counts the troubles by where they struck; `refused` the records that were turned away for later;
    `dropped` the connections that were cut; `recovery_ms` how long each start took until the doors were open."""

    verdict: Verdict = field(default_factory=lambda: Verdict(0, 0, 0, 0))
    ends: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    refused_full: int = 0
    dropped: int = 0
    seconds: float = 0.0
    recovery_ms: Sequence[float] = ()

    @property
    def kills(self) -> int:
        """How often a process was killed: a broker that goes away and a process that is frozen are none."""
        return sum(times for kind, times in self.ends.items() if kind not in (PAUSED, BROKER, RESTARTED))


class Campaign:
    """One campaign in *folder*, which must be empty. *progress* hears of each cycle."""

    def __init__(self, plan: Plan, folder: Path, progress: Callable[[int, str], None]) -> None:
        self._plan = plan
        self._folder = folder
        self._progress = progress
        self._random = Random(plan.seed)  # noqa: S311 -- a drill must be repeatable
        self._ledger = Ledger()
        self._far = FarEnd(self._ledger, Random(plan.seed + 1))  # noqa: S311 -- as above
        self._outcome = Outcome()
        self._relay: Relay | None = None
        self._enough = False

    def enough(self) -> None:
        """No further cycle: what was told until now is judged. Asked again, it is given up."""
        if self._enough:
            raise KeyboardInterrupt
        self._enough = True

    async def run(self) -> Outcome:
        """All cycles, or as many as there are until `enough` (SIGINT), then quiet, then the judgement. Raises `ProblemsError` where the hub
        does what it must not."""
        began, broker = monotonic(), self._plan.broker
        loop = asyncio.get_running_loop()
        url = await self._far.open()
        loop.add_signal_handler(SIGINT, self.enough)
        try:
            with ExitStack() as stack:
                if broker is not None:
                    self._relay = stack.enter_context(Relay(f"{broker.host}:{broker.port}"))
                self._set_stage(url)
                await self._at_work()
            if broker is not None:
                await broker.delete_queues(SYSTEM_IDS)
        finally:
            loop.remove_signal_handler(SIGINT)
            await self._far.close()
            self._ledger.write(self._folder / "ledger.jsonl")
        outcome = self._outcome
        outcome.verdict, outcome.refused, outcome.dropped = judge(self._ledger), self._senders.refused, self._far.dropped
        outcome.recovery_ms, outcome.seconds = self._hub.recovery_ms, monotonic() - began
        return outcome

    def _set_stage(self, url: str) -> None:
        """The home, its processes, and who sends to them."""
        token, broker = secrets.token_hex(16), self._plan.broker
        tickets = broker.settings(self._relay) if broker is not None and self._relay is not None else None
        home = set_stage(self._folder, url, self._plan.store, tickets=tickets)
        environment = {TOKEN: token, **(broker.environment if broker is not None else {})}
        self._home = home
        self._hub = Processes(home, self._folder, environment, self._plan.workers, self._random)
        self._senders = Senders(self._ledger, self._hub.takes_in.port, self._folder / "dropped", token)

    async def _at_work(self) -> None:
        """Every trouble, while the sources tell and the targets take."""
        sending = asyncio.create_task(self._senders.run())
        try:
            for cycle, kind in enumerate(self._plan.kinds()):
                await self._trouble(kind)
                if self._senders.wrong:
                    raise ProblemsError([Problem(WRONG_ANSWER, details={"answer": one}) for one in self._senders.wrong[:3]])
                self._progress(cycle + 1, kind)
                if self._enough:
                    break
            await self._hub.start()
            await self._calm_down(sending)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await self._hub.stop()

    async def _trouble(self, kind: str) -> None:
        """One cycle."""
        if kind == FULL:
            await self._without_room()
        elif kind in STEPS:
            await self._until_step(kind)
        else:
            await self._hub.start()
            await asyncio.sleep(self._random.uniform(*ALIVE))
            if kind == MOMENT:
                self._end(self._hub.any(), MOMENT)
            elif kind == PAUSED:
                await self._frozen(self._random.choice(self._hub.workers))
            else:
                await self._without_broker(kind)

    async def _until_step(self, step: str) -> None:
        """Armed to kill itself at *step*; one that does not get there is killed where it is. One that runs is stopped in good
        order before."""
        part = self._hub.of(step)
        if part.running:
            await asyncio.to_thread(part.child.stop)
        await self._hub.start(but=part)
        often = 2 if step.startswith("receipt:") else OFTEN
        await self._hub.begin(part, {VARIABLE: f"{step}:{self._random.randint(1, often)}"}, may_die=True)
        deadline = monotonic() + REACHED_WITHIN
        while part.running and monotonic() < deadline:  # noqa: ASYNC110 -- another process ends itself
            await asyncio.sleep(LOOK)
        self._end(part, MOMENT if part.running else step)

    async def _frozen(self, part: Part) -> None:
        """What it has in hand moves on meanwhile; when it goes on it must see that it is late."""
        part.pause()
        try:
            await asyncio.sleep(PAUSED_FOR)
        finally:
            part.go_on()
        self._outcome.ends[PAUSED] += 1

    async def _without_broker(self, kind: str) -> None:
        """Work goes on without it, and with it again."""
        broker, relay = self._plan.broker, self._relay
        assert broker is not None  # noqa: S101 -- such a cycle is only planned with one
        assert relay is not None  # noqa: S101 -- as above
        if kind == RESTARTED:
            await broker.restarted()
        else:
            await asyncio.to_thread(relay.away)
            await asyncio.sleep(self._random.uniform(*AWAY))
            await asyncio.to_thread(relay.back)
        self._outcome.ends[kind] += 1

    async def _without_room(self) -> None:
        """With no room for its files it must refuse, stay up, and acknowledge nothing that it does not have."""
        largest = max((path.stat().st_size for path in (self._home / "var").iterdir() if path.is_file()), default=0)
        limited = str(Path(__file__).with_name("limited.py"))
        part = self._hub.with_program((sys.executable, limited, str(largest + ROOM), *GUANTONG))
        await self._hub.begin(part)
        before, deadline = self._senders.refused, monotonic() + FULL_FOR
        while monotonic() < deadline:
            if not part.running:
                raise ProblemsError([Problem(DIED, details={"log": part.child.log})])
            await asyncio.sleep(LOOK)
        self._outcome.refused_full += self._senders.refused - before
        await asyncio.to_thread(part.child.kill)
        self._outcome.ends[FULL] += 1

    async def _calm_down(self, sending: asyncio.Task[None]) -> None:
        """Nothing misbehaves any more: what was taken must arrive."""
        self._far.calm = True
        self._senders.stop()
        arrived, deadline = 0, monotonic() + DRAINED_WITHIN
        while not (sending.done() and self._ledger.complete()):
            if (now := sum(map(len, self._ledger.effects.values()))) > arrived:  # a busy machine takes its time
                arrived, deadline = now, monotonic() + DRAINED_WITHIN
            self._hub.must_run()
            if monotonic() > deadline:
                details = {"seconds": int(DRAINED_WITHIN), "log": self._hub.takes_in.child.log}
                raise ProblemsError([Problem(NOT_DRAINED, details=details)])
            await asyncio.sleep(LOOK)
        sending.result()

    def _end(self, part: Part, kind: str) -> None:
        part.child.kill()
        self._outcome.ends[kind] += 1
