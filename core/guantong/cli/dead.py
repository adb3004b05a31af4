"""`guantong dead`: what died and waits for a person: deliveries, and messages that could not be translated."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.cli.acting import ActorOption, WhyOption, act
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption, configuration, fail, reading
from guantong.clock import shown
from guantong.operations import Act
from guantong.operations.listing import dead_entries, dead_entry

dead = typer.Typer(no_args_is_help=True, help="What died and waits for a person (异常). Ids: M… messages, numbers deliveries.")

SystemOption = Annotated[str | None, typer.Option("--system", help="Of one system only (只看某系统).")]
Ids = Annotated[list[str] | None, typer.Argument(help="Message (M12) or delivery (34) ids.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that the filter finds, instead of ids.")]


@dead.command("list")
def list_dead(home: HomeOption = HERE, system: SystemOption = None, as_json: JsonOption = False) -> None:
    """List what died, with its reason. Example: `guantong dead list --system city.hall`"""
    config = configuration(home)
    with reading(config) as reader:
        entries = dead_entries(reader, system)
    if as_json:
        typer.echo(orjson.dumps({"dead": entries}, option=orjson.OPT_INDENT_2))
        return
    table = Table(title="异常 Dead")
    for title in ("编号 Id", "环节 Stage", "系统 System", "过程信息 Event", "时间 Since", "原因 Reason"):
        table.add_column(title)
    for entry in entries:
        table.add_row(entry["id"], entry["stage"], entry["system"], entry["event"], shown(entry["at"]),
                      f"{entry['reason']} [{entry['code']}]", end_section=False)
    Console().print(table)


@dead.command("show")
def show(ident: str, home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Show one dead message or delivery with its history, values masked. Example: `guantong dead show M12`"""
    config = configuration(home)
    with reading(config) as reader:
        entry = dead_entry(reader, ident)
    if entry is None:
        fail(f"没有编号为 {ident} 的异常 / there is nothing dead with id {ident}", PROBLEMS_FOUND)
    if as_json:
        typer.echo(orjson.dumps(entry, option=orjson.OPT_INDENT_2))
        return
    for key, value in entry.items():
        if key != "journal":
            typer.echo(f"{key}: {shown(value) if key == 'at' else value}")
    for line in entry["journal"]:
        typer.echo(f"  {shown(line['at'])} {line['what']} {line['system']} {line['actor']}")


@dead.command("replay")
def replay(ids: Ids = None, home: HomeOption = HERE, system: SystemOption = None, everything: AllOption = False,
           dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
           actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False) -> None:
    """Let them go again (重放). Example: `guantong dead replay 34 M12` or `guantong dead replay --all --system city.hall`"""
    _act(Act.REPLAY, ids, system, everything, dry_run, home, actor, why, as_json)


@dead.command("discard")
def discard(ids: Ids = None, home: HomeOption = HERE, system: SystemOption = None, everything: AllOption = False,
            dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be discarded.")] = False,
            actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False) -> None:
    """Give them up (不再推送); a reason is needed. Example: `guantong dead discard 34 --why 已线下办理`"""
    if not why:
        fail("请用 --why 说明原因 / say why with --why")
    _act(Act.DISCARD, ids, system, everything, dry_run, home, actor, why, as_json)


def _act(word: Act, ids: list[str] | None, system: str | None, everything: bool, dry_run: bool, home: Any,
         actor: str, why: str, as_json: bool) -> None:
    chosen = list(ids or ())
    if bool(chosen) == everything:
        fail("请给出编号，或用 --all / give ids, or --all")
    if everything:
        with reading(configuration(home)) as reader:
            chosen = [entry["id"] for entry in dead_entries(reader, system)]
    if dry_run:
        typer.echo(orjson.dumps({"would": word, "ids": chosen}) if as_json else f"{word}: {' '.join(chosen) or '-'}")
        return
    act(home, word, chosen, actor, why, as_json)
