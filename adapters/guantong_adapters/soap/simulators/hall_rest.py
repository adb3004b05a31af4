"""The REST side of the simulated hall: POST /exchange/v1/records?table=…, JSON signed with x-tif-*."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Protocol

import orjson
from aiohttp import web

from guantong_adapters.simulation.guangdong import TABLES
from guantong_adapters.simulation.ledger import Ledger
from guantong_adapters.simulation.process import arrival, cut
from guantong_adapters.soap.simulators.hall_said import BUSY, MALFORMED, STRANGER, Said
from guantong_adapters.soap.simulators.settings import HallSettings
from guantong_adapters.soap.simulators.wire import Malformed

_FRESH = 300  # seconds


class Taker(Protocol):
    """The hall behind its doors."""

    def take(self, table: str, row: dict[str, str | None]) -> Said | None: ...

    def refuse(self, table: str, key: tuple[str, ...], said: Said) -> Said: ...


class Records:
    """The hall's REST side: one record a request, in the columns of its table."""

    def __init__(self, ledger: Ledger, taker: Taker, settings: HallSettings) -> None:
        self._ledger = ledger
        self._hall = taker
        self._token = settings.secret("token") if "token" in settings.secrets else ""
        self._callers = settings.callers

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self._ledger.note("received")
        table = request.query.get("table", "")
        if not self._signed(request):
            return self._say(self._hall.refuse(table, (), STRANGER), status=401)
        if arrival().busy:
            self._ledger.note("busy")
            return self._say(BUSY)
        try:
            row = _columns(await request.read(), table)
        except Malformed:
            return self._say(self._hall.refuse(table, (), MALFORMED))
        said = self._hall.take(table, row)
        return cut(request) if said is None else self._say(said)

    def _signed(self, request: web.Request) -> bool:
        given = [request.headers.get(f"x-tif-{name}", "") for name in ("timestamp", "nonce", "signature", "paasid")]
        timestamp, nonce, signature, paasid = given
        signed = hashlib.sha256(f"{timestamp}{self._token}{nonce}{timestamp}".encode()).hexdigest()
        fresh = timestamp.isdigit() and abs(int(timestamp) - time.time()) <= _FRESH
        known = self._callers is None or paasid == self._callers
        return bool(self._token) and fresh and known and hmac.compare_digest(signature, signed)

    def _say(self, said: Said, *, status: int = 200) -> web.Response:
        body: dict[str, object] = {"code": said.code, "message": said.words}
        if said.serial:
            body["data"] = {"SBLSH": said.serial}
        return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


def _columns(body: bytes, table: str) -> dict[str, str | None]:
    """The columns of a JSON record; its lists as JSON. Raises `Malformed`."""
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("not JSON") from None
    if not isinstance(record, dict) or table not in TABLES.values():
        raise Malformed("not a record of a table")
    return {
        name: value if value is None or isinstance(value, str) else orjson.dumps(value).decode() for name, value in record.items()
    }
