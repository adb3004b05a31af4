"""A call that is ready to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from guantong.record import Reply


class Written(NamedTuple):
    """One call: its bytes, its HTTP headers, and how its answer is read."""

    body: bytes
    headers: Mapping[str, str]
    read: Callable[[Reply], Reply]
