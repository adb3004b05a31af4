"""`guantong bench journal`: the verb."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.bench.place import measuring

COLUMNS = ("哈希\nhash", "报文\nmessages", "日志 条/报文\nlines each", "CPU µs/报文\nCPU each", "写入 µs\nwriting", "封存 µs\nsealing",
           "占比\nshare", "离散\nspread")


def journal(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long load is offered in each run (每次秒数).")] = 4.0,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each hash; figures are their medians (轮数).")] = 3,
    connections: Annotated[int, typer.Option(min=1, max=512, help="Connections of the source (连接数).")] = 64,
    folder: Annotated[Path | None, typer.Option(help="Where the homes of the runs are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What part of the CPU of a message is the journal's: writing, sealing, signing (交换日志占比).

    The hub carries messages over the whole path and seals every line; then the same is written and sealed once more on its own, in a
    process that does nothing else. What was sealed must verify, every field of it, or there are no figures.

    Example: `guantong bench journal --json`
    """
    with measuring(folder) as root:
        from guantong_plugins.bench.journal import Part, measured, together  # needs the extra `fast`

        found: dict[str, list[Part]] = {}
        disk = fdatasync_ms(root)
        with Console(stderr=True).status("") as status:
            for one in measured(root, seconds, connections, runs):
                found.setdefault(one.hash, []).append(one)
                status.update(f"{one.hash} {one.share:.1%}")
        parts: list[dict[str, Any]] = [{"name": name, **together(each)} for name, each in found.items()]
    if as_object:
        typer.echo(orjson.dumps({"name": "journal", "seconds": seconds, "connections": connections, "runs": runs, "rate": parts[0]["rate"],
                                 "cpu_us": parts[0]["cpu_us"], "ratio": parts[0]["share"], "fdatasync_p50_ms": disk, "parts": parts}).decode())
        return
    table = Table(*COLUMNS)
    for part in parts:
        table.add_row(part["name"], f"{part['messages']:,.0f}", f"{part['lines']:.1f}", *(f"{part[name]:.0f}" for name in (
            "cpu_us", "write_us", "seal_us")), f"{part['share']:.1%}", f"{part['spread']:.0%}")
    Console().print(table)
