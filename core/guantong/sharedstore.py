"""What a store that several processes share keeps of them: a part of `Transaction` and `Reader` in `guantong.store`.

Each process is a *worker*. Its lease runs while it is renewed, by the store's own clock; one that ran out means that the
worker is dead. What a worker has in hand it has *claimed*: nobody else touches it until it is let go, or its worker is
dead. A *duty* is what one worker at a time does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol

if TYPE_CHECKING:
    from guantong.store import DeliveryRow

ANYTHING = "*"
"""Heard in place of the targets that have something new: there may be some for each."""
HOLDS = "#holds"
"""Heard when an operator held or released something."""


RELOAD = "#reload"
"""Heard when a process took up changed mappings, sites or matters."""
TAKEN = frozenset({"mappings_taken", "sites_taken", "matters_taken"})
"""Lines of the journal that say so."""


class NotShared(Exception):
    """One process has this store to itself: there is nothing to claim, and nobody to claim it from."""


class Enlisted(NamedTuple):
    """What a worker says of itself. `name` tells its home and role: of two with the same name the older has ended. `keys`
    tells keys apart; `lines`: whether it sends."""

    name: str
    role: str
    host: str
    pid: int
    lines: bool
    keys: str


class Worker(NamedTuple):
    """A worker as the store has it. Times are UTC milliseconds by the store's clock; `silent` is how long ago it renewed
    its lease, `live` whether that runs."""

    id: int
    told: Enlisted
    started_at: int
    silent: int
    live: bool
    claims: int = 0
    duties: Sequence[str] = ()


class Pulse(NamedTuple):
    """What a worker learns when it renews its lease: whether it had run out and others took over what was in hand
    (`lapsed`), its `duties`, and all workers that have not ended."""

    lapsed: bool
    duties: frozenset[str]
    workers: Sequence[Worker]


class StrayClaim(NamedTuple):
    """A claim that should not be: of a worker that ended, or on a delivery that nobody can have in hand; or, with worker 0, an
    attempt under way that nobody claims."""

    delivery: int
    state: str
    worker: int


class KeepsWorkers(Protocol):
    """The part of a transaction that knows who does what. Where one process has the store to itself, everything is its own."""

    def is_mine(self, delivery: int) -> bool:
        """Whether an unfinished delivery is claimed by this worker."""
        ...

    def is_elsewhere(self, delivery: int) -> bool:
        """Whether it is claimed by another worker that lives."""
        ...

    def claim(self, target: str, now: int, most: int, besides: Collection[int]) -> list[DeliveryRow]:
        """Claim what *target* has to do at *now*, soonest due first, what is low last; with it what was claimed before, but
        for *besides*, which are at hand."""
        ...

    def let_go(self, deliveries: Sequence[int]) -> None:
        """End this worker's claims on deliveries that have not been attempted."""
        ...

    def enlist(self, told: Enlisted) -> list[Worker]:
        """Say who this worker is; the others that have not ended."""
        ...

    def beat(self, wanted: Collection[str]) -> Pulse:
        """Renew the lease, and take those of the *wanted* duties that nobody has."""
        ...

    def bury(self, worker: int, *, surely: bool = False) -> bool:
        """Note that a worker is dead; False where its lease runs after all, unless it is *surely* dead, or this one."""
        ...

    def left_by(self, worker: int) -> list[DeliveryRow]:
        """Attempts that a worker had under way (0: nobody who is known)."""
        ...

    def free(self, worker: int) -> int:
        """End all claims and duties of a worker; how many claims."""
        ...

    def bring_forward(self, target: str, latest: int) -> None:
        """What *target* has to do is due by *latest*, unless it waits for a person."""
        ...


class Alone:
    """`KeepsWorkers` of a store that one process has to itself."""

    def is_mine(self, delivery: int) -> bool:  # noqa: ARG002 -- whichever it is
        return True

    def is_elsewhere(self, delivery: int) -> bool:  # noqa: ARG002 -- whichever it is
        return False

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotShared

    claim = let_go = enlist = beat = bury = left_by = free = bring_forward = _refuse


class ReadsWorkers(Protocol):
    """The part of a reader that knows who does what."""

    def workers(self) -> list[Worker]:
        """Those that have not ended, by id; of a store that is not shared none."""
        ...

    def due_targets(self, targets: Sequence[str], now: int) -> list[str]:
        """Those of *targets* that have something to do at *now* which nobody has claimed."""
        ...

    def stray_claims(self, limit: int) -> list[StrayClaim]:
        """Claims that should not be."""
        ...


class NoWorkers:
    """`ReadsWorkers` of a store that one process has to itself."""

    def workers(self) -> list[Worker]:
        return []

    def due_targets(self, targets: Sequence[str], now: int) -> list[str]:  # noqa: ARG002 -- nobody claims anything
        return []

    def stray_claims(self, limit: int) -> list[StrayClaim]:  # noqa: ARG002 -- nobody claims anything
        return []


class Sharing(Protocol):
    """What a store offers to processes that share it."""

    @property
    def worker(self) -> int:
        """The number of this process among them."""
        ...

    @property
    def lease(self) -> float:
        """Seconds after which a worker that did not renew its lease is dead."""
        ...

    def listen(self, heard: Callable[[Sequence[str]], None]) -> None:
        """From now on tell *heard*, on the loop that opened the store, what other processes tell: targets that have
        something new to do, `ANYTHING`, `HOLDS` or `RELOAD`. What may have been missed is told as all of these."""
        ...
