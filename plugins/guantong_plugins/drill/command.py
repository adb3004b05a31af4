"""`guantong drill`: the verb."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from guantong.cli.home import PROBLEMS_FOUND, WRONG_USAGE, print_problems
from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.demo.processes import terminable
from guantong_plugins.drill.broker import BrokerAt
from guantong_plugins.drill.campaign import (
    BROKER,
    FULL,
    LEASE,
    MOMENT,
    PAUSED,
    RESTARTED,
    STEPS,
    Campaign,
    Outcome,
    Plan,
)
from guantong_plugins.drill.codes import LIVE, NEEDS_SHARED, NOT_GOOD, NOT_SET
from guantong_plugins.drill.report import as_document

TELL_EVERY = 50  # cycles between two lines that tell how far it is
STRIKES = {
    "accept:before-commit": "接收，落盘前", "accept:after-commit": "接收，落盘后", "deliver:before-send": "推送前",
    "deliver:after-send": "推送后、未记录", "deliver:before-commit": "结果落盘前", "deliver:after-commit": "结果落盘后",
    "poll:before-mark": "读取后、未标记", "receipt:before-commit": "回执落盘前", "receipt:after-commit": "回执落盘后",
    MOMENT: "任意时刻", FULL: "磁盘写满", PAUSED: "停顿超过租约", BROKER: "消息服务器断开", RESTARTED: "消息服务器重启",
}


def drill(
    cycles: Annotated[int, typer.Option(min=1, max=100_000, help="How often the hub is killed (强制终止次数).")] = 20,
    seed: Annotated[int, typer.Option(help="Repeats a drill: the same faults in the same order (随机种子).")] = 1,
    folder: Annotated[Path | None, typer.Option(help="An empty folder on the disk to be proven; kept (演练目录，须为空).")] = None,
    postgresql: Annotated[str, typer.Option(help="The variable with the connection string of a PostgreSQL: the state is kept there, in "
                                            "a schema of the drill's own, taken away when the books agree (存放连接串的环境变量).")] = "",
    workers: Annotated[int, typer.Option(min=0, max=16, help="With --postgresql: so many processes that send, beside one that takes in, "
                                         "share the store; any of them is killed or frozen (推送进程数).")] = 0,
    rabbitmq: Annotated[str, typer.Option(help="The variable with amqp://user:password@host:port/: it tells workers what is ready, by "
                                          "queues of the drill's own, and goes away now and then (存放 RabbitMQ 地址的环境变量).")] = "",
    restart_broker: Annotated[str, typer.Option(help="A command that restarts the broker and ends when it is there again; without "
                                                "it only the network before it goes away (重启消息服务器的命令).")] = "",
    report: Annotated[Path | None, typer.Option(help="Write a report to hand over, .docx (演练报告).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Kill a hub at work again and again, on this disk, and prove that nothing is lost, done twice or out of order (故障演练).

    A hub of its own, with records of its own, in a folder of its own: nothing of a home is touched. It is killed at every durable
    step and at any moment, connections are cut, the disk is made too small; of several processes any is killed, or frozen for
    longer than its lease. What the sources were told is taken is then compared with what took effect. Ctrl-C ends the troubles early: what
    was done until then is judged.

    Example: `guantong drill --cycles 100 --report 演练报告.docx`;
    `guantong drill --cycles 100 --postgresql DRILL_DSN --workers 2 --rabbitmq DRILL_AMQP`
    """
    try:
        plan = _plan(cycles, seed, postgresql, workers, rabbitmq, restart_broker)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    place = folder or Path(tempfile.mkdtemp(prefix="guantong-drill-"))
    if place.exists() and any(place.iterdir()):
        print_problems([Problem(LIVE, details={"folder": place})])
        raise typer.Exit(WRONG_USAGE)
    place.mkdir(parents=True, exist_ok=True)
    try:
        disk = fdatasync_ms(place)
        outcome = _watched(plan, place)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(PROBLEMS_FOUND) from None
    if as_object:
        typer.echo(orjson.dumps(_object(outcome, disk)).decode())
    else:
        _show(outcome, disk)
    if report is not None:
        report.write_bytes(as_document(outcome, STRIKES, seed=seed, disk_ms=disk, place=place, store=_named(plan)))
    if not outcome.verdict.good:
        verdict = outcome.verdict
        details = {"lost": verdict.lost, "doubled": verdict.doubled, "out_of_order": verdict.out_of_order, "folder": place}
        print_problems([Problem(NOT_GOOD, details=details)])
        raise typer.Exit(PROBLEMS_FOUND)
    _drop_schema(plan.store)
    if folder is None:
        shutil.rmtree(place)


def _drop_schema(store: dict[str, Any]) -> None:
    """Take the drill's schema away, where it had one: the books agree, and it is as large as what was told."""
    if store["use"] == "postgresql":
        import psycopg  # an extra, which the hub of this drill had

        with psycopg.connect(os.environ[store["dsn"]["env"]], autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(psycopg.sql.Identifier(store["schema"])))


def _plan(cycles: int, seed: int, postgresql: str, workers: int, rabbitmq: str, restart: str) -> Plan:
    """What is to be done. Raises `ProblemsError` where that cannot be."""
    name = f"guantong_drill_{secrets.token_hex(4)}"
    problems = [Problem(NEEDS_SHARED, details={"option": option})
                for option, given, needed in (("--workers", workers, postgresql), ("--rabbitmq", rabbitmq, postgresql and workers),
                                              ("--restart-broker", restart, rabbitmq)) if given and not needed]
    problems += [Problem(NOT_SET, details={"variable": variable, "what": what, "what_zh": what_zh})
                 for variable, what, what_zh in ((postgresql, "connection string", "连接串"), (rabbitmq, "address", "地址"))
                 if variable and not os.environ.get(variable)]
    if problems:
        raise ProblemsError(problems)
    store: dict[str, Any] = {"use": "sqlite", "path": "var/guantong.db"}
    if postgresql:
        store = {"use": "postgresql", "dsn": {"env": postgresql}, "schema": name}
    if workers:
        store |= {"shared": True, "lease": f"{LEASE}s"}
    broker = BrokerAt.named(rabbitmq, os.environ[rabbitmq], name, restart) if rabbitmq else None
    return Plan(cycles, seed, store, workers, broker)


def _named(plan: Plan) -> str:
    """The store, and who works on it, in words."""
    if not plan.workers:
        return "PostgreSQL" if plan.store["use"] == "postgresql" else "SQLite"
    return f"PostgreSQL，接收进程 1 个、推送进程 {plan.workers} 个" + ("，RabbitMQ 派发待办票" if plan.broker else "")


def _watched(plan: Plan, place: Path) -> Outcome:
    """The campaign, with a bar that tells how far it is; a line now and then where nobody looks at a screen."""
    console, began = Console(stderr=True), monotonic()
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
                   transient=True, disable=not console.is_terminal)
    with terminable(), bar:
        task = bar.add_task("演练 drill", total=plan.cycles)

        def told(cycle: int, kind: str) -> None:
            bar.update(task, completed=cycle, description=f"演练 drill · {STRIKES[kind]}")
            if not console.is_terminal and cycle % TELL_EVERY == 0 and cycle < plan.cycles:
                console.print(f"演练 drill {cycle}/{plan.cycles}  {monotonic() - began:.0f} s")

        return asyncio.run(Campaign(plan, place, told).run())


def _object(outcome: Outcome, disk: float) -> dict[str, Any]:
    verdict = outcome.verdict
    return {
        "agree": verdict.good, "taken": verdict.taken, "lost": verdict.lost, "doubled": verdict.doubled,
        "out_of_order": verdict.out_of_order, "kills": outcome.kills, "ends": dict(outcome.ends), "not_struck": _left_out(outcome),
        "connections_cut": outcome.dropped, "refused": outcome.refused, "refused_on_full_disk": outcome.refused_full,
        "recovery_p50_ms": round(median(outcome.recovery_ms), 1), "recovery_max_ms": round(max(outcome.recovery_ms), 1),
        "seconds": round(outcome.seconds, 1), "fdatasync_p50_ms": round(disk, 3),
    }


def _left_out(outcome: Outcome) -> list[str]:
    """The durable steps at which nothing struck."""
    return [step for step in STEPS if not outcome.ends[step]]


def _show(outcome: Outcome, disk: float) -> None:
    verdict = outcome.verdict
    console = Console()
    table = Table("次数 times", "故障 trouble", title="故障演练 drill")
    for kind, title in STRIKES.items():
        if outcome.ends[kind]:
            table.add_row(str(outcome.ends[kind]), f"{title} {kind}")
    console.print(table)
    if left_out := _left_out(outcome):
        console.print(f"未涉及 not struck: {'、'.join(f'{STRIKES[kind]} {kind}' for kind in left_out)}（次数多些即可涉及 more --cycles reach them）",
                      style="yellow", soft_wrap=True)
    console.print(f"断开连接 connections cut {outcome.dropped}   暂拒 refused for later {outcome.refused}"
                  f"（磁盘写满时 with a full disk {outcome.refused_full}）")
    console.print(f"恢复 recovery p50 {median(outcome.recovery_ms):.0f} ms, max {max(outcome.recovery_ms):.0f} ms   "
                  f"落盘 sync {disk:.2f} ms   {outcome.seconds:.0f} s")
    colour = "green" if verdict.good else "bold red"
    console.print(f"[{colour}]已确认 taken {verdict.taken}：丢失 lost {verdict.lost}，重复 doubled {verdict.doubled}，"
                  f"乱序 out of order {verdict.out_of_order}[/]")
