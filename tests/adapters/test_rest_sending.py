"""What the REST adapter sends, and what its settings refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from guantong.adapter import Connection, Queries, Sends, Serves, SystemContext
from guantong.problems import ProblemsError
from guantong.record import Fields, Outgoing, Record, Reply, Verdict
from guantong.secret import Secret
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings
from guantong_plugins.signers.plugin import register_signers

SIGNERS = {spec.name: spec for spec in register_signers()}
SECRETS = {"token": Secret("an-invented-token"), "paasid": Secret("app1")}
COUNTY: dict[str, Any] = {
    "url": "http://127.0.0.1:1", "auth": {"signer": "bearer"}, "key_header": "Idempotency-Key",
    "headers": {"X-App": "guantong"},
    "send": {
        "application": {"path": "/api/v1/applications"},
        "*": {"method": "PUT", "path": "/api/v1/{type}/{applyNo}?part={part}"},
    },
    "query": {"path": "/api/v1/applications/{applyNo}"}, "queries": {"warning": {"path": "/api/v1/warnings/{alertNo}"}},
}


async def never(_: Record) -> Verdict:
    raise AssertionError("nothing is received here")


async def opened(settings: dict[str, Any]) -> Connection:
    model = RestSettings.model_validate(settings)
    return await open_rest(SystemContext(
        "rongcheng.approval", model, SECRETS, never, lambda choice: SIGNERS[choice.scheme].open(choice, SECRETS), 1000,
        now=lambda: 1405391400.0,
    ))


def outgoing(kind: str, fields: Fields) -> Outgoing:
    return Outgoing(1, 1, "case.application", kind, '{"a":"言"}'.encode(), fields, "delivery-7", 5.0)


@asynccontextmanager
async def county() -> AsyncIterator[tuple[Connection, list[tuple[str, str, bytes, dict[str, str]]]]]:
    """A system opened at a server that answers ok, and what the server saw."""
    seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((request.method, request.path_qs, await request.read(), headers))
        return web.Response(body=b'{"code":0}', content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        connection = await opened({**COUNTY, "url": str(server.make_url("/base"))})
        yield connection, seen
        await connection.close()


async def test_a_record_goes_to_the_path_of_its_kind_signed() -> None:
    """The body leaves as it is, with content type, constant headers, the delivery's key and the proof."""
    async with county() as (connection, seen):
        assert isinstance(connection, Sends)
        end = await connection.send(outgoing("application", {}))
    assert end == Reply(b'{"code":0}', {"status": "200", "content_type": "application/json"})
    method, path, body, headers = seen[0]
    assert (method, path, body) == ("POST", "/base/api/v1/applications", '{"a":"言"}'.encode())
    assert headers["authorization"] == "Bearer an-invented-token"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert (headers["idempotency-key"], headers["x-app"]) == ("delivery-7", "guantong")
    assert "cookie" not in headers


async def test_fields_in_a_path_cannot_leave_their_place() -> None:
    """What stands for a field is percent-encoded whole: no slash, query or dot segment gets through."""
    async with county() as (connection, seen):
        assert isinstance(connection, Sends)
        await connection.send(outgoing("step", {"type": "a/../b", "applyNo": "1?x=%2F#某", "part": "2&y"}))
    assert seen[0][:2] == ("PUT", "/base/api/v1/a%2F..%2Fb/1%3Fx=%252F%23%E6%9F%90?part=2%26y")


async def test_a_kind_that_is_asked_for_elsewhere_is_asked_for_there() -> None:
    """A card that may be lost is not taken for there because its case is."""
    async with county() as (connection, seen):
        assert isinstance(connection, Queries)
        await connection.query(outgoing("warning", {"applyNo": "1000", "alertNo": "W1"}))
        await connection.query(outgoing("step", {"applyNo": "1000", "alertNo": "W1"}))
    assert [one[:2] for one in seen] == [("GET", "/base/api/v1/warnings/W1"), ("GET", "/base/api/v1/applications/1000")]


async def test_a_query_asks_by_the_serial_and_has_no_body() -> None:
    """`unknown: query` is answered by a signed GET."""
    async with county() as (connection, seen):
        assert isinstance(connection, Queries)
        await connection.query(outgoing("application", {"applyNo": "1000"}))
    method, path, body, headers = seen[0]
    assert (method, path, body) == ("GET", "/base/api/v1/applications/1000", b"")
    assert headers["authorization"] == "Bearer an-invented-token"


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"type": "x", "part": "1"}, {"type": "x", "part": "1", "applyNo": ""},
        {"type": "..", "part": "1", "applyNo": "1"},
    ],
)
async def test_a_path_whose_field_is_missing_or_leads_elsewhere_is_our_mistake(fields: Fields) -> None:
    """It is raised as a named problem before anything is sent, never sent to a wrong address."""
    async with county() as (connection, seen):
        assert isinstance(connection, Sends)
        with pytest.raises(ProblemsError, match=r"GT515|GT517"):
            await connection.send(outgoing("step", fields))
    assert seen == []


async def test_a_kind_without_a_path_is_our_mistake() -> None:
    """Nothing is sent where the settings do not say where to."""
    connection = await opened({**COUNTY, "send": {"application": {"path": "/a"}}})
    assert isinstance(connection, Sends)
    with pytest.raises(ProblemsError, match="GT516"):
        await connection.send(outgoing("step", {}))
    await connection.close()


async def test_a_system_has_the_capabilities_its_settings_give() -> None:
    """No url: it cannot be sent to; no query: it cannot be asked; no receive: it has no door."""
    receive = {"auth": {"signer": "bearer"}}
    only_in = await opened({"receive": receive})
    no_query = await opened({"url": "http://127.0.0.1:1", "send": {"*": {"path": "/"}}, "receive": receive})
    assert not isinstance(only_in, Sends)
    assert isinstance(no_query, Sends)
    assert not isinstance(no_query, Queries)
    assert isinstance(only_in, Serves)
    assert [door.path for door in only_in.doors()] == ["/in/rongcheng.approval/events"]
    await only_in.close()
    await no_query.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "ftp://x/"}, {"url": "http://x/?a=b"}, {"send": {}}, {"send": {"*": {"path": "no-slash"}}},
        {"send": {"*": {"path": "/{a b}"}}}, {"send": {"*": {"path": "/{open"}}}, {"url": None, "send": {}},
        {"send": {"*": {"method": "GET", "path": "/"}}}, {"headers": {"X-A": "a\r\nX-B: b"}},
        {"receive": {}}, {"receive": {"path": "../x", "auth": {"signer": "bearer"}}}, {"unknown": 1},
        {"receive": {"auth": {"signer": "bearer"}, "replies": {"ok": {"id": "{serial}"}}}},
        {"receive": {"auth": {"signer": "bearer"}, "replies": {"ok": "no json"}}},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(changed: dict[str, Any]) -> None:
    """Mistakes are found when the configuration loads, not when the first record is sent."""
    with pytest.raises(ValidationError):
        RestSettings.model_validate({**COUNTY, **changed})
