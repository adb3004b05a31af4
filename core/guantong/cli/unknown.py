"""`guantong unknown`: attempts without a known end (待核实), settled by a person."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from guantong.cli.acting import ActorOption, WhyOption, act
from guantong.cli.dead import SystemOption
from guantong.cli.home import HERE, HomeOption, JsonOption, configuration, fail, reading
from guantong.clock import shown
from guantong.operations import Act
from guantong.operations.listing import unknown_entries

unknown = typer.Typer(no_args_is_help=True, help="Attempts without a known end (待核实).")


@unknown.command("list")
def list_unknown(home: HomeOption = HERE, system: SystemOption = None, as_json: JsonOption = False) -> None:
    """List deliveries of which nobody knows whether they took effect."""
    with reading(configuration(home)) as reader:
        entries = unknown_entries(reader, system)
    if as_json:
        typer.echo(orjson.dumps({"unknown": entries}, option=orjson.OPT_INDENT_2))
        return
    table = Table(title="待核实 Unknown")
    for title in ("编号 Id", "系统 System", "过程信息 Event", "时间 Since", "次数 Attempts", "原因 Reason"):
        table.add_column(title)
    for entry in entries:
        table.add_row(entry["id"], entry["system"], entry["event"], shown(entry["at"]), str(entry["attempts"]),
                      entry["reason"])
    Console().print(table)


@unknown.command("resolve")
def resolve(
    ids: Annotated[list[str], typer.Argument(help="Delivery ids.")],
    took_effect: Annotated[bool, typer.Option("--took-effect", help="Looked up: it took effect (已生效).")] = False,
    did_not: Annotated[bool, typer.Option("--did-not", help="Looked up: it did not (未生效); sent again.")] = False,
    home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Say what you found at the target. Example: `guantong unknown resolve 34 --took-effect --as 陈工`"""
    if took_effect == did_not:
        fail("请给出 --took-effect 或 --did-not 之一 / give one of --took-effect, --did-not")
    act(home, Act.TOOK_EFFECT if took_effect else Act.DID_NOT, ids, actor, why, as_json)
