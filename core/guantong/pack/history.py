"""What happened to a case, in a pack: the lines of the journal as others' programs read them, as a table, and as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guantong.clock import shown
from guantong.operations.parents import parents_of
from guantong.operations.words import HAPPENINGS, both
from guantong.pack.case import Case
from guantong.pack.parts import Part, of_bytes, of_text
from guantong.pack.rules import as_csv, as_line
from guantong.proof.absent import detail_of
from guantong.proof.leaf import NOT_COMMITTED, Line
from guantong.store import EntryRow


def journal(case: Case) -> list[Part]:
    """`journal.jsonl` and `journal.csv`, which are held against the proof when a pack is verified, and `history.txt`, which is not."""
    rows = [_row(case, line) for line in case.lines]
    leaves = [sealed.leaf if (sealed := case.sealed.get(line.id)) is not None else None for line in case.lines]
    parents = parents_of([EntryRow(**{**line._asdict(), "detail": detail_of(line)}) for line in case.lines])
    text = b"".join(as_line(row, leaf) + b"\n" for row, leaf in zip(rows, leaves, strict=True))
    return [
        of_bytes("journal.csv", "交换日志（可用 Excel 打开）", "the journal, as a table", as_csv(rows).encode()),
        of_bytes("journal.jsonl", "交换日志（逐条 JSON）", "the journal, a line of JSON each", text),
        of_text("history.txt", "办件经过（便于阅读，以 journal.csv 为准）", "the history in words; what counts is journal.csv",
                "".join(_said(line, parents[line.id]) for line in case.lines)),
    ]


def _row(case: Case, line: Line) -> list[Any]:
    sealed = case.sealed.get(line.id)
    return [*line, sealed.raw.hex() if sealed is not None and sealed.raw != NOT_COMMITTED else ""]


def _said(line: Line, parents: Sequence[int]) -> str:
    about = "  ".join(filter(None, (f"M{line.message}" if line.message else "", f"D{line.delivery}" if line.delivery else "", line.system)))
    who = f"  （{line.actor}）" if line.actor not in ("", "hub", line.system) else ""
    cause = f"  ← {'、'.join(f'E{one}' for one in parents)}" if parents else ""
    return f"{shown(line.at)}  E{line.id}  {both(HAPPENINGS, line.what)}  {about}{who}{cause}\n"
