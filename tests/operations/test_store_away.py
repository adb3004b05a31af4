"""A hub on PostgreSQL whose server goes away and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest
from tests.conftest import address
from tests.journey.home import FILES, write_home
from tests.journey.played import Played
from tests.journey.world import configured, plugged, step
from tests.stores import servers

from guantong.control import socket_path
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.record import Acceptance, Record, Verdict
from guantong_plugins.drill.relay import Relay

pytestmark = pytest.mark.service("postgresql")


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """The network to the server; in the end the home's schema is taken away."""
    with Relay(address("postgresql")) as between:
        yield between
    servers.drop(servers.schema_of(tmp_path))


async def tell(hub: Hub, record: dict[str, object]) -> Verdict:
    return await accept(hub.engine, Record("east.approval", orjson.dumps(record)))


async def asked(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        await answer.read()
        return answer.status


async def test_it_refuses_before_acknowledging_says_so_everywhere_and_goes_on_by_itself(
    tmp_path: Path, relay: Relay, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Senders are told to come again; who balances load sees that it is not ready; figures are 503, never a fault of ours. What
    was on its way is sent when the server is back."""
    monkeypatch.setattr("guantong_plugins.stores.postgresql.reader.TRY_EVERY", 0.01)
    servers.settings(tmp_path, servers.dsn(at=relay.address))
    write_home(tmp_path, files={"config/guantong.yaml": FILES["config/guantong.yaml"]
               + f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {servers.schema_of(tmp_path)}}}\n"})
    played = {"city.hall": Played("city.hall")}
    async with running(configured(tmp_path, played), plugged(played)) as hub, aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{hub.port}"
        assert (await tell(hub, step("1", "P1"))).acceptance is Acceptance.ROUTED
        assert await asked(session, f"{base}/readyz") == 200
        relay.away()
        refused = [await tell(hub, step("2", "P2")) for _ in range(3)]
        assert {(one.acceptance, one.again, one.code) for one in refused} == {(Acceptance.REFUSED, True, "GT405")}
        for page in ("readyz", "api/v1/queues", "api/v1/statistics", "metrics"):
            assert await asked(session, f"{base}/{page}") == 503, page
        assert await asked(session, f"{base}/healthz") == 200
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket_path(tmp_path)))) as local:
            assert await asked(local, "http://hub/status") == 503
        relay.back()
        while (verdict := await tell(hub, step("2", "P2"))).again or await asked(session, f"{base}/readyz") != 200:
            continue
        assert verdict.acceptance in (Acceptance.ROUTED, Acceptance.DUPLICATE)
        while len(played["city.hall"].effects) < 2:
            await hub.engine.store.write(lambda _: None)
        assert [effect.fields["code"] for effect in played["city.hall"].effects] == ["1", "2"]
