"""A call that is ready to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from guantong.record import Reply
from guantong_adapters.soap.parse import Envelope

Check = Callable[[Envelope | None], None]
"""Refuses (`faulting.Refused`) an envelope before anything of it is read; None where an operation without reply has none."""


class Read(Protocol):
    """Reads what came back. The envelope goes through *check* first, and what is read is that very envelope."""

    def __call__(self, reply: Reply, *, check: Check | None = None) -> Reply: ...


class Written(NamedTuple):
    """One call: its bytes, its HTTP headers, and how its answer is read."""

    body: bytes
    headers: Mapping[str, str]
    read: Read
