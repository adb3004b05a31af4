"""Whether a run was true: what was accepted is confirmed in the store, and the target saw each once."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.journey.states import DeliveryState, MessageState
from guantong.store import Reader
from guantong_plugins.bench.home import TARGET


def confirmed(reader: Reader, system: str = TARGET) -> int:
    """How many deliveries to the target *system* are confirmed."""
    return sum(count for target, state, count, _ in reader.counts()
               if target == system and state is DeliveryState.CONFIRMED)


def untrue(reader: Reader, load: Mapping[str, Any], sink: Mapping[str, Any], sent: Sequence[float],
           arrivals: array[float]) -> list[str]:
    """What is not as it must be; nothing when the run was true."""
    found = []
    if load["refused"] or load["broken"]:
        found.append(f"{load['refused']} of {load['sent']} records were refused, {load['broken']} connections broke")
    messages = {state: count for _, state, count in reader.message_counts()}
    deliveries = {state: count for _, state, count, _ in reader.counts()}
    accepted = load["sent"] - load["refused"]
    if messages != {MessageState.ROUTED: accepted}:
        found.append(f"{accepted} records were accepted, the store holds {_shown(messages)}")
    if deliveries != {DeliveryState.CONFIRMED: accepted}:
        found.append(f"{accepted} records were accepted, their deliveries are {_shown(deliveries)}")
    missing = sum(1 for number in range(1, len(sent)) if number >= len(arrivals) or not arrivals[number])
    if missing or sink["repeated"]:
        found.append(f"the target missed {missing} and saw {sink['repeated']} again")
    return found


def _shown(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items()) or "nothing"
