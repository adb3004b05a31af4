"""What simulated counties behind a message broker share: cases that are pushed, a line that is opened again, books."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path

import structlog
from aiohttp import web

from guantong_adapters.simulation.caseload import Caseload
from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.process import serve
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.settings import SimulatorSettings

AGAIN = 0.5  # seconds until a line that ended is opened again
log = structlog.get_logger("guantong.simulation")


class BrokerCounty(ABC):
    """One county: its ledger, its cases. How it speaks to its broker is its own; `lost` is how a line ends there."""

    lost: type[Exception]

    def __init__(self, settings: SimulatorSettings, folder: Path) -> None:
        self._everywhere = settings
        self._folder = folder
        self.faults = Faults(settings.faults)
        self.ledger = Ledger(folder / "ledger.db")
        self.cases = Caseload(self._post, settings.concurrency)

    @abstractmethod
    async def _read(self) -> None:
        """Open a line and take applications from it until it ends."""

    @abstractmethod
    async def _post(self, item: Item) -> Ack:
        """Publish one act."""

    async def push(self) -> None:
        """Publish until cancelled."""
        await self.cases.pusher.run()

    async def read(self) -> None:
        """Take applications until cancelled; a line that ended is opened again."""
        while True:
            try:
                await self._read()
            except self.lost as error:
                log.warning("county.broker_lost", error=str(error))
            await asyncio.sleep(AGAIN)

    def status(self) -> dict[str, object]:
        counts = {**self.ledger.counts(), **self.cases.pusher.status()}
        return {"received": 0, "dropped_replies": 0, **counts, "done": self.cases.done}

    async def run(self, county: str) -> None:
        """Serve the county of that name's stories until cancelled."""
        try:
            await self.cases.load(self._everywhere.stories, county, lambda act: act)
            await serve(web.Application(), self._everywhere, self._folder, self.faults, self.status, self.cases.start,
                        self.push, self.read)
        finally:
            self.ledger.close()
