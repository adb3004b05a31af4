"""Comparing the warnings a case deserves with those that supervision raised. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from guantong.supervision.clocks import CaseClock, Rules
from guantong.supervision.expected import PRE_ALERT, RED, REPLY, YELLOW, Expected, reply_due
from guantong.supervision.facts import Alert, CaseFacts

LEVELS = (PRE_ALERT, YELLOW, RED)


class Verdict(StrEnum):
    """How what we expected and what came agree."""

    AGREES = "agrees"
    PENDING = "pending"
    MISSING = "missing"
    UNDESERVED = "undeserved"
    WITHDRAWN = "withdrawn"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning of a case: raised, expected, or both. `reply_by`: until when a card is to be answered."""

    level: str
    verdict: Verdict
    expected: Expected | None = None
    alert: Alert | None = None
    reply_by: int | None = None

    @property
    def identity(self) -> str:
        """What tells it from others of its case: the number of the warning, or the level that is missing."""
        return f"no {self.alert.no}" if self.alert else f"expected {self.level}"


def compare(expected: Sequence[Expected], facts: CaseFacts, clocks: Sequence[CaseClock], rules: Rules, now: int
            ) -> list[Warned]:
    """Every warning raised, with whether it was deserved; and every level deserved by *now* that was not raised. A level
    is deserved from the earliest time on that any clock says so; that nobody answered a card that was not deserved deserves none. Its cards may come a little early (`received_within`).
    Without a clock of ours (no acceptance came, no limit is known) nothing is judged."""
    grace = round(rules.file.received_within * 1000)
    deserved = {level: min((one for one in expected if one.level == level), default=None) for level in LEVELS}
    judged = bool(clocks) and not facts.backfilled and rules.item.watched
    found = [_raised(alert, deserved.get(alert.level), judged, rules, grace) for alert in facts.alerts.values()]
    came = {one.level for one in found if one.verdict is Verdict.AGREES}
    wrong = {one.alert.no for one in found if one.alert is not None and one.verdict is Verdict.UNDESERVED}
    missed = [one for one in expected if one.clock != REPLY or one.about not in wrong]  # who need not have a card need not answer it
    for level in LEVELS:
        one = min((other for other in missed if other.level == level), default=None)
        if one is not None and one.at <= now and level not in came:
            verdict = Verdict.PENDING if now < one.at + grace else Verdict.MISSING
            found.append(Warned(level, verdict, one))
    return found


def _raised(alert: Alert, deserved: Expected | None, judged: bool, rules: Rules, grace: int) -> Warned:
    reply_by = reply_due(alert, rules)
    if alert.level not in LEVELS or not judged:
        return Warned(alert.level, Verdict.NOT_JUDGED, None, alert, reply_by)
    if deserved is not None and deserved.at <= alert.raised.at + grace:
        return Warned(alert.level, Verdict.AGREES, deserved, alert, reply_by)
    verdict = Verdict.WITHDRAWN if alert.withdrawn else Verdict.UNDESERVED
    return Warned(alert.level, verdict, deserved, alert, reply_by)


def owes_reply(one: Warned, now: int) -> bool:
    """Whether the department has let the reply limit of this card pass."""
    alert = one.alert
    return (alert is not None and one.reply_by is not None and now > one.reply_by and alert.replied is None
            and alert.withdrawn is None)
