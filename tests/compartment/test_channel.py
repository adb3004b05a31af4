"""A channel: calls both ways at once, and an end that leaves nobody waiting."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from guantong.compartment.channel import CallFailed, Channel, ChannelClosed, Method
from guantong.compartment.wire import WireError

LIMIT = 1000


@asynccontextmanager
async def pair(ours: Mapping[str, Method], theirs: Mapping[str, Method]) -> AsyncIterator[tuple[Channel, Channel]]:
    """Two ends, both running."""
    one, other = socket.socketpair()
    ends = [Channel(*await asyncio.open_connection(sock=sock, limit=LIMIT), methods)
            for sock, methods in ((one, ours), (other, theirs))]
    tasks = [asyncio.create_task(end.run()) for end in ends]
    try:
        yield ends[0], ends[1]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def against(methods: Mapping[str, Method]) -> AsyncIterator[tuple[Channel, asyncio.Task[None], asyncio.StreamReader, asyncio.StreamWriter]]:
    """One end, running, and the bare streams of the other side."""
    one, other = socket.socketpair()
    end = Channel(*await asyncio.open_connection(sock=one, limit=LIMIT), methods)
    reader, writer = await asyncio.open_connection(sock=other)
    task = asyncio.create_task(end.run())
    try:
        yield end, task, reader, writer
    finally:
        writer.close()
        await asyncio.gather(task, return_exceptions=True)


async def echo(told: Any) -> Any:
    return told


async def test_both_sides_call_each_other_at_the_same_time() -> None:
    """A call that needs an answer of the caller gets it: neither waits for the other's line to be free."""
    async with pair({"double": lambda told: _double(told)}, {}) as (ours, theirs):
        theirs._methods = {"ask": lambda told: theirs.call("double", told)}
        assert await asyncio.gather(*(ours.call("ask", number) for number in range(20))) == [2 * n for n in range(20)]


async def _double(told: Any) -> Any:
    return 2 * told


async def test_answers_find_their_calls_in_any_order() -> None:
    """The first asked may be answered last."""
    gate = asyncio.Event()

    async def slow(_told: Any) -> str:
        await gate.wait()
        return "slow"

    async with pair({}, {"slow": slow, "quick": echo}) as (ours, _):
        first = asyncio.create_task(ours.call("slow"))
        assert await ours.call("quick", "quick") == "quick"
        assert not first.done()
        gate.set()
        assert await first == "slow"


async def test_a_mistake_is_told_by_its_type_a_refusal_in_its_words() -> None:
    """The text of an exception may quote a person's data."""

    async def mistaken(_told: Any) -> None:
        raise ValueError("442326194708026313")

    async def refusing(_told: Any) -> None:
        raise CallFailed(-32000, "no such window", {"window": "W1"})

    async with pair({}, {"mistaken": mistaken, "refusing": refusing}) as (ours, _):
        with pytest.raises(CallFailed) as mistake:
            await ours.call("mistaken")
        assert (mistake.value.code, str(mistake.value)) == (-32000, "ValueError")
        with pytest.raises(CallFailed) as refusal:
            await ours.call("refusing")
        assert (str(refusal.value), refusal.value.data) == ("no such window", {"window": "W1"})
        with pytest.raises(CallFailed) as missing:
            await ours.call("missing")
        assert (missing.value.code, str(missing.value)) == (-32601, "there is no such method")


async def test_an_end_leaves_nobody_waiting() -> None:
    """What was asked has no answer, and nothing more can be asked or told."""
    async with against({}) as (end, task, reader, writer):
        asked = asyncio.create_task(end.call("send"))
        assert orjson.loads(await reader.readline())["method"] == "send"
        writer.close()
        with pytest.raises(ChannelClosed):
            await asked
        await task
        with pytest.raises(ChannelClosed, match="it ended"):
            await end.call("send")
        with pytest.raises(ChannelClosed, match="it ended"):
            await end.tell("refused")


@pytest.mark.parametrize(("line", "said"), [
    (b"hello\n", "a line is no JSON"),
    (b"[1]\n", "a line is no message of JSON-RPC 2.0"),
    (b'{"id":1,"result":2}\n', "a line is no message of JSON-RPC 2.0"),
    (b'{"jsonrpc":"2.0","id":1,"error":"no"}\n', "an error says no code"),
    (b"x" * (LIMIT + 1) + b"\n", "a line is longer than agreed"),
])
async def test_what_is_no_message_ends_the_channel(line: bytes, said: str) -> None:
    """Whoever wrote it cannot be trusted with the rest; who waits is told."""
    async with against({}) as (end, task, reader, writer):
        asked = asyncio.create_task(end.call("send"))
        await reader.readline()
        writer.write(line)
        with pytest.raises(ChannelClosed, match=said):
            await asked
        with pytest.raises(WireError, match=said):
            await task


async def test_an_answer_that_nobody_waits_for_is_passed_over() -> None:
    """A call that was cancelled meanwhile leaves its answer behind; the channel goes on."""
    async with against({"echo": echo}) as (end, _, reader, writer):
        asked = asyncio.create_task(end.call("send"))
        number = orjson.loads(await reader.readline())["id"]
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        for ident in (number, 999, "x", None):
            writer.write(orjson.dumps({"jsonrpc": "2.0", "id": ident, "result": 1}) + b"\n")
        writer.write(orjson.dumps({"jsonrpc": "2.0", "id": 7, "method": "echo", "params": "there"}) + b"\n")
        assert orjson.loads(await reader.readline()) == {"jsonrpc": "2.0", "id": 7, "result": "there"}


async def test_a_notification_is_carried_out_and_not_answered() -> None:
    """JSON-RPC: a message without an id."""
    heard = asyncio.Event()

    async def refused(_told: Any) -> None:
        heard.set()

    async with pair({}, {"refused": refused, "echo": echo}) as (ours, _):
        await ours.tell("refused", "GT301")
        await heard.wait()
        assert await ours.call("echo", 1) == 1
