"""Cases found by whom they are about, by their window, or by when something happened to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from guantong.journey.lookups import LONGEST, person_mark, window_mark
from guantong.store import Reader
from guantong.vault import Vault

MOST = 200
"""Cases of one answer."""
FOREVER = 1 << 62
_PAGE = 2000


def of_person(reader: Reader, vault: Vault, number: str, since: int = 0, until: int = FOREVER) -> list[int]:
    """At most `MOST` + 1 subjects that were told with a person's certificate *number* in that time (UTC milliseconds)."""
    return _found(reader, person_mark(vault, number), since, until) if number and len(number) <= LONGEST else []


def at_window(reader: Reader, vault: Vault, code: str, since: int = 0, until: int = FOREVER) -> list[int]:
    """The same of the window *code*, as the systems name it."""
    return _found(reader, window_mark(vault, code), since, until) if code and len(code) <= LONGEST else []


def in_time(reader: Reader, since: int, until: int) -> list[int]:
    """At most `MOST` + 1 subjects to which anything happened from *since* until before *until*, in the order it did. The
    journal is in the order of its lines: where the clock was set back, what lies about there may be left out."""
    found: dict[int, None] = {}
    for subject, at in _lines_from(reader, first_line(reader, since)):
        if at >= until or len(found) > MOST:
            break
        if subject > 0 and at >= since:
            found[subject] = None
    return [*found]


def first_line(reader: Reader, since: int) -> int:
    """The number before the journal's first line of *since* or later, by halving."""
    low, high = 0, reader.newest_line()
    while low < high:
        middle = (low + high) // 2
        lines = reader.lines(middle, 1)
        if not lines or lines[0].at >= since:
            high = middle
        else:
            low = lines[0].id
    return low


def summaries(reader: Reader, subjects: Iterable[int]) -> list[dict[str, Any]]:
    """What a list shows of each case: its numbers, its newest event, when something happened to it first and last."""
    return [_summary(reader, subject) for subject in subjects]


def _summary(reader: Reader, subject: int) -> dict[str, Any]:
    journal = reader.journal_of(subject)
    events = [line for line in journal if line.detail.get("event") and line.message]
    return {
        "case": f"C{subject}",
        "serials": [{"kind": one.kind, "system": one.scope, "number": one.number} for one in reader.serials_of(subject)],
        "first_at": journal[0].at if journal else 0, "last_at": journal[-1].at if journal else 0,
        "event": str(events[-1].detail["event"]) if events else "", "system": events[-1].system if events else "",
    }


def _found(reader: Reader, mark: bytes, since: int, until: int) -> list[int]:
    return [one.subject for one in reader.found_by(mark, since, until, MOST + 1)]


def _lines_from(reader: Reader, after: int) -> Iterator[tuple[int, int]]:
    while lines := reader.lines(after, _PAGE):
        yield from ((line.subject, line.at) for line in lines)
        after = lines[-1].id
