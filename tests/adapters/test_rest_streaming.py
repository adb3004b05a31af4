"""Contents of any size fetched by REST: poured into the blob store as they come, in the memory of a few pieces."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.adapters.fetched import fetched
from tests.adapters.test_rest_sending import COUNTY, opened
from tests.journey.attachments import FILES, material
from tests.journey.world import world

from guantong.adapter import Fetches, Wanted
from guantong.blobs.keeping import TooLarge
from guantong.record import Acceptance, Answer, Oversized, Reply, Unsure

MIB = 1 << 20
EAST = "east.approval"
HOME = "    settings: {fetch: true}\n    fetch: {into: file, named_by: ref, timeout: 60s, largest: 256MiB}\n"
Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PIECE = bytes(range(256)) * 1024
FIELDS = {"ref": "F1"}


@asynccontextmanager
async def county(serving: Serving) -> AsyncIterator[Fetches]:
    """A system opened at a server that answers every request as *serving* does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serving(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        connection = await opened({**COUNTY, "fetch": {"path": "/files/{ref}"}, "url": url})
        assert isinstance(connection, Fetches)
        yield connection
        await connection.close()


def pours(pieces: int, length: int | None = None) -> Serving:
    """So many pieces, as fast as they are taken; *length* is said beforehand where it is another than theirs."""

    async def serving(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(length or pieces * len(PIECE)))
        for _ in range(pieces):
            writer.write(PIECE)
            await writer.drain()

    return serving


def head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: image/tiff\r\nContent-Length: {length}\r\n\r\n".encode()


async def test_200_megabytes_are_kept_and_held_to_their_digest_in_the_memory_of_a_few_pieces(tmp_path: Path) -> None:
    """Taken like any other record; neither the county's speed nor the content's size fills our memory."""
    said = hashlib.md5(usedforsecurity=False)
    for _ in range(800):
        said.update(PIECE)
    async with county(pours(800)) as connection, world(tmp_path, files=FILES, more={EAST: HOME}) as it:
        it.engine.fetchers[EAST] = connection
        tracemalloc.start()
        try:
            verdict = await it.tell(EAST, material(None, ref="F1", md5=said.hexdigest()))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert verdict.acceptance is Acceptance.ROUTED
        assert most < 16 * MIB
        kept = [path.stat().st_size for path in (tmp_path / "var/blobs").rglob("*") if path.is_file()]
        assert [size >= 200 * MIB for size in kept] == [True]


async def test_what_is_of_another_digest_or_too_large_parks_and_what_broke_off_comes_again(tmp_path: Path) -> None:
    """Each with its plain reason; of what is refused nothing is left in the blob store but what waits to be swept."""
    async with world(tmp_path, files=FILES, more={EAST: HOME.replace("256MiB", "1MiB")}) as it:
        async def told(serving: Serving, seq: str) -> tuple[Acceptance, str, str]:
            async with county(serving) as connection:
                it.engine.fetchers[EAST] = connection
                verdict = await it.tell(EAST, material(None, seq, ref="F1", md5="0" * 32))
            return verdict.acceptance, verdict.code, verdict.reason

        wrong, large, broken = await told(pours(4), "1"), await told(pours(1, MIB + 1), "2"), await told(pours(2, 3 * len(PIECE)), "3")
    found = hashlib.md5(PIECE * 4, usedforsecurity=False).hexdigest()
    assert wrong == (Acceptance.PARKED, "GT831", (
        f"attachment.body: the content of attachment.body ({MIB} bytes) has the digest {found}, its source declares {'0' * 32}; it was altered "
        "or cut on the way: send the attachment again [GT831]"))
    assert large == (Acceptance.PARKED, "GT833", (
        f"file: file is larger than {MIB} bytes; send a smaller attachment, or raise blobs.largest [GT833]"))
    assert broken == (Acceptance.REFUSED, "GT858", (
        f"an attachment cannot be fetched from {EAST} for now: the connection broke before the answer was complete"))


async def resets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(10 * len(PIECE)) + PIECE)
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(100))
    gone = asyncio.create_task(reader.read())
    while not (await asyncio.wait({gone}, timeout=0.01))[0]:
        writer.write(b"x")


async def says_too_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(10 * MIB))
    await reader.read()


async def never_ends(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
        await writer.drain()


@pytest.mark.parametrize(("serving", "end"), [
    (resets, Unsure("the connection broke before the answer was complete (Connection reset by peer)", "应答完成前连接中断（连接被对方重置）")),
    (pours(1, 10 * len(PIECE)), Unsure("the connection broke before the answer was complete", "应答完成前连接中断")),
    (drips, Unsure("no complete answer within 0.5 s", "0.5 秒内没有完整的应答")),
    (says_too_much, Oversized(f"the answer is longer than {4 * MIB} bytes", f"应答超过 {4 * MIB} 字节")),
    (never_ends, Oversized(f"the answer is longer than {4 * MIB} bytes", f"应答超过 {4 * MIB} 字节")),
], ids=["reset", "cut", "drip", "declared", "endless"])
async def test_each_way_in_which_a_content_does_not_come_whole_is_told(serving: Serving, end: Answer) -> None:
    """Within the time that is given; what is said to be too large is not waited for."""
    async with county(serving) as connection:
        assert await fetched(connection, "M", FIELDS, 4 * MIB, 0.5) == end


async def test_a_sender_waits_for_who_takes_slowly() -> None:
    """No more is read than a few pieces beyond what was taken; then it comes whole."""
    given = 0
    stuck, go_on, came = asyncio.Event(), asyncio.Event(), bytearray()

    async def serving(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal given
        writer.write(head(256 * len(PIECE)))
        for _ in range(256):
            writer.write(PIECE)
            given += 1
            try:
                async with asyncio.timeout(0.5):
                    await writer.drain()
            except TimeoutError:
                stuck.set()
                await writer.drain()

    async def write(piece: bytes) -> None:
        await go_on.wait()
        came.extend(piece)

    async with county(serving) as connection:
        fetching = asyncio.create_task(connection.fetch(Wanted("M", FIELDS, 20.0, 64 * MIB, write)))
        await asyncio.wait_for(stuck.wait(), 10)
        assert given < 128  # what the system's own buffers take
        go_on.set()
        assert isinstance(await fetching, Reply)
    assert bytes(came) == PIECE * 256


async def test_what_cannot_be_taken_ends_the_request_and_the_next_one_works() -> None:
    """The line is not used again: what still comes on it is nobody's."""
    async def write(_piece: bytes) -> None:
        raise TooLarge(1)

    async with county(pours(8)) as connection:
        with pytest.raises(TooLarge):
            await connection.fetch(Wanted("M", FIELDS, 5.0, 64 * MIB, write))
        assert await fetched(connection, "M", FIELDS, 64 * MIB) == Reply(PIECE * 8, {"status": "200", "content_type": "image/tiff"})
