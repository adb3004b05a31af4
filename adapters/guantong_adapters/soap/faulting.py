"""Refusing a request in the protocol's manner: as a fault of its version."""

from __future__ import annotations

from aiohttp import web
from lxml import etree

from guantong.problems import Problem
from guantong_adapters.http.intake import Why
from guantong_adapters.soap import codes
from guantong_adapters.soap.framing import content_type, detail_of, fault_around
from guantong_adapters.soap.parse import Version


class Refused(Exception):
    """The request is no call that can be answered in the operation's own terms. `blame` is a code of SOAP 1.1, `subcode` one
    of WS-Security; `header` is what the answer's header says of it."""

    def __init__(
        self, problem: Problem, blame: str = "Client", status: int = 500, header: str = "", subcode: str = ""
    ) -> None:
        self.problem = problem
        self.blame = blame
        self.status = status
        self.header = header
        self.subcode = subcode
        super().__init__(problem.code.id)

    def answer(self, version: Version) -> web.Response:
        """The whole answer."""
        problem = self.problem
        reason = f"{problem.message('zh')} / {problem.message('en')} [{problem.code.id}]"
        detail = detail_of({"code": problem.code.id, "hint": problem.hint("zh")})
        return fault_answer(version, self.blame, reason, detail, status=self.status, header=self.header, subcode=self.subcode)


def fault_answer(
    version: Version, blame: str, reason: str, detail: str, *, status: int = 500, header: str = "", charset: str = "utf-8",
    subcode: str = "",
) -> web.Response:
    """A fault as an answer. *detail* and *header* are XML; HTTP status 500 is 400 for a sender of SOAP 1.2."""
    if version == "1.2" and status == 500 and blame == "Client":
        status = 400
    headers = content_type(version, charset) | ({"Retry-After": "5"} if status == 503 else {})
    text = fault_around(version, blame, reason, detail, header, charset, subcode)
    return web.Response(status=status, body=text.encode(charset), headers=headers)


def not_read(why: Why, limit: int) -> Refused:
    """What is said of a body that was not read."""
    match why:
        case Why.COMPRESSED:
            return Refused(Problem(codes.COMPRESSED), status=415)
        case Why.TOO_LARGE:
            return Refused(Problem(codes.TOO_LARGE, details={"limit": limit}), status=413)
        case Why.INCOMPLETE:
            return Refused(Problem(codes.TRUNCATED), status=400)
        case Why.TOO_SLOW:
            return Refused(Problem(codes.TOO_SLOW), status=408)
        case Why.NO_ROOM:
            return Refused(Problem(codes.NO_ROOM), "Server", status=503)


def must_be_understood(header: etree._Element) -> bool:
    """Whether its sender wants the message refused where this header is not known."""
    return any(
        value.strip() in ("1", "true")
        for name, value in header.items()
        if etree.QName(name).localname == "mustUnderstand"
    )
