"""The network that misbehaves on purpose: what it promises to the tests that stand on it."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from guantong.testing import FaultyRelay

TURNS = 40  # of the loop: more than a connection takes from coming in to being carried


# Python 3.11 leaves a connection to the collector that it accepted in the very moment in which its server was closed.
@pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning")
async def test_no_connection_is_carried_from_before_the_moment_at_which_nobody_listened() -> None:
    """At whatever point of being taken in it was; a peer that says nothing would keep it for good."""
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as peer:
        host, port = peer.sockets[0].getsockname()
        for turns in range(TURNS):
            async with FaultyRelay.to(host, port) as relay:
                with socket.create_connection((relay.host, relay.port)):
                    await turn(turns)
                    async with asyncio.timeout(10), relay.refusing():
                        await turn(TURNS)
                        assert relay.connections == 0, f"carried after {turns} turns"
                    await turn(TURNS)
                    assert relay.connections == 0, f"carried after {turns} turns"
    gc.collect()  # here, not in somebody else's test


async def turn(turns: int) -> None:
    """Let the loop turn so often."""
    for _ in range(turns):
        await asyncio.sleep(0)
