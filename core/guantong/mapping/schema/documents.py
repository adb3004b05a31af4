"""The documents: one JSON Schema (draft 2020-12) for each kind of file under `mappings/`.

With what is *known* of a home (its events, code lists, functions, codecs) an editor completes and checks those
names too. The loader stays the judge: a schema refuses nothing that the loader takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from guantong.function import FunctionSpec
from guantong.mapping.declaration import (
    CODEC,
    CONSTANT,
    DIALECT,
    IN_OUT,
    JOIN,
    MAPPING,
    NEED,
    OPTIONS,
    RECORD,
    ROW,
    RULE,
    TABLE,
)
from guantong.mapping.schema.shapes import Schema, ref, table, table_of, text, texts
from guantong.model import EventModel, Field, Model
from guantong.model.declaration import TITLE
from guantong.model.load import CODES, EVENT, FIELD, INCLUDED

_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Known:
    """What a home knows by name. Nothing known: the names are left open."""

    model: Model = field(default_factory=lambda: Model({}, {}, {}))
    codecs: Collection[str] = ()
    functions: Mapping[str, FunctionSpec] = field(default_factory=dict)


def schema_of(document: str, known: Known) -> Schema:
    """The schema of one of `DOCUMENTS`. Raises `KeyError` for another name."""
    zh, en, make = DOCUMENTS[document]
    head = {"$schema": DRAFT, "$id": f"urn:guantong:schema:{document}", "title": f"{zh} · {en}"}
    return head | make(known)


def _mapping(known: Known) -> Schema:
    """Inherited files say only what differs, so no key is required of the file itself."""
    rules = table_of(ref("any_rule"))
    inside = {
        "record": table(RECORD, {}), "match": table_of(texts()), "when": table_of(texts()),
        "fields": rules, "in": rules, "out": rules, "reply": rules,
        "constants": table_of(table(CONSTANT, {})), "join": table(JOIN, {}),
    }
    rule = table(RULE, {
        "fields": rules, "codes": table_of(_rows()), "otherwise": table(IN_OUT, {}), "when": table_of(texts()),
        "need": table(NEED, {}),
    })
    if known.functions:
        rule["properties"]["via"] |= _calls(known.functions.values())
    made = table(MAPPING, inside, required=False)
    events = known.model.events
    if events:
        made["properties"]["event"] |= text(sorted(events))
        made["properties"]["join"]["properties"]["events"] |= texts(sorted(events))
        made["allOf"] = [
            {"if": {"properties": {"event": {"const": name}}, "required": ["event"]},
             "then": {"properties": {key: {"$ref": f"#/$defs/fields of {name}"} for key in ("fields", "in", "reply")}}}
            for name in sorted(events)
        ]
    fields = {f"fields of {name}": _paths(event) for name, event in sorted(events.items())}
    return made | {"$defs": {"any_rule": {"anyOf": [*texts()["anyOf"], ref("rule")]}, "rule": rule} | fields}


def _calls(functions: Collection[FunctionSpec]) -> Schema:
    """A call or a list of calls: `trim@1`; `trim`, which is the newest; `pad_left 6 0`."""
    bare = {name for spec in functions if not _needs(spec) for name in (spec.name, f"{spec.name}@{spec.version}")}
    given = sorted({re.escape(spec.name) for spec in functions if spec.parameters})
    one: Schema = {"anyOf": [
        text(sorted(bare)), *([{"type": "string", "pattern": f"^({'|'.join(given)})(@[0-9]+)?\\s"}] if given else []),
    ]}
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _needs(spec: FunctionSpec) -> bool:
    return any(one.default is None for one in spec.parameters)


def _paths(event: EventModel) -> Schema:
    """The canonical paths of an event, each with its label; nothing is said of the rules."""
    return {
        "properties": {path: _label(declared) for path, declared in event.fields.items()},
        "propertyNames": {"enum": list(event.fields)},
    }


def _label(declared: Field) -> Schema:
    said = [declared.label_zh, declared.label_en, declared.type, *([declared.codes] if declared.codes else []),
            *([declared.standard] if declared.standard else [])]
    return {"title": declared.label_zh, "description": " · ".join(said)}


def _dialect(known: Known) -> Schema:
    made = table(DIALECT, {
        "title": table(TITLE, {}), "codec": table(CODEC, {}), "options": table(OPTIONS, {}),
        "charset": table(IN_OUT, {}),
    })
    properties = made["properties"]
    if known.codecs:
        one = text(sorted(known.codecs))
        sides = table(CODEC, {})
        sides["properties"] = {name: said | one for name, said in sides["properties"].items()}
        properties["codec"]["anyOf"] = [one, sides]
    if known.model.events:
        properties["events"] |= texts(sorted(known.model.events))
    return made


def _table(known: Known) -> Schema:
    made = table(TABLE, {"title": table(TITLE, {}), "table": table_of(_rows())})
    lists = known.model.codes
    if lists:
        made["allOf"] = [
            {"if": {"properties": {"codes": {"const": name}}, "required": ["codes"]},
             "then": {"properties": {"table": {
                 "properties": {word: {"title": zh, "description": f"{zh} · {en}"} for word, (zh, en) in one.words.items()},
             }}}}
            for name, one in sorted(lists.items())
        ]
    return made


def _rows() -> Schema:
    """A word's native value or values, its row, or its rows."""
    row = table(ROW, {})
    row["properties"] = {name: said | (_DAY if name in ("from", "until") else {}) for name, said in row["properties"].items()}
    return {"anyOf": [*texts()["anyOf"], row, {"type": "array", "items": row}]}


def _event(known: Known) -> Schema:
    return table(EVENT, _of_an_event()) | {"$defs": _field_definitions(known)}


def _shared(known: Known) -> Schema:
    return table(INCLUDED, _of_an_event()) | {"$defs": _field_definitions(known)}


def _of_an_event() -> dict[str, Schema]:
    return {"title": table(TITLE, {}), "fields": table_of(ref("field"))}


def _field_definitions(known: Known) -> dict[str, Schema]:
    declared = table(FIELD, {"label": table(TITLE, {}), "fields": table_of(ref("field"))})
    if known.model.codes:
        declared["properties"]["codes"] |= text(sorted(known.model.codes))
    return {"field": declared}


def _codes(_: Known) -> Schema:
    return table(CODES, {"title": table(TITLE, {}), "words": table_of({"anyOf": [text(), table(TITLE, {})]})})


DOCUMENTS: Mapping[str, tuple[str, str, Callable[[Known], Schema]]] = {
    "mapping": ("字段映射文件", "mappings/DIALECT/EVENT.yaml", _mapping),
    "dialect": ("数据规范", "mappings/DIALECT/dialect.yaml", _dialect),
    "table": ("代码对照表", "mappings/DIALECT/codes/TABLE.yaml", _table),
    "event": ("过程信息", "mappings/canonical/events/EVENT.yaml", _event),
    "shared": ("过程信息的公共字段", "mappings/canonical/events/_NAME.yaml", _shared),
    "codes": ("标准代码表", "mappings/canonical/codes/LIST.yaml", _codes),
}
"""Every document: its title in Chinese, the files it is for, and how it is made."""
