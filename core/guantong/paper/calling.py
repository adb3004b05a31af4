"""How a vendor calls our doors, told in the interface specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from guantong.config.configuration import System
from guantong.openapi.description import DoorDescription
from guantong.scheme import SchemeChoice
from guantong.signer import SignerSpec

Proof = Callable[[SchemeChoice], str]
"""What a request carries that a signature scheme proves, in words."""


def proof_of(signers: Mapping[str, SignerSpec]) -> Proof:
    """Told by the *signers* that are installed."""

    def told(choice: SchemeChoice) -> str:
        spec = signers.get(choice.scheme)
        options = "、".join(f"{name} {value}" for name, value in choice.options.items())
        said = f"{choice.scheme}{f'（{options}）' if options else ''}"
        if spec is None:
            return said
        carried = "；".join(_carried(one) for one in spec.describe(choice).values())
        standard = f"，{spec.standard}" if spec.standard else ""
        return f"{said}：{spec.title_zh}{standard}" + (f"。{carried}" if carried else "")

    return told


def _carried(scheme: Mapping[str, str]) -> str:
    """One OpenAPI Security Scheme."""
    if scheme.get("type") == "http":
        return f"请求头 Authorization: {scheme['scheme'].capitalize()} …"
    return f"请求头 {scheme.get('name', '')}" + (f"（{scheme['description']}）" if scheme.get("description") else "")


def calling(system: System, proof: Proof) -> list[tuple[str, str]]:
    """What is agreed on and what it is, of every door of *system*; nothing where it does not call us."""
    doors = system.adapter.describe(system.id, system.settings)
    return [*system.adapter.calling(system.settings), *(line for door in doors for line in _told(door, proof))]


def _told(door: DoorDescription, proof: Proof) -> Iterator[tuple[str, str]]:
    yield "请求", f"{door.method}，{'、'.join(door.media) or '内容类型不限'}"
    sealed = f"，以 {door.sealed} 加密" if door.sealed else ""
    yield "报文位置", (f"表单字段 {door.field}" if door.field else "请求体") + sealed
    if door.proof is not None:
        yield "身份", proof(door.proof)
    if door.keys:
        yield "身份", f"表单字段 {'、'.join(door.keys)}"
    for answer in door.answers:
        yield f"应答：{answer.zh}", f"HTTP {answer.status}，{answer.media}：{_shown(answer.example)}"


def _shown(example: Any) -> str:
    return example if isinstance(example, str) else orjson.dumps(example).decode()
