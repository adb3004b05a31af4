"""What stands beside a message, read so that nobody can stop a queue with it.

Pika reads a message's headers before anybody sees it, and ends the connection where it cannot: at a time after all days,
at tables in tables. The broker would bring that message again and again, and nothing behind it. We use no headers, so they
are passed over; and texts in another charset, which pika leaves as bytes, are texts with their bytes written out.
"""

from __future__ import annotations

import struct
from typing import Self

from pika import BasicProperties, spec  # type: ignore[import-untyped]  # pika has no types

_BEFORE_HEADERS = (BasicProperties.FLAG_CONTENT_TYPE, BasicProperties.FLAG_CONTENT_ENCODING)


class Beside(BasicProperties):  # type: ignore[misc]  # pika has no types
    """The properties of a message that came; `headers` are always empty."""

    def decode(self, encoded: bytes, offset: int = 0) -> Self:
        """Read them from *encoded*, as AMQP 0-9-1 (4.2.6.1) has them."""
        super().decode(_without_headers(encoded[offset:]))
        for name, value in vars(self).items():
            if isinstance(value, bytes):
                setattr(self, name, value.decode("utf-8", "backslashreplace"))
        return self


def _without_headers(encoded: bytes) -> bytes:
    flags, at = struct.unpack_from(">H", encoded)[0], 2
    if not flags & BasicProperties.FLAG_HEADERS:
        return encoded
    for flag in _BEFORE_HEADERS:
        if flags & flag:
            at += 1 + encoded[at]
    length = struct.unpack_from(">I", encoded, at)[0]
    return encoded[:at] + bytes(4) + encoded[at + 4 + length:]


def read_so() -> None:
    """Have pika read what comes this way; it looks the class up by the number of AMQP's class Basic."""
    spec.props[BasicProperties.INDEX] = Beside
