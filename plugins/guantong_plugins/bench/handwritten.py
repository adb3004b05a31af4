"""The baseline of `bench mapping`: the bench's two mappings as a programmer would write them, for this one record.

Nothing is looked for twice, nothing is optional, nothing is remembered: what is missing raises `KeyError`, what is
no date `ValueError`. Dates are read by `fromisoformat`, the quickest way the language has.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

_CHANNEL = {"WIN": "counter", "WEB": "online", "SELF": "kiosk", "APP": "phone"}
_STATUS = {"01": "received", "02": "accepted", "03": "review", "04": "finished", "05": "refused"}
_APPLICANT = {"1": "person", "2": "enterprise", "3": "other"}
_CERTIFICATE = {"111": "identity_card", "414": "passport", "516": "permit"}
_GENDER = {"1": "male", "2": "female", "9": "unknown"}
_MATERIAL = {"1": "original", "2": "copy", "3": "electronic"}

_CHANNEL_OUT = {"counter": "3", "online": "2", "kiosk": "4", "phone": "1"}
_STATUS_OUT = {"received": "RECEIVED", "accepted": "ACCEPTED", "review": "REVIEW", "finished": "DONE", "refused": "REJECTED"}
_APPLICANT_OUT = {"person": "PERSON", "enterprise": "LEGAL", "other": "OTHER"}
_CERTIFICATE_OUT = {"identity_card": "IDCARD", "passport": "PASSPORT", "permit": "HKMO"}
_GENDER_OUT = {"male": "M", "female": "F", "unknown": "U"}
_MATERIAL_OUT = {"original": "ORIGINAL", "copy": "COPY", "electronic": "ELECTRONIC"}


def _compact(text: str) -> str:
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}").isoformat() + "+08:00"


def read(record: dict[str, Any]) -> dict[str, Any]:
    """The canonical values of a decoded record of `bench-portal`."""
    applicant, agent = record["applicant"], record["agent"]
    return {
        "serial.province": record["applyNo"].strip(),
        "version": int(record["ver"]),
        "sent_at": _compact(record["sentAt"]),
        "batch_no": record["batchNo"],
        "item.code": record["itemCode"],
        "item.name": record["itemName"].strip(),
        "region": record["regionCode"],
        "org.code": record["deptCode"],
        "org.name": record["deptName"].strip(),
        "title": record["projectName"],
        "channel": _CHANNEL[record["channel"]],
        "status": _STATUS[record["status"]],
        "urgent": record["urgency"] == "1",
        "applied_at": datetime.fromisoformat(record["applyTime"]).isoformat() + "+08:00",
        "promised_days": int(record["promiseDays"]),
        "due_on": date.fromisoformat(record["dueDate"]).isoformat(),
        "fee.amount": str(Decimal(record["fee"])),
        "receipt_no": record["receiptNo"],
        "applicant.type": _APPLICANT[applicant["type"]],
        "applicant.name": applicant["name"].strip(),
        "applicant.id_type": _CERTIFICATE[applicant["certType"]],
        "applicant.id_no": applicant["certNo"],
        "applicant.gender": _GENDER.get(applicant["gender"], "unknown"),
        "applicant.born_on": date.fromisoformat(applicant["birth"]).isoformat(),
        "applicant.mobile": applicant["mobile"] or applicant["phone"],
        "applicant.address": applicant["address"],
        "applicant.postcode": applicant["postcode"],
        "agent.name": agent["name"].strip(),
        "agent.id_no": agent["certNo"],
        "agent.mobile": agent["mobile"],
        "remark": record["memo"].strip(),
        "materials": [
            {
                "code": one["code"],
                "name": one["name"].strip(),
                "kind": _MATERIAL[one["type"]],
                "copies": int(one["copies"]),
                "file.id": one["fileId"],
                "file.name": one["fileName"],
                "file.size": int(one["size"]),
                "file.digest": one["digest"],
                "uploaded_at": _compact(one["uploadTime"]),
            }
            for one in record["materials"]
        ],
    }


def write(values: dict[str, Any]) -> dict[str, Any]:
    """The record of `bench-county`, numbers as numbers, as JSON takes them."""
    applied = values["applied_at"]
    return {
        "CaseNo": values["serial.province"],
        "Ver": values["version"],
        "SentAt": values["sent_at"],
        "Batch": values["batch_no"],
        "Item": {"Code": values["item.code"], "Name": values["item.name"]},
        "Region": values["region"],
        "Org": {"Code": values["org.code"], "Name": values["org.name"]},
        "Title": values["title"],
        "Channel": _CHANNEL_OUT[values["channel"]],
        "Status": _STATUS_OUT[values["status"]],
        "Urgent": "1" if values["urgent"] else "0",
        "AppliedAt": f"{applied[:10]} {applied[11:19]}",
        "LimitDays": values["promised_days"],
        "DueOn": values["due_on"],
        "Fee": values["fee.amount"],
        "Receipt": values["receipt_no"],
        "Person": {
            "Kind": _APPLICANT_OUT[values["applicant.type"]],
            "Name": values["applicant.name"],
            "IdType": _CERTIFICATE_OUT[values["applicant.id_type"]],
            "IdNo": values["applicant.id_no"],
            "Sex": _GENDER_OUT[values["applicant.gender"]],
            "Birth": values["applicant.born_on"],
            "Tel": values["applicant.mobile"],
            "Address": values["applicant.address"],
            "Zip": values["applicant.postcode"],
        },
        "Agent": {"Name": values["agent.name"], "IdNo": values["agent.id_no"], "Tel": values["agent.mobile"]},
        "Remark": values["remark"] or "无",
        "Materials": [
            {
                "Code": one["code"],
                "Name": one["name"],
                "Kind": _MATERIAL_OUT[one["kind"]],
                "Copies": one["copies"],
                "FileId": one["file.id"],
                "File": one["file.name"],
                "Size": one["file.size"],
                "Digest": one["file.digest"],
                "At": one["uploaded_at"],
            }
            for one in values["materials"]
        ],
    }
