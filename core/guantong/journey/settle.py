"""Settling: what follows from a judgement, by the target's policy. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from guantong.clock import NEVER
from guantong.config.configuration import System
from guantong.config.reply import Meaning
from guantong.journey.codes import (
    FAILED_FOR_NOW,
    GAVE_UP,
    NO_KNOWN_END,
    REFUSED_BY_TARGET,
)
from guantong.journey.judge import Judgement
from guantong.journey.ready import Ready
from guantong.journey.retry import asked_wait, is_last, wait_before
from guantong.journey.states import DeliveryState
from guantong.mapping.codes import WAITS_FOR_ROW
from guantong.problems import Code, Problem

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Outcome(NamedTuple):
    """How one turn of a delivery ended. `attempts` counts what may have reached the target; `settled` says
    that an unknown end became known."""

    state: DeliveryState
    due: int
    attempts: int
    problem: Problem | None = None
    settled: bool = False
    joined: Mapping[str, Any] = NOTHING
    """Of one that goes with another's record: what the journal says of it."""

    @property
    def waits_for_row(self) -> bool:
        """Whether it waits for a row of a code table: until somebody adds it, whenever that is."""
        return self.problem is not None and self.problem.code is WAITS_FOR_ROW

    @property
    def code(self) -> str:
        return self.problem.code.id if self.problem else ""

    @property
    def reason(self) -> str:
        """For a clerk: in Chinese, with what to do."""
        if self.problem is None:
            return ""
        return "；".join(part for part in (self.problem.message("zh"), self.problem.hint("zh")) if part)


def settle(judgement: Judgement, system: System, ready: Ready, now: int, age: int) -> Outcome:
    """The outcome of an attempt that just ended with *judgement*, *age* milliseconds after acceptance."""
    attempts = ready.attempts + 1
    meaning = judgement.meaning
    if meaning in (Meaning.SUCCESS, Meaning.DUPLICATE):
        return Outcome(_taken(system), now, attempts)
    if meaning is Meaning.PERMANENT:
        return Outcome(DeliveryState.DEAD, now, attempts, _problem(REFUSED_BY_TARGET, system, ready, judgement))
    if not judgement.sent:
        # Nothing left us: it is no attempt, and only time ends the waiting.
        if age >= system.delivery.retry.window * 1000:
            return Outcome(DeliveryState.DEAD, now, ready.attempts, _problem(GAVE_UP, system, ready, judgement))
        return _again(judgement, system, ready, now, ready.attempts)
    if meaning is Meaning.UNKNOWN and system.delivery.unknown != "retry":
        asks = system.delivery.unknown == "query"
        due = now + _wait(system, attempts) if asks else NEVER
        problem = _problem(NO_KNOWN_END, system, ready, judgement)
        return Outcome(DeliveryState.UNKNOWN, due, attempts, problem)
    if is_last(system.delivery.retry, attempts, age / 1000):
        problem = _problem(GAVE_UP, system, ready, judgement, attempts=attempts)
        return Outcome(DeliveryState.DEAD, now, attempts, problem)
    return _again(judgement, system, ready, now, attempts)


def settle_query(judgement: Judgement, system: System, ready: Ready, now: int, age: int) -> Outcome:
    """The outcome of asking the target whether an attempt took effect (`unknown: query`), *age* milliseconds after acceptance."""
    if judgement.meaning in (Meaning.SUCCESS, Meaning.DUPLICATE):
        return Outcome(_taken(system), now, ready.attempts, settled=True)
    if judgement.meaning is Meaning.PERMANENT:
        # The target does not know it: it did not take effect, and is sent again.
        if is_last(system.delivery.retry, ready.attempts, age / 1000):
            problem = _problem(GAVE_UP, system, ready, judgement)
            return Outcome(DeliveryState.DEAD, now, ready.attempts, problem, settled=True)
        return Outcome(DeliveryState.WAITING, now, ready.attempts, settled=True)
    problem = _problem(NO_KNOWN_END, system, ready, judgement)
    if age >= system.delivery.retry.window * 1000:
        return Outcome(DeliveryState.UNKNOWN, NEVER, ready.attempts, problem)
    return Outcome(DeliveryState.UNKNOWN, now + _wait(system, ready.attempts), ready.attempts, problem)


def died(ready: Ready, problem: Problem, now: int) -> Outcome:
    """It cannot be sent as it is: a person is needed."""
    return Outcome(DeliveryState.DEAD, now, ready.attempts, problem)


def unsent(system: System, ready: Ready, now: int) -> Outcome:
    """The outcome of a turn in shadow: mapped, encoded, and not sent. What an attempt before left unknown stays so, for a
    person to look up: the target is left alone."""
    if ready.state is not DeliveryState.UNKNOWN:
        return Outcome(DeliveryState.SHADOWED, now, ready.attempts)
    problem = _problem(NO_KNOWN_END, system, ready, Judgement(
        Meaning.UNKNOWN, "in shadow nobody is asked", reason_zh="并行试运行期间不询问对方"))
    return Outcome(DeliveryState.UNKNOWN, NEVER, ready.attempts, problem)


def _taken(system: System) -> DeliveryState:
    return DeliveryState.CONFIRMED if system.receipt.by in ("none", "reply") else DeliveryState.SENT


def _again(judgement: Judgement, system: System, ready: Ready, now: int, attempts: int) -> Outcome:
    problem = _problem(FAILED_FOR_NOW, system, ready, judgement)
    wait = _wait(system, max(attempts, 1))
    if judgement.wait:
        wait = max(wait, int(min(asked_wait(judgement.wait, now), system.delivery.retry.longest) * 1000))
    return Outcome(DeliveryState.RETRYING, now + wait, attempts, problem)


def _wait(system: System, attempt: int) -> int:
    return int(wait_before(system.delivery.retry, attempt) * 1000)


def _problem(code: Code, system: System, ready: Ready, judgement: Judgement, **more: Any) -> Problem:
    details: Mapping[str, Any] = {
        "target": system.id, "answer": judgement.why("en"), "answer_zh": judgement.why("zh"),
        "delivery": ready.delivery, "attempts": ready.attempts, **more,
    }
    return Problem(code, details=details)
