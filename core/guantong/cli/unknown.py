"""`guantong unknown`: attempts without a known end (待核实), settled by a person."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong.cli.acting import ActorOption, WhyOption
from guantong.cli.home import (
    HERE,
    HomeOption,
    JsonOption,
    SystemOption,
    fail,
)
from guantong.cli.listed import listed
from guantong.cli.screen import console
from guantong.cli.selecting import (
    AtSite,
    DryRunOption,
    FromTime,
    OfEvent,
    OfMatter,
    OfRegion,
    OfSystem,
    UntilTime,
    Wish,
    YesOption,
    act_on,
    selection,
)
from guantong.clock import shown
from guantong.journey.states import DeliveryState
from guantong.operations import Act
from guantong.operations.items import delivery_items
from guantong.operations.listing import unknown_entries

MOST_NAMED = 5
"""Deliveries that are named as waiting for one."""
unknown = typer.Typer(
    no_args_is_help=True,
    help="Attempts without a known end (待核实).\n\nNobody knows whether they took effect; they are not sent again "
         "until you say.\n\nExample: `guantong unknown list`",
)


@unknown.command("list")
def list_unknown(home: HomeOption = HERE, system: SystemOption = None, as_json: JsonOption = False) -> None:
    """List deliveries of which nobody knows whether they took effect (列出待核实).

    Example: `guantong unknown list --system jiedong.approval`
    """
    config, entries = listed(home, system, as_json, "unknown", "没有待核实的推送 · Nothing is unknown.", unknown_entries)
    if not entries:
        return
    screen = console()
    for entry in entries:
        event = config.model.events.get(entry["event"])
        title = f"{event.title_zh} {entry['event']}" if event else entry["event"]
        screen.print(f"{entry['id']} · {entry['system']} · {title} · {shown(entry['at'])} · "
                     f"尝试 attempts {entry['attempts']}", style="bold", soft_wrap=True)
        numbers = "  ".join(f"{one['kind']} {one['number']}" for one in entry["serials"])
        screen.print(f"  在对方系统中按编号查找 look it up there by: {numbers}")
        screen.print(f"  {entry['reason']}")
        if waiting := entry["waiting_for_values"]:
            screen.print(f"  {'、'.join(waiting[:MOST_NAMED])} 在等该办件的编号等内容，可能正是其应答所带回的：认定已生效后，须等对方另行报送；对方能识别重复的，"
                         "可选 --did-not 重发以取得\n"
                         f"  {', '.join(waiting[:MOST_NAMED])} wait for a value of the case that its reply may have told: settled as --took-effect they wait until "
                         "a record names it; where the target knows repetitions, --did-not sends it again and hears it", soft_wrap=True)
    first = entries[0]["id"]
    screen.print(f"\n编号相同的可能不止一条，逐字段看发了什么 a case may have several records, see what was sent: guantong trace {first} --values"
                 f"\n已生效 it took effect: guantong unknown resolve {first} --took-effect"
                 f"\n未生效 it did not:     guantong unknown resolve {first} --did-not")


@unknown.command("resolve")
def resolve(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of deliveries (D34); or options that choose.")] = None,
    took_effect: Annotated[bool, typer.Option("--took-effect", help="Looked up: it took effect (已生效).")] = False,
    did_not: Annotated[bool, typer.Option("--did-not", help="Looked up: it did not; it is sent again (未生效，重发).")] = False,
    home: HomeOption = HERE, system: OfSystem = "", region: OfRegion = "", site: AtSite = "", matter: OfMatter = "",
    event: OfEvent = "", since: FromTime = "", until: UntilTime = "", yes: YesOption = False, dry_run: DryRunOption = False,
    actor: ActorOption = "", why: WhyOption = "", as_json: JsonOption = False,
) -> None:
    """Say what you found at the target: of some, or of all that options choose (核实结果).

    Example: `guantong unknown resolve D34 --took-effect --as 陈工 --why 已电话核实` or
    `guantong unknown resolve --system city.hall --until 2026-11-01T08:00 --did-not --yes --as 陈工`
    """
    if took_effect == did_not:
        fail("请给出 --took-effect 或 --did-not 之一 / give one of --took-effect, --did-not")
    which = selection(home, system=system, region=region, site=site, matter=matter, event=event, since=since, until=until)
    word = Act.TOOK_EFFECT if took_effect else Act.DID_NOT
    act_on(home, Wish(word, ids or (), which, False, yes, dry_run, actor, why),
           lambda reader, of: delivery_items(reader, (DeliveryState.UNKNOWN,), of), as_json)
