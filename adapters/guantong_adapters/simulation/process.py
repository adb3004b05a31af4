"""A simulated system as a process: its listener, which can go down, and its control address.

The traffic listener is the system as the hub knows it. The control listener (`/_sim/status`,
`/_sim/start`) is for whoever directs the play; it answers also while the system plays dead, and the
traffic listener serves the same two paths.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from guantong.problems import ProblemsError
from guantong_adapters.simulation.faults import Arrival, Faults
from guantong_adapters.simulation.settings import SimulatorSettings

Status = Callable[[], Mapping[str, Any]]
Start = Callable[[], Awaitable[None]]
Background = Callable[[], Awaitable[None]]
LAST_ANSWERS = 5.0
_arrival: ContextVar[Arrival] = ContextVar("arrival")


def arrival() -> Arrival:
    """What the faults decided for the request being handled. A handler answers "busy" itself, in its own
    protocol."""
    return _arrival.get()


class Listener:
    """The traffic listener of *app* on one address, which it keeps through its downtimes."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None)
        self._host = host
        self._port = port
        self._site: web.TCPSite | None = None

    async def open(self) -> str:
        """Listen; returns the base URL."""
        if self._runner.server is None:
            await self._runner.setup()
        self._site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
        await self._site.start()
        self._port = self._site.port
        return f"http://{self._host}:{self._port}"

    async def fall(self, seconds: float) -> None:
        """Refuse connections for *seconds*. Requests already read are answered, idle connections closed."""
        if self._site is None or self._runner.server is None:
            return
        await self._site.stop()
        self._site = None
        self._runner.server.pre_shutdown()
        await self._runner.server.shutdown(LAST_ANSWERS)
        await asyncio.sleep(seconds)
        await self.open()

    async def close(self) -> None:
        await self._runner.cleanup()


def cut(request: web.Request) -> web.Response:
    """Break the connection of *request* without an answer. Return the result from the handler."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # never leaves: the connection is gone


async def serve(
    app: web.Application,
    settings: SimulatorSettings,
    folder: Path,
    faults: Faults,
    status: Status,
    start: Start,
    *background: Background,
    also_ready: Mapping[str, str] | None = None,
    service: str = "",
) -> None:
    """Serve *app* until cancelled, with the listener's faults applied before its handlers see a request.

    Writes `ready.json` to *folder* (`url`, `control`, `pid`, and what *also_ready* says) once both listeners
    listen; *service*, the path that takes all calls of a SOAP system, makes it tell that whole address as `service`.
    *background* (the pusher's `run`) lives as long; when it fails, so does the simulator.
    """
    listener: Listener

    async def _status(_: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(dict(status())), content_type="application/json")

    async def _start(_: web.Request) -> web.Response:
        await start()
        return web.Response(body=b"{}", content_type="application/json")

    @web.middleware
    async def _arrive(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_sim/"):
            return await handler(request)
        decided = faults.arrive()
        _arrival.set(decided)
        if decided.delay:
            await asyncio.sleep(decided.delay)
        if decided.down_for:
            tasks.create_task(listener.fall(decided.down_for))
        return await handler(request)

    control_app = web.Application()
    for each in (app, control_app):
        each.router.add_get("/_sim/status", _status)
        each.router.add_post("/_sim/start", _start)
    app.middlewares.insert(0, _arrive)
    (folder / "ready.json").unlink(missing_ok=True)  # of an earlier run
    listener = Listener(app, settings.host, settings.port)
    control = Listener(control_app, "127.0.0.1", 0)
    try:
        async with asyncio.TaskGroup() as tasks:
            addresses = {"url": await listener.open(), "control": await control.open(), "pid": os.getpid()}
            whole = {"service": f"{addresses['url']}{service}"} if service else {}
            _write_ready(folder, {**addresses, **whole, **(also_ready or {})})
            if settings.start == "at_once":
                await start()
            for work in background:
                tasks.create_task(_lasting(work))
            await asyncio.Event().wait()
    except ExceptionGroup as several:  # what a work says of the settings is said as it is
        told, others = several.split(ProblemsError)
        if told is None or others is not None:
            raise
        raise ProblemsError([problem for error in told.exceptions if isinstance(error, ProblemsError) for problem in error.problems]) from None
    finally:
        await listener.close()
        await control.close()


async def _lasting(work: Background) -> None:
    await work()


def _write_ready(folder: Path, addresses: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"ready.{os.getpid()}.tmp"
    draft.write_bytes(orjson.dumps(addresses))
    draft.replace(folder / "ready.json")
