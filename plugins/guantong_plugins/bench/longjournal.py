"""A long journal, made by the database itself: cases of ten lines each, spread over half a year, with their records, events and
deliveries. The lines of a case lie far apart, as in life: each on another day."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

LINES = 10
"""Of a case."""
BEGAN, SPAN = 1_405_391_400_000, 190 * 86_400_000
"""When the first line was written, and over how long (UTC milliseconds)."""
WINDOWS = 3_000
_BODY = "sealed, as long as a small record is when it was packed; " * 4
Execute = Callable[[str], object]


class Dialect(NamedTuple):
    """What the two products spell differently: a table `n (i)` of numbers from 1, and bytes out of a text."""

    numbers: str
    as_bytes: str


SQLITE = Dialect("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})", "CAST({text} AS BLOB)")
POSTGRESQL = Dialect("WITH n AS (SELECT generate_series(1, {count}::bigint) AS i)", "convert_to({text}, 'UTF8')")


def person(case: int) -> bytes:
    """What a case is found by in place of a person's digest."""
    return f"person{case:010}".encode()


def window(number: int) -> bytes:
    """The same of a window."""
    return f"window{number:010}".encode()


def serial(case: int) -> str:
    """The province's number of a case."""
    return f"1{case:028}"


def fill(execute: Execute, dialect: Dialect, cases: int) -> Iterator[str]:
    """Fill the empty tables, one statement at a time; tells the table that is next."""
    for table, statement in statements(dialect, cases).items():
        yield table
        execute(statement)


def statements(dialect: Dialect, cases: int) -> dict[str, str]:
    """What makes the rows of each table, for so many cases."""

    def made(count: int, table: str, columns: str) -> str:
        return f"{dialect.numbers.format(count=count)} INSERT INTO {table} SELECT {columns} FROM n"  # noqa: S608 -- our own words

    def of_bytes(text: str) -> str:
        return dialect.as_bytes.format(text=text)

    def padded(text: str, width: int) -> str:
        return f"substr('{'0' * width}' || ({text}), -{width})" if dialect is SQLITE else f"lpad(({text})::text, {width}, '0')"

    entries, events = cases * LINES, cases * 3
    case = f"((i - 1) % {cases} + 1)"
    at = f"({BEGAN} + i * {SPAN} / {entries})"
    told = f"{BEGAN} + i * {SPAN} / {cases}"
    key, digest, body = of_bytes("'key'"), of_bytes("'digest'"), of_bytes(f"'{_BODY}'")
    fired = "0" if dialect is SQLITE else of_bytes("''")
    person_of, window_of = of_bytes("'person' || " + padded("i", 10)), of_bytes("'window' || " + padded(f"i % {WINDOWS}", 10))
    line = f"((i - 1) / {cases})"
    what = f"CASE {line} % 3 WHEN 0 THEN 'routed' WHEN 1 THEN 'intended' ELSE 'confirmed' END"
    event = f"({line} / 3 * {cases} + {case})"
    about = f"CASE {line} % 3 WHEN 0 THEN {event} ELSE 0 END, CASE {line} % 3 WHEN 0 THEN 0 ELSE {event} END"
    detail = """'{"event":"case.acceptance","version":1,"to":["city.hall"]}'"""
    return {
        "subject": made(cases, "subject (id, kind)", "i, 'case'"),
        "serial": made(cases, "serial (number, scope, kind, subject)", f"'1' || {padded('i', 28)}, '', 'province', i"),
        "message": made(events, "message (id, system, at, kind, state, charset, ref, code, reason, body)",
                        f"i, 'rongcheng.approval', {BEGAN} + i, 'accept', 'routed', 'utf-8', '', '', '', {body}"),
        "event": made(events, "event (id, message, subject, name, version, key, digest, plan, fired, held_back, occurred, body)",
                      f"i, i, {case}, 'case.acceptance', 1, {key}, {digest}, 'plan', {fired}, 0, '', {body}"),
        "delivery": made(events, "delivery (id, event, subject, target, name, state, due, attempts, accepted_at, moved_at, passes, low, code, reason)",
                         f"i, i, {case}, 'city.hall', 'case.acceptance', 'confirmed', {BEGAN}, 1, {BEGAN}, {BEGAN}, 0, 0, '', ''"),
        "lookup": made(cases, "lookup (mark, subject, first_at, last_at)", f"{person_of}, i, {told}, {told}"),
        "lookup of windows": made(cases, "lookup (mark, subject, first_at, last_at)", f"{window_of}, i, {told}, {told}"),
        "journal": made(entries, "journal (id, previous, at, what, subject, message, delivery, system, actor, detail)",
                        f"i, CASE WHEN i > {cases} THEN i - {cases} ELSE 0 END, {at}, {what}, {case}, {about}, 'rongcheng.approval', 'hub', {detail}"),
    }


def in_file(path: Path) -> Execute:
    """Runs statements on a file of SQLite, nothing of which need outlive the machine."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000; PRAGMA temp_store=MEMORY;")

    def execute(statement: str) -> object:
        return connection.execute(statement)

    return execute


def in_schema(connection: Any) -> Execute:
    """Runs statements on a connection of psycopg, whose schema is set."""

    def execute(statement: str) -> object:
        return connection.execute(statement.encode())

    return execute
