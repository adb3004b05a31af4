"""What acts on many share: the options that say which are meant, the list of what would be done, and the doing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import orjson
import typer

from guantong.cli.acting import act
from guantong.cli.codes import NO_SUCH_PLACE
from guantong.cli.home import configuration, fail, known_system, reading, stop, vault_of
from guantong.cli.screen import console
from guantong.cli.since import moment
from guantong.clock import shown
from guantong.config import Configuration
from guantong.journey.belonging import region_prefix
from guantong.operations import Act
from guantong.operations.causes import cause_of, grouped
from guantong.operations.items import Item, Selection, chosen
from guantong.problems import Problem, nearest
from guantong.store import Reader
from guantong.vault import Vault

OfSystem = Annotated[str, typer.Option("--system", help="Of one system: the target of deliveries, the source of messages (某系统).")]
OfRegion = Annotated[str, typer.Option("--region", help="Of one region and all below it, by its code or its place (某区划): 445202, rongcheng.")]
AtSite = Annotated[str, typer.Option("--site", help="Of one site and all below it: a town with its villages (某站点).")]
OfMatter = Annotated[str, typer.Option("--matter", help="Of one matter, by its code (某事项).")]
OfEvent = Annotated[str, typer.Option("--event", help="Of one event or record kind: case.step (某过程信息).")]
OfCode = Annotated[str, typer.Option("--code", help="With one problem code: GT412 (某错误代码).")]
AtStage = Annotated[str, typer.Option("--stage", help="At one stage: accept, route or deliver (某环节).")]
FromTime = Annotated[str, typer.Option("--since", help="Accepted since: 2026-11-01, 7d, 12h (起始时间).")]
UntilTime = Annotated[str, typer.Option("--until", help="Accepted before: 2026-11-01T08:00 (截止时间).")]
OfCause = Annotated[str, typer.Option("--cause", help="Of one cause, as `dead groups` lists them: G1a2b3c4d (某原因).")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without it, those chosen by options are only listed (确认执行).")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done (只看不做).")]

STAGES = ("accept", "route", "deliver")
MOST_SHOWN = 12
_WOULD = {Act.REPLAY: ("重放", "replayed"), Act.DISCARD: ("放弃", "discarded"), Act.RESTORE: ("恢复", "restored"), Act.RETURN: ("退回来源", "sent back"),
          Act.TOOK_EFFECT: ("认定已生效", "settled: it took effect"), Act.DID_NOT: ("认定未生效并重发", "sent again: it did not take effect")}
_CODE, _CAUSE = re.compile(r"GT\d{3}"), re.compile(r"G[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants done: to objects by their ids, to all, or to those that a selection means."""

    word: Act
    ids: Sequence[str]
    which: Selection
    everything: bool
    yes: bool
    dry_run: bool
    actor: str
    why: str
    newest_first: bool = False


def selection(home: Path, *, system: str = "", region: str = "", site: str = "", matter: str = "", event: str = "", code: str = "",
              stage: str = "", since: str = "", until: str = "", cause: str = "") -> Selection:
    """The selection that these options say; ends the verb where one of them says nothing."""
    if stage and stage not in STAGES:
        fail(f"--stage：请写 accept、route 或 deliver / --stage: write accept, route or deliver, not {stage[:40]!r}")
    if code and not _CODE.fullmatch(code.upper()):
        fail(f"--code：错误代码写作 GT 加三位数字，如 GT412 / --code: GT and three digits, as GT412, not {code[:40]!r}")
    if cause and not _CAUSE.fullmatch(cause):
        fail(f"--cause：原因编号见 guantong dead groups，如 G1a2b3c4d / --cause: as guantong dead groups lists it, G1a2b3c4d, not {cause[:40]!r}")
    within = _region(home, region) if region else ""
    return Selection(system, within, site, matter, event, code.upper(), stage, moment(since), moment(until, "--until"), cause)


def choose(config: Configuration, which: Selection, find: Callable[[Reader, str | None], Iterable[Item]]) -> list[Item]:
    """What *find* finds and *which* means."""

    @cache
    def vault() -> Vault:
        return vault_of(config)

    with reading(config) as reader:
        found = chosen(find(reader, which.system or None), which, config, vault, cause_of)
    known_system(config, which.system or None, found)
    return found


def act_on(home: Path, wish: Wish, find: Callable[[Reader, str | None], Iterable[Item]], as_json: bool) -> None:
    """Do what is wished, or list what would be done."""
    if bool(wish.ids) == bool(wish.everything or wish.which):
        fail("请给出编号，或用 --all 或筛选条件（二者之一）/ give ids, or --all or options that choose: one of the two")
    ids = list(wish.ids)
    items: list[Item] = []
    if not ids:
        items = choose(configuration(home), wish.which, find)
        ids = [item.id for item in items]
    if wish.dry_run or not (wish.ids or wish.yes or (wish.everything and not _cuts(wish.which))):
        _list(wish, ids, items, as_json)
        return
    if wish.word is Act.DISCARD and not wish.why:
        fail("请用 --why 说明原因 / say why with --why")
    act(home, wish.word, ids[::-1] if wish.newest_first else ids, wish.actor, wish.why, as_json)


def _cuts(which: Selection) -> bool:
    """Whether more than a system is chosen by: then the list comes first."""
    return which != Selection(system=which.system)


def _list(wish: Wish, ids: Sequence[str], items: Sequence[Item], as_json: bool) -> None:
    groups = grouped(items)
    if as_json:
        told = [{"cause": one.cause, "count": len(one.items)} for one in groups]
        typer.echo(orjson.dumps({"would": wish.word, "ids": list(ids), "count": len(ids), "groups": told}))
        return
    listed = " ".join(ids[:MOST_SHOWN]) + (" …" if len(ids) > MOST_SHOWN else "")
    screen = console()
    zh, en = _WOULD[wish.word]
    screen.print(f"将{zh} {len(ids)} 件，未执行 · {len(ids)} would be {en}, nothing done: {listed or '-'}", soft_wrap=True)
    for_good = [item for item in items if item.attempts or not item.id.startswith("D")]
    if wish.word is Act.DISCARD and for_good:
        screen.print(f"  其中 {len(for_good)} 件放弃后不可撤销（报文，或已尝试过的推送）· {len(for_good)} of them for good: messages, and deliveries "
                     "that were attempted, cannot be brought back", soft_wrap=True)
    for one in groups:
        first = one.items[0]
        screen.print(f"  {one.cause}  {len(one.items)} 件  {first.system} · {first.event} · {first.code or first.state}  "
                     f"{shown(first.at)} 起 since", soft_wrap=True)
    if ids and not wish.dry_run:
        screen.print("确认执行请加 --yes · add --yes to do it")


def _region(home: Path, text: str) -> str:
    if text.isascii() and text.isdigit():
        return region_prefix(text)
    places: dict[str, str] = {}
    for name, system in configuration(home).systems.items():
        places.setdefault(name.partition(".")[0], system.region)
    if text not in places:
        like = nearest(text, places)
        stop(Problem(NO_SUCH_PLACE, details={"name": text[:60], "known": ", ".join(sorted(places)),
                                             "near": f" ({like}?)" if like else ""}))
    return region_prefix(places[text])
