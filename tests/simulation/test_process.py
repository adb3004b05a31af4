"""A simulated system as a process: ready, down and up again on the same address, cut connections, verbs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import typer
from aiohttp import web
from typer.testing import CliRunner

from guantong.cli.simulate import simulate
from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.simulation.settings import SimulatorSettings


class Played:
    """A tiny system: takes what is posted, cuts the answer to /cut."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.settings = SimulatorSettings.model_validate(settings)
        self.faults = Faults(self.settings.faults)
        self.received = 0
        self.started = 0

    async def _take(self, request: web.Request) -> web.Response:
        self.received += 1
        if request.path == "/cut":
            return cut(request)
        return web.Response(text="busy" if arrival().busy else "ok")

    def _status(self) -> dict[str, Any]:
        return {"received": self.received}

    async def _start(self) -> None:
        self.started += 1

    async def serve(self) -> None:
        app = web.Application()
        app.router.add_post("/{any}", self._take)
        await serve(app, self.settings, self.folder, self.faults, self._status, self._start)


async def ready(folder: Path, process: asyncio.subprocess.Process | None = None) -> dict[str, Any]:
    while not (folder / "ready.json").exists():
        assert process is None or process.returncode is None, "the simulator ended before it was ready"
        await asyncio.sleep(0.005)
    found: dict[str, Any] = json.loads((folder / "ready.json").read_bytes())
    return found


@asynccontextmanager
async def playing(played: Played) -> AsyncIterator[tuple[aiohttp.ClientSession, dict[str, Any]]]:
    task = asyncio.create_task(played.serve())
    try:
        addresses = await ready(played.folder)
        async with aiohttp.ClientSession() as session:
            yield session, addresses
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_ready_names_the_address_and_control_answers_on_both(tmp_path: Path) -> None:
    """`ready.json` appears once it listens; status and start work on the traffic and the control address."""
    played = Played(tmp_path)
    async with playing(played) as (session, addresses):
        assert addresses["pid"] == os.getpid()
        async with session.post(f"{addresses['url']}/data") as answer:
            assert await answer.text() == "ok"
        for address in (addresses["url"], addresses["control"]):
            async with session.get(f"{address}/_sim/status") as answer:
                assert await answer.json() == {"received": 1}
            async with session.post(f"{address}/_sim/start") as answer:
                assert answer.status == 200
        assert played.started == 2


async def test_it_starts_by_itself_when_told_to(tmp_path: Path) -> None:
    """`start: at_once` begins without anybody asking."""
    played = Played(tmp_path, start="at_once")
    async with playing(played):
        assert played.started == 1


async def test_down_answers_the_last_request_then_refuses_then_listens_where_it_was(tmp_path: Path) -> None:
    """During a downtime no connection is had, so nothing is half sent; the control address still answers."""
    played = Played(tmp_path, faults={"down": [{"after_requests": 2, "for_seconds": 0.2}], "busy_every": 3})
    async with playing(played) as (session, addresses):
        url = f"{addresses['url']}/data"
        for _ in range(2):
            async with session.post(url) as answer:
                assert await answer.text() == "ok"
        refused = False
        while not refused:
            try:
                async with aiohttp.ClientSession() as fresh, fresh.get(f"{addresses['url']}/_sim/status"):
                    pass
            except aiohttp.ClientConnectorError:
                refused = True
        async with session.get(f"{addresses['control']}/_sim/status") as answer:
            assert await answer.json() == {"received": 2}
        text = ""
        while not text:
            with contextlib.suppress(aiohttp.ClientConnectorError):
                async with aiohttp.ClientSession() as fresh, fresh.post(url) as answer:
                    text = await answer.text()
        assert text == "busy"


async def test_a_cut_connection_gives_no_answer_after_the_effect(tmp_path: Path) -> None:
    """The sender cannot know; the simulator has received it."""
    played = Played(tmp_path)
    async with playing(played) as (session, addresses):
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post(f"{addresses['url']}/cut")
        assert played.received == 1


async def test_a_failing_background_ends_the_simulator(tmp_path: Path) -> None:
    """A pusher that stopped by a mistake must not leave a simulator that looks alive."""

    async def fail() -> None:
        raise ValueError("mistake")

    async def nothing() -> None:
        return None

    settings = SimulatorSettings()
    with pytest.raises(ExceptionGroup) as caught:
        await serve(web.Application(), settings, tmp_path, Faults(settings.faults), dict, nothing, fail)
    assert caught.group_contains(ValueError)


PLUGIN = """
import asyncio
from guantong.plugins import hookimpl
from guantong.simulator import SimulatorSpec
from guantong_adapters.simulation.settings import SimulatorSettings
from aiohttp import web
from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.process import serve

async def run(settings, folder):
    async def nothing():
        pass
    await serve(web.Application(), settings, folder, Faults(settings.faults), lambda: {"done": True}, nothing)

@hookimpl
def register_simulators():
    return [SimulatorSpec("tiny", "A tiny system", "小系统", SimulatorSettings, run)]
"""

MAIN = """
import importlib, typer
from guantong.plugins import build_registry
import tiny_plugin
verb = importlib.import_module("guantong.cli.simulate")
verb.registry = lambda: build_registry([tiny_plugin])
app = typer.Typer()
app.command()(verb.simulate)
app()
"""


async def test_the_verb_runs_a_simulator_until_sigterm_and_exits_clean(tmp_path: Path) -> None:
    """`guantong simulate NAME` serves as its own process; SIGTERM ends it with exit code 0."""
    (tmp_path / "tiny_plugin.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "settings.json").write_text("{}", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MAIN, "tiny", "--settings", str(tmp_path / "settings.json"),
        "--folder", str(tmp_path / "tiny"),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    addresses = await ready(tmp_path / "tiny", process)
    assert addresses["pid"] == process.pid
    async with aiohttp.ClientSession() as session, session.get(f"{addresses['url']}/_sim/status") as answer:
        assert await answer.json() == {"done": True}
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nosuch", "--folder", "x"], "GT560"),
        (["known"], "GT563"),
        (["known", "--folder", "x", "--settings", "nosuch.json"], "GT562"),
        (["known", "--folder", "x", "--settings", "bad.json"], "GT561"),
    ],
)
def test_every_wrong_use_of_the_verb_is_said_under_its_code(
    arguments: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, English and Chinese, and never the value of a setting."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text('{"port": "secret-1"}', encoding="utf-8")

    class Fake:
        class Spec:
            name, title_en, title_zh, settings = "known", "K", "已知", SimulatorSettings

        simulators: dict[str, Any] = {"known": Spec}  # noqa: RUF012  a fixed stand-in for a registry

    monkeypatch.setattr(sys.modules[simulate.__module__], "registry", lambda: Fake)
    app = typer.Typer()
    app.command()(simulate)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert code in result.output
    assert "secret-1" not in result.output


def test_the_verb_alone_lists_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """One JSON object with stable names."""

    class Fake:
        class Spec:
            name, title_en, title_zh, settings = "known", "K", "已知", SimulatorSettings

        simulators: dict[str, Any] = {"known": Spec}  # noqa: RUF012  a fixed stand-in for a registry

    monkeypatch.setattr(sys.modules[simulate.__module__], "registry", lambda: Fake)
    app = typer.Typer()
    app.command()(simulate)
    result = CliRunner().invoke(app, ["--json"])
    assert json.loads(result.output) == {"simulators": [{"name": "known", "title": "K", "title_zh": "已知"}]}
