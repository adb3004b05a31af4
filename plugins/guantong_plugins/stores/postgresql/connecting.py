"""A connection to PostgreSQL, as every part of the store wants it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from guantong.config.secrets import read_secret
from guantong.problems import Place, Problem
from guantong.secret import Secret
from guantong.store import StoreRefused
from guantong_plugins.stores.postgresql import codes, texts
from guantong_plugins.stores.postgresql.settings import PostgresqlSettings

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
PREPARED = 400
"""Statements that stay prepared: more than there are."""
logging.getLogger("psycopg").setLevel(logging.ERROR)  # its warnings tell of sessions that ended, of which we tell ourselves
_LOST_AFTER = 15_000
"""Milliseconds after which what was sent and not acknowledged means that the network is gone."""
_KEEPALIVE: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def dsn_of(settings: PostgresqlSettings, home: Path) -> Secret:
    """The connection string. Raises `StoreRefused` where there is none."""
    secret, problems = read_secret("store.dsn", settings.dsn, home, os.environ, Place(), "store.dsn")
    if secret is None:
        raise StoreRefused(Problem(codes.NO_DSN, path="store.dsn", details={"what": problems[0].message()}))
    return secret


def connect(settings: PostgresqlSettings, dsn: Secret) -> Connection:
    """A connection where every statement stands for itself. Raises psycopg's errors."""
    connection: Connection = psycopg.connect(
        dsn.reveal(), autocommit=True, connect_timeout=int(settings.connect_timeout), fallback_application_name="guantong",
        client_encoding="UTF8", tcp_user_timeout=_LOST_AFTER, **_KEEPALIVE,
    )
    connection.prepared_max = PREPARED
    texts.adapt(connection)
    # The server, too, is to notice soon that we are gone: what we hold is held until then. And it is not to compile what takes it less
    # time than compiling: a statement of 64 rows looks costly to it, and took four times as long.
    given = {"search_path": settings.namespace, "statement_timeout": f"{int(settings.statement_timeout * 1000)}", "jit": "off",
             **{f"tcp_{key}": str(value) for key, value in _KEEPALIVE.items()}}
    for name, value in given.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    return connection


def opened(settings: PostgresqlSettings, dsn: Secret) -> Connection:
    """The same for who begins: raises `StoreRefused`, which says what to do."""
    try:
        return connect(settings, dsn)
    except psycopg.ProgrammingError as error:
        # Its text may quote the connection string.
        raise StoreRefused(Problem(codes.BAD_DSN, path="store.dsn", details={"source": dsn.source})) from error
    except psycopg.Error as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StoreRefused(Problem(codes.CANNOT_CONNECT, path="store.dsn", details={"what": _without_frame(first)})) from error


def _without_frame(text: str) -> str:
    return text.removeprefix("connection failed: ").removeprefix("connection is bad: ")
