"""What the journal tells of a delivery's state, and which states agree with it."""

from __future__ import annotations

from guantong.journey.states import DELIVERY_TRANSITIONS, FINAL, DeliveryState

_D = DeliveryState
QUIET = frozenset({_D.WAITING, _D.BLOCKED, _D.SENDING})
"""States that a delivery may enter without a line of the journal."""
STEPS = {"intended": _D.SENDING} | {str(state): state for state in DeliveryState}
"""The state that a line tells of, by what it says."""


def _reaches() -> dict[DeliveryState, frozenset[DeliveryState]]:
    """From each state, those that the journal may tell next: over any number of quiet ones."""
    found = {}
    for start in DeliveryState:
        reached, look = set(), [start]
        while look:
            for after in DELIVERY_TRANSITIONS[look.pop()]:
                if after not in reached:
                    reached.add(after)
                    if after in QUIET:
                        look.append(after)
        found[start] = frozenset(reached)
    return found


REACHES = _reaches()


def agrees(told: DeliveryState, state: DeliveryState) -> bool:
    """Whether a delivery may be in *state* of which the journal's newest line tells that it was *told*."""
    return told is state or (told not in FINAL and state in QUIET and state in REACHES[told])
