"""Replies that must be signed: ours that others verify, theirs that we verify, and every way in which one says nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from lxml import etree
from pydantic import ValidationError
from tests.adapters.caseexchange import sample_wsdl, sending, step
from tests.adapters.pki import Pair, pair
from tests.adapters.served import Answered, Caller, ask, case_exchange
from tests.adapters.soap_attacks import ATTACKS, twisted
from tests.adapters.soap_peer import NOW, Hub, Scripted, context, envelope, outgoing, settings
from tests.adapters.test_soap_security import secured, wsse

from guantong.record import Answer, Reply, Unsure
from guantong.secret import Secret
from guantong_adapters.soap.connection import SoapConnection, open_soap
from guantong_adapters.soap.security.names import CONFIRMATION
from guantong_adapters.soap.security.sending import Securing
from guantong_adapters.soap.security.settings import Answering

OUR, THEIR, OTHER = pair("hub"), pair("county"), pair("stranger")
SIGNED = {"key": "our_key", "certificate": "our_cert"}
PEMS = {"our_key": OUR.key_pem, "our_cert": OUR.pem, "their_key": THEIR.key_pem, "their_cert": THEIR.pem}
EXPECT: dict[str, Any] = {"signature": {"trust": ["their_cert"]}}
INSIDE = "<r><ApplyNo>1</ApplyNo></r>"


def signed(inside: str, *, made: float = NOW, by: Pair = THEIR, confirming: str = "") -> bytes:
    """A reply as a door of ours would sign it."""
    answering = Answering.model_validate({"signature": {"key": "key", "certificate": "certificate"}})
    securing = Securing(answering, {"key": Secret(by.key_pem), "certificate": Secret(by.pem)})
    return securing.secured(f'<?xml version="1.0" encoding="UTF-8"?>{envelope(inside)}'.encode(), "utf-8", made, confirming).body


@asynccontextmanager
async def connected(url: str, security: dict[str, Any], *, home: Path | None = None, **more: Any) -> AsyncIterator[SoapConnection]:
    """Our side of a call written by hand (of one by the WSDL under *home*)."""
    by_hand = {"operation": "invoke", "arguments": [{"name": "xml", "value": "body"}], "return_element": "ApplyNo"}
    by_wsdl = {"wsdl": sample_wsdl(home)} if home is not None else {}
    made = context({"url": url, "security": security, **(by_wsdl or by_hand), **more}, home=home or Path())
    keys = {name: Secret(value) for name, value in PEMS.items()}
    connection = await open_soap(dataclasses.replace(made, secrets={**made.secrets, **keys}))
    try:
        yield connection
    finally:
        await connection.close()


async def answered(say: Callable[[int, bytes], bytes], calls: int = 1, status: int = 200, **security: Any) -> list[Answer]:
    """How calls end whose replies these are."""
    server = Scripted(lambda number, body: web.Response(body=say(number, body), status=status, headers={"Content-Type": "text/xml; charset=utf-8"}))
    async with server.url() as url, connected(url, {"expect": EXPECT, **security}) as connection:
        return [await connection.send(outgoing(b"<a/>")) for _ in range(calls)]


async def test_a_signed_reply_is_read_and_a_signed_fault_too() -> None:
    [reply] = await answered(lambda _number, _body: signed(INSIDE))
    assert isinstance(reply, Reply), reply
    assert reply.body == b"1"
    fault = "<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>忙</faultstring></soapenv:Fault>"
    [reply] = await answered(lambda _number, _body: signed(fault), status=500)
    assert isinstance(reply, Reply), reply
    assert (reply.meta["fault"], reply.body.decode()) == ("Server", "忙")


@pytest.mark.parametrize("what", ATTACKS)
async def test_a_reply_that_somebody_laid_hands_on_says_nothing(what: str) -> None:
    """What is signed is what is read: of a wrapped reply nothing is judged, and its delivery's end is unknown."""
    twist, code = ATTACKS[what]
    [end] = await answered(lambda _number, _body: twisted(signed(INSIDE), twist))
    assert isinstance(end, Unsure)
    assert f"[{code}]" in end.reason


@pytest.mark.parametrize(("said", "status", "code"), [
    (envelope(INSIDE).encode(), 200, "GT680"), (b"<html>Bad Gateway</html>", 502, "GT566"), (b"", 200, "GT566"), (b"<", 503, "GT566"),
    (envelope("<soapenv:Fault><faultcode>soapenv:Client</faultcode></soapenv:Fault>").encode(), 500, "GT680"),
])
async def test_a_reply_without_a_signature_says_nothing(said: bytes, status: int, code: str) -> None:
    """Not even that the call failed: anyone between us could have said so."""
    [end] = await answered(lambda _number, _body: said, status=status)
    assert isinstance(end, Unsure)
    assert f"[{code}]" in end.reason


def other_version_first(root: etree._Element) -> None:
    """A Body of SOAP 1.2 before the signed one of 1.1."""
    forged = etree.Element("{http://www.w3.org/2003/05/soap-envelope}Body")
    etree.SubElement(etree.SubElement(forged, "r"), "ApplyNo").text = "forged"
    root.insert(1, forged)


async def test_the_body_that_is_read_is_the_envelope_s_own(tmp_path: Path) -> None:
    """By hand and by WSDL: one of another version beside it is not looked at."""
    [end] = await answered(lambda _number, _body: twisted(signed(INSIDE), other_version_first))
    assert isinstance(end, Reply)
    assert end.body == b"1"
    receipt = '<SubmitStepResponse xmlns="http://yunlan.example.invalid/caseexchange/"><Receipt><Code>7</Code></Receipt></SubmitStepResponse>'
    reply = twisted(signed(receipt), other_version_first)
    server = Scripted(lambda _number, _body: web.Response(body=reply, headers={"Content-Type": "text/xml; charset=utf-8"}))
    async with server.url() as url, connected(url, {"expect": EXPECT}, home=tmp_path) as connection:
        end = await connection.send(sending(step()))
    assert isinstance(end, Reply)
    assert orjson.loads(end.body)["Receipt"]["Code"] == "7"


async def test_a_reply_counts_once_and_within_its_window() -> None:
    kept = signed(INSIDE)
    first, again = await answered(lambda _number, _body: kept, 2)
    assert isinstance(first, Reply)
    assert isinstance(again, Unsure)
    assert "[GT682]" in again.reason
    [late] = await answered(lambda _number, _body: signed(INSIDE, made=NOW - 400))
    [stranger] = await answered(lambda _number, _body: signed(INSIDE, by=OTHER))
    assert [isinstance(end, Unsure) and end.reason.rpartition("[")[2] for end in (late, stranger)] == ["GT683]", "GT686]"]


def value_of(body: bytes) -> str:
    return etree.fromstring(body).findtext(".//{*}SignatureValue") or ""


@pytest.mark.parametrize(("confirming", "twist", "code"), [
    (value_of, None, ""), (lambda _body: "AAAA", None, "GT565"), (lambda _body: "", None, "GT565"),
    (value_of, lambda root: next(root.iter(CONFIRMATION)).set("Value", "AAAA"), "GT684"),
    (lambda _body: "", lambda root: etree.SubElement(root[0][0], CONFIRMATION, Value="AAAA"), "GT685"),
])
async def test_a_reply_to_another_call_of_ours_says_nothing(confirming: Any, twist: Any, code: str) -> None:
    """It confirms the signature of the call it answers (WSS 1.1, 8.5), under its own."""
    send = {"signature": SIGNED}

    def say(_number: int, body: bytes) -> bytes:
        reply = signed(INSIDE, confirming=confirming(body))
        return twisted(reply, twist) if twist else reply

    [end] = await answered(say, send=send, expect={**EXPECT, "confirmed": True})
    assert isinstance(end, Unsure) == bool(code), end
    assert code in getattr(end, "reason", "")
    [lax] = await answered(lambda _number, _body: signed(INSIDE), send=send)
    assert isinstance(lax, Reply)


@asynccontextmanager
async def answering(home: Path, hub: Hub, *, by: Pair = OUR, charset: str = "utf-8", now: Callable[[], float] = lambda: NOW,
                    **more: Any) -> AsyncIterator[Caller]:
    """A service of ours that signs."""
    security = {"answer": {"signature": SIGNED}, **more}
    secrets = PEMS | {"our_key": by.key_pem, "our_cert": by.pem}
    keys: dict[str, Any] = {"key": None} if "require" in more else {}
    async with case_exchange(home, hub, charset=charset, settings={"security": security, "secrets": secrets, "now": now}, **keys) as caller:
        yield caller


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
async def test_zeep_verifies_what_we_answer(tmp_path: Path, charset: str) -> None:
    """Replies and faults, as they came over the wire."""
    peer, certificate = wsse(), tmp_path / "hub.pem"
    certificate.write_text(OUR.pem)
    async with answering(tmp_path, Hub(), charset=charset) as caller:
        for called in (ask("SubmitStep"), ask("SubmitStep") * 2, "<Gone/>"):
            answer = await caller.call(called)
            root = etree.fromstring(answer.text.partition("?>")[2])
            peer.signature.verify_envelope(root, str(certificate))
            assert (answer.fault is None) == (called == ask("SubmitStep"))
        unread = await caller.post(b"x", X_Guantong_Key="guessed")
    assert "Signature" not in unread.text


async def test_our_own_sides_sign_verify_and_confirm(tmp_path: Path) -> None:
    """A signed call to a service of ours, in GB 18030, its reply signed and confirmed."""
    hub = Hub()
    async with answering(tmp_path, hub, charset="gb18030", require={"signature": {"trust": ["their_cert"]}}) as caller:
        security = {"send": {"signature": {"key": "their_key", "certificate": "their_cert"}},
                    "expect": {"signature": {"trust": ["our_cert"]}, "confirmed": True}}
        async with connected(caller.url, security, home=tmp_path, charset="gb18030") as connection:
            end = await connection.send(sending(step()))
        answer = await caller.post(secured(ask("SubmitStep"), by=THEIR))
    assert isinstance(end, Reply), end
    assert orjson.loads(end.body)["Receipt"]["Code"] == "0"
    assert answer.text.count("SignatureConfirmation ") == 1


async def test_an_expired_certificate_of_ours_takes_nothing_and_says_so(tmp_path: Path) -> None:
    """Before the record is taken: a caller who wants a signature would send it again and again."""
    ended, hub = pair("old hub", begins=-10, ends=-1), Hub()
    async with answering(tmp_path, hub, by=ended, now=time.time) as caller:
        answer: Answered = await caller.call(ask("SubmitStep"))
    when = f"{ended.certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
    assert (answer.status, hub.records) == (503, [])
    assert answer.fault == ("s:Server", (f"我方暂时无法对应答签名：我方签名证书已于 {when} 过期 / we cannot sign our answer: "
                                         f"our certificate for signing expired at {when} [GT567]"))


@pytest.mark.parametrize(("security", "more", "said"), [
    ({"answer": {"signature": SIGNED}}, {}, "`security.answer:` is put into what `serve:` answers"),
    ({"expect": {**EXPECT, "confirmed": True}}, {}, "`expect.confirmed` needs `send.signature:`"),
    ({"expect": EXPECT}, {"url": None, "operation": None, "arguments": [], "serve": {"wsdl": "a", "operations": {"A": {}}, "key": {"header": "K", "secret": "k"}}},
     "`security.expect:` is asked of replies to our calls"),
])
def test_settings_that_hold_nothing_are_told(security: dict[str, Any], more: dict[str, Any], said: str) -> None:
    known = {"url": "http://h/", "operation": "o", "arguments": [{"name": "a", "value": "body"}], **more}
    with pytest.raises(ValidationError, match=said):
        settings({name: value for name, value in known.items() if value is not None}, security=security)


async def test_a_burst_of_signed_answers_is_each_its_own(tmp_path: Path) -> None:
    async with answering(tmp_path, Hub()) as caller:
        answers = await asyncio.gather(*(caller.call(ask("SubmitStep")) for _ in range(20)))
    assert len({value_of(answer.text.partition("?>")[2].encode()) for answer in answers}) == 20
