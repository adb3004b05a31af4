"""`guantong retention`: how long what is over is kept (保留期限), and what never goes (证据保全), and what goes at once (清除内容)."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated, Any

import aiohttp
import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from guantong.cli.acting import ActorOption, WhyOption, act, actor_or_login
from guantong.cli.home import (
    HERE,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    reading,
    refuse,
    stop,
    unwritable,
    vault_of,
)
from guantong.cli.screen import console, table
from guantong.clock import now_ms, shown
from guantong.config import Configuration
from guantong.config.retention import YEAR
from guantong.control import ask_pruning
from guantong.hub import open_engine
from guantong.lock import HomeLocked
from guantong.operations import Act
from guantong.operations.codes import HUB_RUNS, NO_SUCH_CASE
from guantong.operations.redacting import redactable
from guantong.operations.tracing import find_subjects
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.retention.holdings import Why
from guantong.retention.plan import plan as planned
from guantong.retention.pruning import Pruner, counted
from guantong.retention.walk import Walk
from guantong.store import StoreFailed, StoreRefused
from guantong.vault import VaultError

STEP = 1.0  # seconds of pruning between two looks at how far it is
Keys = Annotated[list[str], typer.Argument(help="Cases, by any serial or as C5 (任一流水号或 C5).")]
STAGES = {"contents": "内容", "rows": "记录"}
REASONS: dict[Why, str] = {
    Why.OPEN: "未办结", Why.FROZEN: "证据保全", Why.FINDING: "疑点未消除", Why.IN_FLIGHT: "推送未完成", Why.FOR_A_PERSON: "待人工处理",
    Why.BACKFILL: "存量补传中", Why.MATTER: "事项待入目录", Why.NEWEST: "最新一条",
}
retention = typer.Typer(no_args_is_help=True, help="How long what is over is kept: plan, run, freeze, thaw, redact (保留期限).")


@retention.command()
def plan(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """What would go now, by county and kind, and what stays although it is old enough. Changes nothing (只看不删).

    Example: `guantong retention plan`
    """
    answer = _plan(configuration(home), quiet=as_json)
    if as_json:
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        _print_plan(console(), answer)


@retention.command()
def run(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask (不再询问).")] = False,
    home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
) -> None:
    """Prune what is due: shows the plan and asks, or takes `--yes` (清除到期内容).

    The running hub does it beside its traffic; Ctrl-C ends it between two cases. The journal's lines stay, and tell what went.

    Example: `guantong retention run --as 陈工`
    """
    config, who = configuration(home), actor_or_login(actor)
    if as_json and not yes:
        fail("--json 时请加 --yes / with --json, say --yes")
    if not yes:
        answer = _plan(config, quiet=False)
        _print_plan(console(), answer)
        if not answer["going"] or not typer.confirm("清除后不可恢复，继续？ What goes cannot be had back. Go on?"):
            return
    done = asyncio.run(_prune(config, who, quiet=as_json or not sys.stderr.isatty()))
    if as_json:
        typer.echo(orjson.dumps(done, option=orjson.OPT_INDENT_2))
    elif not done["pruned"]:
        typer.echo("没有到期的内容 · Nothing is due.")
    else:
        for one in done["pruned"]:
            typer.echo(f"✓ {one['county']} {one['kind'] or '-'} {STAGES[one['stage']]} {one['stage']}: {one['lots']}")
        typer.echo(f"共清除报文 {done['messages']} 份，{_size(done['bytes'])}，附件 {done['attachments']} 个 · "
                   f"{done['messages']} messages, {done['attachments']} attachments pruned")


@retention.command()
def freeze(keys: Keys, why: WhyOption = "", home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False) -> None:
    """Keep everything of a case, whatever its period, until it is thawed (证据保全).

    Example: `guantong retention freeze RC20140715-0001 --why 行政复议 --as 陈工`
    """
    if not why:
        fail("请用 --why 说明原因 / say why with --why")
    act(home, Act.FREEZE, keys, actor, why, as_json)


@retention.command()
def thaw(keys: Keys, why: WhyOption = "", home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False) -> None:
    """A frozen case is kept as long as its period, again (解除保全).

    Example: `guantong retention thaw C5 --why 复议已结 --as 陈工`
    """
    if not why:
        fail("请用 --why 说明原因 / say why with --why")
    act(home, Act.THAW, keys, actor, why, as_json)


@retention.command()
def redact(
    keys: Keys, why: WhyOption = "", dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go (只看不清).")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask (不再询问).")] = False,
    home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
) -> None:
    """Forget now what the records of a case said, and what was sent of it: a person asked for it, or a court (清除内容).

    It cannot be taken back. The journal's lines stay, with what binds us to the records: that there were such records is still
    provable, what they said is not to be found out any more. Nothing goes of a case that is frozen, or of which something is under way.

    Example: `guantong retention redact RC20140715-0001 --why 当事人申请删除 --dry-run`, then without --dry-run, `--as 陈工`
    """
    if not why and not dry_run:
        fail("请用 --why 说明原因 / say why with --why")
    who = "" if dry_run else actor_or_login(actor)
    if as_json and not (yes or dry_run):
        fail("--json 时请加 --yes / with --json, say --yes")
    if dry_run or not yes:
        going = _redactable(configuration(home), keys, as_json=as_json)
        if dry_run or not going or not typer.confirm("清除后不可恢复，继续？ What goes cannot be had back. Go on?"):
            return
    act(home, Act.REDACT, keys, who, why, as_json)


def _redactable(config: Configuration, keys: list[str], *, as_json: bool) -> bool:
    """Show what would go of each case; whether anything would."""
    shows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    with reading(config) as reader:
        for key in keys:
            subjects = find_subjects(reader, key)
            if not subjects:
                problems.append(Problem(NO_SUCH_CASE, details={"id": key[:60]}))
            for subject in subjects:
                held = redactable(reader, subject)
                if isinstance(held, Problem):
                    problems.append(held)
                else:
                    shows.append({"case": f"C{subject}", **counted(held)})
    if as_json:
        typer.echo(orjson.dumps({"going": shows, "problems": [one.as_json() for one in problems]}, option=orjson.OPT_INDENT_2))
    else:
        for one in shows:
            typer.echo(f"{one['case']}: 报文 {one['messages']} 份 messages，过程信息 {one['events']} 条 events，已推送 {one['sent']} 份 sent，"
                       f"附件 {one['attachments']} 个 attachments，{_size(one['bytes'])}")
        print_problems(problems)
    return bool(shows)


def _plan(config: Configuration, *, quiet: bool) -> dict[str, Any]:
    vault = vault_of(config)
    with reading(config) as reader, _progress(quiet or not sys.stderr.isatty()) as progress:
        task = progress.add_task("查看 looking")
        try:
            found = planned(Walk(config, reader, vault), now_ms(), lambda done, of: progress.update(task, completed=done, total=of))
        except VaultError as error:
            fail(str(error))
        frozen = [{"case": f"C{one.subject}", "since": shown(one.at), "by": one.actor, "why": one.why} for one in reader.frozen_cases()]
    return {"at": config.retention.at, **found.as_json(), "frozen": frozen}


def _period(days: int) -> str:
    """As the configuration writes it."""
    return f"{days // YEAR}y" if days % YEAR == 0 else f"{days}d"


def _print_plan(screen: Console, answer: dict[str, Any]) -> None:
    if answer["going"]:
        rows = [(one["county"], one["kind"] or "-", f"{STAGES[one['stage']]} {one['stage']}", str(one["lots"]), str(one["messages"]),
                 _size(one["bytes"]), str(one["attachments"]), one["oldest"], f"{one['rule']} {_period(one['days'])}") for one in answer["going"]]
        screen.print(table(("县区 County", "类别 Kind", "清除 What", "件 Lots", "报文 Messages", "大小 Size", "附件 Att.", "最早 Oldest", "规则 Rule"),
                           rows, right=(3, 4, 5, 6)))
    else:
        screen.print("没有到期的内容 · Nothing is due.")
    if answer["staying"]:
        screen.print("到期而保留 Old enough, and staying: " + "  ".join(
            f"{REASONS[Why(why)]} {why} {count}" for why, count in answer["staying"].items()), soft_wrap=True)
    for one in answer["frozen"]:
        screen.print(f"证据保全 frozen {one['case']}  {one['since']}  {one['by']}：{one['why']}", soft_wrap=True)
    when = "只在 guantong retention run 时清除 only by `run`" if answer["at"] == "never" else f"每晚 {answer['at']} 自动清除 every night"
    screen.print(when)


async def _prune(config: Configuration, actor: str, *, quiet: bool) -> dict[str, Any]:
    """All that is due, step by step; the sums."""
    counts: Counter[tuple[str, str, str]] = Counter()
    sums: Counter[str] = Counter()
    with _progress(quiet) as progress:
        task = progress.add_task("清除 pruning")
        async for step in _steps(config, actor):
            counts.update({(one["county"], one["kind"], one["stage"]): one["lots"] for one in step["pruned"]})
            sums.update({key: step[key] for key in ("messages", "bytes", "attachments")})
            progress.update(task, completed=step["walked"], total=step["length"])
    by = [{"county": county, "kind": kind, "stage": stage, "lots": lots} for (county, kind, stage), lots in sorted(counts.items())]
    return {"pruned": by, **{key: sums[key] for key in ("messages", "bytes", "attachments")}}


async def _steps(config: Configuration, actor: str) -> AsyncIterator[dict[str, Any]]:
    """Through the hub that runs on the home, or under its lock when it is stopped."""
    over = False
    try:
        async with open_engine(config, registry()) as engine:
            pruner = Pruner(engine)
            while not over:
                step = (await pruner.run(actor, STEP)).as_json()
                over = step["over"]
                yield step
            return
    except HomeLocked:
        pass  # a hub runs: it prunes for us
    except (StoreRefused, VaultError) as error:
        refuse(error)
    except StoreFailed as error:
        fail(str(error))
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(2) from None
    except OSError as error:
        unwritable(error)
    while not over:
        try:
            step = await ask_pruning(config.home, actor)
        except (aiohttp.ClientError, OSError):
            stop(Problem(HUB_RUNS))
        over = step["over"]
        yield step


def _progress(quiet: bool) -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=Console(file=sys.stderr),
                    transient=True, disable=quiet)


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MiB" if count >= 1024 * 1024 else f"{count / 1024:.1f} KiB"
