"""One case, looked at before anybody believes what is shown of it: its lines against the tree, its rows against its lines.

Nothing is opened and no other case is read; `guantong audit verify` holds the bodies and the tree itself, `guantong doctor` all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guantong.clock import shown
from guantong.doctor.codes import GONE, NOT_AS_JOURNALED, NOT_AS_TOLD, UNTOLD
from guantong.doctor.told import QUIET, STEPS, agrees
from guantong.operations.idents import delivery_ident
from guantong.problems import Problem
from guantong.proof.absent import FORGETS
from guantong.proof.casework import verify_case
from guantong.retentionstore import Frozen
from guantong.store import DeliveryRow, EntryRow, Reader, Serial


def look_at_case(reader: Reader, subject: int) -> list[Problem]:
    """What of the case *subject* is not as it was sealed, or not as its journal tells it."""
    return [*verify_case(reader, None, subject, []).problems, *look_at_rows(reader, subject)]


def look_at_rows(reader: Reader, subject: int) -> list[Problem]:
    """What of its rows is not as its lines tell it: deliveries, numbers, whether it is frozen."""
    lines = reader.journal_of(subject)
    found = [*_deliveries(reader.deliveries_of_subject(subject), lines), *_numbers(reader.serials_of(subject), lines, subject)]
    if not any(line.what == "merged" for line in lines):  # whose freezing is told under the younger's number
        found += _freezing(reader.frozen(subject), lines, subject)
    return found


def _deliveries(rows: Sequence[DeliveryRow], lines: Sequence[EntryRow]) -> Iterator[Problem]:
    told = {line.delivery: line for line in lines if line.delivery and line.what in STEPS}
    for row in rows:
        line, ident = told.pop(row.id, None), delivery_ident(row.id)
        if line is None and row.state not in QUIET:
            yield Problem(UNTOLD, details={"id": ident})
        elif line is not None and not agrees(STEPS[line.what], row.state):
            yield Problem(NOT_AS_JOURNALED, details={"id": ident, "state": row.state, "after": STEPS[line.what]})
        if line is not None and line.system != row.target:
            yield _otherwise("the target", "推送对象", ident, (row.target, line.system))
    if told and not any(line.what in FORGETS for line in lines):  # rows that were pruned are gone by right
        yield from (Problem(GONE, details={"id": delivery_ident(number)}) for number in told)


def _numbers(serials: Sequence[Serial], lines: Sequence[EntryRow], subject: int) -> Iterator[Problem]:
    known = {(one.kind, one.scope, one.number) for one in serials}
    for line in lines:
        one = tuple(str(line.detail.get(name, "")) for name in ("kind", "scope", "number"))
        if line.what == "linked" and all(name in line.detail for name in ("kind", "scope", "number")) and one not in known:
            yield _otherwise("a number", "编号", f"C{subject}", ("none such", one[2]), ("无此编号", one[2]))


def _freezing(row: Frozen | None, lines: Sequence[EntryRow], subject: int) -> Iterator[Problem]:
    newest = next((line for line in reversed(lines) if line.what in ("frozen", "thawed")), None)
    told = newest if newest is not None and newest.what == "frozen" else None
    came, said = (f"{shown(one.at)} {one.actor}：{why}" if one is not None else "" for one, why in (
        (row, row.why if row is not None else ""), (told, told.detail.get("why", "") if told is not None else "")))
    if came != said:
        yield _otherwise("the freezing", "证据保全", f"C{subject}", (came or "none", said or "none"), (came or "无", said or "无"))


def _otherwise(what: str, what_zh: str, ident: str, en: tuple[str, str], zh: tuple[str, str] | None = None) -> Problem:
    zh = zh or en
    return Problem(NOT_AS_TOLD, details={"what": what, "what_zh": what_zh, "id": ident, "came": en[0], "told": en[1],
                                         "came_zh": zh[0], "told_zh": zh[1]})
