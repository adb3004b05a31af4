"""`guantong bench neighbours`: the verb."""

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

from guantong.cli.home import WRONG_USAGE, print_problems
from guantong.problems import Problem, ProblemsError, nearest
from guantong_plugins.bench.codes import NO_SUCH_NEIGHBOUR
from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.bench.needs import must_have
from guantong_plugins.bench.neighbours import BAD, WELL, Neighbourhood, compared, measured

FAILED = 1
_CHINESE = {"hangs": "对方不应答", "floods": "对方大量发来", "raises": "插件报错", "loops": "插件死循环", "leaks": "插件耗尽内存", "exits": "插件退出"}


def neighbours(
    bad: Annotated[list[str] | None, typer.Argument(help="Which neighbours; all unless named (不良邻居).")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long each run lasts (每次秒数).")] = 6.0,
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds; in each every neighbour once, and one that is well (轮数).")] = 5,
    rate: Annotated[float, typer.Option(min=1, help="Cases a second of the one that is measured (每秒件数).")] = 150.0,
    folder: Annotated[Path | None, typer.Option(help="Where files are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What a county that hangs, floods or brings a plugin that misbehaves does to the latency of the others, beside what one that is well does
    (互不影响).

    Neighbours: hangs, floods, raises, loops, leaks, exits. Everything runs on this machine: with few cores the neighbours also
    compete for them, which a county elsewhere does not.

    Example: `guantong bench neighbours hangs loops --rounds 3`
    """
    chosen = list(dict.fromkeys(bad or BAD))
    wrong = [name for name in chosen if name not in BAD]
    if wrong:
        details = {"name": wrong[0], "known": ", ".join(BAD), "near": nearest(wrong[0], BAD) or "hangs"}
        print_problems([Problem(NO_SUCH_NEIGHBOUR, details=details)])
        raise typer.Exit(WRONG_USAGE)
    plan = Neighbourhood(seconds=seconds, rate=rate)
    root = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
    took: dict[str, list[float]] = {name: [] for name in (WELL, *chosen)}
    try:
        must_have()
        disk = fdatasync_ms(root)
        screen = Console(stderr=True)
        with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=screen,
                      transient=True, disable=not screen.is_terminal) as bar:
            task = bar.add_task("邻居 neighbours", total=rounds * len(took))
            for _ in range(rounds):
                for name, values in took.items():
                    bar.update(task, description=f"邻居 neighbours · {_CHINESE.get(name, '正常 well')}")
                    values.append(measured(plan, name, Path(tempfile.mkdtemp(dir=root))))
                    bar.advance(task)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(FAILED) from None
    finally:
        shutil.rmtree(root)
    found = {name: compared(took[WELL], took[name]) for name in chosen}
    if as_object:
        typer.echo(orjson.dumps({"name": "neighbours", "runs": rounds, "rate": rate, "fdatasync_p50_ms": round(disk, 3),
                                 "neighbours": found}).decode())
        return
    table = Table("邻居\nneighbour", "p99 ms", "正常邻居 p99\nwell ms", "比值\nratio", "离散\nspread")
    for name, each in found.items():
        table.add_row(f"{_CHINESE[name]} {name}", f"{each['p99_ms']:.1f}", f"{each['well_p99_ms']:.1f}", f"{each['ratio']:.2f}",
                      f"{each['spread']:.0%}")
    Console().print(table)
