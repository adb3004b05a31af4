"""One connection to a system: requests one after the other, each answer read whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.message import Message
from functools import lru_cache
from typing import cast

import httptools

from guantong.record import Answer, Oversized, Reply, Unsure
from guantong.tlserrors import connection_in_words
from guantong_adapters.http.parameters import parameter
from guantong_adapters.http.pouring import Into, Pouring

MOST_HEAD = 64 << 10
"""Bytes that are read at most of what is no body: of the head with all interim answers before it, and at a stretch of what
stands between and behind the pieces of a body in chunks."""
MOST_WAIT = 64  # bytes of a `Retry-After`; a date has 29

_CONTINUE = range(100, 200)
_BROKEN = "the connection broke before the answer was complete"
_BROKEN_ZH = "应答完成前连接中断"


class Connection(asyncio.Protocol):
    """One connection. `exchange` is called only while `free`. `reply_limit` is in bytes; `lost` is told when
    the line is gone."""

    def __init__(self, reply_limit: int, lost: Callable[[Connection], None]) -> None:
        self.free_since = 0.0
        self._reply_limit = self._limit = reply_limit
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Answer] | None = None
        self._pouring: Pouring | None = None
        self._open = False
        self._parser = httptools.HttpResponseParser(self)
        # What other clients forgive as well: LF alone, odd characters in headers, spaces after a chunk's size.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._expect()

    @property
    def free(self) -> bool:
        """Whether a request may be sent: the last answer is read whole and the line is open, as far as is known."""
        return self._open and self._answer is None

    async def exchange(self, request: tuple[bytes, bytes], until: float, seconds: float, limit: int | None = None,
                       into: Into | None = None) -> Answer:
        """Send head and body, and wait for the whole answer until *until*, when the *seconds* of the request are
        over; *limit* stands in for `reply_limit`, and *into* takes the answer's body in place of the reply. Ends in `Reply` or
        `Unsure`; raises what *into* raises."""
        self._limit = limit or self._reply_limit
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._pouring = pouring = Pouring(self._transport, into) if into is not None else None
        too_late = self._loop.call_at(until, self._end, Unsure(
            f"no complete answer within {seconds:g} s", f"{seconds:g} 秒内没有完整的应答"))
        try:
            self._transport.writelines(request)
            return await (answer if pouring is None else pouring.whole(answer))
        finally:
            too_late.cancel()
            if self._answer is not None:  # cancelled: what comes now is nobody's
                self.abort()

    def abort(self) -> None:
        """Cut the line."""
        self._open = False
        self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.abort()  # nothing was asked
            return
        self._beside += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._end(Unsure(f"the answer is not HTTP ({type(error).__name__})", f"应答不是 HTTP（{type(error).__name__}）"))
        if self._answer is not None and self._beside > MOST_HEAD:
            where, where_zh = ("trailer", "尾部") if self._head_read else ("head", "头")
            self._end(Unsure(f"the answer's {where} is longer than {MOST_HEAD} bytes", f"应答{where_zh}超过 {MOST_HEAD} 字节"))

    def eof_received(self) -> None:
        self._open = False
        if self._answer is not None and self._head_read and not self._length_known:
            self._finish()  # its end is the connection's

    def connection_lost(self, error: Exception | None) -> None:
        self._open = False
        if error is None:
            self._end(Unsure(_BROKEN, _BROKEN_ZH))
        else:
            name = type(error).__name__
            why, why_zh = connection_in_words(error) if isinstance(error, OSError) else (name, name)
            self._end(Unsure(f"{_BROKEN} ({why})", f"{_BROKEN_ZH}（{why_zh}）"))
        self._lost(self)

    # What the parser calls

    def on_message_begin(self) -> None:
        if self._answer is None:
            self.abort()  # a second answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"content-type":
            self._content_type = value.decode("latin-1")
        elif name == b"content-encoding":
            self._coding = value.decode("latin-1").strip().lower()
        elif name == b"retry-after":
            self._retry_after = value[:MOST_WAIT].decode("latin-1")
        elif name in (b"content-length", b"transfer-encoding"):
            self._length_known = True
            self._length = int(value) if name == b"content-length" and value.isdigit() else 0

    def on_headers_complete(self) -> None:
        self._head_read = self._parser.get_status_code() not in _CONTINUE
        if self._head_read and self._coding not in ("", "identity"):
            self._end(Unsure(
                f"the answer came compressed ({self._coding[:20]!r}), which was not asked for", f"应答被压缩（{self._coding[:20]!r}），并未要求"))
        elif self._head_read and self._pouring is not None and self._length > self._limit:
            self._oversized()  # said beforehand: none of it need be poured

    def on_body(self, body: bytes) -> None:
        self._beside = 0
        self._size += len(body)
        if self._size > self._limit:
            self._oversized()
        elif self._pouring is not None:
            self._pouring.add(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if not self._head_read:
            self._expect_head()  # an interim answer (100 Continue): the real one follows
        else:
            self._finish()

    def _finish(self) -> None:
        """The answer is whole."""
        meta = {"status": str(self._parser.get_status_code())}
        if self._content_type:
            meta |= _described(self._content_type)
        if self._retry_after:
            meta["retry-after"] = self._retry_after
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        answer.set_result(Reply(b"".join(self._body), meta))
        if self._parser.should_keep_alive() and not self._transport.get_write_buffer_size():
            self._expect()
        else:
            self._open = False
            self._transport.close()

    def _oversized(self) -> None:
        self._end(Oversized(f"the answer is longer than {self._limit} bytes", f"应答超过 {self._limit} 字节"))

    def _end(self, end: Unsure) -> None:
        """Nothing more is read here."""
        self._open = False
        answer, self._answer = self._answer, None
        if answer is not None:
            if not answer.done():
                answer.set_result(end)
            self._transport.abort()

    def _expect(self) -> None:
        """The next answer may come."""
        self._body: list[bytes] = []
        self._size = self._beside = 0
        self._expect_head()

    def _expect_head(self) -> None:
        self._head_read = False
        self._length_known = False
        self._length = 0
        self._content_type = ""
        self._coding = ""
        self._retry_after = ""


@lru_cache(256)
def _described(content_type: str) -> dict[str, str]:
    """What a Content-Type header says: `content_type`, and `charset` where it names one. Not to be changed."""
    message = Message()
    message["content-type"] = content_type
    meta = {"content_type": message.get_content_type()}
    charset = parameter(content_type, "charset").lower()
    return meta | {"charset": charset} if charset else meta
