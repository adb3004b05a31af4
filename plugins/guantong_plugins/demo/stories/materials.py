"""The materials of some of the cases, one record each: with a scan as its attachment, or on paper and without one.

Puning sends the content inside its record; Jiexi's record names it, and it lies in a table of files; Huilai's tells the path of its
file. They are chosen and written without chance, from the stories as they stand: who adds materials changes no story otherwise.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from guantong_adapters.simulation.story import Act, Story

_COUNTIES = ("puning", "jiexi", "huilai")
_EVERY = 2
"""Of the cases of one of these counties that may have materials, how many there are to one that has."""
_LARGE = 200_000
"""Bytes of each county's first attachment; the others are small scans."""
_SENT_AGAIN, _WRONG_DIGEST = 1, 0
"""Which of a county's cases with materials sends its first one again, and which of Puning's hands one in that was damaged
on its way: its MD5 is another's."""
_MAGIC = {"pdf": b"%PDF-1.4\n", "jpg": b"\xff\xd8\xff\xe0"}


def with_materials(stories: Sequence[Story]) -> list[Story]:
    """*stories*, some of the three counties' with materials, which come before the case is accepted."""
    seen = dict.fromkeys(_COUNTIES, 0)
    told: list[Story] = []
    for story in stories:
        if _able(story):
            number = seen[story.county]
            seen[story.county] += 1
            if number % _EVERY == 0:
                told.append(_handed_in(story, number // _EVERY))
                continue
        told.append(story)
    return told


def _able(story: Story) -> bool:
    fatal = {"dead", "reject", "lost_reply"}
    return (
        story.county in _COUNTIES and any(act.event == "case.acceptance" for act in story.acts)
        and not any(fatal & act.quirks.keys() for act in story.acts)
    )


def _handed_in(story: Story, turn: int) -> Story:
    """*story* with its materials; it is the county's *turn*-th with any, from 0."""
    acts = list(story.acts)
    position = next(position for position, act in enumerate(acts) if act.event == "case.acceptance")
    materials = list(_materials(story, turn))
    if turn == _SENT_AGAIN:
        materials[0] = replace(materials[0], quirks={"duplicate": 1})
    acts[position:position] = materials
    if turn == _WRONG_DIGEST and story.county == "puning":
        acts.append(_damaged(story, len(materials) + 1))
    return replace(story, acts=tuple(acts))


def _materials(story: Story, turn: int) -> Iterator[Act]:
    listed = next(act.facts["materials"] for act in story.acts if act.event == "case.application")
    for seq, each in enumerate(listed, start=1):
        facts = _facts(story, seq, each["name"]) | {"material.kind": each["kind"], "material.count": each["count"]}
        if seq > 1 and (turn + seq) % 2:
            yield Act("case.material", facts | {"material.form": "paper"})
        else:
            length = _LARGE if turn == 0 and seq == 1 else 900 + (story.number * 977 + seq * 379) % 4000
            yield Act("case.material", facts | _attachment(story, seq, each["name"], length))


def _damaged(story: Story, seq: int) -> Act:
    attached = _attachment(story, seq, "补充材料", 1500)
    other = hashlib.md5(b"", usedforsecurity=False).hexdigest()
    facts = _facts(story, seq, "补充材料") | attached | {"attachment.digest": other, "material.kind": "electronic", "material.count": 1}
    return Act("case.material", facts, quirks={"dead": "bad_digest"})


def _facts(story: Story, seq: int, name: str) -> dict[str, Any]:
    known = story.acts[0].facts
    common = {path: known[path] for path in ("item.code", "item.name", "region")}
    if story.province_serial:
        common["serial.province"] = story.province_serial
    return common | {"serial.county": story.county_serial, "material.seq": seq, "material.name": name}


def _attachment(story: Story, seq: int, name: str, length: int) -> dict[str, Any]:
    number = f"FJ{story.number:08d}{seq:02d}"
    kind = ("pdf", "jpg")[seq % 2]
    content = _content(number, kind, length)
    told = {"attachment.kept_in": "database"}
    if story.county == "huilai":
        told = {"attachment.kept_in": "file", "attachment.path": f"2014/{number[2:6]}/{number}_{name}.{kind}"}
    return told | {
        "material.form": "electronic", "attachment.id": number, "attachment.name": f"{name}.{kind}", "attachment.type": kind,
        "attachment.body": base64.b64encode(content).decode(),
        "attachment.digest": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }


def _content(number: str, kind: str, length: int) -> bytes:
    """A file that is like no other, of *length* bytes that look as compressed ones do."""
    return _MAGIC[kind] + hashlib.shake_128(number.encode()).digest(length - len(_MAGIC[kind]))
