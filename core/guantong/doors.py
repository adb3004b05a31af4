"""The hub's HTTP server: the doors of the systems, and what tells that the hub is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from guantong.adapter import Connection, Door, Serves
from guantong.journey.engine import Engine
from guantong.kiosk.door import KioskDoor
from guantong.openapi.document import describe_hub
from guantong.operations.connected import who_is_connected
from guantong.operations.figures import queue_figures, statistics
from guantong.operations.metrics import render_metrics


def build_application(engine: Engine, connections: Mapping[str, Connection], ready: Callable[[], bool],
                      refused: Callable[[str, str], None], test_doors: Sequence[Door] = ()) -> web.Application:
    """The aiohttp application with every door, those for tests, and the hub's own pages. Bodies over the configured limit
    are refused before an adapter sees them."""
    app = web.Application(client_max_size=engine.configuration.hub.body_limit)
    taken: dict[tuple[str, str], str] = {}
    for system, connection in connections.items():
        if isinstance(connection, Serves):
            for door in connection.doors():
                _add(app, door, system, taken)
    for door in test_doors:
        _add(app, door, "a test door", taken)
    kiosks = engine.configuration.kiosks
    if kiosks is not None:
        kiosk = KioskDoor(engine, kiosks, partial(refused, "kiosk"))
        _add(app, Door("POST", kiosks.keys.path, kiosk.handle), "kiosk", taken)
    app.router.add_get("/openapi.json", _answer(lambda: describe_hub(engine.configuration)))
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _answer(lambda: {"ready": ready()}, lambda body: 200 if body["ready"] else 503))
    app.router.add_get("/api/v1/queues", _answer(lambda: queue_figures(engine.reader, engine.configuration,
                                                                       engine.lines.sending(), engine.clock())))
    app.router.add_get("/api/v1/statistics", _answer(lambda: statistics(engine.reader, engine.configuration)))

    async def metrics(_request: web.Request) -> web.Response:
        sites = who_is_connected(engine.reader, engine.configuration, engine.clock())
        body = render_metrics(engine.reader, engine.lines.sending(), sites)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app.router.add_get("/metrics", metrics)
    return app


def _add(app: web.Application, door: Door, system: str, taken: dict[tuple[str, str], str]) -> None:
    where = (door.method, door.path)
    if where in taken:
        raise ValueError(f"{door.method} {door.path} is a door of {taken[where]} and of {system}")
    taken[where] = system
    app.router.add_route(door.method, door.path, door.handle)


async def _healthz(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _answer(figures: Callable[[], Any], status: Callable[[Any], int] = lambda _body: 200) -> Any:
    async def handle(_request: web.Request) -> web.Response:
        body = figures()
        return web.Response(body=orjson.dumps(body), status=status(body), content_type="application/json")

    return handle
