"""The simulated supervision platform (电子监察): a login, then signed envelopes with positional fields.

POST /services/Server, operations `serverHander` (the platform's own spelling) and `serverEntrance`. Only the
newest login key is good, and only for so many calls. Records are told apart by serial, kind of event, time,
sequence and version. `faults.lose_reply` lists `KIND:SERIAL` or `SERIAL`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from aiohttp import web
from lxml import etree

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.soap.simulators.cards import Cards
from guantong_adapters.soap.simulators.settings import SupervisionSettings
from guantong_adapters.soap.simulators.wire import Call, Malformed, answer, fault, read_call, read_xml

PATH = "/services/Server"
_HEAD = (
    "destCode", "destID", "orgCode", "orgID", "sourceID", "sourceCode",
    "loginKey", "msgName", "transactionID", "timeStamp", "security",
)
_SHAPES = {
    "basicDataSubmit": (14, ("field_1",), "field_13"),
    "logDataSubmit": (10, ("field_6", "field_8", "field_1", "field_9"), "field_10"),
    "warnReplySubmit": (7, ("field_6", "field_3", "field_1"), "field_7"),
}
"""By kind: how many fields, which of them are the key (the first is the serial), which is the version."""


class Supervision:
    """The platform, with its ledger."""

    def __init__(self, settings: SupervisionSettings, folder: Path) -> None:
        self._settings = settings
        self.faults = Faults(settings.faults)
        self.ledger = Ledger(folder / "ledger.db")
        self.cards = Cards(settings, self.ledger.note)
        self._key = ""
        self._uses_left = 0

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of either operation."""
        try:
            call = await read_call(request)
            document = read_xml(call.arguments["arg0"])
        except (Malformed, KeyError):
            self.ledger.note("refused")
            return fault("one argument arg0 with a document expected")
        if call.operation == "serverHander":
            return self._log_in(call, document)
        if call.operation != "serverEntrance":
            self.ledger.note("refused")
            return fault("unknown operation")
        self.ledger.note("received")
        if arrival().busy:
            self.ledger.note("busy")
            return self._say(call, "9", "系统繁忙")
        return self._take(request, call, document)

    def _log_in(self, call: Call, document: etree._Element) -> web.Response:
        self.ledger.note("logins")
        given = document.findtext("user") or "", document.findtext("password") or ""
        expected = self._settings.secret("user"), self._settings.secret("password")
        if not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, expected, strict=True)):
            self.ledger.note("refused")
            return self._say(call, "3", "用户名或密码错误")
        self._key, self._uses_left = secrets.token_hex(16), self._settings.key_uses
        text = f"<result><code>0</code><desc>成功</desc><loginKey>{self._key}</loginKey></result>"
        return answer(call, self._settings.namespace, text)

    def _take(self, request: web.Request, call: Call, document: etree._Element) -> web.StreamResponse:
        head = {name: document.findtext(f"head/{name}") or "" for name in _HEAD}
        body = document.findtext("body") or ""
        if not self._key or not hmac.compare_digest(head["loginKey"].encode(), self._key.encode()):
            return self._expired(call)
        if self._uses_left == 0:
            return self._expired(call)
        self._uses_left -= 1
        kind = head["msgName"]
        if document.tag != "message" or kind not in _SHAPES or not head["transactionID"]:
            return self._refuse(call, kind, (), "报文头不完整")
        if head["security"] != hashlib.md5(body.encode("gb18030"), usedforsecurity=False).hexdigest():
            return self._refuse(call, kind, (), "签名错误")
        try:
            fields = _fields(body, _SHAPES[kind][0])
        except Malformed:
            return self._refuse(call, kind, (), "报文体格式错误")
        return self._effect(request, call, kind, fields)

    def _effect(
        self, request: web.Request, call: Call, kind: str, fields: dict[str, str | None]
    ) -> web.StreamResponse:
        _, names, version = _SHAPES[kind]
        key = tuple(fields[name] or "" for name in names)
        if not key[0]:
            return self._refuse(call, kind, key, "缺少办件编号")
        outcome = self.ledger.effect(kind, key, fields, fields[version] or "1")
        if outcome == "new":
            self._heard(kind, key)
        if self.faults.loses_reply(f"{kind}:{key[0]}") or self.faults.loses_reply(key[0]):
            self.ledger.note("dropped_replies")
            return cut(request)
        return self._say(call, *(("0", "成功") if outcome == "new" else ("1", "重复数据")))

    def _heard(self, kind: str, key: tuple[str, ...]) -> None:
        """A log may be what a card waits for, a reply what ends one."""
        if kind == "logDataSubmit":
            self.cards.logged(key[0], key[1])
        elif kind == "warnReplySubmit":
            self.cards.answered(key[1])

    def _expired(self, call: Call) -> web.Response:
        self.ledger.note("expired")
        return self._say(call, "2", "登录失效")

    def _refuse(self, call: Call, kind: str, key: tuple[str, ...], reason: str) -> web.Response:
        self.ledger.note("refused")
        self.ledger.rejected(kind, key, reason)
        return self._say(call, "3", reason)

    def _say(self, call: Call, code: str, text: str) -> web.Response:
        said = f"<result><code>{code}</code><desc>{text}</desc></result>"
        return answer(call, self._settings.namespace, said)

    def status(self) -> dict[str, object]:
        return {"received": 0, "dropped_replies": 0, **self.ledger.counts(), **self.cards.status()}


def _fields(body: str, count: int) -> dict[str, str | None]:
    """`field_1` to `field_<count>` of *body*, all of them, in order. Raises `Malformed`."""
    root = read_xml(f"<fields>{body}</fields>")
    if [element.tag for element in root] != [f"field_{number}" for number in range(1, count + 1)]:
        raise Malformed(f"field_1 to field_{count} expected")
    return {str(element.tag): element.text for element in root}


async def run_supervision(settings: SupervisionSettings, folder: Path) -> None:
    """Serve the platform until cancelled."""
    platform = Supervision(settings, folder)
    await platform.cards.load(settings.stories)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post(PATH, platform.receive)
    try:
        await serve(app, settings, folder, platform.faults, platform.status, _nothing, platform.cards.run, service=PATH)
    finally:
        platform.ledger.close()


async def _nothing() -> None:
    """The platform has no cases of its own to start."""
