"""The main job by several processes on one PostgreSQL: one takes in, two send, one serves operators; any may be killed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tests.stores import servers

from guantong_plugins.demo.director import Demo
from guantong_plugins.demo.processes import Child

pytestmark = [pytest.mark.crash, pytest.mark.service("postgresql")]
CASES, TROUBLES = 40, 8


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Demo]:
    schema = servers.schema_of(tmp_path)
    with Demo(tmp_path, CASES, 31) as play:
        servers.settings(play.home.folder)
        servers.use_in(play.home.folder, f"dsn: {{file: dsn}}\n  schema: {schema}\n  shared: true\n  lease: 3s")
        play.hub.child = part(play, "ingress", "ingress")
        yield play
    servers.drop(schema)


def part(play: Demo, role: str, name: str, *more: str) -> Child:
    """A process that does one part of the work."""
    folder = play.home.folder
    return Child(name, ("run", "--home", str(folder), "--role", role, "--name", name, *more), folder / "log" / f"{name}.txt", {})


def test_processes_that_share_the_work_may_be_killed_at_any_moment(play: Demo) -> None:
    """In turns a worker is killed, paused, or restarted in good order, and once the one that takes in is killed: nothing is lost,
    doubled or out of order; what a worker had in hand moves on by itself."""
    random = Random(31)  # noqa: S311 -- the moments must repeat
    workers = [part(play, "worker", f"worker-{number}") for number in (1, 2)]
    console = part(play, "console", "console", "--listen", "127.0.0.1:0")
    stride = len(play.books.entries) // (TROUBLES + 3)
    done: list[str] = []
    paused: list[Child] = []

    def trouble(made: int, _of: int) -> None:
        if made < stride * (len(done) + 1) or len(done) >= TROUBLES:
            return
        for one in paused:
            os.kill(one.pid, signal.SIGCONT)
        paused.clear()
        how = ("killed", "paused", "restarted", "taking in killed")[len(done) % 4]
        one = random.choice(workers)
        if how == "taking in killed":
            play.hub.child.kill()
            play.hub.child.start()
        elif how == "paused":
            os.kill(one.pid, signal.SIGSTOP)
            paused.append(one)
        else:
            (one.kill if how == "killed" else one.stop)()
            one.start()
        done.append(how)

    play.set_stage()
    for one in (*workers, console):
        one.start()
    try:
        play.begin()
        stalled = play.run_to_end(trouble)
        report = play.conclude(stalled)
        told = json.loads(play.hub.command("workers", "--json"))
        sound = json.loads(play.hub.command("doctor", "--json"))
    finally:
        for one in paused:
            os.kill(one.pid, signal.SIGCONT)
        for one in (*workers, console):
            one.stop()
    assert [str(difference) for difference in report.comparison.all()] == []
    assert (stalled, len(done)) == ("", TROUBLES)
    assert sorted(one["role"] for one in told["workers"]) == ["console", "ingress", "worker", "worker"]
    assert sum(len(one["duties"]) for one in told["workers"]) > 2
    assert (sound["sound"], sound["problems"]) == (True, [])
