"""Attachments fetched by REST: the same proof as any request, an address that a record cannot lead astray, bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError
from tests.adapters.fetched import fetched
from tests.adapters.test_rest_sending import COUNTY, opened

from guantong.adapter import Fetches
from guantong.problems import ProblemsError
from guantong.record import Answer, NotSent, Oversized, Reply
from guantong_adapters.rest.settings import RestSettings

CONTENT = b"%PDF-1.4\n" + bytes(range(256)) * 8000
PATH = "/files/{ATTACH_ID}?of={SBLSH}"


@asynccontextmanager
async def county(content: bytes = CONTENT, status: int = 200, **settings: Any) -> AsyncIterator[tuple[Fetches, list[tuple[str, str]]]]:
    """A system opened at a server that keeps one file, and what was asked of it: the address and the proof."""
    asked: list[tuple[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path_qs, request.headers.get("Authorization", "")))
        return web.Response(status=status, body=content, content_type="application/pdf")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    async with TestServer(app) as server:
        connection = await opened({**COUNTY, "fetch": {"path": PATH}, "url": str(server.make_url("/base")), **settings})
        assert isinstance(connection, Fetches)
        yield connection, asked
        await connection.close()


async def got(connection: Fetches, limit: int = len(CONTENT), ident: str = "F1", serial: str = "1000") -> Answer:
    return await fetched(connection, "material", {"ATTACH_ID": ident, "SBLSH": serial}, limit)


async def test_a_content_comes_whole_with_the_proof_of_any_request() -> None:
    """Larger than a reply of ours may be, for it is none; to the byte of its limit."""
    async with county(reply_limit="1KiB") as (connection, asked):
        end = await got(connection)
    assert end == Reply(CONTENT, {"status": "200", "content_type": "application/pdf"})
    assert asked == [("/base/files/F1?of=1000", "Bearer an-invented-token")]


async def test_what_is_larger_than_its_limit_is_not_read_on() -> None:
    """The end says so: to ask again would bring the same."""
    async with county() as (connection, _):
        end = await got(connection, len(CONTENT) - 1)
    assert end == Oversized(f"the answer is longer than {len(CONTENT) - 1} bytes", f"应答超过 {len(CONTENT) - 1} 字节")


async def test_any_status_is_the_cores_to_judge() -> None:
    """It is told with what came; a system that is not there is told apart."""
    async with county(b"no such file", 404) as (connection, _):
        end = await got(connection)
    assert end == Reply(b"no such file", {"status": "404", "content_type": "application/pdf"})
    gone = await opened({**COUNTY, "fetch": {"path": PATH}})
    assert isinstance(gone, Fetches)
    assert isinstance(await got(gone), NotSent)
    await gone.close()


async def test_a_record_cannot_lead_a_request_astray() -> None:
    """What stands for a field is percent-encoded whole, and a dot segment or a missing field is refused before anything is sent."""
    async with county() as (connection, asked):
        await got(connection, ident="../../admin?x=1#", serial="1&of=2")
        for refused in ({"ident": ".."}, {"serial": ""}):
            with pytest.raises(ProblemsError, match=r"GT515|GT517"):
                await got(connection, **refused)  # type: ignore[arg-type]  # texts all of them
    assert [path for path, _ in asked] == ["/base/files/..%2F..%2Fadmin%3Fx=1%23?of=1%26of%3D2"]


def test_fetching_needs_an_address() -> None:
    """A system that only calls us has none."""
    with pytest.raises(ValidationError, match=r"`url:` and `send:` \(or `read:`, `fetch:`\) belong together"):
        RestSettings.model_validate({"receive": {"path": "x", "auth": {"signer": "bearer"}}, "fetch": {"path": PATH}})
