"""A declaration's keys as JSON Schema: shapes, choices, and what each key means in Chinese and English.

Readers take every scalar as the text it is written with (`1`, `true` and `"1"` alike); editors see YAML's own
types. A word is therefore any scalar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from guantong.model.declaration import Key, Shape

Schema: TypeAlias = dict[str, Any]

TEXT: Schema = {"type": ["string", "number", "boolean", "null"]}
_INTEGER: Schema = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 999_999_999},
                              {"type": "string", "pattern": "^[0-9]{1,9}$"}]}
_FLAG: Schema = {"enum": [True, False, "true", "false"]}


def ref(name: str) -> Schema:
    """A reference to the definition *name* of the same document."""
    return {"$ref": f"#/$defs/{name}"}


def texts(choices: Sequence[str] = ()) -> Schema:
    """A word or a list of words, of *choices* if there are any."""
    return {"anyOf": [text(choices), {"type": "array", "items": text(choices)}]}


def text(choices: Sequence[str] = ()) -> Schema:
    """A word, of *choices* if there are any."""
    if not choices:
        return dict(TEXT)
    booleans = [choice == "true" for choice in choices if choice in ("true", "false")]
    return {"enum": [*choices, *booleans]}


def table_of(values: Schema) -> Schema:
    """A table with any keys and *values*."""
    return {"type": "object", "additionalProperties": values}


def table(keys: Sequence[Key], inside: Mapping[str, Schema], *, required: bool = True) -> Schema:
    """A table of these *keys* and no others. *inside* says what stands in a key's table, where one may stand;
    not *required* where another file may supply what this one leaves unsaid."""
    wanted = [key.name for key in keys if key.required] if required else []
    return {
        "type": "object",
        "properties": {key.name: _key(key, inside.get(key.name)) for key in keys},
        "additionalProperties": False,
        **({"required": wanted} if wanted else {}),
    }


def _key(key: Key, inside: Schema | None) -> Schema:
    meaning = {"title": key.zh, "description": f"{key.zh} · {key.en}"}
    return meaning | _shape(key.shape, key.choices, inside if inside is not None else {"type": "object"})


def _shape(shape: Shape, choices: Sequence[str], inside: Schema) -> Schema:
    if shape == "any":
        return {}
    if shape == "integer":
        return dict(_INTEGER)
    if shape == "flag":
        return dict(_FLAG)
    if shape == "table":
        return inside
    if shape == "text":
        return text(choices)
    if shape == "texts":
        return texts(choices)
    words = text(choices) if shape == "text or table" else texts(choices)
    return {"anyOf": [words, inside]}
