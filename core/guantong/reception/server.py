"""The hub's HTTP server.

Anybody who reaches the port may connect, send half a request and wait, or send what is no HTTP at all. So
connections are bounded in number and in idle time, what cannot be read is answered without quoting it, and
nothing that a stranger sent gets into a log.
"""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import cast

import structlog
from aiohttp import web

from guantong.log import where
from guantong.reception.codes import TWO_PROOFS
from guantong.reception.pages import code_of, problem_page
from guantong.reception.refusals import Refusals
from guantong.reception.tls import HANDSHAKE

MOST_CONNECTIONS = 2000
IDLE = 75.0
"""Seconds a connection may take until its first request's headers are complete, or between two requests."""
SIP = 16 * 1024
"""Bytes of one connection that are parsed before others have their turn: in chunks of two bytes, asyncio's quarter of a
megabyte takes a tenth of a second."""
LINGER = 2.0
"""Seconds the rest of a refused request is still read, so that the sender reads our answer."""
CLOSE_WITHIN = 10.0
"""Seconds a stopping hub gives requests in progress."""
_BACKLOG = 1024
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
log = structlog.get_logger("guantong.doors")


async def serve_doors(
    app: web.Application, host: str, port: int, refusals: Refusals, stack: AsyncExitStack, tls: ssl.SSLContext | None = None,
) -> int:
    """Serve *app* until *stack* closes, over *tls* where given; the port it listens on. Raises `OSError` when it cannot."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_WITHIN)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    manager = runner.server
    assert manager is not None  # noqa: S101 -- `setup` made it
    manager.request_handler = straight(app, manager.request_handler)
    hall = Hall(refusals, most_connections())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Visitor(manager, hall, loop), host, port, backlog=_BACKLOG,
                                      ssl=tls, ssl_handshake_timeout=HANDSHAKE if tls is not None else None)
    stack.callback(server.close)
    found: int = server.sockets[0].getsockname()[1]
    return found


class TwoProofs(web.HTTPBadRequest):
    """A request with more than one Authorization header (RFC 9110, 5.3: one that is no list comes once)."""


def straight(app: web.Application, otherwise: Handler) -> Handler:
    """A request for a path as it was registered goes straight to its handler, unless it proves itself twice; all others go to
    *otherwise*, which looks for patterns, answers that there is nothing, and heeds `Expect`."""
    handlers = {
        (route.method, route.resource.canonical): route.handler
        for route in app.router.routes() if isinstance(route.resource, web.PlainResource)
    }

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if len(request.headers.getall("Authorization", ())) > 1:
            raise TwoProofs
        handler = handlers.get((request.method, request.path))
        if handler is None or "Expect" in request.headers:
            return await otherwise(request)
        return await handler(cast(web.Request, request))

    return handle


def most_connections() -> int:
    """How many connections are held: half of the files this process may open, the rest is for targets."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files < 0 else min(MOST_CONNECTIONS, files // 2)


class Hall:
    """Who is in. When it is full, whoever came first of those that never brought anything we took must go;
    when all did, the newcomer."""

    def __init__(self, refusals: Refusals, most: int) -> None:
        self.refusals = refusals
        self._most = most
        self._strangers: dict[Visitor, None] = {}
        self._guests: set[Visitor] = set()

    def enter(self, visitor: Visitor) -> None:
        """Let a connection in."""
        self._strangers[visitor] = None
        if len(self._strangers) + len(self._guests) > self._most:
            first = next(iter(self._strangers))
            self.leave(first)
            first.turn_out()

    def welcome(self, visitor: Visitor) -> None:
        """It brought something we took."""
        if visitor in self._strangers:
            del self._strangers[visitor]
            self._guests.add(visitor)

    def leave(self, visitor: Visitor) -> None:
        """It is gone."""
        self._strangers.pop(visitor, None)
        self._guests.discard(visitor)


class Visitor(web.RequestHandler):
    """One connection."""

    __slots__ = ("_hall", "_known")

    def __init__(self, manager: web.Server, hall: Hall, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            manager, loop=loop, keepalive_timeout=IDLE, lingering_time=LINGER, access_log=None,  # type: ignore[arg-type]  # None is taken, as `AppRunner` hands it
            auto_decompress=False,
        )
        self._hall = hall
        self._known = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if hasattr(transport, "max_size"):  # asyncio's own; uvloop's parser takes what comes
            transport.max_size = SIP
        super().connection_made(transport)
        self._hall.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._hall.leave(self)
        super().connection_lost(exc)

    def turn_out(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.HTTPException):
            resp = self._refused(resp)
        resp.headers["Server"] = "guantong"
        if not self._known and resp.status < 400:
            self._known = True
            self._hall.welcome(self)
        return await super().finish_response(request, resp, start_time)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  the library's words, which quote what came
    ) -> web.StreamResponse:
        """Answer what is no request, or what a door failed at. What the error says is kept to ourselves."""
        if status == 500 and exc is not None and not isinstance(exc, ConnectionError):
            log.error("door.failed", error=type(exc).__name__, where=where(exc))
        self._hall.refusals.tell("", code_of(status).id)
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer is out already")
        page = problem_page(status)
        page.force_close()
        return page

    def log_exception(self, *_args: object, exc_info: BaseException | None = None, **_more: object) -> None:
        """The library's way to say that it failed at a connection: told without what came over it."""
        if isinstance(exc_info, BaseException) and not isinstance(exc_info, ConnectionError | web.RequestPayloadError):
            log.error("connection.failed", error=type(exc_info).__name__, where=where(exc_info))

    def _refused(self, refusal: web.HTTPException) -> web.Response:
        code = TWO_PROOFS if isinstance(refusal, TwoProofs) else code_of(refusal.status)
        self._hall.refusals.tell("", code.id)
        allowed = refusal.headers.get("Allow")
        return problem_page(refusal.status, {"Allow": allowed} if allowed else None, code)
