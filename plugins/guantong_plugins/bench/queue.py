"""The bench `queue`: how many deliveries a store takes in, has worked and settles, beside a queue made by hand.

Ours: a record, its subject and its delivery are put in one transaction; the delivery is claimed in memory, as a line does;
that it is confirmed is another transaction. `WINDOW` of them are on their way at a time, each durable at both ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from guantong.journey.states import DeliveryState, MessageState
from guantong.plugins import registry
from guantong.store import NewMessage, Store, Transaction
from guantong_plugins.bench.figures import percentile
from guantong_plugins.bench.machine import fdatasync_ms

WINDOW = 512
BODY = bytes(range(256)) * 8
TARGET = "bench.county"


@dataclass(frozen=True, slots=True)
class Cycles:
    """How many were put, claimed and settled in how many seconds, at what cost of CPU (seconds, of this process), and how long
    each took from the putting to the settling (seconds, sorted)."""

    count: int
    seconds: float
    cpu: float
    took: list[float]

    @property
    def rate(self) -> float:
        return self.count / self.seconds


Ours = Callable[[Path], Store]
Baseline = Callable[[Path, float], float]
"""Cycles a second of a queue made by hand, in a folder, over so many seconds."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of each, one after the other."""

    ours: Cycles
    by_hand: float
    fdatasync_ms: float

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.by_hand


def measure(make: Ours, baseline: Baseline, folder: Path, seconds: float) -> Pair:
    """One run of each in *folder*, which is empty."""
    disk = fdatasync_ms(folder)
    by_hand = baseline(folder, seconds)
    return Pair(asyncio.run(cycle(make(folder), seconds)), by_hand, disk)


def together(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The medians of the runs, by the stable names of `--json`."""
    ours = [pair.ours for pair in pairs]
    rates = [one.rate for one in ours]
    figures = {
        "rate": median(rates), "cpu_us": median(one.cpu / one.count * 1e6 for one in ours),
        "p50_ms": median(percentile(one.took, 0.5) for one in ours) * 1000,
        "p99_ms": median(percentile(one.took, 0.99) for one in ours) * 1000,
        "baseline_rate": median(pair.by_hand for pair in pairs), "ratio": median(pair.ratio for pair in pairs),
        "fdatasync_p50_ms": median(pair.fdatasync_ms for pair in pairs), "spread": (max(rates) - min(rates)) / median(rates),
    }
    return {"runs": len(pairs), "window": WINDOW, "body": len(BODY), **{name: round(value, 3) for name, value in figures.items()}}


def store_of(use: str, settings: dict[str, Any], home: Path) -> Store:
    """The store *use*, as the hub would open it in *home*."""
    spec = registry().stores[use]
    return spec.make(spec.settings.model_validate(settings), home)


async def cycle(store: Store, seconds: float) -> Cycles:
    """Put, claim and settle for *seconds*, `WINDOW` at a time; every one is settled and counted in the store at the end."""
    await store.open()
    took: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()
    until = began + seconds

    async def one_after_the_other() -> None:
        while (at := time.perf_counter()) < until:
            delivery = await store.write(_put)
            await store.write(partial(_settle, delivery))
            took.append(time.perf_counter() - at)

    await asyncio.gather(*(one_after_the_other() for _ in range(WINDOW)))
    lasted, used = time.perf_counter() - began, time.process_time() - cpu
    reader = store.reader()
    counts = {(target, state): count for target, state, count, _ in reader.counts()}
    reader.close()
    await store.close()
    if counts != {(TARGET, DeliveryState.CONFIRMED): len(took)}:
        raise ValueError(f"{len(took)} were settled, the store holds {counts}")
    return Cycles(len(took), lasted, used, sorted(took))


def _put(tx: Transaction) -> int:
    subject = tx.add_subject("case")
    message = tx.add_message(NewMessage("bench.portal", 1, "APPLY", MessageState.ROUTED, BODY))
    return tx.add_delivery(message, subject, TARGET, "case.application", DeliveryState.WAITING, 1, False)


def _settle(delivery: int, tx: Transaction) -> None:
    standing = tx.standing(delivery)
    if standing is None or standing[0] is not DeliveryState.WAITING:
        raise ValueError(f"delivery {delivery} is {standing}")
    tx.move(delivery, DeliveryState.CONFIRMED, at=2, due=2, attempts=1)
