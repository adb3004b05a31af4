"""What comes in at a SOAP door, whichever door it is: read within bounds, opened, refused as a fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web
from lxml import etree

from guantong.adapter import SystemContext
from guantong.problems import Problem
from guantong.xmlbounds import LONGEST, MOST_LEVELS, Bound
from guantong_adapters.http.intake import Intake, NotRead
from guantong_adapters.http.parameters import media_type
from guantong_adapters.soap import codes
from guantong_adapters.soap.faulting import Refused, not_read
from guantong_adapters.soap.parse import (
    DoctypeRefused,
    Envelope,
    NotEnvelope,
    NotXml,
    TooMuch,
    Version,
    envelope,
)

Answering: TypeAlias = Callable[[web.Request, bytes, Version], Awaitable[web.StreamResponse]]


class SoapIntake:
    """Reads the calls that come to one door."""

    def __init__(self, context: SystemContext) -> None:
        self._context = context
        self._intake = Intake(context.body_limit)

    async def read(self, request: web.Request, answering: Answering) -> web.StreamResponse:
        """Have *answering* answer the body of a call; one that could not be read is answered with a fault."""
        try:
            body = await self._intake.read(request)
        except NotRead as error:
            return self.refuse(version_of(request), not_read(error.why, self._context.body_limit))
        try:
            async with self._intake.turn(body):
                return await answering(request, body, version_of(request))
        finally:
            self._intake.done(body)

    def refuse(self, version: Version, refused: Refused) -> web.Response:
        """Answer with the fault of a refusal, and have it journaled."""
        self._context.refused(refused.problem.code.id)
        return refused.answer(version)


def version_of(request: web.Request) -> Version:
    """As far as the headers tell; the envelope knows better."""
    return "1.2" if media_type(request) == "application/soap+xml" else "1.1"


def envelope_of(parsing: Callable[[], etree._Element]) -> Envelope:
    """The envelope that *parsing* finds. Raises `Refused` for what is none."""
    try:
        return envelope(parsing())
    except TooMuch as error:
        if error.bound is Bound.DEPTH:
            raise Refused(Problem(codes.TOO_DEEP, details={"limit": MOST_LEVELS, "line": error.line})) from None
        raise Refused(Problem(codes.TOO_LONG, details={"limit": LONGEST, "line": error.line})) from None
    except NotXml as error:
        raise Refused(Problem(codes.NOT_XML, details={"line": error.line, "column": error.column})) from None
    except DoctypeRefused:
        raise Refused(Problem(codes.DOCTYPE)) from None
    except NotEnvelope as error:
        blame = "VersionMismatch" if error.found == "Envelope" else "Client"
        raise Refused(Problem(codes.NOT_ENVELOPE, details={"found": error.found[:60]}), blame) from None
