"""What is to be done with a record that came, decided before its transaction: decode it, map it, and see what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

import structlog

from guantong.blobs.blob import Blob
from guantong.blobs.folding import Folded
from guantong.config.configuration import System
from guantong.foretold import Foretold
from guantong.journey.admit import Admitted, admit, park, turn_away
from guantong.journey.attaching import sealed_record
from guantong.journey.codes import OUR_MISTAKE
from guantong.journey.engine import Engine
from guantong.journey.fetching import lacking
from guantong.journey.handing import hand_over
from guantong.journey.receiptmessages import admit_receipts, split
from guantong.journey.translate import Incoming, Refused, decode, refusal_of, to_events
from guantong.log import where
from guantong.mapping import Untranslatable
from guantong.mapping.outcome import waits_for_row
from guantong.problems import Problem
from guantong.record import Native, Record
from guantong.store import Transaction

Admission: TypeAlias = Callable[[Transaction], Admitted]


class Fetching(NamedTuple):
    """A translated record, contents of which are to be fetched from its source first: those that these natives name."""

    kind: str
    natives: Sequence[Native]


class Attaching(NamedTuple):
    """A translated record, contents of which are to be kept before its transaction: those among the values of its
    events, and those handed over beside it."""

    kind: str
    events: Sequence[Incoming]
    handed: Mapping[str, Blob]
    receipts: Sequence[Native] = ()


log = structlog.get_logger("guantong.accept")


def admission_of(engine: Engine, source: System, record: Record) -> Admission | Attaching | Fetching:
    """What the transaction is to do with *record*: turn it away (unparsable, or of an unknown kind), park it
    (it parses but cannot be told), or admit its events and receipts; or which contents are to be fetched or kept first."""
    kind = record.kind or ""
    try:
        natives = decode(source, record)
        kind = natives[0].kind
        handed = hand_over(natives, record.parts) if record.parts else {}
        natives, receipts = split(source, natives) if source.receipts_heard else (natives, ())
        events = to_events(source, natives, engine.configuration.model, engine.vault)
        if source.fetch is not None and (missing := lacking(source.fetch, natives)):
            return Fetching(kind, missing)
        if handed or any(event.attached for event in events):
            return Attaching(kind, events, handed, receipts)
        return admitting(engine, record, kind, engine.vault.seal_seeded(Folded(record.body)), events, receipts)
    except Refused as refusal:
        return partial(turn_away, engine, record.system, refusal.verdict(), size=len(record.body))
    except Untranslatable as error:
        return untold(engine, source, record, kind, error.problems)
    except Exception as error:  # noqa: BLE001 -- a mistake of ours must lose no record
        return mistaken(engine, source, record, kind, error)


def admitting(engine: Engine, record: Record, kind: str, sealed: bytes, events: Sequence[Incoming],
              receipts: Sequence[Native]) -> Admission:
    """Admit what a record told, and what is kept beside it."""
    blobs = _beside(engine, record)
    if receipts:
        return partial(admit_receipts, engine, record, sealed, receipts, events, blobs=blobs)
    admission = Foretold(admit, engine, record, kind, sealed, events, blobs=blobs)
    return admission.about(serials=[serial for event in events for serial in event.serials])


def untold(engine: Engine, source: System, record: Record, kind: str, problems: Sequence[Problem]) -> Admission:
    """Park what cannot be told, or refuse it where the source wants no parking."""
    if source.on_unmappable == "refuse" and not waits_for_row(problems):
        return partial(turn_away, engine, record.system, refusal_of(problems).verdict(), size=len(record.body))
    said = record.body + b"".join(part.blob.sha256.encode() for part in record.parts)
    return partial(park, engine, record, kind, sealed_record(engine, record), engine.vault.digest(said), problems,
                   blobs=_beside(engine, record))


def mistaken(engine: Engine, source: System, record: Record, kind: str, error: Exception) -> Admission:
    """Park what a mistake of ours kept from being told."""
    log.error("accept.failed", system=source.id, error=type(error).__name__, where=where(error))
    problem = Problem(OUR_MISTAKE, details={"step": "accept", "what": type(error).__name__})
    said = engine.vault.digest(record.body)
    return partial(park, engine, record, kind, sealed_record(engine, record), said, (problem,), blobs=_beside(engine, record))


def _beside(engine: Engine, record: Record) -> list[str]:
    return [engine.blobs.name(part.blob.sha256) for part in record.parts]
