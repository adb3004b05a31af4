"""`check` names a field that an address, a file's name, a key or a topic is filled from, and that no mapping ever writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.adapters.hubtargets import Target
from tests.adapters.test_transport_hub import home_at

from guantong.config import load
from guantong.plugins import registry

PLACE = "config/counties/east.yaml"
NAMED = {
    "rest": ({"url": "http://127.0.0.1:9", "send": {"EX_GDBS_SPCL": {"path": "/cases/{SBLSH}/steps/{%s}"}, "EX_GDBS_SL": {"path": "/{none}"}},
              "query": {"path": "/steps/{%s}"}},
             ["send.EX_GDBS_SPCL.path", "query.path"]),
    "files": ({"place": {"local": {"folder": "/srv/exchange"}}, "send": {"*": {"folder": "in", "name": "{kind}_{key}_{%s}.json"}}}, ["send.*.name"]),
    "amqp": ({"url": "amqp://127.0.0.1:9", "send": {"*": {"key": "in.{%s}"}}}, ["send.*.key"]),
    "mqtt": ({"url": "mqtt://127.0.0.1:9", "anonymous": True, "send": {"*": {"topic": "in/{%s}"}}}, ["send.*.topic"]),
}
SECRETS = {"amqp": ("user", "password")}


class Named(Target):
    """A county whose settings name the field *name*."""

    def __init__(self, adapter: str, name: str) -> None:
        self.adapter = adapter
        self.secrets = dict.fromkeys(SECRETS.get(adapter, ()), "invented")
        self._name = name

    def settings(self, port: int) -> dict[str, Any]:  # noqa: ARG002  nobody is called
        filled: dict[str, Any] = _filled(NAMED[self.adapter][0], self._name)
        return filled

    async def told(self) -> list[tuple[int, int]]:
        return []


def _filled(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, name) for key, one in value.items()}
    return value.replace("%s", name) if isinstance(value, str) else value


def lines(folder: Path, adapter: str, name: str) -> list[str]:
    """What is wrong, in words."""
    target = Named(adapter, name)
    environment = {"HALL_TOKEN": "invented", **{f"EAST_{one.upper()}": "invented" for one in target.secrets}}
    return [one.line() for one in load(home_at(folder, target, 9), registry(), environment).problems if one.code.severity == "error"]


@pytest.mark.parametrize("adapter", NAMED)
def test_a_field_that_is_never_written_is_named_where_it_stands(tmp_path: Path, adapter: str) -> None:
    """With those that are written; what is said of a kind that goes to another is nobody's business here."""
    found = lines(tmp_path, adapter, "SBLSHH")
    assert [one.partition(" ")[2].partition(":")[0] for one in found] == [f"systems.approval.settings.{path}" for path in NAMED[adapter][1]]
    for one in found:
        assert one.startswith(f"{PLACE}:")
        assert "{SBLSHH} is filled from the records of kind EX_GDBS_SPCL, and the mapping case.step never writes that field" in one
        assert "; name one that it writes: " in one
        assert " SBLSH," in one
        assert one.endswith("; or map it [GT391]")


@pytest.mark.parametrize("adapter", NAMED)
def test_a_field_that_is_written_is_no_mistake(tmp_path: Path, adapter: str) -> None:
    assert lines(tmp_path, adapter, "SBLSH") == []
