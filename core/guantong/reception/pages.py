"""What is answered where no system's own manner applies: RFC 9457 problems that quote nothing."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from aiohttp import web

from guantong.problems import Code, Problem
from guantong.reception import codes

_CODES = {400: codes.NOT_HTTP, 404: codes.NO_DOOR, 405: codes.WRONG_METHOD}


def code_of(status: int) -> Code:
    """Why a request was refused with *status*."""
    return _CODES.get(status) or (codes.DOOR_FAILED if status >= 500 else codes.NOT_MET)


def problem_page(status: int, headers: dict[str, str] | None = None, code: Code | None = None) -> web.Response:
    """The answer for *status*, with more *headers*; *code* says why, unless the status does."""
    problem = Problem(code or code_of(status))
    body = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": problem.code.id,
        "detail": f"{problem.message('en')}; {problem.hint('en')}",
        "detail_zh": f"{problem.message('zh')}；{problem.hint('zh')}",
    }
    return web.Response(status=status, body=orjson.dumps(body), headers=headers, content_type="application/problem+json")
