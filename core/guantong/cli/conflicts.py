"""`guantong conflicts`: one version with two contents; a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from guantong.cli.acting import ActorOption, WhyOption, act
from guantong.cli.home import (
    HERE,
    HomeOption,
    JsonOption,
    SystemOption,
    configuration,
    known_system,
    reading,
    vault_of,
)
from guantong.cli.screen import console
from guantong.clock import shown
from guantong.operations import Act
from guantong.operations.differences import conflict_details
from guantong.operations.listing import conflict_entries

conflicts = typer.Typer(
    no_args_is_help=True,
    help="One version with two contents (冲突).\n\nA source sent the same version again with other content; both "
         "are kept and you choose.\n\nExample: `guantong conflicts list`",
)


class Keep(StrEnum):
    """Which content holds."""

    NEW = "new"
    OLD = "old"


@conflicts.command("list")
def list_conflicts(home: HomeOption = HERE, system: SystemOption = None, as_json: JsonOption = False) -> None:
    """List conflicts with the fields that differ, personal values masked (列出冲突).

    Example: `guantong conflicts list --system rongcheng.approval`
    """
    config = configuration(home)
    with reading(config) as reader:
        entries = conflict_entries(reader, system)
        vault = vault_of(config) if entries else None
        found = [{**entry, "record": entry["event"], **conflict_details(reader, vault, config.model, entry["id"])}
                 for entry in entries if vault is not None]
    known_system(config, system, found)
    if as_json:
        typer.echo(orjson.dumps({"conflicts": found}, option=orjson.OPT_INDENT_2))
        return
    if not found:
        typer.echo("没有冲突 · There is no conflict.")
        return
    screen = console()
    for entry in found:
        _print(screen, entry)
    first = found[0]["id"]
    screen.print(f"采用新内容 the new holds: guantong conflicts choose {first} --keep new"
                 f"\n保留旧内容 the old stays: guantong conflicts choose {first} --keep old"
                 f"\n看未脱敏的新内容（留痕） the new in clear, journaled: guantong trace {first} --values --reveal --why …", soft_wrap=True)


def _print(screen: Console, entry: Mapping[str, Any]) -> None:
    screen.print(f"{entry['id']} · {entry['system']} · {entry['event']} · {shown(entry['at'])}", style="bold",
                 soft_wrap=True)
    screen.print(f"  编号 serials {'  '.join(entry['serials'])}")
    screen.print(f"  {entry['reason']}")
    for one in entry["differences"]:
        same = "（遮盖处不同 differs where masked）" if one["old"] == one["new"] else ""
        screen.print(f"  {one['label_zh']} {one['path']}: 旧 old “{one['old']}” → 新 new “{one['new']}”{same}")
    if entry["taken_by"]:
        screen.print(f"  旧内容已送达 the old was delivered to: {', '.join(entry['taken_by'])}"
                     "；查重的系统不会更新，稳妥的办法是请来源以更高版本重发"
                     " · one that drops duplicates will not take the new: have the source send a higher version")
    screen.print()


@conflicts.command("choose")
def choose(
    ids: Annotated[list[str], typer.Argument(help="Ids of messages (M12).")],
    keep: Annotated[Keep, typer.Option("--keep", help="Which content holds: new (新) or old (旧).")],
    home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Decide which content holds (人工裁定).

    Example: `guantong conflicts choose M12 --keep new --as 陈工`
    """
    act(home, Act.KEEP_NEW if keep is Keep.NEW else Act.KEEP_OLD, ids, actor, why, as_json)
