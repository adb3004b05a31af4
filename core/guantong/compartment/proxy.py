"""Doors of a compartment: the hub takes the request, within its bounds, and passes it on to the process over HTTP on a
Unix socket in the process's own folder, or a port of the loopback, as it said at `open`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from guantong.compartment.wire import WireError
from guantong.socketname import within_limit

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATIENCE = aiohttp.ClientTimeout(total=60)
PIECE = 64 * 1024  # bytes
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
                         "transfer-encoding", "upgrade", "host", "content-length"})
"""Headers of one connection only (RFC 9110 §7.6.1), and those that HTTP's library writes itself."""
_AWAY = {"Retry-After": "5"}


def doors_of(opened: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Method and path of each door that a process declared. Raises `WireError`."""
    doors = opened.get("doors", [])
    if not isinstance(doors, list) or not all(
            isinstance(door, dict) and isinstance(door.get("method"), str) and str(door.get("path", "")).startswith("/")
            for door in doors):
        raise WireError("`doors` is a list of objects with `method` and `path`")
    return [(door["method"].upper(), door["path"]) for door in doors]


class Proxy:
    """Passes requests on. *opened* gives what the process said when it was last opened; an answer has at most *longest* bytes."""

    def __init__(self, opened: Callable[[], Mapping[str, Any]], folder: Path, longest: int) -> None:
        self._opened = opened
        self._folder = folder
        self._longest = longest
        self._session: aiohttp.ClientSession | None = None
        self._at: Any = None
        self._named = ExitStack()

    def door(self, path: str) -> Handler:
        """What answers requests for the door at *path* of the process, wherever they came in."""
        return partial(self._handle, path)

    async def _handle(self, path: str, request: web.Request) -> web.StreamResponse:
        """Answer *request* as the process does; 503 while it is not there."""
        _, mark, query = request.path_qs.partition("?")
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP]
        body = await request.read()
        given: web.StreamResponse | None = None
        try:
            session, base = await self._reach()
            async with session.request(request.method, base + path + mark + query, headers=headers, data=body,
                                       allow_redirects=False) as answer:
                given = web.StreamResponse(status=answer.status, reason=answer.reason, headers=[
                    (name, value) for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP])
                await given.prepare(request)
                left = self._longest
                async for piece in answer.content.iter_chunked(PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise WireError("an answer is longer than agreed")
                    await given.write(piece)
                await given.write_eof()
                return given
        except (aiohttp.ClientError, WireError, TimeoutError) as error:
            if given is not None and given.prepared:
                raise ConnectionError("half an answer is out already") from error
            if isinstance(error, TimeoutError):
                return web.Response(status=504, text="no answer in time")
            return web.Response(status=503, headers=_AWAY, text="come again later")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._named.close()

    async def _reach(self) -> tuple[aiohttp.ClientSession, str]:
        """A session to where the process is now, and the address that its paths follow."""
        at: Any = self._opened().get("http")
        if self._session is None or at != self._at:
            await self.close()
            self._at, connector = at, self._connector(at)
            self._session = aiohttp.ClientSession(connector=connector, timeout=PATIENCE, auto_decompress=False)
        return self._session, f"http://127.0.0.1:{at['port']}" if "port" in at else "http://compartment"

    def _connector(self, at: Any) -> aiohttp.BaseConnector:
        if isinstance(at, dict) and isinstance(at.get("socket"), str):
            return aiohttp.UnixConnector(self._named.enter_context(within_limit(self._folder / Path(at["socket"]).name)))
        if isinstance(at, dict) and isinstance(at.get("port"), int) and 1 <= at["port"] <= 65535:
            return aiohttp.TCPConnector()
        raise WireError("`http` is {socket: name} or {port: number} where there are doors")
