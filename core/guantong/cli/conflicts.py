"""`guantong conflicts`: one version with two contents; a person decides."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.cli.acting import ActorOption, WhyOption, act
from guantong.cli.dead import SystemOption
from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, reading
from guantong.clock import shown
from guantong.operations import Act
from guantong.operations.listing import conflict_entries

conflicts = typer.Typer(no_args_is_help=True, help="One version with two contents (冲突).")


class Keep(StrEnum):
    """Which content holds."""

    NEW = "new"
    OLD = "old"


@conflicts.command("list")
def list_conflicts(home: HomeOption = HERE, system: SystemOption = None, as_json: JsonOption = False) -> None:
    """List messages whose version is known with other content."""
    with reading(configuration(home)) as reader:
        entries = conflict_entries(reader, system)
    if as_json:
        typer.echo(orjson.dumps({"conflicts": entries}, option=orjson.OPT_INDENT_2))
        return
    table = Table(title="冲突 Conflicts")
    for title in ("编号 Id", "系统 System", "报文 Record", "时间 Since", "原因 Reason"):
        table.add_column(title)
    for entry in entries:
        table.add_row(entry["id"], entry["system"], entry["event"], shown(entry["at"]), entry["reason"])
    Console().print(table)


@conflicts.command("choose")
def choose(
    ids: Annotated[list[str], typer.Argument(help="Message ids (M12).")],
    keep: Annotated[Keep, typer.Option("--keep", help="Which content holds: new (新) or old (旧).")],
    home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Decide which content holds. Example: `guantong conflicts choose M12 --keep new --as 陈工`"""
    act(home, Act.KEEP_NEW if keep is Keep.NEW else Act.KEEP_OLD, ids, actor, why, as_json)
