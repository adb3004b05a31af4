"""The pairs beside the mappings hold: each record gives its event, each event its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from guantong.mapping import Dialect
from guantong.model import Field, Model
from guantong.record import Native
from guantong.yamlfile import plain, read_yaml

Pair = dict[str, Any]
MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
KEYS = {"name", "direction", "context", "record", "event"}


def _pairs() -> Iterator[Any]:
    for file in sorted(MAPPINGS.glob("*/tests/*.yaml")):
        node, problems = read_yaml(file)
        assert node is not None
        assert problems == []
        document = plain(node)
        assert isinstance(document, dict)
        for pair in document["tests"]:
            name = f"{file.parent.parent.name}/{file.stem}: {pair['name']}"
            yield pytest.param(file.parent.parent.name, pair, id=name)


def _typed(values: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The values of a pair, which are all texts in the file, in the types of the model."""
    made: dict[str, Any] = {}
    for path, value in values.items():
        field = fields[path]
        if field.type == "list":
            made[path] = [_typed(item, field.fields) for item in value]
        elif field.type == "integer":
            made[path] = int(value)
        else:
            made[path] = value
    return made


PAIRS = list(_pairs())
WRITTEN = [each for each in PAIRS if each.values[1].get("direction") != "in"]


@pytest.mark.parametrize(("dialect", "pair"), PAIRS)
def test_a_pair_holds(dialects: Mapping[str, Dialect], model: Model, dialect: str, pair: Pair) -> None:
    """Inward the record gives exactly the event's values; outward the event gives exactly the record."""
    assert set(pair) <= KEYS
    direction = pair.get("direction", "both")
    assert direction in ("in", "out", "both")
    spoken, record, event = dialects[dialect], pair["record"], pair["event"]
    values = _typed(event["values"], model.events[event["name"]].fields)
    context = {"system": {}, "site": {}, "case": {}, **pair.get("context", {})}
    if direction != "out":
        (translated,) = spoken.inward(Native(record["kind"], record["fields"]), context)
        assert (translated.event, dict(translated.values)) == (event["name"], values)
        assert list(translated.unread) == []
    if direction != "in":
        native = spoken.outward(event["name"], values, context).native
        assert (native.kind, native.fields) == (record["kind"], record["fields"])


@pytest.mark.parametrize(("dialect", "pair"), WRITTEN)
def test_what_a_pair_writes_survives_the_wire(dialects: Mapping[str, Dialect], dialect: str, pair: Pair) -> None:
    """A record encoded for its system and decoded again is the same record, rare characters included."""
    spoken, record = dialects[dialect], pair["record"]
    body = spoken.encode(Native(record["kind"], record["fields"]))
    (native,) = spoken.decode(body, record["kind"])
    assert native.kind == record["kind"]
    assert _texts(native.fields) == _texts(record["fields"])


def _texts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold something, numbers as text: wire forms differ in how they write nothing."""
    return {
        name: [_texts(item) for item in value] if isinstance(value, list) else str(value)
        for name, value in fields.items() if value not in (None, "")
    }
