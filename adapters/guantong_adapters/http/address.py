"""Addresses: where a request goes, and the line that asks for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from yarl import URL

if TYPE_CHECKING:
    from aiohttp import InvalidURL

_MOST_KEPT = 1024


class Origin(NamedTuple):
    """Whom a connection is made to."""

    host: str
    port: int
    tls: bool


class Address(NamedTuple):
    """An address, taken apart: its origin, the target of its request line, and its Host header."""

    origin: Origin
    target: str
    host: str


@lru_cache(_MOST_KEPT)
def parse_address(url: str) -> Address:
    """*url* taken apart, what needs it percent-encoded. Raises `aiohttp.InvalidURL` for one that names no
    host, is neither http nor https, or carries a user."""
    try:
        parsed = URL(url)
        host, port = parsed.raw_host, parsed.port
    except ValueError as error:
        raise _invalid(url, str(error)) from error
    if not host or port is None or parsed.scheme not in ("http", "https") or parsed.raw_user is not None:
        raise _invalid(url)
    return Address(Origin(host, port, parsed.scheme == "https"), parsed.raw_path_qs, parsed.host_port_subcomponent or host)


def _invalid(url: str, why: str | None = None) -> InvalidURL:
    from aiohttp import InvalidURL  # reading settings must not load a client

    return InvalidURL(url, why)
