"""A county for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.cli.desk import Desk
from tests.reconcile.county import County


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk. Nothing is logged."""
    monkeypatch.setattr("guantong.log.configure", lambda *_: None)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield Desk(tmp_path / "home")
    structlog.reset_defaults()


@pytest.fixture
def county(desk: Desk, tmp_path: Path) -> Iterator[County]:
    """Its tables in a file of SQLite."""
    made = County(desk, f"sqlite:///{tmp_path / 'exchange.db'}")
    yield made
    made.close()


@pytest.fixture
def served(desk: Desk, database_url: str) -> Iterator[County]:
    """Its tables in each of the databases there are."""
    made = County(desk, database_url)
    yield made
    made.close()
