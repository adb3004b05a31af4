"""`guantong bench trace`: the cases that are made are whole, and each is found by every key."""

from __future__ import annotations

import os
import sqlite3

import orjson
import pytest
from tests.conftest import address
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong_plugins.bench.longjournal import LINES, POSTGRESQL, SQLITE, person, statements, window
from guantong_plugins.bench.tracing import KEYS


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))])
def test_a_case_is_found_by_every_key(store: str) -> None:
    """A case that lacks a line would leave no figures."""
    environ = {**os.environ, "GUANTONG_BENCH_DSN": f"postgresql://root@{address('postgresql')}/test"} if store == "postgresql" else {}
    done = CliRunner().invoke(build_app(), ["bench", "trace", "--entries", "2000", "--questions", "5", "--store", store, "--json"], env=environ)
    assert done.exit_code == 0, done.output
    told = orjson.loads(done.stdout)
    assert (told["store"], told["entries"], [one["key"] for one in told["parts"]]) == (store, 2000, list(KEYS))
    assert all(0 <= one["p50_ms"] <= one["p99_ms"] <= one["most_ms"] for one in told["parts"])


def test_both_databases_are_given_the_same_tables() -> None:
    """In the same order, of the same sizes."""
    sqlite, postgresql = statements(SQLITE, 7), statements(POSTGRESQL, 7)
    assert list(sqlite) == list(postgresql)
    assert f"i < {7 * LINES}" in sqlite["journal"]
    assert f"generate_series(1, {7 * LINES}::bigint)" in postgresql["journal"]


def test_cases_are_found_by_person_and_by_window() -> None:
    """The marks that are asked for are those that were made."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE lookup (mark BLOB, subject INTEGER, first_at INTEGER, last_at INTEGER)")
    made = statements(SQLITE, 4_000)
    for table in ("lookup", "lookup of windows"):
        connection.execute(made[table])
    for mark, cases in ((person(17), [17]), (window(17), [17, 3017])):
        assert [row[0] for row in connection.execute("SELECT subject FROM lookup WHERE mark = ? ORDER BY subject", (mark,))] == cases
    connection.close()


def test_without_a_database_it_says_what_it_needs() -> None:
    done = CliRunner().invoke(build_app(), ["bench", "trace", "--store", "postgresql"], env={"GUANTONG_BENCH_DSN": ""})
    assert (done.exit_code, "[GT635]" in done.stderr) == (1, True)
