"""Records and what is sent, sealed so that the journal binds us to them: to the bytes and to each field on its own.

It is done where the decoded record and its events are in hand, so nothing is opened again to seal the journal.
"""

from __future__ import annotations

from collections.abc import Sequence

from guantong.blobs.folding import Folded, unfolded
from guantong.codec import Undecodable
from guantong.config.configuration import Configuration, System
from guantong.journey.engine import Engine
from guantong.journey.handing import refer
from guantong.journey.translate import Incoming
from guantong.proof.binding import bind
from guantong.record import Native
from guantong.store import MessageRow


def seal_record(engine: Engine, body: bytes, natives: Sequence[Native], events: Sequence[Incoming]) -> bytes:
    """A record without contents beside it, of which *natives* were decoded (receipts, too) and *events* mapped."""
    bound = bind(engine.hashing, body, natives, [(event.name, event.values) for event in events])
    return engine.vault.seal_bound(body, bound, engine.hashing)


def seal_folded_record(engine: Engine, source: System, folded: Folded, kind: str, charset: str, events: Sequence[Incoming]) -> bytes:
    """A record with contents beside it: its fields are those that the folded body has, references in place of contents."""
    told = [(event.name, event.values) for event in events]
    content = folded.packed()
    bound = bind(engine.hashing, content, natives_in(source, folded, kind, charset), told)
    return engine.vault.seal_bound(content, bound, engine.hashing, folded=True)


def seal_bare(engine: Engine, folded: Folded) -> bytes:
    """What we are bound to by its bytes alone: what is sent, which is made of an event that we are bound to; what could not be told."""
    beside = bool(folded.marks or folded.parts)
    content = folded.packed() if beside else folded.body
    return engine.vault.seal_bound(content, bind(engine.hashing, content), engine.hashing, folded=beside)


def natives_of(configuration: Configuration, row: MessageRow, folded: Folded) -> Sequence[Native] | None:
    """Those in a kept message, by the configuration as it is now; None where its system is gone."""
    source = configuration.systems.get(row.system)
    return natives_in(source, folded, row.kind, row.charset) if source is not None else None


def natives_in(source: System, folded: Folded, kind: str, charset: str) -> Sequence[Native]:
    """The native records in a folded body, references where contents are; none where it cannot be decoded."""
    try:
        natives = source.dialect.decode(folded.body, kind or None, charset or None)
    except Undecodable:
        return ()
    refer(natives, folded.parts)
    if not folded.marks:
        return natives
    references = {mark: str(blob) for mark, blob in folded.marks.items()}
    return [Native(native.kind, unfolded(native.fields, lambda mark: references.get(mark, mark))) for native in natives]
