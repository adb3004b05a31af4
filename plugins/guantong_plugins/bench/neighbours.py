"""The bench `neighbours`: what a county that hangs, floods or brings a plugin that misbehaves does to the others.

One county is sent cases at an even rate, by the clock, beside another: in turns one that is well and one that is bad, each time a real
hub over a fresh home. So what differs is that it is bad, and not that there is another. The figure is the 99th percentile of its cases,
from when each was due to its arrival.
"""

from __future__ import annotations

import sys
from array import array
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.figures import percentile
from guantong_plugins.bench.flow import await_confirmed, reader_of, started
from guantong_plugins.bench.handed import PYTHON, doubles, reading
from guantong_plugins.bench.home import DOOR, TOKEN, BenchHome, move_in, write_home
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.demo.processes import Child, terminable

BAD = {
    "hangs": "its system takes requests and never answers", "floods": "its system sends as fast as it is answered",
    "raises": "its plugin fails at every delivery", "loops": "its plugin never ends", "leaks": "its plugin takes all memory it gets",
    "exits": "its plugin ends its process",
}
WELL = "well"
"""The neighbour that everything is compared with: it is sent as much, and answers."""
STORE = {"use": "sqlite", "path": "var/guantong.db"}
BASE = 500_000_000
"""Its cases are numbered beyond these: they are none of the others'."""
BAD_DOOR = "/in/bad.portal/records"
_LIMITS = {"memory": "200MiB", "answers": "1s"}


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What is offered: `rate` cases a second to the one that is measured, for `seconds`; a bad one is sent `bad_rate`, or as
    many as it takes over `flood` connections."""

    seconds: float = 6.0
    rate: float = 150.0
    bad_rate: float = 30.0
    flood: int = 8


def measured(plan: Neighbourhood, bad: str, folder: Path) -> float:
    """Milliseconds of the 99th percentile, beside one that is *bad*, or `WELL`, in *folder*, which is empty. Raises `ProblemsError` where
    a case of the other's was lost, or a process ended."""
    with terminable(), ExitStack() as stack:
        sink = started(stack, Child("sink", ("guantong_plugins.bench.sink", str(folder)), folder / "sink.txt", {}, PYTHON))
        port = int(sink.await_seen(reading(folder / "sink.port")))
        home = write_home(folder / "home", sink=f"http://127.0.0.1:{port}", unknown="retry", store=STORE)
        _move_in(home, bad, _bad_url(stack, bad, folder))
        hub = started(stack, Child("hub", ("run", "--home", str(home.folder)), folder / "hub.txt", home.environment))
        door = int(hub.await_seen(reading(home.folder / "var" / "port")))
        reader = reader_of(home, STORE)
        stack.callback(reader.close)
        token = home.environment[TOKEN]
        (folder / "bad").mkdir()
        flooding = bad == "floods"
        LoadPlan(door, BAD_DOOR, token, plan.flood if flooding else 8, plan.seconds, 0 if flooding else plan.bad_rate,
                 base=BASE).write(folder / "bad")
        started(stack, _load("bad load", folder / "bad"))
        LoadPlan(door, DOOR, token, 64, plan.seconds, plan.rate).write(folder)
        load = started(stack, _load("load", folder))
        offered = orjson.loads(load.await_seen(reading(folder / "load.json"), plan.seconds + 60))
        await_confirmed(reader, hub, offered["sent"] - offered["refused"])
        sink.stop()
        sent, arrivals = doubles(folder / "sent"), doubles(folder / "arrivals")
        lost = _lost(offered, sent, arrivals)
        if lost:
            raise ProblemsError([Problem(UNTRUE, details={"what": lost, "log": str(hub.log)})])
        took = sorted((arrivals[number] - sent[number]) * 1000 for number in range(1, len(sent)))
        return percentile(took, 0.99)


def compared(well: list[float], beside: list[float]) -> dict[str, float]:
    """The median of the rounds' ratios, and of both sides' figures."""
    ratios = [bad / good for good, bad in zip(well, beside, strict=True)]
    return {"ratio": round(median(ratios), 3), "p99_ms": round(median(beside), 2), "well_p99_ms": round(median(well), 2),
            "spread": round((max(ratios) - min(ratios)) / median(ratios), 3)}


def _load(name: str, folder: Path) -> Child:
    return Child(name, ("guantong_plugins.bench.load", str(folder)), folder / "load.txt", {}, PYTHON)


def _bad_url(stack: ExitStack, bad: str, folder: Path) -> str:
    """Where the bad one's system is; "": it is reached by a plugin."""
    if bad not in (WELL, "hangs", "floods"):
        return ""
    how = "hangs" if bad == "hangs" else "answers"
    side = started(stack, Child("bad side", ("guantong_plugins.bench.badside", str(folder), how), folder / "bad.txt", {}, PYTHON))
    return f"http://127.0.0.1:{int(side.await_seen(reading(folder / 'bad.port')))}"


def _move_in(home: BenchHome, bad: str, url: str) -> None:
    """The bad one, with a source of its own."""
    secret = {"token": {"env": TOKEN}}
    target: dict[str, Any] = {"profile": "bench-county", "settings": {"url": url}, "secrets": secret} if url else {
        "adapter": "process", "settings": {
            "command": [sys.executable, str(Path(__file__).with_name("badplugin.py")), bad], "can": ["send"], "limits": _LIMITS},
        "reply": {"decode": "json", "rules": [{"when": {"field": {"code": "0"}}, "means": "success"}]}}
    move_in(home, "bad", {"zh": "不良邻居", "en": "Bad neighbour"}, target | {"delivery": {"unknown": "retry", "timeout": "2s"}})


def _lost(offered: dict[str, Any], sent: array[float], arrivals: array[float]) -> str:
    """What of the good one's did not go as it must; "" where all did."""
    missing = sum(1 for number in range(1, len(sent)) if number >= len(arrivals) or not arrivals[number])
    if missing or offered["refused"] or offered["broken"]:
        return f"of {offered['sent']} cases {missing} did not arrive, {offered['refused']} were refused, {offered['broken']} connections broke"
    return ""
