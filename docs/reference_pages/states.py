"""states.md: the tables of states and transitions, and their diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeVar

from guantong.journey import states
from guantong.operations import words
from reference_pages.text import code, page, table

State = TypeVar("State", bound=StrEnum)

MESSAGE_MEANINGS = {
    "parked": "kept and acknowledged, could not be mapped or is invalid; replay runs accept again",
    "duplicate": "the same event, version and content again; nothing follows",
    "conflict": "the same event and version with other content; a person decides",
    "stale": "a lower version after a higher one; kept, not sent",
    "unrouted": "no route wants it; visible until a route does",
    "routed": "its deliveries exist",
    "receipt": "it told what became of something we had sent (`receipt: {by: message}`), and no event",
    "discarded": "a person gave it up",
}
DELIVERY_MEANINGS = {
    "waiting": "due now or at a known time",
    "blocked": "something earlier of the same subject goes to the same system first",
    "sending": "an attempt is under way",
    "retrying": "failed for now; its next attempt has a time",
    "unknown": "an attempt without a known end; queried, or settled by a person",
    "dead": "failed for good, with a reason; waits for a person",
    "sent": "taken by the system, whose receipt is still to come",
    "confirmed": "took effect",
    "returned": "the receipt rejected it",
    "superseded": "a higher version replaced it before it was sent",
    "discarded": "a person gave it up",
    "shadowed": "worked out and kept, on purpose not sent",
    "joined": "what its event says goes with the record of another event, which is there or still to come",
}
MESSAGE_WORDS = {state: (words.MESSAGE_STATES[state], meaning) for state, meaning in MESSAGE_MEANINGS.items()}
DELIVERY_WORDS = {state: (words.DELIVERY_STATES[state], meaning) for state, meaning in DELIVERY_MEANINGS.items()}


def _rows(
    transitions: Mapping[State, AbstractSet[State]], told: Mapping[str, tuple[str, str]]
) -> list[tuple[str, str, str, str]]:
    return [
        (
            code(state), told[state][0], told[state][1],
            " ".join(code(after) for after in sorted(following)) or "*final*",
        )
        for state, following in transitions.items()
    ]


def _diagram(transitions: Mapping[State, AbstractSet[State]]) -> str:
    arrows = [
        f"    {before} --> {after}" for before, following in transitions.items() for after in sorted(following)
    ]
    ends = [f"    {state} --> [*]" for state, following in transitions.items() if not following]
    return "\n".join(["```mermaid", "stateDiagram-v2", *arrows, *ends, "```"])


def _names(some: AbstractSet[State]) -> str:
    return ", ".join(code(state) for state in sorted(some))


def states_page() -> str:
    """Both tables; a state without words here, or words without a state, stops the generator."""
    for known, told in ((states.MessageState, MESSAGE_WORDS), (states.DeliveryState, DELIVERY_WORDS)):
        if {str(state) for state in known} != set(told):
            raise ValueError("docs/reference_pages/states.py and core/guantong/journey/states.py name other states")
    header = ("state", "中文", "meaning", "may become")
    return page(
        "States 状态",
        "Every message and every delivery is in exactly one of these. Only the transitions listed here exist "
        "(`core/guantong/journey/states.py`); a final state is never left.",
        "## Messages 报文", table(header, _rows(states.MESSAGE_TRANSITIONS, MESSAGE_WORDS)),
        _diagram(states.MESSAGE_TRANSITIONS),
        "## Deliveries 推送", table(header, _rows(states.DELIVERY_TRANSITIONS, DELIVERY_WORDS)),
        _diagram(states.DELIVERY_TRANSITIONS),
        "## Order and versions 顺序与版本",
        f"- These keep what follows for the same subject and system `blocked`: {_names(states.BLOCKING)}.",
        f"- A higher version replaces these: {_names(states.SUPERSEDABLE)}. What is `sending` or `unknown` is settled "
        "first.",
    )
