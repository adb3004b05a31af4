"""The clocks of a case: which limits it is under, since when, and what stops each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guantong.config.supervision import ItemRule, StopRule, SupervisionFile, Which
from guantong.supervision.calendar import Calendar, day_of
from guantong.supervision.deadline import Counting, Reckoning, Stop
from guantong.supervision.facts import CaseFacts, Pause, Told
from guantong.supervision.limit import Limit, Unit

PROMISED, LEGAL, STEP = "promised", "legal", "step"


class CaseClock(NamedTuple):
    """One limit of a case. `kind`: promised, legal or step; `step`: the step's code. `ended`: when what it
    measures was done, None while it is not."""

    kind: str
    counting: Counting
    ended: int | None
    step: str = ""


class Rules(NamedTuple):
    """What one case is judged by: the whole file, what holds for its matter, the calendar."""

    file: SupervisionFile
    item: ItemRule
    calendar: Calendar


def rules_of(facts: CaseFacts, file: SupervisionFile, calendar: Calendar) -> Rules:
    """The rules of the case that *facts* tell of."""
    return Rules(file, file.item(facts.item, facts.kind), calendar)


def start_of(facts: CaseFacts, rules: Rules) -> Told | None:
    """Since when the clocks run: the acceptance; or the application, where silence for so long is one and the rule
    says `start`."""
    silent = silence_ends(facts, rules)
    if rules.file.acceptance.then == "start" and facts.applied and silent is not None and (
        facts.answered is None or facts.answered.at > silent
    ):
        return facts.applied
    return facts.accepted


def silence_ends(facts: CaseFacts, rules: Rules) -> int | None:
    """The instant until which an application must have been answered."""
    if facts.applied is None or rules.file.acceptance.then == "nothing":
        return None
    return Counting(rules.file.acceptance.within, facts.applied.at, rules.calendar).due()


def clocks_of(facts: CaseFacts, rules: Rules, now: int) -> list[CaseClock]:
    """Every clock of the case, the promise first. Where silence counts as acceptance, it begins once it is over."""
    start = start_of(facts, rules)
    if start is None or (start is facts.applied and start is not facts.accepted
                         and now <= (silence_ends(facts, rules) or now) and facts.accepted is None):
        return []
    ended = facts.ended.at if facts.ended else None
    clocks = []
    for kind, limit in ((PROMISED, _promised(facts, rules, start.at)), (LEGAL, facts.legal or rules.item.legal)):
        if limit is not None and (limit.number or kind == PROMISED):
            which: Which = "promised" if kind == PROMISED else "legal"
            clocks.append(CaseClock(kind, Counting(limit, start.at, rules.calendar, rules.file.reckoning(which),
                                                   stops_of(facts, rules, which)), ended))
    return [*clocks, *_steps(facts, rules, start.at, ended)]


def _promised(facts: CaseFacts, rules: Rules, start: int) -> Limit | None:
    """The promised limit: what the acceptance says, else the day it promises, else the matter's. 0 means none, but for
    cases done at once."""
    immediate = facts.kind == "immediate"
    if facts.promised is not None and (facts.promised.number or immediate):
        return facts.promised
    if facts.promised_at is not None and facts.promised_at >= start:
        return _until(facts.promised_at, start, rules.calendar)
    if rules.item.promised is not None:
        return rules.item.promised
    return rules.file.immediate if immediate else None


def _until(promised_at: int, start: int, calendar: Calendar) -> Limit:
    """The limit that a promised day is: in working days where it is one, so that pauses move it on as they do others."""
    first, last = day_of(start), day_of(promised_at)
    if calendar.works(last):
        return Limit(calendar.working_days(first + 1, last), Unit.WORKDAY)
    return Limit(last - first, Unit.DAY)


def stops_of(facts: CaseFacts, rules: Rules, which: Which) -> tuple[Stop, ...]:
    """What stops the clocks of that kind."""
    return tuple(stop for pause in facts.pauses for stop in _stop(pause, getattr(rules.file.stops, pause.kind), which))


def _stop(pause: Pause, rule: StopRule, which: Which) -> Iterator[Stop]:
    if which not in rule.stops:
        return
    limits = [limit for limit in (pause.limit, rule.at_most) if limit is not None and limit.number]
    why = "correction" if pause.kind == "correction" else f"pause {pause.seq} {pause.kind}"
    if len(limits) == 2:  # two limits of a pause may be in different units: whichever ends first
        by_rule = Stop(pause.start.at, pause.end.at if pause.end else None, why, limits[1])
        yield by_rule._replace(at_most=_sooner(pause.start.at, limits[0], limits[1]))
    else:
        yield Stop(pause.start.at, pause.end.at if pause.end else None, why, limits[0] if limits else None)


def _sooner(start: int, own: Limit, rule: Limit) -> Limit:
    plain = Calendar({})  # weekdays suffice to tell which of two limits is the shorter
    ends = {limit: Counting(limit, start, plain, Reckoning(30, 365)).due() or 0 for limit in (own, rule)}
    return min(ends, key=lambda limit: ends[limit])


def _steps(facts: CaseFacts, rules: Rules, start: int, ended: int | None) -> Iterator[CaseClock]:
    """A clock for every step done or in hand that has a limit. A step begins when its system says so, else when the
    one before it was done; in hand is the step told as pending, else the next of the flow."""
    limits = rules.item.steps or {}
    if not limits:
        return
    stops, reckoning = stops_of(facts, rules, "promised"), rules.file.reckoning("promised")
    done = [step for step in facts.steps if not step.pending]
    before = start
    for step in done:
        begun = step.begun if step.begun is not None else before
        before = max(before, step.at.at)
        if step.code in limits:
            yield CaseClock(STEP, Counting(limits[step.code], begun, rules.calendar, reckoning, stops), step.at.at, step.code)
    flow = list(limits)
    last = done[-1].code if done else ""
    waiting = [step.code for step in facts.steps if step.pending and step.at.at >= before]
    following = flow[flow.index(last) + 1:] if last in limits else flow if not done else []
    code = waiting[-1] if waiting else following[0] if following else ""
    if code in limits:
        yield CaseClock(STEP, Counting(limits[code], before, rules.calendar, reckoning, stops), ended, code)
