"""`guantong bench audit`: the verb."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong_plugins.bench.audit import Measured, measured, together
from guantong_plugins.bench.machine import fdatasync_ms

COLUMNS = ("哈希\nhash", "封存 条/秒\nsealed/s", "CPU µs", "核验 条/秒\nverified/s", "CPU µs", "离散\nspread")


def audit(
    entries: Annotated[int, typer.Option(min=1, help="Entries of the journal (日志条数).")] = 200_000,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each hash; figures are their medians (轮数).")] = 3,
    folder: Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How fast a journal is sealed into its tree and verified from its rows, without bodies (日志存证).

    In files of its own, SHA-256 and SM3 in turns; what was sealed must verify, or there are no figures.

    Example: `guantong bench audit --json`
    """
    root = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
    found: dict[str, list[Measured]] = {}
    try:
        disk = fdatasync_ms(root)
        with Console(stderr=True).status("") as status:
            for one in measured(root, entries, runs):
                found.setdefault(one.hash, []).append(one)
                status.update(f"{one.hash} {one.verify_rate:,.0f}/s")
    finally:
        shutil.rmtree(root)
    parts: list[dict[str, Any]] = [{"name": name, **together(each)} for name, each in found.items()]
    if as_object:
        typer.echo(orjson.dumps({"name": "audit", "entries": entries, "runs": runs, "rate": parts[0]["verify_rate"],
                                 "cpu_us": parts[0]["verify_cpu_us"], "fdatasync_p50_ms": disk, "parts": parts}).decode())
        return
    table = Table(*COLUMNS)
    for part in parts:
        table.add_row(part["name"], f"{part['seal_rate']:,.0f}", f"{part['seal_cpu_us']:.1f}", f"{part['verify_rate']:,.0f}",
                      f"{part['verify_cpu_us']:.1f}", f"{part['spread']:.0%}")
    Console().print(table)
