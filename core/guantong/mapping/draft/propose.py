"""From sketches to a dialect: which event each record is, which field each name means, and why. Only what is
clear is proposed; everything else stays listed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guantong.mapping.draft.codes import FIELD_LEFT
from guantong.mapping.draft.codetables import TableSketch, code_table
from guantong.mapping.draft.evidence import WEIGHTS, Claim, Evidence, fold_label
from guantong.mapping.draft.schema import FieldSketch, Found, RecordSketch, merged
from guantong.model import Field
from guantong.problems import Problem

_SPARE = re.compile(r"备用|预留|保留字段|扩展字段|spare|reserved?\b", re.IGNORECASE)
_KIND, _TITLE, _CLEAR = 10, 6, 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """One field of a record: what it is taken for (`path`, empty: not at all), why, its code table, and those
    of a list's item. `open` is said of a field that is taken for something but cannot be mapped yet."""

    field: FieldSketch
    path: str = ""
    why: tuple[Claim, ...] = ()
    table: TableSketch | None = None
    items: tuple[Proposal, ...] = ()
    open: tuple[str, str] = ("", "")
    spare: bool = False
    form: str = ""
    """How a time is written, where that is not as the dialect writes it."""


@dataclass(frozen=True, slots=True)
class DraftedRecord:
    """One record kind: its event (empty: none was clear, `near` are those it might be) with the reason, and
    its fields."""

    record: RecordSketch
    event: str
    why: tuple[str, str]
    near: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    file: str

    @property
    def second(self) -> bool:
        """Whether another record is the event's already: this one is then read only."""
        return bool(self.event) and self.file != f"{self.event}.yaml"


@dataclass(slots=True)
class Drafted:
    """A drafted dialect: its records, the code tables by name, how it probably travels."""

    name: str
    records: list[DraftedRecord]
    tables: dict[str, TableSketch]
    found: Found
    problems: list[Problem] = field(default_factory=list)


def draft_dialect(name: str, found: Found, evidence: Evidence) -> Drafted:
    """The dialect *name* of what was found in the files handed over."""
    drafted = Drafted(name, [], {}, found)
    taken: set[str] = set()
    for record in merged(found.records):
        event, why, near = _event(record, evidence)
        proposals = _proposals(record.fields, event, "", evidence, drafted.tables) if event else tuple(
            Proposal(one, spare=_is_spare(one)) for one in record.fields)
        file = _file(record, event, taken)
        drafted.records.append(DraftedRecord(record, event, why, near, proposals, file))
        odd = sum(not usable(one.name) for one in record.fields)
        if odd:
            drafted.problems.append(Problem(FIELD_LEFT, record.place, record.name, {"count": odd, "record": record.name}))
    return drafted


def usable(name: str) -> bool:
    """Whether a native name can stand in a mapping."""
    return bool(name.strip()) and name == name.strip() and not re.search(r"[\x00-\x1f]|//|^/|/$", name) and len(name) <= 120


def _event(record: RecordSketch, evidence: Evidence) -> tuple[str, tuple[str, str], tuple[str, ...]]:
    """The event a record clearly is, with the reason; else none, and those it might be."""
    if record.name in evidence.told_events:
        return evidence.told_events[record.name], ("as answered", "按回答"), ()
    scores: dict[str, int] = {}
    reasons: dict[str, tuple[str, str]] = {}
    title = fold_label(record.title)
    spoken = [event for event in evidence.model.events.values() if event.title_zh and fold_label(event.title_zh) in title]
    longest = max((len(event.title_zh) for event in spoken), default=0)
    for event in evidence.model.events.values():
        seen: dict[str, int] = {}
        for one in record.fields:
            for claim in evidence.claims(event.name, one.name, one.label):
                seen[claim.path] = max(seen.get(claim.path, 0), WEIGHTS[claim.kind])
        score = sum(seen.values())
        reasons[event.name] = (f"{len(seen)} fields match", f"{len(seen)} 个字段相符")
        if event in spoken and len(event.title_zh) == longest:
            score += _TITLE
            reasons[event.name] = (f"titled {event.title_zh}", f"标题含“{event.title_zh}”，{len(seen)} 个字段相符")
        if event.name in evidence.kinds.get(_bare_kind(record.name), ()):
            score += _KIND
            reasons[event.name] = (f"gd-exchange has the record {_bare_kind(record.name)}", f"gd-exchange 的报文 {_bare_kind(record.name).upper()}")
        scores[event.name] = score
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    best, second = scores[ranked[0]], scores[ranked[1]]
    if best >= _CLEAR and best > second:
        return ranked[0], reasons[ranked[0]], ()
    return "", ("", ""), tuple(name for name in ranked[:3] if scores[name] == best and best > 0)


def _bare_kind(name: str) -> str:
    """`T_EX_GDBS_SL` and `owner.EX_GDBS_SL` as `ex_gdbs_sl`."""
    found = re.search(r"(?i)EX_GDBS_[A-Z]+", name)
    return (found[0] if found else name).casefold()


def _proposals(
    fields: Sequence[FieldSketch], event: str, prefix: str, evidence: Evidence, tables: dict[str, TableSketch]
) -> tuple[Proposal, ...]:
    """The proposals of one level: each canonical path goes to the field with the best reasons."""
    claims = {one.name: _best(evidence.claims(event, one.name, one.label, prefix)) for one in fields}
    winners: dict[str, str] = {}
    for one in fields:
        path, why = claims[one.name]
        if path and usable(one.name):
            rival = winners.get(path)
            if rival is None or _weight(why) > _weight(claims[rival][1]):
                winners[path] = one.name
    made: list[Proposal] = []
    for one in fields:
        path, why = claims[one.name]
        declared = _declared(evidence, event, path)
        if not path or declared is None:
            made.append(Proposal(one, spare=_is_spare(one)))
        elif winners.get(path) != one.name:
            said = (f"perhaps {path} too", f"也可能是 {path}") if usable(one.name) else ("", "")
            made.append(Proposal(one, open=said))
        else:
            made.append(_proposal(one, path, why, declared, event, evidence, tables))
    return tuple(made)


def _proposal(
    one: FieldSketch, path: str, why: tuple[Claim, ...], declared: Field, event: str, evidence: Evidence,
    tables: dict[str, TableSketch],
) -> Proposal:
    if (declared.type == "list") != one.many:
        said = ("is a list in the model: say how its items are written", "统一模型中为列表，请说明各项的写法") if declared.type == "list" else (
            "is no list in the model", "统一模型中不是列表")
        return Proposal(one, open=(f"{path} {said[0]}", f"{path} {said[1]}"))
    if declared.type == "list":
        items = _proposals(one.items, event, f"{path}.", evidence, tables)
        if not any(item.path for item in items):
            return Proposal(one, open=(f"perhaps {path}: none of its items matched", f"可能是 {path}，但各项没有对上"))
        return Proposal(one, path, why, items=items)
    if declared.type in ("date", "datetime") and one.form and (one.form != "iso" or not evidence.iso):
        return Proposal(one, path, why, form="yyyy-MM-dd" if declared.type == "date" and one.form == "iso" else one.form)
    if declared.type != "code":
        return Proposal(one, path, why)
    listed = evidence.model.codes.get(declared.codes or "")
    known = next((claim.table for claim in why if claim.table is not None), None)
    table = code_table(listed, one, known, tables) if listed is not None else None
    if table is None:
        said = (f"is {path}, a code: give its code table", f"对应 {path}，为代码，请补充代码表")
        return Proposal(one, open=said)
    return Proposal(one, path, why, table)


def _best(claims: Sequence[Claim]) -> tuple[str, tuple[Claim, ...]]:
    """The path with the most weighty claims; none where two weigh the same."""
    by_path: dict[str, list[Claim]] = {}
    for claim in claims:
        by_path.setdefault(claim.path, []).append(claim)
    ranked = sorted(by_path, key=lambda path: -_weight(by_path[path]))
    if not ranked or (len(ranked) > 1 and _weight(by_path[ranked[0]]) == _weight(by_path[ranked[1]])):
        return "", ()
    return ranked[0], tuple(by_path[ranked[0]])


def _weight(claims: Sequence[Claim]) -> int:
    """Kinds of evidence count once each."""
    return sum(WEIGHTS[kind] for kind in {claim.kind for claim in claims})


def _declared(evidence: Evidence, event: str, path: str) -> Field | None:
    fields: Mapping[str, Field] = evidence.model.events[event].fields
    declared: Field | None = None
    while path:
        name = next((known for known in fields if path == known or path.startswith(f"{known}.")), None)
        if name is None:
            return None
        declared, path = fields[name], path[len(name) + 1:]
        fields = declared.fields
    return declared


def _is_spare(one: FieldSketch) -> bool:
    return bool(_SPARE.search(one.label) or _SPARE.search(one.name)) and usable(one.name)


def _file(record: RecordSketch, event: str, taken: set[str]) -> str:
    """`case.step.yaml`; a second record of an event is `case.step.<kind>.yaml`; one without an event stands
    aside in `unmatched/`, where no dialect looks."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", record.name).strip("-") or "record"
    base = f"{event}" if event else f"unmatched/{plain}"
    name = f"{base}.{plain}" if event and base in taken else base
    number, free = 2, name
    while free.casefold() in taken:
        free = f"{name}-{number}"
        number += 1
    taken.add(free.casefold())
    return f"{free}.yaml"
