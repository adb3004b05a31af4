"""What each story will be about: its county, its channel, and the traits that make it more than routine.

Traits are dealt, not tossed: each gets its share of the stories, and at least one story when any can bear
it, so that no run leaves a quirk untried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from guantong_adapters.simulation.story import Channel
from guantong_plugins.demo.stories.counties import COUNTIES, County


@dataclass(slots=True)
class Plan:
    """One story to come. `number` counts from 1."""

    number: int
    county: County
    channel: Channel
    traits: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Trait:
    """`share` of all stories bear the trait, out of those that `fits`. Of the traits that decide how a
    story goes (`decides`) a story bears one at most, so that what each leads to is known."""

    name: str
    share: float
    fits: Callable[[Plan], bool]
    decides: bool = True


def _any(_plan: Plan) -> bool:
    return True


def _whole(plan: Plan) -> bool:
    return plan.channel != "immediate"


def _online(plan: Plan) -> bool:
    return plan.channel == "online"


def _online_in(county: str) -> Callable[[Plan], bool]:
    return lambda plan: plan.channel == "online" and plan.county.id == county


TRAITS = (
    Trait("lost_reply_county_query", 0.01, _online_in("rongcheng")),
    Trait("lost_reply_county_hold", 0.006, _online_in("jiedong")),
    Trait("lost_reply_county_retry", 0.008, _online_in("puning")),
    Trait("receipt_rejects", 0.008, _online_in("jiexi")),
    Trait("status_file_rejects", 0.008, _online_in("huilai")),
    Trait("lost_reply_minting", 0.006, lambda plan: plan.channel == "onsite"),
    Trait("lost_reply_hall", 0.01, lambda plan: plan.channel != "onsite"),
    Trait("bad_code", 0.008, _any),
    Trait("too_long", 0.006, _whole),
    Trait("corrected_acceptance", 0.02, _whole),
    Trait("corrected_finish", 0.02, _any),
    Trait("late", 0.04, _whole),
    Trait("refused", 0.02, _whole),
    Trait("two_pauses", 0.015, _whole),
    Trait("one_pause", 0.055, _whole),
    Trait("sent_back", 0.12, _whole, decides=False),
    Trait("correction", 0.07, _online, decides=False),
    Trait("duplicate", 0.05, _any, decides=False),
    Trait("rare_name", 0.06, _whole, decides=False),
    Trait("old_card", 0.06, _whole, decides=False),
)

_SHARES: tuple[tuple[Channel, float], ...] = (("onsite", 0.2), ("immediate", 0.1))


def make_plans(random: Random, cases: int) -> list[Plan]:
    """Plan *cases* stories: channels and counties mixed evenly, traits dealt."""
    channels: list[Channel] = []
    for channel, share in _SHARES:
        channels += [channel] * round(cases * share)
    channels += ["online"] * (cases - len(channels))
    plans = [
        Plan(0, COUNTIES[position % len(COUNTIES)], channel) for position, channel in enumerate(channels)
    ]
    random.shuffle(plans)
    for number, plan in enumerate(plans, start=1):
        plan.number = number
    _deal(random, plans)
    return plans


def _deal(random: Random, plans: list[Plan]) -> None:
    decided: set[int] = set()
    for trait in TRAITS:
        able = [
            plan for plan in plans
            if trait.fits(plan) and not (trait.decides and plan.number in decided)
        ]
        wanted = max(1, round(trait.share * len(plans)))
        for plan in random.sample(able, min(wanted, len(able))):
            plan.traits.add(trait.name)
            if trait.decides:
                decided.add(plan.number)
