"""A home whose hall is a process of its own; the other systems are played."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from tests.journey.home import system, write_home
from tests.journey.played import Played
from tests.journey.world import HALL, configured, plugged, step

from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState
from guantong.record import Record, Verdict
from guantong.store import DeliveryRow

NODE = shutil.which("node")
KEY = "an-invented-key-of-the-hall"
ADAPTER = Path(__file__).with_name("adapter.mjs")


def hall(more: str, delivery: str = "unknown: retry, timeout: 5s") -> str:
    """`config/city.yaml` with these keys of the hall."""
    systems = system("portal", "portal") + system("watch", "watch")
    systems += system("hall", "hall", delivery=delivery, adapter="adapter: process", more=more)
    return f"name: {{zh: 市}}\nregion: \"445200\"\nsystems:\n{systems}"


def in_node(can: str = "[send, query, poll, serve]", more: str = "", limits: str = "") -> str:
    """The settings of the adapter in `adapter.mjs`."""
    return (f"    settings:\n      command: [node, {ADAPTER}]\n      can: {can}\n      doors: [{{path: /hall/cases}}]\n{limits}"
            f"    secrets: {{key: {{file: hall.key}}}}\n{more}")


@asynccontextmanager
async def hub_with(home: Path, city: str) -> AsyncIterator[Hub]:
    """A hub that runs on *home*, whose `config/city.yaml` is *city*."""
    if not (home / "config").exists():
        write_home(home, files={"config/city.yaml": city, "hall.key": KEY})
        (home / "hall.key").chmod(0o600)
    played: dict[str, Played] = {}
    async with running(configured(home, played), plugged(played)) as hub:
        yield hub


async def tell(hub: Hub, title: str, number: str) -> Verdict:
    """The county tells of a step with this title, of the case *number*."""
    return await accept(hub.engine, Record("east.approval", orjson.dumps(step("1", number, title=title))))


def to_hall(hub: Hub) -> list[DeliveryRow]:
    """The deliveries to the hall, by number."""
    rows = [row for number in range(1, 200) if (row := hub.engine.reader.delivery(number)) is not None]
    return [row for row in rows if row.target == HALL]


async def until(hub: Hub, holds: Callable[[], bool]) -> None:
    """Until *holds*; each look is a turn of the store."""
    while not holds():
        await hub.engine.store.write(lambda _: None)


def ended(hub: Hub, count: int) -> Callable[[], bool]:
    """Whether so many deliveries to the hall are confirmed."""
    return lambda: [row.state for row in to_hall(hub)].count(DeliveryState.CONFIRMED) == count
