"""A system behind HTTP that is never quite well: each call meets another of its moods, in turn, in REST or in SOAP."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from tests.adapters.hubtargets import Target, told_by

MOODS = ("well", "busy", "fault", "well", "spent", "lost", "twice", "well", "unauthorised", "garbled", "fault after", "twice",
         "busy after")
"""`after`: it took effect, and the answer says otherwise. `twice`: the answer comes twice over one connection. `spent` and
`unauthorised`: our token is honoured no more, said within a 200 and by a 401. `garbled`: an answer in another charset."""
WAIT = 1  # second, as it asks for in a 503
_SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
_FAULT = '<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>s:Server</faultcode><faultstring>内部错误</faultstring></s:Fault>'
_RULES: list[dict[str, Any]] = [
    {"when": {"status": ["401"]}, "means": "token_expired"},
    {"when": {"status": ["503"]}, "means": "transient"},
    {"when": {"field": {"code": "2"}}, "means": "token_expired"},
    {"when": {"field": {"code": "0"}}, "means": "success"},
    {"when": {"field": {"code": "1"}}, "means": "duplicate"},
    {"when": {"field": {"code": "9"}}, "means": "transient"},
]


class Moody(Target):
    """Speaks REST and JSON. It knows a record again by its key."""

    adapter = "rest"
    secrets = MappingProxyType({"user": "an-invented-user"})
    more: Any = MappingProxyType({"reply": {"decode": "json", "rules": _RULES, "otherwise": "unknown"}})

    def __init__(self) -> None:
        self.port = 0
        self.counts: Counter[str] = Counter()
        self.too_soon: list[str] = []
        self._moods = itertools.cycle(MOODS)
        self._effects: dict[str, tuple[int, int]] = {}
        self._asked_to_wait: dict[str, float] = {}
        self.presented: set[str] = set()
        """The tokens that came with a call. A login whose answer was lost is made again, and its token never comes."""
        self._token = ""

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{port}", "send": {"*": {"path": "/take"}},
                "headers": {"X-Key": {"value": "key"}, "X-Token": {"value": "token"}},
                "login": {"path": "/login", "parts": [{"name": "user", "secret": "user"}], "token_at": "token"}}

    async def told(self) -> list[tuple[int, int]]:
        return list(self._effects.values())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It serves until the block ends."""
        app = web.Application()
        app.router.add_post("/login", self._log_in)
        app.router.add_post("/take", self._take)
        async with TestServer(app) as server:
            assert server.port is not None
            self.port = server.port
            yield

    async def _log_in(self, _: web.Request) -> web.StreamResponse:
        return self._answer(self._new_token())

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        return await self._serve(request, request.headers["X-Token"], request.headers["X-Key"], body)

    def _new_token(self) -> dict[str, str]:
        self.counts["logins"] += 1
        self._token = f"token-{self.counts['logins']}"
        return {"code": "0", "token": self._token}

    async def _serve(self, request: web.Request, token: str, key: str, record: bytes) -> web.StreamResponse:
        """One call of *key* with *record*, as the mood has it."""
        mood = next(self._moods)
        self.counts[mood] += 1
        self.presented.add(token)
        if time.monotonic() < self._asked_to_wait.get(key, 0.0):
            self.too_soon.append(key)
        if mood in ("spent", "unauthorised"):
            self._token = ""
        if token != self._token:
            self.counts["expired"] += 1
            return web.Response(status=401) if mood == "unauthorised" else self._answer({"code": "2"})
        if mood == "busy":
            return self._busy(key)
        if mood == "fault":
            return self._fault()
        code = "1" if key in self._effects else "0"
        self._effects.setdefault(key, told_by(orjson.loads(record)))
        match mood:
            case "busy after":
                return self._busy(key)
            case "fault after":
                return self._fault()
            case "garbled":
                return self._garbled(self._answer({"code": code}))
            case "lost":
                if request.transport is not None:
                    request.transport.abort()
            case "twice":
                return await self._twice(request, self._answer({"code": code}))
        return self._answer({"code": code})

    def _busy(self, key: str) -> web.Response:
        self._asked_to_wait[key] = time.monotonic() + WAIT * 0.9
        return web.Response(status=503, headers={"Retry-After": str(WAIT)})

    @staticmethod
    def _garbled(answer: web.Response) -> web.Response:
        answer.body = bytes(answer.body).decode().encode("utf-16")  # type: ignore[arg-type]  # bytes, as it was made
        return answer

    @staticmethod
    async def _twice(request: web.Request, answer: web.Response) -> web.Response:
        await answer.prepare(request)
        await answer.write_eof()
        body = bytes(answer.body)  # type: ignore[arg-type]  # bytes, as it was made
        if request.transport is not None and not request.transport.is_closing():
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {answer.headers['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
            request.transport.write(head.encode() + body)
        return answer

    def _answer(self, said: dict[str, str]) -> web.Response:
        return web.Response(body=orjson.dumps(said), content_type="application/json", charset="utf-8")

    def _fault(self) -> web.Response:
        return self._answer({"code": "9", "message": "内部错误"})


class MoodySoap(Moody):
    """Speaks SOAP: the record stands in a document in a string, with token and key in its head."""

    adapter = "soap"
    more: Any = MappingProxyType({"reply": {"decode": "xml", "rules": _RULES, "otherwise": "unknown"}})

    def settings(self, port: int) -> dict[str, Any]:
        fields = [{"name": "loginKey", "value": "token"}, {"name": "transactionID", "value": "key"}]
        return {"url": f"http://127.0.0.1:{port}/soap", "version": "1.1", "namespace": "http://example.invalid/moody",
                "operation": "take", "soap_action": "", "charset": "utf-8", "body_charset": "utf-8",
                "arguments": [{"name": "arg0", "value": "message"}],
                "message": {"root": "message", "head": "head", "fields": fields, "body": "body", "form": "cdata"},
                "login": {"operation": "login", "token_at": "token",
                          "arguments": [{"name": "arg0", "template": "<login><user>{user}</user></login>"}]}}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/soap", self._call)
        async with TestServer(app) as server:
            assert server.port is not None
            self.port = server.port
            yield

    async def _call(self, request: web.Request) -> web.StreamResponse:
        [call] = etree.fromstring(await request.read()).find("{*}Body")  # type: ignore[misc]  # there is a body
        message = etree.fromstring(call.findtext("arg0") or "")
        if message.tag == "login":
            return self._answer(self._new_token())
        token, key = message.findtext("head/loginKey") or "", message.findtext("head/transactionID") or ""
        return await self._serve(request, token, key, (message.findtext("body") or "").encode())

    def _answer(self, said: dict[str, str]) -> web.Response:
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
        return self._enveloped(f"<takeResponse><return><![CDATA[<result>{inside}</result>]]></return></takeResponse>")

    def _fault(self) -> web.Response:
        return self._enveloped(_FAULT)

    @staticmethod
    def _enveloped(inside: str) -> web.Response:
        return web.Response(body=_SOAP.format(inside).encode(), content_type="text/xml", charset="utf-8")
