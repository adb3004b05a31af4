"""Reading `join:`: which events make one record, and the fields its rules may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from guantong.mapping.codes import (
    JOIN_AMBIGUOUS,
    JOIN_ON,
    JOIN_SUBJECTS,
    JOIN_TOO_FEW,
    JOIN_TWICE,
    JOIN_WITH,
)
from guantong.mapping.declaration import JOIN
from guantong.mapping.join import Join
from guantong.mapping.rules import MappingPlan, Rule, every
from guantong.model import EventModel, Field, Model
from guantong.model.codes import UNKNOWN_REFERENCE
from guantong.model.declaration import place_of, read_table, suggestion, word, words
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table

_NOT_WITH: Mapping[str, tuple[str, str]] = {
    "event": ("the join's events take its place", "由 join 的 events 代替"),
    "match": ("a join only writes", "合并只用于发送"),
    "fields": ("a join only writes: its rules stand under `out:`", "合并只用于发送，规则写在 out: 中"),
    "in": ("a join only writes", "合并只用于发送"),
    "ignored": ("a join only writes", "合并只用于发送"),
}
"""Keys of a mapping that say nothing in one with `join:`, and why."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A join as read: `event` stands for all of its events, with the fields of them all; `readable` has each
    event's own fields besides, as `event:path`; `ambiguous` are the paths that more than one of them declares for
    itself, by those events."""

    join: Join
    event: EventModel
    readable: Mapping[str, Field]
    ambiguous: Mapping[str, tuple[str, ...]]


def read_join(node: Table, found: Mapping[str, Node], model: Model, problems: list[Problem]) -> Joined | None:
    """The join of the mapping file *node*, whose well-formed entries are *found*; None where it names no two events
    of the model. Every mistake goes to *problems*."""
    problems += _beside(node, found)
    said = read_table(found["join"], JOIN, problems, "join")
    events = [*_events(said.get("events"), model, problems)]
    if len(events) < 2:
        return None
    on = tuple(text.value for text in words(said.get("on")))
    problems += _subjects(events, said["events"])
    problems += _on(events, on, said.get("on"), place_of(found["join"]))
    emit = cast("Literal['each', 'complete']", word(said.get("emit"), "complete"))
    merged = merged_event(events)
    own = {f"{event.name}:{path}": declared for event in events for path, declared in event.fields.items()}
    return Joined(Join(tuple(event.name for event in events), on, emit), merged, {**merged.fields, **own},
                  _ambiguous(events, on))


def merged_event(events: Sequence[EventModel]) -> EventModel:
    """One event with the fields of all; it goes by the name of the last."""
    fields = {path: declared for event in events for path, declared in event.fields.items()}
    dated = tuple(dict.fromkeys(path for event in reversed(events) for path in event.dated))
    return replace(events[-1], fields=fields, dated=dated)


def fields_of(mapping: MappingPlan, model: Model) -> Mapping[str, Field]:
    """The fields of the event, or events, that *mapping* writes or reads."""
    if mapping.join is None:
        return model.events[mapping.event].fields
    return merged_event([model.events[name] for name in mapping.join.events]).fields


def ambiguities(joined: Joined, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """Rules that read a path which more than one of the joined events declares for itself."""
    for rule in every(rules):
        read = [*rule.sources, *(one.source for one in rule.when)]
        for path in dict.fromkeys(source.path for source in read if source.scope == "own"):
            events = joined.ambiguous.get(path)
            if events:
                written = " or ".join(f"{event}:{path}" for event in events)
                details = {"path": path, "events": ", ".join(events), "written": written,
                           "written_zh": written.replace(" or ", " 或 ")}
                yield Problem(JOIN_AMBIGUOUS, rule.place, path, details)


def joined_twice(mappings: Sequence[MappingPlan]) -> Iterator[Problem]:
    """Joins of a dialect that share an event with another mapping that no condition tells apart."""
    open_ones = [one for one in mappings if one.outward and one.kind_out and not one.when]
    for number, mapping in enumerate(open_ones):
        for other in open_ones[:number]:
            if mapping.join is None and other.join is None:
                continue
            shared = [event for event in mapping.events if event in other.events]
            if shared:
                joins, beside = (mapping, other) if mapping.join else (other, mapping)
                details = {"event": shared[0], "other": str(beside.place.file)}
                yield Problem(JOIN_TWICE, joins.place, "join", details)


def _beside(node: Table, found: Mapping[str, Node]) -> Iterator[Problem]:
    """What stands in the file that cannot go with a join."""
    for key, (why, why_zh) in _NOT_WITH.items():
        if key in found:
            yield Problem(JOIN_WITH, node.keys[key], key, {"key": f"{key}:", "why": why, "why_zh": why_zh})
    record = found.get("record")
    kinds = record.get("in") if isinstance(record, Table) else record
    if kinds is not None:
        why, why_zh = "a join only writes: record: {out: KIND}", "合并只用于发送：record: {out: 类型}"
        details = {"key": "a kind of record that is read", "why": why, "why_zh": why_zh}
        yield Problem(JOIN_WITH, kinds.place, "record", details)


def _events(node: Node | None, model: Model, problems: list[Problem]) -> Iterator[EventModel]:
    named = words(node)
    seen: set[str] = set()
    for text in named:
        event = model.events.get(text.value)
        if event is None:
            details = {"what": "event", "what_zh": "过程信息", "came": text.value, **suggestion(text.value, model.events)}
            problems.append(Problem(UNKNOWN_REFERENCE, text.place, "join.events", details))
        elif text.value not in seen:
            yield event
        seen.add(text.value)
    if node is not None and (len(seen) < 2 or len(seen) < len(named)):
        problems.append(Problem(JOIN_TOO_FEW, node.place, "join.events", {"came": ", ".join(one.value for one in named)}))


def _subjects(events: Sequence[EventModel], node: Node) -> Iterator[Problem]:
    if len({event.subject for event in events}) > 1:
        listed = ", ".join(f"{event.name}: {event.subject}" for event in events)
        yield Problem(JOIN_SUBJECTS, node.place, "join.events", {"listed": listed})


def _on(events: Sequence[EventModel], on: tuple[str, ...], node: Node | None, where: Place) -> Iterator[Problem]:
    """`on:` is the identity of each event: only then does it tell one of each apart."""
    places = {text.value: text.place for text in words(node)}
    for path in on:
        for event in events:
            declared = event.fields.get(path)
            if declared is None:
                details = {"what": f"{event.name} has no field {path!r}", "what_zh": f"{event.name} 没有字段 {path!r}"}
            elif declared.type == "list":
                details = {"what": f"{path!r} is a list", "what_zh": f"{path!r} 是列表"}
            elif path not in event.identity:
                identity = ", ".join(event.identity) or "-"
                details = {"what": f"{path!r} is not of the identity of {event.name} ({identity})",
                           "what_zh": f"{path!r} 不属于 {event.name} 的标识字段（{identity}）"}
            else:
                continue
            yield Problem(JOIN_ON, places[path], "join.on", details)
            break
    for event in events:
        left = [path for path in event.identity if path not in on and path in event.fields]
        if left:
            listed = ", ".join(left)
            details = {"what": f"there may be several of {event.name}, told apart by {listed}",
                       "what_zh": f"{event.name} 可有多条，由 {listed} 区分"}
            yield Problem(JOIN_ON, node.place if node is not None else where, "join.on", details)


def _ambiguous(events: Sequence[EventModel], on: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Paths that more than one event declares in its own file. What all take from one shared file (`include:`) is
    of the subject, and says the same in each."""
    saying: dict[str, list[EventModel]] = {}
    for event in events:
        for path, declared in event.fields.items():
            if path not in on and declared.place.file == event.place.file:
                saying.setdefault(path, []).append(event)
    return {path: tuple(one.name for one in found) for path, found in saying.items() if len(found) > 1}
