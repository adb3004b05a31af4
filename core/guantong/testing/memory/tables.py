"""What the store in memory keeps: plain tables of rows that are never altered, only replaced."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from guantong.backfillstore import BackfillRow
from guantong.holdstore import Hold
from guantong.kiosk.kept import Tried
from guantong.lookupstore import FoundCase
from guantong.proofstore import Commitment, KeptCheckpoint, Tile, Tree
from guantong.reconcilestore import Reconciliation
from guantong.retentionstore import Frozen
from guantong.store import DeliveryRow, EntryRow, EventRow, FindingRow, Known, MessageRow, Serial, SiteSeen
from guantong.supervision.kept import WarningRow, WatchRow


@dataclass(slots=True)
class Tables:
    """Every table by its key. `occurred` and `moved` are columns that no row of events and of deliveries has."""

    messages: dict[int, MessageRow] = field(default_factory=dict)
    events: dict[int, EventRow] = field(default_factory=dict)
    occurred: dict[int, str] = field(default_factory=dict)
    deliveries: dict[int, DeliveryRow] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    subjects: dict[int, str] = field(default_factory=dict)
    serials: dict[Serial, int] = field(default_factory=dict)
    identities: dict[tuple[int, bytes], Known] = field(default_factory=dict)
    journal: dict[int, EntryRow] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    findings: dict[int, FindingRow] = field(default_factory=dict)
    watches: dict[int, WatchRow] = field(default_factory=dict)
    warnings: dict[tuple[int, str], WarningRow] = field(default_factory=dict)
    handled: dict[tuple[str, int], tuple[str, int, int]] = field(default_factory=dict)
    sites: dict[str, SiteSeen] = field(default_factory=dict)
    lookups: dict[tuple[bytes, int], FoundCase] = field(default_factory=dict)
    backfills: dict[int, BackfillRow] = field(default_factory=dict)
    blobs: dict[tuple[str, int], None] = field(default_factory=dict)
    matters: dict[int, None] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    tried: dict[bytes, Tried] = field(default_factory=dict)
    frozen: dict[int, Frozen] = field(default_factory=dict)
    trees: dict[int, Tree] = field(default_factory=dict)
    tiles: dict[tuple[int, int], Tile] = field(default_factory=dict)
    commitments: dict[tuple[str, int], Commitment] = field(default_factory=dict)
    checkpoints: dict[int, KeptCheckpoint] = field(default_factory=dict)
    reconciliations: dict[tuple[str, str], Reconciliation] = field(default_factory=dict)

    def fork(self) -> Tables:
        """Tables of the same rows: what is put into these is not seen in those."""
        return Tables(*(dict(getattr(self, one.name)) for one in fields(self)))


def newest(table: dict[int, Any]) -> int:
    """The highest number in *table*, whose numbers only rise; 0 where it is empty."""
    return next(reversed(table), 0)


def forget(table: dict[Any, Any], *keys: Any) -> None:
    """Take these out, as far as they are there."""
    for key in keys:
        table.pop(key, None)
