"""What a ledger holds, brought to the form of the books, and how to speak of it without giving it away."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import orjson
from lxml import etree

from guantong_adapters.simulation.ledger import Effect

_MATERIALS = {"SBCLQD", "materials"}
_MATERIAL_FIELDS = (("CLMC", "name"), ("CLLX", "kind"), ("CLSL", "count"))
_CONTENT = "ATTACH_BODY"
_OPEN = {
    "SBLSH", "YWLSH", "SJBBH", "SXBM", "XZQHDM", "XH", "SPHJDM", "SPHJZTDM", "YSLZTDM", "SLZTDM", "BJJGDM",
    "TBCXZL", "GDBLSX", "GDBLSXDDW", "TBCXSX", "TBCXSXDW", "SQRLX", "SQRZJLX", "TJFS", "WSSBQD", "BYZDA", "BYZDB", "BYZDD", "BJDTBM", "BJCKBM", "LQFS", "LQRZJLX", "SFJE",
    "JEDWDM", "SBSJ", "YSLSJ", "SLSJ", "SPSJ", "TBCXKSRQ", "JGCSRQ", "TBCXJSRQ", "BZGZSJ", "BZSJ", "BJSJ", "LQSJ",
    "applyNo", "bizNo", "ver", "itemCode", "regionCode", "applicantType", "idType", "submitWay", "applyTime",
    "SEQ", "WJLX", "CLLX", "CLSL", "ATTACH_ID", "ATTACH_TYPE", "ATTACH_SIGN", "SAVE_TYPE",
}
"""Fields whose values say nothing about a person."""


def seen_fields(_system: str, effect: Effect) -> dict[str, str]:
    """The fields of *effect* that are not empty; a list of materials as `name|kind|count;…`."""
    fields = {}
    for name, value in effect.fields.items():
        if value is not None and value != "":
            fields[name] = _materials(value) if name in _MATERIALS else str(value)
    return fields


def describe(name: str, value: str) -> str:
    """*value* of field *name* in a message: as it is when it says nothing about a person, else its length; of an
    attachment's content also its MD5."""
    if not value:
        return "nothing"
    if name == _CONTENT:
        return _content(value)
    return value if name in _OPEN else f"a text of {len(value)}"


def _materials(value: str) -> str:
    """A list of materials out of the JSON or the inner XML in which a system keeps it."""
    items: list[dict[str, Any]]
    if value.lstrip().startswith("<"):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(value.encode(), parser)
        items = [{child.tag: child.text for child in each} for each in root.iter("CL")]
    else:
        items = orjson.loads(value)
    return ";".join("|".join(_either(item, names) for names in _MATERIAL_FIELDS) for item in items)


def _content(value: str) -> str:
    try:
        content = base64.b64decode(value, validate=True)
    except binascii.Error:
        return f"a text of {len(value)} that is no Base64"
    return f"{len(content)} bytes with the MD5 {hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def _either(item: dict[str, Any], names: tuple[str, str]) -> str:
    return next((str(item[name]) for name in names if item.get(name) is not None), "")
