"""`guantong trace --delay`: where a case's time went, so that a warning it did not deserve can be taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import orjson
import typer
from rich.console import Console
from rich.text import Text

from guantong.cli.home import vault_of
from guantong.cli.screen import age, console, table
from guantong.clock import shown
from guantong.config import Configuration
from guantong.operations.delays import PARTS, CaseDelays, Late, StepDelay, Way, delays_of
from guantong.operations.idents import delivery_ident
from guantong.operations.tracing import find_subjects
from guantong.operations.words import DELIVERY_STATES, both
from guantong.store import Reader
from guantong.supervision.reading import read_case
from guantong.supervision.words import LEVELS
from guantong.supervision.words import both as both_words

COLUMNS = ("发生 Happened", "环节 Step", "办理", "来源", "目标 Target", "人工", "枢纽", "对方", "送达 Arrived")


def show_delays(config: Configuration, reader: Reader, key: str, *, as_json: bool) -> None:
    """Print where the time of each case that *key* names went."""
    vault, now = vault_of(config), time.time_ns() // 1_000_000
    platforms = [system.id for system in config.systems.values() if system.role == "supervision"]
    found = [delays_of(subject, read_case(reader, vault, config, subject).facts, reader.deliveries_of_subject(subject),
                       reader.journal_of(subject), platforms, now) for subject in find_subjects(reader, key)]
    if as_json:
        typer.echo(orjson.dumps({"key": key, "cases": [one.as_json() for one in found]}, option=orjson.OPT_INDENT_2))
        return
    for one in found:
        _print(console(), one)


def _print(screen: Console, case: CaseDelays) -> None:
    screen.print(Text(f"办件 Case C{case.subject}", style="bold"))
    if not case.steps:
        screen.print("  没有带时间的环节，或内容已按期限清除 · no step with a time of its own, or its contents were pruned")
        return
    screen.print(table(COLUMNS, [row for step in case.steps for row in _rows(step)]))
    for line in ("办理：距上一环节。来源：告知得晚。人工：等人处理。枢纽：本系统。对方：不通或未回执，含排在其后的等待。",
                 "办理 office: since the step before · 来源 source: told us late · 人工 person: somebody had to see to it",
                 "枢纽 hub: ours · 对方 target: away or without receipt, also for what waited behind"):
        screen.print(Text(line, style="dim"))
    for target, ways in _by_target(case).items():
        screen.print(f"合计 in all → {target}：" + " · ".join(
            f"{name} {age(sum(way.spent(part) for way in ways) / 1000)}"
            for name, part in zip(("人工 person", "枢纽 hub", "对方 target"), PARTS, strict=True)))
    for late in case.late:
        for line in _told_late(late):
            screen.print(Text(line, style="yellow"), soft_wrap=True)


def _rows(step: StepDelay) -> Iterator[Sequence[Text]]:
    """One row for each system it was told to; what is the step's own stands in the first."""
    own = [shown(step.occurred)[:16], step.name, age(step.office / 1000), age(step.source / 1000)]
    for way in step.ways or (None,):
        style = "yellow" if way is not None and way.reached is None else ""
        yield [Text(cell, style=style) for cell in (*own, *_way(way))]
        own = ["", "", "", ""]


def _way(way: Way | None) -> Sequence[str]:
    if way is None:
        return "—", "", "", "", ""
    reached = shown(way.reached)[:16] if way.reached is not None else both(DELIVERY_STATES, way.state)
    return way.target, *(age(way.spent(part) / 1000) for part in PARTS), reached


def _by_target(case: CaseDelays) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = {}
    for step in case.steps:
        for way in step.ways:
            found.setdefault(way.target, []).append(way)
    return found


def _told_late(late: Late) -> Iterator[str]:
    step, way = late.step, late.way
    until = shown(way.reached) if way.reached is not None else "—"
    split = " · ".join(f"{name} {age(length / 1000)}" for name, length in (
        ("来源 source", step.source), ("人工 person", way.spent("person")), ("枢纽 hub", way.spent("hub")), ("对方 target", way.spent("target"))))
    yield (f"{both_words(LEVELS, late.level)} {late.warning}（{shown(late.raised)}）发出时，{way.target} 尚不知道 {step.name}"
           f"（{delivery_ident(way.delivery)}）：{shown(step.occurred)} 已办，{until} 送达。{split}")
    yield (f"    When it was raised {way.target} did not know of {step.name}, which had happened: ask for the warning to be taken back "
           "where the step was in time.")
