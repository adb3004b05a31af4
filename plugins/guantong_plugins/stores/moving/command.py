"""`guantong move`: the verb."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, cast

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from guantong.cli.acting import ActorOption, actor_or_login
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    configuration,
    fail,
    print_problems,
    refuse,
    stop,
)
from guantong.cli.screen import console
from guantong.clock import now_ms
from guantong.config import Configuration
from guantong.lock import HomeLocked, lock_home
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import Entry, StoreRefused, Transaction
from guantong.whereabouts import named, remember, remembered
from guantong_plugins.stores.moving import codes
from guantong_plugins.stores.moving.move import From, Moved
from guantong_plugins.stores.moving.move import move as moved
from guantong_plugins.stores.postgresql.codes import NOT_EMPTY
from guantong_plugins.stores.postgresql.settings import PostgresqlSettings
from guantong_plugins.stores.sqlite.leaving import Leaving
from guantong_plugins.stores.sqlite.settings import SqliteSettings

if TYPE_CHECKING:
    from guantong_plugins.stores.postgresql.arriving import Arriving

LOOKED_BACK = 10_000
"""Lines of the journal among which that of a move is looked for that ended before its last steps."""
EMBEDDED = Path(SqliteSettings().path)
DONE = {"copy": "复制 copying", "compare": "核对 comparing"}


def move(
    home: HomeOption = HERE, actor: ActorOption = "", as_json: JsonOption = False,
    source: Annotated[Path, typer.Option("--from", help="The file of the embedded store, in the home (原存储文件).")] = EMBEDDED,
    yes: Annotated[bool, typer.Option("--yes", help="Move; without it only what would be moved is shown (执行搬迁).")] = False,
) -> None:
    """Move everything from the embedded store to the PostgreSQL that `store:` names now: queue, cases and journal (搬迁).

    Stop the hub, write the new `store:` into config/guantong.yaml, look, then move. A move that was cut short goes on where it was
    when it is run again; before that no hub opens the schema. At the end every table of both ends is read and compared; the old
    file is then renamed, so that nobody works on with it.

    Example: `guantong move`, then `guantong move --yes --as 陈工`
    """
    config = configuration(home)
    if config.store.use != "postgresql":
        stop(Problem(codes.NOWHERE_TO, path="store.use", details={"use": config.store.use}))
    file, who = config.home / source, actor_or_login(actor) if yes else ""
    kept = file.with_name(f"{file.name}.moved")
    if kept.is_file() and not file.is_file():
        stop(Problem(codes.ALREADY, details={"file": source, "kept": kept.relative_to(config.home)}))
    try:
        with lock_home(config.home), closing(Leaving(file, left=yes)) as leaving:
            if not yes:
                _show_plan(leaving, _reached(config), config, as_json)
                return
            done, seconds = _move(leaving, config)
        asyncio.run(_journal(config, who, done))
        file.rename(kept)
    except HomeLocked as error:
        fail(str(error))
    except StoreRefused as error:
        if _was_moved(config, file, error):
            _put_aside(config, file, kept, who, yes=yes)
            return
        refuse(error)
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(PROBLEMS_FOUND) from None
    _show(done, seconds, kept.relative_to(config.home), as_json)


def _was_moved(config: Configuration, file: Path, refused: StoreRefused) -> bool:
    """Whether there is data there because all of *file* was copied, and only the last steps may be lacking: this home works there, and the
    newest line of the old journal stands there, letter for letter."""
    stores = registry().stores
    if refused.problem is None or refused.problem.code is not NOT_EMPTY or remembered(config.home) != named(config.store, stores) or not file.is_file():
        return False
    old = SqliteSettings(path=str(file.relative_to(config.home)))
    with closing(stores["sqlite"].open_reader(old, config.home)) as left, closing(stores[config.store.use].open_reader(config.store.settings, config.home)) as reader:
        newest = left.newest_line()
        return newest > 0 and left.line(newest) == reader.line(newest)


def _put_aside(config: Configuration, file: Path, kept: Path, who: str, *, yes: bool) -> None:
    """The last steps of a move that ended before them: the new store is told where everything came from, and the old file goes aside."""
    here, there = file.relative_to(config.home), kept.relative_to(config.home)
    if kept.exists():
        fail(f"{there} 已存在，请先移走 {here} / {there} is there already: move {here} away")
    if not yes:
        typer.echo(f"已搬迁过，只差改名：加 --yes 把 {here} 改名为 {there} · everything was moved before; say --yes to put {here} aside as {there}")
        return
    with lock_home(config.home):
        asyncio.run(_journal(config, who, []))
        file.rename(kept)
    typer.echo(f"✓ 已搬迁过；原文件改名为 {there} · everything was moved before; the old file is kept as {there}")


def _move(leaving: Leaving, config: Configuration) -> tuple[list[Moved], float]:
    from guantong_plugins.stores.postgresql.arriving import LOST  # psycopg is an extra

    began = monotonic()
    try:
        with closing(_arriving(config)) as arriving:
            arriving.begin()
            # From now on the old store is none to work in: what it took meanwhile would not come along.
            remember(config.home, config.store, registry().stores)
            with _bar(leaving) as told:
                return moved(leaving, arriving, told), monotonic() - began
    except LOST as error:
        what = type(error).__name__
        raise ProblemsError([Problem(codes.GOES_ON, details={"what": what})]) from error


def _arriving(config: Configuration) -> Arriving:
    """The schema that `store:` names. Raises `StoreRefused`: nothing can be moved there."""
    from guantong_plugins.stores.postgresql.arriving import Arriving  # psycopg is an extra
    from guantong_plugins.stores.postgresql.connecting import dsn_of

    settings = cast(PostgresqlSettings, config.store.settings)
    return Arriving(settings, dsn_of(settings, config.home))


def _reached(config: Configuration) -> int:
    """How many rows an earlier move that was cut short left there. Raises `StoreRefused`."""
    with closing(_arriving(config)) as arriving:
        return arriving.copied()


@contextmanager
def _bar(source: From) -> Iterator[Any]:
    """A bar over all rows, each copied once and compared once."""
    total = sum(source.count(relation) for relation in source.relations())
    screen = Console(stderr=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=screen,
                  transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("搬迁 move", total=2 * total)

        def told(what: str, relation: str, rows: int) -> None:
            bar.update(task, advance=rows, description=f"{DONE[what]} · {relation}")

        yield told


async def _journal(config: Configuration, actor: str, done: list[Moved]) -> None:
    """The first thing the new store is told: where everything came from; not twice."""
    store = registry().stores[config.store.use].make(config.store.settings, config.home)
    await store.open()
    try:
        with closing(store.reader()) as reader:
            known = any(line.what == "moved" for line in reader.lines(max(reader.newest_line() - LOOKED_BACK, 0), LOOKED_BACK)) if not done else False
        if not known:
            await store.write(partial(_note, actor, {each.relation: each.sum.rows for each in done}))
    finally:
        await store.close()


def _note(actor: str, rows: dict[str, int], tx: Transaction) -> None:
    tx.note(Entry(now_ms(), "moved", actor=actor, detail={"rows": rows}))


def _show_plan(leaving: Leaving, copied: int, config: Configuration, as_json: bool) -> None:
    """What would be moved; *copied* rows are there from a move that was cut short."""
    rows = {relation.name: leaving.count(relation) for relation in leaving.relations()}
    if as_json:
        typer.echo(orjson.dumps({"would_move": rows, "rows": sum(rows.values()), "copied": copied}).decode())
        return
    screen = console()
    for name, count in rows.items():
        if count:
            screen.print(f"{name:<14}{count:>12,}", soft_wrap=True)
    schema = cast(PostgresqlSettings, config.store.settings).namespace
    screen.print(f"共 {sum(rows.values()):,} 行，将迁入 PostgreSQL 的模式 {schema}；未执行，加 --yes 执行 · "
                 f"{sum(rows.values()):,} rows would be moved into the schema {schema}; nothing was done: say --yes", soft_wrap=True)
    if copied:
        screen.print(f"上次搬迁中断，已复制 {copied:,} 行，将从中断处继续 · an earlier move was cut short after {copied:,} rows: it goes on there",
                     soft_wrap=True)


def _show(done: list[Moved], seconds: float, kept: Path, as_json: bool) -> None:
    rows = sum(each.sum.rows for each in done)
    if as_json:
        tables = {each.relation: {"rows": each.sum.rows, "digest": each.sum.digest} for each in done}
        typer.echo(orjson.dumps({"moved": tables, "rows": rows, "equal": True, "seconds": round(seconds, 2), "kept": str(kept)}).decode())
        return
    screen = console()
    for each in done:
        if each.sum.rows:
            screen.print(f"{each.relation:<14}{each.sum.rows:>12,}  {each.sum.digest[:16]}  一致 equal", soft_wrap=True)
    screen.print(f"已迁移并逐表核对 {rows:,} 行，用时 {seconds:.1f} 秒；原文件保留为 {kept} · {rows:,} rows moved and proved equal in "
                 f"{seconds:.1f} s; the old file is kept as {kept}", soft_wrap=True)
