"""The stories: the same for a seed, whole lives, every quirk of the field at least once."""

from __future__ import annotations

import base64
import re
from collections import Counter
from hashlib import md5
from itertools import pairwise
from pathlib import Path

import pytest
from stdnum.cn import ric, uscc

from guantong_adapters.simulation.story import Act, Story, read_stories, write_stories
from guantong_plugins.demo.stories import make_stories
from guantong_plugins.demo.stories.people import BEYOND_GBK
from guantong_plugins.demo.stories.quirks import DATES, EMPTIES

SEEDS = (1, 7, 2014)
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def _acts(stories: list[Story]) -> list[Act]:
    return [act for story in stories for act in story.acts]


def test_a_seed_makes_the_same_stories_every_time(tmp_path: Path) -> None:
    """Equal seeds give equal stories, other seeds others, and the file keeps all of it."""
    stories = make_stories(80, 3)
    write_stories(tmp_path / "stories.jsonl", stories)
    assert list(read_stories(tmp_path / "stories.jsonl")) == make_stories(80, 3)
    assert make_stories(80, 4) != stories


@pytest.mark.parametrize("seed", SEEDS)
def test_sixty_cases_hold_every_quirk(seed: int) -> None:
    """With 60 cases nothing that real input has is missing."""
    stories = make_stories(60, seed)
    acts = _acts(stories)
    quirks = {f"{name}={value}" for act in acts for name, value in act.quirks.items()}
    assert {f"dates={style}" for style in DATES} | {f"empty={style}" for style in EMPTIES} <= quirks
    assert {
        "late=1", "dead=bad_code", "dead=bad_digest", "dead=too_long", "reject=jiexi", "reject=huilai",
        "lost_reply=hall", "lost_reply=rongcheng", "lost_reply=jiedong", "lost_reply=puning",
    } <= quirks
    assert any("duplicate" in act.quirks for act in acts)
    assert {act.event for act in acts if act.version == 2} == {"case.acceptance", "case.finish"}
    assert {"case.pause", "case.resumption", "case.correction_notice", "case.correction"} <= {
        act.event for act in acts
    }
    assert {act.facts["pause.seq"] for act in acts if act.event == "case.pause"} == {1, 2}
    assert "returned" in {act.facts.get("step.status") for act in acts}
    names = "".join(act.facts.get("applicant.name", "") for act in acts)
    assert any(character in names for character in BEYOND_GBK)
    cards = {len(act.facts.get("contact.id_no", "")) for act in acts}
    assert {15, 18} <= cards
    assert {story.channel for story in stories} == {"online", "onsite", "immediate"}


def test_five_hundred_cases_have_the_shares_of_the_field() -> None:
    """70 % online, 20 % on site, 10 % immediate, about seven events a case."""
    stories = make_stories(500, 1)
    assert Counter(story.channel for story in stories) == {"online": 350, "onsite": 100, "immediate": 50}
    assert 3200 <= len(_acts(stories)) <= 4200


@pytest.mark.parametrize("seed", SEEDS)
def test_identifiers_pass_their_check_digits(seed: int) -> None:
    """Identity cards, credit codes and serials have the form and the check digits of real ones."""
    for story in make_stories(200, seed):
        assert len(story.province_serial) == (0 if story.channel == "onsite" else 29)
        for act in story.acts:
            assert len(act.facts["item.code"]) == 26
            number = act.facts.get("applicant.id_no", "")
            if act.facts.get("applicant.type") == "enterprise":
                assert uscc.is_valid(number)
            elif len(number) == 15:
                assert number.isdigit()
            elif number:
                assert ric.is_valid(number)


@pytest.mark.parametrize("seed", SEEDS)
def test_serials_and_times_are_unique(seed: int) -> None:
    """No two cases share a serial and, corrections apart, time goes forward through a case."""
    stories = make_stories(300, seed)
    for serials in ([story.county_serial for story in stories],
                    [story.province_serial for story in stories if story.province_serial]):
        assert len(serials) == len(set(serials))
    for story in stories:
        times = [
            str(value) for act in story.acts if act.version == 1
            for value in act.facts.values() if TIMES.fullmatch(str(value))
        ]
        assert all(earlier < later for earlier, later in pairwise(times))


def test_a_step_may_come_again() -> None:
    """A case that was sent back has the same step twice, at different times."""
    stories = make_stories(60, 1)
    steps = [
        [(act.facts["step.code"], act.facts["step.at"]) for act in story.acts if act.event == "case.step"]
        for story in stories
    ]
    assert any(len({code for code, _ in each}) < len(each) for each in steps)
    assert all(len(set(each)) == len(each) for each in steps)


def test_what_must_die_blocks_nothing() -> None:
    """An act that must end as a dead letter is the last of its story."""
    for story in make_stories(500, 9):
        assert not any("dead" in act.quirks or "reject" in act.quirks for act in story.acts[:-1])


def test_facts_of_a_sender_hold_only_serials_it_knows() -> None:
    """The hall does not know the county's serial when it sends, on-site cases have no uniform serial."""
    for story in make_stories(120, 5):
        for act in story.acts:
            assert ("serial.province" in act.facts) == (story.channel != "onsite")
            from_hall = act.event == "case.application" and story.channel == "online"
            assert ("serial.county" in act.facts) == (not from_hall)


CHANNELS = {"on_site": "counter", "agent": "counter", "appointment": "counter", "home": "other", "assisted": "online", "self": "online"}
FURTHER = {
    "agent": {"agent.no", "agent.name"}, "appointment": {"appointment.no", "appointment.at"},
    "home": {"appointment.no", "appointment.at", "appointment.address"},
    "assisted": {"online_channel", "terminal.code"}, "self": {"online_channel", "terminal.code"},
}


@pytest.mark.parametrize("seed", SEEDS)
def test_on_site_cases_are_handled_in_every_way_and_tell_what_belongs_to_it(seed: int) -> None:
    """Each way with its channel's code, its site and its own fields and no others, at every act that can tell; a village's
    agent is always the same; cases taken on online tell nothing of the sort."""
    stories = make_stories(100, seed)
    agents: dict[str, set[str]] = {}
    seen: Counter[str] = Counter()
    for story in stories:
        sited = [act for act in story.acts if act.event in ("case.application", "case.acceptance", "case.finish")]
        told = {(act.facts.get("service.way"), act.facts.get("site.code")) for act in sited}
        if story.channel == "online":
            assert told == {(None, None)}
            continue
        ((way, site),) = told
        assert way is not None
        seen[way] += 1
        if story.channel == "immediate":
            continue
        application = sited[0].facts
        further = set().union(*FURTHER.values())
        assert (application["channel"], further & application.keys()) == (CHANNELS[way], FURTHER.get(way, set()))
        if way == "agent":
            agents.setdefault(str(site), set()).update(act.facts["agent.name"] for act in sited)
            assert not str(site).endswith("000")
        assert all("window.code" not in act.facts for act in sited) or way in ("on_site", "appointment")
    assert seen.keys() == CHANNELS.keys()
    assert max(seen, key=lambda way: seen[way]) == "on_site"
    assert all(len(names) == 1 for names in agents.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_materials_come_with_attachments_and_without_before_their_case_is_accepted(seed: int) -> None:
    """In the three counties that send them: numbered from 1, all contents different, each with its own MD5 but the damaged one;
    one in each county is large, and one comes twice."""
    stories = make_stories(100, seed)
    assert {story.county for story in stories if any(act.event == "case.material" for act in story.acts)} == {"puning", "jiexi", "huilai"}
    attached: list[Act] = []
    for story in stories:
        events = [act.event for act in story.acts if act.quirks.get("dead") != "bad_digest"]
        materials = [act for act in story.acts if act.event == "case.material"]
        assert [act.facts["material.seq"] for act in materials] == list(range(1, len(materials) + 1))
        assert "case.material" not in events[events.index("case.acceptance"):] if "case.acceptance" in events else not materials
        attached += [act for act in materials if "attachment.body" in act.facts]
    contents = [base64.b64decode(act.facts["attachment.body"]) for act in attached]
    right = [md5(content, usedforsecurity=False).hexdigest() == act.facts["attachment.digest"]
             for act, content in zip(attached, contents, strict=True)]
    assert right == [act.quirks.get("dead") != "bad_digest" for act in attached]
    assert right.count(False) == 1
    assert len(set(contents)) == len(contents) >= 10
    assert sum(len(content) == 200_000 for content in contents) == 3
    assert {act.facts["material.form"] for act in _acts(stories) if act.event == "case.material"} == {"electronic", "paper"}
    assert any("duplicate" in act.quirks for act in attached)
