"""Nested values as one level: path → value, the items of lists numbered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(values: Any, joint: str, path: str = "") -> dict[str, Any]:
    """`{"materials": [{"name": x}]}` as `{"materials[0].name": x}` with *joint* "."; with "/" as native paths are
    written. Empty lists and objects stand for themselves."""
    if isinstance(values, Mapping) and values:
        found: dict[str, Any] = {}
        for name, value in values.items():
            found |= flat(value, joint, f"{path}{joint if path else ''}{name}")
        return found
    if isinstance(values, list) and values:
        found = {}
        for number, value in enumerate(values):
            found |= flat(value, joint, f"{path}[{number}]")
        return found
    return {path: values}
