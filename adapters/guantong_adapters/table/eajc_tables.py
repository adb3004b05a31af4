"""The supervision tables of a county of the EA_JC family, and acts told in their columns.

Written down from the interface description, apart from the product's mappings. A row is known by its serials,
its version and, where a case has several, its number; SIGNSTATE is how both sides keep count ("0" not yet exchanged).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CHAR,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.mysql import DATETIME

from guantong_adapters.simulation.story import Act

APPLICATIONS = "PRE_APASINFO"
ONSITE_APPLICATIONS = "PRE_APASINFO_OUT"
_APPLICATION = (
    "PROJID DATAVER PROJPWD ITEMNO ITEMVERSION ITEMNAME INFOTYPE REGION_ID APPLYNAME APPLY_CARDTYPE APPLY_CARDTYPENUMBER"
    " LEGALMAN ADDRESS POSTCODE CONTACTMAN CONTACTMAN_CARDTYPE CONTACTMAN_CARDNUMBER TELPHONE PROJECTNAME APPLYFROM"
    " ACCEPTLIST PROJECTSTATE APPROVE_TYPE DEPTID DEPTNAME RECEIVE_USEID RECEIVE_NAME RECEIVETIME DATASTATE CREATE_TIME"
)
_TABLES = {
    APPLICATIONS: _APPLICATION, ONSITE_APPLICATIONS: _APPLICATION,
    "EA_JC_STEP_BASICINFO": (
        "ORGBUSNO PROJID DATAVER STDVER ITEMNO ITEMNAME APPROVALTYPE REGION_ID PROJECTNAME ACCEPTDEPTNAME ACCEPTDEPTID"
        " TRANSACTOR SUBMIT OCCURTIME PROMISETIMELIMIT PROMISETIMEUNIT TIMELIMIT TIMEUNIT PROJPWD APPLICANT"
        " APPLICANTMOBILE ACCEPTLIST"
    ),
    "EA_JC_STEP_PROC": (
        "ORGBUSNO PROJID DATAVER STDVER SN NODENAME NODETYPE NODESTATE NODEPROCER NODEPROCERNAME REGION_ID PROCUNIT"
        " PROCUNITNAME NODESTARTTIME NODEENDTIME NODEADV NODERESULT OCCURTIME"
    ),
    "EA_JC_STEP_SPECIALNODE": (
        "ORGBUSNO PROJID DATAVER STDVER SN NODENAME NODERESULT REGION_ID PROCERNAME NODEPROCACCORD NODEPROCADV"
        " NODESTARTTIME NODEENDTIME"
    ),
    "EA_JC_STEP_DONE": (
        "ORGBUSNO PROJID DATAVER STDVER REGION_ID DONERESULT EXITRES RESULTCETRNAME CERTIFICATENO ISFEE FEE TRANSACTOR"
        " OCCURTIME"
    ),
}
_NUMBERED = frozenset({"EA_JC_STEP_PROC", "EA_JC_STEP_SPECIALNODE"})
_LONG = frozenset({"NODEADV", "NODEPROCACCORD", "NODEPROCADV", "EXITRES", "ACCEPTLIST"})
_CONTROL = ("SIGNSTATE", "SIGNNOTE", "MAKETIME")

_OF_EVENT = {
    "case.application": ONSITE_APPLICATIONS, "case.acceptance": "EA_JC_STEP_BASICINFO", "case.step": "EA_JC_STEP_PROC",
    "case.resumption": "EA_JC_STEP_SPECIALNODE", "case.finish": "EA_JC_STEP_DONE",
}
_SERIALS = {"serial.province": "PROJID", "serial.county": "ORGBUSNO", "region": "REGION_ID"}
_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "case.application": {
        "serial.province": "PROJID", "region": "REGION_ID", "item.code": "ITEMNO", "item.name": "ITEMNAME",
        "item.kind": "INFOTYPE", "applicant.name": "APPLYNAME", "applicant.id_no": "APPLY_CARDTYPENUMBER",
        "contact.name": "CONTACTMAN", "contact.mobile": "TELPHONE", "title": "PROJECTNAME", "channel": "APPLYFROM",
        "applied_at": "RECEIVETIME",
    },
    "case.acceptance": {
        **_SERIALS, "item.code": "ITEMNO", "item.name": "ITEMNAME", "item.kind": "APPROVALTYPE", "title": "PROJECTNAME",
        "org.name": "ACCEPTDEPTNAME", "org.code": "ACCEPTDEPTID", "operator.name": "TRANSACTOR", "channel": "SUBMIT",
        "accepted_at": "OCCURTIME", "promised_limit": "PROMISETIMELIMIT", "legal_limit": "TIMELIMIT",
    },
    "case.step": {
        **_SERIALS, "step.name": "NODENAME", "step.code": "NODETYPE", "operator.name": "NODEPROCERNAME",
        "org.name": "PROCUNITNAME", "org.code": "PROCUNIT", "step.at": "NODEENDTIME", "step.opinion": "NODEADV",
        "step.status": "NODERESULT", "step.group_no": "SN",
    },
    "case.resumption": {
        **_SERIALS, "pause.seq": "SN", "pause.name": "NODENAME", "pause.started_at": "NODESTARTTIME",
        "pause.ended_at": "NODEENDTIME", "pause.reason": "NODEPROCACCORD", "pause.result": "NODEPROCADV",
    },
    "case.finish": {
        **_SERIALS, "outcome": "DONERESULT", "licence.name": "RESULTCETRNAME", "licence.no": "CERTIFICATENO",
        "fee.amount": "FEE", "operator.name": "TRANSACTOR", "finished_at": "OCCURTIME",
    },
}
_CODES = {
    "immediate": "1", "promised": "2", "counter": "0", "online": "1", "handling": "1", "review": "2", "approval": "3",
    "passed": "1", "certificate": "0",
}
_FIXED = {
    "case.application": {"DATASTATE": "1"},
    "case.acceptance": {"PROMISETIMEUNIT": "1", "TIMEUNIT": "g", "STDVER": "1"},
    "case.step": {"NODESTATE": "02", "STDVER": "1"},
    "case.resumption": {"NODERESULT": "5", "STDVER": "1"},
    "case.finish": {"ISFEE": "0", "STDVER": "1"},
}


def make_tables() -> dict[str, Table]:
    """All tables by name, on one new metadata."""
    metadata = MetaData()
    return {name: _table(metadata, name, columns.split()) for name, columns in _TABLES.items()}


def _table(metadata: MetaData, name: str, columns: list[str]) -> Table:
    key: list[str] = [each for each in ("ORGBUSNO", "PROJID", "DATAVER") if each in columns]
    key += ["SN"] if name in _NUMBERED else []
    moment = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
    return Table(
        name, metadata, *(Column(each, _type(each), nullable=each not in key) for each in columns),
        Column("SIGNSTATE", CHAR(2), nullable=False, server_default="0"), Column("SIGNNOTE", String(500)),
        Column("MAKETIME", moment), PrimaryKeyConstraint(*key), Index(f"IX_{name}_SIGN", "SIGNSTATE", "MAKETIME"),
        mysql_engine="InnoDB", mysql_charset="utf8mb4",
    )


def _type(name: str) -> Any:
    if name in ("DATAVER", "SN"):
        return Integer()
    return Text() if name in _LONG else String(64) if name in ("ORGBUSNO", "PROJID") else String(200)


def row_of(act: Act) -> tuple[str, dict[str, str | None]]:
    """The table an act is told in, and its columns."""
    row: dict[str, str | None] = {
        column: _text(act.facts[path]) for path, column in _COLUMNS[act.event].items() if path in act.facts
    }
    return _OF_EVENT[act.event], {**row, **_FIXED[act.event], "DATAVER": str(act.version)}


def _text(value: Any) -> str:
    text = str(value)
    return text.replace("T", " ") if text[4:5] == "-" and text[10:11] == "T" else _CODES.get(text, text)
