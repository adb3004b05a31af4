"""What simulated counties behind a message broker share: a line that is opened again."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from pathlib import Path

import structlog
from aiohttp import web

from guantong_adapters.simulation.county import SimulatedCounty
from guantong_adapters.simulation.process import serve
from guantong_adapters.simulation.settings import SimulatorSettings

AGAIN = 0.5  # seconds until a line that ended is opened again
log = structlog.get_logger("guantong.simulation")


class BrokerCounty(SimulatedCounty):
    """One county. How it speaks to its broker is its own; `lost` is how a line ends there."""

    lost: type[Exception]

    def __init__(self, settings: SimulatorSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._everywhere = settings
        self._folder = folder

    @abstractmethod
    async def _read(self) -> None:
        """Open a line and take applications from it until it ends."""

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

    async def run(self, county: str) -> None:
        """Serve the county of that name's stories until cancelled."""
        try:
            await self.cases.load(self._everywhere.stories, county, lambda act: act)
            await serve(web.Application(), self._everywhere, self._folder, self.faults, self.status, self.cases.start,
                        self.push, self.read)
        finally:
            self.ledger.close()
