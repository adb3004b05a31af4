"""What a sender is told, in its own system's manner; everything constant is written beforehand."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from xml.sax.saxutils import escape

import orjson
from aiohttp import web

from guantong.problems import Code, Problem
from guantong.record import Acceptance, Verdict
from guantong_adapters.http.whole import WholeResponse
from guantong_adapters.rest import codes
from guantong_adapters.rest.parts import PLACEHOLDER
from guantong_adapters.rest.serving import Replies, Texts

Answer = Callable[[Verdict], web.Response]

_JSON = "application/json"
_STATUS = {
    codes.UNAUTHENTICATED.id: 401, codes.TOO_LARGE.id: 413, codes.COMPRESSED.id: 415, codes.WRONG_TYPE.id: 415,
    codes.INCOMPLETE.id: 400, codes.TOO_SLOW.id: 408, codes.NO_FORM_FIELD.id: 400, codes.NOT_A_FORM.id: 400,
    codes.NOT_SEALED.id: 400,
}
_MALFORMED = "GT3"
"""Codecs' problems: the body is not what its wire form should be. Any other refusal is of what it says."""

_COME_AGAIN = {"Retry-After": "5"}


def refusal(code: Code, **details: object) -> Verdict:
    """The verdict of a door that turns a request away itself."""
    problem = Problem(code, details=details)
    return Verdict(Acceptance.REFUSED, 0, code.id, problem.message("en"), problem.message("zh"))


def status_of(verdict: Verdict) -> int:
    """The HTTP status that says how *verdict*, a refusal, came about."""
    if verdict.again:
        return 503
    return _STATUS.get(verdict.code) or (400 if verdict.code.startswith(_MALFORMED) else 422)


def taken_answer(replies: Replies) -> Answer:
    """The function that answers what was taken."""
    if replies.texts is not None:
        return _in_words(replies.texts, replies.texts.taken)
    parts = orjson.dumps(replies.ok).split(b"{message}")
    if len(parts) == 1:
        constant = parts[0]
        return lambda _: WholeResponse(body=constant, content_type=_JSON)
    return lambda verdict: WholeResponse(body=str(verdict.message).encode().join(parts), content_type=_JSON)


def refused_answer(replies: Replies) -> Answer:
    """The function that answers what was refused."""
    if replies.texts is not None:
        return _in_words(replies.texts, replies.texts.refused)
    return _plain if replies.refusal == "plain" else _problem


def _in_words(texts: Texts, template: str) -> Answer:
    said = escape if "xml" in texts.content_type else str
    headers = {"Content-Type": texts.content_type}

    def answer(verdict: Verdict) -> web.Response:
        status = 200 if verdict.taken else status_of(verdict)
        values = {
            "message": str(verdict.message), "status": str(status), "code": verdict.code, "reason": said(verdict.reason),
            "reason_zh": said(verdict.reason_zh or verdict.reason),
        }
        body = PLACEHOLDER.sub(lambda found: values[found[1]], verdict.template(template)).encode()
        again = _COME_AGAIN if status == 503 else {}
        return web.Response(status=status, body=body, headers={**headers, **again})

    return answer


def _problem(verdict: Verdict) -> web.Response:
    status = status_of(verdict)
    body = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": verdict.code,
        "detail": verdict.reason, "detail_zh": verdict.reason_zh,
    }
    return _answer(status, orjson.dumps(body), "application/problem+json")


def _plain(verdict: Verdict) -> web.Response:
    body = {"code": verdict.code, "msg": verdict.reason_zh or verdict.reason}
    return _answer(status_of(verdict), orjson.dumps(body), _JSON)


def _answer(status: int, body: bytes, content_type: str) -> web.Response:
    headers = _COME_AGAIN if status == 503 else None
    return web.Response(status=status, body=body, content_type=content_type, headers=headers)
