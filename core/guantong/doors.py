"""The hub's HTTP server: the doors of the systems, and what tells that the hub is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import orjson
from aiohttp import web

from guantong.adapter import Connection, Door, Serves
from guantong.journey.engine import Engine
from guantong.kiosk.door import KioskDoor
from guantong.operations.telling import Telling
from guantong.reception.operations import OperationsPages
from guantong.reception.tls import agreed
from guantong.store import StoreFailed


def build_application(engine: Engine, connections: Mapping[str, Connection] | None, ready: Callable[[], bool],
                      refused: Callable[[str, str], None], telling: Telling, test_doors: Sequence[Door] = ()) -> web.Application:
    """The aiohttp application with every door of *connections*, those for tests and kiosks, and the hub's own pages; only
    these where *connections* is None. Bodies over the configured limit are refused before an adapter sees them."""
    app = web.Application(client_max_size=engine.configuration.hub.body_limit)
    taken: dict[tuple[str, str], str] = {}
    for system, connection in (connections or {}).items():
        if isinstance(connection, Serves):
            certificates = engine.configuration.systems[system].client_certificates
            for door in connection.doors():
                guarded = replace(door, handle=agreed(door.handle, system, certificates, refused)) if certificates else door
                _add(app, guarded, system, taken)
    for door in test_doors:
        _add(app, door, "a test door", taken)
    kiosks = engine.configuration.kiosks
    if kiosks is not None and connections is not None:
        kiosk = KioskDoor(engine, kiosks, partial(refused, "kiosk"))
        _add(app, Door("POST", kiosks.keys.path, kiosk.handle), "kiosk", taken)
    OperationsPages(lambda: engine.configuration, telling, partial(refused, "")).add_to(app.router)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz(engine, ready))
    return app


def _add(app: web.Application, door: Door, system: str, taken: dict[tuple[str, str], str]) -> None:
    where = (door.method, door.path)
    if where in taken:
        raise ValueError(f"{door.method} {door.path} is a door of {taken[where]} and of {system}")
    taken[where] = system
    app.router.add_route(door.method, door.path, door.handle)


async def _healthz(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def _reads(engine: Engine) -> bool:
    """Whether the store answers: who shares out the senders' requests sends them elsewhere meanwhile."""
    try:
        engine.reader.cursor("")
    except StoreFailed:
        return False
    return True


def _readyz(engine: Engine, ready: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_request: web.Request) -> web.Response:
        closed = engine.pressure.problem  # its numbers are not for everybody
        now = ready() and closed is None and _reads(engine)
        body = {"ready": now, **({"code": closed.code.id} if closed else {})}
        return web.Response(body=orjson.dumps(body), status=200 if now else 503, content_type="application/json")

    return handle
