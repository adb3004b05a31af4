"""The small home with materials: a county sends attachments as Base64, the hall takes them inside its record, the watch
without."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tests.journey.home import FIELDS, system
from tests.journey.home import FILES as PLAIN

EVENT = """
event: case.material
title: {zh: 材料, en: Material}
subject: case
identity: [material.seq]
include: _case
fields:
  material.seq: {type: text, label: {zh: 序号, en: Number}, required: true}
  attachment.name: {type: text, label: {zh: 文件名, en: Name}, personal: personal, mask: all}
  attachment.type: {type: text, label: {zh: 类型, en: Type}}
  attachment.digest: {type: text, label: {zh: 校验值, en: Digest}}
  attachment.body: {type: blob, label: {zh: 内容, en: Content}, personal: sensitive, mask: all}
"""
RULES = f"""
event: case.material
record: material
fields:{FIELDS}  material.seq: seq
  attachment.name: name
  attachment.type: kind
  attachment.digest: md5
"""
CITY = 'name: {zh: 市}\nregion: "445200"\nsystems:\n' + system("portal", "portal") + system("hall", "hall", "minting") + system(
    "watch", "watch", "watching")
FILES = {
    "config/city.yaml": CITY,
    "mappings/canonical/events/case.material.yaml": EVENT,
    "mappings/plain/case.material.yaml": f"{RULES}  attachment.body: file\nin:\n  attachment.body: {{empty: 无}}\n",
    "mappings/watching/dialect.yaml": PLAIN["mappings/plain/dialect.yaml"].replace("dialect: plain", "dialect: watching"),
    "mappings/watching/case.application.yaml": PLAIN["mappings/plain/case.application.yaml"],
    "mappings/watching/case.step.yaml": PLAIN["mappings/plain/case.step.yaml"],
    "mappings/watching/case.material.yaml": f"{RULES}ignored: [file]\n",
}
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40


def material(content: bytes | str | None = PDF, seq: str = "1", no: str = "P1", **more: Any) -> dict[str, Any]:
    """A material as a county sends it; a text goes as it is."""
    if isinstance(content, bytes):
        more.setdefault("md5", md5(content))
        content = b64(content)
    body = {} if content is None else {"file": content}
    return {"type": "material", "no": no, "title": f"材料{seq}", "seq": seq, **body, **more}


def b64(content: bytes) -> str:
    """Base64 as an encoder writes it."""
    return base64.b64encode(content).decode()


def md5(content: bytes) -> str:
    """As interfaces check transfers by."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
