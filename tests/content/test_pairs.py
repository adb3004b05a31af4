"""The pairs beside the mappings hold, by the runner of `guantong test`: each record gives its event, each event its record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from guantong.mapping import Dialect
from guantong.mapping.pairfiles import load_pairs
from guantong.mapping.pairs import run_pairs
from guantong.mapping.showing import Shower
from guantong.model import Model

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
DIALECTS = sorted(file.parent.name for file in MAPPINGS.glob("*/dialect.yaml"))


@pytest.mark.parametrize("name", DIALECTS)
def test_the_pairs_of_a_dialect_hold(dialects: Mapping[str, Dialect], model: Model, name: str) -> None:
    """Each has pairs; each record gives exactly its event, each event exactly its record, and what is written
    survives its wire form."""
    pairs, _, problems = load_pairs(MAPPINGS / name, model, f"mappings/{name}")
    found = [problem for _, wrong in run_pairs(pairs, dialects[name], Shower(model)) for problem in wrong]
    assert [problem.line() for problem in (*problems, *found)] == []
    assert pairs
