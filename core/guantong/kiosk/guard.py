"""Against guessing: how often a kiosk may ask, and how often a case's password may be wrong. In memory and bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

MOST_WATCHED = 100_000
"""Case numbers whose wrong passwords are remembered; the oldest are forgotten first."""


@dataclass(slots=True)
class _Wrong:
    """Wrong passwords of one number since *since*."""

    since: float
    times: int = 0


@dataclass(slots=True)
class _Bucket:
    """What a kiosk may still ask: *left* queries at *at*."""

    left: float
    at: float


@dataclass(slots=True)
class Guard:
    """Times are seconds of any clock that does not go back. `tries` wrong passwords within `lock` seconds lock a number
    for as long, whether there is such a case or not; a kiosk asks `rate` times a second on average, `burst` at once."""

    tries: int
    lock: float
    rate: float
    burst: float
    _wrong: OrderedDict[bytes, _Wrong] = field(default_factory=OrderedDict)
    _kiosks: dict[str, _Bucket] = field(default_factory=dict)

    def wait_of_kiosk(self, kiosk: str, now: float) -> float:
        """0 and one query fewer left; or how many seconds the kiosk has to wait."""
        bucket = self._kiosks.setdefault(kiosk, _Bucket(self.burst, now))
        bucket.left, bucket.at = min(self.burst, bucket.left + (now - bucket.at) * self.rate), now
        if bucket.left < 1:
            return (1 - bucket.left) / self.rate
        bucket.left -= 1
        return 0

    def wait_of_case(self, number: bytes, now: float) -> float:
        """How many seconds this number (by its digest) is still locked; 0 where it is not."""
        wrong = self._wrong.get(number)
        if wrong is None:
            return 0
        left = wrong.since + self.lock - now
        if left <= 0:
            del self._wrong[number]
            return 0
        return left if wrong.times >= self.tries else 0

    def wrong(self, number: bytes, now: float) -> None:
        """The password was wrong, or there is no such case. The last try allowed begins the lock."""
        wrong = self._wrong.setdefault(number, _Wrong(now))
        self._wrong.move_to_end(number)
        wrong.times += 1
        if wrong.times == self.tries:
            wrong.since = now
        if len(self._wrong) > MOST_WATCHED:
            self._wrong.popitem(last=False)

    def right(self, number: bytes) -> None:
        """The password was right."""
        self._wrong.pop(number, None)
