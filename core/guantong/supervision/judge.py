"""Judging a case: from its facts to how its limits stand, which warnings it deserves and what is irregular. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guantong.clock import NEVER
from guantong.config.supervision import SupervisionFile
from guantong.supervision.calendar import Calendar
from guantong.supervision.clocks import CaseClock, Rules, clocks_of, rules_of, silence_ends
from guantong.supervision.compare import Warned, compare
from guantong.supervision.deadline import Clock, read_clock
from guantong.supervision.expected import Expected, expected_warnings
from guantong.supervision.facts import CaseFacts
from guantong.supervision.irregular import Irregularity, irregularities


@dataclass(frozen=True, slots=True)
class Judgement:
    """A case at one instant. `read` are `clocks` as they stand, one for one; `look_at`: when something of this may
    change though nothing more happens, `NEVER` where nothing will."""

    facts: CaseFacts
    clocks: tuple[CaseClock, ...]
    read: tuple[Clock, ...]
    expected: tuple[Expected, ...]
    warned: tuple[Warned, ...]
    irregular: tuple[Irregularity, ...]
    look_at: int

    @property
    def main(self) -> Clock | None:
        """The clock a case is known by: the promise, else the legal limit."""
        return next((state for clock, state in zip(self.clocks, self.read, strict=True) if not clock.step), None)


def judge(facts: CaseFacts, file: SupervisionFile, calendar: Calendar, now: int) -> Judgement:
    """The case of *facts* at the instant *now*."""
    rules = rules_of(facts, file, calendar)
    clocks = clocks_of(facts, rules, now)
    read = [read_clock(clock.counting, now, clock.ended) for clock in clocks]
    expected = expected_warnings(facts, clocks, rules)
    warned = compare(expected, facts, clocks, rules, now)
    irregular = irregularities(facts, clocks, read, warned, rules, now)
    return Judgement(facts, tuple(clocks), tuple(read), tuple(expected), tuple(warned), tuple(irregular),
                     _next_look(facts, expected, warned, read, rules, now))


def _next_look(facts: CaseFacts, expected: Iterable[Expected], warned: Iterable[Warned], read: Iterable[Clock],
               rules: Rules, now: int) -> int:
    grace = round(rules.file.received_within * 1000)
    moments = [moment for one in expected for moment in (one.at, one.at + grace)]
    moments += [one.reply_by + 1 for one in warned if one.reply_by is not None]
    moments += [clock.due + 1 for clock in read if clock.due is not None and facts.ended is None]
    until = silence_ends(facts, rules)
    if until is not None and facts.answered is None:
        moments.append(until + 1)
    return min((moment for moment in moments if moment > now), default=NEVER)
