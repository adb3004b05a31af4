"""When to try again: tenacity's waits and stops as pure functions of the attempt number.

Durable retries never loop in process: each attempt ends in a stored due time.
"""

from __future__ import annotations

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from guantong.config.policies import RetryPolicy

_NOBODY = Retrying()


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
