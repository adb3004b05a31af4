"""Directs a demo: sets the stage, lets the play run to its end, and compares the books."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import Story, write_stories
from guantong_plugins.demo.books import Books, keep_books
from guantong_plugins.demo.compare import compare, count_cards
from guantong_plugins.demo.connected import compare_connected, told
from guantong_plugins.demo.home import Home, begin_home, fill_in, move_in, quicken
from guantong_plugins.demo.hub import Hub, free_port
from guantong_plugins.demo.operator_desk import OperatorDesk
from guantong_plugins.demo.processes import LOOK_EVERY
from guantong_plugins.demo.report import Report
from guantong_plugins.demo.stories import make_stories, sites
from guantong_plugins.demo.world import Simulator, make_simulators

STALL_SECONDS = 240.0
_QUIET_LOOKS = 10
"""How many looks in a row find the hub up and nothing moved before it is worth asking what is left."""
_UNFINISHED = ("waiting", "blocked", "sending", "retrying", "unknown", "sent")
_HELD_SYSTEMS = ("jiedong.approval",)

Watch = Callable[[int, int], None]
"""Told the effects made so far and the effects the books ask for, at every look."""


class Demo:
    """One demo in *folder*: `home/` for the hub, `world/` for the simulators. A context manager: leaving it
    stops every process."""

    def __init__(self, folder: Path, cases: int, seed: int) -> None:
        self.stories: Sequence[Story] = make_stories(cases, seed)
        self.books: Books = keep_books(self.stories)
        stories_file = folder / "stories.jsonl"
        write_stories(stories_file, self.stories)
        self.home: Home = begin_home(folder / "home")
        quicken(self.home)
        port = free_port()
        self.hub = Hub(self.home, port)
        fill_in(self.home, {"guantong.yaml": {"hub.listen": f"127.0.0.1:{port}"}})
        self.simulators: list[Simulator] = make_simulators(
            self.home, folder / "world", stories_file, self.stories, self.hub.url
        )
        self._desk = OperatorDesk(self.hub, self.books, {
            simulator.role.system: simulator.ledger
            for simulator in self.simulators if simulator.role.system in _HELD_SYSTEMS
        })
        self._client = httpx.Client(trust_env=False)
        self._seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hub.child.stop()
        for simulator in self.simulators:
            simulator.child.ask_to_end()
        for simulator in self.simulators:
            simulator.child.stop()
        self._client.close()

    def set_stage(self) -> None:
        """Start the simulators, tell the hub's configuration where they are, start the hub."""
        for simulator in self.simulators:
            simulator.start()
        for simulator in self.simulators:
            simulator.await_ready()
            file, path, _ = simulator.role.fills
            move_in(self.home, file, path, simulator.address())
        self._import_sites()
        self.hub.start()

    def _import_sites(self) -> None:
        file = self.home.folder / "站点.csv"
        file.write_text(sites.table(), encoding="utf-8")
        self.hub.command("sites", "import", str(file), "--as", "演示", "--why", "演示")

    def begin(self) -> None:
        """Let every simulator act out its stories."""
        for simulator in self.simulators:
            simulator.begin(self._client)

    def run_to_end(self, watch: Watch) -> str:
        """Wait until all that must happen has. Empty when it did; else what was left when nothing moved for
        four minutes."""
        began = moved = time.monotonic()
        last: tuple[int, ...] = ()
        quiet = 0
        left = "nothing yet"
        while left and time.monotonic() - moved < STALL_SECONDS:
            statuses = [simulator.status(self._client) for simulator in self.simulators]
            effects = sum(status["effects"] for status in statuses)
            watch(effects, len(self.books.entries))
            queues = self.hub.queues(self._client)
            now = (effects, self._desk.settled, *(status["to_push"] for status in statuses))
            if now != last:
                moved = time.monotonic()
            quiet = quiet + 1 if now == last and queues else 0
            if quiet > _QUIET_LOOKS:
                if any(queues[system]["unknown"] for system in _HELD_SYSTEMS):
                    self._desk.settle_unknown()
                left = self._left(statuses, queues)
            last = now
            time.sleep(LOOK_EVERY)
        self._seconds = moved - began
        return left

    def conclude(self, stalled: str = "") -> Report:
        """Compare the books with the ledgers, and gather the hub's numbers. The hub must be running."""
        ledgers = {simulator.role.system: read_effects(simulator.ledger) for simulator in self.simulators}
        letters, reasons = self._desk.dead(self.books)
        comparison = compare(self.books, ledgers, letters, self._desk.returned(self.books))
        connected = json.loads(self.hub.command("sites", "connected", "--json"))
        comparison.wrong_sites.extend(compare_connected(self.books.worked, connected))
        return Report(
            comparison, self.books.cases, self.books.events, len(letters), self._seconds,
            self.hub.statistics(self._client), reasons, stalled, told(connected),
            count_cards(self.books, ledgers),
        )

    def traced(self, columns: int) -> tuple[str, str]:
        """The serial of one case that went the whole way, an online one that was collected, and what `guantong trace` prints
        of it, *columns* wide."""
        story = next(
            (story for story in self.stories
             if story.channel == "online" and story.acts[-1].event == "case.collection"),
            self.stories[0],
        )
        return story.county_serial, self.hub.command("trace", story.county_serial, columns=columns)

    def _left(self, statuses: Sequence[Mapping[str, Any]], queues: Mapping[str, Mapping[str, Any]]) -> str:
        """What is not finished, in words; empty when nothing but dead letters is left."""
        pushing = [
            f"{simulator.role.name} to push {status['to_push']}"
            for simulator, status in zip(self.simulators, statuses, strict=True) if not status["done"]
        ]
        return ", ".join(pushing + [
            f"{system} {state} {numbers[state]}"
            for system, numbers in sorted(queues.items()) for state in _UNFINISHED if numbers[state]
        ])
