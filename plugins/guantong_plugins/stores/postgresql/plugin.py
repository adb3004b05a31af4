"""Registers the store on PostgreSQL. Its driver is loaded when it is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.plugins import hookimpl
from guantong.problems import Problem
from guantong.store import Reader, Store, StoreRefused, StoreSpec
from guantong_plugins.stores.postgresql import codes
from guantong_plugins.stores.postgresql.settings import PostgresqlSettings


def _make(settings: PostgresqlSettings, home: Path) -> Store:
    _need_driver()
    from guantong_plugins.stores.postgresql.store import PostgresqlStore

    return PostgresqlStore(settings, home)


def _open_reader(settings: PostgresqlSettings, home: Path) -> Reader:
    _need_driver()
    from guantong_plugins.stores.postgresql.store import open_reader

    return open_reader(settings, home)


def _need_driver() -> None:
    try:
        import psycopg  # noqa: F401  optional: present with the extra `postgres`
    except ImportError as error:
        raise StoreRefused(Problem(codes.NO_DRIVER, path="store.use")) from error


@hookimpl
def register_stores() -> Sequence[StoreSpec]:
    return (StoreSpec("postgresql", PostgresqlSettings, _make, _open_reader, lambda settings: settings.shared,
                      lambda settings: settings.namespace),)
