"""What is irregular in how a case was told (疑点): pauses dated back, days of work entered at once, applications left
unanswered, limits counted without a notice. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guantong.clock import shown
from guantong.finding import FindingKind
from guantong.supervision.clocks import CaseClock, Rules, silence_ends
from guantong.supervision.compare import Verdict, Warned, owes_reply
from guantong.supervision.deadline import Clock, Counting
from guantong.supervision.facts import CaseFacts, Pause, Told
from guantong.supervision.findingkinds import (
    CALENDAR_UNKNOWN,
    ENTERED_AT_ONCE,
    PAUSE_AFTER_LIMIT,
    PAUSE_DATED_BACK,
    REPLY_OVERDUE,
    UNANSWERED_APPLICATION,
    WARNING_MISSING,
    WARNING_UNDESERVED,
)


class Irregularity(NamedTuple):
    """One thing that is odd. `identity` tells it from others of its kind and case; `detail`: facts, nobody's data."""

    kind: FindingKind
    identity: str
    detail: Mapping[str, Any]


def irregularities(facts: CaseFacts, clocks: Sequence[CaseClock], read: Sequence[Clock], warned: Sequence[Warned],
                   rules: Rules, now: int) -> list[Irregularity]:
    """All that is odd about the case by *now*. *read* are the clocks as they stand."""
    found = [*_pauses(facts, clocks, rules), *_at_once(facts, rules), *_unanswered(facts, rules, now),
             *_unknown_years(clocks, read), *_warnings(warned, now)]
    return [] if facts.backfilled else found


def _pauses(facts: CaseFacts, clocks: Sequence[CaseClock], rules: Rules) -> Iterator[Irregularity]:
    """Pauses that saved a limit which had passed when they were told of, or that began when it had. A case that nobody
    had heard of by then is history told late, pauses and all."""
    known_since = facts.accepted.heard if facts.accepted else 0
    for pause in facts.pauses:
        for clock in clocks:
            due = _without(clock.counting, pause)
            if clock.step or due is None or not known_since <= due < pause.start.heard:
                continue
            late = pause.start.heard - pause.start.at
            detail = {"pause": f"{pause.kind} {pause.seq}", "clock": clock.kind, "began": shown(pause.start.at),
                      "told": shown(pause.start.heard), "due": shown(due)}
            if pause.start.at > due:
                yield Irregularity(PAUSE_AFTER_LIMIT, f"{pause.kind} {pause.seq} {clock.kind}", detail)
            elif late > rules.file.told_within * 1000:
                yield Irregularity(PAUSE_DATED_BACK, f"{pause.kind} {pause.seq} {clock.kind}", detail)


def _without(counting: Counting, pause: Pause) -> int | None:
    """When the limit would have been due without *pause*."""
    others = tuple(stop for stop in counting.stops if stop.start != pause.start.at)
    return Counting(counting.limit, counting.start, counting.calendar, counting.reckoning, others).due()


def _at_once(facts: CaseFacts, rules: Rules) -> Iterator[Irregularity]:
    rule = rules.file.entered_at_once
    if rule is None:
        return
    by_system: dict[str, list[Told]] = {}
    for told, _, system in facts.told:
        by_system.setdefault(system, []).append(told)
    for system, events in by_system.items():
        group = _widest(sorted(events, key=lambda one: one.heard), round(rule.within * 1000))
        times = [one.at for one in group]
        if len(group) >= rule.events and max(times) - min(times) >= rule.span * 1000:
            yield Irregularity(ENTERED_AT_ONCE, system, {
                "system": system, "events": len(group), "first": shown(min(times)), "last": shown(max(times)),
                "heard": shown(min(one.heard for one in group))})


def _widest(told: Sequence[Told], within: int) -> Sequence[Told]:
    """The most events heard within that time of each other."""
    best: Sequence[Told] = ()
    first = 0
    for last, one in enumerate(told):
        while one.heard - told[first].heard > within:
            first += 1
        if last + 1 - first > len(best):
            best = told[first:last + 1]
    return best


def _unanswered(facts: CaseFacts, rules: Rules, now: int) -> Iterator[Irregularity]:
    until = silence_ends(facts, rules)
    if facts.applied is None or until is None or facts.kind == "immediate":
        return
    answered = facts.answered.at if facts.answered else None
    if (answered or now) > until:
        detail = {"applied": shown(facts.applied.at), "until": shown(until), "answered": shown(answered) if answered else ""}
        yield Irregularity(UNANSWERED_APPLICATION, "", detail)


def _unknown_years(clocks: Sequence[CaseClock], read: Sequence[Clock]) -> Iterator[Irregularity]:
    for clock, state in zip(clocks, read, strict=True):
        if state.unknown_years and not clock.step:
            years = ", ".join(map(str, state.unknown_years))
            yield Irregularity(CALENDAR_UNKNOWN, clock.kind, {"clock": clock.kind, "years": years})


def _warnings(warned: Sequence[Warned], now: int) -> Iterator[Irregularity]:
    for one in warned:
        expected = one.expected
        detail: dict[str, Any] = {"level": one.level}
        if one.alert is not None:
            detail |= {"alert": one.alert.no, "raised": shown(one.alert.raised.at)}
        if expected is not None:
            detail |= {"clock": expected.clock, "deserved": shown(expected.at)}
        if one.verdict is Verdict.MISSING:
            yield Irregularity(WARNING_MISSING, one.level, detail)
        elif one.verdict is Verdict.UNDESERVED:
            yield Irregularity(WARNING_UNDESERVED, one.identity, detail)
        if owes_reply(one, now):
            yield Irregularity(REPLY_OVERDUE, one.identity, {**detail, "reply_by": shown(one.reply_by or 0)})
