"""Circuit breaker: a system that fails again and again is left alone, but for one probe at a time."""

from __future__ import annotations

from enum import StrEnum

from guantong.config.policies import BreakerPolicy


class Circuit(StrEnum):
    """CLOSED: all is sent. OPEN: nothing is sent until the next probe is due. HALF_OPEN: one probe is out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """One system's circuit. Times are seconds on any steady clock the caller keeps to."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._failures = 0
        self._probe_at = 0.0
        self.circuit = Circuit.CLOSED

    def delay(self, now: float) -> float | None:
        """Seconds until something may be sent (0: now), or None while a probe is out."""
        if self.circuit is Circuit.CLOSED:
            return 0.0
        if self.circuit is Circuit.HALF_OPEN:
            return None
        return max(0.0, self._probe_at - now)

    def sending(self) -> None:
        """Something is being sent: if the circuit was open, it is the probe."""
        if self.circuit is Circuit.OPEN:
            self.circuit = Circuit.HALF_OPEN

    def unspoken(self) -> None:
        """What was to be sent was not, for a reason of ours: if it was the probe, another may go at once."""
        if self.circuit is Circuit.HALF_OPEN:
            self.circuit = Circuit.OPEN

    def succeeded(self) -> bool:
        """The system answered. True when this closes the circuit (it is back)."""
        back = self.circuit is not Circuit.CLOSED
        self.circuit = Circuit.CLOSED
        self._failures = 0
        return back

    def failed(self, now: float) -> bool:
        """The system did not answer, or only to say it cannot. True when this opens the circuit (it is lost)."""
        self._failures += 1
        lost = self.circuit is Circuit.CLOSED and self._failures >= self._policy.after
        if lost or self.circuit is not Circuit.CLOSED:
            self.circuit = Circuit.OPEN
            self._probe_at = now + self._policy.probe
        return lost
