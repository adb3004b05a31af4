"""A simulated county approval system by SOAP (`invoke(xml)`, an inner document in GB18030), both ways.

POST /services/Approval. It takes warnings and cards of supervision, which its department answers, and applications; it
numbers those that it knows no case of, and then lets the case run: it calls the hub's `invoke` for every further act. It
drops no duplicates by promise, but its program answers 2 for what it has. `query(type, sblsh, sjbbh)` tells whether it has
a record: CODE 1, or 4 where it has not. `faults.lose_reply` lists uniform serials, and numbers of cards.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import orjson
from aiohttp import web
from lxml import etree

from guantong_adapters.simulation.county import CallingCounty
from guantong_adapters.simulation.guangdong import CARD, WITHDRAWN, Column, columns, table_of
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.story import Act
from guantong_adapters.soap.simulators.pushing import HubCall
from guantong_adapters.soap.simulators.settings import CountySettings
from guantong_adapters.soap.simulators.wire import Call, Malformed, answer, fault, read_call, read_xml

PATH = "/services/Approval"
_CHARSET = "GB18030"
_OPERATIONS = {"invoke": ("xml",), "query": ("type", "sblsh", "sjbbh")}
_OWN_SPELLING = {"SPBMZZJDMD": "SPBMZZJDDM", "ZFHTHYY": "ZFHTTYY", "BJBMZZJDDM": "BJBMZZJGDM", "HFBMZZJGDM": "HFBMZZJDDM"}
"""Columns this system spells otherwise than the standard."""
_CARDS = frozenset({"HP", "RP"})
"""The levels that want an answer: yellow and red."""
_NIL = 'xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class County(CallingCounty):
    """One county's system."""

    def __init__(self, settings: CountySettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._settings = settings
        self._invoke = HubCall(
            f"{settings.hub_url}{settings.hub_path}", "invoke", settings.namespace, "xml", _CHARSET,
            {settings.key_header: settings.secret("key")}, "CODE", {"1": Ack.TAKEN, "9": Ack.AGAIN},
        )


    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of `invoke`, or of `query`."""
        self.ledger.note("received")
        try:
            call = await read_call(request)
        except Malformed as error:
            self.ledger.note("refused")
            return fault(str(error))
        if _OPERATIONS.get(call.operation) != tuple(call.arguments):
            self.ledger.note("refused")
            return fault("invoke(xml) or query(type, sblsh, sjbbh) expected")
        given = request.headers.get(self._settings.key_header, "")
        if not hmac.compare_digest(given.encode(), self._settings.secret("key").encode()):
            return self._refuse(call, "", "密钥不正确")
        if call.operation == "query":
            return self._tell(call)
        if arrival().busy:
            self.ledger.note("busy")
            return self._say(call, "9", "系统繁忙")
        try:
            table, row = _row(call.arguments["xml"])
        except Malformed:
            return self._refuse(call, "", "报文格式错误")
        serial = row.get("SBLSH") or ""
        if table in (CARD, WITHDRAWN):
            return self._about_a_card(request, call, table, row)
        if table != "EX_GDBS_SB" or not serial:
            return self._refuse(call, serial, "只接收带申办流水号的申办信息")
        if row.get("SXBM") in self._settings.unknown_items:
            return self._refuse(call, serial, "事项不存在")
        return self._effect(request, call, serial, row)

    def _tell(self, call: Call) -> web.Response:
        self.ledger.note("queries")
        table, serial, version = call.arguments.values()
        there = self.ledger.holds(table, (serial,), version)
        return self._say(call, *(("1", "已接收") if there else ("4", "办件不存在")))

    def _effect(
        self, request: web.Request, call: Call, serial: str, row: Mapping[str, str | None]
    ) -> web.StreamResponse:
        outcome = self.ledger.effect("EX_GDBS_SB", (serial,), row, row.get("SJBBH") or "1")
        own = self.cases.own_serial(serial, self._mint)
        self.cases.go_on(own)
        if self.faults.loses_reply(f"EX_GDBS_SB:{serial}") or self.faults.loses_reply(serial):
            self.ledger.note("dropped_replies")
            return cut(request)
        return self._say(call, *(("1", "接收成功") if outcome == "new" else ("2", "办件已存在")), own)

    def _about_a_card(
        self, request: web.Request, call: Call, table: str, row: Mapping[str, str | None]
    ) -> web.StreamResponse:
        serial, number = row.get("SBLSH") or "", row.get("JCBH") or ""
        if not serial or not number:
            return self._refuse(call, serial, "缺少监察编号或申办流水号")
        outcome = self.ledger.effect(table, (serial, number), row, row.get("SJBBH") or "1")
        if outcome == "new" and table == CARD:
            who = {"serial.province": serial, "serial.county": row.get("YWLSH")}
            self.cases.answer(number, who, serious=row.get("YJJB") in _CARDS)
        if self.faults.loses_reply(number):
            self.ledger.note("dropped_replies")
            return cut(request)
        return self._say(call, *(("1", "接收成功") if outcome == "new" else ("2", "已收到")))

    def _mint(self) -> str:
        return f"{self._settings.serial_prefix}{self.ledger.next_serial('own'):08d}"

    def _refuse(self, call: Call, serial: str, reason: str) -> web.Response:
        self.ledger.note("refused")
        self.ledger.rejected("EX_GDBS_SB", (serial,), reason)
        return self._say(call, "3", reason)

    def _say(self, call: Call, code: str, message: str, serial: str = "") -> web.Response:
        own = f"<YWLSH>{serial}</YWLSH>" if serial else ""
        text = f"<RESULT><CODE>{code}</CODE><MSG>{message}</MSG>{own}</RESULT>"
        return answer(call, self._settings.namespace, text)

    async def _post(self, item: Item) -> Ack:
        return await self._invoke.post(self._session, item.payload)


def document(act: Act) -> str:
    """The inner document of *act*, as this county writes it."""
    row = {_OWN_SPELLING.get(name, name): value for name, value in columns(act).items()}
    data = "".join(_element(name, value) for name, value in row.items())
    return (
        f'<?xml version="1.0" encoding="{_CHARSET}"?><ROOT><HEAD><TYPE>{table_of(act)}</TYPE></HEAD>'
        f"<DATA>{data}</DATA></ROOT>"
    )


def _element(name: str, value: Column) -> str:
    if value is None:
        return f"<{name} {_NIL}/>"
    if isinstance(value, str):
        return f"<{name}>{escape(value)}</{name}>"
    items = "".join(
        "<CL>" + "".join(f"<{inner}>{escape(text)}</{inner}>" for inner, text in each.items()) + "</CL>"
        for each in value
    )
    return f"<{name}>{items}</{name}>"


def _row(text: str) -> tuple[str, dict[str, str | None]]:
    """The table and the row of an inner document; a list of materials as JSON. Raises `Malformed`."""
    root = read_xml(text)
    table, data = root.findtext("HEAD/TYPE"), root.find("DATA")
    if root.tag != "ROOT" or not table or data is None:
        raise Malformed("ROOT with HEAD/TYPE and DATA expected")
    row: dict[str, str | None] = {}
    for element in data:
        name = str(element.tag)
        if name in row:
            raise Malformed("a column twice")
        row[name] = _items(element) if len(element) else element.text
    return table, row


def _items(element: etree._Element) -> str:
    items = [{str(inner.tag): inner.text for inner in each} for each in element.findall("CL")]
    return orjson.dumps(items).decode()


async def run_county(settings: CountySettings, folder: Path) -> None:
    """Serve one county until cancelled."""
    county = County(settings, folder)
    await county.cases.load(settings.stories, settings.county, document)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post(PATH, county.receive)
    try:
        await serve(app, settings, folder, county.faults, county.status, county.cases.start, county.run, service=PATH)
    finally:
        county.ledger.close()
