"""The Guangdong exchange names (EX_GDBS_*), as the hall and two of the counties read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong_adapters.simulation.story import Act

KINDS = {
    "case.application": "EX_GDBS_SB", "case.pre_acceptance": "EX_GDBS_WSYSL", "case.acceptance": "EX_GDBS_SL",
    "case.step": "EX_GDBS_SPCL", "case.pause": "EX_GDBS_TBCXSQ", "case.resumption": "EX_GDBS_TBCXJG",
    "case.correction_notice": "EX_GDBS_BJGZ", "case.correction": "EX_GDBS_BJSL",
    "case.finish": "EX_GDBS_BJ", "case.collection": "EX_GDBS_LQDJ",
    "case.material": "EX_GDBS_SBCL",
}

COMMON = {
    "serial.province": "SBLSH", "serial.county": "YWLSH", "item.code": "SXBM", "item.name": "SXMC",
    "region": "XZQHDM", "remark": "BZ",
}
VERSION = "SJBBH"
MATERIALS = "SBCLQD"
CONTENT = "ATTACH_BODY"
"""An attachment's content, in Base64 on one line."""

_HANDLED = {"service.way": "BYZDA", "agent.no": "BYZDB", "agent.name": "BYZDC"}
"""In spare columns, as agreed on."""
UNTOLD = frozenset({"terminal.code", "appointment.no", "appointment.at", "appointment.address"})
"""What has no column, and no spare one left."""

NAMES: Mapping[str, Mapping[str, str]] = {
    "case.application": {
        "applicant.type": "SQRLX", "applicant.name": "SQRMC", "applicant.id_type": "SQRZJLX",
        "applicant.id_no": "SQRZJHM", "contact.name": "LXRXM", "contact.id_no": "LXRSFZJHM",
        "contact.mobile": "LXRSJ", "title": "SBXMMC", "channel": "TJFS", "applied_at": "SBSJ",
        "applied_place": "SBJTWD", "receipt_no": "SBHZH", "materials": MATERIALS,
        "online_channel": "WSSBQD", **_HANDLED, "site.code": "BYZDD",
    },
    "case.pre_acceptance": {
        "org.name": "YSLBMMC", "org.code": "YSLBMZZJGDM", "operator.name": "BLRXM", "operator.no": "BLRGH",
        "outcome": "YSLZTDM", "refusal_reason": "BSLYY", "pre_accepted_at": "YSLSJ",
    },
    "case.acceptance": {
        "org.name": "SLBMMC", "org.code": "SLBMZZJDDM", "operator.name": "BLRXM", "operator.no": "BLRGH",
        "outcome": "SLZTDM", "refusal_reason": "BSLYY", "receipt_no": "SLHZH", "accepted_at": "SLSJ",
        "legal_limit": "GDBLSX", "legal_limit_unit": "GDBLSXDDW", "queue_no": "PDH", "query_password": "CXMM",
        **_HANDLED, "site.code": "BJDTBM", "window.code": "BJCKBM",
    },
    "case.step": {
        "step.code": "SPHJDM", "step.name": "SPHJMC", "org.name": "SPBMMC", "org.code": "SPBMZZJDMD",
        "operator.name": "SPRXM", "step.post": "SPRZWMC", "step.opinion": "SPYJ", "step.at": "SPSJ",
        "step.status": "SPHJZTDM",
    },
    "case.pause": {
        "pause.seq": "XH", "pause.kind": "TBCXZL", "pause.name": "TBCXZLMC", "pause.started_at": "TBCXKSRQ",
        "pause.approver": "TBCXPZR", "pause.reason": "TBCXQDLY", "pause.limit": "TBCXSX",
        "pause.limit_unit": "TBCXSXDW",
    },
    "case.resumption": {
        "pause.seq": "XH", "pause.result": "TBCXJG", "pause.result_at": "JGCSRQ", "pause.ended_at": "TBCXJSRQ",
    },
    "case.correction_notice": {
        "notice.sender": "BZGZFCRXM", "notice.reason": "BZGZYY", "notice.items": "BZCLQD", "notice.at": "BZGZSJ",
    },
    "case.correction": {
        "correction.operator": "BZSLBLRXM", "correction.items": "BZCLQD", "correction.at": "BZSJ",
        "correction.place": "BZSLJTDD",
    },
    "case.finish": {
        "org.name": "BJBMMC", "org.code": "BJBMZZJDDM", "outcome": "BJJGDM", "outcome_text": "BJJGMS",
        "void_reason": "ZFHTHYY", "licence.name": "ZJGZMC", "licence.no": "ZJBH", "fee.amount": "SFJE",
        "fee.currency": "JEDWDM", "finished_at": "BJSJ", **_HANDLED, "site.code": "BYZDD",
    },
    "case.collection": {
        "collector.name": "LQRXM", "collector.id_type": "LQRZJLX", "collector.id_no": "LQRSFZJHM",
        "collection.way": "LQFS", "collected_at": "LQSJ",
    },
    "case.material": {
        "material.seq": "SEQ", "material.name": "CLMC", "material.form": "WJLX", "material.kind": "CLLX",
        "material.count": "CLSL", "attachment.id": "ATTACH_ID", "attachment.name": "ATTACH_NAME",
        "attachment.type": "ATTACH_TYPE", "attachment.body": CONTENT, "attachment.digest": "ATTACH_SIGN",
        "attachment.kept_in": "SAVE_TYPE", "attachment.path": "ATTACH_PATH",
    },
}

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "case.step": ("SPHJDM", "SPSJ"), "case.pause": ("XH",), "case.resumption": ("XH",),
    "case.correction_notice": ("BZGZSJ",), "case.correction": ("BZSJ",),
    "case.material": ("SEQ",),
}

CODES: Mapping[str, Mapping[str, str]] = {
    "SQRLX": {"person": "1", "enterprise": "2"},
    "SQRZJLX": {"identity_card": "111", "credit_code": "810"},
    "LQRZJLX": {"identity_card": "111"},
    "TJFS": {"counter": "0", "online": "1", "other": "8"},
    "WSSBQD": {"terminal": "9"},
    "BYZDA": {"on_site": "1", "agent": "2", "home": "3", "appointment": "4", "assisted": "5", "self": "6"},
    "YSLZTDM": {"passed": "1", "refused": "2", "correction": "3"},
    "SLZTDM": {"accepted": "1", "refused": "2", "correction": "3", "not_competent": "4"},
    "SPHJDM": {"handling": "1", "review": "2", "approval": "3"},
    "SPHJZTDM": {"pending": "1", "passed": "2", "returned": "3", "other": "9"},
    "TBCXZL": {"extension": "A", "statutory": "B"},
    "GDBLSXDDW": {"workday": "G", "day": "Z"},
    "TBCXSXDW": {"workday": "G", "day": "Z"},
    "BJJGDM": {"certificate": "0", "returned": "1", "void": "2", "deleted": "3", "forwarded": "4",
               "no_correction": "5", "finished": "6"},
    "LQFS": {"self": "0", "mail": "1"},
    "WJLX": {"paper": "0", "electronic": "1"},
    "CLLX": {"original": "0", "copy": "1", "electronic": "2"},
    "SAVE_TYPE": {"file": "1", "database": "2"},
}
_TIMES = {
    "SBSJ", "YSLSJ", "SLSJ", "SPSJ", "TBCXKSRQ", "JGCSRQ", "TBCXJSRQ", "BZGZSJ", "BZSJ", "BJSJ", "LQSJ",
}
_MATERIAL_KINDS = {"original": "0", "copy": "1", "electronic": "2"}


def guangdong_fields(act: Act) -> dict[str, str]:
    """The record of *act* by its exchange names, times as `yyyy-MM-dd HH:mm:ss`; materials as `materials_text`
    writes them."""
    names = {**COMMON, **NAMES[act.event]}
    fields = {VERSION: str(act.version)}
    for path, value in act.facts.items():
        if path in UNTOLD:
            continue
        name = names[path]
        fields[name] = materials_text(value) if name == MATERIALS else _text(name, value)
    return fields


def materials_text(materials: list[dict[str, Any]]) -> str:
    """A list of materials on one line, `name|kind|count` with `;` between: the form both sides of the
    comparison are brought to."""
    return ";".join(
        f"{each['name']}|{_MATERIAL_KINDS[each['kind']]}|{each['count']}" for each in materials
    )


def _text(name: str, value: Any) -> str:
    if name in CODES:
        return CODES[name][value]
    if name in _TIMES:
        return str(value).replace("T", " ")
    return str(value)
