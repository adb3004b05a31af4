"""The pushing half of a simulated system: it sends its records as real ones do.

Each case is a lane: its items go one after another, the next when the one before was acknowledged, so a
case keeps its order whatever happens to the hub. An item is sent again until it is acknowledged.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import aiohttp

from guantong_adapters.simulation.story import Act

FIRST_WAIT = 0.2
LONGEST_WAIT = 2.0


class Ack(Enum):
    """What the hub said of one item: it is there, it refuses it for good, or it must be sent again."""

    TAKEN = "taken"
    REFUSED = "refused"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Item:
    """One sending. `label` names it in the list of what was refused; `payload` is the simulator's own."""

    case: str
    label: str
    payload: Any


Post = Callable[[Item], Awaitable[Ack]]


def sending_order(acts: Sequence[Act]) -> list[Act]:
    """The acts of one case as its source sends them: repeated (`duplicate`) and delayed (`late`) as their
    quirks say. A late act goes after so many of the acts that follow it, at most after the last."""
    placed: list[tuple[float, int, Act]] = []
    for place, act in enumerate(acts):
        late = int(act.quirks.get("late", 0))
        spot = place + late + 0.5 if late else float(place)
        placed.extend((spot, place, act) for _ in range(1 + int(act.quirks.get("duplicate", 0))))
    return [act for _, _, act in sorted(placed, key=lambda entry: entry[:2])]


@dataclass(slots=True)
class _Lane:
    items: deque[Item] = field(default_factory=deque)
    held: bool = False
    running: bool = False


class Pusher:
    """Pushes lanes of items with bounded concurrency. `post` sends one item once; when it raises an error of
    the network or answers `AGAIN`, the item is sent again after 0.2 to 2 seconds; `REFUSED` items are
    kept in `refused` and not sent again. Any other exception stops the pusher and is raised by `run`."""

    def __init__(
        self,
        post: Post,
        concurrency: int = 8,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._post = post
        self._wait = wait
        self._places = asyncio.Semaphore(concurrency)
        self._lanes: dict[str, _Lane] = {}
        self._ready: asyncio.Queue[_Lane] = asyncio.Queue()
        self._idle = asyncio.Event()
        self._idle.set()
        self.pushed = 0
        self.attempts = 0
        self.to_push = 0
        self.refused: list[Item] = []

    def add(self, case: str, items: Iterable[Item], *, held: bool = False) -> None:
        """Append *items* to the lane of *case*. A lane made *held* waits for `release`, counted to push."""
        lane = self._lanes.setdefault(case, _Lane(held=held))
        new = list(items)
        lane.items.extend(new)
        self.to_push += len(new)
        if new:
            self._idle.clear()
        self._wake(lane)

    def release(self, case: str) -> bool:
        """Let the held lane of *case* run. False when there is none such or it runs already."""
        lane = self._lanes.get(case)
        if lane is None or not lane.held:
            return False
        lane.held = False
        self._wake(lane)
        return True

    def status(self) -> dict[str, int]:
        return {
            "pushed": self.pushed,
            "to_push": self.to_push,
            "attempts": self.attempts,
            "refused_pushes": len(self.refused),
        }

    async def idle(self) -> None:
        """Wait until nothing is left to push, held lanes included."""
        await self._idle.wait()

    async def run(self) -> None:
        """Push until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._drain(await self._ready.get()))

    def _wake(self, lane: _Lane) -> None:
        if lane.items and not lane.held and not lane.running:
            lane.running = True
            self._ready.put_nowait(lane)

    async def _drain(self, lane: _Lane) -> None:
        while lane.items:
            item = lane.items[0]
            if await self._push(item) is Ack.REFUSED:
                self.refused.append(item)
            else:
                self.pushed += 1
            lane.items.popleft()
            self.to_push -= 1
            if self.to_push == 0:
                self._idle.set()
        lane.running = False

    async def _push(self, item: Item) -> Ack:
        delay = FIRST_WAIT
        while True:
            async with self._places:
                self.attempts += 1
                try:
                    ack = await self._post(item)
                except (aiohttp.ClientError, OSError, TimeoutError):
                    ack = Ack.AGAIN  # what every real source does when the line is down: send it again
            if ack is not Ack.AGAIN:
                return ack
            await self._wait(delay)
            delay = min(delay * 2, LONGEST_WAIT)
