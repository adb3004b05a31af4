"""What a machine lacks to open a system is told by its settings, before anything is opened."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from guantong.config import load
from guantong.config.paths import rooted
from guantong.plugins import registry
from guantong.starter import starter

CA = "tls/ca.pem"
SETTINGS: dict[str, dict[str, Any]] = {
    "rest": {"url": "https://county.example.invalid", "tls_ca": CA, "send": {"accept": {"path": "/accept"}}},
    "soap": {"url": "https://county.example.invalid", "tls_ca": CA, "operation": "invoke", "namespace": "urn:n", "arguments": [{"name": "xml", "value": "body"}]},
    "amqp": {"url": "amqps://broker.example.invalid", "tls_ca": CA, "receive": {"queue": "in"}},
    "mqtt": {"url": "mqtts://broker.example.invalid", "tls_ca": CA, "client_id": "guantong", "receive": {"topics": ["in"]}},
    "files": {"place": {"ftp": {"host": "files.example.invalid", "ca": CA}}},
}


@pytest.mark.parametrize("adapter", SETTINGS)
def test_a_file_of_authorities_that_cannot_be_used_is_told_at_its_setting(adapter: str, tmp_path: Path) -> None:
    """Where it is not there, and where it is no such file; nothing is told of one that is right."""
    spec = registry().adapters[adapter]
    settings = rooted(spec.settings.model_validate(SETTINGS[adapter]), tmp_path)
    [missing] = spec.lacks(settings)
    (tmp_path / "tls").mkdir()
    (tmp_path / CA).write_text("no PEM\n")
    [unusable] = spec.lacks(settings)
    path = "place.ftp.ca" if adapter == "files" else "tls_ca"
    assert [(one.code.id, one.path, one.details["what"]) for one in (missing, unusable)] == [
        ("GT657", path, "No such file or directory"), ("GT657", path, "there is nothing in it in the form of PEM that is wanted")]


def test_a_base_without_the_extra_for_databases_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is no part of the base."""
    monkeypatch.delitem(sys.modules, "guantong_adapters.table.database", raising=False)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    spec = registry().adapters["table"]
    [problem] = spec.lacks(spec.settings.model_validate({"url": "sqlite:///x.db", "poll": [{"table": "T", "read": {"flag": {}}}]}))
    assert (problem.code.id, problem.path, problem.details["what"]) == ("GT501", "url", "the package sqlalchemy is not installed")


def test_looking_and_repairing_go_on_without(tmp_path: Path) -> None:
    """A certificate that was taken away keeps nobody from looking at what waits."""
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), tmp_path / kind)
    place = tmp_path / "config/counties/rongcheng.yaml"
    place.write_text(place.read_text("utf-8").replace("      url: http:", "      tls_ca: tls/ca.pem\n      url: https:"), encoding="utf-8")
    told = {secrets: {problem.code.id for problem in load(tmp_path, registry(), {}, secrets=secrets).problems}
            for secrets in (True, False)}
    assert "GT657" in told[True]
    assert "GT657" not in told[False]
