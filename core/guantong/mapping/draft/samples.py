"""Sample records in JSON: their fields with types guessed from the values. No value is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from guantong.mapping.draft.codes import NOT_READABLE, TOO_MUCH
from guantong.mapping.draft.schema import MAX_FIELDS, FieldSketch, Found, RecordSketch
from guantong.problems import Place, Problem

KINDS = ("type", "kind", "tableName", "table", "msgName", "eventType", "recordType", "TYPE", "process")
_WRAPPERS = ("data", "record", "records", "rows", "list", "items", "body", "DATA", "BODY", "result")
_KIND = re.compile(r"[A-Za-z_][\w.-]{0,59}", re.ASCII)
DEEPEST = 8
_SHAPES = (
    (re.compile(r"-?\d{1,9}"), "integer"),
    (re.compile(r"-?\d+\.\d{1,6}"), "decimal"),
    (re.compile(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?"), "date"),
    (re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{1,2}(:\d{1,2})?.{0,10}|20\d{12}"), "datetime"),
    (re.compile(r"true|false", re.IGNORECASE), "boolean"),
)


def read_json(text: str, file: str, default: str) -> Found:
    """The records of a JSON text: an object, a list of them, or one on each line."""
    found = Found(codec="json")
    objects = _objects(text)
    if objects is None:
        what = {"what": "it is not JSON", "what_zh": "不是 JSON"}
        found.problems.append(Problem(NOT_READABLE, Place(file), details=what))
        return found
    envelope: list[str] = []
    while len(objects) == 1 and (key := _wrapper(objects[0])) is not None:
        envelope.append(key)
        inner = objects[0][key]
        objects = [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else [inner]
    if envelope:
        found.options["envelope"] = "/".join(envelope)
    kind_field = next((key for key in KINDS if objects and all(is_kind(one.get(key)) for one in objects)), "")
    if kind_field:
        found.options["kind_field"] = kind_field
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for one in objects:
        grouped.setdefault(str(one[kind_field]) if kind_field else default, []).append(
            {key: value for key, value in one.items() if key != kind_field})
    found.records = [RecordSketch(kind, "", _fields(group, "", 0), Place(file)) for kind, group in grouped.items()]
    return found


def _objects(text: str) -> list[dict[str, Any]] | None:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            said = [orjson.loads(line) for line in text.split("\n") if line.strip()]
        except orjson.JSONDecodeError:
            return None
    listed = said if isinstance(said, list) else [said]
    return [one for one in listed if isinstance(one, dict)]


def _wrapper(one: Mapping[str, Any]) -> str | None:
    """The key under which the record itself stands, where the object is little else."""
    inner = [key for key, value in one.items() if key in _WRAPPERS and isinstance(value, (dict, list)) and value]
    if len(inner) != 1 or sum(not isinstance(value, (dict, list)) for value in one.values()) > 4:
        return None
    value = one[inner[0]]
    return inner[0] if isinstance(value, dict) or all(isinstance(item, dict) for item in value) else None


def is_kind(value: object) -> bool:
    """Whether a value can be the name of a record's kind."""
    return isinstance(value, str) and _KIND.fullmatch(value) is not None


def _fields(objects: Sequence[Mapping[str, Any]], prefix: str, depth: int) -> tuple[FieldSketch, ...]:
    """The fields of like objects: each key of any of them."""
    made: list[FieldSketch] = []
    for key in dict.fromkeys(key for one in objects for key in one):
        values = [one[key] for one in objects if one.get(key) is not None]
        lists = [value for value in values if isinstance(value, list)]
        tables = [value for value in values if isinstance(value, dict)]
        if depth > DEEPEST or len(made) > MAX_FIELDS:
            break
        if lists:
            items = [item for value in lists for item in value if isinstance(item, dict)]
            made.append(FieldSketch(f"{prefix}{key}", type="list", many=True, items=_fields(items, "", depth + 1)))
        elif tables:
            made += _fields(tables, f"{prefix}{key}/", depth + 1)
        else:
            made.append(FieldSketch(f"{prefix}{key}", type=guessed([_text(value) for value in values])))
    return tuple(made[:MAX_FIELDS])


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def guessed(values: Iterable[str]) -> str:
    """The type that fits all values that are not empty, with the longest one's length; never a value."""
    said = [value.strip() for value in values if value and value.strip()]
    if not said:
        return ""
    for shape, name in _SHAPES:
        if all(shape.fullmatch(value) for value in said):
            return name
    return f"text({max(len(value) for value in said)})"


def too_large(file: str, size: int) -> Problem:
    """The problem of a file beyond *size* MiB."""
    what = {"what": f"over {size} MiB", "what_zh": f"超过 {size} MiB"}
    return Problem(TOO_MUCH, Place(file), details=what)
