"""The positional fields of the supervision platform: one basic record a case, one line a happening."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guantong_adapters.simulation.story import Act

BASIC, LOG = "basicDataSubmit", "logDataSubmit"

NOBODY = "-"
NOTHING = "无"

_APPLICANTS = {"person": "1", "enterprise": "2"}
_CHANNELS = {"counter": "0", "online": "1", "other": "8"}

_TIME = {
    "case.pre_acceptance": "pre_accepted_at", "case.acceptance": "accepted_at", "case.step": "step.at",
    "case.pause": "pause.started_at", "case.resumption": "pause.ended_at",
    "case.correction_notice": "notice.at", "case.correction": "correction.at",
    "case.finish": "finished_at", "case.collection": "collected_at",
}
_OPERATOR = {
    "case.pre_acceptance": "operator.name", "case.acceptance": "operator.name", "case.step": "operator.name",
    "case.pause": "pause.approver", "case.correction_notice": "notice.sender",
    "case.correction": "correction.operator", "case.collection": "collector.name",
}
_REASON = {
    "case.pre_acceptance": "refusal_reason", "case.acceptance": "refusal_reason", "case.step": "step.opinion",
    "case.pause": "pause.reason", "case.resumption": "pause.result", "case.correction_notice": "notice.reason",
    "case.correction": "correction.items", "case.finish": "outcome_text",
}
_STEP = {
    "case.pre_acceptance": "网上预受理", "case.acceptance": "受理", "case.pause": "特别程序申请",
    "case.resumption": "特别程序结果", "case.correction_notice": "补正告知", "case.correction": "补正受理",
    "case.finish": "办结", "case.collection": "领取登记",
}
_NAME = {
    "case.pre_acceptance": "WSYSL", "case.acceptance": "SL", "case.step": "SPCL", "case.pause": "TBCXSQ",
    "case.resumption": "TBCXJG", "case.correction_notice": "BJGZ", "case.correction": "BJSL",
    "case.finish": "BJ", "case.collection": "LQDJ",
}
_ACCEPTED = {"accepted": "受理", "refused": "不予受理", "correction": "补正"}
_PRE_ACCEPTED = {"passed": "预受理", "refused": "不予受理", "correction": "补正"}
_HANDLED = {"passed": "已审核", "returned": "退回"}
_STATUS: dict[str, Callable[[dict[str, Any]], str]] = {
    "case.pre_acceptance": lambda facts: _PRE_ACCEPTED[facts["outcome"]],
    "case.acceptance": lambda facts: _ACCEPTED[facts["outcome"]],
    "case.step": lambda facts: _HANDLED[facts["step.status"]],
    "case.pause": lambda _facts: "暂停",
    "case.resumption": lambda _facts: "恢复",
    "case.correction_notice": lambda _facts: "补正告知",
    "case.correction": lambda _facts: "补正受理",
    "case.finish": lambda _facts: "办结",
    "case.collection": lambda _facts: "领取",
}


def supervision_fields(act: Act) -> tuple[str, dict[str, str]]:
    """The kind (msgName) and the positional fields of *act*, without the empty ones."""
    kind, values = (BASIC, _basic(act)) if act.event == "case.application" else (LOG, _log(act))
    return kind, {f"field_{number}": value for number, value in enumerate(values, start=1) if value}


def _basic(act: Act) -> list[str]:
    facts = act.facts
    return [
        facts.get("serial.province", ""), facts.get("serial.county", ""), facts["item.code"],
        facts["item.name"], facts["region"], _APPLICANTS[facts["applicant.type"]], facts["applicant.name"],
        facts["applicant.id_no"], facts["contact.name"], facts["contact.mobile"], _digits(facts["applied_at"]),
        _CHANNELS[facts["channel"]], str(act.version), facts["title"],
    ]


def _log(act: Act) -> list[str]:
    facts = act.facts
    return [
        _digits(facts[_TIME[act.event]]),
        facts.get(_OPERATOR.get(act.event, ""), NOBODY),
        _STATUS[act.event](facts),
        facts.get(_REASON.get(act.event, ""), NOTHING),
        facts["step.name"] if act.event == "case.step" else _STEP[act.event],
        facts.get("serial.province", ""), facts.get("serial.county", ""),
        _NAME[act.event], str(facts.get("pause.seq", "")), str(act.version),
    ]


def _digits(time: str) -> str:
    """`2014-07-15T10:30:00` as `20140715103000`."""
    return "".join(character for character in time if character.isdigit())
