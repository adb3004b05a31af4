"""Acts told in the columns of the Guangdong exchange tables (EX_GDBS_*), with their sources' habits.

Written down from the interface description, apart from the product's mappings: the other side has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from guantong_adapters.simulation.habits import written_time
from guantong_adapters.simulation.story import Act

Column: TypeAlias = str | list[dict[str, str]] | None

TABLES = {
    "case.application": "EX_GDBS_SB",
    "case.pre_acceptance": "EX_GDBS_WSYSL",
    "case.acceptance": "EX_GDBS_SL",
    "case.step": "EX_GDBS_SPCL",
    "case.pause": "EX_GDBS_TBCXSQ",
    "case.resumption": "EX_GDBS_TBCXJG",
    "case.correction_notice": "EX_GDBS_BJGZ",
    "case.correction": "EX_GDBS_BJSL",
    "case.finish": "EX_GDBS_BJ",
    "case.collection": "EX_GDBS_LQDJ",
    "case.material": "EX_GDBS_SBCL",
}
CARD, WITHDRAWN, REPLY = "EX_GDBS_YJ", "EX_GDBS_CP", "EX_GDBS_ZGHF"
"""Cards, cards taken back and replies: no part of the specification, agreed on with the counties that take them."""

CONTENT = "ATTACH_BODY"
"""The column of a material's attachment: its content in Base64."""

_COMMON = {
    "serial.province": "SBLSH", "serial.county": "YWLSH", "item.code": "SXBM", "item.name": "SXMC",
    "region": "XZQHDM", "remark": "BZ",
}
_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "EX_GDBS_SB": {
        "applicant.type": "SQRLX", "applicant.name": "SQRMC", "applicant.id_type": "SQRZJLX",
        "applicant.id_no": "SQRZJHM", "contact.name": "LXRXM", "contact.id_no": "LXRSFZJHM",
        "contact.mobile": "LXRSJ", "title": "SBXMMC", "materials": "SBCLQD", "channel": "TJFS",
        "online_channel": "WSSBQD", "receipt_no": "SBHZH", "applied_at": "SBSJ", "applied_place": "SBJTWD",
    },
    "EX_GDBS_WSYSL": {
        "org.name": "YSLBMMC", "org.code": "YSLBMZZJGDM", "operator.name": "BLRXM", "operator.no": "BLRGH",
        "outcome": "YSLZTDM", "refusal_reason": "BSLYY", "pre_accepted_at": "YSLSJ",
    },
    "EX_GDBS_SL": {
        "org.name": "SLBMMC", "org.code": "SLBMZZJDDM", "operator.name": "BLRXM", "operator.no": "BLRGH",
        "outcome": "SLZTDM", "refusal_reason": "BSLYY", "receipt_no": "SLHZH", "accepted_at": "SLSJ",
        "query_password": "CXMM", "legal_limit": "GDBLSX", "legal_limit_unit": "GDBLSXDDW", "queue_no": "PDH",
        "site.code": "BJDTBM", "window.code": "BJCKBM",
    },
    "EX_GDBS_SPCL": {
        "step.code": "SPHJDM", "step.name": "SPHJMC", "org.name": "SPBMMC", "org.code": "SPBMZZJDMD",
        "operator.name": "SPRXM", "step.post": "SPRZWMC", "step.opinion": "SPYJ", "step.at": "SPSJ",
        "step.status": "SPHJZTDM",
    },
    "EX_GDBS_TBCXSQ": {
        "pause.seq": "XH", "pause.kind": "TBCXZL", "pause.name": "TBCXZLMC", "pause.started_at": "TBCXKSRQ",
        "pause.approver": "TBCXPZR", "pause.reason": "TBCXQDLY", "pause.limit": "TBCXSX",
        "pause.limit_unit": "TBCXSXDW",
    },
    "EX_GDBS_TBCXJG": {
        "pause.seq": "XH", "pause.result": "TBCXJG", "pause.result_at": "JGCSRQ", "pause.ended_at": "TBCXJSRQ",
    },
    "EX_GDBS_BJGZ": {
        "notice.sender": "BZGZFCRXM", "notice.reason": "BZGZYY", "notice.items": "BZCLQD", "notice.at": "BZGZSJ",
    },
    "EX_GDBS_BJSL": {
        "correction.operator": "BZSLBLRXM", "correction.items": "BZCLQD", "correction.at": "BZSJ",
        "correction.place": "BZSLJTDD",
    },
    "EX_GDBS_BJ": {
        "org.name": "BJBMMC", "org.code": "BJBMZZJDDM", "outcome": "BJJGDM", "outcome_text": "BJJGMS",
        "void_reason": "ZFHTHYY", "licence.name": "ZJGZMC", "licence.no": "ZJBH", "fee.amount": "SFJE",
        "fee.currency": "JEDWDM", "finished_at": "BJSJ",
    },
    "EX_GDBS_LQDJ": {
        "collector.name": "LQRXM", "collector.id_type": "LQRZJLX", "collector.id_no": "LQRSFZJHM",
        "collection.way": "LQFS", "collected_at": "LQSJ",
    },
    "EX_GDBS_SBCL": {
        "material.seq": "SEQ", "material.name": "CLMC", "material.form": "WJLX", "material.kind": "CLLX",
        "material.count": "CLSL", "attachment.id": "ATTACH_ID", "attachment.name": "ATTACH_NAME",
        "attachment.type": "ATTACH_TYPE", "attachment.body": CONTENT, "attachment.digest": "ATTACH_SIGN",
        "attachment.kept_in": "SAVE_TYPE", "attachment.path": "ATTACH_PATH",
    },
    REPLY: {
        "alert.no": "JCBH", "reply.text": "ZGQK", "reply.at": "HFSJ", "operator.name": "HFRXM", "org.name": "HFBMMC",
        "org.code": "HFBMZZJGDM",
    },
}
_AGENT_AND_WAY = {"service.way": "BYZDA", "agent.no": "BYZDB", "agent.name": "BYZDC"}
_SPARE: Mapping[str, Mapping[str, str]] = {
    "EX_GDBS_SB": {**_AGENT_AND_WAY, "site.code": "BYZDD"},
    "EX_GDBS_SL": _AGENT_AND_WAY,
    "EX_GDBS_BJ": {**_AGENT_AND_WAY, "site.code": "BYZDD"},
}
"""What some counties tell in spare columns, as agreed on: the specification has no columns for it."""
_UNITS = {"workday": "G", "day": "Z"}
_IDENTITY = {"identity_card": "111", "passport": "414", "credit_code": "810"}
_MATERIAL_KINDS = {"original": "0", "copy": "1", "electronic": "2"}
_CODES: Mapping[str, Mapping[str, str]] = {
    "SQRLX": {"person": "1", "enterprise": "2", "other": "3"},
    "SQRZJLX": _IDENTITY,
    "LQRZJLX": _IDENTITY,
    "TJFS": {"counter": "0", "online": "1", "other": "8"},
    "WSSBQD": {"terminal": "9"},
    "BYZDA": {"on_site": "1", "agent": "2", "home": "3", "appointment": "4", "assisted": "5", "self": "6"},
    "YSLZTDM": {"passed": "1", "refused": "2", "correction": "3"},
    "SLZTDM": {"accepted": "1", "refused": "2", "correction": "3", "not_competent": "4"},
    "SPHJDM": {"handling": "1", "review": "2", "approval": "3"},
    "SPHJZTDM": {"pending": "1", "passed": "2", "returned": "3", "other": "9"},
    "TBCXZL": {"extension": "A", "statutory": "B"},
    "GDBLSXDDW": _UNITS,
    "TBCXSXDW": _UNITS,
    "BJJGDM": {
        "certificate": "0", "returned": "1", "void": "2", "deleted": "3", "forwarded": "4",
        "no_correction": "5", "finished": "6",
    },
    "LQFS": {"self": "0", "mail": "1"},
    "WJLX": {"paper": "0", "electronic": "1"},
    "CLLX": _MATERIAL_KINDS,
    "SAVE_TYPE": {"net_disk": "0", "file": "1", "database": "2"},
}
_TIMES = frozenset({
    "SBSJ", "YSLSJ", "SLSJ", "SPSJ", "TBCXKSRQ", "JGCSRQ", "TBCXJSRQ", "BZGZSJ", "BZSJ", "BJSJ", "LQSJ", "HFSJ",
})
_EMPTY: Mapping[str, str | None] = {"text": "", "null": None, "word": "null"}

_KEYS: Mapping[str, tuple[str, ...]] = {
    "EX_GDBS_SPCL": ("SPHJDM", "SPSJ"),
    "EX_GDBS_TBCXSQ": ("XH",),
    "EX_GDBS_TBCXJG": ("XH",),
    "EX_GDBS_BJGZ": ("BZGZSJ",),
    "EX_GDBS_BJSL": ("BZSJ",),
    "EX_GDBS_SBCL": ("SEQ",),
}


def table_of(act: Act) -> str:
    """The table that takes *act*."""
    return REPLY if act.event == "alert.reply" else TABLES[act.event]


def key_columns(table: str) -> tuple[str, ...]:
    """The columns that, with serial and version, tell one row of *table* from another."""
    return _KEYS.get(table, ())


def columns(act: Act, *, spare: bool = False) -> dict[str, Column]:
    """*act* as a row of its table: texts by column, the materials as a list of rows; how it was handled and by which
    agent where the *spare* columns are agreed on. With the quirk `empty` the columns nothing is known of are sent all the
    same, as that quirk says."""
    table = table_of(act)
    names = {**_COMMON, **_COLUMNS[table], **(_SPARE.get(table, {}) if spare else {})}
    row: dict[str, Column] = {}
    for path, name in names.items():
        if path in act.facts:
            row[name] = _column(name, act.facts[path], act.quirks.get("dates"))
        elif "empty" in act.quirks and name != "SBCLQD":
            row[name] = _EMPTY[act.quirks["empty"]]
    row["SJBBH"] = str(act.version)
    return row


def element(name: str, value: Column) -> str:
    """A column as an XML element, the materials as elements `CL` inside; nothing for no value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"<{name}>{escape(value)}</{name}>"
    items = ("".join(element(inner, text) for inner, text in each.items()) for each in value)
    return f"<{name}>{''.join(f'<CL>{item}</CL>' for item in items)}</{name}>"


def _column(name: str, value: Any, dates: str | None) -> Column:
    if name == "SBCLQD":
        return [
            {"CLMC": each["name"], "CLLX": _MATERIAL_KINDS.get(each["kind"], each["kind"]), "CLSL": str(each["count"])}
            for each in value
        ]
    text = str(value)
    if name in _TIMES:
        return written_time(text, dates)
    return _CODES.get(name, {}).get(text, text)
