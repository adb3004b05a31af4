"""A pydantic model as tables of keys: what it accepts, its default, its meaning."""

from __future__ import annotations

import inspect
import json
from typing import Any

from pydantic import BaseModel

from reference_pages.text import cell, code, paragraph, table

BOUNDS = {
    "minimum": "at least {}", "exclusiveMinimum": "more than {}", "maximum": "at most {}",
    "minLength": "at least {} characters", "maxLength": "at most {} characters", "minItems": "at least {}",
}

# The example by which guantong.config.values declares a duration or a size.
UNITS = {
    "10m": (("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)),
    "16MiB": (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1)),
}


def _reference(schema: dict[str, Any]) -> str:
    name = str(schema["$ref"]).rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def accepts(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in schema:
        return _reference(schema)
    if "anyOf" in schema:
        return " or ".join(accepts(part) for part in schema["anyOf"] if part.get("type") != "null")
    if "allOf" in schema:
        return " and ".join(accepts(part) for part in schema["allOf"])
    if "enum" in schema:
        return ", ".join(code(word) for word in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    if "examples" in schema:
        return f"text such as {code(schema['examples'][0])}"
    kind = schema.get("type", "any value")
    if kind == "array":
        items = schema.get("items") or {}
        return f"list of {accepts(items)}" if items else "list"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"table of {accepts(values)}" if isinstance(values, dict) and values else "table"
    bounds = [words.format(schema[bound]) for bound, words in BOUNDS.items() if bound in schema]
    words = {"string": "text", "boolean": "`true`, `false`"}.get(kind, kind)
    return ", ".join([words, *bounds])


def _with_unit(value: float, units: tuple[tuple[str, float], ...]) -> str:
    """*value* in the largest unit that divides it."""
    name, size = next((name, size) for name, size in units if value % size == 0 or size == units[-1][1])
    return f"{value / size:g}{name}"


def _default(schema: dict[str, Any], required: bool) -> str:
    if required:
        return "*required*"
    value = schema.get("default")
    if value in (None, "", {}, []) or isinstance(value, dict):
        return ""
    units = UNITS.get(str(schema.get("examples", [""])[0]))
    if units and isinstance(value, int | float):
        return code(_with_unit(value, units))
    return code(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _section(name: str, schema: dict[str, Any], level: int) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (code(key), accepts(part), _default(part, key in required), paragraph(part.get("description", "")))
        for key, part in schema.get("properties", {}).items()
    ]
    head = f"{'#' * level} {name}"
    about = paragraph(inspect.cleandoc(schema.get("description", "")))
    wide = any(row[3] for row in rows)
    header = ("key", "accepts", "default", "meaning")
    keys = table(header, rows) if wide else table(header[:3], (row[:3] for row in rows))
    return "\n\n".join(part for part in (head, about, keys) if part)


def definitions(models: list[type[BaseModel]]) -> dict[str, dict[str, Any]]:
    """The schemas of *models* and of everything they hold, by name, each once."""
    found: dict[str, dict[str, Any]] = {}
    for model in models:
        schema = model.model_json_schema(by_alias=True, mode="validation")
        nested = schema.pop("$defs", {})
        found.setdefault(model.__name__, schema)
        for name, part in nested.items():
            found.setdefault(name, part)
    return found


def model_sections(models: list[type[BaseModel]], level: int = 2) -> list[str]:
    """One section per model, nested ones after those that hold them; closed lists of words are left to
    the keys that use them."""
    return [
        _section(name, schema, level) if "properties" in schema
        else f"{'#' * level} {name}\n\n{cell(accepts(schema))}"
        for name, schema in definitions(models).items()
    ]
