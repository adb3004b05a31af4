"""`guantong shadow`: parallel running (并行试运行), how far what we would send agrees with what the county reports."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from guantong.cli.codes import NOT_IN_SHADOW
from guantong.cli.home import (
    HERE,
    HomeOption,
    JsonOption,
    configuration,
    known_system,
    reading,
    stop,
    vault_of,
)
from guantong.cli.screen import console, table
from guantong.cli.since import SinceOption, moment
from guantong.config import Configuration
from guantong.journey.states import DeliveryState
from guantong.operations.shadow import Comparison, as_json
from guantong.problems import Problem
from guantong.store import Reader

Item = TypeVar("Item")
PERFECT = 1.0


def shadow(
    system: Annotated[str, typer.Argument(help="A system with `shadow:` (试运行的系统).")],
    home: HomeOption = HERE, since: SinceOption = "", as_json_: JsonOption = False,
) -> None:
    """Compare what would have been sent with what the county reports itself (并行试运行比对).

    Per event and field: compared, agreed, different, with masked examples. What has no partner is counted and not scored.

    Example: `guantong shadow rongcheng.approval --since 7d`
    """
    config = configuration(home)
    known_system(config, system, None)
    chosen = config.systems[system]
    if chosen.shadow is None:
        among = ", ".join(sorted(one.id for one in config.systems.values() if one.shadow)) or "-"
        stop(Problem(NOT_IN_SHADOW, details={"system": system, "known": among}))
    with reading(config) as reader:
        compared = Comparison(config, chosen, reader, vault_of(config), moment(since)).run(_watched)
        answer = {"system": system, "against": chosen.shadow.against or system, "match": chosen.shadow.match,
                  **as_json(compared, config), "dead": _dead(reader, system)}
    if as_json_:
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        _print(answer, config)


def _dead(reader: Reader, system: str) -> int:
    """What could not even be mapped."""
    return sum(count for target, state, count, _ in reader.counts() if (target, state) == (system, DeliveryState.DEAD))


def _watched(items: Iterable[Item]) -> Iterator[Item]:
    columns = (TextColumn("比对 comparing"), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
        yield from progress.track(items, total=None)


def _print(answer: dict[str, Any], config: Configuration) -> None:
    screen = console()
    unmatched = answer["unmatched"]
    screen.print(f"{answer['system']} · 对照 against {answer['against']} · 一致率 score {_share(answer['score'])}", style="bold",
                 soft_wrap=True)
    screen.print(f"未推送的 shadowed {answer['shadowed']} · 对方上报 reported {answer['reported']} · 配对 pairs {answer['pairs']} · "
                 f"无法转换 dead {answer['dead']}")
    screen.print(f"未配对（不计分）unmatched, not scored: 我方 ours {unmatched['ours']} · 对方 theirs {unmatched['theirs']} · "
                 f"多个候选 ambiguous {unmatched['ambiguous']}\n")
    for event in answer["events"]:
        declared = config.model.events.get(event["event"])
        screen.print(f"{declared.title_zh if declared else ''} {event['event']} · {event['pairs']} 对 pairs · {_share(event['score'])}",
                     style="bold")
        rows = [[one["path"], str(one["compared"]), str(one["agree"]), str(one["differ"] or "·"), str(one["only_ours"] or "·"),
                 str(one["only_theirs"] or "·"), _share(one["score"])] for one in event["fields"]]
        screen.print(table(["字段\nField", "比对\ncompared", "一致\nagree", "不同\ndiffer", "仅我方\nours", "仅对方\ntheirs", "一致率\nscore"],
                           rows, right=range(1, 6)))
        for one in event["fields"]:
            for example in one["examples"]:
                same = "（遮盖处不同 differs where masked）" if example["ours"] == example["theirs"] else ""
                screen.print(f"  {one['path']}  {example['case']}: “{example['ours']}” ({example['ours_by']}) ≠ "
                             f"“{example['theirs']}” ({example['theirs_by']}){same}", soft_wrap=True)
        screen.print()


def _share(score: float | None) -> str:
    """A share as people say it; never 100% for less than all."""
    if score is None:
        return "–"
    return "100%" if score == PERFECT else f"{min(score * 100, 99.9):.1f}%"
