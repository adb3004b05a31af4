"""The targets of a drill, in the drill's own process: they survive every kill, and misbehave as networks do.

One keeps the key of every delivery and takes none twice; the other takes whatever comes, and can be asked. An answer may be
lost before or after the effect, or be 503.
"""

from __future__ import annotations

from random import Random

from aiohttp import web

from guantong_plugins.drill.ledger import Ledger, Step

SHARE = 0.03
"""Of requests, for each way of misbehaving."""


class FarEnd:
    """Serves the two targets. `calm` ends the misbehaving; `dropped` counts the connections that were cut."""

    def __init__(self, ledger: Ledger, random: Random) -> None:
        self._ledger = ledger
        self._random = random
        self._keys: set[str] = set()
        self._known: set[Step] = set()  # of the one that can be asked: looked for often, in what grows all the time
        self._runner: web.AppRunner | None = None
        self.calm = False
        self.dropped = 0

    async def open(self) -> str:
        """Listen on a free port of the loopback; the address."""
        app = web.Application()
        app.router.add_post("/repeats", self._repeats)
        app.router.add_post("/asked", self._asked)
        app.router.add_get("/asked/{case}/{code}", self._fate)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _repeats(self, request: web.Request) -> web.Response:
        step, key = await _step(request), request.headers["Delivery-Key"]
        if refusal := self._before(request):
            return refusal
        known = key in self._keys
        if not known:
            self._keys.add(key)
            self._ledger.effects["repeats"].append(step)
        return self._after(request, "1" if known else "0")

    async def _asked(self, request: web.Request) -> web.Response:
        step = await _step(request)
        if refusal := self._before(request):
            return refusal
        self._ledger.effects["asked"].append(step)
        self._known.add(step)
        return self._after(request, "0")

    async def _fate(self, request: web.Request) -> web.Response:
        step = Step(request.match_info["case"], int(request.match_info["code"]))
        return web.json_response({"code": "0" if step in self._known else "404"})

    def _before(self, request: web.Request) -> web.Response | None:
        """What happens instead of an effect, now and then."""
        if not self.calm and self._random.random() < SHARE:
            self._cut(request)
        elif not self.calm and self._random.random() < SHARE:
            return web.Response(status=503)
        else:
            return None
        return web.Response()

    def _after(self, request: web.Request, code: str) -> web.Response:
        """The answer; now and then nobody hears it."""
        if not self.calm and self._random.random() < SHARE:
            self._cut(request)
        return web.json_response({"code": code})

    def _cut(self, request: web.Request) -> None:
        self.dropped += 1
        if request.transport is not None:
            request.transport.abort()


async def _step(request: web.Request) -> Step:
    told = await request.json()
    return Step(told["no"], int(told["code"]))
