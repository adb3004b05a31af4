"""`guantong bench NAME`."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.auditcommand import audit
from guantong_plugins.bench.backlogcommand import backlog
from guantong_plugins.bench.burstcommand import burst
from guantong_plugins.bench.checkpointscommand import checkpoints
from guantong_plugins.bench.codes import NEEDS_POSTGRESQL
from guantong_plugins.bench.doorcommand import accept, start
from guantong_plugins.bench.figures import Run, as_json, spread, together
from guantong_plugins.bench.growthcommand import growth
from guantong_plugins.bench.journalcommand import journal
from guantong_plugins.bench.loadingcommand import loading
from guantong_plugins.bench.mappingcommand import mapping
from guantong_plugins.bench.needs import must_have
from guantong_plugins.bench.neighbourscommand import neighbours
from guantong_plugins.bench.onpostgresql import VARIABLE
from guantong_plugins.bench.queuecommand import queue
from guantong_plugins.bench.soapcommand import soap
from guantong_plugins.bench.ticketscommand import rabbitmq
from guantong_plugins.bench.tracecommand import trace

FAILED, WRONG_USAGE = 1, 2
bench = typer.Typer(no_args_is_help=True, help="Measure this installation on this machine (性能测试).")

_COLUMNS = {
    "rate": ("条/秒\nper s", 0), "cpu_us": ("CPU\nµs", 0), "p50_ms": ("端到端\np50 ms", 1),
    "p99_ms": ("\np99 ms", 1), "accept_p50_ms": ("受理\np50 ms", 1), "accept_p99_ms": ("\np99 ms", 1),
    "rss_mb": ("内存\nMB", 0), "fdatasync_p50_ms": ("落盘\nsync ms", 2),
}


@bench.callback()
def _group() -> None:
    """Measure this installation on this machine (性能测试)."""


bench.command("mapping")(mapping)
bench.command("load")(loading)
bench.command("soap")(soap)
bench.command("table")(backlog)
bench.command("burst")(burst)
bench.command("queue")(queue)
bench.command("rabbitmq")(rabbitmq)
bench.command("neighbours")(neighbours)
bench.command("growth")(growth)
bench.command("checkpoints")(checkpoints)
bench.command("audit")(audit)
bench.command("journal")(journal)
bench.command("trace")(trace)
bench.command("accept")(accept)
bench.command("start")(start)


@bench.command("flow")
def flow(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long load is offered in each run (每次秒数).")] = 4.0,
    runs: Annotated[int, typer.Option(min=1, help="How many runs, each over a fresh home (次数).")] = 5,
    connections: Annotated[int, typer.Option(min=1, max=512, help="Connections of the source (连接数).")] = 64,
    rate: Annotated[float, typer.Option(min=0, help="Records a second, whether or not earlier ones were "
                                        "answered; 0: each connection sends when answered (每秒条数).")] = 0.0,
    unknown: Annotated[Literal["retry", "hold"], typer.Option(help="The target's policy for attempts without "
                                                              "a known end (结果不明时).")] = "retry",
    synchronous: Annotated[Literal["FULL", "NORMAL"], typer.Option(help="How the file of SQLite commits (落盘方式).")] = "FULL",
    store: Annotated[Literal["sqlite", "postgresql"], typer.Option(help="Which store; the connection string of PostgreSQL "
                                                                   "stands in GUANTONG_BENCH_DSN (存储).")] = "sqlite",
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes that send, beside one that takes in; PostgreSQL only "
                                         "(推送进程数).")] = 0,
    folder: Annotated[Path | None, typer.Option(help="Where the homes of the runs are made; the disk measured "
                                                "(测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The whole path: HTTP in, durable accept, mapping in and out, HTTP out, outcome kept (全流程).

    Example: `guantong bench flow --json`
    """
    try:
        must_have()
        from guantong_plugins.bench.flow import FlowPlan, run_flow  # needs the extra `fast`

        plan = FlowPlan(seconds, connections, rate, unknown, synchronous, _dsn() if store == "postgresql" or workers else "", workers)
        done = []
        for _ in range(runs):
            place = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
            done.append(run_flow(plan, place))
            shutil.rmtree(place)  # a run that failed leaves its logs
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(FAILED) from None
    if as_object:
        conditions = {"seconds": seconds, "connections": connections, "offered": rate, "unknown": unknown,
                      "synchronous": synchronous, "store": "postgresql" if workers else store, "workers": workers}
        typer.echo(orjson.dumps(as_json("flow", done) | conditions).decode())
    else:
        _show("flow", done)


def _dsn() -> str:
    if not os.environ.get(VARIABLE):
        raise ProblemsError([Problem(NEEDS_POSTGRESQL, details={"variable": VARIABLE})])
    return os.environ[VARIABLE]


def _show(name: str, runs: list[Run]) -> None:
    table = Table(title=f"bench {name}")
    table.add_column("次\n#", justify="right", no_wrap=True)
    for title, _ in _COLUMNS.values():
        table.add_column(title, justify="right", no_wrap=True)
    for number, run in enumerate(runs, 1):
        table.add_row(str(number), *(f"{getattr(run, key):.{places}f}" for key, (_, places) in _COLUMNS.items()))
    table.add_section()
    medians = together(runs)
    table.add_row("中位", *(f"{medians[key]:.{places}f}" for key, (_, places) in _COLUMNS.items()),
                  style="bold")
    console = Console()
    console.print(table)
    console.print(f"每条都已确认，且只送达一次。 Every message was confirmed and arrived once. "
                  f"{sum(run.messages for run in runs)} 条 messages; 离散 spread {spread(runs):.0%}")
