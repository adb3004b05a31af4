"""The bench `growth`, third part: a backlog of one target drains while another has its traffic of every day.

The other is sent cases at an even rate, by the clock, in turns with the first held and released, until the backlog is gone. Its figure is
the 99th percentile, from when each case was due to its arrival.
"""

from __future__ import annotations

import time
from array import array
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from guantong_plugins.bench.bed import FRESH, FRESH_DOOR, Bed, address, bed, target
from guantong_plugins.bench.figures import percentile
from guantong_plugins.bench.growth import Tell
from guantong_plugins.bench.handed import doubles
from guantong_plugins.bench.home import TOKEN
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.truth import confirmed
from guantong_plugins.demo.processes import terminable


def drain(backlog: int, rate: float, seconds: float, concurrency: int, folder: Path, tell: Tell) -> dict[str, Any]:
    """How fast *backlog* drains, and what *rate* cases a second of another target take with and without, in spans of *seconds* each,
    where both targets are sent *concurrency* at once. Raises `ProblemsError`."""
    beside = folder / "fresh"
    beside.mkdir()
    spans: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    sent: dict[int, float] = {}
    drained = lasted = 0.0
    with terminable(), ExitStack() as stack:
        fresh = target(stack, beside)
        it = stack.enter_context(bed(folder / "hub", fresh=address(fresh, beside), concurrency=concurrency))
        it.fill(backlog)
        while (had := confirmed(it.reader)) < backlog:
            tell(f"{had:,} / {backlog:,}")
            spans[False].append(_span(it, rate, seconds, sent))
            begun = time.monotonic()
            it.release()
            span = _span(it, rate, seconds, sent)
            if (has := confirmed(it.reader)) < backlog or not spans[True]:  # the last span is half idle: it counts where it is the only one
                spans[True].append(span)
                drained, lasted = drained + has - had, lasted + time.monotonic() - begun
            it.hold()
        it.await_confirmed(it.fresh, FRESH)
        for sink in (fresh, it.sink):
            sink.stop()
        it.arrived(it.offered)
        it.arrived(it.fresh, beside)
        arrivals = doubles(beside / "arrivals")
    pairs = [(_p99(alone, sent, arrivals), _p99(with_it, sent, arrivals)) for alone, with_it in zip(spans[False], spans[True], strict=False)]
    ratios = [with_it / alone for alone, with_it in pairs]
    return {"backlog": backlog, "rate": rate, "concurrency": concurrency, "rounds": len(pairs), "drained_per_s": round(drained / lasted, 1),
            "p99_ms": round(median(with_it for _, with_it in pairs), 2), "alone_p99_ms": round(median(alone for alone, _ in pairs), 2),
            "ratio": round(median(ratios), 3), "spread": round((max(ratios) - min(ratios)) / median(ratios), 3)}


def _span(it: Bed, rate: float, seconds: float, sent: dict[int, float]) -> tuple[int, int]:
    """Offer fresh cases for *seconds*; the numbers of those. When each was due is noted in *sent*."""
    base = it.offered + it.fresh
    plan = LoadPlan(it.door, FRESH_DOOR, it.home.environment[TOKEN], 64, seconds, rate, base=base)
    load = it.offer(plan)
    count = it.whole(load, seconds)["sent"]
    it.fresh += count
    sent.update((base + number, at) for number, at in enumerate(doubles(load[1] / "sent")) if number)
    return base + 1, base + count


def _p99(span: tuple[int, int], sent: dict[int, float], arrivals: array[float]) -> float:
    """Milliseconds that all but one of a hundred of the cases numbered so took at most."""
    return percentile(sorted((arrivals[number] - sent[number]) * 1000 for number in range(span[0], span[1] + 1)), 0.99)
