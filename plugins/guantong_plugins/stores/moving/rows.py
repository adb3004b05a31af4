"""Rows as both ends of a move have them, and what says that two tables hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec

Row: TypeAlias = tuple[Any, ...]
"""Integers, numbers, texts and bytes, in the order of a table's columns."""
_MODULUS = 1 << 256


class Relation(NamedTuple):
    """A table: its columns, and those of its key, whose values tell how far a move has come."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def listed(self) -> str:
        """Its columns, as a statement names them."""
        return quoted(self.columns)

    def key_of(self, row: Row) -> list[Any]:
        """The values of the key in *row*."""
        values = dict(zip(self.columns, row, strict=True))
        return [values[name] for name in self.key]


def quoted(names: Iterable[str]) -> str:
    """*names* of columns, as a statement lists them: one is a word of SQL."""
    return ", ".join(f'"{name}"' for name in names)


class Sum(NamedTuple):
    """How many rows a table holds, and a digest of them all that does not depend on their order: the sum of every row's
    SHA-256. It tells what was lost or altered on the way, not an attacker who chooses rows."""

    rows: int
    digest: str


def sum_of(rows: Iterable[Row]) -> Sum:
    """The sum of *rows*."""
    count = total = 0
    for row in rows:
        count += 1
        total = (total + int.from_bytes(hashlib.sha256(msgspec.msgpack.encode(row)).digest(), "big")) % _MODULUS
    return Sum(count, f"{total:064x}")


def plain(relation: Relation, row: Sequence[Any]) -> Row:
    """A row of the embedded store as PostgreSQL has it: the bits of rules that fired are bytes there."""
    if relation.name != "event":
        return tuple(row)
    at = relation.columns.index("fired")
    fired = row[at]
    bits = fired if isinstance(fired, bytes) else fired.to_bytes((fired.bit_length() + 7) // 8, "big")
    return (*row[:at], bits, *row[at + 1 :])
