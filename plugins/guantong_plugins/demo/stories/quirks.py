"""How sources garble what they send: the traits of a plan and the habits of clerks, put on its acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from guantong_adapters.simulation.story import Act
from guantong_plugins.demo.stories.plan import Plan

DATES = ("compact", "unpadded", "iso")
EMPTIES = ("text", "null", "word")

_DATES_EVERY, _EMPTIES_EVERY = 6, 8
_MAY_COME_LATE = ("case.pre_acceptance", "case.acceptance", "case.step", "case.finish")


class Habits:
    """Gives every sixth act of the world an odd way to write times, every eighth an odd empty value: each
    way in its turn."""

    def __init__(self) -> None:
        self._acts = count()

    def on(self, acts: Iterable[Act]) -> list[Act]:
        return [self._habit(act, next(self._acts)) for act in acts]

    def _habit(self, act: Act, number: int) -> Act:
        quirks: dict[str, Any] = {}
        if number % _DATES_EVERY == 2:
            quirks["dates"] = DATES[number // _DATES_EVERY % len(DATES)]
        if number % _EMPTIES_EVERY == 5:
            quirks["empty"] = EMPTIES[number // _EMPTIES_EVERY % len(EMPTIES)]
        return _with(act, **quirks)


def apply_traits(random: Random, plan: Plan, acts: list[Act]) -> list[Act]:
    """The acts of *plan* with what its traits do to their sending."""
    traits = plan.traits
    if "corrected_acceptance" in traits:
        _correct(random, acts, "case.acceptance", {"receipt_no": f"SL{plan.county.region}{plan.number:06d}-1"})
    if "corrected_finish" in traits:
        _correct(random, acts, "case.finish", {"outcome_text": "准予许可（更正）"})
    if "late" in traits:
        _delay(random, acts)
    if "bad_code" in traits:
        acts[-1] = _with(acts[-1], dead="bad_code")
    if "too_long" in traits:
        acts[-1] = _with(acts[-1], dead="too_long")
    if "receipt_rejects" in traits or "status_file_rejects" in traits:
        acts[0] = _with(acts[0], reject=plan.county.id)
    if traits & {"lost_reply_county_query", "lost_reply_county_hold", "lost_reply_county_retry"}:
        acts[0] = _with(acts[0], lost_reply=plan.county.id)
    if "lost_reply_minting" in traits:
        acts[0] = _with(acts[0], lost_reply="hall")
    if "lost_reply_hall" in traits:
        acts[-1] = _with(acts[-1], lost_reply="hall")
    if "duplicate" in traits:
        position = random.randrange(len(acts))
        acts[position] = _with(acts[position], duplicate=random.choice((1, 1, 2)))
    return acts


def _with(act: Act, **quirks: Any) -> Act:
    return replace(act, quirks=act.quirks | quirks)


def _correct(random: Random, acts: list[Act], event: str, changed: dict[str, Any]) -> None:
    """Send *event* again as version 2 with *changed* facts, at once or after the next act."""
    position = next(position for position, act in enumerate(acts) if act.event == event)
    again = replace(acts[position], version=2, facts=acts[position].facts | changed)
    acts.insert(min(position + random.choice((1, 2)), len(acts)), again)


def _delay(random: Random, acts: list[Act]) -> None:
    """Let one act that has a follower be sent after it."""
    able = [position for position, act in enumerate(acts[:-1]) if act.event in _MAY_COME_LATE]
    position = random.choice(able)
    acts[position] = _with(acts[position], late=1)
