"""Getting one content out of a column: its length first, so that none is read that is too large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from guantong.adapter import Wanted
from guantong.blobs.base64text import NotBase64, read_base64
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, NotSent, Oversized, Reply
from guantong_adapters.table import codes
from guantong_adapters.table.database import Database
from guantong_adapters.table.failures import failure
from guantong_adapters.table.layout import Layout
from guantong_adapters.table.sending import is_ours
from guantong_adapters.table.settings import FetchedColumn

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


def get(database: Database, layout: Layout, keys: FetchedColumn, key: Mapping[str, str], limit: int) -> Answer:
    """The content of the one row of this key, in a reading transaction: bytes as they are, a text as the Base64 it is."""
    column = layout.column(keys.column)
    try:
        with database.snapshot() as connection:
            here = is_ours(layout, key)
            lengths = connection.execute(_one(func.length(column), layout, here)).all()
            if len(lengths) != 1 or lengths[0][0] is None:
                return Reply(b"", _MISSING)
            if lengths[0][0] > limit * 2:  # a text of Base64 is longer than its bytes, never so much
                return Oversized(f"the column holds more than {limit} bytes", f"该列的内容超过 {limit} 字节")
            value = connection.execute(_one(column, layout, here)).scalar()
    except SQLAlchemyError as error:
        return NotSent(f"the database could not be asked ({failure(error)})", f"无法查询数据库（{failure(error).zh}）")
    return _content(value, limit)


def _one(what: Any, layout: Layout, here: Any) -> Select[Any]:
    return select(what).select_from(layout.clause).where(here).limit(2)


def _content(value: Any, limit: int) -> Answer:
    if isinstance(value, str):
        try:
            read = read_base64(value)
        except NotBase64:
            return Reply(b"", _UNREADABLE)
        if read.junk:
            return Reply(b"", _UNREADABLE)
        value = b"".join(read.decoded())
    if len(value) > limit:
        return Oversized(f"the column holds more than {limit} bytes", f"该列的内容超过 {limit} 字节")
    return Reply(bytes(value), _FOUND)
