"""The campaign with several processes on one store, one of which at a time is killed, paused or cut off while the others go on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.conftest import address
from tests.journey.attachments import FILES
from tests.journey.crewing import crew_of, homes, member
from tests.journey.home import FILES as PLAIN
from tests.journey.test_campaign import EAST, FETCH, Campaign
from tests.journey.world import D, World
from tests.stores import servers

from guantong.doctor.survey import survey
from guantong.doctor.tally import Tally
from guantong.store import StoreFailed
from guantong_plugins.drill.relay import Relay

pytestmark = pytest.mark.service("postgresql")
RUNS = int(os.environ.get("GUANTONG_RUNS", "4"))
"""How often one of them is lost, in one test."""


class Member:
    """One process: its engine, and the network that can be taken from it."""

    def __init__(self, it: World, relay: Relay, stack: AsyncExitStack) -> None:
        self.it = it
        self.relay = relay
        self._stack = stack
        self._beat = asyncio.create_task(crew_of(it).run())

    async def end(self, *, cut: bool = False) -> None:
        """End it: in good order, or without another word to the store."""
        if cut:
            self.relay.away()
        self._beat.cancel()
        await asyncio.gather(self._beat, return_exceptions=True)
        await self._stack.aclose()


class Shared(Campaign):
    """The same with three processes: each does the sending and the operators' acts in turn."""

    def __init__(self, seed: int, policy: str, merges: bool, folder: Path, server: str) -> None:
        super().__init__(seed, policy, merges)
        self.folder = folder
        self.server = server
        self.members: list[Member] = []
        self.taken_over = 0

    async def join(self, home: Path) -> None:
        """One more process, on this home."""
        stack = AsyncExitStack()
        relay = stack.enter_context(Relay(self.server))
        servers.settings(home, servers.dsn(at=relay.address), servers.schema_of(self.folder))
        it = await stack.enter_async_context(member(home, self.ends, self.clock))
        self.members.append(Member(it, relay, stack))

    def any(self) -> World:
        """One of them, by chance."""
        return self.chance.choice(self.members).it

    async def send(self, it: World) -> None:  # noqa: ARG002 -- one chosen by chance
        await super().send(self.any())

    async def operate(self, it: World) -> None:  # noqa: ARG002 -- one chosen by chance
        await super().operate(self.any())

    async def pause(self) -> None:
        """The network of one stands still until the others have taken over from it; then it goes on, and hears of that."""
        paused = self.chance.choice(self.members)
        others = [one for one in self.members if one is not paused]
        asked = asyncio.create_task(self.burst(paused.it))
        paused.relay.stall()
        self.members = others
        await self.buried(crew_of(paused.it).me)
        await self.act(self.any(), 1)
        paused.relay.flow()
        await asked
        self.members.append(paused)

    async def lose(self) -> None:
        """One is lost while all are at work, and another takes its home."""
        lost = self.members.pop(self.chance.randrange(len(self.members)))
        home, how = lost.it.engine.configuration.home, self.chance.choice(["killed", "cut off", "left"])
        if how == "killed":
            self.crash_in = self.chance.randrange(1, 60)
            lost.it.engine.crash_at = self.crash
        sending = asyncio.create_task(self.burst(lost.it))
        if how == "cut off":
            lost.relay.away()
            await self.buried(crew_of(lost.it).me)
        else:
            await sending
        self.crash_in = 0
        await lost.end(cut=how != "left")
        await sending  # who was cut off at a commit knows nothing of it until it ends
        await self.join(home)

    async def burst(self, it: World) -> None:
        """What comes to the one that is about to be lost: not all of it is heard of."""
        try:
            await Campaign.send(self, it)
        except StoreFailed:
            await asyncio.sleep(0)  # it is told again, to another

    async def buried(self, worker: int) -> None:
        """Until the others have taken over from *worker*."""
        it = self.members[0].it
        await it.until(lambda: all(one.id != worker for one in it.reader.workers()))
        self.taken_over += 1

    async def quiet(self) -> None:
        """All of them have done what there is to do now."""
        for one in self.members:
            for line in one.it.engine.lines._lines.values():
                line.wake()
        it = self.members[0].it
        await it.until(lambda: not any(one.it._busy() for one in self.members))

    async def settle(self, it: World) -> None:
        self.trouble = 0.0
        for case in "01234":
            self.sender.unheard.append(self.sender.record(case, "0"))
        while self.sender.unheard:
            await self.send(it)
        for _ in range(300):
            self.clock.now += 5000
            await self.quiet()
            await self.operate(it)
            if all(row.state in (D.CONFIRMED, D.SUPERSEDED) for row in it.deliveries()):
                return

    async def act(self, it: World, rounds: int) -> None:
        for _ in range(rounds):
            await self.send(it)
            if self.chance.random() < 0.5:
                self.clock.now += int(self.chance.choice([0.5, 2, 5]) * 1000)
                await self.quiet()
            await self.operate(it)


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The schema of the test, taken away in the end."""
    for name, seconds in (("guantong.journey.line.PAUSE", 0.01), ("guantong.journey.deliver.STORE_PAUSE", 0.01),
                          ("guantong.journey.lines.FINISH_WITHIN", 0.1), ("guantong.journey.crew.LOOK_EVERY", 0.2),
                          ("guantong_plugins.stores.postgresql.store.LOOK_EVERY", 0.01)):
        monkeypatch.setattr(name, seconds)
    schema = servers.schema_of(tmp_path)
    yield schema
    servers.drop(schema)


@pytest.mark.timeout(600)  # leases run out, and others are waited for, again and again
@pytest.mark.parametrize(("policy", "merges"), [("retry", False), ("hold", True), ("query", False)])
@pytest.mark.parametrize("seed", range(int(os.environ.get("GUANTONG_SEEDS", "1"))))
async def test_nothing_is_lost_doubled_or_out_of_order_when_one_of_several_is_lost(
    tmp_path: Path, seed: int, policy: str, merges: bool,
) -> None:
    """Three processes; one after the other is killed at a step chosen by chance, cut off, or ends in good order; one is silent for
    so long that the others take over from it."""
    run = Shared(seed, policy, merges, tmp_path, address("postgresql"))
    city = FILES["config/city.yaml"].replace("unknown: retry", f"unknown: {policy}")
    where = homes(tmp_path, "abc", lease="3s", hub={**PLAIN, **FILES}["config/guantong.yaml"],
                  files={**FILES, "config/city.yaml": city}, more={EAST: FETCH})
    try:
        for home in where:
            await run.join(home)
        for _ in range(RUNS):
            await run.act(run.any(), 2)
            await run.lose()
        await run.pause()
        it = run.members[0].it
        await run.settle(it)
        run.compare(it, ordered=not merges)
        tally = Tally()
        survey(it.reader, tally)
        assert [problem.line() for problem in tally.problems()] == []
        assert it.reader.stray_claims(10) == []
    finally:
        for one in run.members:
            await one.end()
