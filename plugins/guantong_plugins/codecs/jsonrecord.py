"""The codec `json`: one JSON object per record, or a list of them.

Numbers are read as their exact text, `true` and `false` as words, so that "01" and 1 stay what they are;
an item of a list that is no object is `{"": text}`. What goes out is written as text, unless the options
name a field as a number or a boolean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Fields, Native, Typed
from guantong_plugins.codecs.charset import known_charset, write_text
from guantong_plugins.codecs.codes import Shape, misshapen, unencodable
from guantong_plugins.codecs.culprit import not_in_charset, wrong_type
from guantong_plugins.codecs.jsontext import parse_json

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
Writer = Callable[[str], Any]
_SCALARS = (str, int, type(None))


class JsonOptions(BaseModel):
    """Options of `json`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    kind: str | None = Field(default=None, description="The kind of every record, when there is only one.")
    kind_field: str | None = Field(
        default=None, description="The field that names the record's kind; it is not one of the fields then."
    )
    envelope: str | None = Field(
        default=None, description="Path of the object (or list) that holds the fields, such as data/record; with"
        " `[]` at its end (data/list[]) a list is written, of one.",
    )
    numbers: tuple[str, ...] = Field(
        default=(), description="Names of fields written as JSON numbers, wherever they stand."
    )
    booleans: tuple[str, ...] = Field(
        default=(), description="Names of fields written as JSON booleans, wherever they stand."
    )


class Json:
    """Reads and writes JSON records."""

    def __init__(self, options: JsonOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._constant = options.kind
        self._kind_field = options.kind_field
        envelope = options.envelope or ""
        self._listed = envelope.endswith("[]")
        self._envelope = [name for name in envelope.removesuffix("[]").split("/") if name]
        self.numbers = frozenset(options.numbers)
        self.booleans = frozenset(options.booleans)
        self._writers: Mapping[str, Writer] = {
            **dict.fromkeys(options.booleans, as_boolean), **dict.fromkeys(options.numbers, as_number),
        }

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        value = parse_json(body, charset, self._charset)
        if not self._envelope and type(value) is dict:
            return [self._native(value, kind, "")]
        for depth, name in enumerate(self._envelope):
            path = "/".join(self._envelope[: depth + 1])
            value = value.get(name) if isinstance(value, dict) else None
            if value is None:
                raise misshapen(path, Shape.OBJECT, Shape.NOTHING)
        path = "/".join(self._envelope)
        if type(value) is dict:
            return [self._native(value, kind, path)]
        if not isinstance(value, list):
            raise misshapen(path, Shape.OBJECT, Shape.TEXT if value else Shape.NOTHING)
        if not value:
            raise misshapen(path, Shape.OBJECTS, Shape.NOTHING)
        return [self._native(item, kind, f"{path}/{index}") for index, item in enumerate(value)]

    def describe(self, records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """A JSON Schema of bodies: one record of any of these kinds (by its schema), or in an envelope also a list."""
        wanted = {kind: schema for kind, schema in records.items() if self._constant in (None, kind)}
        if self._kind_field is not None:
            wanted = {kind: {"allOf": [schema, {"type": "object", "required": [self._kind_field], "properties": {
                self._kind_field: {"const": kind}}}]} for kind, schema in wanted.items()}
        schema: dict[str, Any] = {"anyOf": list(wanted.values())}
        if self._envelope or self._listed:
            schema = {"anyOf": [schema, {"type": "array", "minItems": 1, "items": schema}]}
        for name in reversed(self._envelope):
            schema = {"type": "object", "required": [name], "properties": {name: schema}}
        return schema

    def _native(self, fields: Fields, kind: str | None, path: str) -> Native:
        if self._constant is not None:
            kind = self._constant
        elif self._kind_field is not None and self._kind_field in fields:
            named = fields.pop(self._kind_field)
            if not isinstance(named, str):
                raise misshapen(f"{path}/{self._kind_field}".strip("/"), Shape.TEXT, Shape.OTHER)
            kind = named.strip() or kind
        return Native(kind or "", fields)

    def encode(self, native: Native) -> bytes:
        fields: Fields = native.fields
        if self._writers and type(native) is not Typed:
            fields = typed(fields, self._writers)
        if self._kind_field is not None:
            fields = {self._kind_field: native.kind, **fields}
        value: Any = [fields] if self._listed else fields
        for name in reversed(self._envelope):
            value = {name: value}
        return dump(value, native.fields, self._charset)


def typed(fields: Fields, writers: Mapping[str, Writer]) -> Fields:
    """*fields* with the texts named in *writers* as JSON numbers and booleans. Raises `Unencodable` for a text
    that is none."""
    try:
        return _typed(fields, writers)
    except ValueError:
        _find_untyped(fields, writers, "")
        raise


def _typed(fields: Fields, writers: Mapping[str, Writer]) -> Fields:
    result: Fields = fields.copy()
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            if name in writers:
                result[name] = writers[name](value)
        elif kind is dict:
            result[name] = _typed(value, writers)
        elif kind is list:
            result[name] = [_typed(item, writers) if type(item) is dict else item for item in value]
    return result


def as_number(text: str) -> int | orjson.Fragment:
    """The text of a JSON number as orjson writes it unchanged. Raises `ValueError` for any other text."""
    # Up to 15 digits without a leading zero are the same bytes as an integer, which orjson writes quicker.
    if len(text) < 16 and text.isascii() and text.isdigit() and (text[0] != "0" or text == "0"):
        return int(text)
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("expected a number", "应为数字")
    return orjson.Fragment(text)


def as_boolean(text: str) -> bool:
    """True or false from the JSON words. Raises `ValueError` for any other text."""
    if text not in ("true", "false"):
        raise ValueError("expected true or false", "应为 true 或 false")
    return text == "true"


def _find_untyped(fields: Fields, writers: Mapping[str, Writer], path: str) -> None:
    """Raise `Unencodable` for the first named text that cannot be written so."""
    for name, value in fields.items():
        if isinstance(value, dict):
            _find_untyped(value, writers, f"{path}{name}/")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    _find_untyped(item, writers, f"{path}{name}/{index}/")
        elif isinstance(value, str) and name in writers:
            try:
                writers[name](value)
            except ValueError as error:
                expected, expected_zh = error.args
                raise unencodable(f"{path}{name}", expected, expected_zh) from None


def dump(value: Any, fields: Fields, charset: str) -> bytes:
    """*value* as JSON bytes. Raises `Unencodable`, naming the field of *fields* at fault."""
    try:
        body = orjson.dumps(value)
    except orjson.JSONEncodeError:
        check_scalars(fields, "")
        raise not_in_charset(fields, charset) from None
    if charset == "utf-8":
        return body
    try:
        return write_text(body.decode("utf-8"), charset)
    except UnicodeEncodeError:
        raise not_in_charset(fields, charset) from None


def check_scalars(value: Any, path: str) -> None:
    """Raise `Unencodable` for the first value in *value* that is no text, number, boolean or null."""
    if isinstance(value, dict):
        for name, inner in value.items():
            check_scalars(inner, f"{path}/{name}".strip("/"))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            check_scalars(inner, f"{path}/{index}")
    elif not isinstance(value, _SCALARS):
        raise wrong_type(path, value, "a text", "文本")
