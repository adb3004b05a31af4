"""A schema of PostgreSQL for a benchmark, which goes with it."""

from __future__ import annotations

import importlib.util
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import NEEDS_POSTGRESQL

VARIABLE = "GUANTONG_BENCH_DSN"


@contextmanager
def a_schema(dsn: str) -> Iterator[str]:
    """The name of a schema that is not there yet; whatever it holds in the end is dropped. Raises `ProblemsError` where the
    driver or the connection string is lacking."""
    if not dsn or importlib.util.find_spec("psycopg") is None:
        raise ProblemsError([Problem(NEEDS_POSTGRESQL, details={"variable": VARIABLE})])
    import psycopg

    name = f"guantong_bench_{secrets.token_hex(6)}"
    try:
        yield name
    finally:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
