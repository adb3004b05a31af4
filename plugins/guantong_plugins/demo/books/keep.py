"""Keeps the books: walks through every story as it was sent and enters what each target must end up with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from guantong_adapters.simulation.story import Act, Story
from guantong_plugins.demo.books import guangdong, rongcheng, supervision
from guantong_plugins.demo.books.cards import card_entries
from guantong_plugins.demo.books.entry import HALL, SUPERVISION, Books, DeadLetter, Entry, Given, Value
from guantong_plugins.demo.books.onsite import as_told, who_worked
from guantong_plugins.demo.stories.sites import place_named

_PUNING_KIND = "SPSHENQING"
"""What Puning calls an application; its columns are the exchange tables'."""
_HOLDING = "jiedong"
"""The county that cannot be asked: a person settles what became of a reply that was lost there."""


def keep_books(stories: Sequence[Story]) -> Books:
    """Enter every story. Entries of one case at one system stand in the order the hub accepts their events."""
    entries: list[Entry] = []
    dead: list[DeadLetter] = []
    serials: dict[str, str] = {}
    returned: list[str] = []
    held: Counter[str] = Counter()
    cases = events = 0
    for story in stories:
        cases += 1
        events += len(story.acts) + sum(1 for card in story.cards for act in (card.raised, card.reply, card.withdrawn) if act)
        entries.extend(_entries(story))
        dead.extend(_dead(story))
        if story.province_serial:
            serials[story.county_serial] = story.province_serial
        for act in story.acts:
            if "reject" in act.quirks:
                returned.append(story.county_serial)
            if act.quirks.get("lost_reply") == _HOLDING:
                held[f"{_HOLDING}.approval"] += 1
    return Books(cases, events, tuple(entries), tuple(dead), serials, tuple(returned), dict(held), who_worked(stories))


def as_sent(acts: Sequence[Act]) -> list[Act]:
    """The acts in the order their source sends them: a late one goes after so many that follow it."""
    sent = list(acts)
    for act in [act for act in acts if act.quirks.get("late")]:
        position = sent.index(act)
        del sent[position]
        sent.insert(position + int(act.quirks["late"]), act)
    return sent


def _dead(story: Story) -> Iterator[DeadLetter]:
    for act in story.acts:
        match act.quirks.get("dead"):
            case "bad_code" | "bad_digest":
                yield DeadLetter("accept", f"{story.county}.approval", "", act.event)
            case "too_long":
                yield DeadLetter("deliver", HALL, story.county_serial, act.event)


def _entries(story: Story) -> Iterator[Entry]:
    places: Counter[str] = Counter()
    newest = _newest(story.acts)
    for act in as_sent(story.acts):
        for system in _targets(story, act):
            kind, fields, identity = _record(story, system, as_told(story.county, act))
            yield Entry(
                system, story.county_serial, places[system], act.event, kind, act.version, fields, identity,
                optional=act.version < newest[act.event],
            )
            places[system] += 1
    yield from card_entries(story, places)


def _newest(acts: Iterable[Act]) -> Mapping[str, int]:
    """The highest version of each event. Only events that come once in a case are ever sent again."""
    newest: dict[str, int] = {}
    for act in acts:
        newest[act.event] = max(act.version, newest.get(act.event, 0))
    return newest


def _targets(story: Story, act: Act) -> tuple[str, ...]:
    match act.quirks.get("dead"):
        case "bad_code" | "bad_digest":
            return ()
        case "too_long":
            return (SUPERVISION,)
    if act.event == "case.material":
        return (HALL,)
    if act.event == "case.application" and story.channel == "online":
        return (f"{story.county}.approval", SUPERVISION)
    return (HALL, SUPERVISION)


def _record(story: Story, system: str, act: Act) -> tuple[str, dict[str, Value], tuple[str, ...]]:
    fields: dict[str, Value]
    if system == SUPERVISION:
        kind, texts = supervision.supervision_fields(act)
        fields = dict(texts)
        if kind == supervision.BASIC:
            if story.channel == "onsite":
                fields["field_1"] = Given.MINTED
            return kind, fields, ()
        if story.channel == "onsite":
            fields["field_6"] = Given.MINTED
        return kind, fields, ("field_8", "field_1", "field_9")
    if system == "rongcheng.approval":
        return rongcheng.KIND, dict(rongcheng.rongcheng_fields(act)), ()
    fields = dict(guangdong.guangdong_fields(act))
    if system == "puning.approval":
        return _PUNING_KIND, fields, ()
    if system == HALL and story.channel == "onsite":
        fields["SBLSH"] = Given.MINTED
    if act.event == "case.acceptance" and "site.code" in act.facts:  # the hub knows the site, and says what the source left out
        place = place_named(act.facts["site.code"])
        fields |= {"BMDTMC": place.name, "SLJTDD": place.path}
    return guangdong.KINDS[act.event], fields, guangdong.IDENTITY.get(act.event, ())
