"""A running hub and its local socket: orders, what is no order, one hub per home, stopping."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from tests.journey.home import write_home
from tests.journey.played import Act as Does
from tests.journey.played import Played
from tests.journey.world import configured, plugged, step

from guantong.control import ask, socket_path, status
from guantong.hub import Hub, open_engine, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState
from guantong.lock import HomeLocked
from guantong.operations import Act, Order
from guantong.record import Record
from guantong.socketname import within_limit
from guantong.vault import VaultError

HALL = "city.hall"


@asynccontextmanager
async def hub_on(home: Path, played: dict[str, Played]) -> AsyncIterator[Hub]:
    """A hub that runs on *home*, its systems played."""
    if not (home / "config").exists():
        write_home(home, delivery={HALL: "unknown: hold"})
    async with running(configured(home, played), plugged(played)) as hub:
        yield hub


async def tell(hub: Hub, record: dict[str, Any]) -> None:
    verdict = await accept(hub.engine, Record("east.approval", orjson.dumps(record)))
    assert verdict.taken


async def until(hub: Hub, delivery: int, state: DeliveryState) -> None:
    """Until the delivery is there; each look is a turn of the store."""
    while (row := hub.engine.reader.delivery(delivery)) is None or row.state is not state:
        await hub.engine.store.write(lambda _: None)


async def test_an_order_over_the_socket_is_carried_out_and_journaled(tmp_path: Path) -> None:
    """Who may open the socket acts, under the name given; each object is answered for."""
    played = {HALL: Played(HALL)}
    played[HALL].script.append(Does.REFUSED)
    async with hub_on(tmp_path, played) as hub:
        await tell(hub, step("1", "P1"))
        await until(hub, 1, DeliveryState.DEAD)
        done = await ask(tmp_path, Order(Act.REPLAY, ["D1", "D99", "M99", "x", "²", "1" * 40], "陈工", "已核实"))
        assert [one["state"] for one in done] == ["waiting", "", "", "", "", ""]
        assert [one["problem"] is None for one in done] == [True, False, False, False, False, False]
        await until(hub, 1, DeliveryState.CONFIRMED)
        (subject,) = hub.engine.reader.subjects_by_number("P1")
        (line,) = [one for one in hub.engine.reader.journal_of(subject) if one.what == "replayed"]
        assert (line.actor, line.delivery, line.detail["why"]) == ("陈工", 1, "已核实")
        found = await status(tmp_path)
        assert found is not None
        assert found["configuration"] == hub.engine.configuration.version


async def test_a_hold_over_the_socket_takes_effect_at_once(tmp_path: Path) -> None:
    """Once it is answered nothing more is sent; the release over the socket lets it go on."""
    played = {HALL: Played(HALL)}
    async with hub_on(tmp_path, played) as hub:
        assert [one["state"] for one in await ask(tmp_path, Order(Act.HOLD, [HALL], "陈工", "升级"))] == ["held"]
        await tell(hub, step("1", "P1"))
        found = await status(tmp_path)
        assert found is not None
        hall = found["queues"]["systems"][HALL]
        assert (hall["held"], hall["hold"]["by"], hall["waiting"], played[HALL].sent) == (True, "陈工", 1, [])
        await ask(tmp_path, Order(Act.RELEASE, [HALL], "陈工"))
        await until(hub, 1, DeliveryState.CONFIRMED)


@pytest.mark.parametrize("body", [
    b"", b"{}", b"[]", b"null", b"no json", b'{"act":"explode","ids":["1"],"actor":"a"}',
    b'{"act":"discard","ids":"123","actor":"a"}', b'{"act":"discard","actor":"a"}', b'{"act":"discard","ids":["1"]}',
])
async def test_what_is_no_order_changes_nothing(tmp_path: Path, body: bytes) -> None:
    """It is refused whole, and the hub goes on."""
    played = {HALL: Played(HALL, otherwise=Does.REFUSED)}
    async with hub_on(tmp_path, played) as hub:
        for code in "123":
            await tell(hub, step(code, f"P{code}"))
        with within_limit(socket_path(tmp_path)) as name:
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(path=name)) as session,
                session.post("http://hub/acts", data=body) as answer,
            ):
                assert answer.status == 400
        await until(hub, 1, DeliveryState.DEAD)
        assert (await ask(tmp_path, Order(Act.DISCARD, ["D1"], "陈工")))[0]["state"] == "discarded"


async def test_many_objects_in_one_order_are_all_done(tmp_path: Path) -> None:
    """None is dropped in silence."""
    async with hub_on(tmp_path, {}) as hub:
        for number in range(3):
            await tell(hub, {"type": "step", "no": f"P{number}"})
        idents = [f"M{number}" for number in range(1, 12_002)]
        done = await ask(tmp_path, Order(Act.DISCARD, idents, "陈工", "试验"))
        assert [one["id"] for one in done] == idents
        assert sum(one["state"] == "discarded" for one in done) == 3


async def test_only_its_owner_may_use_the_socket(tmp_path: Path) -> None:
    """And nothing of it is left when the hub stopped."""
    async with hub_on(tmp_path, {}):
        path = socket_path(tmp_path)
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()
    assert await status(tmp_path) is None
    with pytest.raises((aiohttp.ClientError, OSError)):
        await ask(tmp_path, Order(Act.REPLAY, ["D1"], "陈工"))


async def test_a_home_with_a_long_name_has_a_socket_too(tmp_path: Path) -> None:
    """The kernel bounds a socket's name; a home is called what it is called."""
    home = tmp_path / "揭阳市政务服务数据管理局" / "一体化政务服务交换枢纽" / "正式环境"
    home.mkdir(parents=True)
    assert len(os.fsencode(socket_path(home))) > 108
    async with hub_on(home, {}):
        (done,) = await ask(home, Order(Act.REPLAY, ["M1"], "陈工"))
        assert done["problem"]
        assert await status(home)
    assert not socket_path(home).exists()


async def test_a_socket_left_by_a_killed_hub_stops_nobody(tmp_path: Path) -> None:
    """The next hub takes its place."""
    (tmp_path / "var").mkdir(parents=True)
    socket_path(tmp_path).touch()
    write_home(tmp_path)
    assert await status(tmp_path) is None
    async with hub_on(tmp_path, {}):
        assert await status(tmp_path)


async def test_a_home_has_one_hub(tmp_path: Path) -> None:
    """The second is refused by name of the first; when that one ended, the home is free."""
    async with hub_on(tmp_path, {}) as hub:
        with pytest.raises(HomeLocked, match=f"process {os.getpid()}"):
            async with open_engine(hub.engine.configuration, plugged({})):
                pytest.fail("two engines on one home")
    async with hub_on(tmp_path, {}):
        assert (tmp_path / "var/lock").exists()


async def test_lost_keys_are_not_replaced(tmp_path: Path) -> None:
    """A home that holds bodies does not start with other keys; with its own again, it does."""
    async with hub_on(tmp_path, {}) as hub:
        await tell(hub, step("1", "P1"))
    keys = tmp_path / "var/keys"
    keys.rename(tmp_path / "elsewhere")
    with pytest.raises(VaultError, match=r"keys\.folder: there is no body\.key"):
        async with hub_on(tmp_path, {}):
            pytest.fail("a hub with new keys on an old store")
    assert not keys.exists()
    (tmp_path / "elsewhere").rename(keys)
    async with hub_on(tmp_path, {}) as hub:
        assert hub.port


async def test_a_hub_that_stops_closes_everything_it_opened(tmp_path: Path) -> None:
    """Connections are closed, no task is left, and what is in hand has ended in its outcome."""
    played = {HALL: Played(HALL, gate=asyncio.Event())}
    before = asyncio.all_tasks()
    gate = played[HALL].gate
    assert gate is not None
    async with hub_on(tmp_path, played) as hub:
        await tell(hub, step("1", "P1"))
        await until(hub, 1, DeliveryState.SENDING)
        asyncio.get_running_loop().call_soon(gate.set)
    assert len(played) == 5
    assert all(one.closed for one in played.values())
    assert asyncio.all_tasks() == before
    async with hub_on(tmp_path, played) as hub:
        row = hub.engine.reader.delivery(1)
        assert row is not None
        assert (row.state, len(played[HALL].sent)) == (DeliveryState.CONFIRMED, 1)


async def test_a_polled_source_is_read_once_and_told_what_became_of_its_rows(tmp_path: Path) -> None:
    """Rows are accepted in order, marked after they are durable, and the cursor moves; after a restart
    reading goes on behind it."""
    write_home(tmp_path, more={"east.approval": "    poll: {every: 10ms, batch: 3}\n"},
               files={"config/guantong.yaml": "hub: {name: 试验, listen: 127.0.0.1:0, queue: {accepting: 2}}\n"})
    east = Played("east.approval")
    east.rows = [Record("east.approval", orjson.dumps(step(str(n), "P1")), ref=f"row {n}") for n in range(7)]
    east.rows[4] = Record("east.approval", b'{"type":"step","no":"P1"}', ref="row 4")
    played = {"east.approval": east}
    async with hub_on(tmp_path, played) as hub:
        while hub.engine.reader.cursor("east.approval") != "7":
            await hub.engine.store.write(lambda _: None)
    assert [(mark.ref, str(mark.verdict.acceptance)) for mark in east.marks] == [
        (f"row {n}", "parked" if n == 4 else "routed") for n in range(7)]
    assert played[HALL].texts() == [f"step {n}" for n in range(7) if n != 4][:len(played[HALL].effects)]
    east.rows.append(Record("east.approval", orjson.dumps(step("8", "P1")), ref="row 8"))
    async with hub_on(tmp_path, played) as hub:
        while hub.engine.reader.cursor("east.approval") != "8":
            await hub.engine.store.write(lambda _: None)
    assert [mark.ref for mark in east.marks[7:]] == ["row 8"]
