"""Sending to one system: which request a record makes."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from urllib.parse import quote

from guantong.adapter import SystemContext
from guantong.problems import Code, Place, Problem, ProblemsError
from guantong.record import Answer, Fields, Outgoing
from guantong.signer import Signer
from guantong_adapters.http.client import HttpClient
from guantong_adapters.rest import codes
from guantong_adapters.rest.settings import PLACEHOLDER, Exchange, RestSettings

ANY_KIND = "*"


class Address:
    """An address whose `{name}` parts are filled from a record's fields."""

    def __init__(self, url: str, path: str) -> None:
        self._path = path
        parts = PLACEHOLDER.split(path)
        self._texts = [url.rstrip("/") + parts[0], *parts[2::2]]
        self._fields = parts[1::2]

    def fill(self, fields: Fields) -> str:
        """The address for *fields*. Raises `ProblemsError` when one is missing or would lead
        elsewhere."""
        if not self._fields:
            return self._texts[0]
        filled = [self._texts[0]]
        for name, text in zip(self._fields, self._texts[1:], strict=True):
            value = fields.get(name)
            if value is None or value == "" or isinstance(value, dict | list):
                raise _mistake(codes.NO_PATH_FIELD, path=self._path, field=name)
            if value in (".", ".."):
                raise _mistake(codes.BAD_PATH_FIELD, path=self._path, field=name)
            filled += (quote(str(value), safe=""), text)
        return "".join(filled)


class RestClient:
    """Sends records and queries. Must be made inside a running event loop and closed with `close`."""

    def __init__(self, context: SystemContext, settings: RestSettings, url: str) -> None:
        tls = ssl.create_default_context(cafile=settings.tls_ca) if settings.tls_ca else None
        self._http = HttpClient(settings.connections, reply_limit=settings.reply_limit, tls=tls)
        self._exchanges: dict[str, tuple[Exchange, Address]] = {
            kind: (exchange, Address(url, exchange.path)) for kind, exchange in settings.send.items()
        }
        self._query = Address(url, settings.query.path) if settings.query else None
        self._signer: Signer | None = context.signer(settings.auth.signer) if settings.auth else None
        self._headers = dict(settings.headers)
        self._content_type = settings.content_type
        self._key_header = settings.key_header
        self._now = context.now

    async def send(self, outgoing: Outgoing) -> Answer:
        found = self._exchanges.get(outgoing.kind) or self._exchanges.get(ANY_KIND)
        if found is None:
            raise _mistake(codes.NO_EXCHANGE, kind=outgoing.kind)
        exchange, address = found
        url = address.fill(outgoing.fields)
        headers = self._proof(outgoing.body)
        headers["Content-Type"] = self._content_type
        if self._key_header is not None:
            headers[self._key_header] = outgoing.key
        return await self._http.request(exchange.method, url, outgoing.body, headers, outgoing.timeout)

    async def query(self, outgoing: Outgoing) -> Answer:
        if self._query is None:
            raise RuntimeError("`query:` is not configured")
        url = self._query.fill(outgoing.fields)
        return await self._http.request("GET", url, None, self._proof(b""), outgoing.timeout)

    def _proof(self, body: bytes) -> dict[str, str]:
        proof: Mapping[str, str] = {} if self._signer is None else self._signer.sign(body, self._now())
        return {**self._headers, **proof}

    async def close(self) -> None:
        await self._http.close()


def _mistake(code: Code, **details: object) -> ProblemsError:
    return ProblemsError([Problem(code, Place(), "settings", details)])
