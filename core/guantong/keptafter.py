"""Work for a store that is done only where earlier work is kept."""

from __future__ import annotations

from asyncio import Future
from typing import Any

WHY = "what came before it was not kept"


def is_lost(after: Future[Any] | None) -> bool:
    """Whether the work that *after* is the result of has ended without being kept, or nobody waits for it any more."""
    return after is not None and after.done() and (after.cancelled() or after.exception() is not None)
