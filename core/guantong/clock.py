"""The clock: UTC milliseconds since 1970. Order and proofs never depend on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], int]
NEVER = 9_000_000_000_000_000
"""A due time that does not come: the delivery waits for a person."""

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


def shown(milliseconds: int) -> str:
    """A stored time as people here read it: `2014-07-15 10:30:00`, in Asia/Shanghai."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(SHANGHAI)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
