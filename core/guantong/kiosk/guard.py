"""Against guessing: how often a kiosk may ask, and how often passwords may be wrong.

Wrong passwords are counted of each case at each kiosk, so that who guesses at one shuts nobody out at another; of each
case at all kiosks; of each kiosk over all numbers, so that trying one password on many numbers leads nowhere; and of
all kiosks together. The counts lie in the store, changed in the transaction of the query's journal line: they survive a
restart, hold for every process, and are as many as wrong passwords within `lock`, which the last two bound.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from guantong.kiosk.kept import KeepsTries, Tried
from guantong.vault import Vault


class Answer(StrEnum):
    """How a query is answered: the words of the journal."""

    TOLD = "told"
    NOT_FOUND = "not_found"
    LOCKED = "locked"
    """Said to be: by the number, or by the kiosk."""
    CASE_LOCKED = "case_locked"
    """Answered as `not_found`: to say that the case is locked where its other number was guessed at would tell that
    the two are one case's."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How many wrong passwords within `lock` seconds lock for as long: of one case at one kiosk (`here`), of one case
    anywhere (`of_case`), of one kiosk (`of_kiosk`). Beyond `in_all` of all kiosks, each has but `here`."""

    here: int
    of_case: int
    of_kiosk: int
    in_all: int
    lock: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it counts: at which kiosk, by which number (as it is kept), and the subjects that number points to."""

    kiosk: str
    number: str
    subjects: Collection[int]


class Guard:
    """Judges queries by what was counted. Times are UTC milliseconds."""

    def __init__(self, tries: Tries, vault: Vault) -> None:
        self._tries = tries
        self._vault = vault

    def judge(self, tx: KeepsTries, now: int, asked: Asked, *, right: bool) -> tuple[Answer, float]:
        """How to answer a query whose password is *right* or not, and for how many seconds it is locked (0: it is
        not). What was wrong is counted; what is right forgets the wrong ones of this case at this kiosk."""
        tries, lock = self._tries, int(self._tries.lock * 1000)
        counts = _Counts(tx, now, lock)
        in_all, kiosk = self._key("all"), self._key("kiosk", asked.kiosk)
        of_kiosk = tries.here if counts.times(in_all) >= tries.in_all else tries.of_kiosk
        at_number, number = self._key("at number", asked.kiosk, asked.number), self._key("number", asked.number)
        at_cases = [self._key("at case", asked.kiosk, str(one)) for one in asked.subjects]
        cases = [self._key("case", str(one)) for one in asked.subjects]
        limits = [*((key, tries.here) for key in at_cases), *((key, tries.of_case) for key in cases)]
        # Each is asked, whatever the others say: after a clock was set back all of them begin their time now, not one after the other.
        locked = max((counts.left(key, most) for key, most in limits), default=0) > 0
        wait = max(counts.left(kiosk, of_kiosk), counts.left(at_number, tries.here), counts.left(number, tries.of_case))
        if wait > 0:
            return Answer.LOCKED, wait / 1000
        if right and not locked:
            for key in (at_number, *at_cases):
                tx.forget_tried(key)
            return Answer.TOLD, 0
        tx.forget_tried_before(now - lock)
        counts.wrong(at_number, tries.here)
        counts.wrong(number, tries.of_case)
        counts.wrong(kiosk, of_kiosk)
        counts.wrong(in_all, tries.in_all)
        for key, most in limits if not locked else ():
            counts.wrong(key, most)
        return Answer.CASE_LOCKED if locked else Answer.NOT_FOUND, 0

    def _key(self, *parts: str) -> bytes:
        return self._vault.digest("\0".join(parts).encode("utf-8", "surrogatepass"))


class _Counts:
    """The counts as they stand *now*. What began within the last `lock` milliseconds counts; of a clock that was set
    back, what began later begins now."""

    def __init__(self, tx: KeepsTries, now: int, lock: int) -> None:
        self._tx = tx
        self._now = now
        self._lock = lock

    def times(self, key: bytes) -> int:
        found = self._found(key)
        return found.times if found is not None else 0

    def left(self, key: bytes, most: int) -> int:
        """For how many milliseconds *key* is locked."""
        found = self._found(key)
        return found.since + self._lock - self._now if found is not None and found.times >= most else 0

    def wrong(self, key: bytes, most: int) -> None:
        """One more. The last allowed begins the lock."""
        found = self._found(key) or Tried(self._now, 0)
        times = found.times + 1
        self._tx.set_tried(key, Tried(self._now if times == most else found.since, times))

    def _found(self, key: bytes) -> Tried | None:
        found = self._tx.tried(key)
        if found is None or found.since + self._lock <= self._now:
            return None
        if found.since > self._now:
            found = found._replace(since=self._now)
            self._tx.set_tried(key, found)
        return found


@dataclass(slots=True)
class _Bucket:
    """What a kiosk may still ask: *left* queries at *at*."""

    left: float
    at: float


@dataclass(slots=True)
class Pace:
    """A kiosk asks `rate` times a second on average, `burst` at once. Times are seconds of any clock that does not go
    back. In memory: there are as many as kiosks have keys."""

    rate: float
    burst: float
    _kiosks: dict[str, _Bucket] = field(default_factory=dict)

    def wait(self, kiosk: str, now: float) -> float:
        """0 and one query fewer left; or how many seconds the kiosk has to wait."""
        bucket = self._kiosks.setdefault(kiosk, _Bucket(self.burst, now))
        bucket.left, bucket.at = min(self.burst, bucket.left + (now - bucket.at) * self.rate), now
        if bucket.left < 1:
            return (1 - bucket.left) / self.rate
        bucket.left -= 1
        return 0
