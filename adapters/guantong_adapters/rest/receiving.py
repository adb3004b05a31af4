"""The door of one system: bounded reading, proof of the sender, ACCEPT, an answer."""

from __future__ import annotations

from aiohttp import ClientConnectionError, ClientPayloadError, web
from aiohttp.http import HttpProcessingError

from guantong.adapter import SystemContext
from guantong.record import Record, Verdict
from guantong.signer import SignatureRefused
from guantong_adapters.rest import codes
from guantong_adapters.rest.answers import refusal, refused_answer, taken_answer
from guantong_adapters.rest.settings import Receive


class RestDoor:
    """Takes one record per request. Nothing of a request is kept before its sender is proven."""

    def __init__(self, context: SystemContext, receive: Receive) -> None:
        self._system = context.system
        self._accept = context.accept
        self._now = context.now
        self._limit = context.body_limit
        self._signer = context.signer(receive.auth.signer)
        self._kind = receive.kind
        self._accepts = frozenset(receive.accepts)
        self._taken = taken_answer(receive.replies)
        self._refused = refused_answer(receive.replies)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request in the system's manner, refusals included."""
        body = await self._read(request)
        if isinstance(body, Verdict):
            return self._refused(body)
        verdict = self._proven(request, body)
        if verdict is None:
            verdict = await self._accept(Record(self._system, body, self._kind, request.charset))
        return self._taken(verdict) if verdict.taken else self._refused(verdict)

    async def _read(self, request: web.Request) -> bytes | Verdict:
        """The body, never holding more of it than the limit."""
        coding = request.headers.get("Content-Encoding", "identity")
        if coding.lower() != "identity":
            return refusal(codes.COMPRESSED, coding=coding[:40])
        if self._accepts and request.content_type not in self._accepts:
            expected = ", ".join(sorted(self._accepts))
            return refusal(codes.WRONG_TYPE, expected=expected, came=request.content_type[:80])
        limit, content = self._limit, request.content
        if (request.content_length or 0) > limit:
            return refusal(codes.TOO_LARGE, limit=limit)
        try:
            body = await content.readany()
            if content.at_eof() and len(body) <= limit:
                return body
            chunks, size = [body], len(body)
            while size <= limit and not content.at_eof():
                chunks.append(await content.readany())
                size += len(chunks[-1])
        except (ClientPayloadError, ClientConnectionError, HttpProcessingError):
            return refusal(codes.INCOMPLETE)
        return b"".join(chunks) if size <= limit else refusal(codes.TOO_LARGE, limit=limit)

    def _proven(self, request: web.Request, body: bytes) -> Verdict | None:
        """None when the sender is who it should be, else the refusal."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self._signer.verify(headers, body, self._now())
        except SignatureRefused as error:
            return refusal(codes.UNAUTHENTICATED, check=str(error))
        return None
