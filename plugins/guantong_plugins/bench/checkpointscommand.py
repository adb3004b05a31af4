"""`guantong bench checkpoints`: the verb."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from guantong.cli.home import print_problems
from guantong.problems import ProblemsError
from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.bench.needs import must_have

FAILED = 1


def checkpoints(
    seconds: Annotated[float, typer.Option(min=2, help="How long each run lasts (每次秒数).")] = 10.0,
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds; in each one run without and one with (轮数).")] = 5,
    rate: Annotated[float, typer.Option(min=1, help="Cases a second (每秒件数).")] = 150.0,
    folder: Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Whether sealing the journal, signing checkpoints and writing them outside delays a message (检查点是否拖慢报文).

    In turns, over fresh homes: without, and with a checkpoint every second, which is far more than anybody sets. Goal: a ratio of at most 1.1.

    Example: `guantong bench checkpoints --rounds 3`
    """
    root = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
    try:
        must_have()
        from guantong_plugins.bench.checkpoints import Side, compared, measured  # needs the extra `fast`

        took: dict[bool, list[Side]] = {False: [], True: []}
        disk = fdatasync_ms(root)
        screen = Console(stderr=True)
        with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=screen,
                      transient=True, disable=not screen.is_terminal) as bar:
            task = bar.add_task("检查点 checkpoints", total=2 * rounds)
            for number in range(rounds):
                for sealing in (False, True) if number % 2 == 0 else (True, False):  # neither side always goes first
                    took[sealing].append(measured(seconds, rate, Path(tempfile.mkdtemp(dir=root)), sealing=sealing))
                    bar.advance(task)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(FAILED) from None
    finally:
        shutil.rmtree(root)
    found = compared(took[False], took[True])
    if as_object:
        typer.echo(orjson.dumps({"name": "checkpoints", "runs": rounds, "rate": rate, "seconds": seconds, "fdatasync_p50_ms": round(disk, 3), **found}).decode())
        return
    table = Table("", "p99 ms", "p50 ms", "CPU µs", "封存 条\nsealed", "检查点\ncheckpoints")
    table.add_row("不封存 without", f"{found['without_p99_ms']:.1f}", f"{found['without_p50_ms']:.1f}", f"{found['without_cpu_us']:.0f}", "–", "–")
    table.add_row("封存 with", f"{found['p99_ms']:.1f}", f"{found['p50_ms']:.1f}", f"{found['cpu_us']:.0f}", str(found["sealed"]), str(found["checkpoints"]))
    console = Console()
    console.print(table)
    console.print(f"p99 之比 ratio {found['ratio']:.2f}（目标 goal ≤ 1.1），离散 spread {found['spread']:.0%}")
