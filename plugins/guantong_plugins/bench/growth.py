"""The bench `growth`: what a deep queue, a long run and a day's backlog do to a hub.

Queued: two real hubs side by side, their targets held. One keeps the smallest depth, the other is filled through its door to each
larger one; there, in turns, each accepts a batch on top of what waits and delivers as many from the head. The figure is the CPU a
message, the deep one's ÷ the shallow one's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

from guantong.journey.states import MessageState
from guantong_plugins.bench.bed import Bed, bed
from guantong_plugins.bench.home import DOOR, TOKEN
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.machine import cost_of, rss_mb
from guantong_plugins.bench.truth import confirmed
from guantong_plugins.demo.processes import terminable

Tell = Callable[[str], None]
LOOKS = 40  # at the memory of a long run
WARM = 0.2  # of a run in which caches fill


def queued(depths: Sequence[int], batch: int, rounds: int, folder: Path, tell: Tell) -> list[dict[str, Any]]:
    """CPU a message in µs at each of *depths*, the smallest first, in *rounds* of *batch* messages. Raises `ProblemsError`."""
    shallow, *deeper = sorted(set(depths))
    found: list[dict[str, Any]] = []
    with terminable(), bed(folder / "shallow") as small, bed(folder / "deep") as large:
        small.fill(shallow)
        for depth in deeper:
            tell(f"{depth:,}")
            large.fill(depth - (large.offered - confirmed(large.reader)))
            pairs = [(_round(small, batch), _round(large, batch)) for _ in range(rounds)]
            figures: dict[str, Any] = {"queued": depth, "beside": shallow}
            for index, what in enumerate(("accept", "deliver")):
                ratios = [two[index] / one[index] for one, two in pairs]
                figures |= {
                    f"{what}_cpu_us": round(median(two[index] for _, two in pairs), 1),
                    f"{what}_beside_cpu_us": round(median(one[index] for one, _ in pairs), 1),
                    f"{what}_ratio": round(median(ratios), 3), f"{what}_spread": round((max(ratios) - min(ratios)) / median(ratios), 3),
                }
            found.append(figures | {"rss_mb": round(cost_of(large.hub.pid).rss_mb, 1)})
        for each in (small, large):
            _kept(each)
    return found


def _round(of: Bed, batch: int) -> tuple[float, float]:
    """µs of CPU a message, to accept *batch* on top of what waits and to deliver about as many from its head."""
    before = cost_of(of.hub.pid).cpu
    of.fill(batch)
    between, had = cost_of(of.hub.pid).cpu, confirmed(of.reader)
    of.release()
    of.await_confirmed(had + batch)
    of.hold()
    after, has = cost_of(of.hub.pid).cpu, confirmed(of.reader)
    return (between - before) / batch * 1e6, (after - between) / (has - had) * 1e6


def _kept(of: Bed) -> None:
    """Raise `ProblemsError` unless all that was offered is kept, and what is confirmed came to the target once."""
    messages = {state: count for _, state, count in of.reader.message_counts()}
    if messages != {MessageState.ROUTED: of.offered}:
        of.untrue(f"{of.offered} cases were accepted, the store holds {sum(messages.values())}")
    of.sink.stop()
    of.arrived(confirmed(of.reader))


def memory(messages: int, folder: Path, tell: Tell) -> dict[str, Any]:
    """What a hub holds while *messages* go through it; `slope_mb` is its growth in MB a million messages once caches are full. Raises
    `ProblemsError`."""
    with terminable(), bed(folder / "memory", held=False) as it:
        begun, before = time.monotonic(), cost_of(it.hub.pid).cpu
        load = it.offer(LoadPlan(it.door, DOOR, it.home.environment[TOKEN], 64, 86_400, 0, most=messages))
        seen = []
        for look in range(1, LOOKS + 1):
            done = it.await_confirmed(messages * look // LOOKS)
            seen.append((done, rss_mb(it.hub.pid)))
            tell(f"{done:,} · {seen[-1][1]:.0f} MB")
        lasted, cpu = time.monotonic() - begun, cost_of(it.hub.pid).cpu - before
        it.offered = it.whole(load, 60)["sent"]
        _kept(it)
    warm = [(done, held) for done, held in seen if done >= messages * WARM]
    slope = linear_regression([done for done, _ in warm], [held for _, held in warm]).slope
    return {"messages": messages, "rate": round(messages / lasted, 1), "cpu_us": round(cpu / messages * 1e6, 1),
            "warm_mb": round(warm[0][1], 1), "end_mb": round(warm[-1][1], 1), "most_mb": round(max(held for _, held in seen), 1),
            "slope_mb": round(slope * 1e6, 2)}
