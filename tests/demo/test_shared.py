"""The main job by several processes on one PostgreSQL: one takes in, two send, one serves operators; any may be killed. A
RabbitMQ tells them what is ready, and goes away as well."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.conftest import address
from tests.stores import servers

from guantong_adapters.amqp.session import Session
from guantong_adapters.amqp.settings import BrokerAddress
from guantong_plugins.demo.director import Demo
from guantong_plugins.demo.processes import Child
from guantong_plugins.drill.relay import Relay

pytestmark = [pytest.mark.crash, pytest.mark.service("postgresql", "rabbitmq")]
CASES, TROUBLES = 40, 10


@pytest.fixture
def broker() -> Iterator[Relay]:
    """The way to the broker."""
    with Relay(address("rabbitmq")) as between:
        yield between


@pytest.fixture
def play(tmp_path: Path, broker: Relay) -> Iterator[Demo]:
    schema = servers.schema_of(tmp_path)
    with Demo(tmp_path, CASES, 31) as play:
        home = play.home.folder
        servers.settings(home)
        servers.use_in(home, f"dsn: {{file: dsn}}\n  schema: {schema}\n  shared: true\n  lease: 6s")
        for name in ("user", "password"):
            (home / name).write_text("guest", encoding="utf-8")
        with (home / "config/guantong.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\ntickets: {{use: rabbitmq, url: 'amqp://{broker.address}/', user: {{file: user}}, password: {{file: password}}, "
                       f"prefix: {schema}}}\n")
        play.hub.child = part(play, "ingress", "ingress")
        yield play
    servers.drop(schema)
    asyncio.run(_delete_queues(schema))


def _all_told(play: Demo) -> dict[str, Any]:
    """The workers, once all four have renewed their leases: a busy machine may have kept one from it. In the end, as they are."""
    for _ in range(20):  # each question takes a process of its own: seconds
        told: dict[str, Any] = json.loads(play.hub.command("workers", "--json"))
        if len(told["workers"]) == 4:
            break
    return told


async def _delete_queues(prefix: str) -> None:
    line = await Session.opened(BrokerAddress(url=f"amqp://{address('rabbitmq')}/"), "guest", "guest")
    for county in ("city.hall", "city.supervision", *(f"{name}.approval" for name in ("rongcheng", "jiedong", "jiexi", "huilai", "puning"))):
        await line.delete(f"{prefix}.{county}")
    await line.close()


def part(play: Demo, role: str, name: str, *more: str) -> Child:
    """A process that does one part of the work."""
    folder = play.home.folder
    return Child(name, ("run", "--home", str(folder), "--role", role, "--name", name, *more), folder / "log" / f"{name}.txt", {})


def test_processes_that_share_the_work_may_be_killed_at_any_moment(play: Demo, broker: Relay) -> None:
    """In turns a worker is killed, paused, or restarted in good order, the one that takes in is killed, and the broker goes away:
    nothing is lost, doubled or out of order; what a worker had in hand moves on by itself."""
    random = Random(31)  # noqa: S311 -- the moments must repeat
    workers = [part(play, "worker", f"worker-{number}") for number in (1, 2)]
    console = part(play, "console", "console", "--listen", "127.0.0.1:0")
    stride = len(play.books.entries) // (TROUBLES + 3)
    done: list[str] = []
    paused: list[Child] = []
    away: list[str] = []

    def trouble(made: int, _of: int) -> None:
        if made < stride * (len(done) + 1) or len(done) >= TROUBLES:
            return
        for one in paused:
            os.kill(one.pid, signal.SIGCONT)
        paused.clear()
        if away:
            broker.back()
            away.clear()
        how = ("killed", "paused", "broker away", "restarted", "taking in killed")[len(done) % 5]
        one = random.choice(workers)
        if how == "taking in killed":
            play.hub.child.kill()
            play.hub.child.start()
        elif how == "broker away":
            broker.away()
            away.append(how)
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
        told = _all_told(play)
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
    warned = [(one["code"], one["severity"]) for one in sound["problems"]]  # a demo proves nothing to anybody outside
    assert (sound["sound"], warned) == (True, [("GT922", "warning"), ("GT924", "warning")])
    said = "".join((play.home.folder / f"log/worker-{number}.txt").read_text(encoding="utf-8") for number in (1, 2))
    assert said.count("tickets.up") > said.count("tickets.lost") > 0
