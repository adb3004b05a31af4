"""A simulated county approval system by REST/JSON, both ways.

POST /api/v1/applications takes applications; GET /api/v1/applications/{applyNo} tells what it has. An
application whose case it knows from its stories lets that case run: it pushes every further act to the hub,
one after another. It answers 1002 for what it has already. `faults.lose_reply` lists uniform serials.
POST /api/v1/warnings takes warnings and cards of supervision, and its department answers each card;
POST /api/v1/warnings/withdrawn takes cards back.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from guantong_adapters.rest.county_records import document, kept_fields
from guantong_adapters.rest.simulator import CountySettings
from guantong_adapters.simulation.county import CallingCounty
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.simulation.push import Ack, Item

PATH = "/api/v1/applications"
WARNINGS = "/api/v1/warnings"
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class County(CallingCounty):
    """One county's system."""

    def __init__(self, settings: CountySettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._settings = settings
        self._token = f"Bearer {settings.secret('token')}"
        self._taken: set[str] = set()
        self._cards: set[tuple[str, str]] = set()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one application."""
        record = await self._record(request)
        if isinstance(record, web.Response):
            return record
        serial = record.get("applyNo") if isinstance(record, dict) else None
        if not serial or not isinstance(serial, str):
            return self._refuse(2002, "缺少申办流水号")
        if record.get("itemCode") in self._settings.unknown_items:
            return self._refuse(2001, "事项不存在", serial)
        return self._effect(request, serial, record)

    async def _record(self, request: web.Request) -> Any:
        """What a request holds, as JSON; or the answer that turns it away."""
        self.ledger.note("received")
        if not self._known(request):
            return self._refuse(1401, "令牌无效", status=401)
        if arrival().busy:
            self.ledger.note("busy")
            return _say(1503, "系统繁忙", status=503)
        try:
            return orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            return self._refuse(1400, "报文格式错误", status=400)

    def _effect(self, request: web.Request, serial: str, record: dict[str, Any]) -> web.StreamResponse:
        version = str(record.get("ver", "1"))
        outcome = self.ledger.effect("application", (serial,), kept_fields(record), version)
        self._taken.add(serial)
        own = self.cases.own_serial(serial, self._mint)
        self.cases.go_on(own)
        if self.faults.loses_reply(serial):
            self.ledger.note("dropped_replies")
            return cut(request)
        return _say(0, "ok", bizNo=own) if outcome == "new" else _say(1002, "办件已存在", bizNo=own)

    async def warn(self, request: web.Request) -> web.StreamResponse:
        """Take a warning, and answer it where it is a card."""
        return await self._about_a_card(request, "warning")

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """A card is taken back."""
        return await self._about_a_card(request, "warningWithdrawn")

    async def _about_a_card(self, request: web.Request, kind: str) -> web.StreamResponse:
        record = await self._record(request)
        if isinstance(record, web.Response):
            return record
        number = record.get("alertNo") if isinstance(record, dict) else None
        case = (record.get("bizNo") or record.get("applyNo")) if isinstance(record, dict) else None
        if not number or not case:
            return self._refuse(2002, "缺少监察编号或办件流水号")
        outcome = self.ledger.effect(kind, (case, number), kept_fields(record), str(record.get("ver", "1")))
        self._cards.add((kind, number))
        if outcome == "new" and kind == "warning":
            who = {"serial.province": record.get("applyNo"), "serial.county": record.get("bizNo"), "region": record.get("regionCode")}
            self.cases.answer(number, who, serious=record.get("level") in ("yellow", "red"))
        if self.faults.loses_reply(number):
            self.ledger.note("dropped_replies")
            return cut(request)
        return _say(0, "ok") if outcome == "new" else _say(1002, "已收到")

    async def tell(self, request: web.Request) -> web.StreamResponse:
        """Tell whether an application is here."""
        self.ledger.note("queries")
        if not self._known(request):
            return self._refuse(1401, "令牌无效", status=401)
        serial = request.match_info["applyNo"]
        if serial not in self._taken:
            return _say(1404, "办件不存在", status=404)
        return _say(0, "ok", bizNo=self.cases.knows(serial))

    async def tell_warning(self, request: web.Request) -> web.StreamResponse:
        """Tell whether a warning is here."""
        return self._tell_card(request, "warning")

    async def tell_withdrawal(self, request: web.Request) -> web.StreamResponse:
        """Tell whether it is known that a card was taken back."""
        return self._tell_card(request, "warningWithdrawn")

    def _tell_card(self, request: web.Request, kind: str) -> web.StreamResponse:
        self.ledger.note("queries")
        if not self._known(request):
            return self._refuse(1401, "令牌无效", status=401)
        known = (kind, request.match_info["alertNo"]) in self._cards
        return _say(0, "ok") if known else _say(1404, "没有此预警", status=404)

    def _known(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token.encode())

    def _mint(self) -> str:
        return f"{self._settings.serial_prefix}{self.ledger.next_serial('own'):08d}"

    def _refuse(self, code: int, reason: str, serial: str = "", *, status: int = 200) -> web.Response:
        self.ledger.note("refused")
        self.ledger.rejected("application", (serial,), reason)
        return _say(code, reason, status=status)

    async def _post(self, item: Item) -> Ack:
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
    await county.cases.load(settings.stories, settings.county, document)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post(PATH, county.take)
    app.router.add_post(WARNINGS, county.warn)
    app.router.add_post(f"{WARNINGS}/withdrawn", county.withdraw)
    app.router.add_get(PATH + "/{applyNo}", county.tell)
    app.router.add_get(WARNINGS + "/{alertNo}", county.tell_warning)
    app.router.add_get(WARNINGS + "/{alertNo}/withdrawn", county.tell_withdrawal)
    try:
        await serve(app, settings, folder, county.faults, county.status, county.cases.start, county.run)
    finally:
        county.ledger.close()
