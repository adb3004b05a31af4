"""Hand-made stories and the ledgers that would answer them without a fault."""

from __future__ import annotations

import base64
from hashlib import md5
from typing import Any

import orjson

from guantong_adapters.simulation.ledger import Effect
from guantong_adapters.simulation.story import Act, Channel, Story
from guantong_plugins.demo.books import Books, Entry, Given

PROVINCE = "10000010100699202811407150001"
MINTED = "10000010100699202811407159001"
COUNTY = "RC20140715-0001"

ITEM = {"item.code": "10000010100699202813445202", "item.name": "个体工商户设立登记", "region": "445202"}
APPLICATION: dict[str, Any] = ITEM | {
    "applicant.type": "person", "applicant.name": "陈䶮", "applicant.id_type": "identity_card",
    "applicant.id_no": "44520219700101001X", "contact.name": "陈䶮", "contact.mobile": "19900000001",
    "title": "设立登记申请", "channel": "online", "applied_at": "2014-07-15T10:30:00",
    "materials": [{"name": "申请书", "kind": "original", "count": 2}],
}
ACCEPTANCE: dict[str, Any] = ITEM | {
    "operator.name": "林佳", "outcome": "accepted", "accepted_at": "2014-07-15T11:00:00", "legal_limit": 15,
    "legal_limit_unit": "workday",
}
STEP: dict[str, Any] = ITEM | {
    "step.code": "review", "step.name": "审核", "operator.name": "黄伟", "step.opinion": "同意",
    "step.at": "2014-07-16T09:00:00", "step.status": "passed",
}
FINISH: dict[str, Any] = ITEM | {
    "outcome": "certificate", "outcome_text": "准予", "finished_at": "2014-07-17T09:00:00", "fee.amount": "120.50",
}
MATERIAL: dict[str, Any] = ITEM | {
    "material.seq": 1, "material.name": "身份证", "material.form": "electronic", "material.kind": "electronic", "material.count": 1,
    "attachment.id": "FJ0000000101", "attachment.name": "身份证.pdf", "attachment.type": "pdf", "attachment.kept_in": "database",
    "attachment.body": base64.b64encode(b"%PDF-1.4\n123").decode(),
    "attachment.digest": md5(b"%PDF-1.4\n123", usedforsecurity=False).hexdigest(),
}


def story(channel: Channel, *acts: Act, county: str = "rongcheng") -> Story:
    """A story of *acts*; their facts get the serials each sender knows."""
    province = "" if channel == "onsite" else PROVINCE
    told = []
    for act in acts:
        serials = {"serial.province": province} if province else {}
        if not (channel == "online" and act.event == "case.application"):
            serials["serial.county"] = COUNTY
        told.append(Act(act.event, serials | act.facts, act.version, act.quirks))
    return Story(1, county, channel, province, COUNTY, tuple(told))


def ledgers(books: Books) -> dict[str, list[Effect]]:
    """The ledgers in which everything the books ask for took effect once, in order."""
    made: dict[str, list[Effect]] = {}
    for seq, entry in enumerate(books.entries, start=1):
        made.setdefault(entry.system, []).append(_effect(seq, entry))
    return made


def _effect(seq: int, entry: Entry) -> Effect:
    fields: dict[str, str | None] = {"BYZDA": "", "BYZDB": None}
    for name, value in entry.fields.items():
        if value is Given.MINTED:
            fields[name] = f"{MINTED[:25]}{entry.case[-4:]}"
        elif name in ("SBCLQD", "materials"):
            fields[name] = _materials(value)
        else:
            fields[name] = value
    return Effect(
        seq=seq, kind=entry.kind, key=(str(seq),), fields=fields, version=str(entry.version),
        at="2014-07-15T02:30:00.000Z", repeats=0, altered=0,
    )


def _materials(text: str) -> str:
    """The materials as a system keeps them: a JSON list, all values texts."""
    names = ("CLMC", "CLLX", "CLSL")
    return orjson.dumps([dict(zip(names, each.split("|"), strict=True)) for each in text.split(";")]).decode()
