"""What a store is: where messages, deliveries, links and the journal are durably kept.

A store runs *work*: a plain function of one `Transaction`. Work is pure but for the transaction (it may be run again when its group
fails), does no I/O and no mapping, and is short. `write` returns when the group that holds the work is durable (fsync). Policy stays
in the core: a transaction only finds and puts. Times are UTC milliseconds; `body` is always sealed by the vault before it gets here.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

from guantong.backfillstore import KeepsBackfills, ReadsBackfills
from guantong.finding import FindingKind
from guantong.findingstore import KeepsFindings, ReadsFindings
from guantong.holdstore import KeepsHolds, ReadsHolds
from guantong.journey.states import DeliveryState, MessageState
from guantong.kiosk.kept import KeepsTries
from guantong.lookupstore import KeepsLookups, ReadsLookups
from guantong.opencases import CasesAsked, SomeCases
from guantong.openstore import ReadsOpen
from guantong.problems import Problem
from guantong.proofstore import KeepsProof, ReadsProof
from guantong.reconcilestore import KeepsReconciliations, ReadsBooks
from guantong.retentionstore import KeepsHeld, ReadsHeld
from guantong.sharedstore import KeepsWorkers, ReadsWorkers, Sharing
from guantong.supervision.kept import KeepsWatch, ReadsWatch
from guantong.surveystore import ReadsSurvey
from guantong.turnstore import TellsTurns

T = TypeVar("T")


class StoreFailed(Exception):
    """The store cannot take work now (disk full, read-only, I/O error). Nothing of the work was kept."""


class StoreRefused(Exception):
    """The store cannot be opened as configured: the text names the setting and the remedy, `problem` says it in both
    languages, where it has a code. `empty`: there is nothing that could be read, because nothing was kept there yet."""

    def __init__(self, told: str | Problem, *, empty: bool = False) -> None:
        super().__init__(told if isinstance(told, str) else told.line())
        self.problem, self.empty = None if isinstance(told, str) else told, empty


class Serial(NamedTuple):
    """A number that points to a subject. `scope` is "" for numbers valid everywhere, else a system id."""

    scope: str
    kind: str
    number: str


class Known(NamedTuple):
    """The newest version known of one event identity, the digest of its content, and where it is kept."""

    version: int
    digest: bytes
    event: int


@dataclass(slots=True)
class NewMessage:
    """A record to keep."""

    system: str
    at: int
    kind: str
    state: MessageState
    body: bytes
    charset: str = ""
    ref: str = ""
    code: str = ""
    reason: str = ""
    backfill: int = 0


@dataclass(slots=True)
class NewEvent:
    """A canonical event to keep. `plan` names the mapping version, `fired` which of its fallbacks ran; `occurred`
    is when it happened, as it was told (a time with its offset, or a day), "" where it was not."""

    message: int
    subject: int
    name: str
    version: int
    key: bytes
    digest: bytes
    plan: str
    fired: int
    body: bytes
    held_back: bool = False
    occurred: str = ""


class SiteSeen(NamedTuple):
    """A site that cases named: its code, and when that was first and last (UTC milliseconds)."""

    site: str
    first_at: int
    last_at: int


class SiteWork(NamedTuple):
    """How many cases were handled at a site in one way ("": none was told)."""

    site: str
    way: str
    cases: int


class Happening(NamedTuple):
    """One event of a subject, without its content: enough to see what is missing and in what order things were."""

    event: int
    name: str
    key: bytes
    version: int
    occurred: str


@dataclass(slots=True)
class DeliveryRow:
    """One delivery as the store holds it. `body` is what was sent (sealed), once attempted."""

    id: int
    event: int
    subject: int
    target: str
    name: str
    state: DeliveryState
    due: int
    attempts: int
    accepted_at: int
    body: bytes | None = None
    kind: str = ""
    reason: str = ""
    code: str = ""
    passes: bool = False
    low: bool = False


@dataclass(slots=True)
class EventRow:
    """One kept event."""

    id: int
    message: int
    subject: int
    name: str
    version: int
    key: bytes
    digest: bytes
    plan: str
    fired: int
    body: bytes
    held_back: bool


@dataclass(slots=True)
class MessageRow:
    """One kept message; `body` is the sealed record."""

    id: int
    system: str
    at: int
    kind: str
    state: MessageState
    body: bytes
    charset: str
    ref: str
    code: str
    reason: str
    backfill: int = 0


@dataclass(slots=True)
class Entry:
    """One line of the journal (交换日志). `detail` holds facts, never a business value."""

    at: int
    what: str
    subject: int = 0
    message: int = 0
    delivery: int = 0
    system: str = ""
    actor: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EntryRow(Entry):
    """A journal line as kept: `id`, and `previous`, its predecessor for the same subject (0: the first)."""

    id: int = 0
    previous: int = 0


@dataclass(slots=True)
class NewFinding:
    """Something odd to keep (疑点). `identity` tells it from others of its kind and subject; `region` is that of what
    it is about; `detail` holds facts, never a person's data."""

    kind: FindingKind
    at: int
    subject: int = 0
    identity: str = ""
    system: str = ""
    region: str = ""
    message: int = 0
    delivery: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class FindingRow:
    """A finding as kept. `settled_at` is 0 while it is open; then `settled_by` says who settled it, and `why`."""

    id: int
    kind: str
    ordinary: bool
    at: int
    subject: int
    identity: str
    system: str
    region: str
    message: int
    delivery: int
    detail: Mapping[str, Any]
    settled_at: int
    settled_by: str
    why: str


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings are meant. Empty texts and 0 mean any; `region` is what a region begins with. Without a `kind`
    those of ordinary kinds are left out unless `ordinary`."""

    kind: str = ""
    system: str = ""
    region: str = ""
    since: int = 0
    settled: bool = False
    ordinary: bool = False


class Transaction(KeepsFindings, KeepsBackfills, KeepsWatch, KeepsHolds, KeepsTries, KeepsLookups, KeepsHeld, TellsTurns, KeepsWorkers, KeepsProof, KeepsReconciliations, Protocol):
    """What work may do. Every method is a small, indexed statement."""

    def find_subjects(self, serials: Sequence[Serial]) -> list[int]:
        """The distinct subjects these serials point to, oldest first."""
        ...

    def add_subject(self, kind: str) -> int: ...

    def link(self, serial: Serial, subject: int) -> bool:
        """Point *serial* to *subject*; False when it already points there."""
        ...

    def merge(self, older: int, younger: int) -> int:
        """Move everything of *younger* under *older*: serials, events, deliveries, identities, findings (of two that are the
        same, the older subject's stays). Returns the younger's newest journal line, for the line that joins the two chains."""
        ...

    def known(self, subject: int, key: bytes) -> Known | None: ...

    def remember(self, subject: int, key: bytes, known: Known) -> None: ...

    def add_message(self, message: NewMessage) -> int: ...

    def message(self, message: int) -> MessageRow | None: ...

    def refer(self, message: int, blobs: Sequence[str]) -> None:
        """Count *message* among those that need the blobs of these names; again, it counts once."""
        ...

    def set_message(self, message: int, state: MessageState, code: str, reason: str) -> None: ...

    def tell_matter(self, event: int) -> None:
        """Have an event taken into the catalogue of matters."""
        ...

    def matters_taken(self, events: Sequence[int]) -> None:
        """These events are in the catalogue, or never will be."""
        ...

    def keep_with(self, message: int, body: bytes) -> None:
        """Keep a message's record as *body*: the same bytes, with contents that were fetched for it later."""
        ...

    def add_event(self, event: NewEvent) -> int: ...

    def event(self, event: int) -> EventRow | None: ...

    def events_of_message(self, message: int) -> list[EventRow]: ...

    def release_event(self, event: int) -> None:
        """Take back `held_back` from an event a person decided for."""
        ...

    def add_delivery(self, event: int, subject: int, target: str, name: str, state: DeliveryState, at: int, passes: bool, *,
                     low: bool = False) -> int:
        """`passes`: should it die, it blocks no one behind it (`after_dead: pass`); `low`: others go before it."""
        ...

    def delivery(self, delivery: int) -> DeliveryRow | None: ...

    def standing(self, delivery: int) -> tuple[DeliveryState, int] | None:
        """A delivery's state and subject now (another transaction may have merged subjects)."""
        ...

    def deliveries_of(self, event: int) -> list[DeliveryRow]: ...

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]:
        """Every delivery of the subject's events, oldest first."""
        ...

    def line_is_busy(self, subject: int, target: str) -> bool:
        """Whether a delivery of this subject and target is in one of the `BLOCKING` states."""
        ...

    def first_in_line(self, subject: int, target: str) -> DeliveryRow | None:
        """The oldest delivery of this subject and target that is in one of the `BLOCKING` states."""
        ...

    def lines_of(self, subject: int) -> list[DeliveryRow]:
        """Every delivery of the subject in a `BLOCKING` state, by target, oldest first."""
        ...

    def move(self, delivery: int, state: DeliveryState, *, at: int, due: int, attempts: int, code: str = "",
             reason: str = "", body: bytes | None = None, kind: str = "", turn_over: bool = False) -> None:
        """Put a delivery into *state*; a None body keeps its own. A claim ends where its *turn* is *over*, or with a new state but `sending`."""
        ...

    def open_of_subject(self, subject: int, due_after: int) -> list[int]:
        """Deliveries of the subject that wait for a time later than *due_after*."""
        ...

    def note(self, entry: Entry) -> int:
        """Append to the journal, chained to the predecessor of the same subject."""
        ...

    def handled_at(self, site: str, subject: int, way: str, at: int) -> None:
        """Remember that the case *subject* was handled at *site*, a code; once for each. The first *way* that is told stays."""
        ...

    def set_cursor(self, system: str, cursor: str) -> None: ...

    def parties(self, subject: int) -> list[str]:
        """The systems that told of this subject or were sent its events, in the order of the first such event; who was
        only sent warnings (`alert.…`) comes last: nobody may have known yet whose they are."""
        ...

    def happened(self, subject: int, most: int | None = None) -> list[Happening]:
        """The subject's events that nobody holds back, oldest first, and no more than *most* of them."""
        ...


class Reader(ReadsFindings, ReadsBackfills, ReadsWatch, ReadsHolds, ReadsOpen, ReadsSurvey, ReadsLookups, ReadsHeld, ReadsWorkers, ReadsProof, ReadsBooks, Protocol):
    """Reads of committed state. Never blocks a writer."""

    def delivery(self, delivery: int) -> DeliveryRow | None: ...

    def event(self, event: int) -> EventRow | None: ...

    def message(self, message: int) -> MessageRow | None: ...

    def due(self, target: str, limit: int) -> list[DeliveryRow]:
        """Deliveries of *target* that are waiting, retrying or unknown, soonest due first, but for those that are due `NEVER`."""
        ...

    def awaiting(self, target: str, since: int, limit: int, after: int = 0) -> list[DeliveryRow]:
        """Deliveries of *target* that wait until *since* or later (until somebody acts: `NEVER`), with an id above *after*, by id."""
        ...

    def in_state(self, state: DeliveryState, target: str | None = None, limit: int = 1000, after: int = 0) -> list[DeliveryRow]:
        """Deliveries in one state that is worth a list (`blocked`, `sending`, `unknown`, `dead`, `sent`) with an id above *after*."""
        ...

    def shadowed(self, target: str, limit: int = 1000, after: int = 0) -> list[DeliveryRow]:
        """Deliveries of *target* that ended `shadowed`, with an id above *after*, by id."""
        ...

    def waiting_to_join(self, target: str | None = None, limit: int = 1000) -> list[DeliveryRow]:
        """Deliveries that ended `joined` while another event of their record is still to come (they have a code), by id."""
        ...

    def messages_in(self, state: MessageState, system: str | None = None, limit: int = 1000,
                    code: str | None = None, after: int = 0) -> list[MessageRow]:
        """Messages in one state that needs a person (`parked`, `conflict`, `unrouted`), of one *code* or all, after *after*."""
        ...

    def recent_messages(self, before: int, since: int, system: str | None, limit: int) -> list[MessageRow]:
        """Messages with an id below *before* that came at *since* or later, of one system or all, newest first."""
        ...

    def recent_deliveries(self, before: int, since: int, target: str | None, limit: int) -> list[DeliveryRow]:
        """The same of deliveries, by when their event was accepted."""
        ...

    def events_of_subject(self, subject: int, newest: int | None = None) -> list[EventRow]:
        """The subject's events, oldest first; of them only so many of the *newest*."""
        ...

    def events_of_message(self, message: int) -> list[EventRow]: ...

    def deliveries_of_subject(self, subject: int) -> list[DeliveryRow]: ...

    def serials_of(self, subject: int) -> list[Serial]: ...

    def parties(self, subject: int) -> list[str]:
        """As `Transaction.parties`."""
        ...

    def subjects_by_number(self, number: str) -> list[int]: ...

    def journal_of(self, subject: int) -> list[EntryRow]:
        """The subject's journal lines, oldest first."""
        ...

    def journal_of_message(self, message: int) -> list[EntryRow]: ...

    def open_cases(self, system: str, asked: CasesAsked, since: int) -> SomeCases:
        """Cases of *system* as *asked* (of which anything came at *since* or later), among the next 1000 subjects."""
        ...

    def cursor(self, system: str) -> str: ...

    def matters_told(self, limit: int) -> list[EventRow]:
        """Events that are still to be taken into the catalogue of matters, oldest first."""
        ...

    def referred(self, blobs: Sequence[str]) -> set[str]:
        """Those of the blobs of these names that a message needs."""
        ...

    def sites_seen(self) -> list[SiteSeen]:
        """Every site that cases named."""
        ...

    def site_work(self, since: int = 0) -> list[SiteWork]:
        """How many cases were handled where, and in which way, of those last handled there at *since* or later."""
        ...

    def unfinished(self, most: int) -> int:
        """How many deliveries are in a `BLOCKING` state, counted up to *most*."""
        ...

    def counts(self) -> list[tuple[str, DeliveryState, int, int]]:
        """(target, state, count, oldest accepted_at) of every delivery; of those in final states the oldest may be 0."""
        ...

    def message_counts(self) -> list[tuple[str, MessageState, int]]: ...

    def statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Per system: attempts beyond the first (`retried`), `unknown_settled`, `p50_ms` and `p99_ms` from
        acceptance to conclusion."""
        ...

    def close(self) -> None: ...


class Store(Protocol):
    """A durable store. One per home in embedded mode."""

    @property
    def sharing(self) -> Sharing | None:
        """What processes that share it need; None where one has it to itself."""
        ...

    async def open(self) -> None:
        """Open or create. Raises `StoreRefused`."""
        ...

    def write(self, work: Callable[[Transaction], T], *, after: Future[Any] | None = None) -> Future[T]:
        """Run *work* in the next group and return its result once durable. Raises what *work* raised, or `StoreFailed`: also
        where *after*, which an earlier `write` returned, is not kept."""
        ...

    def reader(self) -> Reader: ...

    async def close(self) -> None: ...  # what was handed in is finished first


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """The one declaration of a store: `make` opens nothing yet, `open_reader` reads beside a hub, `shares`: whether several processes use it, `place`: where, in words."""

    name: str
    settings: type[BaseModel]
    make: Callable[[Any, Any], Store]
    open_reader: Callable[[Any, Any], Reader]
    shares: Callable[[Any], bool] = lambda _settings: False
    place: Callable[[Any], str] = lambda _settings: ""
