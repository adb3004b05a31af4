"""The bed of a bench that needs a queue of a certain depth: a real hub whose target can be held, and load by number."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import orjson

from guantong.control import ask
from guantong.operations import Act, Order
from guantong.problems import Problem, ProblemsError
from guantong.store import Reader
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.flow import STALLED_AFTER, reader_of, started
from guantong_plugins.bench.handed import PYTHON, doubles, reading
from guantong_plugins.bench.home import DOOR, TARGET, TOKEN, BenchHome, move_in, write_home
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.truth import confirmed
from guantong_plugins.demo.processes import Child

STORE = {"use": "sqlite", "path": "var/guantong.db"}
FRESH, FRESH_DOOR = "fresh.county", "/in/fresh.portal/records"
_SETTLED = 0.2  # seconds in which nothing more is confirmed once the target is held


@dataclass(slots=True)
class Bed:
    """A running hub. `offered` cases were sent to its first source, `fresh` to the second."""

    stack: ExitStack
    folder: Path
    home: BenchHome
    hub: Child
    sink: Child
    reader: Reader
    door: int
    offered: int = 0
    fresh: int = 0
    loads: int = 0

    def hold(self) -> None:
        """Send nothing to the target from now on; returns once nothing is in hand."""
        self._act(Act.HOLD)
        before = -1
        while (now := confirmed(self.reader)) != before:
            before = now
            time.sleep(_SETTLED)

    def release(self) -> None:
        """Let the target have what waits."""
        self._act(Act.RELEASE)

    def fill(self, cases: int) -> None:
        """Offer *cases* at the door, as fast as they are answered."""
        load = self.offer(LoadPlan(self.door, DOOR, self.home.environment[TOKEN], 64, 86_400, 0, base=self.offered, most=cases))
        self.offered += self.whole(load, 86_400)["sent"]

    def offer(self, plan: LoadPlan) -> tuple[Child, Path]:
        """A load that is under way, and its folder."""
        self.loads += 1
        folder = self.folder / f"load-{self.loads}"
        folder.mkdir()
        plan.write(folder)
        child = Child("load", ("guantong_plugins.bench.load", str(folder)), folder / "load.txt", {}, PYTHON)
        return started(self.stack, child), folder

    def whole(self, load: tuple[Child, Path], seconds: float) -> dict[str, Any]:
        """What became of *load*, once all of it is answered. Raises `ProblemsError` where a case was not taken."""
        child, folder = load
        done: dict[str, Any] = orjson.loads(child.await_seen(reading(folder / "load.json"), seconds + 60))
        child.stop()
        if done["refused"] or done["broken"]:
            self.untrue(f"{done['refused']} of {done['sent']} cases were refused, {done['broken']} connections broke")
        return done

    def await_confirmed(self, expected: int, system: str = TARGET) -> int:
        """Wait until *expected* cases are confirmed by the target *system*; how many are. Looks seldom where a look takes long."""
        best, since = -1, time.monotonic()
        while True:
            begun = time.monotonic()
            if (now := confirmed(self.reader, system)) >= expected:
                return now
            if now > best:
                best, since = now, begun
            elif begun - since > STALLED_AFTER:
                self.untrue(f"{now} of {expected} deliveries are confirmed, and none was for {STALLED_AFTER:g} s")
            self.hub.must_run()
            time.sleep(max(0.02, 4 * (time.monotonic() - begun)))

    def arrived(self, expected: int, folder: Path | None = None) -> None:
        """Raise `ProblemsError` unless the target (that in *folder*), which was ended, saw *expected* cases, each once."""
        place = folder or self.folder
        repeated = orjson.loads((place / "sink.json").read_bytes())["repeated"]
        seen = sum(map(bool, doubles(place / "arrivals")))
        if seen != expected or repeated:
            self.untrue(f"{expected} deliveries are confirmed, the target saw {seen}, and {repeated} again")

    def untrue(self, what: str) -> NoReturn:
        """Raise `ProblemsError`: these figures do not count."""
        raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(self.hub.log)})])

    def _act(self, act: Act) -> None:
        asyncio.run(ask(self.home.folder, Order(act, [TARGET], "bench", "bench")))


@contextmanager
def bed(folder: Path, *, held: bool = True, fresh: str = "", concurrency: int = 64) -> Iterator[Bed]:
    """A hub over a fresh home in *folder*, which is made, with its target *held*. *fresh* is the address of a second target, which has
    a source of its own; both are sent *concurrency* at once."""
    folder.mkdir()
    with ExitStack() as stack:
        sink = target(stack, folder)
        home = write_home(folder / "home", sink=address(sink, folder), unknown="retry", store=STORE, concurrency=concurrency)
        if fresh:
            county = {"profile": "bench-county", "settings": {"url": fresh}, "secrets": {"token": {"env": TOKEN}},
                      "delivery": {"unknown": "retry", "concurrency": concurrency}}
            move_in(home, "fresh", {"zh": "日常办件", "en": "Fresh traffic"}, county)
        hub = started(stack, Child("hub", ("run", "--home", str(home.folder)), folder / "hub.txt", home.environment))
        door = int(hub.await_seen(reading(home.folder / "var" / "port")))
        reader = reader_of(home, STORE)
        stack.callback(reader.close)
        made = Bed(stack, folder, home, hub, sink, reader, door)
        if held:
            made.hold()
        yield made


def target(stack: ExitStack, folder: Path) -> Child:
    """A target in a process of its own, that says in *folder* where it is and what it saw."""
    return started(stack, Child("sink", ("guantong_plugins.bench.sink", str(folder)), folder / "sink.txt", {}, PYTHON))


def address(sink: Child, folder: Path) -> str:
    """Where the target in *folder* is, once it listens."""
    return f"http://127.0.0.1:{int(sink.await_seen(reading(folder / 'sink.port')))}"
