"""`guantong bench growth`: the verb."""

from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.bench.place import measuring


class Part(StrEnum):
    """What may grow."""

    QUEUED = "queued"
    MEMORY = "memory"
    DRAIN = "drain"


_TITLES = {
    "queued": "积压 queued", "accept_cpu_us": "受理 CPU µs\naccept", "accept_ratio": "比值\nratio", "accept_spread": "离散\nspread",
    "deliver_cpu_us": "推送 CPU µs\ndeliver", "deliver_ratio": "比值\nratio", "deliver_spread": "离散\nspread", "rss_mb": "内存 MB\nmemory",
    "messages": "报文 messages", "warm_mb": "预热后 MB\nwarm", "end_mb": "结束 MB\nend", "slope_mb": "每百万条增长 MB\nper million",
    "backlog": "积压 backlog", "drained_per_s": "每秒消化\ndrained/s", "p99_ms": "日常 p99 ms\nfresh", "alone_p99_ms": "独自 p99 ms\nalone",
    "ratio": "比值\nratio", "spread": "离散\nspread",
}


def growth(
    part: Annotated[list[Part] | None, typer.Argument(help="What is measured; all unless named (测试内容).")] = None,
    queued: Annotated[list[int] | None, typer.Option(min=1, help="Depths of the queue, at least two; 1,000, 10,000 and 100,000 unless "
                                                     "given (积压条数).")] = None,
    batch: Annotated[int, typer.Option(min=100, help="Messages accepted on top of the queue, and delivered from its head, in each round "
                                       "(每轮条数).")] = 5000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds at each depth (轮数).")] = 3,
    messages: Annotated[int, typer.Option(min=100, help="Messages of the long run (长时间运行条数).")] = 100_000,
    backlog: Annotated[int, typer.Option(min=100, help="Messages of the backlog that drains (待消化条数).")] = 190_000,
    rate: Annotated[float, typer.Option(min=1, help="Cases a second of the fresh traffic beside it (日常每秒件数).")] = 50.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long the backlog drains, and rests, in turns (每段秒数).")] = 10.0,
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="How many deliveries each target takes at once while it drains "
                                             "(并发数).")] = 8,
    folder: Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What a deep queue, a long run and a day's backlog cost (积压与长时间运行).

    queued: CPU a message beside a queue of the smallest depth. memory: what the hub holds along a run. drain: how fast a backlog goes,
    and what it does to the latency of others.

    Example: `guantong bench growth queued --queued 1000 --queued 1000000`
    """
    depths = sorted(set(queued or (1_000, 10_000, 100_000)))
    if len(depths) < 2:
        raise typer.BadParameter("请给出至少两个 --queued / give --queued at least twice", param_hint="--queued")
    chosen = dict.fromkeys(part or Part)
    screen = Console(stderr=True)
    found: dict[str, Any] = {}
    with measuring(folder) as root:
        from guantong_plugins.bench.draining import drain  # needs the extra `fast`
        from guantong_plugins.bench.growth import memory
        from guantong_plugins.bench.growth import queued as at_depths

        disk = fdatasync_ms(root)
        with screen.status("") as status:
            def tell(what: str) -> None:
                status.update(f"{now} {what}")

            for now in chosen:
                tell("")
                place = root / now
                place.mkdir()
                found[now.value] = (at_depths(depths, batch, rounds, place, tell) if now is Part.QUEUED else memory(messages, place, tell)
                              if now is Part.MEMORY else drain(backlog, rate, seconds, concurrency, place, tell))
                shutil.rmtree(place)
    if as_object:
        conditions = {"name": "growth", "runs": rounds, "batch": batch, "fdatasync_p50_ms": round(disk, 3)}
        typer.echo(orjson.dumps(conditions | found).decode())
        return
    for name, figures in found.items():
        _show(name, figures if isinstance(figures, list) else [figures])


def _show(name: str, lines: list[dict[str, Any]]) -> None:
    titles = {key: title for key, title in _TITLES.items() if key in lines[0]}
    table = Table(*titles.values(), title=f"bench growth {name}")
    for line in lines:
        table.add_row(*(f"{line[key]:,}" for key in titles))
    Console().print(table)
