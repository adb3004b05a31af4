"""The REST door: what it takes, what it refuses and how it says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong.adapter import Serves, SystemContext
from guantong.record import Acceptance, Record, Verdict
from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings
from guantong_plugins.signers.plugin import register_signers

SIGNERS = {spec.name: spec for spec in register_signers()}
SECRETS = {"token": Secret("an-invented-token")}
NOW = 1405391400.0
LIMIT = 1000
TAKEN = Verdict(Acceptance.ROUTED, 42)
PORTAL = {
    "path": "applications", "kind": "EX_GDBS_SB", "auth": {"signer": "x-tif"},
    "replies": {"ok": {"code": "0", "message": "接收成功", "id": "M{message}"}},
}
COUNTY = {
    "path": "events", "auth": {"signer": "bearer"},
    "replies": {"ok": '{"code": 0, "msg": "ok"}', "refusal": "plain"},
}


class Hub:
    """The other side of `accept`: keeps what it is handed, answers as told."""

    def __init__(self, verdict: Verdict = TAKEN) -> None:
        self.records: list[Record] = []
        self.verdict = verdict

    async def accept(self, record: Record) -> Verdict:
        self.records.append(record)
        return self.verdict


@asynccontextmanager
async def serving(receive: dict[str, Any], hub: Hub) -> AsyncIterator[TestServer]:
    settings = RestSettings.model_validate({"receive": receive})
    context = SystemContext(
        "city.hall-portal", settings, SECRETS, hub.accept, lambda choice: SIGNERS[choice.scheme].open(choice, SECRETS), LIMIT,
        now=lambda: NOW,
    )
    connection = await open_rest(context)
    assert isinstance(connection, Serves)
    app = web.Application(client_max_size=64 << 20)
    for door in connection.doors():
        app.router.add_route(door.method, door.path, door.handle)
    server = TestServer(app)
    async with server:
        yield server
    await connection.close()


def proof(receive: dict[str, Any]) -> dict[str, str]:
    return dict(SIGNERS[receive["auth"]["signer"]].make(SECRETS, NoOptions()).sign(b"", NOW))


async def post(
    server: TestServer, receive: dict[str, Any], body: Any, **headers: str
) -> tuple[int, str, dict[str, Any]]:
    url = server.make_url(f"/in/city.hall-portal/{receive['path']}")
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={**proof(receive), **headers}) as answer,
    ):
        return answer.status, answer.content_type, await answer.json(content_type=None)


async def test_a_proven_record_is_accepted_byte_for_byte() -> None:
    """The record reaches ACCEPT as it was sent, with the kind of the door and the charset of the transport,
    and the sender hears the system's own success."""
    hub, body = Hub(), '{"SBLSH":"1","SQRMC":"某𠮷"}'.encode("gb18030")
    async with serving(PORTAL, hub) as server:
        answer = await post(server, PORTAL, body, **{"Content-Type": "application/json; charset=GBK"})
    assert answer == (200, "application/json", {"code": "0", "message": "接收成功", "id": "M42"})
    assert hub.records == [Record("city.hall-portal", body, "EX_GDBS_SB", "GBK")]


@pytest.mark.parametrize("acceptance", [each for each in Acceptance if each is not Acceptance.REFUSED])
async def test_whatever_is_ours_is_acknowledged(acceptance: Acceptance) -> None:
    """A duplicate, a parked and a conflicting record are kept: the sender must not send them again."""
    async with serving(COUNTY, Hub(Verdict(acceptance, 7))) as server:
        assert await post(server, COUNTY, b"{}") == (200, "application/json", {"code": 0, "msg": "ok"})


@pytest.mark.parametrize(
    ("code", "again", "status", "title"),
    [
        ("GT301", False, 400, "Bad Request"),
        ("GT310", False, 400, "Bad Request"),
        ("GT401", False, 422, "Unprocessable Entity"),
        ("GT404", True, 503, "Service Unavailable"),
    ],
)
async def test_a_refusal_says_what_is_wrong_in_both_languages(code: str, again: bool, status: int, title: str) -> None:
    """RFC 9457, with the stable code: what does not parse is 400, what is not known 422, "later" 503."""
    hub = Hub(Verdict(Acceptance.REFUSED, 0, code, "why", "为何", again))
    async with serving(PORTAL, hub) as server:
        answer = await post(server, PORTAL, b"{}")
    problem = {
        "type": "about:blank", "title": title, "status": status, "code": code, "detail": "why", "detail_zh": "为何"
    }
    assert answer == (status, "application/problem+json", problem)


async def test_a_refusal_in_plain_style_is_code_and_message() -> None:
    """A county's client reads `code` and `msg`."""
    async with serving(COUNTY, Hub(Verdict(Acceptance.REFUSED, 0, "GT401", "why", "为何"))) as server:
        assert await post(server, COUNTY, b"{}") == (422, "application/json", {"code": "GT401", "msg": "为何"})


@pytest.mark.parametrize("receive", [PORTAL, COUNTY], ids=["x-tif", "bearer"])
async def test_an_unproven_sender_is_refused_and_nothing_is_told(receive: dict[str, Any]) -> None:
    """401, nothing reaches ACCEPT, and the answer holds no part of what was expected."""
    hub = Hub()
    async with serving(receive, hub) as server:
        for spoilt in proof(receive):
            status, _, body = await post(server, receive, b"{}", **{spoilt: "Bearer 0000000000"})
            assert (status, body["code"]) == (401, "GT510")
            assert "an-invented-token" not in str(body)
    assert hub.records == []


@pytest.mark.parametrize(("receive", "said", "said_zh"), [
    (PORTAL, "an x-tif header is missing", "缺少 x-tif 请求头"), (COUNTY, "", "没有 bearer 令牌"),
], ids=["x-tif", "bearer"])
async def test_an_unproven_sender_reads_which_check_failed_in_its_own_language(receive: dict[str, Any], said: str, said_zh: str) -> None:
    """The Chinese text is Chinese throughout; the plain style has that alone."""
    async with serving(receive, Hub()) as server:
        _, _, body = await post(server, receive, b"{}", **dict.fromkeys(proof(receive), ""))
    told = f"发送方身份未通过校验：{said_zh}"
    assert body in (
        {"type": "about:blank", "title": "Unauthorized", "status": 401, "code": "GT510",
         "detail": f"the sender is not proven: {said}", "detail_zh": told},
        {"code": "GT510", "msg": told})


async def _stream(chunk: bytes, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield chunk


@pytest.mark.parametrize(
    "body", [lambda: b"x" * (LIMIT + 1), lambda: _stream(b"x" * 100, 11)], ids=["announced", "chunked"]
)
async def test_a_body_over_the_limit_is_refused(body: Callable[[], Any]) -> None:
    """413, whether the length was announced or not; a body of the limit itself is taken."""
    hub = Hub()
    async with serving(PORTAL, hub) as server:
        status, _, problem = await post(server, PORTAL, body())
        assert (status, problem["code"]) == (413, "GT511")
        assert hub.records == []
        assert (await post(server, PORTAL, _stream(b"x" * 100, LIMIT // 100)))[0] == 200
    assert [len(record.body) for record in hub.records] == [LIMIT]


async def test_a_compressed_body_is_refused() -> None:
    """415: nothing is expanded for a stranger."""
    hub = Hub()
    async with serving(PORTAL, hub) as server:
        status, _, problem = await post(server, PORTAL, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert (status, problem["code"], hub.records) == (415, "GT513", [])


async def test_a_content_type_that_is_not_agreed_is_refused() -> None:
    """415 where the door names the types it takes."""
    hub, receive = Hub(), {**COUNTY, "accepts": ["application/json"]}
    async with serving(receive, hub) as server:
        status, _, answer = await post(server, receive, b"a=1", **{"Content-Type": "application/x-www-form-urlencoded"})
        assert (status, answer["code"], hub.records) == (415, "GT514", [])
        assert (await post(server, receive, b"{}", **{"Content-Type": "application/json"}))[0] == 200


async def test_a_request_cut_off_in_its_body_is_not_accepted() -> None:
    """Half a record is never handed on, and the door serves the next request."""
    hub = Hub()
    async with serving(COUNTY, hub) as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        head = "".join(f"{name}: {value}\r\n" for name, value in proof(COUNTY).items())
        writer.write(
            f"POST /in/city.hall-portal/events HTTP/1.1\r\nHost: hub\r\n{head}Content-Length: 100\r\n\r\n".encode()
        )
        writer.write(b'{"half":')
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await post(server, COUNTY, b"{}"))[0] == 200
    assert [record.body for record in hub.records] == [b"{}"]
