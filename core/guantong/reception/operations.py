"""The hub's own pages for operators: figures, metrics and the description of its interface, for who has a token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from guantong.config.configuration import Configuration
from guantong.openapi.document import describe_hub
from guantong.operations.telling import Telling
from guantong.problems import Problem
from guantong.reception.codes import NO_TOKEN, NOT_OPEN
from guantong.secret import Secret
from guantong.store import StoreFailed

_SCHEME = "bearer "
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


class OperationsPages:
    """`/metrics`, `/api/v1/…` and `/openapi.json`. Where tokens are configured each request shows one, wherever it
    comes from (behind a proxy all come from this machine). Without any, the pages are there for a hub that listens on
    this machine alone and tells nobody another address."""

    def __init__(self, configuration: Callable[[], Configuration], telling: Telling, refused: Callable[[str], None]) -> None:
        self._configuration = configuration
        self._telling = telling
        self._refused = refused
        self._tokens: Mapping[str, Secret] = configuration().operations
        self._open = configuration().pages_are_open

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Put the pages where they are served."""
        router.add_get("/openapi.json", self._page(self._description))
        router.add_get("/api/v1/queues", self._page(self._queues))
        router.add_get("/api/v1/statistics", self._page(self._statistics))
        router.add_get("/metrics", self._page(self._metrics))

    def _page(self, answer: Callable[[], Awaitable[web.Response]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            if not self._tokens and not self._open:
                self._refused(NOT_OPEN.id)
                return _refusal(403, Problem(NOT_OPEN))
            if self._tokens and not self._known(request.headers.getall("Authorization", [])):
                self._refused(NO_TOKEN.id)
                return _refusal(401, Problem(NO_TOKEN), {"WWW-Authenticate": 'Bearer realm="guantong"'})
            try:
                return await answer()
            except StoreFailed as error:
                return store_away(error)

        return handle

    def _known(self, given: Sequence[str]) -> bool:
        """Whether the one header that came shows a token of ours. All are compared, in a time that tells nothing of where
        they differ. Several headers show none: whoever stands between may have judged another of them."""
        if len(given) != 1 or given[0][:len(_SCHEME)].lower() != _SCHEME:
            return False
        shown = given[0][len(_SCHEME):].strip().encode("utf-8", "surrogateescape")
        return sum(hmac.compare_digest(token.reveal().encode(), shown) for token in self._tokens.values()) > 0

    async def _description(self) -> web.Response:
        return _json(describe_hub(self._configuration()))

    async def _queues(self) -> web.Response:
        return _json(await self._telling.queues())

    async def _statistics(self) -> web.Response:
        return _json(await self._telling.statistics())

    async def _metrics(self) -> web.Response:
        return web.Response(body=await self._telling.metrics(), headers={"Content-Type": _METRICS})


def store_away(error: StoreFailed) -> web.Response:
    """The answer of who cannot read the store now."""
    return web.json_response({"error": str(error)}, status=503, headers={"Retry-After": "5"})


def _json(body: Any) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _refusal(status: int, problem: Problem, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"type": "about:blank", "status": status, "code": problem.code.id,
            "detail": f"{problem.message('en')}; {problem.hint('en')}", "detail_zh": f"{problem.message('zh')}；{problem.hint('zh')}"}
    return web.Response(status=status, body=orjson.dumps(body), headers=headers, content_type="application/problem+json")
