"""Reading JSON that strangers sent, with every scalar as its exact text.

A fast parser reads it; when writing the result again gives the very same bytes, nothing can have been changed or
hidden. Otherwise (spaces, escapes, a number beyond its exactness, a name that stands twice) the slower parser of the
standard library, which shows all that, reads it once more. What holds nothing but texts, as most senders write it, is
read by msgspec, which says so on the way; the rest by orjson, and its scalars become texts afterwards.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import orjson

from guantong.record import Fields
from guantong_plugins.codecs.charset import read_text
from guantong_plugins.codecs.codes import (
    DUPLICATE_NAME,
    NOT_JSON,
    TOO_DEEP,
    TOO_MANY,
    VAST_NUMBER,
    Shape,
    misshapen,
    undecodable,
)
from guantong_plugins.codecs.limits import MAX_DEPTH, MAX_VALUES


def parse_json(body: bytes, transport: str | None, configured: str) -> Any:
    """The JSON value in *body*: objects as dicts, lists of dicts (a scalar item is `{"": text}`), numbers as
    their text, booleans as "true" and "false", null as None. A scalar document is itself.
    Raises `Undecodable`."""
    if len(body) > MAX_VALUES and body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_VALUES:
        raise undecodable(TOO_MANY, limit=MAX_VALUES)
    if configured == "utf-8":
        try:
            value = _of_texts(body)
            if orjson.dumps(value) == body:
                return value
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # it holds more than texts, or is no JSON: seen below
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            body, value = _in_another_charset(body, transport, configured)
    else:
        body, value = _in_another_charset(body, transport, configured)
    try:
        exact = orjson.dumps(value) == body
    except orjson.JSONEncodeError:
        raise undecodable(TOO_DEEP, limit=MAX_DEPTH) from None
    if not exact:
        value = _exactly(body)
    return normal(value)


def _levels(depth: int) -> Any:
    """The type of an object whose scalars are texts, of at most *depth* levels inside."""
    if depth == 0:
        return dict[str, str | None]
    inner = _levels(depth - 1)
    return dict[str, str | inner | list[inner] | None]  # type: ignore[valid-type]  # made here, for msgspec alone


_of_texts = msgspec.json.Decoder(_levels(4)).decode
"""Reads an object whose scalars are all texts, or null."""


def _in_another_charset(body: bytes, transport: str | None, configured: str) -> tuple[bytes, Any]:
    body = read_text(body, None, transport, configured).encode("utf-8")
    try:
        return body, orjson.loads(body)
    except orjson.JSONDecodeError as error:
        code = VAST_NUMBER if "infinity" in error.msg else NOT_JSON  # orjson's word for it; it has no other sign
        raise undecodable(code, position=error.pos + 1) from None


def _exactly(body: bytes) -> Any:
    try:
        return _decoder.decode(body.decode("utf-8"))
    except RecursionError:
        raise undecodable(TOO_DEEP, limit=MAX_DEPTH) from None


def _unique(pairs: list[tuple[str, Any]]) -> Fields:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # add() as "else remember"
        raise undecodable(DUPLICATE_NAME, path=twice)
    return fields


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_float=str, parse_int=str)


def normal(value: Any) -> Any:
    """*value* with its scalars as texts, changed in place."""
    if type(value) is dict:
        _fields(value, 1)
        return value
    if type(value) is list:
        _items(value, "", 1)
        return value
    return _text(value)


def _fields(fields: Fields, depth: int) -> None:
    for name, value in fields.items():
        if type(value) is str:
            continue
        kind = type(value)
        if kind is dict:
            if depth >= MAX_DEPTH:
                raise undecodable(TOO_DEEP, limit=MAX_DEPTH)
            _fields(value, depth + 1)
        elif kind is list:
            if depth >= MAX_DEPTH:
                raise undecodable(TOO_DEEP, limit=MAX_DEPTH)
            _items(value, name, depth + 1)
        elif value is not None:
            fields[name] = _text(value)


def _items(items: list[Any], path: str, depth: int) -> None:
    for index, item in enumerate(items):
        if type(item) is dict:
            if depth >= MAX_DEPTH:
                raise undecodable(TOO_DEEP, limit=MAX_DEPTH)
            # The common item is looked through here: a call for each of many costs more than the look.
            for value in item.values():
                if type(value) is not str:
                    _fields(item, depth + 1)
                    break
        elif type(item) is list:
            raise misshapen(f"{path}/{index}", Shape.OBJECT, Shape.LIST)
        else:
            items[index] = {"": _text(item)}


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    return orjson.dumps(value).decode("ascii")
