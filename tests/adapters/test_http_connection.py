"""What the HTTP client does with its connections, and with what systems answer."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiohttp import InvalidURL
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from guantong.record import NotSent, Reply, Unsure
from guantong.testing.faulty_server import Behaviour, FaultyServer, answers, breaks_off, hangs
from guantong_adapters.http.client import HttpClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TAKEN = Reply(b"ok", {"status": "200"})


class Counted:
    """A server that answers every request and remembers connections and requests."""

    def __init__(self) -> None:
        self.connections = 0
        self.heads: list[bytes] = []
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def serving(cls, answer: bytes = OK, tls: ssl.SSLContext | None = None) -> AsyncIterator[Counted]:
        counted = cls()
        writers: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            counted.connections += 1
            writers.append(writer)
            try:
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    counted.heads.append(head)
                    if b"Content-Length: 1" in head:
                        await reader.readexactly(1)
                    writer.write(answer)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        scheme = "https" if tls else "http"
        counted.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield counted
        finally:
            server.close()
            for writer in writers:
                writer.transport.abort()


def hangs_once(asked: asyncio.Event) -> Behaviour:
    """Never answers, and tells when it was asked."""

    async def behave(server: FaultyServer, writer: asyncio.StreamWriter) -> bool:
        asked.set()
        return await hangs(server, writer)

    return behave


async def test_requests_one_after_the_other_share_a_connection() -> None:
    """A connection whose answer is read whole is used again."""
    async with Counted.serving() as server, HttpClient(8) as client:
        for _ in range(5):
            assert await client.post(server.url, b"x", {}, 5) == TAKEN
        assert server.connections == 1


async def test_no_more_connections_than_allowed_are_opened() -> None:
    """What is beyond waits for a connection to become free."""
    async with Counted.serving() as server, HttpClient(3) as client:
        ends = await asyncio.gather(*(client.post(server.url, b"x", {}, 5) for _ in range(30)))
        assert ends == [TAKEN] * 30
        assert server.connections <= 3


async def test_waiting_for_a_connection_in_vain_is_not_sent() -> None:
    """All connections are taken by requests that hang: nothing of the next one left us."""
    asked = asyncio.Event()
    async with FaultyServer.serving(hangs_once(asked)) as server, HttpClient(1) as client:
        first = asyncio.create_task(client.post(server.url, b"x", {}, 1))
        await asked.wait()
        assert isinstance(await client.post(server.url, b"x", {}, 0.2), NotSent)
        assert isinstance(await first, Unsure)
        assert server.requests == 1


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    OK + b"more",
    OK + OK,
], ids=["says close", "http/1.0", "more than was said", "two answers"])
async def test_a_connection_that_cannot_be_trusted_further_is_not_used_again(answer: bytes) -> None:
    """The answer counts; the next request goes over a new connection."""
    async with Counted.serving(answer) as server, HttpClient(1) as client:
        for _ in range(2):
            end = await client.post(server.url, b"x", {}, 5)
            assert isinstance(end, Reply)
            assert end.body == b"ok"
        assert server.connections == 2


@pytest.mark.parametrize(("answer", "expected"), [
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK, TAKEN),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", TAKEN),
    (b"HTTP/1.1 204 No Content\r\n\r\n", Reply(b"", {"status": "204"})),
    (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", TAKEN),
], ids=["interim answers", "chunks", "no content", "line feeds alone"])
async def test_the_forms_an_answer_has(answer: bytes, expected: Reply) -> None:
    """Whatever form HTTP allows, the whole body is read."""
    async with Counted.serving(answer) as server, HttpClient(1) as client:
        assert await client.post(server.url, b"x", {}, 5) == expected


async def test_an_answer_of_unsaid_length_ends_with_the_connection() -> None:
    """Old servers say the end of an answer by closing."""
    async with FaultyServer.serving(breaks_off(b"HTTP/1.1 200 OK\r\n\r\nok")) as server, HttpClient(1) as client:
        assert await client.post(server.url, b"x", {}, 5) == TAKEN


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
], ids=["another protocol", "an endless head", "two lengths", "two framings"])
async def test_an_answer_that_is_not_clear_is_unsure(answer: bytes) -> None:
    """What an unclear answer says of the effect cannot be known."""
    async with FaultyServer.serving(answers(answer)) as server, HttpClient(1) as client:
        assert isinstance(await client.post(server.url, b"x", {}, 5), Unsure)


async def test_a_cancelled_request_leaves_its_connection_to_nobody() -> None:
    """The answer of a cancelled request is never taken for that of the next."""
    asked = asyncio.Event()
    async with FaultyServer.serving(hangs_once(asked), answers(OK)) as server, HttpClient(1) as client:
        first = asyncio.create_task(client.post(server.url, b"x", {}, 5))
        await asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await client.post(server.url, b"x", {}, 5) == TAKEN


async def test_closing_ends_what_is_in_progress() -> None:
    """A request on the wire when the client closes ends `Unsure`, and no connection stays open."""
    asked = asyncio.Event()
    async with FaultyServer.serving(hangs_once(asked)) as server:
        client = HttpClient(1)
        first = asyncio.create_task(client.post(server.url, b"x", {}, 5))
        await asked.wait()
        await client.close()
        assert isinstance(await first, Unsure)


async def test_the_request_says_what_is_needed_and_no_more() -> None:
    """The request line, the host, the length and the given headers; a path is percent-encoded."""
    async with Counted.serving() as server, HttpClient(1) as client:
        await client.post(f"{server.url}/件?a=b", b"x", {"X-Key": "GT1"}, 5)
    line, *headers, _, _ = server.heads[0].decode("ascii").split("\r\n")
    assert line == "POST /%E4%BB%B6?a=b HTTP/1.1"
    assert dict(header.split(": ", 1) for header in headers) == {
        "Host": server.url.removeprefix("http://"), "User-Agent": "guantong", "Accept": "*/*",
        "Accept-Encoding": "identity", "Content-Length": "1", "X-Key": "GT1",
    }


@pytest.mark.parametrize("url", ["", "ftp://host/", "http:///path", "http://user@host/", "http://host:99999/"])
async def test_an_address_that_is_none_is_our_mistake(url: str) -> None:
    """Nothing is sent to an address that cannot be one."""
    async with HttpClient(1) as client:
        with pytest.raises(InvalidURL):
            await client.post(url, b"x", {}, 5)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb"])
async def test_a_header_never_holds_a_line_break(value: str) -> None:
    """A value cannot smuggle a header, or a second request."""
    async with HttpClient(1) as client:
        with pytest.raises(ValueError, match="line break"):
            await client.post("http://127.0.0.1:9/", b"x", {"X-Key": value}, 5)


def contexts(folder: Path, *, days: int = 1) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own making for so many *days* more, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a county")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())


async def test_https_is_spoken_only_with_whom_is_trusted(tmp_path: Path) -> None:
    """A trusted server is sent to; one that is not trusted gets no byte of the request."""
    its, ours = contexts(tmp_path)
    async with Counted.serving(tls=its) as server:
        async with HttpClient(1, tls=ours) as client:
            assert await client.post(server.url, b"x", {}, 5) == TAKEN
        async with HttpClient(1) as stranger:
            end = await stranger.post(server.url, b"x", {}, 5)
        assert end == NotSent("no trusted connection (self-signed certificate)", "无法建立受信任的连接（对方证书为自签名证书）")
        assert len(server.heads) == 1


async def test_an_expired_certificate_is_told_as_that(tmp_path: Path) -> None:
    its, ours = contexts(tmp_path, days=-2)
    async with Counted.serving(tls=its) as server, HttpClient(1, tls=ours) as client:
        assert await client.post(server.url, b"x", {}, 5) == NotSent(
            "no trusted connection (certificate has expired)", "无法建立受信任的连接（证书已过期）")
        assert server.heads == []


async def test_an_answer_whose_content_type_is_in_disorder_is_an_answer() -> None:
    """A library's surprise at a header left the delivery waiting for ever, past its own time limit."""
    answer = OK.replace(b"\r\n\r\n", b"\r\nContent-Type: text/xml; charset*=gbk; charset*0=b\r\n\r\n")
    async with Counted.serving(answer) as server, HttpClient(1) as client, asyncio.timeout(60):
        for _ in range(2):
            assert await client.post(server.url, b"x", {}, 1) == Reply(b"ok", {"status": "200", "content_type": "text/xml"})


async def test_a_surprise_of_ours_ends_the_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a header makes us fail at, the answer is unsure and the connection is not used again."""
    def fail(_text: str) -> dict[str, str]:
        raise TypeError

    monkeypatch.setattr("guantong_adapters.http.connection._described", fail)
    answer = OK.replace(b"\r\n\r\n", b"\r\nContent-Type: text/xml\r\n\r\n")
    async with Counted.serving(answer) as server, HttpClient(1) as client, asyncio.timeout(60):
        assert isinstance(await client.post(server.url, b"x", {}, 1), Unsure)
        assert isinstance(await client.post(server.url, b"x", {}, 1), Unsure)
        assert server.connections == 2
