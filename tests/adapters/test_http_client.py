"""What the shared HTTP client promises: one request, one honest end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong.record import NotSent, Reply, Unsure
from guantong_adapters.http.client import HttpClient


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient(2, reply_limit=1000) as client:
        yield client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def scripted(script: list[bytes | None], seen: list[bytes]) -> tuple[asyncio.Server, str]:
    """A server that reads one request's head per step and writes the step's bytes; None cuts the line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while script:
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                step = script.pop(0)
                if step is None:
                    break
                writer.write(step)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_refused_connection_is_not_sent(client: HttpClient) -> None:
    """Nobody listens: surely no byte left us."""
    end = await client.post(f"http://127.0.0.1:{free_port()}/", b"x", {}, 5)
    assert isinstance(end, NotSent)


async def test_an_unknown_host_is_not_sent(client: HttpClient) -> None:
    """A name that does not resolve: surely no byte left us."""
    assert isinstance(await client.post("http://nowhere.invalid/", b"x", {}, 5), NotSent)


async def test_a_host_that_never_answers_the_connect_is_not_sent(client: HttpClient) -> None:
    """A listener whose backlog is full lets us wait: the time limit ends in the connecting phase."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            end = await client.post(f"http://127.0.0.1:{address[1]}/", b"x", {}, 0.4)
        finally:
            for filler in fillers:
                filler.close()
    assert isinstance(end, NotSent)


async def test_a_connection_cut_after_the_request_is_unsure_and_never_repeated(client: HttpClient) -> None:
    """The server may have acted before it cut the line: one request only, also on a kept connection, also
    for a method HTTP calls idempotent."""
    for method in ("POST", "PUT", "GET"):
        seen: list[bytes] = []
        ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        server, url = await scripted([ok, None, ok, ok], seen)
        async with server:
            assert isinstance(await client.request(method, url, None, {}, 5), Reply)
            assert isinstance(await client.request(method, url, None, {}, 5), Unsure)
            assert len(seen) == 2
            server.close()


async def test_an_answer_that_does_not_come_in_time_is_unsure(client: HttpClient) -> None:
    """The request left; what it did is not known."""
    released = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hang)
    async with TestServer(app) as server:
        end = await client.post(str(server.make_url("/")), b"x", {}, 0.3)
        released.set()
    assert isinstance(end, Unsure)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nok",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 500_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: x\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=" + b"x" * 500_000,
    ],
    ids=["truncated", "over the bound", "compressed", "not http", "interim answers without end", "a trailer without end",
         "trailers without end", "a chunk's extension without end"],
)
async def test_an_answer_that_cannot_be_read_whole_is_unsure(client: HttpClient, answer: bytes) -> None:
    """Half an answer, one beyond the bound, an expanding one, or none at all says nothing of the effect."""
    server, url = await scripted([answer], [])
    async with server:
        assert isinstance(await client.post(url, b"", {}, 5), Unsure)


async def test_every_status_is_a_reply_and_redirects_are_not_followed(client: HttpClient) -> None:
    """Judging is the core's: 302 and 503 come back as they are, with what the transport says beside."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        status = int(request.match_info["status"])
        return web.Response(status=status, headers={"Location": "/200"}, text="言", charset="gb18030")

    app = web.Application()
    app.router.add_post("/{status}", answer)
    async with TestServer(app) as server:
        for status in ("200", "302", "404", "503"):
            end = await client.post(str(server.make_url(f"/{status}")), b"x", {}, 5)
            meta = {"status": status, "content_type": "text/plain", "charset": "gb18030"}
            assert end == Reply("言".encode("gb18030"), meta)
    assert asked == ["/200", "/302", "/404", "/503"]
