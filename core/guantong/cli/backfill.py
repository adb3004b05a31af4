"""`guantong backfill`: the stock of a system (存量办件), read again or from exported files, behind everything that is fresh."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from guantong.adapter import Mark, Polls
from guantong.backfillstore import BackfillOrder
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import Blobs
from guantong.cli.acting import ActorOption, actor_or_login
from guantong.cli.backfill_files import (
    files_in,
    foretell,
    needs_a_look,
    place_among,
    print_forecast,
    told_by_files,
)
from guantong.cli.backfill_runs import print_runs, undelivered
from guantong.cli.codes import BACKFILL_RUNS, CANNOT_REREAD, NO_SUCH_PLACE
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption, configuration, fail, reading, stop
from guantong.cli.screen import console
from guantong.cli.since import SinceOption, moment
from guantong.config import Configuration, System
from guantong.config.values import parse_rate
from guantong.control import ask_backfill, backfill_figures, socket_path
from guantong.journey.backfill import BATCH, SKIPPED, Runs, Span, inside_of
from guantong.opening import context_of
from guantong.operations.backfill import reconciled
from guantong.operations.codes import HUB_RUNS, NO_HUB
from guantong.plugins import registry
from guantong.problems import Problem, nearest, told
from guantong.record import Record, Verdict
from guantong.testdoor.nowhere import Nowhere
from guantong.vault import Vault

MOST_RUNS = 10
"""Runs of a system that `--status` tells of, the latest."""
EVERY = 0.5  # seconds between looks at how far it is


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be read: these systems' stock of this span, so many a second; from the files in a folder, where one is given."""

    systems: list[System]
    span: Span
    rate: float
    folder: Path | None = None
    files: tuple[str, ...] = ()


def backfill(
    county: Annotated[str, typer.Argument(help="A place (jiexi), or one system of it (地区或系统).")],
    since: SinceOption = "",
    until: Annotated[str, typer.Option("--until", help="Before this date or time; without it, to the end (截止时间).")] = "",
    rate: Annotated[str, typer.Option("--rate", help="At most so many records: 20/s, 600/m (速率).")] = "20/s",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and count; nothing is kept or sent (只读取、统计).")] = False,
    folder: Annotated[Path | None, typer.Option("--from", metavar="FOLDER", help="Files that the county's vendor exported, in place of "
                                                "reading the system: XML, JSON, CSV, XLSX (厂商导出的文件).")] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once all is read; what is not delivered yet goes on "
                                          "(读完即返回，不等送达).")] = False,
    only: Annotated[str, typer.Option("--system", help="Of the county's systems, only this one (只补某系统).")] = "",
    status: Annotated[bool, typer.Option("--status", help="Begin nothing: how the latest runs stand and what came of them (只看补传的进展与核对).")] = False,
    home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
) -> None:
    """Carry a county's stock of cases in (存量办件补传): its polled systems are read again, or files that were exported are read.

    By the hub that runs, marked, behind everything fresh, with no warnings raised for it; a hub that is stopped goes on
    when it starts. In the end the counts are reconciled. Ctrl-C ends the watching, not the reading.

    Example: `guantong backfill jiexi --since 2026-01-01 --dry-run`, then without `--dry-run`;
    `guantong backfill rongcheng --from /srv/export --dry-run` tells of each file what would be taken, parked or is known already
    """
    if status:
        _status(configuration(home, secrets=False), county, only, as_json)
        return
    span, speed = Span(moment(since), moment(until, "--until")), _rate(rate)  # told whatever the county can
    config = configuration(home, secrets=dry_run and folder is None)
    asked = _from_files(config, county, only, folder, span, speed) if folder else Asked(_systems(config, county, only), span, speed)
    if dry_run and asked.folder is not None:
        foretold = foretell(config, asked.systems[0], asked.folder, span, quiet=as_json or not sys.stderr.isatty())
        _say(foretold, as_json, print_forecast)
        raise typer.Exit(needs_a_look(foretold))
    if dry_run:
        answer = {"would_read": [asyncio.run(_count(config, system, asked.span)) for system in asked.systems]}
        _say(answer, as_json, _print_counts)
        return
    runs = _begin(home.resolve(), asked, actor_or_login(actor))
    figures = asyncio.run(_watch(home.resolve(), runs, asked.files, wait=not no_wait, quiet=as_json or not sys.stderr.isatty()))
    _tell(figures, as_json)
    if not as_json and any(one["unfinished"] for one in figures):
        typer.echo(f"此后的进展与核对 how it goes on: guantong backfill {county} --status")
    _end_by(figures)


def _status(config: Configuration, county: str, only: str, as_json: bool) -> None:
    """How the latest runs stand: as the hub that runs says it, which knows what was refused where; else as the store has it."""
    systems = _of(config, county, only)
    with reading(config) as reader:
        rows = [row for system in systems for row in reader.backfills_of(system.id, MOST_RUNS)]
        figures = [{**reconciled(reader, row), "refused_places": []} for row in rows]
    if rows and socket_path(config.home).exists():
        try:
            figures = asyncio.run(backfill_figures(config.home, [row.id for row in rows]))
        except (aiohttp.ClientError, OSError):
            typer.echo("枢纽未应答，以下取自存储 · the hub does not answer: this is what its store has", err=True)
    if not rows and not as_json:
        typer.echo(f"没有补传过：{', '.join(one.id for one in systems)} · nothing of these was ever backfilled")
        return
    _tell(figures, as_json)
    _end_by(figures)


def _tell(figures: list[dict[str, Any]], as_json: bool) -> None:
    agree = not any(one["missing"] or one["for_a_person"] or one["unfinished"] or one["state"] != "done" for one in figures)
    _say({"agree": agree, "runs": figures}, as_json, print_runs)


def _end_by(figures: list[dict[str, Any]]) -> None:
    if any(one["missing"] or one["for_a_person"] for one in figures):
        raise typer.Exit(PROBLEMS_FOUND)


def _of(config: Configuration, county: str, only: str) -> list[System]:
    """The systems that *county* names, or of them the one called *only*."""
    there = {name: one for name, one in config.systems.items() if county in (name, name.partition(".")[0])}
    found = {name: one for name, one in there.items() if only in ("", name, name.partition(".")[2])}
    if not found:
        names = sorted(there) or sorted({part for name in config.systems for part in (name, name.partition(".")[0])})
        asked = only if there else county
        like = nearest(asked, names)
        stop(Problem(NO_SUCH_PLACE, details={"name": asked, "known": ", ".join(names), "near": f" ({like}?)" if like else ""}))
    return list(found.values())


def _from_files(config: Configuration, county: str, only: str, folder: Path, span: Span, rate: float) -> Asked:
    system = told_by_files(_of(config, county, only), county)
    there = folder.resolve()
    return Asked([system], span, rate, there, tuple(one.name for one in files_in(there)))


def _systems(config: Configuration, county: str, only: str) -> list[System]:
    found = _of(config, county, only)
    able = [one for one in found if one.poll is not None and one.adapter.rereads(one.settings)]
    if not able:
        stop(Problem(CANNOT_REREAD, details={"systems": ", ".join(one.id for one in found)}))
    return able


def _rate(text: str) -> float:
    try:
        return float(parse_rate(text))
    except ValueError:
        fail(f"--rate：{text[:60]!r} 不是速率；请写 20/s 或 600/m / --rate: {text[:60]!r} is no rate; write 20/s or 600/m")


def _begin(home: Path, asked: Asked, actor: str) -> list[int]:
    """Have the hub begin; the runs. Nothing is begun of the others when one is running."""
    if not socket_path(home).exists():
        stop(Problem(NO_HUB), PROBLEMS_FOUND)
    orders = [BackfillOrder(system.id, asked.span.since, asked.span.until, asked.rate, actor, asked.folder.as_posix() if asked.folder else "")
              for system in asked.systems]
    try:
        return asyncio.run(ask_backfill(home, orders))
    except Runs as error:
        stop(Problem(BACKFILL_RUNS, details={"system": error.system}), PROBLEMS_FOUND)
    except (aiohttp.ClientError, OSError):
        stop(Problem(HUB_RUNS), PROBLEMS_FOUND)


async def _watch(home: Path, runs: list[int], files: Sequence[str], *, wait: bool, quiet: bool) -> list[dict[str, Any]]:
    """Show how far they are until everything is read and, to *wait*, nothing goes by itself any more."""
    told = False
    shown = (BarColumn(), MofNCompleteColumn()) if files else ()
    columns = (TextColumn("{task.description}"), *shown, TextColumn("读取 read {task.fields[read]}"), TextColumn("{task.fields[left]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=quiet) as progress:
        tasks = {run: progress.add_task(f"#{run}", total=len(files) or None, left="", read=0) for run in runs}
        while True:
            try:
                figures = await backfill_figures(home, runs)
            except (aiohttp.ClientError, OSError):
                stop(Problem(HUB_RUNS), PROBLEMS_FOUND)
            for one in figures:
                progress.update(tasks[one["run"]], description=one["system"], read=one["read"],
                                completed=place_among(one["cursor"], list(files)) if one["state"] != "done" else len(files), left=f"未送达 to go {one['unfinished']}")
            if all(one["state"] == "done" for one in figures):
                if not wait or not any(one["unfinished"] for one in figures):
                    return figures
                if quiet and not told:  # nothing moves on a screen: a target that is down would look like a verb that hangs
                    told = True
                    typer.echo("\n".join(undelivered(one) for one in figures if one["unfinished"]) + (
                        "\n等待送达中；Ctrl-C 只结束等待，--no-wait 不等待 · waiting for them; Ctrl-C ends the waiting only, --no-wait does not wait"), err=True)
            await asyncio.sleep(EVERY)


async def _count(config: Configuration, system: System, span: Span) -> dict[str, Any]:
    """Read all there is with a memory of its own, and count; nothing is kept."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="guantong-") as folder:
        context = context_of(system, registry(), config, accept=_nobody, refused=lambda _code: None, now=lambda: 0.0)
        forgetful = Blobs(Nowhere(), Vault(os.urandom(32), os.urandom(32)), config.blobs.keys.largest)
        keep = partial(Intake, forgetful)
        connection = await system.adapter.open(replace(context, folder=Path(folder), rereading=True, keep=keep))
        try:
            assert isinstance(connection, Polls)  # noqa: S101 -- `rereads` says so
            cursor = ""
            while (polled := await connection.poll(cursor, BATCH)).records or polled.refused:
                for record in polled.records:
                    counts[inside_of(config, system, record, span)] += 1
                counts["refused"] += len(polled.refused)
                await connection.mark([*polled.refused, *(Mark(record.ref or "", SKIPPED) for record in polled.records)])
                cursor = polled.cursor
        except Exception as error:  # noqa: BLE001 -- a source of any kind may fail in any way; said, with what was counted
            return {"system": system.id, **counts, "failed": told(error)}
        finally:
            await connection.close()
    return {"system": system.id, **counts, "failed": None}


async def _nobody(_record: Record) -> Verdict:
    return SKIPPED


def _say(answer: dict[str, Any], as_json: bool, show: Any) -> None:
    if as_json:
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        show(console(), answer)


def _print_counts(screen: Console, answer: dict[str, Any]) -> None:
    for one in answer["would_read"]:
        counts = [f"{zh} {en} {one.get(en, 0)}" for en, zh in
                  (("inside", "在时段内"), ("outside", "时段外"), ("untold", "无法转换"), ("refused", "拒收"))]
        screen.print(f"{one['system']} · " + " · ".join(counts), soft_wrap=True)
        if one["failed"]:
            screen.print(f"  读取中断 the reading ended: {one['failed']}", style="bold red", soft_wrap=True)
