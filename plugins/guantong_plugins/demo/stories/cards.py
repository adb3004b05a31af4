"""The cards supervision raises about some of the cases: warnings, yellow and red cards, answered or not, taken back or not.

They are chosen and written without chance, from the stories as they stand: who adds cards changes no story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from guantong_adapters.simulation.story import Act, Card, Story

_EVERY = 12
"""Of the cases of one county that may have a card, how many there are to one that has."""
_STEP = "SPCL"
"""The platform's short name of a step: the first one raises the card."""

_LOSES_A_REPLY = "puning"
"""The county that loses its reply to its first card: it drops duplicates, so the card is sent again and takes effect once."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a card goes: its level and reason, whether it is answered, and taken back then."""

    kind: str
    reason: str
    answered: bool = False
    withdrawn: bool = False


_WAYS = (
    _Way("yellow", "超过承诺时限", answered=True, withdrawn=True),
    _Way("pre_alert", "即将超过承诺时限"),
    _Way("red", "黄牌逾期未回复", answered=True),
    _Way("yellow", "环节超过承诺时限"),
)


def with_cards(stories: Sequence[Story]) -> list[Story]:
    """*stories*, some of each county with a card; the ways a card may go in their turn."""
    seen: dict[str, int] = {}
    dealt = 0
    told: list[Story] = []
    for story in stories:
        if _able(story):
            number = seen.get(story.county, 0)
            seen[story.county] = number + 1
            if number % _EVERY == 0:
                card = _card(story, _WAYS[dealt % len(_WAYS)])
                if number == 0 and story.county == _LOSES_A_REPLY:
                    card = replace(card, raised=replace(card.raised, quirks={"lost_reply": story.county}))
                story = replace(story, cards=(card,))
                dealt += 1
        told.append(story)
    return told


def _able(story: Story) -> bool:
    """Whether the case is known by its uniform serial from the start, goes through a step, and everything of it arrives."""
    fatal = {"dead", "reject", "lost_reply"}
    return (
        story.channel == "online" and any(act.event == "case.step" for act in story.acts)
        and not any(fatal & act.quirks.keys() for act in story.acts)
    )


def _card(story: Story, way: _Way) -> Card:
    last = max(datetime.fromisoformat(act.facts["step.at"]) for act in story.acts if act.event == "case.step")
    number = f"JC{story.number:08d}"
    named = {"serial.province": story.province_serial, "alert.no": number}
    raised = Act("alert.raised", {
        **named, "alert.kind": way.kind, "alert.at": _at(last, 1), "alert.text": "请核实并回复整改情况", "alert.reason": way.reason,
        "alert.step_code": _STEP, "alert.reply_by": _at(last, 73),
    })
    if not way.answered:
        return Card(_STEP, raised)
    reply = Act("alert.reply", {
        **named, "serial.county": story.county_serial, "reply.text": "已督促承办人员办理", "reply.at": _at(last, 25),
        "operator.name": "黄喆",
    })
    if not way.withdrawn:
        return Card(_STEP, raised, reply)
    return Card(_STEP, raised, reply, Act("alert.withdrawn", {**named, "alert.at": _at(last, 49), "alert.reason": "整改已核实"}))


def _at(time: datetime, hours: int) -> str:
    return (time + timedelta(hours=hours)).isoformat(timespec="seconds")
