"""`guantong backfill --from FOLDER`: files that a county's vendor exported, foretold file by file, and watched while they are read."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from guantong.cli.codes import NO_SUCH_PLACE
from guantong.cli.home import PROBLEMS_FOUND, reading, stop, vault_of
from guantong.config import Configuration, System
from guantong.exported.codes import WHICH_SYSTEM
from guantong.exported.connection import reading_of
from guantong.exported.forecast import FATES, Forecaster
from guantong.exported.listing import Exported, listed
from guantong.journey.backfill import Span
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.vault import Vault

_WORDS = {"accepted": "可收入", "duplicate": "重复", "stale": "旧版本", "conflict": "版本冲突", "unrouted": "无处可推",
          "parked": "无法转换", "refused": "拒收", "outside": "时段外"}


def told_by_files(found: list[System], name: str) -> System:
    """The one system of *found* whose records files can hold; ends the verb where there are several, or none."""
    able = [one for one in found if one.dialect.kinds_in()]
    if len(able) > 1:
        stop(Problem(WHICH_SYSTEM, details={"name": name, "systems": ", ".join(one.id for one in able)}))
    if not able:
        stop(Problem(NO_SUCH_PLACE, details={"name": name, "known": ", ".join(one.id for one in found), "near": ""}))
    return able[0]


def files_in(folder: Path) -> list[Exported]:
    """The files below *folder*; ends the verb where it cannot be read."""
    try:
        return listed(folder)
    except ProblemsError as error:
        stop(error.problems[0])


def foretell(config: Configuration, system: System, folder: Path, span: Span, *, quiet: bool) -> dict[str, Any]:
    """What would become of every file: nothing is kept or sent."""
    files = files_in(folder)
    with ExitStack() as stack:
        if config.keys.digest_is_there:
            vault, reader = vault_of(config), stack.enter_context(reading(config))
        else:  # nothing was ever kept here
            vault, reader = Vault(os.urandom(32), os.urandom(32)), None
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bar = stack.enter_context(Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=quiet))
        task = bar.add_task("查看文件 reading files", total=len(files))
        found: list[dict[str, Any]] = []
        for one in Forecaster(config, system, vault, reader).files(files, reading_of(system, registry()), span):
            found.append(one.as_json())
            bar.advance(task)
    total: Counter[str] = Counter()
    for file in found:
        total.update({name: file[name] for name in ("records", *FATES)})
    return {"system": system.id, "folder": folder.as_posix(), "files": found, **{name: total[name] for name in ("records", *FATES)}}


def print_forecast(screen: Console, answer: dict[str, Any]) -> None:
    """The forecast, a line a file, with its problems below."""
    for file in answer["files"]:
        screen.print(f"{file['file']} · {_counted(file)}", soft_wrap=True, markup=False)
        for problem in file["problems"]:
            screen.print(f"    {problem['message_zh']}", style="yellow", soft_wrap=True, markup=False)
            screen.print(f"    {problem['message']}", style="dim", soft_wrap=True, markup=False)
    count = len(answer["files"])
    screen.print(f"{answer['system']} · 共 {count} 个文件 files · {_counted(answer)}", style="bold", soft_wrap=True, markup=False)
    screen.print("以上只是预估，未留存、未推送。Nothing was kept or sent.")


def _counted(counts: dict[str, Any]) -> str:
    told = [f"{_WORDS[fate]} {fate} {counts[fate]}" for fate in FATES if counts[fate]]
    return " · ".join([f"记录 records {counts['records']}", *told])


def place_among(cursor: str, names: list[str]) -> int:
    """How many of the files *names* a run with this cursor has finished."""
    try:
        name = orjson.loads(cursor)[0]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return 0
    return sum(one < name for one in names)


def needs_a_look(answer: dict[str, Any]) -> int:
    """The exit code of a forecast: problems found, where a record would not simply be taken."""
    return PROBLEMS_FOUND if any(answer[fate] for fate in ("conflict", "unrouted", "parked", "refused")) else 0
