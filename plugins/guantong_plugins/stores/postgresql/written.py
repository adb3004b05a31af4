"""What a group of work writes, gathered in memory and written many rows at a time.

Rows are numbered by us, so nothing has to be asked back. Rows of one table are independent of each other but for
their last state, which alone is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import psycopg

from guantong_plugins.stores.postgresql.statements import SQL, bulk

SIZES = (64, 16, 4, 1)
"""How many rows a statement writes: few sizes, so that each is prepared once."""

Row = Sequence[Any]
Cursor = psycopg.Cursor[tuple[Any, ...]]


class Written:
    """Rows that are still to be written. `later` are single statements, in their order, after all others."""

    __slots__ = ("deliveries", "events", "identities", "journal", "later", "messages", "moves", "sent", "serials", "subjects")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing is to be written."""
        self.subjects: list[Row] = []
        self.serials: list[Row] = []
        self.messages: dict[int, Row] = {}
        self.events: dict[int, Row] = {}
        self.deliveries: dict[int, list[Any]] = {}
        self.moves: dict[int, Row] = {}
        self.sent: dict[int, Row] = {}
        self.identities: dict[tuple[int, bytes], Row] = {}
        self.journal: list[list[Any]] = []
        self.later: list[tuple[str, Any]] = []

    def __bool__(self) -> bool:
        return bool(self.journal or self.messages or self.moves or self.deliveries or self.events or self.identities
                    or self.subjects or self.serials or self.sent or self.later)

    def write(self, raw: Cursor, plain: Cursor) -> None:
        """Write everything over *raw*, a cursor that takes `$1`, and *plain*, one that takes `%s`; forget it."""
        _many(raw, "subject", self.subjects)
        _many(raw, "serial", self.serials)
        _many(raw, "message", self.messages.values())
        _many(raw, "event", self.events.values())
        _many(raw, "delivery", self.deliveries.values())
        _many(raw, "moved", self.moves.values())
        _many(raw, "sent", self.sent.values())
        _many(raw, "identity", self.identities.values())
        _many(raw, "journal", self.journal)
        for name, values in self.later:
            plain.execute(SQL[name], values)
        self.clear()


def _many(raw: Cursor, name: str, values: Iterable[Row]) -> None:
    rows = values if isinstance(values, list) else list(values)
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            some = rows[start:start + size]
            raw.execute(bulk(name, size, len(some[0])), tuple(chain.from_iterable(some)), prepare=True)
            start += size
