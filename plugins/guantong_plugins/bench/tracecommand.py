"""`guantong bench trace`: the verb."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.store import Reader
from guantong_plugins.bench.longjournal import (
    LINES,
    POSTGRESQL,
    SQLITE,
    fill,
    in_file,
    in_schema,
)
from guantong_plugins.bench.onpostgresql import VARIABLE, a_schema
from guantong_plugins.bench.tracing import Asked, asked

FAILED = 1
GOAL_MS = 100
COLUMNS = ("按 by", "p50 ms", "p99 ms", "最长 most ms")


def trace(
    entries: Annotated[int, typer.Option(min=LINES, help="Lines of the journal (日志条数).")] = 1_000_000,
    store: Annotated[Literal["sqlite", "postgresql"], typer.Option(help="Which store (存储).")] = "sqlite",
    questions: Annotated[int, typer.Option(min=1, help="How often each is asked, about cases at random (每种提问次数).")] = 200,
    folder: Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find a case in a long journal by its serial, a message, a delivery, a person, a window or the time, and tell its way (追溯).

    The journal is made by the database itself: ten lines a case, over half a year, each far from the case's last. Of 10,000,000
    lines that takes minutes, and 10 GB. The connection string stands in `GUANTONG_BENCH_DSN`.

    Example: `guantong bench trace --entries 10000000 --json`
    """
    cases, status = entries // LINES, Console(stderr=True).status("")
    try:
        with status, _filled(store, cases, folder, lambda table: status.update(f"造数据 filling · {table}")) as reader:
            status.update("追溯 tracing")
            found = asked(reader, cases, questions)
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(FAILED) from None
    _tell(found, store, cases * LINES, as_object)


@contextmanager
def _filled(store: str, cases: int, folder: Path | None, told: Any) -> Iterator[Reader]:
    root = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
    try:
        if store == "sqlite":
            with _opened("sqlite", {"path": "var/guantong.db"}, root, lambda: _fill_file(root / "var/guantong.db", cases, told)) as reader:
                yield reader
            return
        dsn = os.environ.get(VARIABLE, "")
        with a_schema(dsn) as schema, _opened("postgresql", {"dsn": {"env": VARIABLE}, "schema": schema}, root,
                                              lambda: _fill_schema(dsn, schema, cases, told)) as reader:
            yield reader
    finally:
        shutil.rmtree(root)


@contextmanager
def _opened(use: str, given: dict[str, Any], root: Path, filling: Any) -> Iterator[Reader]:
    """A reader of the store, whose tables the store itself made and *filling* filled."""
    spec = registry().stores[use]
    settings = spec.settings.model_validate(given)

    async def make() -> None:
        made = spec.make(settings, root)
        await made.open()
        await made.close()

    asyncio.run(make())
    filling()
    reader = spec.open_reader(settings, root)
    try:
        yield reader
    finally:
        reader.close()


def _fill_file(path: Path, cases: int, told: Any) -> None:
    execute = in_file(path)
    for table in fill(execute, SQLITE, cases):
        told(table)
    execute("PRAGMA journal_mode=WAL")


def _fill_schema(dsn: str, schema: str, cases: int, told: Any) -> None:
    import psycopg  # an extra, which `a_schema` has seen

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}".encode())
        connection.execute(b"SET synchronous_commit = off")
        for table in fill(in_schema(connection), POSTGRESQL, cases):
            told(table)
        connection.execute(b"ANALYZE")


def _tell(found: list[Asked], store: str, entries: int, as_object: bool) -> None:
    if as_object:
        typer.echo(orjson.dumps({"name": "trace", "store": store, "entries": entries, "goal_ms": GOAL_MS,
                                 "parts": [one._asdict() for one in found]}).decode())
        return
    table = Table(*COLUMNS, title=f"bench trace · {store} · {entries:,}")
    for one in found:
        table.add_row(one.key, f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}", f"{one.most_ms:.1f}")
    Console().print(table)
