"""What a case's events say to supervision: when it began, what stopped it, how it stands. Pure.

Each fact keeps two times: when it happened, as its system says, and when we heard of it. The newest version of an
event holds; what waits for a person's decision is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from guantong.clock import SHANGHAI
from guantong.supervision.calendar import begin_of, day_of, end_of
from guantong.supervision.limit import MOST, Limit, Unit

WATCHED = frozenset({
    "case.application", "case.intake", "case.pre_acceptance", "case.acceptance", "case.step", "case.pause",
    "case.resumption", "case.correction_notice", "case.correction", "case.finish", "case.void",
    "alert.raised", "alert.reply", "alert.withdrawn",
})
"""Events that say something to supervision."""
_UNITS = frozenset(unit.value for unit in Unit)
_LARGEST = {Unit.YEAR: 100, Unit.MONTH: 1200}


class Heard(NamedTuple):
    """One kept event: its id, name and values, when we heard it and from which system, and whether it was carried in
    later as part of a backfill (存量办件)."""

    id: int
    name: str
    values: Mapping[str, Any]
    at: int
    system: str
    backfilled: bool = False


class Told(NamedTuple):
    """When something happened, when we heard, and from which event."""

    at: int
    heard: int
    event: int


@dataclass(slots=True)
class Pause:
    """A special procedure or a correction: from when to when, of which kind, with what limit of its own."""

    kind: str
    seq: int
    start: Told
    end: Told | None = None
    limit: Limit | None = None


class Step(NamedTuple):
    """A step of handling: its code, when it began where that was told, when it was done, or that it is still to be."""

    code: str
    begun: int | None
    at: Told
    pending: bool


@dataclass(slots=True)
class Alert:
    """A warning received: its number, level and times; what was answered, and whether it was taken back."""

    no: str
    level: str
    raised: Told
    reply_by: int | None = None
    replied: Told | None = None
    withdrawn: Told | None = None
    step: str = ""


@dataclass(slots=True)
class CaseFacts:
    """One case. Times are UTC milliseconds; `ended` is the finish, the voiding or the refusal."""

    item: str = ""
    item_name: str = ""
    kind: str = ""
    region: str = ""
    org: str = ""
    window: str = ""
    window_name: str = ""
    applied: Told | None = None
    answered: Told | None = None
    accepted: Told | None = None
    promised: Limit | None = None
    promised_at: int | None = None
    legal: Limit | None = None
    ended: Told | None = None
    finished: bool = False
    backfilled: bool = False
    pauses: list[Pause] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)
    told: list[tuple[Told, str, str]] = field(default_factory=list)
    """Every event that has a time of its own, with its name and system, in the order heard."""


_TIMES = {
    "case.application": "applied_at", "case.intake": "intake.at", "case.pre_acceptance": "pre_accepted_at",
    "case.acceptance": "accepted_at", "case.step": "step.at", "case.pause": "pause.started_at",
    "case.resumption": "pause.ended_at", "case.correction_notice": "notice.at", "case.correction": "correction.at",
    "case.finish": "finished_at", "case.void": "void.at", "alert.raised": "alert.at", "alert.reply": "reply.at",
    "alert.withdrawn": "alert.at",
}


def facts_of_case(events: Iterable[Heard], region_of: Mapping[str, str]) -> CaseFacts:
    """The facts in *events*, oldest first. *region_of* gives the region of each system, for events that name none."""
    facts = CaseFacts()
    resumed: dict[int, Told] = {}
    notices: list[tuple[Told, int | None]] = []
    corrections: list[tuple[Told, int | None]] = []
    for heard in events:
        at = instant(heard.values.get(_TIMES.get(heard.name, "")))
        if at is None:
            continue
        told = Told(at, heard.at, heard.id)
        _describe(facts, heard, region_of)
        if heard.name.startswith("case."):
            facts.told.append((told, heard.name, heard.system))
        match heard.name:
            case "case.application" | "case.intake":
                facts.applied = told if facts.applied is None or told.at < facts.applied.at else facts.applied
            case "case.pre_acceptance":
                _answer(facts, told, heard.values.get("outcome"))
            case "case.acceptance":
                _accept(facts, told, heard.values)
            case "case.step":
                facts.steps.append(_step(told, heard.values))
            case "case.pause":
                facts.pauses.append(_pause(told, heard.values))
            case "case.resumption":
                resumed[_number(heard.values.get("pause.seq")) or 0] = told
            case "case.correction_notice":
                notices.append((told, _number(heard.values.get("correction.seq"))))
                facts.answered = facts.answered or told
            case "case.correction":
                corrections.append((told, _number(heard.values.get("correction.seq"))))
            case "case.finish" | "case.void":
                facts.ended, facts.finished = told, heard.name == "case.finish"
                facts.answered = facts.answered or told
            case _:
                _alert(facts, told, heard)
    for pause in facts.pauses:
        pause.end = resumed.get(pause.seq)
    facts.pauses += _corrections(notices, corrections)
    facts.pauses.sort(key=lambda pause: pause.start)
    facts.steps.sort(key=lambda step: step.at)
    return facts


def instant(value: Any) -> int | None:
    """The instant of a canonical time, or of a canonical day's begin in Shanghai; None for nothing."""
    if not isinstance(value, str) or not value:
        return None
    moment = datetime.fromisoformat(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return round(moment.timestamp() * 1000)


def limit(number: Any, unit: Any) -> Limit | None:
    """A limit from two values of an event; none where there is no number, or one that no limit has."""
    count = _number(number)
    if count is None or unit not in _UNITS:
        return None
    made = Limit(count, Unit(unit))
    return made if 0 <= count <= _LARGEST.get(made.unit, MOST) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _describe(facts: CaseFacts, heard: Heard, region_of: Mapping[str, str]) -> None:
    """Whose case it is: the latest event that says so holds; supervision's own words only where nobody else's do."""
    values = heard.values
    theirs = heard.name.startswith("alert.")
    facts.backfilled = facts.backfilled or heard.backfilled
    for name, path in (("item", "item.code"), ("item_name", "item.name"), ("kind", "item.kind"), ("org", "org.name"),
                       ("window", "window.code"), ("window_name", "window.name")):
        said = values.get(path)
        if said and not (theirs and getattr(facts, name)):
            setattr(facts, name, str(said))
    region = values.get("region") or ("" if theirs else region_of.get(heard.system, ""))
    if region and (not facts.region or (not theirs and len(str(region)) >= len(facts.region))):
        facts.region = str(region)


def _accept(facts: CaseFacts, told: Told, values: Mapping[str, Any]) -> None:
    outcome = values.get("outcome")
    _answer(facts, told, outcome)
    if outcome != "accepted":
        return
    facts.accepted = told
    facts.promised = limit(values.get("promised_limit"), values.get("promised_limit_unit"))
    facts.promised_at = instant(values.get("promised_at"))
    facts.legal = limit(values.get("legal_limit"), values.get("legal_limit_unit"))


def _answer(facts: CaseFacts, told: Told, outcome: Any) -> None:
    facts.answered = facts.answered or told
    if outcome in ("refused", "not_competent"):
        facts.ended = told


def _pause(told: Told, values: Mapping[str, Any]) -> Pause:
    kind = values.get("pause.kind")
    return Pause(str(kind) if kind in ("extension", "statutory") else "other", _number(values.get("pause.seq")) or 0, told,
                 limit=limit(values.get("pause.limit"), values.get("pause.limit_unit")))


def _step(told: Told, values: Mapping[str, Any]) -> Step:
    return Step(str(values.get("step.code") or ""), instant(values.get("step.started_at")), told,
                values.get("step.status") == "pending")


def _corrections(notices: list[tuple[Told, int | None]], corrections: list[tuple[Told, int | None]]) -> list[Pause]:
    """Each notice with the correction that answers it: the one of its number, else the first not before it."""
    pauses = []
    left = sorted(corrections, key=lambda one: one[0])
    for notice, seq in sorted(notices, key=lambda one: one[0]):
        found = next((one for one in left if seq is not None and one[1] == seq), None) or next(
            (one for one in left if one[0].at >= notice.at and (seq is None or one[1] is None)), None)
        if found:
            left.remove(found)
        pauses.append(Pause("correction", seq or 0, notice, found[0] if found else None))
    return pauses


def _alert(facts: CaseFacts, told: Told, heard: Heard) -> None:
    values = heard.values
    no = str(values.get("alert.no") or "")
    known = facts.alerts.get(no)
    if heard.name == "alert.raised":
        facts.alerts[no] = Alert(no, str(values.get("alert.kind") or ""), told, _until(values.get("alert.reply_by")),
                                 known.replied if known else None, known.withdrawn if known else None,
                                 str(values.get("alert.step_code") or ""))
        return
    alert = known or facts.alerts.setdefault(no, Alert(no, "", told))
    if heard.name == "alert.reply":
        alert.replied = alert.replied or told
    else:
        alert.withdrawn = told


def _until(value: Any) -> int | None:
    """A reply limit: one told as a day alone (it then begins at midnight) lasts until the day's end."""
    at = instant(value)
    return end_of(day_of(at)) if at is not None and at == begin_of(day_of(at)) else at
