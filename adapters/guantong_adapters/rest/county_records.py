"""The records of the simulated REST county: its own flat names and codes, and its habits of writing.

Written down from the interface's description, apart from the product's mappings: the other side has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from guantong_adapters.simulation.habits import written_time
from guantong_adapters.simulation.story import Act

_COMMON = {
    "serial.province": "applyNo", "serial.county": "bizNo", "item.code": "itemCode", "item.name": "itemName",
    "region": "regionCode", "remark": "memo",
}
_BUREAU = {"org.name": "orgName", "org.code": "orgCode"}
_OPERATOR = {"operator.name": "operatorName", "operator.no": "operatorNo"}
_HANDLED = {"site.code": "siteCode", "service.way": "serviceWay", "agent.name": "agentName", "agent.no": "agentNo"}
_TYPES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "case.application": ("application", {
        "applicant.type": "applicantType", "applicant.name": "applicantName", "applicant.id_type": "idType",
        "applicant.id_no": "idNo", "contact.name": "contactName", "contact.id_no": "contactIdNo",
        "contact.mobile": "contactMobile", "title": "projectName", "channel": "submitWay",
        "applied_at": "applyTime", "applied_place": "applySite", "receipt_no": "receiptNo", "materials": "materials",
        **_HANDLED, "online_channel": "webChannel", "terminal.code": "terminalNo", "appointment.no": "bookingNo",
        "appointment.at": "bookingTime", "appointment.address": "visitAddress",
    }),
    "case.pre_acceptance": ("preAccept", {
        **_BUREAU, **_OPERATOR, "outcome": "result", "refusal_reason": "reason", "pre_accepted_at": "time",
    }),
    "case.acceptance": ("accept", {
        **_BUREAU, **_OPERATOR, "outcome": "result", "refusal_reason": "reason", "receipt_no": "receiptNo",
        "accepted_at": "time", "legal_limit": "legalLimit", "legal_limit_unit": "legalLimitUnit",
        "queue_no": "queueNo", "query_password": "queryCode", **_HANDLED, "window.code": "windowNo",
    }),
    "case.step": ("step", {
        **_BUREAU, "operator.name": "operatorName", "step.code": "stepCode", "step.name": "stepName",
        "step.post": "post", "step.opinion": "opinion", "step.at": "time", "step.status": "status",
    }),
    "case.pause": ("suspend", {
        "pause.seq": "seq", "pause.kind": "kind", "pause.name": "kindName", "pause.started_at": "startTime",
        "pause.approver": "approver", "pause.reason": "reason", "pause.limit": "limit",
        "pause.limit_unit": "limitUnit",
    }),
    "case.resumption": ("resume", {
        "pause.seq": "seq", "pause.result": "result", "pause.result_at": "resultTime", "pause.ended_at": "endTime",
    }),
    "case.correction_notice": ("correctionNotice", {
        "notice.sender": "sender", "notice.reason": "reason", "notice.items": "items", "notice.at": "time",
    }),
    "case.correction": ("correction", {
        "correction.operator": "operatorName", "correction.items": "items", "correction.at": "time",
        "correction.place": "place",
    }),
    "case.finish": ("finish", {
        **_BUREAU, "outcome": "result", "outcome_text": "resultText", "void_reason": "voidReason",
        "licence.name": "licenceName", "licence.no": "licenceNo", "fee.amount": "fee", "fee.currency": "currency",
        "finished_at": "time", **_HANDLED,
    }),
    "case.collection": ("collect", {
        "collector.name": "collectorName", "collector.id_type": "idType", "collector.id_no": "idNo",
        "collection.way": "way", "collected_at": "time",
    }),
    "alert.reply": ("rectification", {
        **_BUREAU, "operator.name": "operatorName", "alert.no": "alertNo", "reply.text": "content", "reply.at": "time",
    }),
}
_IDENTITY = {"identity_card": "01", "passport": "03", "credit_code": "08"}
_CODES: Mapping[str, Mapping[str, str]] = {
    "applicant.type": {"person": "P", "enterprise": "E", "other": "O"},
    "applicant.id_type": _IDENTITY,
    "collector.id_type": _IDENTITY,
    "channel": {"counter": "window", "online": "web"},
    "service.way": {"on_site": "window", "home": "visit", "appointment": "booking", "assisted": "assist"},
    "step.code": {"handling": "1", "review": "2", "approval": "3"},
    "step.status": {"pending": "todo", "passed": "pass", "returned": "back"},
    "outcome": {"not_competent": "notCompetent", "no_correction": "noCorrection"},
}
_PRE_ACCEPTANCE = {"passed": "pass", "refused": "refuse", "correction": "correct"}
_TIMES = frozenset({"time", "applyTime", "bookingTime", "startTime", "resultTime", "endTime"})
_NUMBERS = frozenset({"legalLimit", "seq", "limit", "fee"})
_EMPTY: Mapping[str, str | None] = {"text": "", "null": None, "word": "null"}


def document(act: Act) -> bytes:
    """*act* as this county sends it: counts and money as JSON numbers, everything else as text. With the
    quirk `empty` the fields nothing is known of are sent all the same, as that quirk says."""
    kind, own = _TYPES[act.event]
    record: dict[str, Any] = {"type": kind}
    for path, name in {**_COMMON, **own}.items():
        if path in act.facts:
            record[name] = _value(act, path, name)
        elif "empty" in act.quirks and name != "materials":
            record[name] = _EMPTY[act.quirks["empty"]]
    record["ver"] = act.version
    return orjson.dumps(record)


def _value(act: Act, path: str, name: str) -> Any:
    fact = act.facts[path]
    if name == "materials":
        return [{"name": each["name"], "kind": each["kind"], "count": each["count"]} for each in fact]
    text = str(fact)
    if name in _TIMES:
        return written_time(text, act.quirks.get("dates"))
    if name in _NUMBERS:
        return orjson.Fragment(text)
    codes = _PRE_ACCEPTANCE if (act.event, path) == ("case.pre_acceptance", "outcome") else _CODES.get(path, {})
    return codes.get(text, text)


def kept_fields(record: Mapping[str, Any]) -> dict[str, str | None]:
    """A received record as the county files it: texts by name, its lists as JSON."""
    return {
        name: value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in record.items()
    }
