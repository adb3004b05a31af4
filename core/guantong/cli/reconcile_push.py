"""`guantong reconcile --push`: what does not agree is fetched again or replayed; first it is only listed."""

from __future__ import annotations

import asyncio
import shlex
import sys
from contextlib import nullcontext, redirect_stdout, suppress

import aiohttp
import typer

from guantong.backfillstore import BackfillOrder
from guantong.cli.acting import act, actor_or_login
from guantong.cli.codes import BACKFILL_RUNS
from guantong.cli.home import PROBLEMS_FOUND, fail, stop
from guantong.config import Configuration
from guantong.control import ask_backfill, socket_path
from guantong.journey.backfill import Runs
from guantong.operations import Act
from guantong.operations.codes import HUB_RUNS, NO_HUB
from guantong.problems import Problem
from guantong.reconcile.comparing import Wanted
from guantong.reconcile.pushing import FOR_A_PERSON, Pushing

RATE = 50.0
"""Records a second at most that are fetched again."""
MOST_NAMED = 20
AT_ONCE = 5000
"""Ids in one order."""


def print_plan(wanted: Wanted, pushing: Pushing) -> None:
    """What would be done, and what is left to people."""
    if pushing.fetched:
        typer.echo(f"重取 fetch again: {pushing.fetched} 件，从 {wanted.system.id} 重读 {wanted.days} · read again at the source")
    if pushing.replayed:
        more = f" … 共 {len(pushing.replayed)}" if len(pushing.replayed) > MOST_NAMED else ""
        typer.echo(f"重放 replay: {' '.join(pushing.replayed[:MOST_NAMED])}{more}")
    for name, count in sorted(pushing.left.items()):
        what, what_zh = FOR_A_PERSON[name]
        typer.echo(f"需人工 for a person: {count} 件 {what_zh} · {what}")
    if not pushing.fetched and not pushing.replayed:
        typer.echo("没有可自动补的 · Nothing can be pushed again.")


def command_for(wanted: Wanted, *, yes: bool) -> str:
    """The command that lists what can be pushed again, or with *yes* carries it out."""
    days = f" --date {wanted.days.first}" + (f" --to {wanted.days.last}" if wanted.days.last != wanted.days.first else "")
    file = f" --file {shlex.quote(wanted.file.as_posix())}" if wanted.file is not None else ""
    return f"guantong reconcile {wanted.system.id}{days}{file} --push" + (" --yes --why 原因" if yes else "")


def carry_out(config: Configuration, wanted: Wanted, pushing: Pushing, actor: str, why: str, *, quiet: bool = False) -> list[int]:
    """Have it done, journaled with *actor* and *why*; the runs of the backfill that were begun. What is replayed is told as by
    `guantong dead replay`."""
    if not why:
        fail("请用 --why 写明原因 / say why, with --why")
    person = actor_or_login(actor)
    runs = _fetch(config, wanted, person, why) if pushing.fetched else []
    for run in runs:
        typer.echo(f"已开始重取，第 {run} 次；进展 how it goes: guantong backfill {wanted.system.id} --status", err=True)
    for start in range(0, len(pushing.replayed), AT_ONCE):
        with redirect_stdout(sys.stderr) if quiet else nullcontext(), suppress(typer.Exit):  # what could not be done is said; the books differ anyway
            act(config.home, Act.REPLAY, pushing.replayed[start:start + AT_ONCE], person, why, as_json=False)
    return runs


def _fetch(config: Configuration, wanted: Wanted, actor: str, why: str) -> list[int]:
    if not socket_path(config.home).exists():
        stop(Problem(NO_HUB), PROBLEMS_FOUND)
    span = wanted.days.span
    order = BackfillOrder(wanted.system.id, span.since, span.until, RATE, actor, why=why)
    try:
        return asyncio.run(ask_backfill(config.home, [order]))
    except Runs as error:
        stop(Problem(BACKFILL_RUNS, details={"system": error.system}), PROBLEMS_FOUND)
    except (aiohttp.ClientError, OSError):
        stop(Problem(HUB_RUNS), PROBLEMS_FOUND)
