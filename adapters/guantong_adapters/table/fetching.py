"""Getting one content out of a column: its length first, so that none is read that is too large, then piece by piece where the
database can cut one, so that none is held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from guantong.adapter import Wanted
from guantong.blobs.base64text import Base64Pieces, NotBase64
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, NotSent, Oversized, Reply
from guantong_adapters.table import codes
from guantong_adapters.table.database import Database
from guantong_adapters.table.failures import failure
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.sending import is_ours
from guantong_adapters.table.settings import FetchedColumn

PIECE = 4 << 20
"""Bytes (of a text: characters) that are read at a time."""
_CUTS = frozenset({"mariadb", "mysql", "postgresql", "sqlite"})
"""Databases that cut a piece out of a column of any type by `substr`. Oracle does not cut its BLOBs by it."""
_MISSING, _UNREADABLE, _FOUND = ({"result": result} for result in ("missing", "unreadable", "found"))


def key_of(layout: Layout, keys: FetchedColumn, wanted: Wanted) -> dict[str, str]:
    """The row that holds *wanted*, by its key. Raises `ProblemsError` where the record has not what it takes."""
    key: dict[str, str] = {}
    for column, name in keys.key.items():
        value = wanted.fields.get(name)
        if not isinstance(value, str) or not value:
            details = {"table": layout.name, "column": column}
            raise ProblemsError([Problem(codes.NO_KEY, Place(), f"{layout.system}.settings.fetch.key.{column}", details)])
        key[layout.real(column)] = value
    return key


def get(database: Database, layout: Layout, keys: FetchedColumn, key: Mapping[str, str], limit: int, write: Callable[[bytes], None]) -> Answer:
    """Hand the content of the one row of this key to *write*, in a reading transaction: bytes as they are, a text as the Base64
    it is. Raises what *write* raises."""
    column = layout.column(keys.column)
    try:
        with database.snapshot() as connection:
            here = is_ours(layout, key)
            lengths = connection.execute(_one(func.length(column), layout, here)).all()
            if len(lengths) != 1 or lengths[0][0] is None:
                return Reply(b"", _MISSING)
            if lengths[0][0] > limit * 2:  # a text of Base64 is longer than its bytes, never so much
                return _oversized(limit)
            return _poured(_pieces(connection, column, layout, here, lengths[0][0]), limit, write)
    except SQLAlchemyError as error:
        return NotSent(f"the database could not be asked ({failure(error)})", f"无法查询数据库（{failure(error).zh}）")


def _one(what: Any, layout: Layout, here: Any) -> Select[Any]:
    return select(what).select_from(layout.clause).where(here).limit(2)


def _pieces(connection: Connection, column: Any, layout: Layout, here: Any, length: int) -> Iterator[str | bytes]:
    """What stands in the column: at once where it is little, or the database cannot cut it."""
    if length <= PIECE or connection.dialect.name not in _CUTS:
        yield connection.execute(_one(column, layout, here)).scalar()  # type: ignore[misc]  # it is there: its length is
        return
    for start in range(1, length + 1, PIECE):
        yield connection.execute(_one(func.substr(column, start, PIECE), layout, here)).scalar()  # type: ignore[misc]  # as above


def _poured(pieces: Iterator[str | bytes], limit: int, write: Callable[[bytes], None]) -> Answer:
    size = 0
    try:
        for content in _decoded(pieces):
            size += len(content)
            if size > limit:
                return _oversized(limit)
            write(content)
    except NotBase64:
        return Reply(b"", _UNREADABLE)
    return Reply(b"", _FOUND)


def _decoded(pieces: Iterator[str | bytes]) -> Iterator[bytes]:
    texts: Base64Pieces | None = None
    for piece in pieces:
        if isinstance(piece, str):
            texts = texts or Base64Pieces()
            yield texts.add(piece)
        else:
            yield bytes(piece)
    if texts is not None:
        yield texts.end()


def _oversized(limit: int) -> Oversized:
    return Oversized(f"the column holds more than {limit} bytes", f"该列的内容超过 {limit} 字节")
