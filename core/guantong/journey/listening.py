"""Listening: a source that speaks over a connection of ours. The core owns when it is opened anew."""

from __future__ import annotations

import asyncio

import structlog

from guantong.adapter import ComeAgain, Listens
from guantong.config.policies import RetryPolicy
from guantong.journey.engine import Engine
from guantong.journey.reach import As, why
from guantong.journey.retry import wait_before
from guantong.problems import told
from guantong.stopping import stop

WAITS = RetryPolicy(first=1.0, factor=2.0, most=30.0)
ENDS_WITHIN = 5.0  # seconds that a line may take to end once a record of it is to come again
log = structlog.get_logger("guantong.listening")


class Ear:
    """Listens to one system: says once when it is lost and once when it is back."""

    def __init__(self, engine: Engine, system: str, connection: Listens) -> None:
        self._engine = engine
        self._system = system
        self._connection = connection
        self._failures = 0

    async def listen_forever(self) -> None:
        """Listen until cancelled, but while the system is held `--inbound`. Between two tries it waits longer each time, up to
        half a minute."""
        while True:
            await self._engine.holds.may_read(self._system)
            said = "线路已断 the line ended"
            logged = "the line ended"
            try:
                if await self._listened():
                    continue
            except ComeAgain:
                logged = ""  # the source is well: why we are not is said where it began
            except Exception as error:  # noqa: BLE001 -- a line may end in any way; it is opened again
                said, logged = why(error), told(error)
            self._failures += 1
            pause = wait_before(WAITS, self._failures)
            if logged:
                self._lost(said, logged, pause)
            await asyncio.sleep(pause)

    async def _listened(self) -> bool:
        """Listen until the line ends, or is let go, so that what was not acknowledged comes again: the system is held, and the
        answer is true, or a record is to come again (`ComeAgain`)."""
        with self._engine.readings.of(self._system) as reading:
            line = asyncio.ensure_future(self._connection.listen(self._ready))
            held = asyncio.ensure_future(self._engine.holds.not_to_be_read(self._system))
            broken = asyncio.ensure_future(reading.stopped())
            try:
                await asyncio.wait((line, held, broken), return_when=asyncio.FIRST_COMPLETED)
                if broken.done() and not line.done():  # it should end by itself, as it was told to come again
                    await asyncio.wait((line, held), timeout=ENDS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
                if line.done():
                    line.result()
                elif not held.done():
                    raise ComeAgain
                return not line.done()
            finally:
                await stop([task for task in (line, held, broken) if not task.done()])

    def _ready(self) -> None:
        self._failures = 0
        if self._engine.reach.back(self._system, As.SOURCE):
            log.info("source.back", system=self._system)

    def _lost(self, said: str, logged: str, pause: float) -> None:
        at = self._engine.clock()
        if self._engine.reach.lost(self._system, As.SOURCE, said, at, at + int(pause * 1000)):
            log.warning("source.lost", system=self._system, error=logged)
