"""Holding a system's own books of some days against what we keep, key by key, in memory that does not grow with them.

The source is read first, to its end; only then is the store looked at, as of one moment. What comes meanwhile is neither missing (it is
there by then) nor extra (only messages that had come before can be).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from guantong.config.books import BookKeys
from guantong.config.configuration import Configuration, System
from guantong.config.reconciling import can_reread
from guantong.journey.states import MessageState
from guantong.problems import Problem, ProblemsError
from guantong.reconcile.books import (
    Around,
    Unreadable,
    asked_for,
    handed_in,
    kinds_of,
    read_again,
)
from guantong.reconcile.codes import NO_SOURCE, NOT_A_LIST
from guantong.reconcile.days import Days
from guantong.reconcile.kept import Kept, holds
from guantong.reconcile.outcome import NOT_THERE, At, Found, Line, Word
from guantong.reconcile.sorting import Row, Sorter, Spool, together
from guantong.reconcile.states import standing
from guantong.reconcile.told import NOT_TOLD, WHOLE, Marks, Teller, Told, WholeTeller
from guantong.reconcilestore import ToldEvent
from guantong.store import Reader, Serial

AT_ONCE = 500
"""Keys that are looked up together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose books of which days; from a file that was handed in, where one is given."""

    system: System
    days: Days
    file: Path | None = None


@dataclass(slots=True)
class Read:
    """What was read of the books, in files. `events` are those that the list tells of (empty: all)."""

    source: Spool
    targets: dict[str, Spool]
    marks: Marks
    last: int
    unreadable: Unreadable = field(default_factory=Unreadable)
    events: set[str] = field(default_factory=set)


async def reconcile(around: Around, reader: Reader, wanted: Wanted, differs: Callable[[Line], None],
                    counted: Callable[[int], None]) -> Found:
    """Compare, and tell *differs* of each key that does not agree everywhere, in no order that means anything. *counted* hears how
    many of our events were looked at. *reader* is nobody else's. Raises `ProblemsError` where the books cannot be read to their
    end: then nothing was told."""
    with tempfile.TemporaryDirectory(prefix="guantong-") as folder, ExitStack() as stack:
        read = await _read(around, reader, wanted, Path(folder), stack)
        return await asyncio.to_thread(_compare, around, reader, wanted, read, Path(folder), differs, counted)


def systems_asked(configuration: Configuration, system: System, *, handed_in: bool) -> set[str]:
    """The systems whose connections are needed to reconcile *system*, those of its targets' books among them."""
    asked: set[str] = set()
    if not handed_in:
        own = [book for book in (system.reconcile.source if system.reconcile is not None else ()) if not book.handed_in]
        asked |= {book.through or system.id for book in own} or {system.id}
    for target in configuration.systems.values():
        asked |= {book.through or target.id for book in books_of_target(target, system)}
    return asked


def books_of_target(target: System, source: System) -> list[BookKeys]:
    """The lists in which *target* says what it took of *source*."""
    return [] if target.reconcile is None or target.id == source.id else [book for book in target.reconcile.target if not book.handed_in]


async def _read(around: Around, reader: Reader, wanted: Wanted, folder: Path, stack: ExitStack) -> Read:
    """Read the source's books, and those of its targets that have some."""
    config, system = around.configuration, wanted.system
    keys = system.reconcile
    books = [] if keys is None else [book for book in keys.source if not book.handed_in]
    whole = wanted.file is None and not books
    if whole and not can_reread(system):
        raise ProblemsError([Problem(NO_SOURCE, details={"system": system.id})])
    compared: Sequence[str] = (WHOLE,) if whole else (keys.compare or ()) if keys is not None else ()
    marks = Marks(around.vault, compared)
    last = reader.newest_kept()[0]
    read = Read(Spool(folder / "source"), {}, marks, last)
    stack.callback(read.source.close)
    teller = Teller(system, system.id, config.model, around.vault, marks)
    if wanted.file is not None:
        for one in handed_in(around, system, wanted.file, keys.source if keys is not None else (), teller, read.unreadable):
            _take(read, one)
    elif whole:
        await _taken(read, read_again(around, system, WholeTeller(system, config.model, around.vault), read.unreadable))
    for book in books if wanted.file is None else ():
        read.events |= teller.tells_of(kinds_of(system, book))
        await _taken(read, asked_for(around, system, book, wanted.days, teller, read.unreadable))
    if wanted.file is not None:
        read.events = teller.tells_of()
        if not read.events:
            details = {"file": wanted.file.name, "what": "it has no row that tells of a case", "what_zh": "没有可读取的办件"}
            raise ProblemsError([Problem(NOT_A_LIST, details=details)])
    for target in config.systems.values():
        if asked := books_of_target(target, system):
            spool = read.targets[target.id] = Spool(folder / f"target-{len(read.targets)}")
            stack.callback(spool.close)
            theirs = Teller(target, system.id, config.model, around.vault, Marks(around.vault, ()), written=True)
            for book in asked:
                async with aclosing(asked_for(around, target, book, wanted.days, theirs, read.unreadable)) as rows:
                    async for one in rows:
                        spool.add(_row(one))
    return read


async def _taken(read: Read, rows: AsyncGenerator[Told, None]) -> None:
    async with aclosing(rows) as reading:
        async for one in reading:
            _take(read, one)


def _take(read: Read, one: Told) -> None:
    read.source.add(_row(one))


def _row(one: Told) -> Row:
    return [[[*serial] for serial in one.serials], one.event, one.identity.hex(), one.version, one.occurred, [*one.marks], one.place]


def _told(row: Row) -> Told:
    serials, event, identity, version, occurred, marks, place = row
    return Told([Serial(*serial) for serial in serials], event, bytes.fromhex(identity), version, occurred, marks, place)


def _compare(around: Around, reader: Reader, wanted: Wanted, read: Read, folder: Path, differs: Callable[[Line], None],
             counted: Callable[[int], None]) -> Found:
    with reader.snapshot():
        kept = Kept(reader, around.vault, around.configuration, wanted.system, read.marks, read.last)
        source = Sorter(folder, "told")
        for key, row in _resolved(reader, read.source):
            source.add(key, row)
        ours = Sorter(folder, "kept")
        for event in kept.within(wanted.days.span, counted):
            if not read.events or event.name in read.events:
                ours.add(_key(event.subject, event.key), _of(event))
        theirs: dict[str, Sorter] = {}
        for name, spool in read.targets.items():
            theirs[name] = Sorter(folder, f"at-{len(theirs)}")
            for key, _ in _resolved(reader, spool):
                if not key.startswith("~"):
                    theirs[name].add(key, [])
        found = Found(wanted.system.id, wanted.days, unreadable=read.unreadable.count, places=read.unreadable.places)
        judge = _Judge(reader, kept, wanted.days, tuple(theirs), found)
        groups = together([source, ours, *theirs.values()])
        while some := list(islice(groups, AT_ONCE)):
            for line in judge.lines(some):
                if not found.count(line):
                    differs(line)
    return found


def _resolved(reader: Reader, spool: Iterable[Row]) -> Iterator[tuple[str, Row]]:
    """Each row by its key: the subject that its numbers point to, and the event's identity; of a number that points nowhere, the
    number itself."""
    rows = iter(spool)
    while some := list(islice(rows, AT_ONCE)):
        numbers = {serial[2] for row in some for serial in row[0]}
        subjects = {pointer.serial: pointer.subject for pointer in reader.pointers(sorted(numbers))}
        for row in some:
            known = [subjects[serial] for serial in (Serial(*one) for one in row[0]) if serial in subjects]
            yield _key(min(known), bytes.fromhex(row[2])) if known else "~" + "\x1f".join([*row[0][0], row[2]]), row


def _key(subject: int, identity: bytes) -> str:
    return f"{subject:016x}{identity.hex()}"


def _of(event: ToldEvent) -> Row:
    return [event.id, event.message, event.subject, event.name, event.version, event.key.hex(), event.digest.hex(), event.occurred,
            event.held_back, event.at, event.state]


def _event(row: Row) -> ToldEvent:
    event, message, subject, name, version, key, digest, occurred, held_back, at, state = row
    return ToldEvent(event, message, subject, name, version, bytes.fromhex(key), bytes.fromhex(digest), occurred, held_back, at, state)


@dataclass(slots=True)
class _Group:
    """One key: the newest that the source tells, what we keep of it, and which targets' books have it."""

    key: str
    told: Told | None
    kept: list[ToldEvent]
    there: frozenset[str]


class _Judge:
    """Finds the word for each key."""

    def __init__(self, reader: Reader, kept: Kept, days: Days, read: Sequence[str], found: Found) -> None:
        self._reader = reader
        self._kept = kept
        self._span = days.span
        self._read = read
        self._found = found
        self._parked: Mapping[tuple[Serial, str], int] | None = None
        self._contents: Mapping[int, bytes] = {}

    def lines(self, some: Sequence[tuple[str, list[list[Row]]]]) -> Iterator[Line]:
        """A line for each key that belongs to the days."""
        groups = [self._group(key, sides) for key, sides in some]
        self._look_for(groups)
        groups = [group for group in groups if self._belongs(group)]
        newest = {group.key: event for group in groups if (event := _newest(group.kept)) is not None}
        went: dict[int, dict[str, At]] = {}
        numbers = [event.id for event in newest.values()]
        self._contents = self._kept.contents(numbers)
        for one in self._reader.went(numbers):
            went.setdefault(one.event, {})[one.target] = At(standing(one.state), one.id)
        for group in groups:
            here = newest.get(group.key)
            targets = went.get(here.id, {}) if here is not None else {}
            yield self._line(group, here, {name: self._at(name, one, group) for name, one in sorted(targets.items())})

    def _group(self, key: str, sides: list[list[Row]]) -> _Group:
        told = max(map(_told, sides[0]), key=lambda one: one.version or 0, default=None)
        there = frozenset(name for name, rows in zip(self._read, sides[2:], strict=True) if rows)
        return _Group(key, told, [_event(row) for row in sides[1]], there)

    def _look_for(self, groups: Sequence[_Group]) -> None:
        """What the source tells may have come, or happened by our books, at another time."""
        wanted = {int(group.key[:16], 16) for group in groups if group.told and not group.kept and not group.key.startswith("~")}
        found: dict[str, list[ToldEvent]] = {}
        for event in self._kept.of(sorted(wanted)) if wanted else ():
            found.setdefault(_key(event.subject, event.key), []).append(event)
        for group in groups:
            group.kept = group.kept or found.get(group.key, [])

    def _belongs(self, group: _Group) -> bool:
        here = any(holds(self._span, event) for event in group.kept)
        if group.told is None:
            return here
        if not group.told.occurred and group.kept:
            return here
        return here or self._span.holds(group.told.occurred)

    def _at(self, name: str, one: At, group: _Group) -> At:
        if name not in self._read:
            return one
        there = name in group.there
        return At(NOT_THERE if one.word == "confirmed" and not there else one.word, one.delivery, there)

    def _line(self, group: _Group, here: ToldEvent | None, targets: Mapping[str, At]) -> Line:
        told, word, message = group.told, Word.AGREES, 0
        differs: tuple[str, ...] = ()
        if here is None:
            word, message = self._absent(group)
        elif told is None:
            word = Word.EXTRA
        elif _undecided(group.kept, here):
            word = Word.CONFLICT
        elif told.version is not None and told.version != here.version:
            word, differs = Word.DIFFERENT, ("version",)
        elif differs := self._differs(told, here):
            word = Word.DIFFERENT
        elif here.state == MessageState.UNROUTED and not targets:
            word = Word.UNROUTED
        known = here or next(iter(group.kept), None)
        return Line(word, known.name if known else told.event if told else "", self._number(told, known), known.subject if known else 0,
                    (told.occurred if told else "") or (known.occurred if known else ""), told.place if told else "",
                    told.version if told else None, here.version if here else None, differs, message or (known.message if known else 0), targets)

    def _absent(self, group: _Group) -> tuple[Word, int]:
        """What the source tells and we do not have: it is held back, it came and cannot be mapped, or it never came."""
        if group.kept:
            return Word.CONFLICT, group.kept[-1].message
        if self._parked is None:
            self._parked = self._kept.parked()
        told = group.told
        message = next((found for serial in told.serials if (found := self._parked.get((serial, told.event), 0))), 0) if told else 0
        return (Word.PARKED, message) if message else (Word.MISSING, 0)

    def _differs(self, told: Told, here: ToldEvent) -> tuple[str, ...]:
        """The fields that say something else there than here; `*` of what is compared whole."""
        if not any(mark != NOT_TOLD for mark in told.marks):
            self._found.uncompared += bool(told.marks)
            return ()
        found = self._apart(told, self._kept.says(here, self._contents))
        if found:  # perhaps only because the mapping reads it otherwise by now
            found = self._apart(told, self._kept.says_anew(here))
        if found is None:
            self._found.uncompared += 1
        return tuple(found or ())

    def _apart(self, told: Told, says: Sequence[str] | None) -> list[str] | None:
        if says is None:
            return None
        compared = zip(self._kept.compared, told.marks, says, strict=True)
        return [path for path, there, here in compared if NOT_TOLD not in (there, here) and there != here]

    def _number(self, told: Told | None, known: ToldEvent | None) -> str:
        if told is not None:
            return told.serials[0].number
        serials = self._reader.serials_of(known.subject) if known is not None else []
        own = [serial for serial in serials if serial.scope == self._found.system]
        return next((serial.number for serial in [*own, *serials]), "")


def _newest(kept: Sequence[ToldEvent]) -> ToldEvent | None:
    return max((event for event in kept if not event.held_back), key=lambda event: (event.version, event.id), default=None)


def _undecided(kept: Sequence[ToldEvent], here: ToldEvent) -> bool:
    """Whether another content of this version waits for a person."""
    return any(event.held_back and event.state == MessageState.CONFLICT and event.version >= here.version for event in kept)
