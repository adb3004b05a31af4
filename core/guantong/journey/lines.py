"""The lines of all systems."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future

from guantong.adapter import Connection, Sends
from guantong.config.configuration import System
from guantong.journey.engine import Engine
from guantong.journey.flow import Flow, Rates
from guantong.journey.line import Line, Turn
from guantong.journey.ready import Ready
from guantong.sharedstore import ANYTHING
from guantong.store import DeliveryRow, Transaction

FINISH_WITHIN = 20.0  # seconds a stopping hub gives what is in hand


class Lines:
    """One `Line` per system that can be sent to. Lines live on the event loop; a store may run work in a thread, and
    what work asks of them is answered on the loop, when those have gone on who were told of what was committed before."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._flows: defaultdict[str, Flow] = defaultdict(Flow)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._engine: Engine | None = None

    def open(self, engine: Engine, connections: Mapping[str, Connection], turn: Turn) -> None:
        """Make the lines; nothing is sent before `start`."""
        self._loop, self._thread, self._engine = asyncio.get_running_loop(), threading.get_ident(), engine
        for system, connection in connections.items():
            if isinstance(connection, Sends):
                self._flows[system] = Flow()
                line = self._lines[system] = Line(engine, engine.system(system), connection, turn)
                if engine.holds.of(system) is not None:
                    line.hold(True)

    @property
    def targets(self) -> list[str]:
        """The systems that are sent to from here."""
        return list(self._lines)

    def start(self) -> None:
        for line in self._lines.values():
            line.start()

    def renew(self, systems: Mapping[str, System]) -> None:
        """Deliveries that have their turn from now on are mapped by these *systems*' dialects."""
        for system, line in self._lines.items():
            line.system = systems[system]

    async def stop(self) -> None:
        """Finish what is in hand everywhere."""
        await asyncio.gather(*(line.stop(FINISH_WITHIN) for line in self._lines.values()))

    def hold(self, system: str, held: bool) -> None:
        """Send nothing to *system* from now on, or go on."""
        line = self._lines.get(system)
        if line is not None:
            line.hold(held)

    def came(self, system: str) -> None:
        """A delivery to *system* was made."""
        self._flows[system].came()

    def went(self, system: str) -> None:
        """A delivery to *system* needs no sending any more."""
        self._flows[system].went()

    def rates(self) -> Mapping[str, Rates]:
        """How fast deliveries come and go, of the systems of which that can be told: of none where they come and go elsewhere, too."""
        if self._engine is not None and self._engine.crew is not None:
            return {}
        found = {system: flow.rates() for system, flow in self._flows.items()}
        return {system: rates for system, rates in found.items() if rates is not None}

    def announce(self, ready: Iterable[Ready]) -> None:
        """These may be sent, each once due. A system without a line keeps them in the store."""
        if self._engine is not None and self._engine.tickets is not None:
            ready = [*ready]
            self._engine.tickets.tell(ready)
        for one in ready:
            line = self._lines.get(one.target)
            if line is not None:
                line.add(one)

    def wake(self, targets: Iterable[str]) -> None:
        """These systems may have something new to be sent, though nothing was announced here: another process made it.
        `ANYTHING` means any."""
        for target in targets:
            found = self._lines.values() if target == ANYTHING else [self._lines[target]] if target in self._lines else []
            for line in found:
                line.wake()

    def withdraw(self, tx: Transaction, row: DeliveryRow) -> bool:
        """Take a delivery out of its line; False when it is in hand, here or in another process, and must be settled first."""
        if tx.is_elsewhere(row.id):
            return False
        line = self._lines.get(row.target)
        return line is None or self._on_loop(lambda: line.withdraw(row.id))

    def in_hand(self, tx: Transaction, row: DeliveryRow) -> bool:
        """Whether a delivery has its turn right now."""
        if tx.is_elsewhere(row.id):
            return True
        line = self._lines.get(row.target)
        return line is not None and self._on_loop(lambda: line.holds(row.id))

    def divide(self, among: int) -> None:
        """So many processes send: each at its part of a system's rate."""
        for line in self._lines.values():
            line.divide(among)

    def forget(self) -> None:
        """What waits in memory may be another's now."""
        for line in self._lines.values():
            line.forget()

    def hold_as(self, engine: Engine) -> None:
        """Hold and release as the engine's holds say."""
        for system, line in self._lines.items():
            line.hold(engine.holds.of(system) is not None or line.system.hold)

    def sent_to(self) -> list[str]:
        """The systems to which deliveries go now: neither held nor lost."""
        return [system for system, line in self._lines.items() if line.goes]

    def low(self) -> int:
        """How many deliveries that others go before wait in all lines."""
        return sum(line.low for line in self._lines.values())

    def sending(self) -> Mapping[str, int]:
        """How many deliveries each system has in hand."""
        return {system: line.in_hand for system, line in self._lines.items()}

    def _on_loop(self, ask: Callable[[], bool]) -> bool:
        if self._loop is None or threading.get_ident() == self._thread:
            return ask()
        answer: Future[bool] = Future()
        # In the second pass from now: the first is of those whose commit was just told.
        self._loop.call_soon_threadsafe(self._loop.call_soon, _answer, answer, ask)
        return answer.result()


def _answer(answer: Future[bool], ask: Callable[[], bool]) -> None:
    try:
        answer.set_result(ask())
    except Exception as error:  # noqa: BLE001 -- handed to the work that asked
        answer.set_exception(error)
