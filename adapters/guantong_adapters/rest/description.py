"""The doors of REST systems as their descriptions tell them."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

import orjson

from guantong.journey.codes import UNKNOWN_KIND
from guantong.openapi.description import DoorAnswer, DoorDescription
from guantong.problems import Code
from guantong.record import Acceptance, Verdict
from guantong_adapters.rest import codes
from guantong_adapters.rest.answers import refusal, refused_answer, status_of, taken_answer
from guantong_adapters.rest.settings import RestSettings

_REFUSALS = (
    (codes.INCOMPLETE, "the body broke off, or cannot be read", "报文中断或无法解析"),
    (UNKNOWN_KIND, "the record is of no kind we know, or says what it may not", "报文类型未知或内容不符，逐项说明"),
    (codes.UNAUTHENTICATED, "the sender is not proven", "身份未通过验证"),
    (codes.TOO_SLOW, "the body did not come in time", "报文体未在限时内到齐"),
    (codes.TOO_LARGE, "the body is larger than we take", "报文超过长度上限"),
    (codes.WRONG_TYPE, "the content type is another", "内容类型不符"),
    (codes.NO_ROOM, "come again later; Retry-After says when", "暂时繁忙，请按 Retry-After 稍后重报"),
)
_VERDICT = Verdict(Acceptance.ROUTED, 1)


def describe(system: str, settings: RestSettings) -> Sequence[DoorDescription]:
    """The door of *system*, where it calls us."""
    receive = settings.receive
    if receive is None:
        return ()
    taken = taken_answer(receive.replies)(_VERDICT)
    answers = [DoorAnswer(200, taken.content_type, _json(taken.body), "taken, and durable here", "已接收并落盘")]
    refused = refused_answer(receive.replies)
    for code, en, zh in _REFUSALS:
        verdict = refusal(code, **dict.fromkeys(_named(code), "…"))
        verdict = verdict._replace(again=code is codes.NO_ROOM)
        answer = refused(verdict)
        answers.append(DoorAnswer(status_of(verdict), answer.content_type, _json(answer.body), en, zh))
    return (DoorDescription(
        receive.method, f"/in/{system}/{receive.path}", answers, receive.auth.signer,
        (receive.auth.form.field,) if receive.auth.form else (), receive.accepts, receive.field,
        receive.cipher.scheme if receive.cipher else "",
    ),)


def _named(code: Code) -> set[str]:
    """What the texts of a problem say of a request: left open in an example."""
    texts = (code.en, code.zh, code.hint_en, code.hint_zh)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def _json(body: Any) -> Any:
    """An answer's body as an example: JSON as it is, words as text."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return bytes(body).decode("utf-8", "replace")
