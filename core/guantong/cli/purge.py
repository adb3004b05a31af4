"""`guantong purge`: give up what waits for a system (清除积压)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import typer

from guantong.cli.acting import ActorOption
from guantong.cli.hold import ReasonOption
from guantong.cli.home import HERE, HomeOption, JsonOption, fail
from guantong.cli.selecting import (
    AtSite,
    FromTime,
    OfCode,
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
from guantong.journey.states import DeliveryState, MessageState
from guantong.operations import Act
from guantong.operations.items import Item, dead_items, delivery_items
from guantong.store import Reader

WAITING = (DeliveryState.WAITING, DeliveryState.RETRYING, DeliveryState.BLOCKED)


def purge(
    system: OfSystem = "", region: OfRegion = "", site: AtSite = "", matter: OfMatter = "", event: OfEvent = "",
    code: OfCode = "", since: FromTime = "", until: UntilTime = "",
    parked: bool = typer.Option(False, "--parked", help="Parked messages instead of deliveries (无法转换的报文)."),
    yes: YesOption = False, home: HomeOption = HERE, actor: ActorOption = "", reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give up what waits for a system, or messages that are parked, by what they are about (清除积压).

    Lists first; `--yes` does it, the newest first, so that nothing moves up and is sent meanwhile. What is being sent is
    left alone. Each one is journaled; a delivery that was never attempted can be brought back with `dead restore`.

    Example: `guantong purge --system city.hall --region 445202 --until 2026-11-01 --reason 已线下补报 --as 陈工`
    """
    which = selection(home, system=system, region=region, site=site, matter=matter, event=event, code=code, since=since, until=until)
    if not which:
        fail("请至少给出一个条件，如 --system / say at least one of the options, as in --system")
    find = _parked if parked else partial(delivery_items_of, WAITING)
    act_on(home, Wish(Act.DISCARD, (), which, False, yes, False, actor, reason, newest_first=True), find, as_json)


def delivery_items_of(states: tuple[DeliveryState, ...], reader: Reader, system: str | None) -> Iterator[Item]:
    """Deliveries in these states, by number whatever their state."""
    return iter(sorted(delivery_items(reader, states, system), key=lambda item: int(item.id[1:])))


def _parked(reader: Reader, system: str | None) -> Iterator[Item]:
    return (item for item in dead_items(reader, system) if item.state == MessageState.PARKED)
