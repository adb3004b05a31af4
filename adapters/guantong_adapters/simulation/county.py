"""What simulated counties share, however they speak: a ledger, faults, cases that are pushed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import aiohttp

from guantong_adapters.simulation.caseload import Caseload
from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.settings import SimulatorSettings

_PATIENCE = aiohttp.ClientTimeout(total=30)


class SimulatedCounty(ABC):
    """One county's system. How it hands an act to the hub is its own."""

    def __init__(self, settings: SimulatorSettings, folder: Path) -> None:
        self.faults = Faults(settings.faults)
        self.ledger = Ledger(folder / "ledger.db")
        self.cases = Caseload(self._post, settings.concurrency)

    @abstractmethod
    async def _post(self, item: Item) -> Ack:
        """Hand one act over, once."""

    def status(self) -> dict[str, object]:
        """Counts of the ledger and of the pushing, and whether it is done."""
        counts = {**self.ledger.counts(), **self.cases.pusher.status()}
        return {"received": 0, "dropped_replies": 0, **counts, "done": self.cases.done}


class CallingCounty(SimulatedCounty):
    """One that calls the hub over HTTP."""

    _session: aiohttp.ClientSession
    """Open while it pushes."""

    async def run(self) -> None:
        """Push until cancelled."""
        async with aiohttp.ClientSession(timeout=_PATIENCE) as self._session:
            await self.cases.pusher.run()
