"""Rows we could not use, copied into the side table the other side looks at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from guantong_adapters.table.layout import Layout
from guantong_adapters.table.rows import cut
from guantong_adapters.table.sending import bound
from guantong_adapters.table.source import Row
from guantong_adapters.table.ways import RejectedTable


@dataclass(frozen=True, slots=True)
class Rejections:
    """The side table of one polled table; nothing where none is configured."""

    keys: RejectedTable | None = None
    layout: Layout | None = None
    charset: str = "utf-8"

    def add(self, connection: Connection, row: Row, reason: str) -> None:
        """Copy *row*, as far as the side table has its columns, with the *reason*; in the transaction that flags the
        row, so there is one copy of each."""
        if self.keys is None or self.layout is None:
            return
        layout = self.layout
        values = {real: bound(value) for name, value in row.items() if (real := layout.columns.get(name.lower()))}
        values[layout.real(self.keys.reason)] = bound(cut(reason, self.keys.reason_bytes, self.charset))
        connection.execute(insert(layout.clause).values(values))
