"""What loading remembers serves whoever loads the same again, wherever it lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.mapping.conftest import CANONICAL, DIALECT

from guantong.mapping import Dialect
from guantong.mapping.load import load_dialects
from guantong.mapping.memory import Memory
from guantong.model import load_model
from guantong.plugins import registry
from guantong.record import Native

FILES = {**CANONICAL, "county/dialect.yaml": DIALECT,
         "county/case.step.yaml": "event: case.step\nrecord: STEP\nfields: {serial.province: SBLSH, step.code: HJ}\n"}


def loaded(folder: Path, memory: Memory) -> Dialect:
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    model, _ = load_model(folder / "canonical", "mappings/canonical")
    dialects, problems = load_dialects(folder, model, registry().codecs, registry().functions, "mappings", memory)
    assert problems == []
    memory.settle()
    return dialects["county"]


def test_a_folder_like_one_that_was_read_is_not_read_again_and_keeps_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dialect translates as the other's does, and finds its tests and texts where it lies itself."""
    memory = Memory()
    first = loaded(tmp_path / "a", memory)
    monkeypatch.setattr("guantong.mapping.load.MappingReader", None)
    second = loaded(tmp_path / "b", memory)
    assert (first.folder, second.folder) == (tmp_path / "a/county", tmp_path / "b/county")
    record = Native("STEP", {"SBLSH": "1", "HJ": "handling"})
    assert second.inward(record, {}) == first.inward(record, {})
    assert (second.plans_in("STEP"), second.events_out()) == (first.plans_in("STEP"), first.events_out())
