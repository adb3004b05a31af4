"""The other side of a SOAP exchange, as the tests need it: settings of the five known interfaces, a server
that says what it is told, a hub that keeps what it accepts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong.adapter import SystemContext
from guantong.record import Acceptance, Outgoing, Record, Verdict
from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice
from guantong_adapters.soap.settings import SoapSettings
from guantong_plugins.signers.md5gbk import Md5Gbk

RARE = "䶮㙍𠮷"
NOW = 1405391400.0  # 2014-07-15 10:30:00 in Shanghai
SECRETS = {
    "identify": "id&ent<ify", "dept_code": "445200", "key": "agreed-key", "user": "guantong", "password": "p<&w",
}

HALL: dict[str, Any] = {
    "namespace": "http://example.invalid/data", "operation": "setDataXmlToFocus",
    "arguments": [
        {"name": "arg0", "secret": "dept_code"}, {"name": "arg1", "value": "body", "form": "cdata"},
        {"name": "arg2", "value": "kind"}, {"name": "arg3", "secret": "identify"},
    ],
}
COUNTY: dict[str, Any] = {
    "namespace": "http://example.invalid/approval", "operation": "invoke", "charset": "gb18030",
    "arguments": [{"name": "xml", "value": "body", "form": "cdata"}],
    "headers": {"X-Guantong-Key": {"secret": "key"}},
    "receive": {
        "path": "soap", "operation": "invoke", "argument": "xml",
        "key": {"header": "X-Guantong-Key", "secret": "key"},
        "taken": "<RESULT><CODE>1</CODE><MSG>接收成功</MSG></RESULT>",
        "refused": "<RESULT><CODE>0</CODE><MSG>{reason_zh} [{code}]</MSG></RESULT>",
    },
}
SUPERVISION: dict[str, Any] = {
    "namespace": "http://example.invalid/supervision", "operation": "serverEntrance", "body_charset": "gb18030",
    "arguments": [{"name": "arg0", "value": "message"}],
    "message": {
        "fields": [
            *({"name": name, "constant": "445200"} for name in ("destCode", "destID", "orgCode", "orgID")),
            {"name": "sourceID", "constant": "guantong"}, {"name": "sourceCode", "constant": "445200"},
            {"name": "loginKey", "value": "token"}, {"name": "msgName", "value": "kind"},
            {"name": "transactionID", "value": "key"}, {"name": "timeStamp", "value": "timestamp"},
            {"name": "security", "value": "signature"},
        ],
        "signer": "md5-gbk",
    },
    "login": {
        "operation": "serverHander",
        "arguments": [
            {"name": "arg0", "template": "<login><user>{user}</user><password>{password}</password></login>"}
        ],
        "token_at": "loginKey",
    },
}


def settings(known: dict[str, Any], **more: Any) -> SoapSettings:
    """The settings of a known interface, with *more* laid over them."""
    return SoapSettings.model_validate({**known, **more})


def signer(choice: SignerChoice) -> Signer:
    """The one signature scheme these interfaces use."""
    assert choice.scheme == "md5-gbk"
    return Md5Gbk({}, NoOptions())


def secrets() -> dict[str, Secret]:
    """The invented secrets of all these interfaces."""
    return {name: Secret(value) for name, value in SECRETS.items()}


@dataclass
class Hub:
    """Stands for ACCEPT: keeps the records and answers with `verdict`."""

    verdict: Verdict = field(default_factory=lambda: Verdict(Acceptance.ROUTED, 7))
    records: list[Record] = field(default_factory=list)

    async def accept(self, record: Record) -> Verdict:
        self.records.append(record)
        return self.verdict


def context(
    known: dict[str, Any], hub: Hub | None = None, body_limit: int = 1 << 20, *, home: Path = Path(), **more: Any
) -> SystemContext:
    """What the hub would open the adapter with."""
    return SystemContext(
        "jiedong.approval", settings(known, **more), secrets(), (hub or Hub()).accept, signer, body_limit,
        now=lambda: NOW, home=home,
    )


def outgoing(
    body: bytes, kind: str = "EX_GDBS_SL", key: str = "GT01", timeout: float = 5.0
) -> Outgoing:
    """One attempt of one delivery."""
    return Outgoing(1, 1, "case.acceptance", kind, body, {}, key, timeout)


@dataclass
class Scripted:
    """A server that answers each request with what `say` makes of its number (from 0) and its body."""

    say: Callable[[int, bytes], web.StreamResponse]
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @asynccontextmanager
    async def url(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/", self._handle)
        async with TestServer(app) as server:
            yield str(server.make_url("/"))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((dict(request.headers), body))
        return self.say(len(self.seen) - 1, body)


def envelope(inside: str) -> str:
    """A SOAP 1.1 envelope whose body holds *inside*."""
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f"{inside}</soapenv:Body></soapenv:Envelope>"
    )


def soap(inside: str, charset: str = "utf-8", status: int = 200) -> web.Response:
    """An HTTP answer with such an envelope."""
    headers = {"Content-Type": f"text/xml; charset={charset}"}
    return web.Response(status=status, body=envelope(inside).encode(charset), headers=headers)
