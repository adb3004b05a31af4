"""`guantong bench load`: the verb."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.problems import ProblemsError
from guantong_plugins.bench.loading import GOALS, Figures, measure

FAILED = 1
SHAPES = {"heirs": "各县只写差异 heirs of one dialect", "own": "各县自成一套 each all its own"}
NAMES = {"cold": "check，无缓存 cold", "cached": "check，有缓存 cached", "reload": "改一个文件后重新加载 one file changed"}


def loading(
    mappings: Annotated[int, typer.Option(min=11, help="How many mappings, at least (映射数).")] = 1000,
    runs: Annotated[int, typer.Option(min=1, help="How many runs; figures are their medians (轮数).")] = 5,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How long mappings take to load: `check` cold and cached, and a reload of one changed file (加载).

    Two homes are made in a temporary folder: dialects that extend one and say what differs, and dialects that say
    all themselves. `check` is a process of its own, its start included.

    Example: `guantong bench load --json`
    """
    try:
        with tempfile.TemporaryDirectory(prefix="guantong-bench-") as place:
            found = measure(Path(place), mappings=mappings, runs=runs)
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(FAILED) from None
    if as_object:
        whole = next(one for one in found if (one.shape, one.name) == ("own", "cold")).as_json()
        typer.echo(orjson.dumps(whole | {"name": "load", "parts": [one.as_json() for one in found]}).decode())
    else:
        _show(found)


def _show(found: Sequence[Figures]) -> None:
    table = Table(title="bench load")
    table.add_column("形式 shape")
    table.add_column("步骤 step")
    for title in ("映射\nmappings", "秒\ns", "CPU\ns", "目标\ngoal, s", "离散\nspread"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found:
        table.add_row(SHAPES[one.shape], NAMES[one.name], str(one.mappings), f"{one.seconds:.3f}", f"{one.cpu:.3f}",
                      f"{GOALS[one.name]:g}", f"{one.spread:.0%}")
    Console().print(table)
