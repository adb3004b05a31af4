"""The simulated service (`guantong simulate county-soap-wsdl`): GET and POST /CaseExchange.asmx.

It takes applications, acceptances, steps and finishes, answers with a receipt, and knows the same version of the
same record again; `QueryCase` tells whether it has one. What it cannot take it answers with a fault, as .NET does; where `faults_with` is 200, as
Axis does. With `?wsdl` and `?xsd=CaseTypes` it tells how it is called. `faults.lose_reply` lists
`OPERATION:SERIAL` or `SERIAL`.
"""

from __future__ import annotations

import hmac
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.soap.simulators.caseexchange.envelopes import (
    QUERY,
    Call,
    answer,
    fault,
    fields_of,
    invalid,
    read_call,
)
from guantong_adapters.soap.simulators.settings import CaseExchangeSettings
from guantong_adapters.soap.simulators.wire import Malformed

PATH = "/CaseExchange.asmx"
_TIMES = {
    "SubmitApplication": "ApplyTime", "SubmitAcceptance": "AcceptTime", "SubmitStep": "StepTime", "SubmitFinish": "FinishTime",
}
"""The operations, and the element of each without which nothing can be done."""


class CaseExchange:
    """The service, with its ledger."""

    def __init__(self, settings: CaseExchangeSettings, folder: Path) -> None:
        self._settings = settings
        self.faults = Faults(settings.faults)
        self.ledger = Ledger(folder / "ledger.db")

    async def describe(self, request: web.Request) -> web.Response:
        """Answer `?wsdl`, and `?xsd=CaseTypes`, as .NET serves what it imports."""
        asked = {name.lower(): value for name, value in request.query.items()}
        if "wsdl" in asked:
            text = _file("CaseExchange.wsdl").replace("http://localhost/CaseExchange.asmx", str(request.url.with_query(None)))
            text = text.replace('schemaLocation="CaseTypes.xsd"', f'schemaLocation="{PATH}?xsd=CaseTypes"')
        elif asked.get("xsd") == "CaseTypes":
            text = _file("CaseTypes.xsd")
        else:
            raise web.HTTPNotFound
        return web.Response(body=text.encode("utf-8"), content_type="text/xml", charset="utf-8")

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        self.ledger.note("received")
        try:
            call = await read_call(request)
            fields = fields_of(call.record)
        except Malformed as error:
            self.ledger.note("refused")
            version = "1.2" if request.content_type == "application/soap+xml" else "1.1"
            return fault(version, "utf-8", 500, ("Client", f"服务器无法读取请求：{error}", ""))
        if not self._knows(call.header):
            self.ledger.note("refused")
            return self._fault(call, "Client.Authentication", "用户名或密码错误", "")
        if arrival().busy:
            self.ledger.note("busy")
            return self._fault(call, "Server.Busy", "系统繁忙，请稍后再试", "")
        if call.operation == QUERY:
            return self._tell(call, fields)
        return self._take(request, call, fields)

    def _tell(self, call: Call, fields: dict[str, Any]) -> web.Response:
        self.ledger.note("queries")
        serial, operation, time = (fields.get(name) or "" for name in ("ApplyNo", "Operation", "Time"))
        key = (serial, fields.get("StepCode") or "", time if operation == "SubmitStep" else "")
        there = self.ledger.holds(operation, key, fields.get("Version") or "")
        return answer(call, *((0, "已接收", f"YL-{serial[-12:]}") if there else (4, "办件不存在", "")))

    def _knows(self, header: dict[str, str]) -> bool:
        given = (header.get("UserName", ""), header.get("Password", ""), header.get("City", ""))
        expected = (self._settings.secret("user"), self._settings.secret("password"), self._settings.city)
        return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, expected, strict=True))

    def _take(self, request: web.Request, call: Call, fields: dict[str, Any]) -> web.StreamResponse:
        needed = _TIMES.get(call.operation)
        serial, version = fields.get("ApplyNo") or "", fields.get("@version") or ""
        if needed is None:
            return self._refuse(call, serial, 11, f"没有操作 {call.operation}")
        if not serial or not version.isdigit():
            return self._refuse(call, serial, 12, "缺少申办流水号或版本号")
        if not fields.get(needed):
            return self._refuse(call, serial, 13, f"缺少 {needed}")
        if fields.get("ItemCode") in self._settings.unknown_items:
            return self._refuse(call, serial, 17, "事项不存在")
        key = (serial, fields.get("StepCode") or "", fields[needed] if call.operation == "SubmitStep" else "")
        kept = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in fields.items()}
        outcome = self.ledger.effect(call.operation, key, kept, version)
        if self.faults.loses_reply(f"{call.operation}:{serial}") or self.faults.loses_reply(serial):
            self.ledger.note("dropped_replies")
            return cut(request)
        return answer(call, *((0, "接收成功") if outcome == "new" else (2, "办件已存在")), serial=f"YL-{serial[-12:]}")

    def _refuse(self, call: Call, serial: str, code: int, reason: str) -> web.Response:
        self.ledger.note("refused")
        self.ledger.rejected(call.operation, (serial,), reason)
        return self._fault(call, "Client", reason, invalid(code, reason))

    def _fault(self, call: Call, code: str, reason: str, detail: str) -> web.Response:
        return fault(call.version, call.charset, self._settings.faults_with, (code, reason, detail))

    def status(self) -> dict[str, object]:
        return {"received": 0, "dropped_replies": 0, **self.ledger.counts(), "pushed": 0, "to_push": 0, "done": True}


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


async def run_case_exchange(settings: CaseExchangeSettings, folder: Path) -> None:
    """Serve until cancelled."""
    service = CaseExchange(settings, folder)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_get(PATH, service.describe)
    app.router.add_post(PATH, service.receive)
    try:
        await serve(app, settings, folder, service.faults, service.status, _nothing, service=PATH)
    finally:
        service.ledger.close()


async def _nothing() -> None:
    """The service has no cases of its own to start."""
