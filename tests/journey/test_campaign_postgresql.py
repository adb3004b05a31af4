"""The campaign on PostgreSQL, whose sessions are ended and whose network goes away while the hub works."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import address
from tests.journey.attachments import FILES
from tests.journey.home import FILES as PLAIN
from tests.journey.played import Act
from tests.journey.test_campaign import EAST, FETCH, Campaign
from tests.journey.world import World, world
from tests.stores import servers

from guantong.record import Outgoing, Verdict
from guantong.store import StoreFailed, Transaction
from guantong_plugins.drill.relay import Relay

pytestmark = pytest.mark.service("postgresql")
RUNS = int(os.environ.get("GUANTONG_RUNS", "4"))
"""Of the hub, in one test: each takes some 20 s, as the network goes away again and again."""


class OnPostgresql(Campaign):
    """The same, while the server ends the hub's sessions and the network breaks, by chance."""

    def __init__(self, seed: int, policy: str, merges: bool, application: str, relay: Relay) -> None:
        super().__init__(seed, policy, merges)
        self.application = application
        self.relay = relay
        self.ended = 0
        self.refused = 0

    def decide(self, outgoing: Outgoing) -> Act:
        if self.trouble and self.chance.random() < 0.05:
            self.ended += servers.end_sessions(self.application)
        return super().decide(outgoing)

    async def operate(self, it: World) -> None:
        """Operators, and once in a while the network: what comes meanwhile is refused, and told again later."""
        try:
            await super().operate(it)
        except StoreFailed:
            await _there(it)  # an act that was not kept is another day's
        if self.trouble and self.chance.random() < 0.3:
            self.relay.away()
            record = self.sender.record("0", "0")
            asked = asyncio.ensure_future(it.tell("east.approval", record))
            heard, _ = await asyncio.wait([asked], timeout=1.0)
            self.refused += len(heard)  # that the network is gone shows before the commit, or in the middle of it
            self.relay.back()
            await _there(it)
            (verdict,) = await asyncio.gather(asked, return_exceptions=True)
            if isinstance(verdict, Verdict):
                assert verdict.taken or (verdict.again, verdict.code) == (True, "GT405")
            if not isinstance(verdict, Verdict) or not verdict.taken:  # the hub crashed over it, or refused it
                self.sender.unheard.append(record)


def _nothing(_: Transaction) -> None:
    """Work that only waits for its turn."""


async def _there(it: World) -> None:
    """Until the store is written and read again."""
    while True:
        try:
            it.reader.cursor("")
            await it.engine.store.write(_nothing)
        except StoreFailed:
            await asyncio.sleep(0)
        else:
            return


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay(address("postgresql")) as between:
        yield between


@pytest.mark.timeout(600)  # the network goes away again and again
@pytest.mark.parametrize(("policy", "merges"), [("retry", False), ("hold", True), ("query", True)])
@pytest.mark.parametrize("seed", range(int(os.environ.get("GUANTONG_SEEDS", "1"))))
async def test_nothing_is_lost_doubled_or_out_of_order_on_postgresql(
    tmp_path: Path, seed: int, policy: str, merges: bool, relay: Relay, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over several runs of the hub, each ended by a crash at a step chosen by chance."""
    for name, seconds in (("guantong.journey.line.PAUSE", 0.001), ("guantong.journey.deliver.STORE_PAUSE", 0.001),
                          ("guantong_plugins.stores.postgresql.store.LOOK_EVERY", 0.01),
                          ("guantong_plugins.stores.postgresql.reader.TRY_EVERY", 0.01),
                          ("guantong_plugins.stores.postgresql.reader.WAIT", 30.0)):
        monkeypatch.setattr(name, seconds)
    schema = servers.schema_of(tmp_path)
    servers.settings(tmp_path, f"{servers.dsn(at=relay.address)}?application_name={schema}")
    hub = {**PLAIN, **FILES}["config/guantong.yaml"] + f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}}}\n"
    city = FILES["config/city.yaml"].replace("unknown: retry", f"unknown: {policy}")
    files = {**FILES, "config/city.yaml": city, "config/guantong.yaml": hub}
    run = OnPostgresql(seed, policy, merges, schema, relay)
    try:
        for _ in range(RUNS):
            run.crashed.clear()
            run.crash_in = run.chance.randrange(1, 120)
            async with world(tmp_path, files=files, more={EAST: FETCH}, clock=run.clock, played=run.ends) as it:
                it.engine.crash_at = run.crash
                await run.act(it, 4)
                run.crash_in = 0
        async with world(tmp_path, clock=run.clock, played=run.ends) as it:
            await run.settle(it)
            run.compare(it, ordered=not merges)
        assert run.ended > 0
        assert run.refused > 0 or RUNS < 10, "in a short campaign no record may have come while the network was gone"
    finally:
        await asyncio.to_thread(servers.drop, schema)
