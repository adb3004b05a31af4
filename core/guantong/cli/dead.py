"""`guantong dead`: what died and waits for a person: deliveries, and messages that could not be translated."""

from __future__ import annotations

from pathlib import Path
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
    known_system,
    reading,
)
from guantong.cli.listed import listed
from guantong.cli.screen import console, paragraphs
from guantong.clock import shown
from guantong.config import Configuration
from guantong.operations import Act
from guantong.operations.evidence import Found, evidence
from guantong.operations.listing import dead_entries, dead_entry
from guantong.operations.words import STAGES, both
from guantong.plugins import registry
from guantong.store import Reader
from guantong.vault import VaultError, open_vault

dead = typer.Typer(
    no_args_is_help=True,
    help="What died and waits for a person (异常).\n\nIds: `M12` is a message, `D34` a delivery.\n\n"
         "Example: `guantong dead list`",
)

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of messages (M12) or deliveries (D34); or --all.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that is dead, or all of --system, instead of ids (全部).")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done (只看不做).")]

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
        screen.print(f"{both(STAGES, stage)} · {of} · {_event(config, event)} · {code}", style="bold", soft_wrap=True)
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


@dead.command("replay")
def replay(ids: Ids = None, home: HomeOption = HERE, system: SystemOption = None, everything: AllOption = False,
           dry_run: DryRunOption = False, actor: ActorOption = "", why: WhyOption = "",
           as_json: JsonOption = False) -> None:
    """Let them go again, once the cause is mended (重放).

    A running hub must have been restarted since a mapping or code table was changed.

    Example: `guantong dead replay D34 M12 --as 陈工` or `guantong dead replay --all --system city.hall --as 陈工`
    """
    _act(Act.REPLAY, ids, system, everything, dry_run, home, actor, why, as_json)


@dead.command("discard")
def discard(ids: Ids = None, home: HomeOption = HERE, system: SystemOption = None, everything: AllOption = False,
            dry_run: DryRunOption = False, actor: ActorOption = "", why: WhyOption = "",
            as_json: JsonOption = False) -> None:
    """Give them up for good; a reason is needed (不再推送).

    Example: `guantong dead discard D34 --why 已线下办理 --as 陈工`
    """
    if not why and not dry_run:
        fail("请用 --why 说明原因 / say why with --why")
    _act(Act.DISCARD, ids, system, everything, dry_run, home, actor, why, as_json)


def _act(word: Act, ids: list[str] | None, system: str | None, everything: bool, dry_run: bool, home: Path,
         actor: str, why: str, as_json: bool) -> None:
    chosen = list(ids or ())
    if bool(chosen) == everything:
        fail("请给出编号，或用 --all（二者之一）/ give ids, or --all: one of the two")
    if system is not None and not everything:
        fail("--system 只与 --all 同用 / --system goes with --all only")
    if everything:
        config = configuration(home)
        with reading(config) as reader:
            chosen = [entry["id"] for entry in dead_entries(reader, system)]
        known_system(config, system, chosen)
    if dry_run:
        listed = " ".join(chosen) or "-"
        typer.echo(orjson.dumps({"would": word, "ids": chosen}) if as_json
                   else f"将处理 {len(chosen)} 件，未执行 · would {word} {len(chosen)}, nothing done: {listed}")
        return
    act(home, word, chosen, actor, why, as_json)


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
