"""`guantong bench table`: the verb."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import NEEDS_DATABASE

FAILED = 1


def backlog(
    rows: Annotated[int, typer.Option(min=1, max=100_000_000, help="Unread rows (积压行数).")] = 20_000,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Rows read at a time (每批行数).")] = 500,
    deliver: Annotated[bool, typer.Option("--deliver", help="Let the target take them, row by row, into another table "
                                          "(同时写入目标表).")] = False,
    url: Annotated[str, typer.Option(help="SQLAlchemy's URL of a database where tables may be made and dropped; "
                                     "none: a file of SQLite (数据库地址).")] = "",
    folder: Annotated[Path | None, typer.Option(help="Where the home of the run is made (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """A backlog of an exchange table: read, mapped, durably kept, flagged, until nothing is left (前置库积压).

    Example: `guantong bench table --rows 1000000 --url postgresql+psycopg://root@127.0.0.1/test`
    """
    try:
        if importlib.util.find_spec("sqlalchemy") is None:
            raise ProblemsError([Problem(NEEDS_DATABASE)])
        from guantong_plugins.bench.backlog import BacklogPlan, drain  # needs the extra `database`

        place = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
        found = drain(BacklogPlan(rows, batch, not deliver, url), place)
        shutil.rmtree(place)  # a run that failed leaves its logs
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(FAILED) from None
    if as_object:
        conditions = {"name": "table", "runs": 1, "batch": batch, "deliver": deliver, "database": url.partition(":")[0] or "sqlite"}
        figures = {key: round(value, 3) for key, value in asdict(found).items()}
        typer.echo(orjson.dumps(conditions | figures).decode())
    else:
        typer.echo(f"{found.rows} 行 rows：每秒 {found.rate:.0f} 行 per s，CPU {found.cpu_us:.0f} µs，"
                   f"内存最多 at most {found.rss_mb:.0f} MB；落盘 sync {found.fdatasync_p50_ms:.2f} ms")
