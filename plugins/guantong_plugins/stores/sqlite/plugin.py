"""Registers the embedded store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.plugins import hookimpl
from guantong.store import Reader, Store, StoreSpec
from guantong_plugins.stores.sqlite.store import SqliteSettings, SqliteStore, open_reader_at


def _make(settings: SqliteSettings, home: Path) -> Store:
    return SqliteStore(settings, home)


def _open_reader(settings: SqliteSettings, home: Path) -> Reader:
    return open_reader_at(home / settings.path)


@hookimpl
def register_stores() -> Sequence[StoreSpec]:
    return (StoreSpec("sqlite", SqliteSettings, _make, _open_reader),)
