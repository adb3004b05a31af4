"""states.md: the tables of states and transitions, and their diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeVar

from guantong.journey import states
from reference_pages.text import code, page, table

State = TypeVar("State", bound=StrEnum)

MESSAGE_WORDS = {
    "parked": ("待处理", "kept and acknowledged, could not be mapped or is invalid; replay runs accept again"),
    "duplicate": ("重复", "the same event, version and content again; nothing follows"),
    "conflict": ("冲突", "the same event and version with other content; a person decides"),
    "stale": ("过期版本", "a lower version after a higher one; kept, not sent"),
    "unrouted": ("无转发规则", "no route wants it; visible until a route does"),
    "routed": ("已转发", "its deliveries exist"),
    "discarded": ("不再处理", "a person gave it up"),
}
DELIVERY_WORDS = {
    "waiting": ("待推送", "due now or at a known time"),
    "blocked": ("排队", "something earlier of the same subject goes to the same system first"),
    "sending": ("推送中", "an attempt is under way"),
    "retrying": ("待重试", "failed for now; its next attempt has a time"),
    "unknown": ("待核实", "an attempt without a known end; queried, or settled by a person"),
    "dead": ("异常", "failed for good, with a reason; waits for a person"),
    "sent": ("待回执", "taken by the system, whose receipt is still to come"),
    "confirmed": ("已确认", "took effect"),
    "returned": ("被退回", "the receipt rejected it"),
    "superseded": ("已被新版本替代", "a higher version replaced it before it was sent"),
    "discarded": ("不再推送", "a person gave it up"),
    "shadowed": ("影子", "worked out and kept, on purpose not sent"),
}


def _rows(
    transitions: Mapping[State, AbstractSet[State]], words: Mapping[str, tuple[str, str]]
) -> list[tuple[str, str, str, str]]:
    return [
        (
            code(state), words[state][0], words[state][1],
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
    for known, words in ((states.MessageState, MESSAGE_WORDS), (states.DeliveryState, DELIVERY_WORDS)):
        if {str(state) for state in known} != set(words):
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
