"""What a REST request may be made of besides the record: forms, parameters, headers, tokens, seals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from guantong.adapter import Connection, Renews, Sends, SystemContext
from guantong.cipher import CipherChoice
from guantong.problems import ProblemsError
from guantong.record import Answer, NotSent, Outgoing, Record, Reply, Verdict
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings
from guantong_plugins.ciphers.plugin import register_ciphers

CIPHERS = {spec.name: spec for spec in register_ciphers()}
SECRETS = {
    "app": Secret("an-invented-app"), "password": Secret("a&b=言"),
    "cipher_key": Secret("an-invented-key!"), "cipher_iv": Secret("an-invented-iv-!"),
}
RECORD = "<APPROVEDATAINFO><BZ>a+b & 言</BZ></APPROVEDATAINFO>".encode()
NOW = 1405391400.0
XMLSTR: dict[str, Any] = {
    "send": {"*": {"path": "/approve/{EVENT}"}},
    "envelope": {"parts": [
        {"name": "access_token", "value": "token"}, {"name": "accessToken", "value": "token"},
        {"name": "xmlStr", "value": "body"},
    ]},
    "login": {"path": "/token", "parts": [
        {"name": "appid", "secret": "app"}, {"name": "pw", "secret": "password"},
    ], "token_at": "data/token"},
}


class Peer:
    """A system that gives tokens and keeps what it is sent."""

    def __init__(self) -> None:
        self.logins: list[tuple[str, bytes, str]] = []
        self.seen: list[tuple[str, bytes, dict[str, str]]] = []
        self.grant: Any = {"data": {"token": "T1"}}
        self.status = 200
        self.answer = b'{"status":"200"}'

    async def token(self, request: web.Request) -> web.Response:
        self.logins.append((request.path_qs, await request.read(), request.headers.get("Content-Type", "")))
        body = self.grant if isinstance(self.grant, bytes) else orjson.dumps(self.grant)
        return web.Response(status=self.status, body=body)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.path_qs, await request.read(), headers))
        return web.Response(body=self.answer)


async def never(_: Record) -> Verdict:
    raise AssertionError("nothing is received here")


def no_signer(choice: SignerChoice) -> Signer:
    raise AssertionError(f"no signer {choice.scheme} is configured")


@asynccontextmanager
async def peer(settings: dict[str, Any]) -> AsyncIterator[tuple[Sends, Peer]]:
    """A system opened with these settings, and the other side."""
    other = Peer()
    app = web.Application()
    app.router.add_route("*", "/base/token", other.token)
    app.router.add_route("*", "/base/{tail:.*}", other.take)
    async with TestServer(app) as server:
        model = RestSettings.model_validate({**settings, "url": str(server.make_url("/base"))})
        connection: Connection = await open_rest(SystemContext(
            "puning.approval", model, SECRETS, never, no_signer, 1000, now=lambda: NOW,
            cipher=lambda choice: CIPHERS[choice.scheme].open(choice, SECRETS),
        ))
        yield cast("Sends", connection), other
        await connection.close()


def outgoing(body: bytes = RECORD, key: str = "GT1", **fields: Any) -> Outgoing:
    return Outgoing(1, 1, "case.finish", "SPBANJIE", body, {"EVENT": "receiveBusinessFinish", **fields}, key, 5.0)


async def send(sender: Sends, **more: Any) -> Answer:
    return await sender.send(outgoing(**more))


async def test_a_record_goes_as_a_field_of_a_form_with_the_token_beside_it() -> None:
    """The form reads back to the very bytes, whatever stands in them, in the order of its parts."""
    async with peer(XMLSTR) as (sender, other):
        end = await send(sender)
    assert end == Reply(b'{"status":"200"}', {"status": "200", "content_type": "application/octet-stream"})
    path, body, headers = other.seen[0]
    assert path == "/base/approve/receiveBusinessFinish"
    assert headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert parse_qsl(body.decode(), strict_parsing=True) == [
        ("access_token", "T1"), ("accessToken", "T1"), ("xmlStr", RECORD.decode()),
    ]
    assert other.logins == [
        ("/base/token", b"appid=an-invented-app&pw=a%26b%3D%E8%A8%80", "application/x-www-form-urlencoded; charset=utf-8"),
    ]


async def test_a_form_in_gb18030_says_so() -> None:
    """The record's bytes are percent-encoded as they are; so are the other parts in the form's charset."""
    settings = {"send": {"*": {"path": "/x"}}, "envelope": {"charset": "gb18030", "parts": [
        {"name": "单位", "constant": "某局"}, {"name": "xml", "value": "body"}]}}
    async with peer(settings) as (sender, other):
        await send(sender, body="𠮷言".encode("gb18030"))
    _, body, headers = other.seen[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded; charset=gb18030"
    assert parse_qsl(body.decode(), encoding="gb18030") == [("单位", "某局"), ("xml", "𠮷言")]


@pytest.mark.parametrize("record", [RECORD, b"\r\n--guantong-GT1\r\n", bytes(range(256))])
async def test_a_multipart_form_holds_any_bytes(record: bytes) -> None:
    """A server reads the parts back byte for byte, also where the record holds what looks like the boundary."""
    settings = {"send": {"*": {"path": "/x"}}, "envelope": {"form": "multipart", "parts": [
        {"name": "key", "value": "key"},
        {"name": "file", "value": "body", "content_type": "application/xml", "file": "record.xml"}]}}
    read: list[tuple[str | None, str | None, str | None, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        async for part in await request.multipart():
            assert not isinstance(part, web.Response)
            read.append((part.name, part.filename, part.headers.get("Content-Type"), bytes(await part.read())))  # type: ignore[union-attr]  # a part of a form, never a form inside one
        return web.Response()

    app = web.Application()
    app.router.add_post("/x", take)
    async with TestServer(app) as server:
        model = RestSettings.model_validate({**settings, "url": str(server.make_url("/"))})
        connection: Any = await open_rest(SystemContext("a.b", model, {}, never, no_signer, 1000, now=lambda: NOW))
        assert isinstance(await connection.send(outgoing(body=record)), Reply)
        await connection.close()
    assert read == [("key", None, None, b"GT1"), ("file", "record.xml", "application/xml", record)]


async def test_headers_and_parameters_take_tokens_fields_and_secrets() -> None:
    """What stands in an address is percent-encoded; what stands in a header may be part of a text."""
    settings = {**XMLSTR, "envelope": None, "headers": {
        "Authorization": {"value": "token", "template": "Bearer {value}"}, "X-Case": {"field": "CASE/NO"}, "X-App": "gt",
    }, "parameters": [{"name": "access token", "value": "token"}, {"name": "pw", "secret": "password"},
                      {"name": "t", "value": "timestamp"}]}
    async with peer(settings) as (sender, other):
        await send(sender, CASE={"NO": "A/1"})
    path, body, headers = other.seen[0]
    assert path == "/base/approve/receiveBusinessFinish?access%20token=T1&pw=a%26b%3D%E8%A8%80&t=1405391400"
    assert (headers["authorization"], headers["x-case"], headers["x-app"]) == ("Bearer T1", "A/1", "gt")
    assert body == RECORD


async def test_a_part_whose_field_is_missing_is_a_mistake_that_names_it() -> None:
    """Nothing is sent; a person maps the field or takes the part out."""
    async with peer({"send": {"*": {"path": "/x"}}, "headers": {"X-Case": {"field": "NO"}}}) as (sender, other):
        with pytest.raises(ProblemsError, match=r"settings: the request needs the field NO, which the record does not have; "
                                                r"map that field, or take the part out \[GT545\]"):
            await send(sender)
    assert other.seen == []


async def test_one_login_serves_many_sendings_until_the_token_is_spent() -> None:
    """A renewed token is asked for once; a complaint about a token nobody has used yet changes nothing."""
    async with peer(XMLSTR) as (sender, other):
        await send(sender)
        await send(sender)
        assert len(other.logins) == 1
        other.grant = {"data": {"token": "T2"}}
        renewing = cast("Renews", sender)
        await renewing.renew()
        await renewing.renew()
        await send(sender)
        assert len(other.logins) == 2
    assert [dict(parse_qsl(body.decode()))["access_token"] for _, body, _ in other.seen] == ["T1", "T1", "T2"]


async def test_a_token_whose_time_is_up_is_renewed_before_it_is_used() -> None:
    """The answer to the login says for how many seconds it holds; a tenth before, a new one is got."""
    settings = {**XMLSTR, "login": {**XMLSTR["login"], "lasts_at": "data/expires_in"}}
    async with peer(settings) as (sender, other):
        other.grant = {"data": {"token": "T1", "expires_in": 1}}
        await send(sender)
        tokens = sender._client._tokens  # type: ignore[attr-defined]  # its clock is the loop's: the test puts it on
        tokens._until -= 1
        other.grant = {"data": {"token": "T2", "expires_in": 7200}}
        await send(sender)
        await send(sender)
    assert len(other.logins) == 2


NO_TOKEN_IN_IT = ("the login was refused: no token in the answer (HTTP status 200)", "登录被拒：应答中没有令牌（HTTP 状态 200）")


@pytest.mark.parametrize(("grant", "status", "why"), [
    ({"code": 1, "msg": "口令错误"}, 200, NO_TOKEN_IN_IT),
    (b"<html>", 502, ("the login was refused: no token in the answer (HTTP status 502)", "登录被拒：应答中没有令牌（HTTP 状态 502）")),
    (b"[" * 100_000, 200, NO_TOKEN_IN_IT),
    ({"data": {"token": "a\r\nb"}}, 200, NO_TOKEN_IN_IT),
    ({"data": {"token": {"a": 1}}}, 200, NO_TOKEN_IN_IT),
    (b" " * (2 << 20), 200, ("the answer to the login is longer than 1048576 bytes", "登录的应答超过 1048576 字节")),
])
async def test_a_login_that_fails_means_that_nothing_was_sent(grant: Any, status: int, why: tuple[str, str]) -> None:
    """The reason names the step and quotes neither what was sent nor what came."""
    async with peer(XMLSTR) as (sender, other):
        other.grant, other.status = grant, status
        assert await send(sender) == NotSent(*why)
    assert other.seen == []


@pytest.mark.parametrize(("login", "asked", "grant"), [
    ({"form": "json", "decode": "xml", "token_at": "loginKey"},
     ("/base/token", '{"appid":"an-invented-app","pw":"a&b=言"}'.encode(), "application/json; charset=utf-8"),
     b"<RESULT><loginKey>T1</loginKey></RESULT>"),
    ({"method": "GET", "form": "parameters", "decode": "text", "token_at": None},
     ("/base/token?appid=an-invented-app&pw=a%26b%3D%E8%A8%80", b"", ""), b"T1\n"),
])
async def test_systems_give_their_tokens_in_their_own_ways(login: dict[str, Any], asked: Any, grant: bytes) -> None:
    """As JSON, as parameters of a GET; answered in XML or as bare text."""
    async with peer({**XMLSTR, "login": {**XMLSTR["login"], **login}}) as (sender, other):
        other.grant = grant
        assert isinstance(await send(sender), Reply)
    assert other.logins == [asked]
    assert dict(parse_qsl(other.seen[0][1].decode()))["access_token"] == "T1"


async def test_a_sealed_record_leaves_sealed_and_its_answer_is_opened() -> None:
    """What goes out opens to the record; what comes back at the named place is in the clear for the rules."""
    cipher = CIPHERS["sm4-cbc"].open(CipherChoice(scheme="sm4-cbc"), SECRETS)
    settings = {**XMLSTR, "cipher": "sm4-cbc", "reply_cipher_at": "data"}
    async with peer(settings) as (sender, other):
        other.answer = b"<RESULT><code>200</code><data>" + cipher.seal("<NO>言</NO>".encode()) + b"</data></RESULT>"
        end = await send(sender)
        assert isinstance(end, Reply)
        assert end.body.decode() == "<RESULT><code>200</code><data><NO>言</NO></data></RESULT>"
        other.answer = b"<RESULT><data>" + cipher.seal("<不是 XML & 文本".encode()) + b"</data></RESULT>"
        end = await send(sender)
        assert isinstance(end, Reply)
        assert end.body.decode() == "<RESULT><data>&lt;不是 XML &amp; 文本</data></RESULT>"
        other.answer = b'{"code":200,"data":"' + cipher.seal(b'{"bizNo":10000000000000000000001}') + b'"}'
        end = await send(sender)
        assert isinstance(end, Reply)
        assert end.body == b'{"code":200,"data":{"bizNo":10000000000000000000001}}'
    sealed = dict(parse_qsl(other.seen[0][1].decode()))["xmlStr"]
    assert cipher.open(sealed.encode()) == RECORD


@pytest.mark.parametrize("answer", [b"", b"not it", b'{"data":"QUJD"}', b'{"data":7}', b"<a><data>x</data></a>", b"[1]", b"<!DOCTYPE a><a/>"])
async def test_an_answer_that_does_not_open_is_judged_as_it_came(answer: bytes) -> None:
    """Nothing is guessed: the profile's rules see the bytes."""
    async with peer({**XMLSTR, "cipher": "sm4-cbc", "reply_cipher_at": "data"}) as (sender, other):
        other.answer = answer
        end = await send(sender)
    assert isinstance(end, Reply)
    assert end.body == answer


@pytest.mark.parametrize(("settings", "why"), [
    ({"envelope": {"parts": [{"name": "a", "constant": "b"}]}}, "one part carries `value: body`"),
    ({"envelope": {"parts": [{"name": "a", "value": "body", "file": "x"}]}}, "belong to `form: multipart`"),
    ({"envelope": {"parts": [{"name": "a", "value": "body", "secret": "b"}]}}, "exactly one of"),
    ({"parameters": [{"name": "a", "value": "body"}]}, "the body belongs into `envelope:`"),
    ({"headers": {"A": {"value": "body"}}}, "a header cannot hold the body"),
    ({"headers": {"A": {"value": "token"}}}, "`value: token` needs `login:`"),
    ({"headers": {"A": {"value": "key", "template": "x{y}"}}}, "holds {value} once"),
    ({"login": {"path": "/t"}}, "say `token_at:`"),
    ({"login": {"path": "/t", "token_at": "a", "method": "GET"}}, "a GET sends `form: parameters`"),
    ({"login": {"path": "/t", "token_at": "a", "parts": [{"name": "a", "value": "token"}]}}, "constants, secrets"),
    ({"reply_cipher_at": "data"}, "`reply_cipher_at:` needs `cipher:`"),
    ({"tls_key": "key.pem"}, "belong together"),
])
def test_settings_that_fit_no_request_are_refused(settings: dict[str, Any], why: str) -> None:
    """Before anything is opened, with what to write instead."""
    with pytest.raises(ValidationError, match="".join(f"[{char}]" if char in "{}" else char for char in why)):
        RestSettings.model_validate({"url": "http://127.0.0.1:1", "send": {"*": {"path": "/x"}}, **settings})


def test_settings_name_the_secrets_their_parts_use() -> None:
    """`check` asks for each of them, also those of the login."""
    assert RestSettings.model_validate({**XMLSTR, "url": "http://127.0.0.1:1"}).secrets() == ["app", "password"]
