"""The load generator: the source of the bench, in a process of its own.

`python -m guantong_plugins.bench.load FOLDER` reads `load-plan.json` there, offers the load, writes `sent`
(a double a case: seconds on the system's steady clock), `accepts` (a double an answer: seconds it took) and
last `load.json` (counts, and how many seconds it took from the first request to the last answer), and stays until SIGTERM. With a rate it is an open
loop: a case is due at its time whether or not earlier ones were answered, and counts from then. Without one
it is a closed loop: each connection sends its next case when the last was answered.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from array import array
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import cast

import httptools
import orjson
import uvloop

from guantong_plugins.bench.record import Requests, record

_TICK = 0.001  # seconds between looks at what is due in an open loop


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What to offer: `rate` in cases a second (0: closed loop), for `seconds`, over `connections`. `body` is the record 0 as
    it is sent, of the type `media`; empty: an application as JSON. Cases are numbered from 1 beyond `base`; a closed loop ends
    after `most` of them, if it is given."""

    port: int
    path: str
    token: str
    connections: int
    seconds: float
    rate: float
    body: str = ""
    media: str = "application/json"
    base: int = 0
    most: int = 0

    def write(self, folder: Path) -> None:
        """Put it where the load generator reads it."""
        (folder / "load-plan.json").write_bytes(orjson.dumps(asdict(self)))


class _Connection(asyncio.Protocol):
    """One connection of the source: one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpResponseParser(self)

    def send(self, request: bytes, due: float) -> None:
        """Send one request that is due at *due*."""
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        self._load.answered(self, status, self._due)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  asyncio passes it
        self._load.lost()


class Load:
    """The load of one run. `sent` and `answers` are seconds; `refused` counts what was not taken."""

    def __init__(self, plan: LoadPlan) -> None:
        self.sent = array("d", (0.0,))  # cases count from 1
        self.answers = array("d")
        self.refused = 0
        self.broken = 0
        self._plan = plan
        self._requests = Requests(plan.path, plan.token, plan.body.encode() or record(0), plan.media)
        self._free: deque[_Connection] = deque()
        self._late: deque[float] = deque()
        self._busy = 0
        self._more = True
        self._done = asyncio.Event()

    async def offer(self) -> None:
        """Offer all of it, and wait until everything sent is answered."""
        loop, plan = asyncio.get_running_loop(), self._plan
        connections = [
            (await loop.create_connection(lambda: _Connection(self), "127.0.0.1", plan.port))[1]
            for _ in range(plan.connections)
        ]
        begin = monotonic()
        self._end = begin + plan.seconds
        if plan.rate:
            self._free.extend(connections)
            await self._by_the_clock(begin)
        else:
            for connection in connections[: self._plan.most or None]:
                self._send(connection, monotonic())
        await self._done.wait()

    async def _by_the_clock(self, begin: float) -> None:
        offered, rate = 0, self._plan.rate
        total = max(1, round(self._plan.seconds * rate))
        while offered < total:
            due = min(int((monotonic() - begin) * rate) + 1, total)
            for number in range(offered, due):
                at = begin + number / rate
                if self._free:
                    self._send(self._free.popleft(), at)
                else:
                    self._late.append(at)
            offered = due
            await asyncio.sleep(_TICK)
        self._more = False
        self._finish()

    def _send(self, connection: _Connection, due: float) -> None:
        self._busy += 1
        connection.send(self._requests.make(self._plan.base + len(self.sent)), due)
        self.sent.append(due)

    def answered(self, connection: _Connection, status: int, due: float) -> None:
        """One answer came: note it and give the connection its next case."""
        now = monotonic()
        self._busy -= 1
        self.answers.append(now - due)
        self.refused += status != 200
        if self._plan.rate:
            if self._late:
                self._send(connection, self._late.popleft())
            else:
                self._free.append(connection)
        elif now < self._end and (not self._plan.most or len(self.sent) <= self._plan.most):
            self._send(connection, now)
        else:
            self._more = False
        self._finish()

    def lost(self) -> None:
        """A connection broke: what it waited for will not be answered."""
        self.broken += 1
        self._done.set()

    def _finish(self) -> None:
        if not self._more and not self._busy and not self._late:
            self._done.set()


async def offer(folder: Path) -> None:
    """Offer the planned load, write what happened, stay until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    load = Load(LoadPlan(**orjson.loads((folder / "load-plan.json").read_bytes())))
    await load.offer()
    lasted = monotonic() - load.sent[1]
    (folder / "sent").write_bytes(load.sent.tobytes())
    (folder / "accepts").write_bytes(load.answers.tobytes())
    result = {"sent": len(load.sent) - 1, "refused": load.refused, "broken": load.broken, "lasted": lasted}
    half = folder / "load.json.new"
    half.write_bytes(orjson.dumps(result))
    half.replace(folder / "load.json")
    await stop.wait()


if __name__ == "__main__":
    uvloop.run(offer(Path(sys.argv[1])))
