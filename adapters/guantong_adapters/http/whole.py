"""An answer that leaves in one piece.

Every record that is taken is answered with a few bytes known beforehand. A general response computes framing,
encodings, cookies and defaults for them each time, which costs as much as reading the request.
"""

from __future__ import annotations

import time
from email.utils import formatdate

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter


class WholeResponse(web.Response):
    """A response to POST or PUT with a body in hand. Where the request's connection stays open it is written
    at once; anywhere else it is a response like any other."""

    _whole = False

    @property
    def keep_alive(self) -> bool | None:
        return True if self._whole else super().keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        transport = request.transport
        if transport is None or not request.keep_alive or request.version != HttpVersion11 or self.cookies:
            return await super().prepare(request)
        self._whole = True
        body = self.body
        assert isinstance(body, bytes)  # noqa: S101 -- made so, and never changed
        lines = "".join([f"{name}: {value}\r\n" for name, value in self.headers.items()])
        head = f"HTTP/1.1 {self.status} {self.reason}\r\n{lines}Content-Length: {len(body)}\r\nDate: {_now()}\r\n\r\n"
        transport.write(head.encode("utf-8") + body)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        if not self._whole:
            await super().write_eof(data)


_told: tuple[int, str] = (0, "")


def _now() -> str:
    """The time as HTTP tells it, computed once a second."""
    global _told
    second = int(time.time())
    if _told[0] != second:
        _told = (second, formatdate(second, usegmt=True))
    return _told[1]
