"""The two sides of a burst: who offers steps by the clock, and who notes when each one arrived.

Both are outside the hub: a server, a folder, a table; or a thread that plays the system at its other end.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from guantong_plugins.bench.sink import Arrivals

_TICK = 0.005  # seconds between looks at what is due
_LOOK = 0.01  # seconds between looks at what arrived


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered: `rate` steps a second, for `seconds`."""

    rate: float
    seconds: float

    @property
    def total(self) -> int:
        return max(1, round(self.rate * self.seconds))


@dataclass(frozen=True, slots=True)
class Sent:
    """What was offered: when each was due, by number from 1 (seconds of the steady clock), and how many were refused."""

    due: array[float]
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Setup:
    """How the hub reaches a side: what its system's entry says, and the variables with its secrets."""

    entry: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)


class Side(ABC):
    """One end of a burst."""

    setup: Setup

    def dropped(self, lost: int) -> int:  # noqa: ARG002 -- who asks nobody needs no number
        """Of the *lost*, how many a server in between says that it dropped after it had acknowledged them."""
        return 0


class Source(Side):
    """Offers steps to the hub."""

    @abstractmethod
    def begin(self, offer: Offer, door: int) -> None:
        """Begin to offer, to a hub whose doors are at this port."""

    @abstractmethod
    def sent(self) -> Sent | None:
        """What was offered, once all was. Raises what kept it from being."""


class Target(Side):
    """Takes what the hub sends."""

    @abstractmethod
    def arrived(self) -> Arrivals:
        """What arrived; nothing more is noted."""


class Clocked(Source):
    """A source that is a thread: `put` is called with the numbers that are due."""

    def __init__(self) -> None:
        self._sent: Sent | None = None
        self._error: BaseException | None = None

    @abstractmethod
    def put(self, numbers: Sequence[int]) -> None: ...

    def ended(self) -> None:
        """All were put: see to it that they left."""

    def begin(self, offer: Offer, door: int) -> None:  # noqa: ARG002 -- who is read from needs no door
        threading.Thread(target=self._run, args=(offer,), name="source", daemon=True).start()

    def sent(self) -> Sent | None:
        if self._error is not None:
            raise self._error
        return self._sent

    def _run(self, offer: Offer) -> None:
        due, done = array("d", (0.0,)), 0
        begin = monotonic()
        try:
            while done < offer.total:
                now = min(int((monotonic() - begin) * offer.rate) + 1, offer.total)
                if now > done:
                    due.extend(begin + number / offer.rate for number in range(done, now))
                    self.put(range(done + 1, now + 1))
                    done = now
                time.sleep(_TICK)
            self.ended()
        except BaseException as error:  # noqa: BLE001 -- told to who asks for what was sent
            self._error = error
        else:
            self._sent = Sent(due)


class Watched(Target):
    """A target that is looked at by a thread: `look` gives what is new there."""

    def __init__(self) -> None:
        self._arrivals = Arrivals()
        self._stopping = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="target", daemon=True)

    @abstractmethod
    def look(self) -> Iterable[bytes]: ...

    def watch(self) -> None:
        """Begin to look."""
        self._thread.start()

    def arrived(self) -> Arrivals:
        self._stopping.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._arrivals

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_LOOK):
                self._note()
            self._note()  # what came since
        except BaseException as error:  # noqa: BLE001 -- told to who asks for what arrived
            self._error = error

    def _note(self) -> None:
        for body in self.look():
            self._arrivals.note(body)
