"""How a delivery stands, in the words of reconciling."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.journey.states import DeliveryState as D
from guantong.reconcile.outcome import GOES

_WORDS: Mapping[D, str] = {
    D.CONFIRMED: "confirmed", D.DEAD: "dead", D.UNKNOWN: "unknown", D.SENT: "sent", D.RETURNED: "returned",
    D.WAITING: GOES, D.BLOCKED: GOES, D.SENDING: GOES, D.RETRYING: GOES,
    D.SUPERSEDED: "settled", D.DISCARDED: "settled", D.SHADOWED: "settled", D.JOINED: "settled",
}


def standing(state: D) -> str:
    """The word for *state*."""
    return _WORDS[state]
