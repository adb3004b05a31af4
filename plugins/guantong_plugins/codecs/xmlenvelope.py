"""What stands around a record in its document: texts by path, found, placed and taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guantong.record import Fields
from guantong_plugins.codecs.codes import unencodable


def parts(path: str | None) -> list[str]:
    """`HEAD/TYPE` as its names."""
    return path.split("/") if path else []


def text_at(fields: Fields, path: Sequence[str]) -> str:
    """The text at *path* without white space around it, or "". An attribute (`HEAD/@type`) is found beside a
    text and inside an object."""
    found: Any = fields
    for depth, name in enumerate(path):
        if not isinstance(found, dict):
            return ""
        beside = "".join(path[depth:]) if len(path) == depth + 2 and path[-1].startswith("@") else name
        found = found[beside] if beside in found else found.get(name)
        if beside != name and isinstance(found, str):
            break
    return found.strip() if isinstance(found, str) else ""


def placed(fields: Fields, path: Sequence[str], value: Any) -> Fields:
    """A copy of *fields* with *value* at *path*, before what is there. Raises `Unencodable`."""
    name = path[0]
    if len(path) == 1:
        if name in fields:
            raise _taken(name)
        return {name: value, **fields}
    below = fields.get(name, {})
    if not isinstance(below, dict):
        raise _taken(name)
    inner = placed(below, path[1:], value)
    if name in fields:
        return {key: inner if key == name else known for key, known in fields.items()}
    return {name: inner, **fields}


def _taken(name: str) -> Exception:
    return unencodable(name, "the envelope has an element of this name", "报文封套中有同名的元素")


def without(fields: Fields, path: Sequence[str]) -> Fields:
    """*fields* without what stands at *path*, nor an element that held nothing else."""
    name = path[0]
    inner = fields.get(name)
    if len(path) == 1:
        return {key: value for key, value in fields.items() if key != name}
    if len(path) == 2 and path[1].startswith("@") and not isinstance(inner, dict):
        gone = (f"{name}{path[1]}", *((name,) if inner == "" else ()))
        return {key: value for key, value in fields.items() if key not in gone}
    if not isinstance(inner, dict):
        return fields
    left = without(inner, path[1:])
    return {key: left if key == name else value for key, value in fields.items() if key != name or left}
