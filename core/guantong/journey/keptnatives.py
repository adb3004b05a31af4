"""The native records of a kept message, decoded anew: what binds us to their fields, and what holds them against it, takes them from here."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.blobs.folding import Folded, unfolded
from guantong.codec import Undecodable
from guantong.config.configuration import Configuration
from guantong.journey.handing import refer
from guantong.record import Native
from guantong.store import MessageRow


def natives_of(configuration: Configuration, row: MessageRow, folded: Folded) -> Sequence[Native] | None:
    """Those in the folded body of *row*, by the configuration as it is now, references where contents are; none where it cannot be
    decoded, None where its system is gone."""
    source = configuration.systems.get(row.system)
    if source is None:
        return None
    try:
        natives = source.dialect.decode(folded.body, row.kind or None, row.charset or None)
    except Undecodable:
        return ()
    refer(natives, folded.parts)
    if not folded.marks:
        return natives
    references = {mark: str(blob) for mark, blob in folded.marks.items()}
    return [Native(native.kind, unfolded(native.fields, lambda mark: references.get(mark, mark))) for native in natives]
