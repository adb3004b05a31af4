"""When a system's backlog will be gone, at the rates of the last minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong.journey.flow import Rates
from guantong.journey.states import DeliveryState

MOVING = (DeliveryState.WAITING, DeliveryState.BLOCKED, DeliveryState.SENDING, DeliveryState.RETRYING)
"""What goes without anybody's help; the unknown and the dead wait for a person."""


def forecast(figures: Mapping[str, Any], rates: Rates | None, set_aside: int = 0) -> dict[str, Any]:
    """Of one system: `depth`, deliveries that come and go a minute, and `verdict`: `empty`, `held`, `unknown` (no hub runs, or not
    for long enough), `never` (more comes than goes, or nothing goes), or `empties`, then in `seconds`. What is *set aside* until a number, a row or a
    release comes is no backlog of the system; where nothing else could go but what is behind it, the verdict is `waits`."""
    moving = sum(figures[state] for state in MOVING if state is not DeliveryState.BLOCKED) - set_aside
    depth = moving + figures[DeliveryState.BLOCKED]
    seconds, verdict = None, "empties"
    if not depth:
        verdict = "empty"
    elif figures["held"]:
        verdict = "held"
    elif set_aside and moving <= 0:
        verdict = "waits"
    elif rates is None:
        verdict = "unknown"
    elif rates.went <= rates.came:
        verdict = "never"
    else:
        seconds = round(depth / (rates.went - rates.came), 1)
    return {"depth": depth, "came_per_minute": round(rates.came * 60, 1) if rates else None,
            "went_per_minute": round(rates.went * 60, 1) if rates else None, "verdict": verdict, "seconds": seconds}
