"""The bench `checkpoints`: whether sealing, signing and anchoring the journal delays a message.

Cases come at an even rate, by the clock, to a real hub over a fresh home: in turns one that seals and signs as seldom as can be set, which is never
in a run, and one that seals every second, signs each second there is anything new, and writes a file outside. The figure is the 99th percentile of cases,
from when each was due to its arrival. A round counts only where the one has made checkpoints and the other none.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any, NamedTuple

from guantong.problems import Problem, ProblemsError
from guantong.proof.anchoring import read
from guantong.store import Reader
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.flow import LOOK_EVERY, STALLED_AFTER, FlowPlan, reader_of, run_flow
from guantong_plugins.bench.home import BenchHome
from guantong_plugins.demo.processes import Child

OUTSIDE = "outside/checkpoints"
WITHOUT: dict[str, Any] = {"every": "1h", "checkpoint": {"every": "7d", "entries": 1_000_000_000}}
WITH: dict[str, Any] = {"every": "1s", "checkpoint": {"every": "1s", "entries": 100}, "anchors": [OUTSIDE]}
STORE = {"use": "sqlite", "path": "var/guantong.db"}
_AT_START = 64
"""Lines that a hub may seal at its start, before it waits: of its own."""


class Side(NamedTuple):
    """One run: milliseconds of the 99th and 50th percentiles, CPU of a message, lines that were sealed, and checkpoints outside."""

    p99_ms: float
    p50_ms: float
    cpu_us: float
    sealed: int
    checkpoints: int


def measured(seconds: float, rate: float, folder: Path, *, sealing: bool) -> Side:
    """One run in *folder*, which is empty. Raises `ProblemsError` where a case was lost, or there was nothing to compare."""
    run = run_flow(FlowPlan(seconds=seconds, rate=rate, audit=WITH if sealing else WITHOUT), folder, _rests)
    home = folder / "home"
    reader = reader_of(BenchHome(home, {}), STORE)
    tree = reader.tree()
    reader.close()
    outside = read(home / OUTSIDE) if (home / OUTSIDE).exists() else []
    found = Side(run.p99_ms, run.p50_ms, run.cpu_us, tree.size if tree is not None else 0, len(outside))
    if not counts(found, sealing=sealing):
        what = f"{found.sealed} lines were sealed and {found.checkpoints} checkpoints written {'with' if sealing else 'without'} sealing"
        raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(folder / "hub.txt")})])
    return found


def _rests(reader: Reader, hub: Child) -> None:
    """Wait until the hub has sealed and signed what its start brought, and rests: who seals goes on as long as there is anything new. Raises
    `ProblemsError` where it ends."""
    begun = monotonic()
    while reader.newest_checkpoint() is None:
        hub.must_run()
        if monotonic() - begun > STALLED_AFTER:
            raise ProblemsError([Problem(UNTRUE, details={"what": f"nothing was signed for {STALLED_AFTER:g} s", "log": str(hub.log)})])
        sleep(LOOK_EVERY)


def counts(found: Side, *, sealing: bool) -> bool:
    """Whether the run was what it was to be: one that seals has sealed and signed, the other has not."""
    return sealing == bool(found.checkpoints) and sealing == (found.sealed > _AT_START)


def compared(without: list[Side], beside: list[Side]) -> dict[str, float]:
    """The median of the rounds' ratios, and of both sides' figures."""
    ratios = [sealing.p99_ms / plain.p99_ms for plain, sealing in zip(without, beside, strict=True)]
    return {
        "ratio": round(median(ratios), 3), "spread": round((max(ratios) - min(ratios)) / median(ratios), 3),
        "p99_ms": round(median(one.p99_ms for one in beside), 2), "without_p99_ms": round(median(one.p99_ms for one in without), 2),
        "p50_ms": round(median(one.p50_ms for one in beside), 2), "without_p50_ms": round(median(one.p50_ms for one in without), 2),
        "cpu_us": round(median(one.cpu_us for one in beside), 1), "without_cpu_us": round(median(one.cpu_us for one in without), 1),
        "checkpoints": round(median(one.checkpoints for one in beside)), "sealed": round(median(one.sealed for one in beside)),
    }
