"""A desk for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.cli.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk. Nothing is logged: the runner's standard error, which `run` would log to, ends with each verb."""
    monkeypatch.setattr("guantong.log.configure", lambda *_: None)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield Desk(tmp_path / "home")
    structlog.reset_defaults()
