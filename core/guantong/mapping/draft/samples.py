"""Sample records, JSON or XML: their fields with types guessed from the values. No value is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from lxml import etree

from guantong.mapping.draft.codes import NOT_READABLE, TOO_MUCH
from guantong.mapping.draft.safexml import line_of, local, parsed, text_of
from guantong.mapping.draft.schema import MAX_FIELDS, FieldSketch, Found, RecordSketch
from guantong.problems import Place, Problem

_KINDS = ("type", "kind", "tableName", "table", "msgName", "eventType", "recordType", "TYPE", "process")
_WRAPPERS = ("data", "record", "records", "rows", "list", "items", "body", "DATA", "BODY", "result")
_KIND = re.compile(r"[A-Za-z_][\w.-]{0,59}", re.ASCII)
_DEEPEST = 8
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
    kind_field = next((key for key in _KINDS if objects and all(_is_kind(one.get(key)) for one in objects)), "")
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


def _is_kind(value: object) -> bool:
    return isinstance(value, str) and _KIND.fullmatch(value) is not None


def _fields(objects: Sequence[Mapping[str, Any]], prefix: str, depth: int) -> tuple[FieldSketch, ...]:
    """The fields of like objects: each key of any of them."""
    made: list[FieldSketch] = []
    for key in dict.fromkeys(key for one in objects for key in one):
        values = [one[key] for one in objects if one.get(key) is not None]
        lists = [value for value in values if isinstance(value, list)]
        tables = [value for value in values if isinstance(value, dict)]
        if depth > _DEEPEST or len(made) > MAX_FIELDS:
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


def read_xml(body: bytes, file: str, default: str) -> Found:
    """The record of an XML document: attribute-named fields, or an element for each."""
    root, problems = parsed(body, file)
    found = Found(problems=problems, codec="xml-element")
    if root is None:
        return found
    declared = (root.getroottree().docinfo.encoding or "utf-8").casefold()
    found.charset = "gb18030" if declared in ("gb2312", "gbk", "gb18030") else "utf-8"
    named = [one for one in root.iter() if local(one) == "standardInfo" or any(
        inner.get("FieldName") for inner in one.iterfind("*"))]
    if named:
        found.codec = "exinfo"
        found.records = [_attribute_named(one, default, file) for one in named]
        return found
    found.options["root"] = local(root)
    record, path = root, list[str]()
    while (inner := _only_wrapper(record)) is not None:
        record = inner
        path.append(local(record))
    if path:
        found.options["data"] = "/".join(path)
    kind, where = _kind_of(root)
    if where:
        found.options["kind"] = where
    lists: dict[str, dict[str, str]] = {}
    fields = _elements(record, "", 0, lists, where.split("/")[-1] if where and not path else "")
    if lists:
        found.options["lists"] = lists
    if fields:
        found.records = [RecordSketch(kind or default, "", fields, Place(file))]
    return found


def _attribute_named(record: etree._Element, default: str, file: str) -> RecordSketch:
    fields = tuple(
        FieldSketch(one.get("FieldName", "").strip(), type=guessed([text_of(one)]))
        for one in record.iterfind("*") if one.get("FieldName", "").strip()
    )
    once = {one.name: one for one in reversed(fields)}
    return RecordSketch(record.get("process") or default, "", tuple(reversed(once.values())), Place(file, line_of(record)))


def _only_wrapper(element: etree._Element) -> etree._Element | None:
    """The one element below that holds the record: it stands alone, or beside a head."""
    deep = [one for one in element if len(one)]
    flat = [one for one in element if not len(one)]
    heads = [one for one in deep if "head" in local(one).casefold()]
    rest = [one for one in deep if one not in heads]
    if not flat and len(rest) == 1 and len({local(one) for one in rest[0]}) >= 1 and not _repeats(rest[0]):
        return rest[0]
    return None


def _repeats(element: etree._Element) -> bool:
    names = [local(one) for one in element]
    return len(names) > 1 and len(set(names)) == 1


def _kind_of(root: etree._Element) -> tuple[str, str]:
    """The record's kind where a head (or the root) names it, with its path."""
    for one in root.iter():
        if local(one) in _KINDS and not len(one) and _is_kind((one.text or "").strip()):
            path = [local(one)]
            above = one.getparent()
            while above is not None and above is not root:
                path.insert(0, local(above))
                above = above.getparent()
            return (one.text or "").strip(), "/".join(path)
    return "", ""


def _elements(
    record: etree._Element, prefix: str, depth: int, lists: dict[str, dict[str, str]], skip: str
) -> tuple[FieldSketch, ...]:
    made: list[FieldSketch] = []
    groups: dict[str, list[etree._Element]] = {}
    for one in record:
        groups.setdefault(local(one), []).append(one)
    for name, group in groups.items():
        path = f"{prefix}{name}"
        if depth > _DEEPEST or len(made) > MAX_FIELDS or name == skip:
            continue
        if len(group) > 1:
            made.append(FieldSketch(path, type="list", many=True, items=_item_fields(group, depth, lists)))
        elif len(group[0]) and (_repeats(group[0]) or _looks_a_list(group[0])):
            lists[name] = {"item": local(group[0][0])}
            made.append(FieldSketch(path, type="list", many=True, items=_item_fields(list(group[0]), depth, lists)))
        elif len(group[0]):
            made += _elements(group[0], f"{path}/", depth + 1, lists, "")
        else:
            made.append(FieldSketch(path, type=guessed([group[0].text or ""])))
    return tuple(made)


def _looks_a_list(element: etree._Element) -> bool:
    """One child only, with fields: a list of which the sample has one item."""
    return len(element) == 1 and len(element[0]) > 0


def _item_fields(items: Sequence[etree._Element], depth: int, lists: dict[str, dict[str, str]]) -> tuple[FieldSketch, ...]:
    fields: dict[str, FieldSketch] = {}
    for item in items[:200]:
        for one in _elements(item, "", depth + 1, lists, ""):
            fields.setdefault(one.name, one)
    return tuple(fields.values())


def too_large(file: str, size: int) -> Problem:
    """The problem of a file beyond *size* MiB."""
    what = {"what": f"over {size} MiB", "what_zh": f"超过 {size} MiB"}
    return Problem(TOO_MUCH, Place(file), details=what)
