"""Which warnings a case deserves, and when: from its clocks and the thresholds. Pure.

What is told here supposes that nothing more happens: an event that comes later (a pause, the finish) may take a
warning away again, and then one that was raised all the same was not deserved. Cards are judged by what happened, whenever
it was told. A pre-alert warns of what is to come: none is due for a case that nobody had heard of by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guantong.config.supervision import PreAlert, Red, Thresholds, Yellow
from guantong.supervision.calendar import begin_of, day_of
from guantong.supervision.clocks import LEGAL, PROMISED, STEP, CaseClock, Rules, start_of
from guantong.supervision.deadline import Counting
from guantong.supervision.facts import Alert, CaseFacts
from guantong.supervision.limit import Limit, Unit

PRE_ALERT, YELLOW, RED = "pre_alert", "yellow", "red"
REPLY = "reply"


class Expected(NamedTuple):
    """A warning that is deserved from the instant `at` on. `clock`: whose limit; `due`: when that was due; `about`:
    the step's code, or the number of the yellow card that was not answered."""

    at: int
    level: str
    clock: str
    due: int | None
    about: str = ""


def expected_warnings(facts: CaseFacts, clocks: list[CaseClock], rules: Rules) -> list[Expected]:
    """Every warning the case deserves or will, in time; none for one carried in by a backfill or not watched."""
    if facts.backfilled or not rules.item.watched:
        return []
    warn = rules.item.warn or rules.file.warn
    start = start_of(facts, rules)
    known_since = max(start.heard, start.at) if start else 0
    found = [one for clock in clocks for one in _of_clock(clock, warn)
             if one.level != PRE_ALERT or one.at >= begin_of(day_of(known_since))]
    found += _unanswered(facts, rules, warn)
    return sorted(one for one in found if one.at > 0)


def _of_clock(clock: CaseClock, warn: Thresholds) -> Iterator[Expected]:
    due = clock.counting.due()
    for one in _levels(clock, due, warn):
        if clock.ended is None or one.at <= clock.ended:
            yield one


def _levels(clock: CaseClock, due: int | None, warn: Thresholds) -> Iterator[Expected]:
    counting = clock.counting
    if clock.kind in (PROMISED, LEGAL) and warn.pre_alert is not None:
        at = _nearing(counting, warn.pre_alert)
        if at is not None:
            yield Expected(max(at, counting.start), PRE_ALERT, clock.kind, due)
    if due is None:
        return
    if clock.kind in (PROMISED, STEP) and warn.yellow is not None:
        yield Expected(counting.overdue_since(due, _after(warn.yellow, clock)), YELLOW, clock.kind, due, clock.step)
    if warn.red is not None and clock.kind == PROMISED:
        yield Expected(counting.overdue_since(due, _after(warn.red, clock)), RED, clock.kind, due)
    if warn.red is not None and warn.red.legal and clock.kind == LEGAL:
        yield Expected(counting.overdue_since(due, 1), RED, clock.kind, due)


def _after(level: Yellow | Red, clock: CaseClock) -> int:
    return 1 if clock.kind == STEP else level.overdue


def _nearing(counting: Counting, rule: PreAlert) -> int | None:
    """The instant from which the limit nears; None where it never does, or is of one unit counted by days at once."""
    if not counting.unit.in_days:
        size = 60 if counting.unit is Unit.HOUR else 1
        fine = Counting(Limit(counting.total * size, Unit.MINUTE), counting.start, counting.calendar, counting.reckoning,
                        counting.stops)
        return fine.reaches(max(0, round(counting.total * size * (1 - rule.share)))) if rule.share else None
    left = min(max(rule.remaining, int(counting.total * rule.share)), counting.total - 1)
    return None if left < 0 else counting.begins(counting.total - left)


def reply_due(alert: Alert, rules: Rules) -> int | None:
    """The instant until which a card is to be answered: what it says, else what the rules say; None for others."""
    if alert.reply_by is not None:
        return alert.reply_by
    warn = rules.item.warn or rules.file.warn
    level = {YELLOW: warn.yellow, RED: warn.red}.get(alert.level)
    return Counting(level.reply_within, alert.raised.at, rules.calendar).due() if level is not None else None


def _unanswered(facts: CaseFacts, rules: Rules, warn: Thresholds) -> Iterator[Expected]:
    if warn.red is None or not warn.red.unanswered:
        return
    for alert in facts.alerts.values():
        due = reply_due(alert, rules)
        if alert.level != YELLOW or due is None:
            continue
        settled = [told.at for told in (alert.replied, alert.withdrawn) if told]
        if not settled or min(settled) > due:
            yield Expected(due + 1, RED, REPLY, due, alert.no)
