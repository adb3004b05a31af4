"""Answers that leave in one piece are answers like any other to whoever reads them."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong_adapters.http.whole import WholeResponse

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
LAST = POST.replace(b"Host: x", b"Host: x\r\nConnection: close")


async def answer(request: web.Request) -> web.Response:
    """Read the request, and answer in one piece."""
    await request.read()
    return WholeResponse(status=202, body="收到".encode(), content_type="text/plain", headers={"X-Other": "b"})


async def said(requests: bytes) -> bytes:
    """All that a server answers to *requests* over one connection, until it closes."""
    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(requests)
        got = await reader.read()
        writer.close()
        await writer.wait_closed()
        return got


def taken_apart(text: bytes) -> tuple[bytes, dict[str, str], bytes, bytes]:
    """The first answer in *text*: status line, headers, body; and what follows it."""
    head, _, rest = text.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = dict(line.decode().split(": ", 1) for line in lines)
    length = int(headers["Content-Length"])
    return status, headers, rest[:length], rest[length:]


async def test_requests_on_one_connection_are_answered_one_after_the_other() -> None:
    """Status, headers, length, date and body are told; the connection goes on."""
    rest = await said(POST + POST + LAST)
    for _ in range(2):
        status, headers, body, rest = taken_apart(rest)
        assert status == b"HTTP/1.1 202 Accepted"
        assert body.decode() == "收到"
        assert parsedate_to_datetime(headers.pop("Date")).tzinfo is not None
        assert headers == {"Content-Type": "text/plain", "X-Other": "b", "Content-Length": "6"}
    assert taken_apart(rest)[2].decode() == "收到"


@pytest.mark.parametrize("request_", [
    LAST,
    POST.replace(b"HTTP/1.1", b"HTTP/1.0"),
], ids=["the sender wants to close", "an old sender"])
async def test_a_connection_that_ends_is_told_so(request_: bytes) -> None:
    """Whoever keeps no connection open gets one whole answer, and the end."""
    status, headers, body, rest = taken_apart(await said(request_))
    assert status.endswith(b"202 Accepted")
    assert (body.decode(), rest) == ("收到", b"")
    assert headers["X-Other"] == "b"
