"""Messages that are accepted for a while, and once."""

from __future__ import annotations

import heapq
import threading
from datetime import UTC, datetime

from guantong_adapters.soap.security.codes import OUT_OF_TIME, REPLAYED
from guantong_adapters.soap.security.refusal import insecure, malformed

MOST = 200_000
"""Messages that are remembered at once: beyond them, none is taken until the oldest are out of time."""


def told(moment: float) -> str:
    """A time as messages say it, in UTC to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Freshness:
    """Holds messages to a window of *window* seconds after they were made; *skew* seconds may lie between the clocks. What was
    taken is forgotten with the process: ACCEPT knows a record it has, whenever that came."""

    def __init__(self, window: float, skew: float) -> None:
        self._window, self._skew = window, skew
        self._seen: set[bytes] = set()
        self._ends: list[tuple[float, bytes]] = []
        self._lock = threading.Lock()

    def hold(self, created: str, now: float, expires: str | None = None) -> None:
        """Refuse a message made at *created* that is out of time. Raises `Refused`."""
        made = _moment(created)
        late = made + self._window + self._skew < now
        ended = expires is not None and _moment(expires) + self._skew < now
        if late or ended or made - self._skew > now:
            found = f"{created[:40]}" + (f" … {expires[:40]}" if expires else "")
            raise insecure(OUT_OF_TIME, "MessageExpired", found=found, now=told(now), window=f"{self._window:g}", skew=f"{self._skew:g}")

    def take(self, mark: bytes, now: float) -> None:
        """Take a message that carries *mark*, once. Raises `Refused`."""
        with self._lock:
            while self._ends and self._ends[0][0] < now:
                self._seen.discard(heapq.heappop(self._ends)[1])
            if mark in self._seen or len(self._seen) >= MOST:
                raise insecure(REPLAYED, "FailedCheck")
            self._seen.add(mark)
            heapq.heappush(self._ends, (now + self._window + 2 * self._skew, mark))


def _moment(text: str) -> float:
    try:
        found = datetime.fromisoformat(text.strip()[:40])
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise malformed("a time is no xsd:dateTime", "时间不是 xsd:dateTime") from None
