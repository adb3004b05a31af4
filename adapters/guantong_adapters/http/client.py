"""Sending one HTTP request, with an honest end.

The three ends of an exchange are told apart by phase: until a connection stands, no request byte can have
left us (`NotSent`); from then until the whole answer is read, the request may have taken effect (`Unsure`);
a whole answer is a `Reply`, whatever its status. Nothing is retried, no redirect is followed, no cookie is
kept, no proxy is taken from the environment, and an answer is never expanded or read beyond its bound.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import ClientConnectorError, ClientTimeout, ConnectionTimeoutError, ServerFingerprintMismatch

from guantong.record import Answer, NotSent, Reply, Unsure

DEFAULT_REPLY_LIMIT = 1 << 20
"""Bytes of an answer's body that are read at most. Answers of these systems are a few hundred bytes."""

_IDLE_SECONDS = 4.0
"""An idle connection is reused this long at most: shorter than the idle limit of common servers (5 s and
more), since a request on a connection the server just dropped ends `Unsure` for no reason of its own."""

_NO_CEILING = 1e9
"""aiohttp rounds timeouts above this many seconds up to whole seconds; ours are meant exactly."""


class HttpClient:
    """A pool of at most *concurrency* connections to one system's HTTP interface.

    Must be made inside a running event loop and closed with `close`. `reply_limit` is in bytes. `tls` is
    used for https addresses (default: the machine's trusted authorities).
    """

    def __init__(
        self, concurrency: int, *, reply_limit: int = DEFAULT_REPLY_LIMIT, tls: ssl.SSLContext | None = None
    ) -> None:
        self._reply_limit = reply_limit
        connector = aiohttp.TCPConnector(
            limit=concurrency, keepalive_timeout=_IDLE_SECONDS, ssl=True if tls is None else tls
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False,
            headers={"User-Agent": "guantong", "Accept-Encoding": "identity"}, middlewares=(_once,),
        )

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109  the limit decides the end returned, so it belongs in here
    ) -> Answer:
        """POST *body* once. *timeout* is in seconds for the whole exchange, half of it for connecting."""
        return await self.request("POST", url, body, headers, timeout)

    async def request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109  the limit decides the end returned, so it belongs in here
    ) -> Answer:
        """Send one request. Ends in `Reply` (meta: `status`, `content_type`, `charset`), `NotSent` or
        `Unsure`. Raises `aiohttp.InvalidURL` for an address that is none: a mistake of ours."""
        # Connecting gets less than the whole, so that the phase a timeout hit is known from its type.
        limits = ClientTimeout(total=timeout, connect=timeout / 2, ceil_threshold=_NO_CEILING)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                return await self._read(answer)
        except aiohttp.InvalidURL:
            raise
        except ConnectionTimeoutError:
            return NotSent(f"no connection within {timeout / 2:g} s")
        except (ClientConnectorError, ServerFingerprintMismatch) as error:
            return NotSent(_connecting(error))
        except _BrokenError as error:
            return Unsure(f"the connection broke before the answer came ({error})")
        except TimeoutError:
            return Unsure(f"no complete answer within {timeout:g} s")
        except aiohttp.ClientResponseError as error:
            return Unsure(f"the answer is not HTTP ({type(error).__name__})")
        except (aiohttp.ClientError, OSError) as error:
            return Unsure(f"the connection broke before the answer was complete ({type(error).__name__})")

    async def _read(self, answer: aiohttp.ClientResponse) -> Answer:
        coding = answer.headers.get("Content-Encoding", "identity").lower()
        if coding != "identity":
            answer.close()
            return Unsure(f"the answer came compressed ({coding[:20]!r}), which was not asked for")
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > self._reply_limit:
                answer.close()
                return Unsure(f"the answer is longer than {self._reply_limit} bytes")
        meta = {"status": str(answer.status)}
        if "Content-Type" in answer.headers:
            meta["content_type"] = answer.content_type
        if answer.charset:
            meta["charset"] = answer.charset
        return Reply(bytes(body), meta)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _BrokenError(Exception):
    """A connection that stood has broken."""


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a request: it does so by itself for idempotent methods when a connection
    breaks, known to it by these types."""
    try:
        return await send(request)
    except ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(type(error).__name__) from error


def _connecting(error: Exception) -> str:
    if isinstance(error, ClientConnectorError):
        cause = error.os_error.strerror or type(error.os_error).__name__
        return f"no connection to {error.host}:{error.port} ({cause})"
    return f"no trusted connection ({type(error).__name__})"
