"""Listening: a source that speaks over a connection of ours. The core owns when it is opened anew."""

from __future__ import annotations

import asyncio

import structlog

from guantong.adapter import ComeAgain, Listens
from guantong.config.policies import RetryPolicy
from guantong.journey.retry import wait_before
from guantong.problems import told

WAITS = RetryPolicy(first=1.0, factor=2.0, most=30.0)
log = structlog.get_logger("guantong.listening")


class Ear:
    """Listens to one system: says once when it is lost and once when it is back."""

    def __init__(self, system: str, connection: Listens) -> None:
        self._system = system
        self._connection = connection
        self._lost = False
        self._failures = 0

    async def listen_forever(self) -> None:
        """Listen until cancelled. Between two tries it waits longer each time, up to half a minute."""
        while True:
            try:
                await self._connection.listen(self._ready)
                self._failed("the line ended")
            except ComeAgain:
                self._failures += 1  # the source is well: why we are not is said where it began
            except Exception as error:  # noqa: BLE001 -- a line may end in any way; it is opened again
                self._failed(told(error))
            await asyncio.sleep(wait_before(WAITS, self._failures))

    def _ready(self) -> None:
        if self._lost:
            log.info("source.back", system=self._system)
        self._lost, self._failures = False, 0

    def _failed(self, why: str) -> None:
        if not self._lost:
            log.warning("source.lost", system=self._system, error=why)
        self._lost, self._failures = True, self._failures + 1
