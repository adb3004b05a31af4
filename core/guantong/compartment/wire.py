"""What crosses the wire to a compartment: the values of the adapter's border, as JSON and back.

Bytes are Base64. An attachment does not cross by its content but by the path of a file that holds it, which may be read
until the call has ended. What comes from the other side is not trusted: anything that is not as said here raises
`WireError`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.adapter import Awaited, Mark, Polled, Receipt
from guantong.record import (
    NOTHING,
    Acceptance,
    Answer,
    NotSent,
    Outgoing,
    Oversized,
    Record,
    Reply,
    Unsure,
    Verdict,
)

Json = dict[str, Any]
_ENDS: Mapping[str, type[NotSent | Unsure]] = {"not_sent": NotSent, "unsure": Unsure, "oversized": Oversized}


class WireError(Exception):
    """What came over the wire is not as agreed; the text says where and how, and quotes no value."""


def outgoing_to(outgoing: Outgoing) -> Json:
    """`Outgoing` without its attachments."""
    return {"delivery": outgoing.delivery, "attempt": outgoing.attempt, "event": outgoing.event, "kind": outgoing.kind,
            "body": _packed(outgoing.body), "fields": outgoing.fields, "key": outgoing.key, "timeout": outgoing.timeout}


def outgoing_from(told: Any) -> Outgoing:
    """What `outgoing_to` wrote. Raises `WireError`, as do all that read."""
    return Outgoing(_whole(told, "delivery"), _whole(told, "attempt"), _text(told, "event"), _text(told, "kind"),
                    _bytes(told, "body"), _object(told, "fields"), _text(told, "key"), _number(told, "timeout"))


def answer_to(answer: Answer) -> Json:
    """How a sending or a question ended."""
    if isinstance(answer, Reply):
        return {"end": "reply", "body": _packed(answer.body), "meta": dict(answer.meta)}
    end = next(name for name, kind in _ENDS.items() if type(answer) is kind)
    return {"end": end, "reason": answer.reason, "reason_zh": answer.reason_zh}


def answer_from(told: Any) -> Answer:
    """What `answer_to` wrote."""
    end = _text(told, "end")
    if end == "reply":
        return Reply(_bytes(told, "body"), _texts(told, "meta"))
    if end not in _ENDS:
        raise WireError(f"`end` is one of reply, {', '.join(_ENDS)}")
    return _ENDS[end](_text(told, "reason"), _text(told, "reason_zh", ""))


def record_to(record: Record) -> Json:
    """A record without the contents beside it; its system is known to both sides."""
    return {"body": _packed(record.body), "kind": record.kind, "charset": record.charset, "ref": record.ref,
            "meta": dict(record.meta)}


def record_from(system: str, told: Any) -> Record:
    """What `record_to` wrote, as a record of *system*."""
    return Record(system, _bytes(told, "body"), _text(told, "kind", None), _text(told, "charset", None),
                  _text(told, "ref", None), _texts(told, "meta"))


def verdict_to(verdict: Verdict) -> Json:
    """What became of a record."""
    return {"acceptance": str(verdict.acceptance), "message": verdict.message, "code": verdict.code,
            "reason": verdict.reason, "reason_zh": verdict.reason_zh, "again": verdict.again}


def verdict_from(told: Any) -> Verdict:
    """What `verdict_to` wrote."""
    try:
        acceptance = Acceptance(_text(told, "acceptance"))
    except ValueError as error:
        raise WireError(f"`acceptance` is one of {', '.join(Acceptance)}") from error
    return Verdict(acceptance, _whole(told, "message", 0), _text(told, "code", "") or "", _text(told, "reason", "") or "",
                   _text(told, "reason_zh", "") or "", _object(told).get("again") is True)


def marks_to(marks: Sequence[Mark]) -> list[Json]:
    """What became of polled records."""
    return [{"ref": mark.ref, "verdict": verdict_to(mark.verdict)} for mark in marks]


def marks_from(told: Any) -> list[Mark]:
    """What `marks_to` wrote."""
    return [Mark(_text(one, "ref"), verdict_from(_object(one, "verdict"))) for one in _list(told)]


def polled_to(polled: Polled) -> Json:
    """One batch that was read."""
    return {"records": [record_to(record) for record in polled.records], "cursor": polled.cursor,
            "refused": marks_to(polled.refused)}


def polled_from(system: str, told: Any) -> Polled:
    """What `polled_to` wrote, its records those of *system*."""
    return Polled([record_from(system, one) for one in _list(_object(told).get("records"))], _text(told, "cursor"),
                  marks_from(_object(told).get("refused", [])))


def awaited_to(awaited: Sequence[Awaited]) -> list[Json]:
    """Deliveries whose receipts are looked for."""
    return [{"delivery": one.delivery, "kind": one.kind, "key": one.key, "fields": one.fields} for one in awaited]


def awaited_from(told: Any) -> list[Awaited]:
    """What `awaited_to` wrote."""
    return [Awaited(_whole(one, "delivery"), _text(one, "kind"), _text(one, "key"), _object(one, "fields"))
            for one in _list(told)]


def receipts_to(receipts: Sequence[Receipt]) -> list[Json]:
    """What was found of them."""
    return [{"delivery": one.delivery, "confirmed": one.confirmed, "reason": one.reason} for one in receipts]


def receipts_from(told: Any) -> list[Receipt]:
    """What `receipts_to` wrote."""
    return [Receipt(_whole(one, "delivery"), _object(one).get("confirmed") is True, _text(one, "reason", "") or "")
            for one in _list(told)]


def _packed(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")


def _object(told: Any, key: str = "") -> Json:
    found = told[key] if key and isinstance(told, dict) and key in told else None if key else told
    if not isinstance(found, dict):
        raise WireError(f"`{key}` is an object" if key else "an object is expected")
    return found


def _list(told: Any) -> list[Any]:
    if not isinstance(told, list):
        raise WireError("a list is expected")
    return told


_MUST: Any = object()


def _text(told: Any, key: str, otherwise: Any = _MUST) -> Any:
    found = _object(told).get(key, otherwise)
    if found is _MUST or (not isinstance(found, str) and found is not otherwise):
        raise WireError(f"`{key}` is a text")
    return found


def _whole(told: Any, key: str, otherwise: Any = _MUST) -> int:
    found = _object(told).get(key, otherwise)
    if isinstance(found, bool) or not isinstance(found, int):
        raise WireError(f"`{key}` is a whole number")
    return found


def _number(told: Any, key: str) -> float:
    found = _object(told).get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise WireError(f"`{key}` is a number")
    return float(found)


def _bytes(told: Any, key: str) -> bytes:
    try:
        return base64.b64decode(_text(told, key), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WireError(f"`{key}` is Base64") from error


def _texts(told: Any, key: str) -> Mapping[str, str]:
    found = _object(told).get(key)
    if found is None:
        return NOTHING
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise WireError(f"`{key}` is an object of texts")
    return found
