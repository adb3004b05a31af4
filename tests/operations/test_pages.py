"""The pages of operations: for who has a token, made off the loop, once for all who ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.journey.attacked import until
from tests.journey.home import write_home
from tests.journey.played import Played
from tests.journey.world import configured, plugged

from guantong.hub import Hub, running
from guantong.journey import pressure
from guantong.journey.codes import TOO_DEEP
from guantong.operations import telling
from guantong.problems import Problem

PAGES = ("/metrics", "/api/v1/queues", "/api/v1/statistics", "/openapi.json")
TOKEN, OTHER = "an-invented-token-of-32-letters-1", "an-invented-token-of-32-letters-2"
OPEN = "hub: {name: 试验, listen: 127.0.0.1:0}\n"
PROXIED = "hub: {name: 试验, listen: 127.0.0.1:0, public_url: 'https://hub.example.invalid'}\n"
TOKENS = "operations: {tokens: {prometheus: {file: token}, desk: {file: other}}}\n"


@asynccontextmanager
async def hub_of(home: Path, config: str) -> AsyncIterator[tuple[Hub, aiohttp.ClientSession]]:
    write_home(home, files={"config/guantong.yaml": config})
    for name, token in (("token", TOKEN), ("other", OTHER)):
        (home / name).write_text(token)
        (home / name).chmod(0o600)
    played: dict[str, Played] = {}
    async with running(configured(home, played), plugged(played)) as hub, aiohttp.ClientSession(f"http://127.0.0.1:{hub.port}") as session:
        yield hub, session


async def asked(session: aiohttp.ClientSession, page: str, **headers: str) -> tuple[int, bytes]:
    async with session.get(page, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_a_hub_of_this_machine_alone_shows_its_pages(tmp_path: Path) -> None:
    """Without a token, as it always did."""
    async with hub_of(tmp_path, OPEN) as (_, session):
        assert [(await asked(session, page))[0] for page in PAGES] == [200] * 4


async def test_where_others_reach_the_hub_a_token_is_needed(tmp_path: Path) -> None:
    """Every page, from wherever it is asked; either token opens them; health needs none; the description says so."""
    async with hub_of(tmp_path, PROXIED + TOKENS) as (_, session):
        for given in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"},
                      {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer 令牌"}, {"X-Forwarded-For": "127.0.0.1"}):
            for page in PAGES:
                status, body = await asked(session, page, **given)
                assert (status, orjson.loads(body)["code"]) == (401, "GT777")
                assert TOKEN.encode() not in body
        twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer x")]
        async with session.get("/metrics", headers=twice) as answer:  # who stands between may have judged another of the two
            assert (answer.status, orjson.loads(await answer.read())["code"]) == (400, "GT636")
        assert orjson.loads(body)["detail"] == (
            "this page is for who operates the hub: a token is needed; send a token of operations.tokens (guantong.yaml) as "
            "Authorization: Bearer …")
        for token in (f"Bearer {TOKEN}", f"bearer {OTHER}"):
            assert [(await asked(session, page, Authorization=token))[0] for page in PAGES] == [200] * 4
        assert [(await asked(session, page))[0] for page in ("/healthz", "/readyz")] == [200, 200]
        told = orjson.loads((await asked(session, "/openapi.json", Authorization=f"Bearer {TOKEN}"))[1])
        OpenAPIV31SpecValidator(told).validate()
        assert {path for path, methods in told["paths"].items() if "security" in methods.get("get", {})} == set(PAGES)


async def test_who_shares_out_requests_hears_that_the_doors_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason's code and none of its numbers; the process is well all the while."""
    found = [Problem(TOO_DEEP, details={"limit": 7})]
    monkeypatch.setattr(pressure, "look", lambda *_: next(iter(found), None))
    monkeypatch.setattr(pressure, "LOOK_EVERY", 0.02)
    async with hub_of(tmp_path, OPEN) as (hub, session):
        await until(lambda: hub.engine.pressure.problem is not None)
        assert await asked(session, "/readyz") == (503, b'{"ready":false,"code":"GT426"}')
        assert (await asked(session, "/healthz"))[0] == 200
        found.clear()
        await until(lambda: hub.engine.pressure.problem is None)
        assert await asked(session, "/readyz") == (200, b'{"ready":true}')


async def test_without_a_token_to_show_the_pages_are_shut_to_others(tmp_path: Path) -> None:
    """A proxy that hands on everything hands on no figures."""
    async with hub_of(tmp_path, PROXIED) as (_, session):
        for page in PAGES:
            status, body = await asked(session, page, Authorization="Bearer x")
            assert (status, orjson.loads(body)["code"]) == (403, "GT778")
        assert (await asked(session, "/healthz"))[0] == 200


class Counted:
    """A count that takes as long as the test wants, and how often it was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made, self.at_once, self._now = 0, 0, 0
        self.begun, self.go_on = threading.Event(), threading.Event()
        monkeypatch.setattr(telling, "queue_figures", self.count)

    def count(self, *_: Any) -> dict[str, Any]:
        self.made += 1
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        self.begun.set()
        assert self.go_on.wait(10)
        self._now -= 1
        return {"systems": {}, "made": self.made}


async def test_however_many_ask_figures_are_made_once_and_beside_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While they are being made, the hub answers as ever; the first to ask may go, and all others are told."""
    counted = Counted(monkeypatch)
    async with hub_of(tmp_path, OPEN) as (_, session):
        first = asyncio.create_task(asked(session, "/api/v1/queues"))
        assert await asyncio.to_thread(counted.begun.wait, 10)
        others = [asyncio.create_task(asked(session, "/api/v1/queues")) for _ in range(50)]
        for _ in range(10):
            assert (await asked(session, "/healthz"))[0] == 200
        first.cancel()
        counted.go_on.set()
        answers = await asyncio.gather(*others)
        assert {status for status, _ in answers} == {200}
        assert counted.at_once == 1
        assert counted.made <= 2  # one more where some asked after the first was made


async def test_figures_that_took_long_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many times as long: who asks on and on takes a part of one core."""
    monkeypatch.setattr(telling, "WORTH", 60)
    counted = Counted(monkeypatch)
    async with hub_of(tmp_path, OPEN) as (hub, session):
        threading.Timer(0.5, counted.go_on.set).start()
        told = [(await asked(session, "/api/v1/queues"))[1] for _ in range(20)]
        assert len(set(told)) == 1
        fresh = await hub._telling.queues(at_once=True)
        assert fresh["made"] == counted.made > 1
        assert hub._telling._kept.keys() == {"queues"}
