"""What is told of a case: its lines, records, events and deliveries, and each value that was made with what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guantong.blobstore import BlobMissing
from guantong.mapping.showing import Shower
from guantong.operations.lineage import Hop, Lineage, Verdict
from guantong.operations.values import Values
from guantong.proof.notary import told
from guantong.store import DeliveryRow, EntryRow, EventRow, MessageRow, Reader, Serial
from guantong.vault import VaultError

UNSIGNED = "guantong.local"
"""Names a log that nothing was signed of yet."""


@dataclass(frozen=True, slots=True)
class Made:
    """One value that a hop made, as it may be shown. `row` is as `trace --values --json` tells it. It came from *source* of the event `event_id`
    outward, inward from that place of the record; both are empty where no record said it."""

    row: Mapping[str, Any]
    source: str
    event: str = ""
    event_id: int = 0

    @property
    def plain(self) -> bool:
        """Whether it is what stood there, letter for letter."""
        row = self.row
        return bool(self.source) and not row["fired"] and not row["functions"] and not row["table"] and row["value"] == row["raw"]


@dataclass(frozen=True, slots=True)
class Traced:
    """A translation that took place, at *at* (UTC milliseconds)."""

    hop: Hop
    at: int
    made: Sequence[Made]


@dataclass(slots=True)
class Told:
    """All that is told of one case or, where it is of none, of a message (`subject` 0)."""

    log: str
    subject: int
    serials: Sequence[Serial]
    lines: Sequence[EntryRow]
    messages: Sequence[MessageRow]
    events: Sequence[EventRow]
    deliveries: Sequence[DeliveryRow]
    traced: list[Traced] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether every value was recomputed as it was kept."""
        return all(one.hop.verdict is Verdict.SAME for one in self.traced)


def log_of(reader: Reader) -> str:
    """The name of the log that the store holds, as its newest checkpoint says."""
    kept = reader.newest_checkpoint()
    said = told(kept) if kept is not None else None
    return said.origin if said is not None else UNSIGNED


def tell(reader: Reader, subject: int, message: int, lineage: Lineage, shower: Shower) -> Told:
    """What is told of the case *subject*; where that is 0, of a *message*."""
    lines = reader.journal_of(subject) if subject else reader.journal_of_message(message)
    events = reader.events_of_subject(subject) if subject else []
    messages = sorted({line.message for line in lines if line.message} | {event.message for event in events})
    deliveries = reader.deliveries_of_subject(subject) if subject else []
    found = Told(log_of(reader), subject, reader.serials_of(subject) if subject else [], lines,
                 [row for one in messages if (row := reader.message(one)) is not None], events, deliveries)
    values = Values(lineage, shower, None)
    own = {event.id for event in events}
    for row in found.messages:
        for hop in _tried(Hop("in", f"M{row.id}", row.system, row.kind), lineage.of_message, row.id):
            if hop.event_id in own or hop.verdict is Verdict.GONE:  # a record may tell of several cases
                found.traced.append(_traced(hop, row.at, lineage, values))
    for sent in deliveries:
        for hop in _tried(Hop("out", f"D{sent.id}", sent.target, sent.kind), lineage.of_delivery, sent.id):
            if hop.verdict is not Verdict.TODAY:  # nothing was sent yet
                found.traced.append(_traced(hop, _sent_at(sent, lines), lineage, values))
    return found


def _traced(hop: Hop, at: int, lineage: Lineage, values: Values) -> Traced:
    try:
        return Traced(hop, at, [_made(hop, lineage, number, row) for number, row in enumerate(values.fields(hop))])
    except (VaultError, BlobMissing):  # what it was made of is gone by retention
        return Traced(_gone(hop), at, [])


def _made(hop: Hop, lineage: Lineage, number: int, row: Mapping[str, Any]) -> Made:
    step = hop.steps[number]
    if hop.way == "in" or not step.source:
        return Made(row, step.source)
    origin = lineage.origin(hop, step)
    if origin.hop is not None and origin.step is not None:
        return Made(row, origin.step.target, origin.hop.event, origin.hop.event_id)
    return Made(row, "")


def _sent_at(sent: DeliveryRow, lines: Sequence[EntryRow]) -> int:
    """When its bytes were made, as the journal says; of one that it does not say of, when it was accepted."""
    return next((line.at for line in lines if line.delivery == sent.id and "plan" in line.detail), sent.accepted_at)


def _gone(hop: Hop) -> Hop:
    return Hop(hop.way, hop.ident, hop.system, hop.kind, hop.event, hop.event_id, plan=hop.plan, verdict=Verdict.GONE)


def _tried(blank: Hop, read: Callable[[int], Sequence[Hop] | Hop | None], number: int) -> Iterator[Hop]:
    """The hops of one record; where its body is not there any more, *blank*, which then says so."""
    try:
        found = read(number)
    except (VaultError, BlobMissing):
        yield _gone(blank)
        return
    yield from [found] if isinstance(found, Hop) else found or ()
