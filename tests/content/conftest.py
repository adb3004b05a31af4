"""The shipped content as the product loads it: the model and the dialects, once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from guantong.mapping import Dialect, load_dialects
from guantong.model import Model, load_model
from guantong.plugins import registry
from guantong.problems import Problem

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model(MAPPINGS / "canonical")[0]


@pytest.fixture(scope="session")
def loaded(model: Model) -> tuple[Mapping[str, Dialect], list[Problem]]:
    plugged = registry()
    return load_dialects(MAPPINGS, model, plugged.codecs, plugged.functions)


@pytest.fixture(scope="session")
def dialects(loaded: tuple[Mapping[str, Dialect], list[Problem]]) -> Mapping[str, Dialect]:
    return loaded[0]
