"""`compartment: own`: a shipped adapter in a process of its own does what it does in the hub."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from tests.compartment.home import KEY, ended, hub_with, tell, to_hall, until
from tests.journey.home import system, write_home
from tests.journey.world import HALL, apply, plugged

from guantong.compartment import leash
from guantong.config import load
from guantong.hub import Hub
from guantong.problems import ProblemsError


def by_rest(port: int, compartment: str = "own") -> str:
    """`config/city.yaml` whose hall is reached by REST at *port*, and calls us."""
    more = (f"    compartment: {compartment}\n    settings:\n      url: http://127.0.0.1:{port}\n"
            "      auth: {signer: bearer}\n      send: {'*': {method: POST, path: /take}}\n"
            "      receive: {path: events, auth: {signer: bearer}}\n    secrets: {token: {file: hall.key}}\n")
    systems = system("portal", "portal") + system("watch", "watch") + system("hall", "hall", adapter="adapter: rest", more=more)
    return f"name: {{zh: 市}}\nregion: \"445200\"\nsystems:\n{systems}"


@asynccontextmanager
async def far_hall() -> AsyncIterator[tuple[int, list[str]]]:
    """A hall that takes all: its port, and the titles it took with a good token."""
    taken: list[str] = []

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        taken.append((await request.json())["title"])
        return web.json_response({"code": "0"})

    app = web.Application()
    app.router.add_post("/take", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1], taken
    await runner.cleanup()


def process_of(hub: Hub) -> int:
    """The number of the hall's process."""
    child = hub.connections[HALL]._compartment._child  # type: ignore[attr-defined]  # whose number is asked
    assert child is not None
    return int(child.pid)


async def test_rest_in_a_compartment_sends_with_its_secret_and_serves_its_door(tmp_path: Path) -> None:
    """Outward with the token; inward through the hub's door, refusals of unproven senders counted by the hub."""
    async with far_hall() as (port, taken), hub_with(tmp_path, by_rest(port)) as hub, aiohttp.ClientSession() as session:
        for number in range(3):
            await tell(hub, f"t{number}", f"P{number}")
        await until(hub, ended(hub, 3))
        assert sorted(taken) == ["t0", "t1", "t2"]
        url = f"http://127.0.0.1:{hub.port}/in/{HALL}/events"
        async with session.post(url, json=apply("P9"), headers={"Authorization": "Bearer wrong"}) as answer:
            assert answer.status == 401
        async with session.post(url, json=apply("P9"), headers={"Authorization": f"Bearer {KEY}"}) as answer:
            assert answer.status == 200
        kept = hub.engine.reader.message(4)
        assert kept is not None
        assert (kept.system, kept.kind) == (HALL, "apply")


async def test_its_door_is_there_also_in_a_home_with_a_long_name(tmp_path: Path) -> None:
    """The kernel bounds a socket's name; a home is called what it is called."""
    home = tmp_path / "揭阳市政务服务数据管理局" / "一体化政务服务交换枢纽" / "正式环境"
    home.mkdir(parents=True)
    async with far_hall() as (port, _), hub_with(home, by_rest(port)) as hub, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{hub.port}/in/{HALL}/events"
        for number in ("P8", "P9"):
            async with session.post(url, json=apply(number), headers={"Authorization": f"Bearer {KEY}"}) as answer:
                assert answer.status == 200


async def test_what_hinders_its_start_is_told_in_words_of_both_languages(tmp_path: Path) -> None:
    """Here a folder stands where its doors' socket belongs."""
    (tmp_path / "var" / "systems" / HALL / "doors.sock").mkdir(parents=True)
    async with far_hall() as (port, _):
        with pytest.raises(ProblemsError) as failed:
            async with hub_with(tmp_path, by_rest(port)):
                pytest.fail("it started")
    [problem] = failed.value.problems
    assert (problem.message("en"), problem.message("zh")) == (
        "the adapter's process does not start: Is a directory", "适配器进程无法启动：这是一个目录")


async def test_a_killed_process_is_started_again_and_nothing_is_lost(tmp_path: Path) -> None:
    """Whatever was on its way; its door answers 503 meanwhile."""
    async with far_hall() as (port, taken), hub_with(tmp_path, by_rest(port)) as hub, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{hub.port}/in/{HALL}/events"
        with capture_logs() as lines:
            for number in range(4):
                os.kill(before := process_of(hub), signal.SIGKILL)
                await tell(hub, f"t{number}", f"P{number}")
                await until(hub, lambda: hub.connections[HALL]._compartment._child.ended.is_set())  # type: ignore[attr-defined]  # whose end is awaited
                async with session.post(url, json=apply("P9"), headers={"Authorization": f"Bearer {KEY}"}) as answer:
                    assert (answer.status, answer.headers.get("Retry-After")) in ((503, "5"), (200, None))
                await until(hub, ended(hub, number + 1))
                assert process_of(hub) != before
        assert set(taken) == {f"t{number}" for number in range(4)}
        assert {line["end"] for line in lines if line["event"] == "compartment.lost"} == {"it was ended by SIGKILL"}


async def test_what_a_plugin_prints_does_not_reach_the_wire_and_the_hubs_secrets_do_not_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Standard output is turned to the log; of the environment only what programs need is handed on."""
    monkeypatch.setenv("GUANTONG_SECRET_OF_ANOTHER", "not for it")
    async with far_hall() as (port, _), hub_with(tmp_path, by_rest(port)) as hub:
        environ = await asyncio.to_thread(Path(f"/proc/{process_of(hub)}/environ").read_bytes)
        assert b"GUANTONG_SECRET_OF_ANOTHER" not in environ
        assert KEY.encode() not in environ + await asyncio.to_thread(Path(f"/proc/{process_of(hub)}/cmdline").read_bytes)
        stdout = os.readlink(f"/proc/{process_of(hub)}/fd/1")
        assert stdout == str(tmp_path / "var/systems" / HALL / "compartment.log")
        assert [row.id for row in to_hall(hub)] == []


def test_the_kernel_ends_it_with_its_parent_however_that_ends() -> None:
    """A loop that never looks at its input does not outlive the hub."""
    loop = "import os, sys\nprint(os.getpid(), flush=True)\nwhile True: pass"
    parent = ("import os, subprocess, sys\n"
              f"child = subprocess.Popen([sys.executable, {leash.__file__!r}, str(os.getpid()), sys.executable, '-c', {loop!r}])\n"
              "child.wait()")
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:  # noqa: S603  our own program
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.kill()
        process.wait()
        assert process.stdout.read() == b"", "the pipe closes when the last that holds it is gone"


def test_a_leash_without_a_command_that_is_there_says_so() -> None:
    """In the log of the compartment, by the operating system's words."""
    command = [sys.executable, leash.__file__, str(os.getpid()), "no-such-program"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own program
    assert (ran.returncode, ran.stderr) == (1, "no-such-program: No such file or directory\n")


@pytest.mark.parametrize(("keys", "said"), [
    ("hub", "expected"), ("{memory: 1MiB}", "64"), ("{answer: 3s}", "answer"),
])
def test_limits_that_are_none_are_told_at_their_line(keys: str, said: str, tmp_path: Path) -> None:
    """Like every other key."""
    write_home(tmp_path, files={"config/city.yaml": by_rest(1, keys), "hall.key": KEY})
    found = load(tmp_path, plugged({}), {}, secrets=False)
    (problem,) = [one for one in found.problems if one.code.severity == "error"]
    assert problem.path.startswith("systems.hall.compartment")
    assert said in problem.message("en") + problem.hint("en")
