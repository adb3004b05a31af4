"""The hub's local socket: how commands ask and act on a running hub.

HTTP with JSON over a Unix socket in `var/` (mode 0600): who may open the file may act. The actor of an act
is told by the command: the person who runs it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from guantong.backfillstore import BackfillOrder
from guantong.journey.backfill import Backfills, Runs
from guantong.journey.engine import Engine
from guantong.operations import Act, Order, carry_out
from guantong.operations.backfill import reconciled
from guantong.operations.exporting import Export, journal_export
from guantong.operations.stamping import Stamped, journal_stamp
from guantong.operations.telling import Telling
from guantong.operations.unmasking import Unmasking, journal_unmasking
from guantong.reception.operations import store_away
from guantong.reload import Reloader
from guantong.retention.pruning import Pruner
from guantong.socketname import within_limit
from guantong.store import StoreFailed

_PATIENCE = aiohttp.ClientTimeout(total=10)
_AS_LONG_AS_IT_TAKES = aiohttp.ClientTimeout(total=None, sock_connect=10)
PRUNE_FOR = 1.0  # seconds of pruning for one answer: who asks shows how far it is, and asks again
MOST_BYTES = 16 * 1024 * 1024  # of an order: far more ids than a list shows


def socket_path(home: Path, name: str = "") -> Path:
    """The local socket of the hub that runs on *home*: of the process of this *name*, or of the one that is to be asked
    where it is no matter: the hub, the console, or any other."""
    folder = home / "var"
    if name:
        return folder / f"{name}.sock"
    found = sorted(path.name for path in folder.glob("*.sock"))
    first = next((one for one in ("hub.sock", "console.sock", *found) if one in found), "hub.sock")
    return folder / first


Posts = Callable[[str], Sequence[Mapping[str, Any]]]
"""What was posted to the test doors of a county ("": of all)."""


def _no_posts(_county: str) -> Sequence[Mapping[str, Any]]:
    """There are no test doors."""
    return ()


@web.middleware
async def _while_the_store_is_away(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except StoreFailed as error:
        return store_away(error)


class Control:
    """Serves the local socket."""

    def __init__(self, engine: Engine, reloader: Reloader, backfills: Backfills, telling: Telling, pruner: Pruner,
                 posts: Posts = _no_posts, name: str = "hub") -> None:
        self._telling = telling
        self._told_posts = posts
        self._engine = engine
        self._reloader = reloader
        self._backfills = backfills
        self._pruner = pruner
        self._path = socket_path(engine.configuration.home, name)
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_while_the_store_is_away])
        app.router.add_post("/acts", self._act)
        app.router.add_post("/reload", self._reload)
        app.router.add_post("/unmaskings", self._unmask)
        app.router.add_post("/exports", self._export)
        app.router.add_post("/stamps", self._stamp)
        app.router.add_get("/status", self._status)
        app.router.add_get("/posts", self._posts)
        app.router.add_post("/backfills", self._backfill)
        app.router.add_get("/backfills", self._backfilled)
        app.router.add_post("/retention", self._prune)
        self._runner = web.AppRunner(app, access_log=None)

    async def open(self) -> None:
        await self._runner.setup()
        self._path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            with within_limit(self._path) as name:
                await web.UnixSite(self._runner, name).start()
        finally:
            os.umask(mask)

    async def close(self) -> None:
        await self._runner.cleanup()
        self._path.unlink(missing_ok=True)

    async def _act(self, request: web.Request) -> web.Response:
        try:
            asked = orjson.loads(await request.read())
            if not isinstance(asked["ids"], list):
                raise TypeError
            order = Order(Act(asked["act"]), [str(one) for one in asked["ids"]], str(asked["actor"]),
                          str(asked.get("reason", "")))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        done = await carry_out(self._engine, order)
        return web.Response(body=orjson.dumps([one.as_json() for one in done]), content_type="application/json")

    async def _reload(self, request: web.Request) -> web.Response:
        try:
            asked = orjson.loads(await request.read())
            actor, why, dry_run = str(asked["actor"]), str(asked.get("reason", "")), asked.get("dry_run") is True
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        answer = await self._reloader.reload(actor, why, dry_run=dry_run)
        return web.Response(body=orjson.dumps(answer.as_json()), content_type="application/json")

    async def _unmask(self, request: web.Request) -> web.Response:
        try:
            told = orjson.loads(await request.read())
            asked = Unmasking(str(told["actor"]), str(told["reason"]), [int(one) for one in told["subjects"]],
                              int(told["message"]), int(told["delivery"]), str(told["field"]), told.get("searched") is True)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        try:
            await journal_unmasking(self._engine, asked)
        except StoreFailed:
            return web.json_response({"error": "not journaled"}, status=503)
        return web.json_response({})

    async def _export(self, request: web.Request) -> web.Response:
        try:
            told = orjson.loads(await request.read())
            made = Export(str(told["actor"]), str(told["reason"]), [int(one) for one in told["subjects"]], int(told["message"]),
                          told["masked"] is True, str(told["sha256"]), int(told["size"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        try:
            await journal_export(self._engine, made)
        except StoreFailed:
            return web.json_response({"error": "not journaled"}, status=503)
        return web.json_response({})

    async def _stamp(self, request: web.Request) -> web.Response:
        try:
            told = orjson.loads(await request.read())
            made = Stamped(str(told["actor"]), int(told["size"]), int(told["at"]), str(told["tsa"]), str(told["sha256"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        try:
            await journal_stamp(self._engine, made)
        except StoreFailed:
            return web.json_response({"error": "not journaled"}, status=503)
        return web.json_response({})

    async def _posts(self, request: web.Request) -> web.Response:
        found = self._told_posts(request.query.get("county", ""))
        return web.Response(body=orjson.dumps(found), content_type="application/json")

    async def _backfill(self, request: web.Request) -> web.Response:
        try:
            orders = [BackfillOrder(str(asked["system"]), int(asked["since"]), int(asked["until"]), float(asked["rate"]),
                                    str(asked["actor"]), str(asked.get("folder", "")), str(asked.get("why", ""))) for asked in orjson.loads(await request.read())["orders"]]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        if any(order.system not in self._engine.configuration.systems for order in orders):
            return web.json_response({"error": "no such system"}, status=404)
        try:
            return web.json_response({"runs": await self._backfills.begin(orders)})
        except Runs as error:
            return web.json_response({"runs": [], "running": error.system})

    async def _backfilled(self, request: web.Request) -> web.Response:
        runs = [int(run) for run in request.query.getall("run", []) if run.isascii() and run.isdigit()]
        found = [row for run in runs if (row := self._engine.reader.backfill(run)) is not None]
        body = [{**reconciled(self._engine.reader, row), "refused_places": self._backfills.refused(row.id)} for row in found]
        return web.Response(body=orjson.dumps(body), content_type="application/json")

    async def _prune(self, request: web.Request) -> web.Response:
        try:
            actor = str(orjson.loads(await request.read())["actor"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            return web.json_response({"error": f"not an order: {type(error).__name__}"}, status=400)
        done = await self._pruner.run(actor, PRUNE_FOR)
        return web.Response(body=orjson.dumps(done.as_json()), content_type="application/json")

    async def _status(self, _request: web.Request) -> web.Response:
        engine, refused = self._engine, self._reloader.refused
        config = engine.configuration
        body = {
            "configuration": config.version, "settings": config.settings_version, "mappings": config.mappings_version,
            "sites": config.sites.number,
            "dialects": {name: one.version for name, one in config.dialects.items()},
            "refused": {"since": refused.since, "problems": refused.problems} if refused else None,
            "closed": engine.pressure.problem.as_json() if engine.pressure.problem else None,
            "tickets_lost": engine.tickets.trouble._asdict() if engine.tickets and engine.tickets.trouble else None,
            "queues": await self._telling.queues(at_once=True),
        }
        return web.Response(body=orjson.dumps(body), content_type="application/json")


async def status(home: Path) -> dict[str, Any] | None:
    """What the hub that runs on *home* says of itself: `configuration`, the version of the files it has
    loaded (`settings` and `mappings`: of the two folders); `refused`, since when and for how many problems it
    keeps them although others are there, or None; `closed`, why its doors take nothing; `tickets_lost`, since when
    and why no broker tells what is ready; and `queues`. None when no hub runs there."""
    found: dict[str, Any] | None = await _got(home, "status")
    return found


async def posts_of(home: Path, county: str) -> list[dict[str, Any]] | None:
    """What was posted to the test doors of *county* since the hub on *home* started, the newest first. None when no
    hub runs there."""
    found: list[dict[str, Any]] | None = await _got(home, "posts", county=county)
    return found


async def ask(home: Path, order: Order) -> list[dict[str, object]]:
    """Have the hub that runs on *home* carry out *order*. Raises `aiohttp.ClientError` when none answers."""
    body = {"act": order.act, "ids": list(order.ids), "actor": order.actor, "reason": order.reason}
    found: list[dict[str, object]] = await _post(home, "acts", body)
    return found


async def ask_reload(home: Path, actor: str, why: str, *, dry_run: bool) -> dict[str, Any]:
    """Have the hub that runs on *home* take up changed mappings; what it answers is `Reloaded` as JSON. Raises
    `aiohttp.ClientError` or `OSError` when none answers."""
    found: dict[str, Any] = await _post(home, "reload", {"actor": actor, "reason": why, "dry_run": dry_run})
    return found


async def ask_unmasking(home: Path, asked: Unmasking) -> None:
    """Have the hub that runs on *home* journal who is about to see what. Raises `aiohttp.ClientError` or `OSError` when none
    answers, or it cannot."""
    await _post(home, "unmaskings", asdict(asked))


async def ask_export(home: Path, made: Export) -> None:
    """Have the hub that runs on *home* journal that a pack is handed out. Raises `aiohttp.ClientError` or `OSError` when none answers,
    or it cannot."""
    await _post(home, "exports", asdict(made))


async def ask_stamp(home: Path, made: Stamped) -> None:
    """Have the hub that runs on *home* journal that a time stamp was taken in. Raises `aiohttp.ClientError` or `OSError` when none
    answers, or it cannot."""
    await _post(home, "stamps", asdict(made))


async def ask_pruning(home: Path, actor: str) -> dict[str, Any]:
    """Have the hub that runs on *home* prune for a while; what it did, and whether it is `over`. Raises
    `aiohttp.ClientError` or `OSError` when none answers."""
    found: dict[str, Any] = await _post(home, "retention", {"actor": actor})
    return found


async def _got(home: Path, where: str, **query: str) -> Any:
    """What the hub on *home* answers at *where*; None when no hub runs there."""
    if not socket_path(home).exists():
        return None
    try:
        async with _session(home, _PATIENCE) as session, session.get(f"http://hub/{where}", params=query) as answer:
            answer.raise_for_status()
            return orjson.loads(await answer.read())
    except (aiohttp.ClientError, OSError):
        return None  # it was killed and left its socket behind


async def ask_backfill(home: Path, orders: Sequence[BackfillOrder]) -> list[int]:
    """Have the hub that runs on *home* begin a backfill for each of *orders*; their runs. Raises `Runs`, where one of a
    system of theirs is running and none was begun; `aiohttp.ClientError` or `OSError` when no hub answers."""
    found: dict[str, Any] = await _post(home, "backfills", {"orders": [asdict(order) for order in orders]})
    if found.get("running"):
        raise Runs(str(found["running"]))
    return [int(run) for run in found["runs"]]


async def backfill_figures(home: Path, runs: Sequence[int]) -> list[dict[str, Any]]:
    """How far these runs are, as `guantong.operations.backfill` reconciles them. Raises as `ask_backfill`."""
    query = "&".join(f"run={run}" for run in runs)
    async with _session(home, _PATIENCE) as session, session.get(f"http://hub/backfills?{query}") as answer:
        answer.raise_for_status()
        found: list[dict[str, Any]] = orjson.loads(await answer.read())
        return found


async def _post(home: Path, where: str, body: Mapping[str, object]) -> Any:
    async with (
        _session(home, _AS_LONG_AS_IT_TAKES) as session,
        session.post(f"http://hub/{where}", data=orjson.dumps(body)) as answer,
    ):
        answer.raise_for_status()
        return orjson.loads(await answer.read())


@asynccontextmanager
async def _session(home: Path, patience: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientSession]:
    with within_limit(socket_path(home)) as name:
        connector = aiohttp.UnixConnector(path=name)
        async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
            yield session
