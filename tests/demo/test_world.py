"""The simulated world: the faults each part has follow from the stories."""

from __future__ import annotations

from guantong_adapters.simulation.settings import FaultSettings
from guantong_plugins.demo.stories import make_stories
from guantong_plugins.demo.world import ROLES, faults

STORIES = make_stories(200, 8)


def _faults(name: str) -> FaultSettings:
    role = next(role for role in ROLES if role.name == name)
    return FaultSettings.model_validate(faults(role, STORIES))


def test_replies_are_lost_where_the_stories_say() -> None:
    """Each story's lost reply is listed at its system: at the hall by table and serial, else by serial."""
    told = [
        (act.quirks["lost_reply"], story.province_serial or story.county_serial)
        for story in STORIES for act in story.acts if "lost_reply" in act.quirks
    ]
    listed = [
        (name, key.rpartition(":")[2]) for name in ("hall", "rongcheng", "jiedong") for key in _faults(name).lose_reply
    ]
    assert sorted(told) == sorted(listed)
    assert all(key.startswith("EX_GDBS_") for key in _faults("hall").lose_reply)


def test_receipts_are_rejected_where_the_stories_say() -> None:
    """The county behind exchange tables rejects the listed applications later, and no other system does."""
    rejected = [
        story.province_serial for story in STORIES if any("reject" in act.quirks for act in story.acts)
    ]
    assert rejected
    assert _faults("jiexi").reject_receipt == rejected
    assert all(not _faults(role.name).reject_receipt for role in ROLES if role.name != "jiexi")


def test_one_county_goes_down_for_some_seconds() -> None:
    """Rongcheng stops listening in the middle of its applications."""
    (down,) = _faults("rongcheng").down
    assert 2 <= down.after_requests < sum(story.county == "rongcheng" for story in STORIES)
    assert down.for_seconds > 1
