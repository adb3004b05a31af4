"""The kiosks' door: who asks is proven, guessing is held up, every query has its line in the journal."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic

import orjson
import structlog
from aiohttp import web
from pydantic import ValidationError

from guantong.config.configuration import Kiosks
from guantong.journey.engine import Engine
from guantong.kiosk import codes
from guantong.kiosk.answers import Progress, ProgressQuery
from guantong.kiosk.guard import Answer, Asked, Guard, Pace, Tries
from guantong.kiosk.query import find
from guantong.problems import Code, Problem
from guantong.secret import Secret
from guantong.store import Entry, StoreFailed, Transaction

LARGEST = 4096
"""Bytes of a query."""
PATIENCE = 10.0
"""Seconds until a query must be there."""
FLOOR = 0.2
"""Seconds every judged query takes at least: how long we looked tells nobody whether there was a case."""
log = structlog.get_logger("guantong.kiosk")


class KioskDoor:
    """Answers queries. Whether a case is unknown or its password wrong cannot be told from answer or time."""

    def __init__(self, engine: Engine, kiosks: Kiosks, refused: Callable[[str], None], now: Callable[[], float] = monotonic) -> None:
        keys = kiosks.keys
        self._engine = engine
        self._secrets: Mapping[str, Secret] = kiosks.secrets
        tries = Tries(keys.tries, keys.tries_of_case, keys.tries_of_kiosk, keys.tries_in_all, keys.lock)
        self._guard, self._pace = Guard(tries, engine.vault), Pace(keys.rate, keys.burst)
        self._refused = refused
        self._now = now

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one query."""
        kiosk = self._kiosk(_only(request.headers.getall("X-API-Key", [])))
        if kiosk is None:
            self._refused(codes.NOT_A_KIOSK.id)
            return _problem(401, codes.NOT_A_KIOSK)
        wait = self._pace.wait(kiosk, self._now())
        if wait:
            self._refused(codes.TOO_MANY.id)
            return _later(wait)
        query = await _read(request)
        if query is None:
            self._refused(codes.NOT_A_QUERY.id)
            return _problem(400, codes.NOT_A_QUERY)
        loop = asyncio.get_running_loop()
        until = loop.time() + FLOOR
        answer = await self._judged(kiosk, query)
        await asyncio.sleep(max(0.0, until - loop.time()))
        return answer

    async def _judged(self, kiosk: str, query: ProgressQuery) -> web.Response:
        engine = self._engine
        try:
            subjects = engine.reader.subjects_by_number(query.number.strip())
            found = find(query, subjects, engine.reader, engine.vault, engine.configuration)
            asked = Asked(kiosk, query.number.strip(), subjects)
            answer, wait = await engine.store.write(partial(self._judge, asked, found.subject if found else 0, engine.clock()))
        except StoreFailed:
            log.error("kiosk.not_journaled")
            return _problem(503, codes.NOT_JOURNALED)
        if wait:
            return _later(wait)
        return _told(found.progress) if answer is Answer.TOLD and found is not None else _problem(404, codes.NOT_FOUND)

    def _judge(self, asked: Asked, subject: int, now: int, tx: Transaction) -> tuple[Answer, float]:
        """Judge and journal, in one transaction: nobody is answered without a trace, nor guesses without its count."""
        judged = self._guard.judge(tx, now, asked, right=subject > 0)
        tx.note(Entry(now, "kiosk_query", subject=subject, system="kiosk", actor=asked.kiosk, detail={"result": judged[0].value}))
        return judged

    def _kiosk(self, given: str) -> str | None:
        """Which kiosk has this key. Every key is compared, in a time that tells nothing of where it differs."""
        who = None
        for name, secret in self._secrets.items():
            if hmac.compare_digest(secret.reveal().encode(), given.encode("utf-8", "surrogateescape")):
                who = name
        return who


def _only(given: Sequence[str]) -> str:
    """The one header that came; "" where several did: whoever stands between may have judged another of them."""
    return given[0] if len(given) == 1 else ""


async def _read(request: web.Request) -> ProgressQuery | None:
    """The query, or None where the body is none."""
    body = b""
    try:
        async with asyncio.timeout(PATIENCE):
            while len(body) <= LARGEST and (chunk := await request.content.readany()):
                body += chunk
        return ProgressQuery.model_validate_json(body) if len(body) <= LARGEST else None
    except (ValidationError, TimeoutError, OSError, web.RequestPayloadError):
        return None


def _told(progress: Progress) -> web.Response:
    return web.Response(body=orjson.dumps(progress.model_dump()), content_type="application/json",
                        headers={"Cache-Control": "no-store"})


def _later(wait: float) -> web.Response:
    seconds = int(wait) + 1
    return _problem(429, codes.TOO_MANY, {"Retry-After": str(seconds)}, seconds=seconds)


def _problem(status: int, code: Code, headers: Mapping[str, str] | None = None, **details: object) -> web.Response:
    """An RFC 9457 problem that quotes nothing."""
    problem = Problem(code, details=details)
    body = {"type": "about:blank", "status": status, "code": code.id,
            "detail": f"{problem.message('en')}; {problem.hint('en')}", "detail_zh": f"{problem.message('zh')}；{problem.hint('zh')}"}
    return web.Response(status=status, body=orjson.dumps(body), headers=dict(headers or {}), content_type="application/problem+json")
