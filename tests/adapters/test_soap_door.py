"""The SOAP door: what it takes, how it refuses, and that nothing a stranger sends can hurt it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from tests.adapters.soap_peer import COUNTY, RARE, Hub, context, envelope
from yarl import URL

from guantong.record import Acceptance, Record, Verdict
from guantong.signer import SignatureRefused, Signer, SignerChoice
from guantong_adapters.soap.connection import open_soap

KEY = {"X-Guantong-Key": "agreed-key"}
DOCUMENT = f'<?xml version="1.0" encoding="GB18030"?><ROOT><SQRMC>{RARE}</SQRMC></ROOT>'
TAKEN = "<RESULT><CODE>1</CODE><MSG>接收成功</MSG></RESULT>"


@dataclass
class Answered:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def returned(self) -> str:
        """The text inside the answer; a fault's code and reason as `code: reason`."""
        content = etree.fromstring(self.text.partition("?>")[2])[0][0]
        fault = content.findtext("faultcode"), content.findtext("faultstring")
        return f"{fault[0]}: {fault[1]}" if fault[0] else (content[0].text or "")


@dataclass
class Caller:
    """A system that calls the door."""

    session: aiohttp.ClientSession
    url: str

    async def post(self, body: bytes, **headers: str) -> Answered:
        given = {"Content-Type": "text/xml; charset=GB18030", **KEY, **{k.replace("_", "-"): v for k, v in headers.items()}}
        async with self.session.post(self.url, data=body, headers=given) as answer:
            return Answered(answer.status, await answer.text(), dict(answer.headers))


@asynccontextmanager
async def door(hub: Hub, body_limit: int = 1 << 20, **more: Any) -> AsyncIterator[Caller]:
    connection = await open_soap(context(COUNTY, hub, body_limit, **more))
    opened, *_ = connection.doors()
    app = web.Application(client_max_size=body_limit)
    app.router.add_route(opened.method, opened.path, opened.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Caller(session, str(server.make_url(opened.path)))
    await connection.close()


def call(document: str, operation: str = "invoke", argument: str = "xml") -> str:
    return envelope(
        f'<a:{operation} xmlns:a="http://example.invalid/approval">'
        f"<{argument}><![CDATA[{document}]]></{argument}></a:{operation}>"
    )


async def test_the_record_is_the_inner_document_byte_for_byte() -> None:
    """What stood in the CDATA reaches ACCEPT in the sender's own bytes, names beyond GBK included."""
    hub = Hub()
    async with door(hub) as caller:
        answer = await caller.post(call(DOCUMENT).encode("gb18030"))
    assert hub.records == [Record("jiedong.approval", DOCUMENT.encode("gb18030"), charset="gb18030")]
    assert (answer.status, answer.returned) == (200, TAKEN)
    assert answer.headers["Content-Type"] == "text/xml; charset=GB18030"


@pytest.mark.parametrize(
    ("declaration", "content_type", "wire", "charset"),
    [
        ("", "text/xml; charset=gb2312", "gb18030", "gb18030"),
        ('<?xml version="1.0" encoding="GBK"?>', "text/xml", "gb18030", "gb18030"),
        ("", "text/xml", "gb18030", "gb18030"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "text/xml; charset=UTF-8", "utf-8", "utf-8"),
        ('\ufeff<?xml version="1.0" encoding="UTF-8"?>', "text/xml; charset=UTF-8", "utf-8", "utf-8"),
    ],
)
async def test_the_charset_is_the_one_declared(
    declaration: str, content_type: str, wire: str, charset: str
) -> None:
    """In the header, in the declaration or agreed in the settings; gb2312 and GBK mean GB 18030."""
    hub = Hub()
    async with door(hub) as caller:
        answer = await caller.post((declaration + call(DOCUMENT)).encode(wire), Content_Type=content_type)
    assert answer.returned == TAKEN
    assert [(record.body, record.charset) for record in hub.records] == [(DOCUMENT.encode(wire), charset)]


async def test_an_escaped_document_is_the_same_document() -> None:
    """CDATA or escaped text, in several pieces or with a comment between: the text is what counts."""
    hub = Hub()
    inside = "<invoke><xml>&lt;ROOT&gt;<![CDATA[<a/>]]><!-- x -->&lt;/ROOT&gt;</xml></invoke>"
    async with door(hub) as caller:
        await caller.post(envelope(inside).encode())
    assert [record.body for record in hub.records] == [b"<ROOT><a/></ROOT>"]


async def test_a_refusal_says_why_in_the_systems_own_form() -> None:
    """The verdict's reason and code fill the template, escaped twice where they must be."""
    hub = Hub(Verdict(Acceptance.REFUSED, 0, "GT999", "unknown kind <x>", "未知的报文类型 <x> & ]]>"))
    async with door(hub) as caller:
        answer = await caller.post(call(DOCUMENT).encode("gb18030"))
    result = etree.fromstring(answer.returned)
    assert answer.status == 200
    assert (result.findtext("CODE"), result.findtext("MSG")) == ("0", "未知的报文类型 <x> & ]]> [GT999]")


@pytest.mark.parametrize("acceptance", [one for one in Acceptance if one is not Acceptance.REFUSED])
async def test_everything_kept_is_acknowledged(acceptance: Acceptance) -> None:
    """Duplicates, conflicts and parked records are ours now: the sender must not send them again."""
    async with door(Hub(Verdict(acceptance, 9))) as caller:
        assert (await caller.post(call(DOCUMENT).encode("gb18030"))).returned == TAKEN


async def test_what_cannot_be_taken_now_is_asked_for_again() -> None:
    """A full or stopping hub says so: by a fault of its own, or in the system's words where it has some."""
    hub = Hub(Verdict(Acceptance.REFUSED, 0, "GT4", "full", "已满", again=True))
    async with door(hub) as caller:
        answer = await caller.post(call(DOCUMENT).encode("gb18030"))
    assert (answer.status, answer.returned) == (503, "s:Server: 已满 / full [GT4]")
    busy = {**COUNTY["receive"], "again": "<RESULT><CODE>9</CODE><MSG>{reason_zh}</MSG></RESULT>"}
    async with door(hub, receive=busy) as caller:
        answer = await caller.post(call(DOCUMENT).encode("gb18030"))
    assert (answer.status, answer.returned) == (200, "<RESULT><CODE>9</CODE><MSG>已满</MSG></RESULT>")


@pytest.mark.parametrize("key", ["", "agreed-kez", "钥", "x" * 5000])
async def test_a_wrong_key_is_refused_and_nothing_is_handed_on(key: str) -> None:
    """In the protocol's own manner, with our code, without a word on what was expected."""
    hub = Hub()
    async with door(hub) as caller:
        answer = await caller.post(call(DOCUMENT).encode("gb18030"), X_Guantong_Key=key)
    if answer.status != 200:  # aiohttp itself cuts off or rejects a header it cannot carry
        assert answer.status == 400
    else:
        assert "GT528" in answer.returned
        assert "<CODE>0</CODE>" in answer.returned
        assert "agreed-key" not in answer.text
    assert hub.records == []


async def test_a_signature_can_stand_for_the_key() -> None:
    """With `verify`, the signer judges headers and document; its refusal is the sender's refusal."""

    class OnlyMe:
        def sign(self, body: bytes, now: float) -> dict[str, str]:
            return {"x-sign": f"{len(body)}@{now:g}"}

        def verify(self, headers: Any, body: bytes, now: float) -> None:
            if headers.get("x-sign") != self.sign(body, now)["x-sign"]:
                raise SignatureRefused("the signature does not hold", "签名不符")

    hub = Hub()
    given = context(COUNTY, hub, receive={**COUNTY["receive"], "key": None, "verify": "mine"})

    def find(choice: SignerChoice) -> Signer:
        assert choice.scheme == "mine"
        return OnlyMe()

    opened = type(given)(
        given.system, given.settings, given.secrets, given.accept, find, given.body_limit, now=given.now
    )
    at, *_ = (await open_soap(opened)).doors()
    app = web.Application()
    app.router.add_route(at.method, at.path, at.handle)
    body = call(DOCUMENT).encode("gb18030")
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        caller = Caller(session, str(server.make_url(at.path)))
        size = len(DOCUMENT.encode("gb18030"))
        assert (await caller.post(body, x_sign=f"{size}@{given.now():g}")).returned == TAKEN
        assert "GT528" in (await caller.post(body, x_sign="1@1")).returned
    assert len(hub.records) == 1


BOMB = (
    '<!DOCTYPE b [<!ENTITY a0 "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 9))
    + "]>"
)
HOSTILE = {
    "entity bomb": (BOMB + call("&a8;"), "Client", "GT521"),
    "external entity": ('<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + call("x"), "Client", "GT521"),
    "doctype behind a comment": ("<!-- <a> --><!DOCTYPE b>" + call("x"), "Client", "GT521"),
    "undeclared entity": (envelope("<invoke><xml>&bomb;</xml></invoke>"), "Client", "GT520"),
    "truncated": (call(DOCUMENT)[:-20], "Client", "GT520"),
    "empty": ("", "Client", "GT520"),
    "text": ("hello", "Client", "GT520"),
    "json": ('{"a": 1}', "Client", "GT520"),
    "two roots": (call("x") + call("y"), "Client", "GT520"),
    "too deep": ("<a>" * 5000 + "</a>" * 5000, "Client", "GT550"),
    "control character": (call("a\x01b"), "Client", "GT520"),
    "no envelope": ("<invoke><xml>a</xml></invoke>", "Client", "GT522"),
    "envelope without a body": (envelope("").replace("soapenv:Body", "soapenv:Bdy"), "VersionMismatch", "GT522"),
    "other version": (call("x").replace("schemas.xmlsoap.org", "example.invalid"), "VersionMismatch", "GT522"),
    "empty body": (envelope(""), "Client", "GT526"),
    "other operation": (call("x", operation="delete"), "Client", "GT526"),
    "other argument": (call("x", argument="json"), "Client", "GT527"),
    "no text": (envelope("<invoke><xml/></invoke>"), "Client", "GT527"),
    "elements for text": (envelope("<invoke><xml><ROOT/></xml></invoke>"), "Client", "GT527"),
    "header not understood": (
        call("x").replace(
            "<soapenv:Body>",
            '<soapenv:Header><w:S xmlns:w="w" soapenv:mustUnderstand="1"/></soapenv:Header><soapenv:Body>',
        ),
        "MustUnderstand", "GT530",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_bad_request_is_a_fault_that_blames_the_sender(name: str) -> None:
    """Whatever is no call gets a SOAP fault with our code, and nothing reaches ACCEPT; good calls still do."""
    body, blamed, code = HOSTILE[name]
    hub = Hub()
    async with door(hub) as caller:
        answer = await caller.post(body.encode("gb18030"))
        assert (answer.status, answer.headers["Content-Type"]) == (500, "text/xml; charset=UTF-8")
        assert answer.returned.startswith(f"s:{blamed}: ")
        assert answer.returned.endswith(f"[{code}]")
        assert hub.records == []
        assert (await caller.post(call(DOCUMENT).encode("gb18030"))).returned == TAKEN


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (call(DOCUMENT).encode("gb18030"), "text/xml; charset=utf-8", "GT523"),
        (call(DOCUMENT).encode("utf-8") + b"\xff", "text/xml; charset=gb18030", "GT523"),
        (b'<?xml version="1.0" encoding="UTF-8"?>' + call("x").encode(), "text/xml; charset=GBK", "GT525"),
        (call("x").encode("utf-16"), "text/xml; charset=utf-16", "GT524"),
        (b'<?xml version="1.0" encoding="EBCDIC-CP-BE"?>' + call("x").encode(), "text/xml", "GT524"),
    ],
)
async def test_a_wrong_charset_declaration_is_refused_not_guessed(
    body: bytes, content_type: str, code: str
) -> None:
    """A record read in the wrong charset would corrupt names for good: the sender hears of it."""
    hub = Hub()
    async with door(hub) as caller:
        answer = await caller.post(body, Content_Type=content_type)
    assert f"[{code}]" in answer.returned
    assert hub.records == []


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_refused(announced: bool) -> None:
    """With or without an announced length, no more than the limit is read; the answer is a fault."""
    hub = Hub()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 100

    async with door(hub, body_limit=2000) as caller:
        data: Any = b" " * 4000 if announced else pieces()
        async with caller.session.post(caller.url, data=data, headers=KEY) as answer:
            text = await answer.text()
            assert (answer.status, "GT529" in text) == (413, True)
    assert hub.records == []


async def test_a_sender_that_hangs_up_early_hurts_nobody() -> None:
    """A body that ends before its announced length is dropped; the next caller is served."""
    hub = Hub()
    async with door(hub) as caller:
        url = URL(caller.url)
        _, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST {url.path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n"
        writer.write(head.encode() + b"<half")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await caller.post(call(DOCUMENT).encode("gb18030"))).returned == TAKEN
    assert len(hub.records) == 1


async def test_soap_12_is_answered_in_soap_12() -> None:
    """The answer is in the version of the call, faults included."""
    async with door(Hub()) as caller:
        new = call(DOCUMENT).replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
        good = await caller.post(new.encode("gb18030"), Content_Type="application/soap+xml; charset=gb18030")
        bad = await caller.post(b"<", Content_Type="application/soap+xml")
    assert good.headers["Content-Type"] == "application/soap+xml; charset=GB18030"
    assert good.returned == TAKEN
    assert (bad.status, "s:Sender" in bad.text, "GT520" in bad.text) == (400, True, True)
