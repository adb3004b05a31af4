"""The codec `row`: one row of an exchange table, as a JSON object of its columns.

The kind is the table's name, which the transport knows. Columns hold texts or null; the columns that hold
lists carry them as JSON text.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from guantong.codec import Undecodable
from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset
from guantong_plugins.codecs.codes import NOT_JSON, Shape, misshapen
from guantong_plugins.codecs.culprit import wrong_type
from guantong_plugins.codecs.jsonrecord import dump
from guantong_plugins.codecs.jsontext import parse_json


class RowOptions(BaseModel):
    """Options of `row`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    lists: tuple[str, ...] = Field(default=(), description="Columns that hold a list of objects as JSON text.")


class Row:
    """Reads and writes one row."""

    def __init__(self, options: RowOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._lists = options.lists

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        row = parse_json(body, charset, self._charset)
        if type(row) is not dict:
            raise misshapen("", Shape.OBJECT, Shape.OTHER)
        for column, value in row.items():
            if isinstance(value, dict | list):
                raise misshapen(column, Shape.TEXT, Shape.LIST if isinstance(value, list) else Shape.OBJECT)
        for column in self._lists:
            if text := row.get(column):
                row[column] = _list(column, text)
        return [Native(kind or "", row)]

    def encode(self, native: Native) -> bytes:
        row: Fields = dict(native.fields)
        for column, value in row.items():
            if column in self._lists and isinstance(value, list):
                row[column] = dump(value, {column: value}, "utf-8").decode("utf-8")
            elif isinstance(value, dict | list):
                raise wrong_type(column, value, "a text", "文本")
        return dump(row, native.fields, self._charset)


def _list(column: str, text: str) -> list[Fields]:
    try:
        items = parse_json(text.encode("utf-8", "surrogatepass"), None, "utf-8")
    except Undecodable as error:
        if error.code == NOT_JSON.id:
            raise misshapen(column, Shape.LIST_TEXT, Shape.TEXT) from None
        raise
    if type(items) is not list:
        raise misshapen(column, Shape.LIST_TEXT, Shape.OTHER)
    return items
