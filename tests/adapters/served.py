"""A service of ours by a WSDL, running behind a real HTTP server, and calls to it as bytes."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from tests.adapters.caseexchange import SERIAL, sample_wsdl
from tests.adapters.soap_peer import Hub, context
from tests.adapters.wsdls import saved

from guantong.secret import Secret
from guantong.testdoor.paths import tried_at
from guantong_adapters.soap.connection import open_soap

KEY = {"header": "X-Guantong-Key", "secret": "key"}
SPACES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
TYPES = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
Version = Literal["1.1", "1.2"]
_RECEIPT = {"Receipt/Code": "0", "Receipt/Message": "接收成功 {message}"}
CASE_EXCHANGE: dict[str, Any] = {
    "SubmitStep": {"taken": _RECEIPT}, "SubmitFinish": {"kind": "EX_BJ", "taken": _RECEIPT},
}
"""Two operations of the service whose WSDL is a vendor's sample."""


@dataclass
class Answered:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def body(self) -> etree._Element:
        """The body of the envelope."""
        root = etree.fromstring(self.text.partition("?>")[2])
        return next(one for one in root if one.tag.endswith("}Body"))

    @property
    def fault(self) -> tuple[str, str] | None:
        """The code and the reason of a fault."""
        [fault] = self.body
        if not fault.tag.endswith("}Fault"):
            return None
        code = fault.findtext("faultcode") or fault.findtext("{*}Code/{*}Value")
        return code or "", fault.findtext("faultstring") or fault.findtext("{*}Reason/{*}Text") or ""


@dataclass
class Caller:
    """A system that calls us."""

    session: aiohttp.ClientSession
    url: str

    async def post(self, body: bytes, **headers: str) -> Answered:
        """Send these bytes."""
        given = {"Content-Type": TYPES["1.1"], KEY["header"]: "agreed-key"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(self.url, data=io.BytesIO(body), headers=given) as answer:
            return Answered(answer.status, await answer.text(), dict(answer.headers))

    async def call(self, inside: str, header: str = "", version: Version = "1.1", **headers: str) -> Answered:
        """Send an envelope with *inside* as its body."""
        return await self.post(framed(inside, version, header).encode(), **{"Content_Type": TYPES[version], **headers})


def framed(inside: str, version: Version, header: str = "") -> str:
    """An envelope."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return f'<s:Envelope xmlns:s="{SPACES[version]}">{head}<s:Body>{inside}</s:Body></s:Envelope>'


def ask(operation: str, item: str = "设立登记", operator: str = "张三") -> str:
    """A call of the case exchange service."""
    space = "http://yunlan.example.invalid/caseexchange/"
    return (
        f'<e:{operation} xmlns:e="{space}" xmlns:t="{space}types"><e:record version="1"><t:ApplyNo>{SERIAL}</t:ApplyNo>'
        f"<t:ItemName>{item}</t:ItemName><t:Operator><t:Name>{operator}</t:Name></t:Operator></e:record></e:{operation}>"
    )


@asynccontextmanager
async def told(
    home: Path, text: str, hub: Hub, operations: dict[str, Any], *, body_limit: int = 1 << 20, charset: str = "utf-8", **more: Any
) -> AsyncIterator[Caller]:
    """A service by a WSDL written in a test."""
    async with serving(home, saved(home, text), hub, {"operations": operations, **more}, body_limit, charset) as caller:
        yield caller


@asynccontextmanager
async def case_exchange(
    home: Path, hub: Hub, *, body_limit: int = 1 << 20, charset: str = "utf-8", settings: Any = None, **more: Any
) -> AsyncIterator[Caller]:
    """A service by the vendor's sample."""
    keys = {"operations": CASE_EXCHANGE, **more}
    async with serving(home, sample_wsdl(home), hub, keys, body_limit, charset, **(settings or {})) as caller:
        yield caller


@asynccontextmanager
async def serving(
    home: Path, wsdl: Path, hub: Hub, keys: dict[str, Any], body_limit: int = 1 << 20, charset: str = "utf-8", **settings: Any
) -> AsyncIterator[Caller]:
    """A service with *keys* in its `serve:`."""
    serve = {"wsdl": wsdl, "service": None, "key": KEY, **keys}
    facts = {"now", "secrets", "address", "test_door"}
    known = {"serve": serve, "charset": charset, **{k: v for k, v in settings.items() if k not in facts}}
    told_by_hub = context(known, hub, body_limit, home=home)
    more = {name: Secret(value) for name, value in settings.get("secrets", {}).items()}
    connection = await open_soap(replace(told_by_hub, secrets={**told_by_hub.secrets, **more}, now=settings.get("now", told_by_hub.now),
                                         address=settings.get("address", "")))
    app = web.Application(client_max_size=body_limit)
    at = tried_at if settings.get("test_door") else str
    for door in connection.doors():
        app.router.add_route(door.method, at(door.path), door.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Caller(session, str(server.make_url(at(connection.doors()[0].path))))
    await connection.close()
