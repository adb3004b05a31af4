"""A system that nobody configured, for what needs only its policies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from guantong.config import BreakerPolicy, DeliveryPolicy, ReceiptPolicy, ReplyRules, RetryPolicy, System
from guantong.journey.ready import Ready
from guantong.journey.states import DeliveryState


def system(ident: str = "city.hall", *, role: str = "hall", region: str = "445200", by: str = "none",
           events: frozenset[str] | None = None, **delivery: Any) -> System:
    """A system with these delivery policies; it speaks *events*, or every event."""
    missing = cast("Any", None)
    policy = DeliveryPolicy(**{"breaker": BreakerPolicy(after=100_000), "retry": RetryPolicy(), **delivery})
    return System(
        id=ident, title_zh="", title_en="", role=role, region=region, adapter=cast("Any", SENT), settings=missing,
        dialect=cast("Any", Speaks(events)), secrets={}, facts={}, delivery=policy,
        receipt=ReceiptPolicy(by=cast("Any", by)), poll=None, on_unmappable="park", reply=ReplyRules(), query=None,
        hold=False,
    )


SENT = SimpleNamespace(sends=lambda _settings: True)
"""As much of an adapter as routing asks for."""


class Speaks:
    """As much of a dialect as routing asks for."""

    def __init__(self, events: frozenset[str] | None) -> None:
        self._events = events

    def speaks(self, event: str) -> bool:
        return self._events is None or event in self._events


def ready(delivery: int = 1, *, due: int = 0, attempts: int = 0, accepted_at: int = 0,
          state: DeliveryState = DeliveryState.WAITING) -> Ready:
    """A delivery that may be sent."""
    return Ready(delivery, delivery, delivery, "city.hall", "case.step", state, due, attempts, accepted_at)
