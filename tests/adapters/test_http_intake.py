"""Reading bodies: what is held of one is its size, however it comes."""

from __future__ import annotations

import tracemalloc
from typing import Any, cast

from aiohttp import web
from multidict import CIMultiDict

from guantong_adapters.http.intake import Intake

PIECES = 200_000


class Dripping:
    """A request whose body comes in pieces of two bytes."""

    headers: CIMultiDict[str] = CIMultiDict()
    content_length = None

    def __init__(self) -> None:
        self.content: Any = self
        self._left = PIECES

    def is_eof(self) -> bool:
        return False

    def at_eof(self) -> bool:
        return not self._left

    async def readany(self) -> bytes:
        self._left -= 1
        return b"%02d" % (self._left % 100)


async def test_a_body_in_tiny_pieces_takes_no_more_room_than_another() -> None:
    """Each piece by itself would take twenty times its bytes: the bound on what is held would hold nothing."""
    tracemalloc.start()
    try:
        body = await Intake(1 << 20).read(cast(web.Request, Dripping()))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(body) == 2 * PIECES
    assert most < 3 * len(body)
