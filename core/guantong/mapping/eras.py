"""Eras: the days a code table's rows are in force, and the table of each stretch of days between changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from guantong.mapping.dates import local
from guantong.mapping.rules import CodeRow, CodeTable, Rule, every

T = TypeVar("T")
_ONE_DAY = timedelta(days=1)


def code_table(name: str, rows: Iterable[CodeRow]) -> CodeTable:
    """The table of *rows*. Of rows that claim the same, the one in force latest holds where no day is known, the
    one told first on any one day."""
    told = tuple(rows)
    if not any(row.since or row.until for row in told):
        return _in_force(name, told, told)
    since = sorted({"", *(row.since for row in told), *(after for row in told if (after := day_after(row.until)))})
    eras = tuple(_in_force(name, [row for row in told if row.holds_on(day)], ()) for day in since)
    newest = sorted(told, key=lambda row: row.since, reverse=True)
    latest = _in_force(name, newest, told)
    return CodeTable(name, latest.written, latest.read, latest.also, tuple(since), eras, told)


def _in_force(name: str, rows: Sequence[CodeRow], kept: tuple[CodeRow, ...]) -> CodeTable:
    written: dict[str, str] = {}
    read: dict[str, str] = {}
    also: dict[str, str] = {}
    for row in rows:
        written.setdefault(row.word, row.value)
        if row.read and row.value not in also:
            read.setdefault(row.value, row.word)
        for native in row.also:
            if native not in read:
                also.setdefault(native, row.word)
    return CodeTable(name, written, read, also, rows=kept)


def day_after(day: str) -> str:
    """The day after, "" where there is none."""
    return str(date.fromisoformat(day) + _ONE_DAY) if day and day != "9999-12-31" else ""


def day_before(day: str) -> str:
    """The day before *day*."""
    return str(date.fromisoformat(day) - _ONE_DAY)


def overlap(one: CodeRow, other: CodeRow) -> tuple[str, str] | None:
    """The first and last day on which both rows are in force ("" is open), None where there is no such day."""
    first = max(one.since, other.since)
    last = min((day for day in (one.until, other.until) if day), default="")
    return None if last and last < first else (first, last)


def shared(one: CodeRow, other: CodeRow) -> list[str]:
    """The native spellings both rows read."""
    mine = [*([one.value] if one.read else ()), *one.also]
    return [native for native in dict.fromkeys(mine) if other.reads(native)]


def days_of(first: str, last: str) -> tuple[str, str]:
    """A stretch of days in words, English and Chinese."""
    if first and last:
        return (f"on {first}", f"在 {first} ") if first == last else (
            f"from {first} to {last}", f"在 {first} 至 {last} 期间")
    if first:
        return f"from {first}", f"自 {first} 起"
    return (f"until {last}", f"在 {last} 之前（含当日）") if last else ("at all times", "在任何时候")


def periods(rows: Iterable[CodeRow]) -> tuple[str, str]:
    """When these rows are in force, earliest first, in English and Chinese."""
    stretches = [days_of(*one) for one in sorted({(row.since, row.until) for row in rows})]
    return " and ".join(en for en, _ in stretches), "、".join(zh for _, zh in stretches)


def day_of(value: Any) -> str | None:
    """The day (Asia/Shanghai) of a canonical date or time, None where it is none."""
    if not isinstance(value, str):
        return None
    if len(value) == 10:
        return value
    try:
        return (value if value[19:] == "+08:00" else local(value))[:10]
    except ValueError:
        return None


def first_day(*values: Any) -> str | None:
    """The day of the first of these that tells one: the event's own."""
    return next((day for value in values if (day := day_of(value))), None)


def by_day(since: tuple[str, ...], each: Sequence[T], unknown: T) -> Callable[[str | None], T]:
    """What is in force on a day: of *each*, which begin on the days *since*; *unknown* without a day."""
    def choose(day: str | None) -> T:
        return each[bisect_right(since, day) - 1] if day else unknown
    return choose


def dated_rules(rules: Iterable[Rule]) -> list[Rule]:
    """The rules, those of lists' items included, whose tables have rows with days."""
    return [rule for rule in every(tuple(rules)) if rule.table is not None and rule.table.eras]
