"""Makes the stories of a demo: deterministic for a seed, whatever the machine."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

from guantong_adapters.simulation.story import Story
from guantong_plugins.demo.stories.cards import with_cards
from guantong_plugins.demo.stories.counties import county_serial, province_serial
from guantong_plugins.demo.stories.life import Life
from guantong_plugins.demo.stories.materials import with_materials
from guantong_plugins.demo.stories.onsite import with_sites
from guantong_plugins.demo.stories.plan import Plan, make_plans
from guantong_plugins.demo.stories.quirks import Habits, apply_traits

_FIRST_DAY = date(2014, 7, 1)
_DAYS = 75


def make_stories(cases: int, seed: int) -> list[Story]:
    """Invent *cases* stories (about eight events each) from *seed*."""
    random = Random(seed)  # noqa: S311 -- invented stories must repeat for a seed; nothing here is a secret
    habits = Habits()
    serials: Counter[str] = Counter()
    stories = [_story(random, plan, habits, serials) for plan in make_plans(random, cases)]
    return with_materials(with_cards(with_sites(stories)))


def _story(random: Random, plan: Plan, habits: Habits, serials: Counter[str]) -> Story:
    day = _FIRST_DAY + timedelta(days=random.randrange(_DAYS))
    matter = random.choice(plan.county.matters)
    province = ""
    if plan.channel != "onsite":
        opening = province_serial(matter, day, 0)[:-4]
        serials[opening] += 1
        province = province_serial(matter, day, serials[opening])
    own = county_serial(plan.county, day, plan.number)
    acts = Life(random, plan, matter, day, province, own).write()
    garbled = habits.on(apply_traits(random, plan, list(acts)))
    return Story(plan.number, plan.county.id, plan.channel, province, own, tuple(garbled))
