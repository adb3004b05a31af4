"""The bench `accept`: how many records a second are durably ours, beside the same HTTP stack that answers and keeps nothing.

The hub takes in, maps, encrypts, routes and commits; its target is held, so that nothing is sent. Both sides are a process of their own and are
offered the same load by the same generator, in turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from guantong.journey.states import DeliveryState
from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.figures import percentile
from guantong_plugins.bench.flow import reader_of, started
from guantong_plugins.bench.handed import PYTHON, doubles, reading
from guantong_plugins.bench.home import DOOR, TOKEN, write_home
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.machine import cost_of, fdatasync_ms
from guantong_plugins.demo.processes import Child, terminable

STORE = {"use": "sqlite", "path": "var/guantong.db"}
NOWHERE = "http://127.0.0.1:9"
"""Where the held target would be: nothing is sent to it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One run of one side: records answered, a second, microseconds of CPU each, and the answers' percentiles in ms."""

    count: int
    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Pair:
    """One run of each, one after the other."""

    ours: Answered
    bare: Answered
    fdatasync_ms: float


def measured(folder: Path, seconds: float, connections: int) -> Pair:
    """One run of each in *folder*, which is empty. Raises `ProblemsError` where a process fails, or a record was refused or is not in the
    store."""
    for name in ("bare", "ours"):
        (folder / name).mkdir()
    disk = fdatasync_ms(folder)
    return Pair(_ours(folder / "ours", seconds, connections), _bare(folder / "bare", seconds, connections), disk)


def together(pairs: Sequence[Pair]) -> dict[str, float]:
    """The medians of the runs, by the stable names of `--json`."""
    ratios = [pair.ours.rate / pair.bare.rate for pair in pairs]
    figures = {name: median(getattr(pair.ours, name) for pair in pairs) for name in ("rate", "cpu_us", "p50_ms", "p99_ms")}
    figures |= {f"bare_{name}": median(getattr(pair.bare, name) for pair in pairs) for name in ("rate", "cpu_us")}
    figures |= {"ratio": median(ratios), "spread": (max(ratios) - min(ratios)) / median(ratios),
                "fdatasync_p50_ms": median(pair.fdatasync_ms for pair in pairs)}
    return {name: round(value, 3) for name, value in figures.items()}


def _ours(folder: Path, seconds: float, connections: int) -> Answered:
    with terminable(), ExitStack() as stack:
        home = write_home(folder / "home", sink=NOWHERE, unknown="retry", store=STORE, hold=True)
        hub = started(stack, Child("hub", ("run", "--home", str(home.folder)), folder / "hub.txt", home.environment))
        door = int(hub.await_seen(reading(home.folder / "var/port")))
        reader = reader_of(home, STORE)
        stack.callback(reader.close)
        plan = LoadPlan(door, DOOR, home.environment[TOKEN], connections, seconds, 0.0)
        answered = _offered(stack, hub, plan, folder)
        counts: dict[Any, int] = {state: count for _, state, count, _ in reader.counts()}
        if counts != {DeliveryState.WAITING: answered.count}:
            raise ProblemsError([Problem(UNTRUE, details={
                "what": f"{answered.count} records were accepted, their deliveries are {counts}", "log": str(hub.log)})])
        return answered


def _bare(folder: Path, seconds: float, connections: int) -> Answered:
    with terminable(), ExitStack() as stack:
        server = started(stack, Child("bare", ("guantong_plugins.bench.baredoor", str(folder), DOOR), folder / "bare.txt", {}, PYTHON))
        plan = LoadPlan(int(server.await_seen(reading(folder / "bare.port"))), DOOR, "none", connections, seconds, 0.0)
        return _offered(stack, server, plan, folder)


def _offered(stack: ExitStack, server: Child, plan: LoadPlan, folder: Path) -> Answered:
    """What came of *plan*. Raises `ProblemsError` where anything was refused."""
    plan.write(folder)
    before = cost_of(server.pid)
    load = started(stack, Child("load", ("guantong_plugins.bench.load", str(folder)), folder / "load.txt", {}, PYTHON))
    offered = orjson.loads(load.await_seen(reading(folder / "load.json"), plan.seconds + 60))
    cpu = cost_of(server.pid).cpu - before.cpu
    if offered["refused"] or offered["broken"]:
        what = f"{offered['refused']} of {offered['sent']} records were refused, {offered['broken']} connections broke"
        raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(server.log)})])
    taken = sorted(seconds * 1000 for seconds in doubles(folder / "accepts"))
    return Answered(offered["sent"], offered["sent"] / offered["lasted"], cpu / offered["sent"] * 1e6, percentile(taken, 0.5), percentile(taken, 0.99))
