"""`guantong county ready`: is a county ready to go live? Everything is tried, nothing is sent."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.text import Text

from guantong.adapter import ProbeStep
from guantong.cli.codes import NO_HOME
from guantong.cli.home import HERE, PROBLEMS_FOUND, WRONG_USAGE, HomeOption, JsonOption, print_problems, stop
from guantong.cli.screen import console, table
from guantong.paper.write import write_paper
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.readiness.county import Readiness, ready
from guantong.readiness.items import HOME, WORDS, Item
from guantong.readiness.steps import STEPS

STYLES = {"passed": "green", "reminder": "yellow", "failed": "red", "skipped": "dim"}
MOST_TOLD = 12
"""Problems of one item that a screen shows; --json has them all."""


def county_ready(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The county: config/counties/NAME.yaml (县区标识).")],
    offline: Annotated[bool, typer.Option("--offline", help="Connect to nothing (不连接任何系统).")] = False,
    paper: Annotated[Path | None, typer.Option("--paper", metavar="DIR", help="Write the paperwork there: interface "
        "specification, network openings, joint-test report (生成接口规范、网络开通清单、联调测试报告).")] = None,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Prove that a county is ready, or tell what is not (上线前检查：配置、连通、样例、映射，逐项给出结论).

    The configuration, the secrets, the way to each system (name, port, certificate, credentials, folders, queues), the
    vendor's samples in samples/NAME/ and the pairs through both directions, coverage and round trip. Nothing is
    sent that takes effect. Exit 0: go; 1: no-go.

    Examples 示例: `guantong county ready konggang --offline` · `guantong county ready konggang --paper 文书`
    """
    if not home.is_dir():
        stop(Problem(NO_HOME, details={"folder": home.as_posix()}))
    try:
        found = asyncio.run(ready(home.resolve(), name, registry(), os.environ, online=not offline))
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None
    written = _paper(found, paper) if paper is not None else []
    if as_json:
        typer.echo(orjson.dumps({**found.as_json(), "paper": written}, option=orjson.OPT_INDENT_2))
    else:
        _show(found)
        for file in written:
            typer.echo(f"已生成 written: {file}")
    if not found.go:
        raise typer.Exit(PROBLEMS_FOUND)


def _paper(found: Readiness, folder: Path) -> list[str]:
    try:
        return [(folder / name).as_posix() for name in write_paper(found, folder)]
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(WRONG_USAGE) from None


def _show(found: Readiness) -> None:
    screen = console()
    rows = [(Text(WORDS[item.verdict][1], STYLES[item.verdict]), item.title[0], item.said[0]) for item in found.items]
    screen.print(table(("结论", "项目", "情况"), rows))
    for system, steps in found.probes.items():
        screen.print(f"\n{system} 探测 · probe", style="bold")
        screen.print(table(("步骤", "对象", "毫秒", "结果"), [_row(step) for step in steps], right=(2,)))
    for item in found.items:
        if item.verdict in ("failed", "reminder", "skipped"):
            _tell(item)
    counted = "，".join(f"{zh} {count}" for key, (_, zh) in WORDS.items()
                       if (count := sum(item.verdict == key for item in found.items)))
    screen.print(Text.assemble("\n", _verdict(found), f"  {found.county}：{counted}"))
    if found.secrets_missing:
        screen.print(f"枢纽尚不能启动，缺密钥 · the hub does not start yet, secrets are missing: {' '.join(found.secrets_missing)}", style="yellow")


def _verdict(found: Readiness) -> tuple[str, str]:
    if not found.go:
        return "不能上线 · NO-GO", "bold red"
    if any(item.verdict == "skipped" for item in found.items):
        return "已做的检查通过，未做的见上 · what was tried passed; some was not tried", "bold yellow"
    return "可以上线 · GO", "bold green"


def _row(step: ProbeStep) -> Sequence[str]:
    said = step.problem.message("zh") if step.problem else step.note or "正常"
    return (STEPS.get(step.step, step.step), step.target, f"{step.seconds * 1000:.0f}", f"[{step.category}] {said}" if step.category else said)


def _tell(item: Item) -> None:
    screen = console()
    screen.print(Text.assemble("\n", (f"{WORDS[item.verdict][1]} {item.title[0]}", STYLES[item.verdict]), f" · {WORDS[item.verdict][0]}: {item.title[1]}"))
    for todo in filter(None, item.todo):
        screen.print(f"  → {todo}")
    if item.key == HOME:
        screen.print(f"  {item.said[0]}")
        return
    for problem in item.problems[:MOST_TOLD]:
        screen.print(f"  {problem.line('zh')}")
        screen.print(f"      {problem.message('en')}")
        for way in item.ways.get(problem.identity, ()):
            screen.print(f"      {way}")
    if (more := len(item.problems) - MOST_TOLD) > 0:
        screen.print(f"  另有 {more} 个问题，见 --json · and {more} more")
