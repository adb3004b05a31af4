"""The simulated REST county behaves as the interface says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong_adapters.rest.county import run_county
from guantong_adapters.rest.simulator import CountySettings
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import Act, Story, write_stories

SERIAL, OWN = "10000000100000000011407150001", "RC20140715-0001"
TOKEN = {"Authorization": "Bearer an-invented-token"}
STORY = Story(1, "rongcheng", "online", SERIAL, OWN, (
    Act("case.application", {"serial.province": SERIAL}),
    Act("case.acceptance", {
        "serial.province": SERIAL, "serial.county": OWN, "outcome": "not_competent",
        "accepted_at": "2014-07-15T10:03:00", "legal_limit": 20, "operator.name": "𠮷某",
    }, quirks={"dates": "unpadded", "duplicate": 1}),
    Act("case.finish", {
        "serial.county": OWN, "outcome": "certificate", "fee.amount": "120.50", "finished_at": "2014-07-18T16:00:00",
    }, version=2, quirks={"empty": "word"}),
))


@asynccontextmanager
async def county(folder: Path, **faults: Any) -> AsyncIterator[tuple[aiohttp.ClientSession, str, list[Any]]]:
    """The simulator running, a client with its token, its URL, and what it pushed to the hub."""
    pushed: list[Any] = []

    async def hub(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == TOKEN["Authorization"]
        pushed.append(orjson.loads(await request.read()))
        busy = len(pushed) == 1
        return web.Response(status=503) if busy else web.json_response({"code": 0, "msg": "ok"})

    app = web.Application()
    app.router.add_post("/in/rongcheng.approval/events", hub)
    write_stories(folder / "stories", [STORY])
    async with TestServer(app) as server:
        settings = CountySettings.model_validate({
            "stories": folder / "stories", "hub_url": str(server.make_url("")), "faults": faults,
            "secrets": {"token": "an-invented-token"}, "unknown_items": ["X"],
        })
        running = asyncio.create_task(run_county(settings, folder))
        while not (folder / "ready.json").exists():  # noqa: ASYNC110  another task writes it
            await asyncio.sleep(0)
        url = orjson.loads((folder / "ready.json").read_bytes())["url"]
        async with aiohttp.ClientSession(headers=TOKEN) as client:
            yield client, f"{url}/api/v1/applications", pushed
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def say(client: aiohttp.ClientSession, url: str, **record: Any) -> tuple[int, Any]:
    async with client.post(url, json={"applyNo": SERIAL, "ver": "1", **record}) as answer:
        return answer.status, await answer.json()


async def test_an_application_takes_effect_once_and_lets_its_case_run(tmp_path: Path) -> None:
    """New, then duplicate, each with the county's serial; the case's acts follow in order, again while the
    hub is busy, in the county's own names and habits."""
    async with county(tmp_path) as (client, url, pushed):
        assert await say(client, url) == (200, {"code": 0, "msg": "ok", "data": {"bizNo": OWN}})
        assert await say(client, url) == (200, {"code": 1002, "msg": "办件已存在", "data": {"bizNo": OWN}})
        while len(pushed) < 4:  # noqa: ASYNC110  the simulator pushes on its own
            await asyncio.sleep(0)
    accept = {
        "type": "accept", "applyNo": SERIAL, "bizNo": OWN, "result": "notCompetent", "operatorName": "𠮷某",
        "time": "2014-7-15 10:3:0", "legalLimit": 20, "ver": 1,
    }
    assert pushed[:3] == [accept] * 3
    finish = {"type": "finish", "bizNo": OWN, "result": "certificate", "fee": 120.5, "time": "2014-07-18 16:00:00"}
    assert finish.items() <= pushed[3].items()
    assert (pushed[3]["ver"], pushed[3]["memo"], pushed[3]["applyNo"]) == (2, "null", "null")
    effects = read_effects(tmp_path / "ledger.db")
    assert [(each.kind, each.key, each.version, each.repeats) for each in effects] == [
        ("application", (SERIAL,), "1", 1)
    ]


async def test_a_lost_reply_leaves_an_effect_that_can_be_asked_for(tmp_path: Path) -> None:
    """The effect is made, the connection cut; a query then tells the serial, and before that 404."""
    async with county(tmp_path, lose_reply=[SERIAL]) as (client, url, _):
        async with client.get(f"{url}/{SERIAL}") as answer:
            assert (answer.status, await answer.json()) == (404, {"code": 1404, "msg": "办件不存在"})
        with pytest.raises(aiohttp.ClientError):
            await say(client, url)
        async with client.get(f"{url}/{SERIAL}") as answer:
            assert (answer.status, await answer.json()) == (200, {"code": 0, "msg": "ok", "data": {"bizNo": OWN}})


async def test_a_card_can_be_asked_for_apart_from_its_case(tmp_path: Path) -> None:
    """Before and after it takes effect; a withdrawal is another thing."""
    async with county(tmp_path, lose_reply=["W1"]) as (client, url, _):
        cards = url.replace("applications", "warnings")

        async def known() -> list[int]:
            return [(await client.get(f"{cards}/W1{what}")).status for what in ("", "/withdrawn")]

        assert await known() == [404, 404]
        with pytest.raises(aiohttp.ClientError):
            await client.post(cards, json={"alertNo": "W1", "applyNo": SERIAL})
        assert await known() == [200, 404]


async def test_what_it_refuses_has_no_effect(tmp_path: Path) -> None:
    """A wrong token, a busy moment, no JSON, no serial, an unknown item: each in the interface's own words."""
    async with county(tmp_path, busy_every=2) as (client, url, _):
        async with client.post(url, data=b"{", headers={"Authorization": "Bearer no"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, 1401)
        assert await say(client, url) == (503, {"code": 1503, "msg": "系统繁忙"})
        async with client.post(url, data=b"{") as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 1400)
        assert (await say(client, url))[0] == 503
        assert (await say(client, url, applyNo=""))[1]["code"] == 2002
        assert (await say(client, url))[0] == 503
        assert await say(client, url, itemCode="X") == (200, {"code": 2001, "msg": "事项不存在"})
    assert read_effects(tmp_path / "ledger.db") == []
