"""`guantong bench queue`: the verb."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

from guantong.problems import ProblemsError
from guantong_plugins.bench.onpostgresql import VARIABLE, a_schema
from guantong_plugins.bench.queue import Baseline, Ours, measure, store_of, together
from guantong_plugins.bench.queuebaselines import postgresql_skip_locked, sqlite_window

FAILED = 1
GOALS = {"sqlite": "G8", "postgresql": "G12"}


def queue(
    store: Annotated[Literal["sqlite", "postgresql"], typer.Option(help="Which store (存储).")] = "sqlite",
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each run lasts (每次秒数).")] = 4.0,
    runs: Annotated[int, typer.Option(min=1, help="How many runs of each, in turns (次数).")] = 5,
    folder: Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put, claim and settle, beside a queue made by hand in the same run: of SQLite one writing thread with 512 on their way, of
    PostgreSQL `SKIP LOCKED` in batches of 64 (队列). The connection string stands in `GUANTONG_BENCH_DSN`.

    Example: `guantong bench queue --store sqlite --json`
    """
    root = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
    try:
        with ExitStack() as stack:
            pairs = [measure(*_sides(store, stack), Path(tempfile.mkdtemp(dir=root)), seconds) for _ in range(runs)]
        found = together(pairs)
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(FAILED) from None
    finally:
        shutil.rmtree(root)
    if as_object:
        typer.echo(orjson.dumps({"name": "queue", "store": store, "goal": GOALS[store], **found}).decode())
    else:
        typer.echo(f"{store}：每秒 {found['rate']:.0f} 次 cycles per s，手写 by hand {found['baseline_rate']:.0f}，比值 ratio {found['ratio']:.2f}"
                   f"（{GOALS[store]}），CPU {found['cpu_us']:.0f} µs，落盘 sync {found['fdatasync_p50_ms']:.2f} ms，离散 spread {found['spread']:.0%}")


def _sides(store: str, stack: ExitStack) -> tuple[Ours, Baseline]:
    """Our store, and the queue made by hand beside it."""
    if store == "sqlite":
        return partial(store_of, "sqlite", {}), sqlite_window
    dsn = os.environ.get(VARIABLE, "")
    settings = {"dsn": {"env": VARIABLE}, "schema": stack.enter_context(a_schema(dsn))}
    return partial(store_of, "postgresql", settings), partial(postgresql_skip_locked, dsn)
