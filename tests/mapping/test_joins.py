"""Joins in mapping files: what their rules read, and every mistake at its line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mapping.conftest import LABEL, World

from guantong.mapping import Incomplete, Join, Untranslatable
from guantong.mapping.join import groups

FILE = "mappings/county/special.yaml"


def event(name: str, identity: str, own: str, subject: str = "case") -> str:
    return (f"event: {name}\ntitle: {{zh: 事, en: Event}}\nsubject: {subject}\nidentity: [{identity}]\n"
            f"include: _case\nfields:\n{own}")


def field(path: str, kind: str = "text") -> str:
    return f"  {path}: {{type: {kind}, {LABEL}}}\n"


EVENTS = {
    "canonical/events/_case.yaml": f"fields:\n{field('serial.province')}{field('region', 'region')}{field('version', 'integer')}{field('remark')}",
    "canonical/events/case.pause.yaml": event(
        "case.pause", "seq", field("seq", "integer") + field("reason") + field("by") + f"  papers: {{type: list, {LABEL}, fields: {{name: {{type: text, {LABEL}}}}}}}\n"),
    "canonical/events/case.resumption.yaml": event("case.resumption", "seq", field("seq", "integer") + field("result") + field("by")),
    "canonical/events/case.intake.yaml": event("case.intake", "", field("place")),
    "canonical/events/matter.published.yaml": event("matter.published", "", field("place"), "matter"),
}
HEAD = "record: {out: TBCX}\n"
JOIN = "join: {events: [case.pause, case.resumption], on: [seq], emit: complete}\n"
OUT = "out:\n  XH: seq\n  LY: reason\n  JG: result\n  BZ: remark\n  BB: version\n  SQR: case.pause:by\n  PZR: case.resumption:by\n"
MISTAKES = [
    (HEAD + "join: {events: [case.pauze, case.resumption], on: [seq], emit: complete}\n" + OUT,
     ["2:17 join.events: there is no event named 'case.pauze'; did you mean 'case.pause'? [GT205]"]),
    (HEAD + "join: {events: case.pause, on: [seq], emit: complete}\n" + OUT,
     ["2:16 join.events: a join takes at least two events, each once; got case.pause; name the events that make one record, or write `event:` for one [GT280]"]),
    (HEAD + "join: {events: [case.pause, case.pause], on: [seq], emit: complete}\n" + OUT,
     ["2:16 join.events: a join takes at least two events, each once; got case.pause, case.pause; name the events that make one record, or write `event:` for one [GT280]"]),
    (HEAD + "join: {events: [case.pause, case.resumption], on: [seq], emit: once}\n" + OUT,
     ["2:64 join.emit: expected one of each, complete, got 'once'; known: complete, each [GT203]"]),
    (HEAD + "join: {events: [case.pause, case.resumption], on: [seq]}\n" + OUT,
     ["2:7 join: the key 'emit' is missing; add it: a record at each event with what is there, or once all are there [GT201]"]),
    (HEAD + "join: {events: [case.pause, case.resumption], on: [seq, reason], emit: complete}\n" + OUT,
     ["2:57 join.on: the events cannot be joined on this: 'reason' is not of the identity of case.pause (seq); join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty [GT281]"]),
    (HEAD + "join: {events: [case.pause, case.resumption], on: [seq, result], emit: complete}\n" + OUT,
     ["2:57 join.on: the events cannot be joined on this: case.pause has no field 'result'; join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty [GT281]"]),
    (HEAD + "join: {events: [case.pause, case.resumption], on: [seq, papers], emit: complete}\n" + OUT,
     ["2:57 join.on: the events cannot be joined on this: 'papers' is a list; join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty [GT281]"]),
    (HEAD + "join: {events: [case.pause, case.resumption], emit: complete}\nout: {LY: reason}\n",
     ["2:7 join.on: the events cannot be joined on this: there may be several of case.pause, told apart by seq; join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty [GT281]",
      "2:7 join.on: the events cannot be joined on this: there may be several of case.resumption, told apart by seq; join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty [GT281]"]),
    (HEAD + "join: {events: [case.intake, matter.published], emit: each}\nout: {A: place}\n",
     ["2:16 join.events: the joined events are not about the same kind of thing (case.intake: case, matter.published: matter); join events of one subject [GT285]",
      "3:7 place: 'place' is said by each of case.intake, matter.published, not of one fact; write case.intake:place or matter.published:place [GT284]"]),
    ("event: case.pause\n" + HEAD + JOIN + OUT + "fields: {region: QH}\nmatch: {A: [x]}\nignored: [B]\nin: {remark: BZ}\n",
     ["1:1 event: event: does not go with `join:`: the join's events take its place; remove it, or keep it in a mapping file of its own [GT282]",
      "13:1 match: match: does not go with `join:`: a join only writes; remove it, or keep it in a mapping file of its own [GT282]",
      "12:1 fields: fields: does not go with `join:`: a join only writes: its rules stand under `out:`; remove it, or keep it in a mapping file of its own [GT282]",
      "15:1 in: in: does not go with `join:`: a join only writes; remove it, or keep it in a mapping file of its own [GT282]",
      "14:1 ignored: ignored: does not go with `join:`: a join only writes; remove it, or keep it in a mapping file of its own [GT282]"]),
    ("record: TBCX\n" + JOIN + OUT,
     ["1:9 record: a kind of record that is read does not go with `join:`: a join only writes: record: {out: KIND}; remove it, or keep it in a mapping file of its own [GT282]"]),
    (HEAD + JOIN + "out:\n  SQR: by\n",
     ["4:3 by: 'by' is said by each of case.pause, case.resumption, not of one fact; write case.pause:by or case.resumption:by [GT284]"]),
    (HEAD + JOIN + "out:\n  JG: {from: result, when: {by: [x]}}\n",
     ["4:3 by: 'by' is said by each of case.pause, case.resumption, not of one fact; write case.pause:by or case.resumption:by [GT284]"]),
    (HEAD + JOIN + "out:\n  SQR: case.pauze:by\n",
     ["4:8 out.SQR.from: there is no field named 'case.pauze:by'; did you mean 'case.pause:by'? [GT205]"]),
    (HEAD + "out: {A: remark}\n", ["1:1: the key 'event' is missing; add it: the canonical event [GT201]"]),
]


@pytest.mark.parametrize(("text", "lines"), MISTAKES)
def test_a_mistake_is_named_where_it_stands(load: Callable[..., World], text: str, lines: list[str]) -> None:
    """Where, what was expected, what came, what to write instead; all at once."""
    assert load({**EVENTS, "county/special.yaml": text}).lines() == [f"{FILE}:{line}" for line in lines]


@pytest.mark.parametrize(("other", "text"), [
    ("again", HEAD + JOIN + OUT), ("again", "event: case.pause\nrecord: {out: ZT}\nout: {LY: reason}\n")])
def test_an_event_written_by_two_needs_a_condition(load: Callable[..., World], other: str, text: str) -> None:
    """Nothing tells which of two mappings writes the pause: said once, at the join; a condition on one settles it."""
    files = {**EVENTS, "county/special.yaml": HEAD + JOIN + OUT}
    (line,) = load({**files, f"county/{other}.yaml": text}).lines()
    assert line.endswith("[GT283]")
    assert "case.pause is written by this join and by" in line
    assert load({**files, f"county/{other}.yaml": text + "when: {remark: [x]}\n"}).lines() == []


@pytest.fixture
def special(load: Callable[..., World]) -> World:
    world = load({**EVENTS, "county/special.yaml": HEAD + JOIN + OUT})
    assert world.lines() == []
    return world


PAUSE = {"seq": 1, "reason": "评审", "by": "甲", "remark": "起", "version": 2}
RESUMPTION = {"seq": 1, "result": "通过", "by": "乙", "version": 3}


def test_the_later_event_counts_and_each_ones_own_can_be_read(special: World) -> None:
    """Of a path that both may say the later event's value is written, where it says one; each event's own by its name.
    The record's version counts the corrections of both."""
    dialect = special.dialects["county"]
    told = {"case.pause": PAUSE, "case.resumption": RESUMPTION}
    written = {"XH": "1", "LY": "评审", "JG": "通过", "BZ": "起", "BB": "4", "SQR": "甲", "PZR": "乙"}
    for name in told:
        plan, values = dialect.plan_joined(name, told, {})
        assert plan.outward(values, {}).native.fields == written
    plan, values = dialect.plan_joined("case.pause", {**told, "case.resumption": {**RESUMPTION, "remark": "止"}}, {})
    assert plan.outward(values, {}).native.fields == {**written, "BZ": "止"}
    assert dialect.events_out() == {"case.pause", "case.resumption"}


def test_half_a_record_says_what_it_waits_for(special: World) -> None:
    """Each event names the other; an event of no mapping is unknown as ever."""
    dialect = special.dialects["county"]
    with pytest.raises(Incomplete) as waits:
        dialect.plan_joined("case.pause", {"case.pause": PAUSE}, {})
    assert (waits.value.event, waits.value.missing) == ("case.pause", ("case.resumption",))
    with pytest.raises(Untranslatable):
        dialect.plan_joined("case.intake", {"case.intake": {}}, {})


def test_a_record_not_for_such_a_case_waits_for_nothing(load: Callable[..., World]) -> None:
    """All is there and the condition does not hold: nothing is missing and nothing is written."""
    dialect = load({**EVENTS, "county/special.yaml": HEAD + JOIN + "when: {result: [不通过]}\n" + OUT}).dialects["county"]
    with pytest.raises(Incomplete) as waits:
        dialect.plan_joined("case.pause", {"case.pause": PAUSE, "case.resumption": RESUMPTION}, {})
    assert waits.value.missing == ()


def test_a_county_may_carry_only_what_it_joins_whole(load: Callable[..., World]) -> None:
    """A dialect that carries one half of a join only writes none of it."""
    extends = "dialect: town\ntitle: {zh: 镇, en: Town}\nextends: county\ncodec: json\nevents: [case.pause]\n"
    world = load({**EVENTS, "county/special.yaml": HEAD + JOIN + OUT, "town/dialect.yaml": extends})
    assert world.lines() == []
    assert world.dialects["town"].events_out() == frozenset()


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 3)), unique=True, max_size=12))
def test_every_event_goes_into_exactly_one_group_of_its_own_number(events: list[tuple[str, int]]) -> None:
    """Grouping loses nothing, doubles nothing, and joins only what has the same number."""
    join = Join(("a", "b"), ("seq",), "complete")
    made = groups(lambda name: (join,) if name in join.events else (), [(name, {"seq": seq}) for name, seq in events])
    assert sorted((name, said["seq"]) for _, told in made for name, said in told.items()) == sorted(events)
    assert all(len({said["seq"] for said in told.values()}) == 1 for _, told in made)
    assert all(last in told for last, told in made)
    whole = {seq for name, seq in events if name == "a"} & {seq for name, seq in events if name == "b"}
    assert sum(len(told) == 2 for _, told in made) == len(whole)


VOID = event("case.void", "", field("why"))
ON_NONE = "join: {{events: [{}], {}emit: complete}}\n"


@pytest.mark.parametrize("on", ["", "on: [], "])
def test_events_told_once_a_case_are_joined_on_nothing(load: Callable[..., World], on: str) -> None:
    """Where the identity is empty `on:` is too, or stays away; whatever the two say, they belong together."""
    text = HEAD + ON_NONE.format("case.intake, case.void", on) + "out: {A: place, B: why}\n"
    world = load({**EVENTS, "canonical/events/case.void.yaml": VOID, "county/special.yaml": text})
    assert world.lines() == []
    (join,) = world.dialects["county"].joins("case.intake")
    assert join == Join(("case.intake", "case.void"), (), "complete")
    made = groups(world.dialects["county"].joins, [("case.intake", {"place": "甲"}), ("case.void", {"why": "乙"})])
    assert made == [("case.void", {"case.intake": {"place": "甲"}, "case.void": {"why": "乙"}})]


@pytest.mark.parametrize(("on", "column"), [("", 7), ("on: [], ", 51)])
def test_events_told_apart_by_a_number_are_not_joined_on_nothing(load: Callable[..., World], on: str, column: int) -> None:
    """A case may have several pauses: without the number nothing says which resumption ends which."""
    text = HEAD + ON_NONE.format("case.pause, case.resumption", on) + "out: {LY: reason}\n"
    assert load({**EVENTS, "county/special.yaml": text}).lines() == [
        f"{FILE}:2:{column} join.on: the events cannot be joined on this: there may be several of {name}, told apart by seq; "
        "join on the identity of the events, which is the same for each of them; leave `on:` out where it is empty [GT281]"
        for name in ("case.pause", "case.resumption")]


def test_an_on_without_a_word_is_a_mistake_at_its_place(load: Callable[..., World]) -> None:
    """A key left empty is no list of none."""
    text = HEAD + ON_NONE.format("case.intake, case.void", "on: , ") + "out: {A: place}\n"
    (line,) = load({**EVENTS, "canonical/events/case.void.yaml": VOID, "county/special.yaml": text}).lines()
    assert line == (
        f"{FILE}:2:46 join.on: the events cannot be joined on this: case.intake has no field ''; join on the identity of the "
        "events, which is the same for each of them; leave `on:` out where it is empty [GT281]")
