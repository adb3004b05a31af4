# ruff: noqa: S101  a suite of tests asserts
"""What every adapter that sends over HTTP promises, whatever then goes wrong.

    class TestMine(AdapterContract):
        async def open(self, url: str) -> Connection: ...
        def answer(self) -> bytes: ...

A sending ends in a `Reply` when a whole answer came, in `NotSent` when surely no byte left us, and in
`Unsure` in every other case; and it is made once.
"""

from __future__ import annotations

import asyncio
import gzip
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from guantong.adapter import Connection, Sends
from guantong.record import Answer, NotSent, Outgoing, Reply, Unsure
from guantong.testing.faulty_server import (
    Behaviour,
    FaultyServer,
    answers,
    breaks_off,
    deaf_url,
    drips,
    floods,
    hangs,
    resets,
)

_PATIENT, _SHORT = 10.0, 0.4
_MOST_REPLY = 1 << 20


class Sender(Connection, Sends, Protocol):
    """An opened system that can be sent to."""


def http(status: str, body: bytes, *headers: str) -> bytes:
    """A whole HTTP answer."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode("ascii") + b"\r\n\r\n" + body


class AdapterContract(ABC):
    """Inherit, say how your adapter opens a system at a URL, and what a good answer is."""

    content_type = "application/json"

    @abstractmethod
    async def open(self, url: str) -> Sender:
        """A system at *url*, opened, with at least two connections allowed."""

    @abstractmethod
    def answer(self) -> bytes:
        """The body of an answer that says success in the adapter's protocol."""

    def outgoing(self, seconds: float = _PATIENT) -> Outgoing:
        """A sending that the opened system takes."""
        fields = {"applyNo": "10000000100000000011407150001"}
        return Outgoing(1, 1, "case.application", "application", b"{}", fields, "key-1", seconds)

    @asynccontextmanager
    async def _opened(self, url: str) -> AsyncIterator[Sender]:
        sender = await self.open(url)
        try:
            yield sender
        finally:
            await sender.close()

    async def _send_to(self, *script: Behaviour, seconds: float = _PATIENT) -> tuple[Answer, int]:
        """The end of one sending to a server of these behaviours, and how many requests it saw."""
        async with FaultyServer.serving(*script) as server, self._opened(server.url) as sender:
            return await sender.send(self.outgoing(seconds)), server.requests

    def _good(self, status: str = "200 OK") -> bytes:
        return http(status, self.answer(), f"Content-Type: {self.content_type}")

    async def test_a_whole_answer_is_a_reply(self) -> None:
        """The answer comes back with its HTTP status, from one request."""
        end, requests = await self._send_to(answers(self._good()))
        assert isinstance(end, Reply)
        assert (end.meta["status"], requests) == ("200", 1)

    @pytest.mark.parametrize("status", ["301 Moved", "400 Bad Request", "404 Not Found", "500 Error", "503 Busy"])
    async def test_every_status_is_a_reply(self, status: str) -> None:
        """An adapter never judges, follows or repeats: a redirect and an error come back as they are."""
        location = "Location: http://127.0.0.1:9/"
        end, requests = await self._send_to(answers(http(status, self.answer(), location)))
        assert isinstance(end, Reply)
        assert (end.meta["status"], requests) == (status[:3], 1)

    async def test_a_refused_connection_is_not_sent(self) -> None:
        """Nobody listens: surely no byte left us."""
        async with self._opened(deaf_url()) as sender:
            assert isinstance(await sender.send(self.outgoing()), NotSent)

    @pytest.mark.parametrize("cut", [breaks_off(), resets], ids=["closed", "reset"])
    async def test_a_connection_cut_after_the_request_is_unsure(self, cut: Behaviour) -> None:
        """The request was read and may have taken effect; it is not repeated."""
        end, requests = await self._send_to(cut, answers(self._good()))
        assert isinstance(end, Unsure)
        assert requests == 1

    @pytest.mark.parametrize("cut", [breaks_off(), resets], ids=["closed", "reset"])
    async def test_a_kept_connection_cut_after_the_request_is_unsure(self, cut: Behaviour) -> None:
        """The same on a connection that was used before, where HTTP libraries like to try again."""
        async with (
            FaultyServer.serving(answers(self._good()), cut, answers(self._good())) as server,
            self._opened(server.url) as sender,
        ):
            assert isinstance(await sender.send(self.outgoing()), Reply)
            assert isinstance(await sender.send(self.outgoing()), Unsure)
            assert server.requests == 2

    async def test_no_answer_in_time_is_unsure(self) -> None:
        """The request left; the time given for it ran out."""
        end, requests = await self._send_to(hangs, seconds=_SHORT)
        assert isinstance(end, Unsure)
        assert requests == 1

    async def test_an_answer_that_drips_does_not_outlast_the_time_given(self) -> None:
        """A byte now and then keeps no sending alive: the limit is for the whole exchange."""
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        end, _ = await self._send_to(drips(head), seconds=_SHORT)
        assert isinstance(end, Unsure)

    async def test_a_head_that_drips_does_not_outlast_the_time_given(self) -> None:
        """The same before the answer's head is complete."""
        end, _ = await self._send_to(drips(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"), seconds=_SHORT)
        assert isinstance(end, Unsure)

    async def test_a_truncated_answer_is_unsure(self) -> None:
        """Half an answer says nothing, even when its status looks good."""
        end, _ = await self._send_to(breaks_off(self._good()[:-1]))
        assert isinstance(end, Unsure)

    async def test_an_endless_answer_is_unsure_and_not_kept(self) -> None:
        """An answer beyond any use is not read on: neither its time nor its size is ours to bear."""
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        end, _ = await self._send_to(floods(head, chunk))
        assert isinstance(end, Unsure)

    async def test_an_answer_that_expands_is_not_trusted(self) -> None:
        """A compressed bomb does not become a large reply."""
        body = _bomb()
        end, _ = await self._send_to(answers(http("200 OK", body, "Content-Encoding: gzip")))
        assert not isinstance(end, NotSent)
        assert isinstance(end, Unsure) or len(end.body) <= _MOST_REPLY

    async def test_what_is_not_http_is_unsure(self) -> None:
        """Something else listens there; what it did with the request is unknown."""
        end, _ = await self._send_to(breaks_off(b"SSH-2.0-OpenSSH_9.6\r\n"))
        assert isinstance(end, Unsure)

    async def test_sendings_at_once_are_each_made_once(self) -> None:
        """Concurrent calls neither wait for nor repeat one another."""
        async with FaultyServer.serving(answers(self._good())) as server, self._opened(server.url) as sender:
            ends = await asyncio.gather(*(sender.send(self.outgoing()) for _ in range(20)))
            assert [type(end) for end in ends] == [Reply] * 20
            assert server.requests == 20

    async def test_a_sending_given_up_leaves_the_next_one_alone(self) -> None:
        """A cancelled sending neither blocks nor answers the one after it."""
        async with (
            FaultyServer.serving(hangs, answers(self._good())) as server, self._opened(server.url) as sender
        ):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(_SHORT):
                    await sender.send(self.outgoing())
            assert isinstance(await sender.send(self.outgoing()), Reply)

    async def test_close_leaves_no_connection(self) -> None:
        """After `close` nothing of the system is left running."""
        async with FaultyServer.serving(answers(self._good())) as server:
            async with self._opened(server.url) as sender:
                assert isinstance(await sender.send(self.outgoing()), Reply)
            async with asyncio.timeout(_PATIENT):
                await server.left_alone()


def _bomb() -> bytes:
    """64 MiB of zeros, compressed."""
    return gzip.compress(bytes(64 << 20), compresslevel=1)
