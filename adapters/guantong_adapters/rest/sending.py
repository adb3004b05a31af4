"""Sending to one system: which request a record makes."""

from __future__ import annotations

import asyncio
from urllib.parse import quote, urlsplit

from guantong.adapter import ProbeStep, SystemContext, Wanted
from guantong.problems import Code, Place, Problem, ProblemsError
from guantong.record import Answer, Fields, NotSent, Outgoing, Reply
from guantong.signer import Signer
from guantong_adapters.http.client import HttpClient
from guantong_adapters.http.probe import PATIENCE, judged, logged_in
from guantong_adapters.http.tokens import LoginFailed, Tokens
from guantong_adapters.http.trust import tls_of
from guantong_adapters.rest import codes
from guantong_adapters.rest.compose import Sending, envelope_of, form_of, headers_of, parameters_of
from guantong_adapters.rest.login import RestLogin
from guantong_adapters.rest.parts import PLACEHOLDER
from guantong_adapters.rest.sealing import opened
from guantong_adapters.rest.settings import Exchange, RestSettings

ANY_KIND = "*"
_JSON = "application/json; charset=utf-8"
NOT_THERE = "guantong-probe"
"""A number that no record has."""


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


    def example(self) -> str:
        """The address of something that is not there."""
        return self.fill(dict.fromkeys(self._fields, NOT_THERE))


class RestClient:
    """Sends records and queries. Must be made inside a running event loop and closed with `close`."""

    def __init__(self, context: SystemContext, settings: RestSettings, url: str) -> None:
        secrets = context.secrets
        self._url = url
        self._http = HttpClient(settings.connections, reply_limit=settings.reply_limit, tls=tls_of(settings))
        self._exchanges: dict[str, tuple[Exchange, Address]] = {
            kind: (exchange, Address(url, exchange.path)) for kind, exchange in settings.send.items()
        }
        self._answers_404 = settings.answers_404
        self._query = Address(url, settings.query.path) if settings.query else None
        self._queries = {kind: Address(url, query.path) for kind, query in settings.queries.items()}
        self._fetch = Address(url, settings.fetch.path) if settings.fetch else None
        self._signer: Signer | None = context.signer(settings.auth.signer) if settings.auth else None
        self._headers = headers_of(settings.headers, secrets)
        self._parameters = parameters_of(settings.parameters, secrets) if settings.parameters else None
        self._envelope = envelope_of(settings.envelope, secrets) if settings.envelope else None
        self._asking = form_of(settings.read.parts, secrets) if settings.read and settings.read.parts else None
        self._cipher = context.cipher(settings.cipher) if settings.cipher else None
        self._reply_cipher_at = settings.reply_cipher_at
        self._content_type = settings.content_type
        self._key_header = settings.key_header
        self._now = context.now
        self._tokens: Tokens | None = None
        if settings.login is not None:
            login = RestLogin(url, settings.login, context, settings)
            self._tokens = Tokens(login.log_in)

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send once. A login that fails beforehand means that the record was not sent."""
        found = self._exchanges.get(outgoing.kind) or self._exchanges.get(ANY_KIND)
        if found is None:
            raise _mistake(codes.NO_EXCHANGE, kind=outgoing.kind)
        exchange, address = found
        url = address.fill(outgoing.fields)
        sealed = outgoing.body if self._cipher is None else self._cipher.seal(outgoing.body)
        return await self._spoken(exchange.method, url, outgoing, sealed)

    async def query(self, outgoing: Outgoing) -> Answer:
        """Ask once what became of a delivery."""
        query = self._queries.get(outgoing.kind) or self._query
        if query is None:
            raise RuntimeError("`query:` is not configured")
        return await self._spoken("GET", query.fill(outgoing.fields), outgoing, None)

    async def fetch(self, wanted: Wanted) -> Answer:
        """Get once what a record refers to, as it comes."""
        if self._fetch is None:
            raise RuntimeError("`fetch:` is not configured")
        outgoing = Outgoing(0, 0, "", wanted.kind, b"", wanted.fields, "", wanted.timeout)
        return await self._spoken("GET", self._fetch.fill(wanted.fields), outgoing, None, content=wanted)

    async def ask(self, method: str, url: str, body: bytes | None, seconds: float) -> Answer:
        """A request of our own that carries no record; *body* is JSON, without one the form of `read.parts`."""
        return await self._spoken(method, url, Outgoing(0, 0, "", "", body or b"", {}, "", seconds), None, body)

    async def probe(self) -> list[ProbeStep]:
        """Log in; then ask for a record that is not there, or which methods the first address takes."""
        steps = [await logged_in(self._tokens)] if self._tokens is not None else []
        if any(step.category for step in steps):
            return steps
        if self._query is not None:
            way, url = "GET", self._query.example()
        else:
            way, url = "OPTIONS", next((address.example() for _, address in self._exchanges.values()), self._url)
        answering = self.ask(way, url, None, PATIENCE)
        asks = self._query is not None  # a record that is not there may be answered by 404
        return [*steps, await judged(f"{way} {urlsplit(url).path}", answering, proves=asks, may_be_404=asks or self._answers_404)]

    async def renew(self) -> None:
        """Forget the token; the next request logs in anew."""
        if self._tokens is not None:
            self._tokens.spend()

    async def _spoken(
        self, method: str, url: str, outgoing: Outgoing, record: bytes | None, body: bytes | None = None,
        content: Wanted | None = None,
    ) -> Answer:
        """Send *record* in its envelope, or *body* as it is, or nothing; the answer is a record, or the *content* that is wanted."""
        token, seconds = "", outgoing.timeout
        if self._tokens is not None:
            began = asyncio.get_running_loop().time()
            got = await self._token(self._tokens, seconds / 2)
            if isinstance(got, NotSent):
                return got
            token, seconds = got, seconds - (asyncio.get_running_loop().time() - began)
        sending = Sending(outgoing, record or b"", token, self._now())
        headers = self._headers(sending)
        if body is not None:
            headers["Content-Type"] = _JSON
        elif record is None and self._asking is not None and method != "GET":
            body, headers["Content-Type"] = self._asking(sending)
        if record is not None:
            body, headers["Content-Type"] = record, self._content_type
            if self._envelope is not None:
                composed = await asyncio.to_thread(self._envelope, sending) if outgoing.attached else self._envelope(sending)
                body, headers["Content-Type"] = composed
            if self._key_header is not None:
                headers[self._key_header] = outgoing.key
        if self._signer is not None:
            headers |= self._signer.sign(body or b"", sending.now)
        if self._parameters is not None:
            url += ("&" if "?" in url else "?") + self._parameters(sending)
        limit, into = (None, None) if content is None else (content.limit, content.write)
        answer = await self._http.request(method, url, body, headers, seconds, limit, into)
        if self._tokens is not None and isinstance(answer, Reply):
            self._tokens.answered(token)
        if self._cipher is not None and self._reply_cipher_at is not None and content is None:
            answer = opened(answer, self._cipher, self._reply_cipher_at)
        return answer

    async def _token(self, tokens: Tokens, seconds: float) -> str | NotSent:
        try:
            async with asyncio.timeout(seconds):
                return await tokens.token()
        except LoginFailed as error:
            return NotSent(str(error), error.zh)
        except TimeoutError:
            return NotSent(f"no login within {seconds:g} s", f"{seconds:g} 秒内未能登录")

    async def close(self) -> None:
        await self._http.close()


def _mistake(code: Code, **details: object) -> ProblemsError:
    return ProblemsError([Problem(code, Place(), "settings", details)])
