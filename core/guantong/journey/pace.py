"""Pace: a system that may be sent only so many deliveries a second."""

from __future__ import annotations


class Pace:
    """One system's pace, *rate* a second or without bound. Times are seconds on any steady clock the caller
    keeps to. What was not used is not saved up: there are no bursts."""

    def __init__(self, rate: float | None) -> None:
        self._whole = 1 / rate if rate else 0.0
        self._step = self._whole
        self._next = float("-inf")

    def divide(self, among: int) -> None:
        """The system hears from so many, each of whom keeps to its part."""
        self._step = self._whole * among

    def delay(self, now: float) -> float:
        """Seconds until the next may be sent (0: now)."""
        return max(0.0, self._next - now)

    def sending(self, now: float) -> None:
        """One is being sent."""
        self._next = max(now, self._next) + self._step
