"""The door of one system: bounded reading, proof of the sender, ACCEPT, an answer."""

from __future__ import annotations

import hmac
from functools import lru_cache

from aiohttp import web

from guantong.adapter import SystemContext
from guantong.cipher import CipherRefused
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Record, Verdict
from guantong.signer import SignatureRefused, covers_body
from guantong_adapters.http.intake import Intake, NotRead, Why
from guantong_adapters.http.parameters import media_type, parameter
from guantong_adapters.rest import codes
from guantong_adapters.rest.answers import refusal, refused_answer, taken_answer
from guantong_adapters.rest.formfield import NoField, field_of
from guantong_adapters.rest.serving import Receive
from guantong_adapters.rest.uploads import Uploads

LONGEST_CHARSET = 40
"""Characters. The name is kept with the record."""


class RestDoor:
    """Takes one record per request. Nothing of a request is kept before its sender is proven."""

    def __init__(self, context: SystemContext, receive: Receive) -> None:
        self._system = context.system
        self._accept = context.accept
        self._now = context.now
        self._limit = context.body_limit
        self._intake = Intake(context.body_limit)
        self._tell = context.refused
        form = receive.auth.form
        self._signer = context.signer(receive.auth.signer) if receive.auth.signer else None
        self._key = (form.field, context.secrets[form.secret].reveal().encode()) if form else None
        self._body_proves = self._signer is None or covers_body(self._signer)
        self._kind = receive.kind
        self._field = receive.field
        self._cipher = context.cipher(receive.cipher) if receive.cipher else None
        self._uploads = None
        if receive.files is not None and receive.field is not None:
            if self._body_proves:
                details = {"scheme": receive.auth.signer.scheme if receive.auth.signer else ""}
                raise ProblemsError([Problem(codes.PROOF_NEEDS_BODY, Place(), f"{context.system}.settings.receive.files", details)])
            self._uploads = Uploads(receive.field, receive.files, context.keep, context.body_limit)
        self._plain = self._field is None and self._cipher is None
        self._accepts = frozenset(receive.accepts)
        self._taken = taken_answer(receive.replies)
        self._refused = refused_answer(receive.replies)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request in the system's manner, refusals included."""
        refused = self._unwanted(request) or (None if self._body_proves else self._unproven(request, b""))
        if refused is not None:
            return self._turn_away(refused)
        if self._uploads is not None:
            return await self._with_files(self._uploads, request)
        try:
            body = await self._intake.read(request)
        except NotRead as error:
            return self._turn_away(self._not_read(error.why, request))
        try:
            if self._body_proves and (refused := self._unproven(request, body)) is not None:
                return self._turn_away(refused)
            content_type = request.headers.get("Content-Type", "")
            try:
                record = body if self._plain else self._record(body, content_type)
            except NoField as error:
                return self._turn_away(refusal(error.code, **error.details))
            async with self._intake.turn(body):
                verdict = await self._accept(Record(self._system, record, self._kind, charset_of(content_type)))
        finally:
            self._intake.done(body)
        return self._taken(verdict) if verdict.taken else self._refused(verdict)

    async def _with_files(self, uploads: Uploads, request: web.Request) -> web.Response:
        """A record that comes with files beside it. Its sender is proven."""
        uploaded = await uploads.read(request)
        if isinstance(uploaded, Verdict):
            return self._turn_away(uploaded)
        try:
            record = self._opened(uploaded.record)
        except NoField as error:
            return self._turn_away(refusal(error.code, **error.details))
        verdict = await self._accept(Record(self._system, record, self._kind, parts=uploaded.parts))
        return self._taken(verdict) if verdict.taken else self._refused(verdict)

    def _record(self, body: bytes, content_type: str) -> bytes:
        """The record in a body: a field of a form, sealed or not. Raises `NoField`."""
        return self._opened(body if self._field is None else field_of(body, content_type, self._field))

    def _opened(self, record: bytes) -> bytes:
        try:
            return record if self._cipher is None else self._cipher.open(record)
        except CipherRefused as error:
            raise NoField(codes.NOT_SEALED, what=error.reason, what_zh=error.reason_zh) from None

    def _turn_away(self, verdict: Verdict) -> web.Response:
        self._tell(verdict.code)
        return self._refused(verdict)

    def _unwanted(self, request: web.Request) -> Verdict | None:
        if self._accepts and media_type(request) not in self._accepts:
            expected = ", ".join(sorted(self._accepts))
            return refusal(codes.WRONG_TYPE, expected=expected, came=media_type(request)[:80])
        return None

    def _unproven(self, request: web.Request, body: bytes) -> Verdict | None:
        """None when the sender is who it should be, else the refusal."""
        try:
            if self._signer is not None:
                # aiohttp's headers are looked up in any case, so in lower case as well.
                self._signer.verify(request.headers, body, self._now())
            if self._key is not None:
                self._check_key(self._key, body, request.headers.get("Content-Type", ""))
        except SignatureRefused as error:
            return refusal(codes.UNAUTHENTICATED, check=error.reason, check_zh=error.reason_zh)
        return None

    def _check_key(self, expected: tuple[str, bytes], body: bytes, content_type: str) -> None:
        """Raise `SignatureRefused` unless the form brings our key."""
        field, key = expected
        try:
            given = field_of(body, content_type, field)
        except NoField:
            raise SignatureRefused("no key", "没有密钥") from None
        if not hmac.compare_digest(given, key):
            raise SignatureRefused("the key does not agree", "密钥不符")

    def _not_read(self, why: Why, request: web.Request) -> Verdict:
        match why:
            case Why.COMPRESSED:
                return refusal(codes.COMPRESSED, coding=request.headers.get("Content-Encoding", "")[:40])
            case Why.TOO_LARGE:
                return refusal(codes.TOO_LARGE, limit=self._limit)
            case Why.INCOMPLETE:
                return refusal(codes.INCOMPLETE)
            case Why.TOO_SLOW:
                return refusal(codes.TOO_SLOW)
            case Why.NO_ROOM:
                return refusal(codes.NO_ROOM)._replace(again=True)


@lru_cache(maxsize=64)
def charset_of(content_type: str) -> str | None:
    """The charset a Content-Type declares. One longer than any charset's name is none."""
    charset = parameter(content_type, "charset")
    return charset if charset and len(charset) <= LONGEST_CHARSET else None
