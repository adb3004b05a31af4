"""Registers the embedded store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.plugins import hookimpl
from guantong.store import Reader, Store, StoreSpec
from guantong_plugins.stores.sqlite.opening import open_for_reading
from guantong_plugins.stores.sqlite.reader import SqliteReader
from guantong_plugins.stores.sqlite.settings import SqliteSettings


def _make(settings: SqliteSettings, home: Path) -> Store:
    from guantong_plugins.stores.sqlite.store import SqliteStore  # who only reads needs no writer

    return SqliteStore(settings, home)


def _open_reader(settings: SqliteSettings, home: Path) -> Reader:
    return SqliteReader(open_for_reading(home / settings.path))


@hookimpl
def register_stores() -> Sequence[StoreSpec]:
    return (StoreSpec("sqlite", SqliteSettings, _make, _open_reader, place=lambda settings: settings.path),)
