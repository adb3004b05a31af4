"""Calls made as a WSDL says: records become envelopes, answers become records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

from guantong.problems import Problem, ProblemsError
from guantong.record import Fields, Outgoing, Reply
from guantong.secret import Secret
from guantong_adapters.soap.asking import Asking
from guantong_adapters.soap.calls.message import CompiledOperation
from guantong_adapters.soap.calls.unfit import Unfit, Want
from guantong_adapters.soap.framing import BODY, CLOSING, content_type, opening
from guantong_adapters.soap.headers import Headers, compile_headers
from guantong_adapters.soap.inner import InnerTexts
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.supplying import Supply, supply
from guantong_adapters.soap.written import Check
from guantong_adapters.soap.wsdl.choose import choose_port, unknown_name, unknown_status_call
from guantong_adapters.soap.wsdl.codes import NO_OPERATION, NOT_JSON, UNFIT
from guantong_adapters.soap.wsdl.model import Description
from guantong_adapters.soap.wsdlreply import read_reply


class Call(NamedTuple):
    """One operation as this system wants it called: the envelope up to its header, the header, HTTP headers."""

    operation: CompiledOperation
    before: str
    headers: Headers
    http: Mapping[str, str]


class WsdlCalls:
    """The calls of one system. Operations are compiled when they are first called, or by `prepare`."""

    def __init__(self, settings: SoapSettings, secrets: Mapping[str, Secret], description: Description) -> None:
        self._settings = settings
        self._secrets = secrets
        self._types = description.types
        self._port = choose_port(description, settings.service, settings.port, settings.version)
        self._known = {one.name: one for one in self._port.operations}
        if settings.operation is not None and settings.operation not in self._known:
            raise ProblemsError([unknown_name("operation", settings.operation, list(self._known))])
        if settings.query is not None and settings.query.operation not in self._known:
            raise ProblemsError([unknown_status_call(settings.query.operation, list(self._known))])
        self._only = only_operation(settings, self._known)
        self._asking = Asking(settings.query, secrets) if settings.query is not None else None
        self._calls: dict[str, Call] = {}
        self._texts = InnerTexts(settings.texts, settings.charset)
        self._parameters = [
            (tuple(path.split("/")), supply(one, secrets)) for path, one in settings.parameters.items()
        ]

    def prepare(self) -> None:
        """Compile what will be called for sure, so that what is wrong with it is told now. Raises
        `ProblemsError`."""
        asked = [self._settings.query.operation] if self._settings.query is not None else []
        for name in [self._only, *asked] if self._only else list(self._known):
            self._call(name)

    def write(self, sending: Sending) -> tuple[bytes, Call]:
        """The call that carries a record. Raises `ProblemsError` for a record that does not fit."""
        call = self._call(self._named(sending.outgoing))
        operation = call.operation
        fields = _fields(sending.outgoing.body)
        try:
            for path, give in self._parameters:
                _place(fields, path, give, sending)
            self._texts.written(fields)
            content = operation.request.write(fields)
        except Unfit as error:
            raise _unfit(operation, error) from None
        return self._enveloped(call, content, sending), call

    def ask(self, sending: Sending) -> tuple[bytes, Call]:
        """The status call about a record. Raises `ProblemsError` where the record lacks what it asks by."""
        assert self._asking is not None  # noqa: S101  asked only where the settings say how
        call = self._call(self._asking.operation)
        fields: Fields = {}
        try:
            for path, give in self._asking.arguments:
                _place(fields, tuple(path.split("/")), give, sending)
            self._texts.written(fields)
            content = call.operation.request.write(fields)
        except Unfit as error:
            raise _unfit(call.operation, error) from None
        return self._enveloped(call, content, sending), call

    def _enveloped(self, call: Call, content: str, sending: Sending) -> bytes:
        return f"{call.before}{call.headers(sending)}{BODY}{content}{CLOSING}".encode(self._settings.charset)

    def read(self, call: Call, reply: Reply, *, check: Check | None = None) -> Reply:
        """The answer to a call as a record in JSON. Raises what *check* does."""
        return read_reply(reply, call.operation, self._texts, self._settings.charset, check)

    def _named(self, outgoing: Outgoing) -> str:
        named = operation_of(self._settings, self._known, outgoing.kind)
        if named is None:
            raise ProblemsError([no_operation(outgoing.kind, self._known)])
        return named

    def _call(self, name: str) -> Call:
        call = self._calls.get(name)
        if call is None:
            call = self._calls[name] = self._compiled(name)
        return call

    def _compiled(self, name: str) -> Call:
        settings, version = self._settings, self._port.version
        operation = CompiledOperation(self._known[name], self._types, version)
        namespace = operation.request.element[1:].partition("}")[0] if operation.request.element.startswith("{") else ""
        headers = compile_headers(settings.soap_headers, self._secrets, namespace, operation.headers)
        before = opening(version, settings.charset).removesuffix(BODY)
        asked = settings.query.soap_action if settings.query is not None and settings.query.operation == name else ""
        action = asked or settings.soap_action or operation.action
        return Call(operation, before, headers, content_type(version, settings.charset, action))


def only_operation(settings: SoapSettings, known: Collection[str]) -> str | None:
    """The operation that every record calls: the one named, or the only one beside the status call; None where records name theirs."""
    sending = [name for name in known if settings.query is None or name != settings.query.operation]
    return settings.operation or (sending[0] if len(sending) == 1 else None)


def operation_of(settings: SoapSettings, known: Collection[str], kind: str) -> str | None:
    """The operation that a record of *kind* calls; None where there is none."""
    if settings.operation is None and kind in known:
        return kind
    return only_operation(settings, known)


def no_operation(kind: str, known: Collection[str]) -> Problem:
    """That no operation is for records of *kind*."""
    return Problem(NO_OPERATION, details={"kind": kind, "known": ", ".join(sorted(known))})


def _unfit(operation: CompiledOperation, error: Unfit) -> ProblemsError:
    details = {"operation": operation.name, **error.details()}
    return ProblemsError([Problem(UNFIT, path="/".join(error.path), details=details)])


def _fields(body: bytes) -> Fields:
    try:
        fields: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise ProblemsError([Problem(NOT_JSON)])
    return fields


def _place(fields: Fields, path: tuple[str, ...], give: Supply, sending: Sending) -> None:
    """Put a supplied value at *path*, where the record has none. Raises `Unfit` where it has one."""
    for name in path[:-1]:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            raise Unfit("/".join(path), Want.OBJECT, ("something else", "其他内容"))
        fields = inner
    if path[-1] in fields:
        raise Unfit("/".join(path), Want.ABSENT_SUPPLIED, ("a value of the mapping", "字段映射给出的值"))
    fields[path[-1]] = give(sending)
