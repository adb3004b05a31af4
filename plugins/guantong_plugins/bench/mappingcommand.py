"""`guantong bench mapping`: the verb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.problems import ProblemsError
from guantong_plugins.bench.mapping import RECORDS, Figures, Part, measure, parts

FAILED = 1
TITLES = {
    "inward": "收：编译 ÷ 手写  inward ÷ handwritten",
    "outward": "发：编译 ÷ 手写  outward ÷ handwritten",
    "mapping": "收＋发：编译 ÷ 手写  both ways ÷ handwritten",
    "lineage": "留痕 ÷ 不留痕  with lineage ÷ without",
    "write": "写信封 ÷ lxml 建树  record to envelope ÷ lxml tree",
    "read": "读应答 ÷ lxml 解析  answer to record ÷ lxml parse",
    "soap": "一次调用 ÷ lxml 建树＋解析  a call ÷ lxml build and parse",
    "door": "收一次调用并应答 ÷ lxml 解析＋建树  a call taken and answered ÷ lxml parse and build",
    "exchange": "解码＋收＋发＋编码 ÷ orjson＋手写＋orjson  decode, map, encode ÷ the same by hand",
}


def mapping(
    runs: Annotated[int, typer.Option(min=1, help="How many rounds; figures are their medians (轮数).")] = 7,
    passes: Annotated[int, typer.Option(min=1, help=f"Passes over {RECORDS} records in each round (每轮遍数).")] = 8,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compiled mappings beside handwritten Python in the same process, interleaved (映射).

    31 fields and five materials, both ways. Needs no home and writes nothing.

    Example: `guantong bench mapping --json`
    """
    tell("mapping", parts, runs=runs, passes=passes, as_object=as_object)


def tell(name: str, make: Callable[[], list[Part]], *, runs: int, passes: int, as_object: bool) -> None:
    """Measure what *make* gives and print its figures; that of the part *name* are the bench's own."""
    try:
        found = measure(make(), runs=runs, passes=passes)
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(FAILED) from None
    if as_object:
        whole = next(one for one in found if one.name == name).as_json()
        typer.echo(orjson.dumps(whole | {"parts": [one.as_json() for one in found]}).decode())
    else:
        _show(name, found)


def _show(name: str, found: Sequence[Figures]) -> None:
    table = Table(title=f"bench {name}")
    table.add_column("比较 comparison")
    for title in ("目标\ngoal", "条/秒\nper s", "CPU\nµs", "基准\nµs", "比值\nratio", "离散\nspread"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found:
        table.add_row(TITLES[one.name], one.goal, f"{one.rate:.0f}", f"{one.cpu_us:.2f}", f"{one.baseline_us:.2f}",
                      f"{one.ratio:.3f}", f"{one.spread:.1%}")
    Console().print(table)
