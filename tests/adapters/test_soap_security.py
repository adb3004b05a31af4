"""WS-Security with zeep (which signs with xmlsec) at the other end, in both directions; and every way to be turned away."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import importlib
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pydantic import ValidationError
from tests.adapters.caseexchange import sample_wsdl, sending, step
from tests.adapters.pki import Pair, pair
from tests.adapters.served import Answered, Caller, ask, case_exchange, framed
from tests.adapters.soap_attacks import ATTACKS, set_text, twisted
from tests.adapters.soap_peer import NOW, RARE, SECRETS, Hub, Scripted, context, outgoing, settings, soap

from guantong.problems import ProblemsError
from guantong.record import NotSent
from guantong.secret import Secret
from guantong_adapters.soap.connection import open_soap
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.security.names import SPACES
from guantong_adapters.soap.security.sending import Securing
from guantong_adapters.soap.security.settings import Sending
from guantong_adapters.soap.security.signature import canonical, sign, verify

OUR, THEIR, OTHER = pair("hub"), pair("county"), pair("stranger")
USER = {"user": "user", "password": "password"}
RECORD = {"version": 1, **{k: v for k, v in step()["record"].items() if k != "@version"}}
PEMS = {"our_key": OUR.key_pem, "our_cert": OUR.pem, "their_cert": THEIR.pem, "ca": pair("ca", authority=True).pem}


@asynccontextmanager
async def guarded(home: Path, hub: Hub, *, now: Callable[[], float] = lambda: NOW, **require: Any) -> AsyncIterator[Caller]:
    """A service that requires something."""
    more = {"security": {"require": require}, "secrets": PEMS, "now": now}
    async with case_exchange(home, hub, key=None, settings=more) as caller:
        yield caller


def secured(inside: str, *, made: float = NOW, by: Pair | None = THEIR, sha1: bool = False, form: str | None = None) -> bytes:
    """A message with the header that our own calls have."""
    keys: dict[str, Any] = {"username": {**USER, "form": form}} if form else {}
    signature = {"signature": {"key": "key", "certificate": "certificate", "sha1": sha1}} if by else {}
    known = SECRETS | ({"key": by.key_pem, "certificate": by.pem} if by else {})
    declared = Sending.model_validate({**keys, **signature})
    text = f'<?xml version="1.0" encoding="UTF-8"?>{framed(inside, "1.1")}'
    securing = Securing(declared, {name: Secret(value) for name, value in known.items()})
    return securing.secured(text.encode(), "utf-8", made).body


def code(answer: Answered) -> str:
    """Ours, in a fault; "taken" where there is none."""
    return "taken" if answer.fault is None else answer.fault[1].rpartition("[")[2].rstrip("]")


def wsse() -> Any:
    pytest.importorskip("xmlsec", reason="xmlsec is not installed: zeep cannot sign")
    import zeep.wsse.signature
    import zeep.wsse.username

    return zeep.wsse


def zeep_call(caller: Caller, *tokens: Any) -> Any:
    """One call by zeep's client with these tokens; what it reads, or the fault."""
    import zeep
    from zeep.wsse.compose import Compose

    class Sends(Compose):
        def verify(self, envelope: Any) -> Any:
            return envelope  # answers of ours are not signed

    transport = zeep.Transport()  # type: ignore[no-untyped-call]  # zeep has no types
    transport.session.trust_env = False
    with zeep.Client(f"{caller.url}?wsdl", port_name="CaseExchangeSoap", transport=transport, wsse=Sends(list(tokens))) as client:  # type: ignore[no-untyped-call]  # zeep has no types
        try:
            return client.service.SubmitStep(record=RECORD)
        except zeep.exceptions.Fault as fault:
            return fault


@pytest.mark.parametrize("form", ["text", "digest"])
async def test_zeep_s_user_name_token_is_verified(tmp_path: Path, form: str) -> None:
    username, hub = wsse().username.UsernameToken, Hub()
    async with guarded(tmp_path, hub, now=time.time, username={**USER, "form": form}) as caller:
        right = await asyncio.to_thread(zeep_call, caller, username("guantong", SECRETS["password"], use_digest=form == "digest"))
        wrong = await asyncio.to_thread(zeep_call, caller, username("guantong", "guessed", use_digest=form == "digest"))
        other = await asyncio.to_thread(zeep_call, caller, username("someone", SECRETS["password"], use_digest=form == "digest"))
        form_differs = await asyncio.to_thread(zeep_call, caller, username("guantong", SECRETS["password"], use_digest=form == "text"))
    assert right.Code == 0
    assert len(hub.records) == 1
    for fault in (wrong, other, form_differs):
        assert fault.message == "用户名或口令错误 / the user name or the password is wrong [GT681]"
        assert fault.code.endswith("FailedAuthentication")


@pytest.mark.parametrize("how", ["BinarySignature", "Signature"])
@pytest.mark.parametrize("sha1", [False, True])
async def test_zeep_s_signature_is_verified(tmp_path: Path, how: str, sha1: bool) -> None:
    """The certificate as a token in the header or inside the signature; SHA-1 only where that is said."""
    peer, hub = wsse(), Hub()
    xmlsec: Any = importlib.import_module("xmlsec")

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_text(THEIR.key_pem)
    certificate.write_text(THEIR.pem)
    made = datetime.now(UTC)
    stamp = peer.utils.WSU.Timestamp(peer.utils.WSU.Created(made.isoformat()), peer.utils.WSU.Expires((made + timedelta(minutes=5)).isoformat()))
    algorithms = () if sha1 else (xmlsec.Transform.RSA_SHA256, xmlsec.Transform.SHA256)
    signs = getattr(peer.signature, how)(str(key), str(certificate), None, *algorithms)
    token = peer.username.UsernameToken("guantong", SECRETS["password"], use_digest=True, timestamp_token=stamp)
    username = {**USER, "form": "digest"}
    async with guarded(tmp_path, hub, now=time.time, username=username, signature={"trust": ["their_cert"], "sha1": sha1}) as caller:
        taken = await asyncio.to_thread(zeep_call, caller, token, signs)
    assert getattr(taken, "Code", taken) == 0
    assert orjson.loads(hub.records[0].body)["record"]["ItemName"] == step()["record"]["ItemName"]
    if sha1:
        async with guarded(tmp_path, hub, now=time.time, signature={"trust": ["their_cert"]}) as caller:
            weak = await asyncio.to_thread(zeep_call, caller, token, signs)
        assert "http://www.w3.org/2000/09/xmldsig#rsa-sha1" in weak.message
        assert "[GT687]" in weak.message


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
async def test_what_we_sign_zeep_verifies(tmp_path: Path, charset: str) -> None:
    """As it came over the wire, by a call of our WSDL; and the digest is what the profile says."""
    peer = wsse()
    server = Scripted(lambda _number, _body: soap("<r/>"))
    certificate = tmp_path / "hub.pem"
    certificate.write_text(OUR.pem)
    security = {"send": {"username": USER, "signature": {"key": "our_key", "certificate": "our_cert"}}}
    async with server.url() as url:
        known = {"url": url, "wsdl": sample_wsdl(tmp_path), "charset": charset, "security": security, "version": "1.1"}
        made = context(known, home=tmp_path)
        connection = await open_soap(dataclasses.replace(made, secrets={**made.secrets, **{n: Secret(v) for n, v in PEMS.items()}}))
        await connection.send(sending(step()))
        await connection.send(sending(step()))
        await connection.close()
    [first, second] = [etree.fromstring(body) for _, body in server.seen]
    peer.signature.verify_envelope(first, str(certificate))
    token = first.find(".//wsse:UsernameToken", SPACES)
    assert token is not None
    assert token.findtext("wsse:Username", None, SPACES) == SECRETS["user"]
    said = base64.b64decode(token.findtext("wsse:Nonce", "", SPACES)) + token.findtext("wsu:Created", "", SPACES).encode()
    assert token.findtext("wsse:Password", None, SPACES) == base64.b64encode(hashlib.sha1(said + SECRETS["password"].encode()).digest()).decode()  # noqa: S324  the profile's own hash
    assert first.findtext(".//wsu:Timestamp/wsu:Created", None, SPACES) == "2014-07-15T02:30:00.000Z"
    assert first.findtext(".//wsu:Timestamp/wsu:Expires", None, SPACES) == "2014-07-15T02:35:00.000Z"
    assert first.findtext(".//wsse:Nonce", None, SPACES) != second.findtext(".//wsse:Nonce", None, SPACES)
    first.find(".//{*}ApplyNo").text = "changed"  # type: ignore[union-attr]  # it is there
    from zeep.exceptions import SignatureVerificationFailed

    with pytest.raises(SignatureVerificationFailed):
        peer.signature.verify_envelope(first, str(certificate))


async def test_a_call_by_hand_is_signed_too_and_keeps_its_cdata() -> None:
    server = Scripted(lambda _number, _body: soap("<return>1</return>"))
    async with server.url() as url:
        known = {"url": url, "operation": "invoke", "arguments": [{"name": "xml", "value": "body", "form": "cdata"}],
                 "security": {"send": {"username": {**USER, "form": "text"}}}, "charset": "gb18030"}
        connection = await open_soap(context(known))
        await connection.send(outgoing(f"<a>{RARE}</a>".encode("gb18030")))
        await connection.close()
    [(_, body)] = server.seen
    text = body.decode("gb18030")
    assert f"<xml><![CDATA[<a>{RARE}</a>]]></xml>" in text
    assert etree.fromstring(text.partition("?>")[2]).findtext(".//wsse:Password", None, SPACES) == SECRETS["password"]


async def test_an_expired_certificate_of_ours_sends_nothing_and_says_so() -> None:
    ended = pair("old hub", begins=-10, ends=-1)
    known = {"url": "http://127.0.0.1:9/", "operation": "invoke", "arguments": [{"name": "xml", "value": "body"}],
             "security": {"send": {"signature": {"key": "key_pem", "certificate": "pem"}}}}
    made = context(known)
    keys = {"key_pem": Secret(ended.key_pem), "pem": Secret(ended.pem)}
    connection = await open_soap(dataclasses.replace(made, secrets={**made.secrets, **keys}, now=time.time))
    end = await connection.send(outgoing(b"<a/>"))
    step, *_ = await connection.probe()  # `county ready` must not say go
    await connection.close()
    assert (step.step, step.category, step.problem.code.id if step.problem else "") == ("signing", "expired", "GT540")
    assert isinstance(end, NotSent)
    assert end.reason == f"our certificate for signing expired at {ended.certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"


@pytest.mark.parametrize(("secrets", "what"), [
    ({"k": "no key", "c": OUR.pem}, "secrets.k: k：不是未加密的 PEM 私钥"), ({"k": OUR.key_pem, "c": "no"}, "secrets.c: c：不是 PEM 证书"),
    ({"k": OUR.key_pem, "c": OTHER.pem}, "secrets.c: c：证书与私钥不匹配"),
])
def test_keys_that_cannot_be_used_are_told_when_the_system_is_opened(secrets: dict[str, str], what: str) -> None:
    declared = Sending.model_validate({"signature": {"key": "k", "certificate": "c"}})
    with pytest.raises(ProblemsError) as raised:
        Securing(declared, {name: Secret(value) for name, value in secrets.items()})
    [problem] = raised.value.problems
    assert (problem.code.id, f"{problem.path}: {problem.message('zh')}") == ("GT689", what)


async def test_a_message_is_taken_once_and_within_its_window(tmp_path: Path) -> None:
    """Either mark of it alone tells it again; clocks may differ by a minute."""
    hub = Hub()
    async with guarded(tmp_path, hub, username=USER) as caller:
        body = secured(ask("SubmitStep"), by=None, form="digest")
        answers = [await caller.post(body), await caller.post(body)]
        answers += [await caller.post(secured(ask("SubmitStep"), by=None, form="digest", made=NOW + away)) for away in (-400, 90, -300, 50)]
    assert [code(one) for one in answers] == ["taken", "GT682", "GT683", "GT683", "taken", "taken"]
    assert answers[2].fault == ("wsse:MessageExpired", (
        "报文时间为 2014-07-15T02:23:20.000Z，本系统时间为 2014-07-15T02:30:00.000Z：有效期 300 秒，允许时钟偏差 60 秒 / the message says "
        "2014-07-15T02:23:20.000Z, and our time is 2014-07-15T02:30:00.000Z: it is accepted for 300 s, with 60 s between the clocks [GT683]"))
    async with guarded(tmp_path, hub, signature={"trust": ["their_cert"]}) as caller:
        body = secured(ask("SubmitStep"))
        answers = [await caller.post(body), await caller.post(body), await caller.post(secured(ask("SubmitStep"), made=NOW - 400))]
    assert [code(one) for one in answers] == ["taken", "GT682", "GT683"]


async def test_a_wrong_digest_does_not_use_up_a_nonce(tmp_path: Path) -> None:
    async with guarded(tmp_path, Hub(), username=USER) as caller:
        body = secured(ask("SubmitStep"), by=None, form="digest")
        wrong = await caller.post(twisted(body, lambda root: root.find(".//{*}Password").__setattr__("text", "AAAA")))
        right = await caller.post(body)
    assert (code(wrong), code(right)) == ("GT681", "taken")


@pytest.mark.parametrize("what", ATTACKS)
async def test_a_message_that_somebody_laid_hands_on_is_refused(tmp_path: Path, what: str) -> None:
    """Wrapping above all: what is signed is what is read, or nothing is."""
    twist, expected = ATTACKS[what]
    hub = Hub()
    async with guarded(tmp_path, hub, signature={"trust": ["their_cert"]}) as caller:
        answer = await caller.post(twisted(secured(ask("SubmitStep")), twist))
        whole = await caller.post(secured(ask("SubmitStep")))
    assert (code(answer), code(whole), len(hub.records)) == (expected, "taken", 1), answer.fault


@pytest.mark.parametrize("transform", ["http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/TR/1999/REC-xpath-19991116"])
def test_no_other_transform_is_carried_out(transform: str) -> None:
    """Not even one that the signer signed."""
    element = etree.fromstring(f'<a xmlns:wsu="{SPACES["wsu"]}" wsu:Id="x"/>')
    signature = sign([element], THEIR.key, sha1=False)
    assert verify(signature, [element], THEIR.key.public_key(), sha1=False) == [element]
    transforms, value = signature.find(".//ds:Transform", SPACES), signature.find("ds:SignatureValue", SPACES)
    assert transforms is not None
    assert value is not None
    transforms.set("Algorithm", transform)
    info = etree.tostring(signature[0], method="c14n", exclusive=True)
    value.text = base64.b64encode(THEIR.key.sign(info, PKCS1v15(), hashes.SHA256())).decode()
    with pytest.raises(Refused) as refused:
        verify(signature, [element], THEIR.key.public_key(), sha1=False)
    assert refused.value.problem.message("en") == f"the algorithm {transform!r} is not accepted"


def test_prefixes_to_be_carried_along_are_in_whatever_thread() -> None:
    """A message may be parsed in one thread and verified in another, which has never seen its prefixes."""
    name = f"p{time.time_ns()}"  # that no test has used
    element = etree.fromstring(f'<{name}:a xmlns:{name}="urn:p"><wsu:b xmlns:wsu="{SPACES["wsu"]}" wsu:Id="x"/></{name}:a>')[0]
    expected = f'<wsu:b xmlns:{name}="urn:p" xmlns:wsu="{SPACES["wsu"]}" wsu:Id="x"></wsu:b>'.encode()

    def elsewhere() -> bytes:
        etree.fromstring("<a/>", etree.XMLParser())  # from here on, this thread has names of its own
        return canonical(element, [name])

    with ThreadPoolExecutor(1) as one:
        assert one.submit(elsewhere).result() == expected
    assert canonical(element, [name, "gone"]) == expected


@pytest.mark.parametrize(("by", "trust", "what"), [
    (OTHER, "their_cert", "既不在受信任证书中，也非其签发"), (pair("clerk", "ca"), "ca", ""),
    (pair("forged", "their", ends=9), "ca", "既不在受信任证书中，也非其签发"),
    (pair("over", "ca", begins=-9, ends=-1), "ca", "过期"), (pair("soon", "ca", begins=5), "ca", "起才有效"),
    (pair("short", "ca", bits=1024), "ca", "不是 2048 位以上的 RSA 公钥"),
])
async def test_whose_certificate_is_accepted(tmp_path: Path, by: Pair, trust: str, what: str) -> None:
    """One that is named, one that a named authority issued; in its time, with a key that is long enough."""
    now = time.time()
    if by.key.key_size < 2048:  # we ourselves refuse to sign with it
        body = secured(ask("SubmitStep"), by=THEIR, made=now)
        token = base64.b64encode(by.certificate.public_bytes(Encoding.DER)).decode()
        body = twisted(body, set_text("BinarySecurityToken", token))
    elif by.certificate.not_valid_after_utc < datetime.now(UTC):
        body = secured(ask("SubmitStep"), by=by, made=by.certificate.not_valid_after_utc.timestamp() - 60)
    elif by.certificate.not_valid_before_utc > datetime.now(UTC):
        body = secured(ask("SubmitStep"), by=by, made=by.certificate.not_valid_before_utc.timestamp() + 60)
    else:
        body = secured(ask("SubmitStep"), by=by, made=now)
    async with guarded(tmp_path, Hub(), now=lambda: now, signature={"trust": [trust]}) as caller:
        answer = await caller.post(body)
    if not what:
        assert code(answer) == "taken"
    else:
        assert code(answer) == "GT686"
        assert answer.fault is not None
        assert answer.fault[0] == "wsse:InvalidSecurityToken"
        assert what in answer.fault[1]


async def test_soap_12_says_why_in_a_subcode(tmp_path: Path) -> None:
    async with guarded(tmp_path, Hub(), username=USER) as caller:
        answer = await caller.call(ask("SubmitStep"), version="1.2")
    assert (answer.status, answer.fault and answer.fault[0]) == (400, "s:Sender")
    assert answer.body[0].findtext("{*}Code/{*}Subcode/{*}Value") == "wsse:InvalidSecurity"


@pytest.mark.parametrize(("more", "said"), [
    ({"security": {"require": {"username": USER}}}, "serve"), ({"security": {"send": {}}}, "signature"),
    ({"security": {"require": {"signature": {"trust": []}}}}, "trust"), ({"serve": {"wsdl": "a.wsdl", "operations": {"A": {}}}}, "verified"),
])
def test_security_that_protects_nothing_is_told(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings({"url": "http://h/", "operation": "o", "arguments": [{"name": "a", "value": "body"}]}, **more)


async def test_a_signed_call_of_ours_is_taken_by_a_service_of_ours(tmp_path: Path) -> None:
    """GB 18030 on the wire, both tokens."""
    hub = Hub()
    require: dict[str, Any] = {"username": USER, "signature": {"trust": ["their_cert"]}}
    security = {"send": {"username": USER, "signature": {"key": "k", "certificate": "their_cert"}}}
    async with guarded(tmp_path, hub, **require) as caller:
        known = {"url": caller.url, "wsdl": sample_wsdl(tmp_path), "charset": "gb18030", "security": security}
        made = context(known, home=tmp_path)
        keys = {"k": Secret(THEIR.key_pem), "their_cert": Secret(THEIR.pem)}
        connection = await open_soap(dataclasses.replace(made, secrets={**made.secrets, **keys}))
        reply: Any = await connection.send(sending(step()))
        await connection.close()
    assert orjson.loads(reply.body)["Receipt"]["Code"] == "0"
    assert orjson.loads(hub.records[0].body) == step()
