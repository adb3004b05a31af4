"""Shows a demo to a person: Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from guantong.cli.sites_connected import WAYS
from guantong_plugins.demo.report import Report

_MOST_DIFFERENCES = 20
_CAST = (
    ("city.hall", "网上办事大厅收过程信息 hall, takes events", "SOAP"),
    ("city.hall-portal", "网上办事大厅推申办 hall, sends applications", "REST"),
    ("city.supervision", "电子监察 supervision", "SOAP"),
    ("rongcheng.approval", "榕城区审批系统 a county", "REST/JSON"),
    ("jiedong.approval", "揭东区审批系统 a county", "SOAP, GB18030"),
    ("jiexi.approval", "揭西县审批系统 a county", "交换表 tables"),
    ("huilai.approval", "惠来县审批系统 a county", "文件 files"),
    ("puning.approval", "普宁市审批系统 a county", "REST, SM4"),
)
"""Who plays: system, what it is, how it speaks."""
_COLUMNS = {
    "received": "收到\nreceived", "delivered": "送达\ndelivered", "retried": "重试\nretried",
    "duplicates": "重复丢弃\ndropped", "unknown_settled": "核实\nsettled", "dead": "异常\ndead",
    "p50_ms": "用时\np50", "p99_ms": "毫秒\np99",
}


def show_beginning(console: Console, cases: int, events: int, seed: int) -> None:
    """What is about to happen, and who takes part."""
    console.print("模拟的各方各是一个进程，各有台账，经中枢往来；网络、应答、数据都会出错，最后逐项对账。\n"
                  "Simulated parties, each a process with a ledger of its own, deal through a hub. Networks, replies and data go wrong; in the "
                  "end the books are compared.", highlight=False)
    cast = Table.grid(padding=(0, 2))
    for system, what, speaks in _CAST:
        cast.add_row(f"  {system}", what, speaks)
    console.print(cast, highlight=False)
    console.print(f"{cases} 件虚构的办件 invented cases, {events} 条过程信息 events, seed {seed}", highlight=False)


def show_report(console: Console, report: Report) -> None:
    """The table of systems, why letters died, and who is connected."""
    table = Table(title="各系统 · systems", box=SIMPLE_HEAD, padding=0, show_edge=False)  # fits 80 columns
    table.add_column("系统\nsystem", no_wrap=True)
    for title in _COLUMNS.values():
        table.add_column(title, justify="right", no_wrap=True)
    for name, numbers in sorted(report.systems.items()):
        table.add_row(name, *(_number(key, numbers.get(key)) for key in _COLUMNS))
    console.print(table)
    if report.reasons:
        console.print("异常 dead：数据有错，办件故事中特意安排的，须停在此处等人处理 · wrong on purpose, must wait here for a person", highlight=False)
    for system, reasons in sorted(report.reasons.items()):
        for reason in reasons:
            console.print(Padding(Text(f"{system}: {reason}"), (0, 0, 0, 2)))
    if report.connected.sites:
        words = {"towns": "镇街 towns", "villages": "村居 villages"}
        shares = " · ".join(f"{words[level]} {connected}/{total} ({connected / total:.0%})"
                            for level, (connected, total) in report.connected.sites.items())
        console.print(f"站点接入 sites connected: {shares}", highlight=False)
        ways = " · ".join(f"{WAYS.get(way, way)} {count}" for way, count in report.connected.ways.items())
        console.print(f"办理方式 ways: {ways}", highlight=False)
        if "" in report.connected.ways:
            console.print("  未注明：揭东、惠来的接口没有办理方式一项 · not told: the interfaces of Jiedong and Huilai have no field for it", highlight=False)
    if report.cards:
        words = {"raised": "发出 raised", "delivered": "送达 delivered", "answered": "已回复 answered", "withdrawn": "已撤牌 withdrawn"}
        counts = " · ".join(f"{words[what]} {count}" for what, count in report.cards.items())
        console.print(f"预警与红黄牌 cards: {counts}", highlight=False)


def _number(key: str, value: Any) -> str:
    if value is None:
        return "–"
    return f"{float(value):.0f}" if key.endswith("_ms") else str(value)


def show_verdict(console: Console, report: Report) -> None:
    """Whether the books agree with what every system has, and where they do not."""
    found = report.comparison
    counts = (
        f"丢失 lost {len(found.lost)} · 重复 doubled {len(found.doubled)} · 乱序 out of order {len(found.out_of_order)}"
        f" · 字段有误 wrong fields {len(found.wrong_fields)}\n"
        f"异常 dead {report.dead}，应有而无 missing {len(found.dead_missing)}，不应有 unexpected {len(found.dead_unexpected)}"
        f" · 回执有误 wrong receipts {len(found.wrong_receipts)} · 接入有误 wrong sites {len(found.wrong_sites)}"
    )
    size = f"{report.cases} 件 cases, {report.events} 条 events, {report.seconds:.1f} s"
    if report.agree:
        console.print(f"\n[bold green]账目相符 The books agree.[/] {size}\n{counts}", highlight=False)
        return
    console.print(f"\n[bold red]账目不符 The books do not agree.[/] {size}\n{counts}")
    if report.stalled:
        console.print(f"停滞 stalled: {report.stalled}", markup=False)
    differences = [str(difference) for difference in found.all()]
    for difference in differences[:_MOST_DIFFERENCES]:
        console.print(f"  {difference}", markup=False)
    if len(differences) > _MOST_DIFFERENCES:
        console.print(f"  … {len(differences) - _MOST_DIFFERENCES} more")


def show_trace(console: Console, serial: str, trace: str) -> None:
    """One case from the hall to supervision, as `guantong trace` prints it."""
    console.print(f"\n[bold]一件办件的全程 one case, all the way[/]: guantong trace {serial}", highlight=False)
    console.print(trace, markup=False, highlight=False, end="")


def show_next(console: Console) -> None:
    """How to look around in a demo that goes on running."""
    console.print("自己看看 to look around: guantong demo --cases 60 --serve --home ./demo", highlight=False)


def show_places(console: Console, home: str, hub: str, simulators: Mapping[str, str]) -> None:
    """Where everything is, while it is kept running."""
    console.print(f"[bold]仍在运行，Ctrl-C 结束 · still running, Ctrl-C ends it[/]\n  中枢 hub {hub} (/openapi.json, /metrics)  home {home}", highlight=False)
    for name, url in simulators.items():
        console.print(f"  {name:<12} {url}")
    for command in ("queues", "dead list", "unknown list", "sites connected", "trace SERIAL"):
        console.print(f"  guantong {command} --home {home}", markup=False)
