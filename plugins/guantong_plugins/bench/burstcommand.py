"""`guantong bench burst`: the verb."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from guantong.cli.screen import console, table
from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.burst.legs import DIRECTIONS, WAYS, Direction, Services, Way
from guantong_plugins.bench.burst.run import Carried, carry
from guantong_plugins.bench.burst.side import Offer
from guantong_plugins.bench.codes import BROKER_DROPPED, NO_SUCH_WAY, NOT_CARRIED
from guantong_plugins.bench.machine import fdatasync_ms
from guantong_plugins.bench.needs import must_have

FAILED, WRONG_USAGE = 1, 2
_COLUMNS = {
    "sent": ("发出\nsent", 0), "lost": ("丢失\nlost", 0), "doubled": ("重复\ntwice", 0), "rate_in": ("收/秒\nin/s", 0),
    "rate_out": ("送/秒\nout/s", 0), "p50_ms": ("p50\nms", 0), "p99_ms": ("p99\nms", 0), "backlog": ("积压\nleft", 0),
    "drain_seconds": ("清空\ns", 1), "cpu_us": ("CPU\nµs", 0),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not tried, and why."""

    adapter: str
    direction: Direction
    reason: str


def burst(
    adapter: Annotated[list[str] | None, typer.Option(help="Only these: rest, soap, table, files … or one of them "
                                                      "whole, such as table-mariadb (只测这些适配器).")] = None,
    seconds: Annotated[float, typer.Option(min=0.5, max=3600, help="How long steps are offered (秒数).")] = 20.0,
    rate: Annotated[float, typer.Option(min=1, max=10_000, help="Steps a second (每秒条数).")] = 300.0,
    postgresql: Annotated[str, typer.Option(help="A database where tables may be made and dropped (PostgreSQL 数据库).")] = Services.postgresql,
    mariadb: Annotated[str, typer.Option(help="The same of MariaDB or MySQL (MariaDB 数据库).")] = Services.mariadb,
    amqp: Annotated[str, typer.Option(help="A RabbitMQ, user guest (RabbitMQ).")] = Services.amqp,
    mqtt: Annotated[str, typer.Option(help="A Mosquitto without passwords (Mosquitto).")] = Services.mqtt,
    folder: Annotated[Path | None, typer.Option(help="Where the homes are made; the disk measured (测试目录).")] = None,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """A busy morning through every adapter, in and out, at real servers: nothing may be lost or come twice (突发流量).

    Example: `guantong bench burst --adapter files --seconds 5`
    """
    try:
        must_have()
        carried, skipped = _all(_chosen(adapter or ()), Offer(rate, seconds), Services(postgresql, mariadb, amqp, mqtt), folder)
        disk = fdatasync_ms(folder or Path(tempfile.gettempdir()))
    except ProblemsError as error:
        _complain(error)
        raise typer.Exit(WRONG_USAGE if any(one.code is NO_SUCH_WAY for one in error.problems) else FAILED) from None
    if as_object:
        typer.echo(orjson.dumps(_object(carried, skipped, rate=rate, seconds=seconds, disk=disk)).decode())
    else:
        _show(carried, skipped, disk)
    untrue = [one for one in carried if not one.true]
    if untrue:
        _complain(ProblemsError([_problem(one) for one in untrue]))
        raise typer.Exit(FAILED)


def _problem(one: Carried) -> Problem:
    """Why *one* does not count as carried: what a broker says it dropped was not lost by the hub."""
    by_broker = one.dropped == one.lost and not (one.doubled or one.refused)
    return Problem(BROKER_DROPPED if by_broker else NOT_CARRIED, details={
        "way": f"{one.adapter} {one.direction}", "sent": one.sent, "accepted": one.accepted, "lost": one.lost, "dropped": one.dropped,
        "doubled": one.doubled,
    })


def _chosen(names: list[str] | tuple[()]) -> list[Way]:
    """The ways of these names; a name alone stands for all that begin with it. Raises `ProblemsError`."""
    unknown = [name for name in names if not any(_is(way, name) for way in WAYS)]
    if unknown:
        known = ", ".join(way.name for way in WAYS)
        raise ProblemsError([Problem(NO_SUCH_WAY, details={"name": name, "known": known}) for name in unknown])
    return [way for way in WAYS if not names or any(_is(way, name) for name in names)]


def _is(way: Way, name: str) -> bool:
    return way.name == name or way.name.startswith(f"{name}-")


def _all(ways: list[Way], offer: Offer, services: Services, folder: Path | None) -> tuple[list[Carried], list[Skipped]]:
    carried: list[Carried] = []
    skipped: list[Skipped] = []
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True),
                   transient=True, disable=not Console(stderr=True).is_terminal)
    with bar:
        for way in ways:
            reason = way.missing(services)
            for direction in DIRECTIONS:
                if reason:
                    skipped.append(Skipped(way.name, direction, reason))
                    continue
                task = bar.add_task(f"{way.name} {direction}", total=offer.total)
                place = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
                one = carry(way, direction, offer, services, place, partial(_moved, bar, task))
                carried.append(one)
                if one.true:
                    shutil.rmtree(place)  # what lost something leaves its logs
    return carried, skipped


def _moved(bar: Progress, task: TaskID, done: int) -> None:
    bar.update(task, completed=done)


def _object(carried: list[Carried], skipped: list[Skipped], *, rate: float, seconds: float, disk: float) -> dict[str, Any]:
    rounded = [{name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(one).items()} for one in carried]
    return {"name": "burst", "rate": rate, "seconds": seconds, "runs": 1, "fdatasync_p50_ms": round(disk, 3),
            "lost": sum(one.lost for one in carried), "doubled": sum(one.doubled for one in carried),
            "legs": rounded, "skipped": [asdict(one) for one in skipped]}


def _show(carried: list[Carried], skipped: list[Skipped], disk: float) -> None:
    heads = ["适配器\nadapter", *(title for title, _ in _COLUMNS.values())]
    rows = [[f"{one.adapter} {one.direction}", *(f"{getattr(one, key):.{places}f}" for key, (_, places) in _COLUMNS.items())] for one in carried]
    screen = console()
    screen.print(table(heads, rows, right=range(1, len(heads))))
    for left in skipped:
        screen.print(f"未测 skipped: {left.adapter} {left.direction}: {left.reason}")
    screen.print(f"落盘 sync {disk:.2f} ms")


def _complain(error: ProblemsError) -> None:
    for problem in error.problems:
        typer.echo(problem.line("zh"), err=True)
        typer.echo(problem.line("en"), err=True)
