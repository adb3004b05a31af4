"""`guantong dead`: what died and waits for a person: deliveries, and messages that could not be translated."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer

from guantong.blobs.opening import open_blobs
from guantong.cli.acting import ActorOption, WhyOption, act
from guantong.cli.deadshow import print_dead
from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    SystemOption,
    configuration,
    fail,
    reading,
)
from guantong.cli.listed import listed
from guantong.cli.screen import console, paragraphs
from guantong.cli.selecting import (
    AtSite,
    AtStage,
    DryRunOption,
    FromTime,
    OfCause,
    OfCode,
    OfEvent,
    OfMatter,
    OfRegion,
    OfSystem,
    UntilTime,
    Wish,
    YesOption,
    act_on,
    choose,
    selection,
)
from guantong.clock import shown
from guantong.config import Configuration
from guantong.keyring import open_vault
from guantong.operations import Act
from guantong.operations.causes import Group, grouped
from guantong.operations.evidence import Found, evidence
from guantong.operations.items import dead_items
from guantong.operations.listing import dead_entries, dead_entry
from guantong.operations.words import failed_at
from guantong.plugins import registry
from guantong.store import Reader
from guantong.vault import VaultError

dead = typer.Typer(
    no_args_is_help=True,
    help="What died and waits for a person (异常).\n\nIds: `M12` is a message, `D34` a delivery.\n\n"
         "Example: `guantong dead list`",
)

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of messages (M12) or deliveries (D34); or --all.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that is dead, or all of --system, instead of ids (全部).")]

MOST_SHOWN = 8


@dead.command("list")
def list_dead(home: HomeOption = HERE, system: SystemOption = None, as_json: JsonOption = False) -> None:
    """List what died, by reason (列出异常).

    Example: `guantong dead list --system city.hall`
    """
    config, entries = listed(home, system, as_json, "dead", "没有异常 · Nothing is dead.", dead_entries)
    if not entries:
        return
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for entry in entries:
        groups.setdefault(tuple(entry[key] for key in ("stage", "system", "event", "code", "reason")), []).append(entry)
    screen = console()
    screen.print(f"异常 {len(entries)} 件，原因 {len(groups)} 种 · {len(entries)} dead, {len(groups)} reasons\n")
    for (stage, of, event, code, reason), group in groups.items():
        screen.print(f"{failed_at(stage, code)} · {of} · {_event(config, event)} · {code}", style="bold", soft_wrap=True)
        for line in paragraphs(reason, code):
            screen.print(f"  {line}")
        ids = "  ".join(entry["id"] for entry in group[:MOST_SHOWN])
        more = f"  … 共 {len(group)} 件 in all" if len(group) > MOST_SHOWN else ""
        screen.print(f"  {ids}{more}    {shown(min(entry['at'] for entry in group))} 起 since\n")
    first = entries[0]["id"]
    screen.print(f"查看 look: guantong dead show {first} · 修复后重放 mended, again: guantong dead replay {first}")


@dead.command("show")
def show(ident: Annotated[str, typer.Argument(help="Id of a message (M12) or a delivery (D34).")],
         home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Show one dead message or delivery: why, which field, which rule; personal values masked (查看异常).

    Example: `guantong dead show M12`
    """
    config = configuration(home)
    with reading(config) as reader:
        entry = dead_entry(reader, ident)
        if entry is None:
            fail(f"没有编号为 {ident} 的异常；可用 guantong dead list 查看 / nothing dead has the id {ident}; "
                 "see: guantong dead list", PROBLEMS_FOUND)
        found, closed = _evidence(reader, config, ident)
    if as_json:
        typer.echo(orjson.dumps({**entry, "evidence": found.as_json() if found else None}, option=orjson.OPT_INDENT_2))
        return
    print_dead(entry, _event(config, entry["event"]), found, closed)


@dead.command("groups")
def groups(
    home: HomeOption = HERE, system: OfSystem = "", region: OfRegion = "", site: AtSite = "", matter: OfMatter = "",
    event: OfEvent = "", code: OfCode = "", stage: AtStage = "", since: FromTime = "", until: UntilTime = "",
    as_json: JsonOption = False,
) -> None:
    """Group what died by its cause, the largest group first: mend once, replay the group (按原因归组).

    Example: `guantong dead groups --region 445202`, then `guantong dead replay --cause G1a2b3c4d`
    """
    which = selection(home, system=system, region=region, site=site, matter=matter, event=event, code=code, stage=stage,
                      since=since, until=until)
    config = configuration(home)
    found = grouped(choose(config, which, dead_items))
    if as_json:
        typer.echo(orjson.dumps({"groups": [group_json(one) for one in found]}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    if not found:
        screen.print("没有异常 · Nothing is dead.")
        return
    for one in found:
        first = one.items[0]
        screen.print(f"{one.cause} · {len(one.items)} 件 · {failed_at(first.stage, first.code)} · {first.system} · "
                     f"{_event(config, first.event)} · {first.code}", style="bold", soft_wrap=True)
        for line in paragraphs(first.reason, first.code):
            screen.print(f"  {line}")
        screen.print(f"  {shown(first.at)} 起 since\n")
    screen.print(f"修复后重放 mended, again: guantong dead replay --cause {found[0].cause}")


@dead.command("replay")
def replay(
    ids: Ids = None, home: HomeOption = HERE, system: OfSystem = "", region: OfRegion = "", site: AtSite = "",
    matter: OfMatter = "", event: OfEvent = "", code: OfCode = "", stage: AtStage = "", since: FromTime = "",
    until: UntilTime = "", cause: OfCause = "", everything: AllOption = False, yes: YesOption = False,
    dry_run: DryRunOption = False, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Let them go again, once the cause is mended: by ids, or by what they are about (重放).

    Chosen by options, they are listed and counted first; `--yes` does it. A running hub must have taken up
    a changed mapping or code table before (`guantong reload`); changed settings and routes, by being started anew.

    Example: `guantong dead replay D34 M12 --as 陈工` or `guantong dead replay --cause G1a2b3c4d --yes --as 陈工`
    """
    which = selection(home, system=system, region=region, site=site, matter=matter, event=event, code=code, stage=stage,
                      since=since, until=until, cause=cause)
    act_on(home, Wish(Act.REPLAY, ids or (), which, everything, yes, dry_run, actor, why), dead_items, as_json)


@dead.command("discard")
def discard(
    ids: Ids = None, home: HomeOption = HERE, system: OfSystem = "", region: OfRegion = "", site: AtSite = "",
    matter: OfMatter = "", event: OfEvent = "", code: OfCode = "", stage: AtStage = "", since: FromTime = "",
    until: UntilTime = "", cause: OfCause = "", everything: AllOption = False, yes: YesOption = False,
    dry_run: DryRunOption = False, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Give them up for good; a reason is needed (不再推送).

    Example: `guantong dead discard D34 --why 已线下办理 --as 陈工`
    """
    which = selection(home, system=system, region=region, site=site, matter=matter, event=event, code=code, stage=stage,
                      since=since, until=until, cause=cause)
    act_on(home, Wish(Act.DISCARD, ids or (), which, everything, yes, dry_run, actor, why), dead_items, as_json)


@dead.command("restore")
def restore(
    ids: Annotated[list[str], typer.Argument(help="Ids of deliveries that were given up (D34).")],
    home: HomeOption = HERE, actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Bring back deliveries that were given up and never attempted: each goes anew, behind those of its case (恢复).

    Example: `guantong dead restore D34 --why 误清除 --as 陈工`
    """
    act(home, Act.RESTORE, ids, actor, why, as_json)


def group_json(group: Group) -> dict[str, Any]:
    """A group as it is told: its cause, how many, the first reason, and the ids."""
    first = group.items[0]
    return {"cause": group.cause, "count": len(group.items), "stage": first.stage, "system": first.system, "event": first.event,
            "code": first.code, "reason": first.reason, "since": first.at, "until": max(item.at for item in group.items),
            "ids": [item.id for item in group.items]}


def _evidence(reader: Reader, config: Configuration, ident: str) -> tuple[Found | None, str]:
    """The evidence; or None and why the kept bodies do not open."""
    try:
        vault = open_vault(config.keys, create=False)
        open_blobs(config, registry(), vault)
        return evidence(reader, vault, config, ident), ""
    except VaultError as error:
        return None, str(error)


def _event(config: Configuration, name: str) -> str:
    """The event with its Chinese title; a record kind as it is."""
    event = config.model.events.get(name)
    return f"{event.title_zh} {name}" if event else name
