"""Shows a demo to a person: Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from guantong.cli.sites_connected import WAYS
from guantong_plugins.demo.report import Report

_MOST_DIFFERENCES = 20
_COLUMNS = {
    "received": "收到\nreceived", "delivered": "送达\ndelivered", "retried": "重试\nretried",
    "duplicates": "重复丢弃\ndropped", "unknown_settled": "核实\nsettled", "dead": "异常\ndead",
    "p50_ms": "p50\nms", "p99_ms": "p99\nms",
}


def show_report(console: Console, report: Report) -> None:
    """The table of systems, why letters died, and what the comparison found."""
    table = Table(title="各系统 · systems", box=SIMPLE_HEAD, padding=0, show_edge=False)  # fits 80 columns
    table.add_column("系统\nsystem", no_wrap=True)
    for title in _COLUMNS.values():
        table.add_column(title, justify="right", no_wrap=True)
    for name, numbers in sorted(report.systems.items()):
        table.add_row(name, *(_number(key, numbers.get(key)) for key in _COLUMNS))
    console.print(table)
    for system, reasons in sorted(report.reasons.items()):
        for reason in reasons:
            console.print(f"  异常 dead · {system} · {reason}", markup=False, highlight=False)
    if report.connected.sites:
        words = {"towns": "镇街 towns", "villages": "村居 villages"}
        shares = " · ".join(f"{words[level]} {connected}/{total} ({connected / total:.0%})"
                            for level, (connected, total) in report.connected.sites.items())
        console.print(f"接入 connected: {shares}", highlight=False)
        ways = " · ".join(f"{WAYS.get(way, way)} {count}" for way, count in report.connected.ways.items())
        console.print(f"办理方式 ways: {ways}", highlight=False)
    if report.cards:
        words = {"raised": "发出 raised", "delivered": "送达 delivered", "answered": "已回复 answered", "withdrawn": "已撤牌 withdrawn"}
        counts = " · ".join(f"{words[what]} {count}" for what, count in report.cards.items())
        console.print(f"预警与红黄牌 cards: {counts}", highlight=False)
    _show_differences(console, report)


def _number(key: str, value: Any) -> str:
    if value is None:
        return "–"
    return f"{float(value):.0f}" if key.endswith("_ms") else str(value)


def _show_differences(console: Console, report: Report) -> None:
    found = report.comparison
    counts = (
        f"丢失 lost {len(found.lost)} · 重复 doubled {len(found.doubled)} · 乱序 out of order {len(found.out_of_order)}"
        f" · 字段有误 wrong fields {len(found.wrong_fields)} · 异常 dead {report.dead}"
        f" ({len(found.dead_missing)} missing, {len(found.dead_unexpected)} unexpected)"
        f" · 回执有误 wrong receipts {len(found.wrong_receipts)} · 接入有误 wrong sites {len(found.wrong_sites)}"
    )
    size = f"{report.cases} 件 cases, {report.events} 条 events, {report.seconds:.1f} s"
    if report.agree:
        console.print(f"[bold green]账目相符 The books agree.[/] {size}\n{counts}")
        return
    console.print(f"[bold red]账目不符 The books do not agree.[/] {size}\n{counts}")
    if report.stalled:
        console.print(f"停滞 stalled: {report.stalled}", markup=False)
    differences = [str(difference) for difference in found.all()]
    for difference in differences[:_MOST_DIFFERENCES]:
        console.print(f"  {difference}", markup=False)
    if len(differences) > _MOST_DIFFERENCES:
        console.print(f"  … {len(differences) - _MOST_DIFFERENCES} more")


def show_trace(console: Console, trace: str) -> None:
    """One case from the hall to supervision, as `guantong trace` prints it."""
    console.print(trace, markup=False, highlight=False, end="")


def show_places(console: Console, home: str, hub: str, simulators: Mapping[str, str]) -> None:
    """Where everything is, while it is kept running."""
    console.print(f"[bold]仍在运行，Ctrl-C 结束 · still running, Ctrl-C ends it[/]\n  hub {hub}  home {home}")
    for name, url in simulators.items():
        console.print(f"  {name:<12} {url}")
    for command in ("queues", "dead list", "unknown list", "trace SERIAL"):
        console.print(f"  guantong {command} --home {home}", markup=False)
