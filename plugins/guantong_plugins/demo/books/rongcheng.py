"""The flat camelCase names of Rongcheng's interface. Only applications go there."""

from __future__ import annotations

from guantong_adapters.simulation.story import Act

KIND = "application"
MATERIALS = "materials"

_NAMES = {
    "serial.province": "applyNo", "serial.county": "bizNo", "item.code": "itemCode", "item.name": "itemName",
    "region": "regionCode", "remark": "memo",
    "applicant.type": "applicantType", "applicant.name": "applicantName", "applicant.id_type": "idType",
    "applicant.id_no": "idNo", "contact.name": "contactName", "contact.id_no": "contactIdNo",
    "contact.mobile": "contactMobile", "title": "projectName", "channel": "submitWay",
    "applied_at": "applyTime", "applied_place": "applySite", "receipt_no": "receiptNo",
    "materials": MATERIALS,
}
_CODES = {
    "applicantType": {"person": "P", "enterprise": "E"},
    "idType": {"identity_card": "01", "credit_code": "08"},
    "submitWay": {"counter": "window", "online": "web"},
}
_MATERIAL_KINDS = {"original": "original", "copy": "copy", "electronic": "electronic"}


def rongcheng_fields(act: Act) -> dict[str, str]:
    """An application by Rongcheng's names; its materials on one line, `name|kind|count` with `;` between."""
    fields = {"ver": str(act.version)}
    for path, value in act.facts.items():
        name = _NAMES[path]
        if name == MATERIALS:
            fields[name] = ";".join(
                f"{each['name']}|{_MATERIAL_KINDS[each['kind']]}|{each['count']}" for each in value
            )
        elif name == "applyTime":
            fields[name] = str(value).replace("T", " ")
        else:
            fields[name] = _CODES[name][value] if name in _CODES else str(value)
    return fields
