"""When to try again: tenacity's waits and stops as pure functions of the attempt number.

Durable retries never loop in process: each attempt ends in a stored due time.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from pydantic_core import PydanticCustomError
from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from guantong.config.policies import RetryPolicy
from guantong.config.values import parse_duration

_NOBODY = Retrying()
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")
_MOST_TEXT = 64


def _state(attempt: int) -> RetryCallState:
    state = RetryCallState(_NOBODY, None, (), {})
    state.attempt_number = attempt
    return state


def wait_before(policy: RetryPolicy, attempt: int) -> float:
    """Seconds to wait after failed attempt number *attempt* (from 1): exponential with full jitter, but
    never under half the step, so that a struggling system is not hit at once."""
    wait = wait_random_exponential(multiplier=policy.first, max=policy.most, exp_base=policy.factor)
    ceiling = min(policy.most, policy.first * policy.factor ** min(attempt - 1, 64))
    return max(ceiling / 2, float(wait(_state(attempt))))


def is_last(policy: RetryPolicy, attempt: int, age: float) -> bool:
    """Whether no attempt follows number *attempt*, *age* seconds after acceptance."""
    return bool(stop_after_attempt(policy.attempts)(_state(attempt))) or age >= policy.window


def asked_wait(text: str, now: int) -> float:
    """Seconds that a target wants to be left alone, by what it said at *now* (milliseconds): seconds, `30s`, `5m`, or a
    date of HTTP (RFC 9110 §10.2.3). 0 for what is none of these."""
    text = text.strip()
    if not text or len(text) > _MOST_TEXT:
        return 0.0
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return float(parse_duration(text))
    except PydanticCustomError:
        return _until(text, now)


def _until(text: str, now: int) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now / 1000)
