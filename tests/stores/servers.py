"""A schema of its own on a real PostgreSQL, for one test."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path
from typing import Any

import psycopg
from tests.conftest import address

from guantong_plugins.stores.postgresql.settings import PostgresqlSettings


def admin() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection that may do anything."""
    return psycopg.connect(dsn(), autocommit=True)


def dsn(user: str = "root", at: str | None = None, database: str = "test") -> str:
    """The connection string of a database, directly or through *at*, a relay's `host:port`."""
    return f"postgresql://{user}@{at or address('postgresql')}/{database}"


def schema_of(home: Path) -> str:
    """The schema that belongs to *home*: the same each time it is asked for."""
    return "gt_" + hashlib.sha256(str(home).encode()).hexdigest()[:20]


def new_name(kind: str) -> str:
    """A name nobody else has."""
    return f"gt_{kind}_{uuid.uuid4().hex[:12]}"


def settings(home: Path, text: str | None = None, schema: str | None = None, **more: Any) -> PostgresqlSettings:
    """Settings whose connection string stands in a file of *home*."""
    (home / "dsn").write_text(text or dsn())
    (home / "dsn").chmod(0o600)
    return PostgresqlSettings.model_validate({"dsn": {"file": "dsn"}, "schema": schema or schema_of(home), **more})


def drop(schema: str) -> None:
    """Take the schema away, with whoever is still in it."""
    with admin() as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def end_sessions(application: str) -> int:
    """Have the server end every session of *application*; how many there were."""
    with admin() as connection:
        return len(connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                                      (application,)).fetchall())


def use_in(home: Path, store: str) -> None:
    """Have the starter's home keep its data on PostgreSQL, by these lines under `store:`, the first of the file."""
    file = home / "config" / "guantong.yaml"
    text = re.sub(r"\nstore:\n(?:  .*\n)+", "\n", file.read_text(encoding="utf-8"))
    file.write_text(f"store:\n  use: postgresql\n  {store}\n{text}", encoding="utf-8")
