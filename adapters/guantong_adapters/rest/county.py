"""A simulated county approval system by REST/JSON, both ways.

POST /api/v1/applications takes applications; GET /api/v1/applications/{applyNo} tells what it has. An
application whose case it knows from its stories lets that case run: it pushes every further act to the hub,
one after another. It answers 1002 for what it has already. `faults.lose_reply` lists uniform serials.
"""

from __future__ import annotations

import asyncio
import hmac
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from guantong_adapters.rest.county_records import document, kept_fields
from guantong_adapters.rest.simulator import CountySettings
from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.simulation.push import Ack, Item, Pusher, sending_order
from guantong_adapters.simulation.story import read_stories

PATH = "/api/v1/applications"
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_PATIENCE = aiohttp.ClientTimeout(total=30)


class County:
    """One county's system: its ledger, its cases, its pushing."""

    def __init__(self, settings: CountySettings, folder: Path) -> None:
        self._settings = settings
        self._token = f"Bearer {settings.secret('token')}"
        self.faults = Faults(settings.faults)
        self.ledger = Ledger(folder / "ledger.db")
        self._pusher = Pusher(self._post, settings.concurrency)
        self._session: aiohttp.ClientSession | None = None
        self._serials: dict[str, str] = {}
        self._taken: set[str] = set()
        self._at_start: list[str] = []
        self._begun = False

    async def load(self) -> None:
        """Read the stories. Online cases wait for their application, the others for `start`."""
        path = self._settings.stories
        if path is None:
            return
        for story in await asyncio.to_thread(lambda: list(read_stories(path))):
            if story.county != self._settings.county:
                continue
            acts = sending_order(story.acts)
            if story.channel == "online":
                acts = [act for act in acts if act.event != "case.application"]
                self._serials[story.province_serial] = story.county_serial
            else:
                self._at_start.append(story.county_serial)
            items = [Item(story.county_serial, act.event, document(act)) for act in acts]
            self._pusher.add(story.county_serial, items, held=True)

    async def start(self) -> None:
        """Let the on-site and immediate cases begin, once: later calls change nothing."""
        self._begun = True
        while self._at_start:
            self._pusher.release(self._at_start.pop(0))

    async def run(self) -> None:
        """Push until cancelled."""
        async with aiohttp.ClientSession(timeout=_PATIENCE) as self._session:
            await self._pusher.run()

    def status(self) -> dict[str, object]:
        done = self._begun and self._pusher.to_push == 0
        return {"received": 0, "dropped_replies": 0, **self.ledger.counts(), **self._pusher.status(), "done": done}

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one application."""
        self.ledger.note("received")
        if not self._known(request):
            return self._refuse(1401, "令牌无效", status=401)
        if arrival().busy:
            self.ledger.note("busy")
            return _say(1503, "系统繁忙", status=503)
        try:
            record = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            return self._refuse(1400, "报文格式错误", status=400)
        serial = record.get("applyNo") if isinstance(record, dict) else None
        if not serial or not isinstance(serial, str):
            return self._refuse(2002, "缺少申办流水号")
        if record.get("itemCode") in self._settings.unknown_items:
            return self._refuse(2001, "事项不存在", serial)
        return self._effect(request, serial, record)

    def _effect(self, request: web.Request, serial: str, record: dict[str, Any]) -> web.StreamResponse:
        version = str(record.get("ver", "1"))
        outcome = self.ledger.effect("application", (serial,), kept_fields(record), version)
        if serial not in self._serials:
            number = self.ledger.next_serial("own")
            self._serials[serial] = f"{self._settings.serial_prefix}{number:08d}"
        self._taken.add(serial)
        own = self._serials[serial]
        self._pusher.release(own)
        if self.faults.loses_reply(serial):
            self.ledger.note("dropped_replies")
            return cut(request)
        return _say(0, "ok", bizNo=own) if outcome == "new" else _say(1002, "办件已存在", bizNo=own)

    async def tell(self, request: web.Request) -> web.StreamResponse:
        """Tell whether an application is here."""
        self.ledger.note("queries")
        if not self._known(request):
            return self._refuse(1401, "令牌无效", status=401)
        serial = request.match_info["applyNo"]
        if serial not in self._taken:
            return _say(1404, "办件不存在", status=404)
        return _say(0, "ok", bizNo=self._serials[serial])

    def _known(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode())

    def _refuse(self, code: int, reason: str, serial: str = "", *, status: int = 200) -> web.Response:
        self.ledger.note("refused")
        self.ledger.rejected("application", (serial,), reason)
        return _say(code, reason, status=status)

    async def _post(self, item: Item) -> Ack:
        if self._session is None:
            return Ack.AGAIN
        url = f"{self._settings.hub_url}{self._settings.hub_path}"
        headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": self._token}
        async with self._session.post(url, data=item.payload, headers=headers) as answer:
            body = await answer.read()
            if answer.status in _AGAIN:
                return Ack.AGAIN
            return Ack.TAKEN if answer.status == 200 and orjson.loads(body).get("code") == 0 else Ack.REFUSED


def _say(code: int, message: str, *, status: int = 200, **data: str) -> web.Response:
    body: dict[str, Any] = {"code": code, "msg": message}
    if data:
        body["data"] = data
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


async def run_county(settings: CountySettings, folder: Path) -> None:
    """Serve one county until cancelled."""
    county = County(settings, folder)
    await county.load()
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post(PATH, county.take)
    app.router.add_get(PATH + "/{applyNo}", county.tell)
    try:
        await serve(app, settings, folder, county.faults, county.status, county.start, county.run)
    finally:
        county.ledger.close()
