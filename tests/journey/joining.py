"""A home where a pause comes in two messages and the hall takes both as one row."""

from __future__ import annotations

from typing import Any

from tests.journey.home import FIELDS
from tests.journey.world import HALL, World

LABEL = "label: {zh: 名, en: name}"
COMMON = f"subject: case\nidentity: [pause.seq]\ninclude: _case\nfields:\n  pause.seq: {{type: integer, {LABEL}}}\n"
PAUSE = (f"event: case.pause\ntitle: {{zh: 特别程序申请, en: Pause}}\n{COMMON}"
         f"  pause.reason: {{type: text, {LABEL}}}\n")
RESUMPTION = (f"event: case.resumption\ntitle: {{zh: 特别程序结果, en: Resumption}}\n{COMMON}"
              f"  pause.result: {{type: text, {LABEL}}}\n")
OUT = """
out:
  seq: pause.seq
  title: title
  version: version
  reason: pause.reason
  result: pause.result
"""


def joins(emit: str, on: str = "[pause.seq]", out: str = OUT) -> str:
    """The hall's mapping."""
    return f"record: {{out: special}}\njoin: {{events: [case.pause, case.resumption], on: {on}, emit: {emit}}}\n{out}"


def files(emit: str = "complete", out: str = OUT, routes: str = "") -> dict[str, str]:
    """What to add to the home."""
    given = {
        "mappings/canonical/events/case.pause.yaml": PAUSE,
        "mappings/canonical/events/case.resumption.yaml": RESUMPTION,
        "mappings/plain/case.pause.yaml":
            f"event: case.pause\nrecord: pause\nfields:{FIELDS}  pause.seq: seq\n  pause.reason: reason\n",
        "mappings/plain/case.resumption.yaml":
            f"event: case.resumption\nrecord: resume\nfields:{FIELDS}  pause.seq: seq\n  pause.result: result\n",
        "mappings/minting/dialect.yaml": "dialect: minting\ntitle: {zh: 厅, en: Minting}\n"
            "codec: {in: json, out: json, reply: json}\noptions: {in: {kind_field: type}, out: {kind_field: type}}\n",
        "mappings/minting/case.application.yaml": f"event: case.application\nrecord: apply\nfields:{FIELDS}",
        "mappings/minting/case.step.yaml": f"event: case.step\nrecord: step\nfields:{FIELDS}  step.code: code\n",
        "mappings/minting/special.yaml": joins(emit, out=out),
    }
    return given | ({"config/routes.yaml": routes} if routes else {})


def pause(seq: int, reason: str = "评审", *, no: str | None = "P1", own: str | None = None, ver: int = 1) -> dict[str, Any]:
    """A pause begins."""
    return _record("pause", seq, {"reason": reason}, no, own, ver)


def resume(seq: int, result: str = "通过", *, no: str | None = "P1", own: str | None = None, ver: int = 1) -> dict[str, Any]:
    """A pause ends."""
    return _record("resume", seq, {"result": result}, no, own, ver)


def _record(kind: str, seq: int, more: dict[str, str], no: str | None, own: str | None, ver: int) -> dict[str, Any]:
    serials = {key: value for key, value in (("no", no), ("own", own)) if value is not None}
    return {"type": kind, "seq": str(seq), "title": "A", "ver": str(ver), **serials, **more}


def rows(it: World) -> list[dict[str, Any]]:
    """What took effect at the hall, in order, as its fields."""
    return [dict(one.fields) for one in it.hall.effects]


def row(seq: int, reason: str | None = "评审", result: str | None = "通过", version: str = "1") -> dict[str, Any]:
    """A row as the hall takes it."""
    made = {"seq": str(seq), "title": "A", "version": version, "reason": reason, "result": result}
    return {key: value for key, value in made.items() if value is not None}


def told(it: World, what: str, number: str = "P1") -> list[dict[str, Any]]:
    """The details of the case's journal lines of one kind about deliveries to the hall."""
    (subject,) = it.reader.subjects_by_number(number)
    return [dict(line.detail) for line in it.reader.journal_of(subject) if line.what == what and line.system == HALL]
