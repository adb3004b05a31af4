"""The bench `flow`: the whole product path, one record to one event to one target, in a real hub."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import Reader
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.figures import Run, percentile
from guantong_plugins.bench.handed import PYTHON, doubles, reading
from guantong_plugins.bench.home import DOOR, TOKEN, BenchHome, write_home
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.machine import cost_of, fdatasync_ms
from guantong_plugins.bench.onpostgresql import VARIABLE, a_schema
from guantong_plugins.bench.truth import confirmed, untrue
from guantong_plugins.demo.processes import Child, terminable

STALLED_AFTER = 20.0  # seconds without a delivery confirmed before a run is given up
LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """What is measured. `rate` is records a second offered (0: as many as are answered)."""

    seconds: float = 4.0
    connections: int = 64
    rate: float = 0.0
    unknown: str = "retry"
    synchronous: str = "FULL"
    dsn: str = ""
    """Of PostgreSQL, where the store is there; it stands in `GUANTONG_BENCH_DSN` as well."""
    workers: int = 0
    """How many processes send, beside one that takes in (PostgreSQL alone); 0: one process does everything."""
    audit: Mapping[str, Any] = field(default_factory=dict)
    """What stands under `audit:`."""

    def store(self, stack: ExitStack) -> dict[str, Any]:
        """What stands under `store:`; *stack* takes away in the end what is made for it."""
        if not self.dsn:
            return {"use": "sqlite", "path": "var/guantong.db", "synchronous": self.synchronous}
        schema = stack.enter_context(a_schema(self.dsn))
        return {"use": "postgresql", "dsn": {"env": VARIABLE}, "schema": schema, **({"shared": True} if self.workers else {})}

    def hubs(self, stack: ExitStack, home: BenchHome, folder: Path) -> list[Child]:
        """The processes of the hub, running until *stack* ends; the first opens the door."""
        parts: dict[str, list[str]] = {f"worker-{number}": ["--role", "worker", "--name", f"worker-{number}"] for number in range(self.workers)} or {"hub": []}
        if self.workers:
            parts = {"ingress": ["--role", "ingress", "--name", "ingress"], **parts}
        return [started(stack, Child(name, ("run", "--home", str(home.folder), *more), folder / f"{name}.txt", home.environment))
                for name, more in parts.items()]


def run_flow(plan: FlowPlan, folder: Path, ready: Callable[[Reader, Child], None] = lambda _reader, _hub: None) -> Run:
    """One run over a fresh home in *folder*, which must be empty; it begins when *ready* returns. Raises `ProblemsError` when a process
    fails or what was measured was not true."""
    with terminable(), ExitStack() as stack:
        store = plan.store(stack)
        disk = fdatasync_ms(folder)
        sink = started(stack, Child("sink", ("guantong_plugins.bench.sink", str(folder)), folder / "sink.txt", {}, PYTHON))
        port = int(sink.await_seen(reading(folder / "sink.port")))
        home = write_home(folder / "home", sink=f"http://127.0.0.1:{port}", unknown=plan.unknown, store=store)
        if plan.audit:
            with (home.folder / "config/guantong.yaml").open("a", encoding="utf-8") as file:
                file.write(f"audit: {orjson.dumps(dict(plan.audit)).decode()}\n")
        hubs = plan.hubs(stack, home, folder)
        hub = hubs[0]
        door = int(hub.await_seen(reading(home.folder / "var" / ("ingress.port" if plan.workers else "port"))))
        reader = reader_of(home, store)
        stack.callback(reader.close)
        ready(reader, hub)
        LoadPlan(door, DOOR, home.environment[TOKEN], plan.connections, plan.seconds, plan.rate).write(folder)
        before = [cost_of(one.pid) for one in hubs]
        load = started(stack, Child("load", ("guantong_plugins.bench.load", str(folder)), folder / "load.txt", {}, PYTHON))
        offered = orjson.loads(load.await_seen(reading(folder / "load.json"), plan.seconds + 60))
        await_confirmed(reader, hub, offered["sent"] - offered["refused"])
        after = [cost_of(one.pid) for one in hubs]
        sink.stop()
        sent, arrivals = doubles(folder / "sent"), doubles(folder / "arrivals")
        wrong = untrue(reader, offered, orjson.loads((folder / "sink.json").read_bytes()), sent, arrivals)
        if wrong:
            raise ProblemsError([Problem(UNTRUE, details={"what": "; ".join(wrong), "log": str(hub.log)})])
        times = _Times(sent, arrivals, doubles(folder / "accepts"))
        cpu = sum(later.cpu - sooner.cpu for sooner, later in zip(before, after, strict=True)) / offered["sent"]
        return times.figures(cpu_us=cpu * 1e6, rss_mb=max(one.rss_mb for one in after), fdatasync_p50_ms=disk)


@dataclass(frozen=True, slots=True)
class _Times:
    """When each case was sent and arrived (by number, from 1), and how long each answer took."""

    sent: array[float]
    arrivals: array[float]
    accepts: array[float]

    def figures(self, **more: float) -> Run:
        count = len(self.sent) - 1
        lasted = max(self.arrivals) - self.sent[1]
        taken = sorted((self.arrivals[number] - self.sent[number]) * 1000 for number in range(1, count + 1))
        accepts = sorted(seconds * 1000 for seconds in self.accepts)
        return Run(
            messages=count, rate=count / lasted, p50_ms=percentile(taken, 0.5), p99_ms=percentile(taken, 0.99),
            accept_p50_ms=percentile(accepts, 0.5), accept_p99_ms=percentile(accepts, 0.99), **more,
        )


def started(stack: ExitStack, child: Child) -> Child:
    """*child*, running until *stack* ends."""
    child.start()
    stack.callback(child.stop)
    return child


def reader_of(home: BenchHome, store: dict[str, Any]) -> Reader:
    """What the hub of *home* keeps in *store*, read beside it."""
    spec = registry().stores[store["use"]]
    settings = {key: value for key, value in store.items() if key != "use"}
    return spec.open_reader(spec.settings.model_validate(settings), home.folder)


def await_confirmed(reader: Reader, hub: Child, expected: int) -> None:
    """Wait until *expected* deliveries are confirmed, or until nothing moves any more."""
    best, since = -1, time.monotonic()
    while (now := confirmed(reader)) < expected:
        if now > best:
            best, since = now, time.monotonic()
        elif time.monotonic() - since > STALLED_AFTER:
            what = f"{now} of {expected} deliveries are confirmed, and none was for {STALLED_AFTER:g} s"
            raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(hub.log)})])
        hub.must_run()
        time.sleep(LOOK_EVERY)
