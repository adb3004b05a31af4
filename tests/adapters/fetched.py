"""What an adapter fetches, as the core would have it: its end, and what was handed on piece by piece."""

from __future__ import annotations

from typing import Any

from guantong.adapter import Fetches, Wanted
from guantong.record import Answer, Reply


async def fetched(connection: Fetches, kind: str, fields: dict[str, Any], limit: int, seconds: float = 5.0) -> Answer:
    """How the fetching ended; a reply with what was handed on as its body, which an adapter leaves empty."""
    came = bytearray()

    async def write(piece: bytes) -> None:
        came.extend(piece)

    end = await connection.fetch(Wanted(kind, fields, seconds, limit, write))
    if not isinstance(end, Reply):
        return end
    assert end.body == b""
    return end._replace(body=bytes(came))
