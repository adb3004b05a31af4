"""The starter's mappings, read once in a process of the tests: most tests load them, unchanged or but for one file, and reading
them is most of what they would take."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from guantong.mapping import Dialect
from guantong.mapping.load import read_mappings
from guantong.mapping.memory import Memory
from guantong.model import Model
from guantong.plugins import Registry, registry
from guantong.problems import Problem
from guantong.starter import starter
from guantong.yamlfolder import YamlFolder

Read = tuple[Model, Mapping[str, Dialect], list[Problem]]
_LOADING = import_module("guantong.config.load")  # the package's `load` is the function
_read = _LOADING._mappings


@cache
def _starter(name: str) -> dict[Hashable, Any]:
    """What is made of the starter's mappings, by the hash of their content; problems call their folder *name*."""
    memory = Memory()
    _read(read_mappings(starter("mappings")), name, registry(), memory, None)
    return memory._before


def _remembering(folder: YamlFolder, name: str, plugged: Registry, memory: Memory, outlines: Path | None) -> Read:
    """As `load` does it; what is as in the starter, and read with the same plugins, is not made anew."""
    usual = registry()
    if not memory._before and (plugged.codecs, plugged.functions) == (usual.codecs, usual.functions):
        memory._before.update(_starter(name))
    found: Read = _read(folder, name, plugged, memory, outlines)
    return found


def remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every `load` of this process begin with the starter known."""
    monkeypatch.setattr(_LOADING, "_mappings", _remembering)
