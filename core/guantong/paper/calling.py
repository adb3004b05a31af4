"""How a vendor calls our doors, told in the interface specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from guantong.config.configuration import System
from guantong.openapi.description import DoorDescription


def calling(system: System) -> list[tuple[str, str]]:
    """What is agreed on and what it is, of every door of *system*; nothing where it does not call us."""
    doors = system.adapter.describe(system.id, system.settings)
    return [*system.adapter.calling(system.settings), *(line for door in doors for line in _told(door))]


def _told(door: DoorDescription) -> Iterator[tuple[str, str]]:
    yield "请求", f"{door.method}，{'、'.join(door.media) or '内容类型不限'}"
    sealed = f"，以 {door.sealed} 加密" if door.sealed else ""
    yield "报文位置", (f"表单字段 {door.field}" if door.field else "请求体") + sealed
    if door.proof is not None:
        options = "、".join(f"{name} {value}" for name, value in door.proof.options.items())
        yield "身份", f"{door.proof.scheme}{f'（{options}）' if options else ''}"
    if door.keys:
        yield "身份", f"表单字段 {'、'.join(door.keys)}"
    for answer in door.answers:
        yield f"应答：{answer.zh}", f"HTTP {answer.status}，{answer.media}：{_shown(answer.example)}"


def _shown(example: Any) -> str:
    return example if isinstance(example, str) else orjson.dumps(example).decode()
