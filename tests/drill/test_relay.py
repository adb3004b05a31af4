"""The network of a drill."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from functools import partial

from guantong_plugins.drill.relay import Relay


async def test_whoever_comes_while_the_server_is_not_there_is_cut_off_and_nothing_is_printed() -> None:
    """A broker that is being restarted is no mistake of ours; the relay goes on when it is back."""
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as held:
        address = held.getsockname()
    with Relay(f"127.0.0.1:{address[1]}") as relay:
        relay._loop.call_soon_threadsafe(relay._loop.set_exception_handler, lambda _, context: said.append(str(context["message"])))
        host, _, port = relay.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        assert await reader.read() == b""
        writer.close()
        gone = asyncio.Event()
        echo = await asyncio.start_server(partial(_echo, gone), "127.0.0.1", address[1])
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        writer.close()
        await writer.wait_closed()
        await gone.wait()
        echo.close()
        await echo.wait_closed()
    assert said == []


async def _echo(gone: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readexactly(1))
    await writer.drain()
    await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    gone.set()
