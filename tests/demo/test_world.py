"""The simulated world: the faults each part has follow from the stories."""

from __future__ import annotations

from guantong_adapters.files.play import DropFaults
from guantong_adapters.rest.simulator import XmlStrFaults
from guantong_plugins.demo.stories import make_stories
from guantong_plugins.demo.world import ROLES, Role, faults

STORIES = make_stories(200, 8)


def _role(name: str) -> Role:
    return next(role for role in ROLES if role.name == name)


def _faults(name: str) -> DropFaults:
    return DropFaults.model_validate(faults(_role(name), STORIES))


def test_replies_are_lost_where_the_stories_say() -> None:
    """Each story's lost reply is listed at its system: at the hall by table and serial, else by serial; that to a card by
    its number."""
    told = [
        (act.quirks["lost_reply"], story.province_serial or story.county_serial)
        for story in STORIES for act in story.acts if "lost_reply" in act.quirks
    ] + [
        (card.raised.quirks["lost_reply"], card.raised.facts["alert.no"])
        for story in STORIES for card in story.cards if "lost_reply" in card.raised.quirks
    ]
    assert [name for name, key in told if key.startswith("JC")] == ["puning"]
    listed = [
        (name, key.rpartition(":")[2]) for name in ("hall", "rongcheng", "jiedong", "puning") for key in faults(_role(name), STORIES)["lose_reply"]
    ]
    assert sorted(told) == sorted(listed)
    assert all(key.startswith("EX_GDBS_") for key in _faults("hall").lose_reply)


def test_receipts_are_rejected_where_the_stories_say() -> None:
    """The counties behind exchange tables and files reject the listed applications later, and nobody else."""
    for county in ("jiexi", "huilai"):
        rejected = [
            story.province_serial for story in STORIES
            if any(act.quirks.get("reject") == county for act in story.acts)
        ]
        assert rejected
        assert _faults(county).reject_receipt == rejected
    others = [role for role in ROLES if role.name not in ("jiexi", "huilai")]
    assert all(not faults(role, STORIES)["reject_receipt"] for role in others)


def test_files_come_half_written_twice_and_in_a_wrong_charset() -> None:
    """All that can be wrong with a file drop happens in Huilai, and nowhere else."""
    made = faults(_role("huilai"), STORIES)
    assert {name for name, value in made.items() if name.endswith("_every") and value} == {
        "half_written_every", "vanish_every", "twice_every", "wrong_charset_every", "scan_late_every",
    }


def test_tokens_run_out_and_answers_come_in_every_manner() -> None:
    """Puning forgets its tokens and answers in words, as JSON and in XML."""
    made = XmlStrFaults.model_validate(faults(_role("puning"), STORIES))
    assert min(made.expire_every, made.words_every, made.json_every) > 1


def test_one_county_goes_down_for_some_seconds() -> None:
    """Rongcheng stops listening in the middle of its applications."""
    (down,) = _faults("rongcheng").down
    assert 2 <= down.after_requests < sum(story.county == "rongcheng" for story in STORIES)
    assert down.for_seconds > 1
