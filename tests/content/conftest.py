"""The shipped content as the product loads it: the model, the dialects and their pairs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from guantong.mapping import Dialect, load_dialects
from guantong.model import Model, load_model
from guantong.plugins import registry
from guantong.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
MAPPINGS = ROOT / "mappings"


@cache
def loaded_model() -> tuple[Model, list[Problem]]:
    return load_model(MAPPINGS / "canonical")


@cache
def loaded_dialects() -> tuple[Mapping[str, Dialect], list[Problem]]:
    plugged = registry()
    return load_dialects(MAPPINGS, loaded_model()[0], plugged.codecs, plugged.functions)


@pytest.fixture(scope="session")
def model() -> Model:
    return loaded_model()[0]


@pytest.fixture(scope="session")
def dialects() -> Mapping[str, Dialect]:
    return loaded_dialects()[0]
