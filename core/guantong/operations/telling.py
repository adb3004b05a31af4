"""Figures for whoever asks: made off the loop, one computation at a time, and kept for as long as they are worth.

Counting costs more the more there is. So a figure is kept ten times as long as it took to make: whoever asks, however
often, takes no more than a tenth of one core, and a small hub's figures are those of the moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from guantong.journey.engine import Engine
from guantong.operations.connected import who_is_connected
from guantong.operations.figures import queue_figures, statistics
from guantong.store import Reader

WORTH = 10
"""Times as long as making it took, a figure is kept."""
LONGEST = 30.0
"""Seconds a figure is kept at most."""
Make = Callable[[Reader], Any]


class _Made(NamedTuple):
    """A figure, and until when (of the loop's clock) it is kept."""

    figure: Any
    until: float


class Telling:
    """The figures of one engine. Whoever asks while one is being made waits for that one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader: Reader | None = None
        self._turn = asyncio.Lock()
        self._kept: dict[str, _Made] = {}
        self._making: dict[str, asyncio.Task[Any]] = {}
        self._numbers = count()

    async def queues(self, *, at_once: bool = False) -> dict[str, Any]:
        """As `queue_figures`; *at_once*: none that were made before."""
        engine, sending, rates = self._engine, dict(self._engine.lines.sending()), self._engine.lines.rates()
        configuration, now, lost, away = engine.configuration, engine.clock(), engine.reach.told(), engine.turned_away.by_system()
        later = engine.turned_away.put_off_by_system()
        name = f"queues {next(self._numbers)}" if at_once else "queues"
        found: dict[str, Any] = await self._told(name, lambda reader: queue_figures(reader, configuration, sending, now, rates, lost, away, later))
        self._kept.pop(name if at_once else "", None)
        return found

    async def statistics(self) -> dict[str, Any]:
        """As `statistics`."""
        configuration = self._engine.configuration
        found: dict[str, Any] = await self._told("statistics", lambda reader: statistics(reader, configuration))
        return found

    async def metrics(self) -> bytes:
        """As `render_metrics`, with who is connected."""
        from guantong.operations.metrics import render_metrics  # only where somebody asks for metrics

        engine, sending = self._engine, dict(self._engine.lines.sending())
        configuration, now, lost, away = engine.configuration, engine.clock(), engine.reach.seen(), engine.turned_away.by_system()
        later = engine.turned_away.put_off_by_system()

        def made(reader: Reader) -> bytes:
            return render_metrics(reader, sending, who_is_connected(reader, configuration, now), lost, away, later)

        found: bytes = await self._told("metrics", made)
        return found

    async def close(self) -> None:
        """Wait for what is being made."""
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        if self._reader is not None:
            self._reader.close()

    async def _told(self, name: str, make: Make) -> Any:
        kept = self._kept.get(name)
        if kept is not None and asyncio.get_running_loop().time() < kept.until:
            return kept.figure
        task = self._making.get(name)
        if task is None:
            task = self._making[name] = asyncio.create_task(self._made(name, make), name=f"figures {name}")
        return await asyncio.shield(task)  # who goes leaves it to those who stay, and to the next

    async def _made(self, name: str, make: Make) -> Any:
        loop = asyncio.get_running_loop()
        try:
            async with self._turn:
                begun = loop.time()
                figure = await asyncio.to_thread(self._read, make)
                took = loop.time() - begun
            self._kept[name] = _Made(figure, loop.time() + min(WORTH * took, LONGEST))
            return figure
        finally:
            del self._making[name]

    def _read(self, make: Make) -> Any:
        if self._reader is None:
            self._reader = self._engine.store.reader()
        return make(self._reader)
