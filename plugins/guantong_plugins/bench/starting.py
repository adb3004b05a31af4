"""The bench `start`: how long a hub takes from its start to the first record that is durably ours, and how much memory it holds then."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.flow import FlowPlan, run_flow
from guantong_plugins.bench.handed import reading
from guantong_plugins.bench.home import DOOR, TOKEN, write_home
from guantong_plugins.bench.machine import rss_mb
from guantong_plugins.bench.record import record
from guantong_plugins.demo.processes import Child, terminable

STORE = {"use": "sqlite", "path": "var/guantong.db"}
LOOK_EVERY = 0.002  # seconds; what is measured must not wait for who looks
LATEST = 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds to the first record taken, of a new home and of one that was used; megabytes of memory then."""

    new_s: float
    again_s: float
    idle_mb: float


def measured(folder: Path) -> Start:
    """Two starts of one home in *folder*, which is empty. Raises `ProblemsError` where the hub fails."""
    with terminable(), ExitStack() as stack:
        home = write_home(folder / "home", sink="http://127.0.0.1:9", unknown="retry", store=STORE, hold=True)
        hub = Child("hub", ("run", "--home", str(home.folder)), folder / "hub.txt", home.environment)
        stack.callback(hub.stop)
        seconds = []
        for number in (1, 2):
            port = home.folder / "var/port"
            port.unlink(missing_ok=True)
            began = monotonic()
            hub.start()
            _take(hub, _awaited(hub, port), home.environment[TOKEN], number)
            seconds.append(monotonic() - began)
            idle = rss_mb(hub.pid)
            hub.stop()
        return Start(seconds[0], seconds[1], idle)


def saturated_mb(folder: Path, seconds: float) -> float:
    """Megabytes at most, of a hub that carries as much as it can for *seconds*."""
    return run_flow(FlowPlan(seconds=seconds), folder).rss_mb


def together(starts: Sequence[Start]) -> dict[str, float]:
    """The medians of the runs, by the stable names of `--json`."""
    return {name: round(median(getattr(one, name) for one in starts), 3) for name in Start.__slots__}


def _awaited(hub: Child, port: Path) -> int:
    look, deadline = reading(port), monotonic() + LATEST
    while not (told := look()):
        hub.must_run()
        if monotonic() > deadline:
            raise ProblemsError([Problem(UNTRUE, details={"what": f"no door was open after {LATEST:g} s", "log": str(hub.log)})])
        sleep(LOOK_EVERY)
    return int(told)


def _take(hub: Child, port: int, token: str, number: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LATEST)
    connection.request("POST", DOOR, record(number), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    if status != 200:
        raise ProblemsError([Problem(UNTRUE, details={"what": f"the first record was answered with {status}", "log": str(hub.log)})])
