"""One burst: a fresh home, a real hub, one side that is an adapter's and the other by REST; what came of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import orjson

from guantong.journey.states import DeliveryState, MessageState
from guantong.plugins import registry
from guantong.store import Reader
from guantong_plugins.bench.burst.legs import WAYS, Direction, Services, Way
from guantong_plugins.bench.burst.side import Offer, Sent, Setup, Source
from guantong_plugins.bench.figures import percentile
from guantong_plugins.bench.handed import reading
from guantong_plugins.bench.machine import cost_of
from guantong_plugins.bench.sink import Arrivals
from guantong_plugins.demo.processes import Child, terminable

STALLED_AFTER = 60.0
"""Seconds without anything delivered before a burst is given up and counted as it stands."""
LOOK_EVERY = 0.05
_BENCH = Path(__file__).resolve().parent.parent
_REST = WAYS[0]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of one burst. `sent` were offered, `accepted` are durably ours, `delivered` reached the target; `lost`
    are those that did not, `dropped` those of them that a broker says it dropped, `doubled` those that came again. `rate_in`
    and `rate_out` are a second, from when the first was due to the last acceptance and arrival; `p50_ms` and `p99_ms` from
    when each was due to its arrival; `backlog` how many had not arrived when the last was due, `drain_seconds` how long those
    took."""

    adapter: str
    direction: Direction
    sent: int
    accepted: int
    delivered: int
    lost: int
    dropped: int
    doubled: int
    refused: int
    rate_in: float
    rate_out: float
    p50_ms: float
    p99_ms: float
    backlog: int
    drain_seconds: float
    cpu_us: float
    rss_mb: float

    @property
    def true(self) -> bool:
        """Nothing was lost, nothing came twice, and the store says so too."""
        return not (self.lost or self.doubled or self.refused) and self.accepted == self.sent


def carry(way: Way, direction: Direction, offer: Offer, services: Services, folder: Path, progress: Progress) -> Carried:
    """One burst through *way*, over a fresh home in *folder*, which must be empty. *progress* hears how many are
    delivered. Raises `ProblemsError` when a process fails."""
    for name in ("source", "target"):
        (folder / name).mkdir()
    with terminable(), ExitStack() as stack:
        source = stack.enter_context((way if direction == "in" else _REST).source(services, folder / "source"))
        target = stack.enter_context((way if direction == "out" else _REST).target(services, folder / "target"))
        home = write_home(folder / "home", source.setup, target.setup)
        hub = Child("hub", ("run", "--home", str(home)), folder / "hub.txt", {**source.setup.environment, **target.setup.environment})
        hub.start()
        stack.callback(hub.stop)
        door = int(hub.await_seen(reading(home / "var" / "port")))
        spec = registry().stores["sqlite"]
        reader = spec.open_reader(spec.settings(), home)
        stack.callback(reader.close)
        before = cost_of(hub.pid)
        source.begin(offer, door)
        seen = _await_delivered(source, reader, hub, offer, progress)
        after = cost_of(hub.pid)
        found = _told(way, direction, seen, target.arrived(), (after.cpu - before.cpu, after.rss_mb))
        side = source if direction == "in" else target
        return replace(found, dropped=side.dropped(found.lost)) if found.lost else found


def write_home(folder: Path, source: Setup, target: Setup) -> Path:
    """The home of a burst from *source* to *target*."""
    shutil.copytree(_BENCH / "bursthome", folder)
    shutil.copytree(_BENCH / "tablehome" / "mappings", folder / "mappings", dirs_exist_ok=True)
    systems = {"source": {"role": "county", **source.entry}, "target": {"role": "hall", **target.entry}}
    place = {"name": {"zh": "突发测试", "en": "Burst"}, "region": "445222", "systems": systems}
    (folder / "config" / "bench.yaml").write_bytes(orjson.dumps(place))
    shutil.copy(_BENCH / "tablehome" / "config" / "routes.yaml", folder / "config")
    return folder


@dataclass(frozen=True, slots=True)
class _Seen:
    sent: Sent
    accepted: int
    accepted_at: float


def _await_delivered(source: Source, reader: Reader, hub: Child, offer: Offer, progress: Progress) -> _Seen:
    """Wait until all that was offered is delivered, or until nothing moves any more."""
    moved, best, accepted, accepted_at = monotonic(), (-1, -1), 0, monotonic()
    while True:
        sent, now = source.sent(), monotonic()
        ours = sum(count for _, state, count in reader.message_counts() if state is MessageState.ROUTED)
        done = sum(count for _, state, count, _ in reader.counts() if state is DeliveryState.CONFIRMED)
        progress(done)
        if ours > accepted:
            accepted, accepted_at = ours, now
        if (ours, done) > best or sent is None:
            best, moved = (ours, done), now
        if sent is not None and (done >= offer.total - sent.refused or now - moved > STALLED_AFTER):
            return _Seen(sent, accepted, accepted_at)
        hub.must_run()
        time.sleep(LOOK_EVERY)


def _told(way: Way, direction: Direction, seen: _Seen, arrivals: Arrivals, cost: tuple[float, float]) -> Carried:
    due, times = seen.sent.due, arrivals.times
    sent = len(due) - 1
    came = {number: times[number] for number in range(1, sent + 1) if number < len(times) and times[number]}
    taken = sorted((at - due[number]) * 1000 for number, at in came.items()) or [0.0]
    last = max(came.values(), default=due[-1])
    return Carried(
        way.name, direction, sent=sent, accepted=seen.accepted, delivered=len(came), lost=sent - len(came), dropped=0,
        doubled=arrivals.repeated, refused=seen.sent.refused, rate_in=_rate(seen.accepted, seen.accepted_at - due[1]),
        rate_out=_rate(len(came), last - due[1]), p50_ms=percentile(taken, 0.5), p99_ms=percentile(taken, 0.99),
        backlog=sent - sum(at <= due[-1] for at in came.values()), drain_seconds=max(0.0, last - due[-1]),
        cpu_us=cost[0] * 1e6 / sent, rss_mb=cost[1],
    )


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
