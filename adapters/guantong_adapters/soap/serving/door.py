"""The doors of a service by its WSDL: calls by POST, the WSDL by GET."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from aiohttp import web
from aiohttp.helpers import parse_mimetype
from lxml import etree

from guantong.adapter import Door, SystemContext
from guantong.problems import Problem
from guantong.record import Fields, Record
from guantong_adapters.http.intake import SMALL
from guantong_adapters.http.parameters import charset_of
from guantong_adapters.soap import codes
from guantong_adapters.soap.calls.unfit import Unfit, Want
from guantong_adapters.soap.door import unauthenticated
from guantong_adapters.soap.faulting import Refused, must_be_understood
from guantong_adapters.soap.intake import SoapIntake, version_of
from guantong_adapters.soap.parse import SOAP_12, Envelope, Version, find, local
from guantong_adapters.soap.security.codes import CANNOT_SIGN
from guantong_adapters.soap.security.receiving import Guard
from guantong_adapters.soap.security.sending import CertificateEnded, Securing
from guantong_adapters.soap.serving.codes import UNFIT_REQUEST
from guantong_adapters.soap.serving.contract import Contract, Operation
from guantong_adapters.soap.serving.opening import opened
from guantong_adapters.soap.serving.publishing import NotPublished, Published
from guantong_adapters.soap.serving.settings import Serve

_AT_US = frozenset({
    "", "http://schemas.xmlsoap.org/soap/actor/next", f"{SOAP_12}/role/next", f"{SOAP_12}/role/ultimateReceiver",
})


class Safety(NamedTuple):
    """What WS-Security asks of callers, and what it puts into answers."""

    guard: Guard | None = None
    securing: Securing | None = None


class ContractDoor:
    """Handles calls of the operations of a contract. What cannot be read is answered with a fault; what can, as its
    operation declares."""

    def __init__(
        self, context: SystemContext, serve: Serve, contract: Contract, published: Published, safety: Safety
    ) -> None:
        self._context = context
        self._serve = serve
        self._contract = contract
        self._guard, self._securing = safety
        self._published = published
        self._intake = SoapIntake(context)
        self._header = serve.key.header if serve.key else ""
        self._key = _secret(context, serve.key.secret) if serve.key else None
        self._credentials = _credentials(context, serve.credentials)
        self._in_headers = _credentials(context, serve.header_credentials)
        self._understood = frozenset([*(path[0] for path, _ in self._in_headers), *(["Security"] if safety.guard else [])])

    def doors(self) -> tuple[Door, ...]:
        """Where calls come in and, unless that is switched off, where the WSDL is handed out."""
        path = f"/in/{self._context.system}/{self._serve.path}"
        calls = Door("POST", path, self.handle)
        return (calls, Door("GET", path, self.describe)) if self._serve.publish else (calls,)

    async def describe(self, request: web.Request) -> web.StreamResponse:
        """Hand out the WSDL, or a document that it imports."""
        try:
            text = self._published.document(request)
        except NotPublished as refused:
            self._context.refused(refused.problem.code.id)
            return web.Response(status=refused.status, text=refused.problem.line())
        return web.Response(body=text, headers={"Content-Type": "text/xml; charset=utf-8"})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call. Never raises for a bad one."""
        if self._key is not None and not _same(request.headers.get(self._header), self._key):
            stranger = Refused(Problem(codes.UNAUTHENTICATED, details={"check": self._header, "check_zh": self._header}))
            return self._intake.refuse(version_of(request), stranger)
        return await self._intake.read(request, self._handled)

    async def _handled(self, request: web.Request, body: bytes, version: Version) -> web.StreamResponse:
        """The answer to a body, signed where answers are. What is turned away before its body is read has no signature: nobody
        unknown makes us compute any number of them."""
        securing, now = self._securing, self._context.now
        if securing is None:
            answer, _ = await self._handle_body(request, body, version)
            return answer
        try:
            securing.hold(now())
        except CertificateEnded as error:  # before anything is taken: an answer without a signature is none to the caller
            return self._intake.refuse(version, Refused(Problem(CANNOT_SIGN, details={"what": str(error), "what_zh": error.zh}), "Server", status=503))
        answer, asked = await self._handle_body(request, body, version)
        if isinstance(answer.body, bytes) and answer.body:
            answer.body = (await asyncio.to_thread(securing.secured, answer.body, answer.charset or "utf-8", now(), asked)).body
        return answer

    async def _handle_body(self, request: web.Request, body: bytes, version: Version) -> tuple[web.Response, str]:
        """The answer, and the value of the request's signature."""
        asked = ""
        try:
            if len(body) > SMALL:  # while a large one is read, other doors go on
                envelope = await asyncio.to_thread(opened, body, charset_of(request), self._contract.charset)
            else:
                envelope = opened(body, charset_of(request), self._contract.charset)
            version = envelope.version
            operation = self._contract.called(envelope, _action(request))
            self._understand(envelope, operation)
            if self._guard is not None:
                asked = await asyncio.to_thread(self._guard.verify, envelope, self._context.now())
            wrong = self._not_the_caller(envelope)
            fields = self._fields(envelope, operation) if not wrong else {}
            wrong = wrong or self._wrong_credential(fields)
            record = None if wrong else self._record(fields, operation)
        except Refused as refused:
            return self._intake.refuse(version, refused), asked
        if record is None:
            verdict = unauthenticated(wrong)
            self._context.refused(verdict.code)
        else:
            verdict = await self._context.accept(record)
        return operation.answers.answer(verdict, fields), asked

    def _understand(self, envelope: Envelope, operation: Operation) -> None:
        """Refuse a header that must be understood, is meant for us, and is not known. Headers that the WSDL declares are."""
        known = self._understood | operation.compiled.headers.keys()
        for header in envelope.headers:
            if must_be_understood(header) and _meant_for_us(header) and local(header) not in known:
                problem = Problem(codes.NOT_UNDERSTOOD, details={"found": local(header)[:60]})
                raise Refused(problem, "MustUnderstand", header=_not_understood(header) if envelope.version == "1.2" else "")

    def _not_the_caller(self, envelope: Envelope) -> str:
        """The header that does not verify the caller; "" when all do."""
        for path, secret in self._in_headers:
            if not _same(_text_in(envelope.headers, path), secret):
                return path[0]
        return ""

    def _fields(self, envelope: Envelope, operation: Operation) -> Fields:
        try:
            if operation.alone and len(envelope.body) > 1:
                raise Unfit(local(envelope.body[1]), Want.ABSENT, ("an element beside the call", "调用之外的元素"))
            return operation.compiled.request.read(envelope.body)
        except Unfit as error:
            raise _unfit(operation, error) from None
        except RecursionError:
            raise _unfit(operation, Unfit("", Want.LESS_DEEP)) from None

    def _wrong_credential(self, fields: Fields) -> str:
        """The path of the first credential that is not the secret; "" when all are. They leave the fields."""
        wrong = ""
        for path, secret in self._credentials:
            inside: Any = fields
            for name in path[:-1]:
                inside = inside.get(name) if isinstance(inside, dict) else None
            given = inside.pop(path[-1], None) if isinstance(inside, dict) else None
            if not _same(given, secret):
                wrong = wrong or "/".join(path)
        return wrong

    def _record(self, fields: Fields, operation: Operation) -> Record:
        system, path = self._context.system, operation.told.document
        if path is not None:
            text: Any = fields
            for name in path.split("/"):
                text = text.get(name) if isinstance(text, dict) else None
            if not isinstance(text, str) or not text.strip():
                details = {"operation": operation.compiled.name, "argument": path}
                raise Refused(Problem(codes.NO_ARGUMENT, details=details))
            return Record(system, text.encode("utf-8"), operation.told.kind, "utf-8")
        try:
            self._contract.texts.read(fields)
            return Record(system, orjson.dumps(fields), operation.kind, "utf-8")
        except Unfit as error:
            raise _unfit(operation, error) from None
        except (RecursionError, orjson.JSONEncodeError):
            raise _unfit(operation, Unfit("", Want.LESS_DEEP)) from None


def _unfit(operation: Operation, error: Unfit) -> Refused:
    return Refused(Problem(UNFIT_REQUEST, details={"operation": operation.compiled.name, **error.details()}))


def _secret(context: SystemContext, name: str) -> bytes:
    return context.secrets[name].reveal().encode()


def _credentials(context: SystemContext, named: Mapping[str, str]) -> list[tuple[tuple[str, ...], bytes]]:
    return [(tuple(path.split("/")), _secret(context, name)) for path, name in named.items()]


def _same(given: object, secret: bytes) -> bool:
    text = given if isinstance(given, str) else ""
    return hmac.compare_digest(text.encode("utf-8", "surrogateescape"), secret)


def _text_in(headers: tuple[etree._Element, ...], path: tuple[str, ...]) -> str | None:
    element = next((one for one in headers if local(one) == path[0]), None)
    for name in path[1:]:
        element = find(element, name) if element is not None else None
    return element.text if element is not None else None


def _meant_for_us(header: etree._Element) -> bool:
    said = (value for name, value in header.items() if etree.QName(name).localname in ("actor", "role"))
    return next(said, "").strip() in _AT_US


def _not_understood(header: etree._Element) -> str:
    """What SOAP 1.2 (part 1, 5.4.8) wants said of it."""
    space = etree.QName(header).namespace
    name = f"h:{local(header)}" if space else local(header)
    declared = {"s": SOAP_12, "h": space} if space else {"s": SOAP_12}
    return etree.tostring(etree.Element(f"{{{SOAP_12}}}NotUnderstood", {"qname": name}, declared), encoding="unicode")


def _action(request: web.Request) -> str:
    """The action: a header in SOAP 1.1, a parameter of the content type in 1.2."""
    said = request.headers.get("SOAPAction", "")
    if said.strip("\"' "):
        return said
    return parse_mimetype(request.headers.get("Content-Type", "")).parameters.get("action", "")
