"""A simulated county approval system of forms (`access_token`, `accessToken`, `xmlStr`), both ways.

POST /approve/getToken gives an interface token; POST /approve/receiveApplyInfo takes applications, /approve/receiveWarnInfo
warnings and cards of supervision, which its department answers, and /approve/withdrawWarnInfo cards taken back. It says what it
thinks in the manners such systems have: as XML with a sealed `data`, as JSON, or in words; an unknown item comes as
code 200 with the complaint in `data`. Its cases it pushes to the hub in forms of the same kind, or, where it `offers`
them, it is asked: POST /approve/getApplyInfo gives what was not confirmed, /approve/confirmApplyInfo confirms.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from guantong_adapters.rest.simulator import XmlStrSettings
from guantong_adapters.rest.xmlstr_records import (
    APPLICATION,
    CARD,
    WITHDRAWN,
    Malformed,
    Seal,
    answer,
    document,
    received,
)
from guantong_adapters.simulation.county import CallingCounty
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.simulation.push import Ack, Item

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_XML = "text/xml"
_CARDS = frozenset({"1", "2"})
"""The kinds of warning that want an answer: yellow and red."""


class XmlStrCounty(CallingCounty):
    """One county's system, with its tokens."""

    def __init__(self, settings: XmlStrSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._settings = settings
        self._seal = Seal({"key": settings.secret("cipher_key"), "iv": settings.secret("cipher_iv")})
        self._token = ""
        self._asked = 0
        self._offered: dict[str, tuple[Item, asyncio.Future[Ack]]] = {}

    async def log_in(self, request: web.Request) -> web.Response:
        """Give a token in place of the one before."""
        form = await request.post()
        self.ledger.note("logins")
        if not all(_same(form.get(field), self._settings.secret(name)) for field, name in
                   (("appId", "app_id"), ("appSecret", "app_secret"))):
            return _json({"status": "401", "msg": "应用凭证不正确"})
        self._token = f"TK{self.ledger.next_serial('token'):012d}"
        return _json({"status": "200", "data": {"accessToken": self._token, "expiresIn": self._settings.token_lasts}})

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one application."""
        row = await self._row(request, APPLICATION)
        if isinstance(row, web.Response):
            return row
        serial = row.get("SBLSH") or ""
        if not serial:
            return self._refuse("", "报文中缺少申办流水号")
        if row.get("SXBM") in self._settings.unknown_items:
            self.ledger.note("refused")
            self.ledger.rejected(APPLICATION, (serial,), "事项不存在")
            return _xml(answer("200", self._seal.seal("<RESULT><msg>事项不存在</msg></RESULT>")))
        return self._effect(request, serial, row)

    async def _row(self, request: web.Request, kind: str) -> Mapping[str, str | None] | web.Response:
        """What a call hands over; or what is answered, where it may not, or cannot now."""
        self.ledger.note("received")
        form = await request.post()
        if (turned_away := self._turned_away(form)) is not None:
            return turned_away
        if arrival().busy:
            self.ledger.note("busy")
            return _words("系统繁忙，请稍后再试")
        try:
            return received(self._seal.open(str(form.get("xmlStr", ""))), kind)
        except Malformed as error:
            return self._refuse("", str(error))

    def _effect(self, request: web.Request, serial: str, row: Mapping[str, str | None]) -> web.StreamResponse:
        outcome = self.ledger.effect(APPLICATION, (serial,), row, row.get("SJBBH") or "1")
        own = self.cases.own_serial(serial, self._mint)
        self.cases.go_on(own)
        if self.faults.loses_reply(serial):
            self.ledger.note("dropped_replies")
            return cut(request)
        if outcome == "duplicate":
            return _words(f"当前业务已申报，业务流水号{own}")
        return self._took(own)

    async def warn(self, request: web.Request) -> web.StreamResponse:
        """Take a warning, and answer it."""
        return await self._about_a_card(request, CARD)

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """A card is taken back."""
        return await self._about_a_card(request, WITHDRAWN)

    async def _about_a_card(self, request: web.Request, kind: str) -> web.StreamResponse:
        row = await self._row(request, kind)
        if isinstance(row, web.Response):
            return row
        serial, number = row.get("SBLSH") or "", row.get("JCBH") or ""
        if not serial or not number:
            return self._refuse(serial, "报文中缺少监察编号或申办流水号")
        outcome = self.ledger.effect(kind, (serial, number), row, row.get("SJBBH") or "1")
        if outcome == "new" and kind == CARD:
            self.cases.answer(number, {"serial.province": serial, "serial.county": row.get("YWLSH")},
                              serious=row.get("YJLX") in _CARDS)
        if self.faults.loses_reply(number):
            self.ledger.note("dropped_replies")
            return cut(request)
        return _words("请求成功") if outcome == "new" else _words("当前业务已接收")

    def _took(self, own: str) -> web.Response:
        """Success, in one of the manners this system has."""
        self._asked += 1
        faults = self._settings.faults
        if faults.words_every and self._asked % faults.words_every == 0:
            return _words("请求成功")
        if faults.json_every and self._asked % faults.json_every == 0:
            return _json({"status": "200", "msg": "请求成功"})
        document = f"<APPROVEDATAINFO><YWLSH>{own}</YWLSH></APPROVEDATAINFO>"
        return _xml(answer("200", self._seal.seal(document, lines=True)))

    def _turned_away(self, form: Mapping[str, Any]) -> web.Response | None:
        """What is said to a wrong or spent token, or nothing."""
        if not _same(form.get("access_token"), self._settings.secret("access_token")):
            self.ledger.note("refused")
            return _words("访问令牌无效")
        every = self._settings.faults.expire_every
        if every and self.ledger.note("tokens_brought") % every == 0:
            self._token = ""
        if not self._token or not _same(form.get("accessToken"), self._token):
            self.ledger.note("expired")
            return _words("接口令牌不存在")
        return None

    def _refuse(self, serial: str, reason: str) -> web.Response:
        self.ledger.note("refused")
        self.ledger.rejected(APPLICATION, (serial,), reason)
        return _xml(answer("400", message=reason))

    def _mint(self) -> str:
        return f"{self._settings.serial_prefix}{self.ledger.next_serial('own'):08d}"

    async def _post(self, item: Item) -> Ack:
        return await (self._call(item) if self._settings.hands_over == "push" else self._offer(item))

    async def _call(self, item: Item) -> Ack:
        settings = self._settings
        form = {
            "access_token": settings.secret("access_token"), "accessToken": settings.secret("hub_token"),
            "xmlStr": self._seal.seal(item.payload, lines=True),
        }
        async with self._session.post(f"{settings.hub_url}{settings.hub_path}", data=form) as reply:
            body = await reply.read()
            if reply.status in _AGAIN:
                return Ack.AGAIN
            return Ack.TAKEN if reply.status == 200 and b"<code>200</code>" in body else Ack.REFUSED

    async def _offer(self, item: Item) -> Ack:
        """Keep an item until who asks for it has confirmed it."""
        confirmed: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._offered[f"{self.ledger.next_serial('offer'):010d}"] = (item, confirmed)
        return await confirmed

    async def tell(self, request: web.Request) -> web.Response:
        """What was not confirmed, oldest first, at most `pageSize`; sealed as a whole."""
        form = await request.post()
        if (turned_away := self._turned_away(form)) is not None:
            return turned_away
        most = int(request.query.get("pageSize", "50"))
        page = [{"id": number, "xmlStr": item.payload} for number, (item, _) in sorted(self._offered.items())[:most]]
        return _json({"status": "200", "data": self._seal.seal(orjson.dumps(page).decode())})

    async def confirm(self, request: web.Request) -> web.Response:
        """Let go of one item: taken, or in error."""
        form = await request.post()
        if (turned_away := self._turned_away(form)) is not None:
            return turned_away
        _, confirmed = self._offered.pop(request.query.get("id", ""), (None, None))
        if confirmed is not None:
            confirmed.set_result(Ack.TAKEN if request.query.get("state") == "1" else Ack.REFUSED)
        return _json({"status": "200", "msg": "请求成功"})


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _words(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/plain")


def _xml(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=_XML, charset="utf-8")


def _json(body: Mapping[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


async def run_county(settings: XmlStrSettings, folder: Path) -> None:
    """Serve one county until cancelled."""
    county = XmlStrCounty(settings, folder)
    await county.cases.load(settings.stories, settings.county, document)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post("/approve/getToken", county.log_in)
    app.router.add_post("/approve/receiveApplyInfo", county.take)
    app.router.add_post("/approve/receiveWarnInfo", county.warn)
    app.router.add_post("/approve/withdrawWarnInfo", county.withdraw)
    app.router.add_post("/approve/getApplyInfo", county.tell)
    app.router.add_post("/approve/confirmApplyInfo", county.confirm)
    try:
        await serve(app, settings, folder, county.faults, county.status, county.cases.start, county.run)
    finally:
        county.ledger.close()
