"""The SOAP door: a system calls one operation with its document, and hears our verdict as the return text."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

from aiohttp import web

from guantong.adapter import SystemContext
from guantong.problems import Problem
from guantong.record import Acceptance, Record, Verdict
from guantong.signer import SignatureRefused, Signer
from guantong_adapters.http.intake import SMALL
from guantong_adapters.http.parameters import charset_of
from guantong_adapters.http.whole import WholeResponse
from guantong_adapters.soap import charsets, codes
from guantong_adapters.soap.bounds import bounded
from guantong_adapters.soap.faulting import Refused, fault_answer, must_be_understood
from guantong_adapters.soap.framing import (
    CLOSING,
    cdata_bytes,
    content_type,
    detail_of,
    escaped,
    escaped_bytes,
    opening,
    wrapper,
)
from guantong_adapters.soap.intake import SoapIntake, envelope_of, version_of
from guantong_adapters.soap.parse import Envelope, Version, find, local, parse_utf8
from guantong_adapters.soap.settings import Receive, SoapSettings


class SoapDoor:
    """Handles calls of one operation. What cannot be read is answered with a fault; what can, with the
    `taken` or `refused` text of the settings."""

    def __init__(self, context: SystemContext, settings: SoapSettings, receive: Receive) -> None:
        self._context = context
        self._settings = settings
        self._receive = receive
        self._intake = SoapIntake(context)
        self._header = receive.key.header if receive.key else ""
        self._key = context.secrets[receive.key.secret].reveal().encode() if receive.key else None
        self._signer: Signer | None = context.signer(receive.verify) if receive.verify else None
        self._answers = {
            version: _compile_answer(settings, receive, version) for version in ("1.1", "1.2")
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call. Never raises for a bad one."""
        if not self._key_agrees(request):
            return self._turn_away(version_of(request), unauthenticated(self._header))
        return await self._intake.read(request, self._handle_body)

    async def _handle_body(self, request: web.Request, body: bytes, version: Version) -> web.StreamResponse:
        try:
            if len(body) > SMALL:  # while a large one is read, other doors go on
                opened, charset = await asyncio.to_thread(_opened, charset_of(request), body, self._settings.charset)
            else:
                opened, charset = _opened(charset_of(request), body, self._settings.charset)
            version = opened.version
            document = self._document(opened).encode(charset)
        except Refused as refused:
            return self._intake.refuse(version, refused)
        refusal = self._signature_refused(request, document)
        if refusal is not None:
            return self._turn_away(version, refusal)
        verdict = await self._context.accept(Record(self._context.system, document, charset=charset))
        return self._answer(version, verdict)

    def _document(self, opened: Envelope) -> str:
        receive, content = self._receive, opened.content
        for header in opened.headers:
            if must_be_understood(header):
                problem = Problem(codes.NOT_UNDERSTOOD, details={"found": local(header)[:60]})
                raise Refused(problem, "MustUnderstand")
        found = local(content) if content is not None else ""
        if content is None or found != receive.operation:
            details = {"expected": receive.operation, "found": found[:60]}
            raise Refused(Problem(codes.WRONG_OPERATION, details=details))
        argument = find(content, receive.argument)
        if argument is None or len(argument) or not argument.text:
            details = {"operation": receive.operation, "argument": receive.argument}
            raise Refused(Problem(codes.NO_ARGUMENT, details=details))
        return argument.text

    def _key_agrees(self, request: web.Request) -> bool:
        if self._key is None:
            return True
        given = request.headers.get(self._header, "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._key)

    def _signature_refused(self, request: web.Request, document: bytes) -> Verdict | None:
        """None when the sender's signature holds or none is asked for."""
        if self._signer is None:
            return None
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self._signer.verify(headers, document, self._context.now())
        except SignatureRefused as error:
            return unauthenticated(error.reason, error.reason_zh)
        return None

    def _turn_away(self, version: Version, verdict: Verdict) -> web.Response:
        self._context.refused(verdict.code)
        return self._answer(version, verdict)

    def _answer(self, version: Version, verdict: Verdict) -> web.Response:
        if verdict.again and self._receive.again is None:
            reason = f"{verdict.reason_zh} / {verdict.reason} [{verdict.code}]"
            return fault_answer(version, "Server", reason, detail_of({"code": verdict.code}), status=503)
        body = self._answers[version](verdict)
        return WholeResponse(body=body, headers=content_type(version, self._settings.charset))


def _opened(transport: str | None, body: bytes, default: str) -> tuple[Envelope, str]:
    """The envelope in *body*, held to the bounds of any door, and its charset. Raises `Refused`."""
    text, charset = _text(transport, body, default)
    bounded(document := text.encode("utf-8", "surrogatepass"))
    return envelope_of(lambda: parse_utf8(document)), charset


def _text(transport: str | None, body: bytes, default: str) -> tuple[str, str]:
    """The request as text, and its charset: as the HTTP header and the XML declaration agree."""
    declared = {"transport": transport, "declared": charsets.declared(body)}
    known = {source: charsets.canonical(name) for source, name in declared.items() if name}
    for source, name in known.items():
        if name is None:
            raise Refused(Problem(codes.UNKNOWN_CHARSET, details={"charset": (declared[source] or "")[:40]}))
    if len(set(known.values())) > 1:
        raise Refused(Problem(codes.CHARSETS_DIFFER, details=known))
    charset = next(iter(known.values()), None) or default
    try:
        return body.decode(charset).removeprefix("\ufeff"), charset
    except UnicodeDecodeError as error:
        details = {"charset": charset, "offset": error.start}
        raise Refused(Problem(codes.WRONG_CHARSET, details=details)) from None


def unauthenticated(check: str, check_zh: str = "") -> Verdict:
    """The verdict on a sender who could not be verified: what of it failed, in both languages or as a name that both use."""
    problem = Problem(codes.UNAUTHENTICATED, details={"check": check, "check_zh": check_zh or check})
    return Verdict(Acceptance.REFUSED, 0, problem.code.id, problem.message("en"), problem.message("zh"))


def _compile_answer(settings: SoapSettings, receive: Receive, version: Version) -> Callable[[Verdict], bytes]:
    """The function that writes the answer to a call from its verdict."""
    charset = settings.charset
    namespace = receive.namespace if receive.namespace is not None else settings.namespace
    opened, closed, prefix = wrapper(f"{receive.operation}Response", namespace, settings.qualified)
    element = f"{prefix}{receive.return_element}"
    before = (opening(version, charset) + opened + f"<{element}>").encode(charset)
    after = (f"</{element}>" + closed + CLOSING).encode(charset)
    wrap = cdata_bytes if receive.form == "cdata" else escaped_bytes

    def write(verdict: Verdict) -> bytes:
        template = receive.taken if verdict.taken else receive.refused
        if verdict.again and receive.again is not None:
            template = receive.again
        text = verdict.template(template).format(
            message=verdict.message, code=verdict.code,
            reason=escaped(verdict.reason), reason_zh=escaped(verdict.reason_zh or verdict.reason),
        )
        return before + wrap(text.encode(charset)) + after

    return write
