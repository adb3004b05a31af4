"""Telling the other side what became of its rows, by their flags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import structlog
from sqlalchemy import Connection, update

from guantong.adapter import Mark
from guantong.record import Verdict
from guantong_adapters.table.polling import Reading, Source
from guantong_adapters.table.rows import cut
from guantong_adapters.table.sending import bound
from guantong_adapters.table.settings import TableSettings

_AT_A_TIME = 100
log = structlog.get_logger("guantong.table")


def mark(
    connection: Connection, settings: TableSettings, tables: Sequence[Source], reading: Reading,
    marks: Sequence[Mark],
) -> None:
    """Set the flags of all *marks* in the transaction of *connection*.

    A row is set only while it is unread and as it was when read: one that changed in between stays unread
    and is read again, one that somebody else has flagged is left to them. Both are logged by their ref."""
    by_table: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for each in marks:
        table, _, row = each.ref.partition(":")
        by_table[table][row] = each.verdict
    for source in tables:
        verdicts = by_table.pop(source.polled.table, {})
        if verdicts:
            _mark_table(connection, settings, source, reading, verdicts)
    for table in by_table:
        log.warning("table.mark_without_table", table=table)


def _mark_table(
    connection: Connection, settings: TableSettings, source: Source, reading: Reading,
    verdicts: dict[str, Verdict],
) -> None:
    lockable = connection.dialect.name != "sqlite"  # there the whole transaction holds the lock
    rows = source.rows(connection, list(verdicts), locked=lockable)
    taken: list[str] = []
    failed: list[str] = []
    for row, verdict in verdicts.items():
        ref = source.ref(row)
        if row not in rows:
            log.warning("table.row_gone", ref=ref)
        elif reading.changed(ref, source.reader.body(rows[row])):
            log.warning("table.row_changed", ref=ref)
        elif source.is_unread(rows[row]):
            (failed if verdict.acceptance.value in settings.error_for else taken).append(row)
        elif source.flag(rows[row]) not in (source.control.taken, source.control.error):
            log.warning("table.row_flagged_by_other", ref=ref)
    for start in range(0, len(taken), _AT_A_TIME):
        _set(connection, source, taken[start:start + _AT_A_TIME], source.control.taken)
    for row in failed:
        _set(connection, source, [row], source.control.error, _reason(settings, source, verdicts[row]))


def _set(connection: Connection, source: Source, rows: Sequence[str], flag: str, reason: str = "") -> None:
    control, layout = source.control, source.layout
    values = {layout.real(control.flag): bound(flag)}
    if control.reason and reason:
        values[layout.real(control.reason)] = bound(reason)
    statement = update(layout.clause(values)).values(values)
    connection.execute(statement.where(source.is_one_of(rows), source.unread()))


def _reason(settings: TableSettings, source: Source, verdict: Verdict) -> str:
    text = " ".join(part for part in (verdict.code, verdict.reason_zh or verdict.reason) if part)
    charset = "utf-8" if settings.reason_charset == "base64" else settings.reason_charset
    return cut(text, source.control.reason_bytes, charset)
