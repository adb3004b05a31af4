"""The figures of a benchmark: those of one run, and what many runs say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `rate` is finished messages a second, `cpu_us` microseconds of the hub's CPU a message;
    `p50_ms` and `p99_ms` are from sending to arrival at the target, `accept_*` from sending to the answer."""

    messages: int
    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    accept_p50_ms: float
    accept_p99_ms: float
    rss_mb: float
    fdatasync_p50_ms: float


MEASURED = tuple(name for name in Run.__slots__ if name != "messages")


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which *part* (0 to 1) of the sorted *values* lie."""
    return values[min(len(values) - 1, int(len(values) * part))]


def together(runs: Sequence[Run]) -> dict[str, float]:
    """The median of each figure over *runs*."""
    return {name: median(getattr(run, name) for run in runs) for name in MEASURED}


def spread(runs: Sequence[Run]) -> float:
    """How far the rates of *runs* lie apart: (highest - lowest) / median."""
    rates = [run.rate for run in runs]
    return (max(rates) - min(rates)) / median(rates)


def as_json(name: str, runs: Sequence[Run]) -> dict[str, Any]:
    """The stable form printed by `--json`: medians, the number of runs, and the spread of their rates."""
    figures = {key: round(value, 3) for key, value in together(runs).items()}
    return {"name": name, "runs": len(runs), **figures, "spread": round(spread(runs), 3)}
