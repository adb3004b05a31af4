"""Reading a system's own books: rows it is asked for, a file that was handed in, or all its records read again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson

from guantong.adapter import Asked, Connection, Lists, Mark, Polls
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import Blobs
from guantong.compartment.opening import open_connection
from guantong.config.books import BookKeys, directives
from guantong.config.configuration import Configuration, System
from guantong.config.reconciling import kinds_known
from guantong.exported.content import content_of
from guantong.exported.listing import TABLES, Exported
from guantong.exported.records import nested
from guantong.exported.tables import rows_of
from guantong.journey.backfill import BATCH, SKIPPED
from guantong.journey.translate import Refused, decode
from guantong.mapping import Untranslatable
from guantong.opening import context_of
from guantong.oserrors import in_words
from guantong.plugins import Registry
from guantong.problems import Problem, ProblemsError, told
from guantong.reconcile.codes import BOOKS_LOST, KIND_NOT_TOLD, NOT_A_LIST
from guantong.reconcile.days import Days
from guantong.reconcile.told import Teller, Told, WholeTeller
from guantong.record import Fields, Native, Record, Verdict
from guantong.testdoor.nowhere import Nowhere
from guantong.vault import Vault

Page = TypeVar("Page")


@dataclass(slots=True)
class Unreadable:
    """Rows that say nothing we can read: how many, and where the first of them stand."""

    count: int = 0
    places: tuple[str, ...] = ()

    MOST = 20

    def add(self, place: str) -> None:
        """One more."""
        self.count += 1
        if len(self.places) < self.MOST:
            self.places = (*self.places, place)


@dataclass(frozen=True, slots=True)
class Around:
    """What books are read with."""

    configuration: Configuration
    registry: Registry
    vault: Vault
    counted: Callable[[int], None]
    """Told how many rows more were read."""


async def asked_for(around: Around, system: System, book: BookKeys, days: Days, teller: Teller, unreadable: Unreadable) -> AsyncGenerator[Told, None]:
    """What the rows of a query or a view tell. Raises `ProblemsError` where they cannot be read to the end."""
    asked_system = around.configuration.systems[book.through or system.id]
    since, until = days.written(directives(book.times))
    kinds = kinds_of(system, book)
    place = f"{asked_system.id}:{book.view or 'query'}"
    async with _opened(around, asked_system) as connection:
        if not isinstance(connection, Lists):
            raise _lost(asked_system, f"{type(connection).__name__}: it cannot be asked", "无法查询")
        wanted = {name for kind in kinds for name in teller.fields_of(kind)}
        columns = [*(book.columns.get(name, name) for name in sorted(wanted)), *([book.kind_at] if book.kind_at else [])]
        pages = connection.listing(Asked(since, until, book.query, book.view, book.time, columns))
        number = 0
        async with aclosing(pages) as reading:  # type: ignore[type-var]  # an async generator, by the protocol's contract
            async for page in _told_plainly(asked_system, reading):
                for row in page:
                    number += 1
                    kind = str(row.get(book.kind_at) or "") if book.kind_at else kinds[0]
                    fields = read_of(teller, kind, row, book.columns)
                    for one in _of_row(teller, Native(kind, fields), f"{place}#{number}", unreadable):
                        yield one
                around.counted(len(page))


def handed_in(around: Around, system: System, path: Path, books: Sequence[BookKeys], teller: Teller, unreadable: Unreadable) -> Iterator[Told]:
    """What the rows of a file tell, whose kind its own name, the sheet's, or one of *books* says. Raises `ProblemsError`."""
    file = _listed(path)
    given = [book for book in books if book.handed_in]
    kinds = system.dialect.kinds_in()
    for row in rows_of(file, content_of(file)):
        place = f"{file.name}[{row.sheet}]:{row.line}" if row.sheet else f"{file.name}:{row.line}"
        around.counted(1)
        if row.problem is not None:
            unreadable.add(place)
            continue
        book = _meant(given, row.fields)
        kind = (str(row.fields.get(book.kind_at) or "") if book and book.kind_at else book.kind if book else "") or _named(kinds, row.sheet, file.name)
        if not kind:
            raise ProblemsError([Problem(KIND_NOT_TOLD, details={"place": file.name, "kinds": ", ".join(kinds)})])
        fields = read_of(teller, kind, row.fields, book.columns if book else {})
        yield from _of_row(teller, Native(kind, fields), place, unreadable)


def kinds_of(system: System, book: BookKeys) -> list[str]:
    """The kinds of records that the rows of *book* are of."""
    return [book.kind] if book.kind else list(kinds_known(system)) if book.kind_at else list(system.dialect.kinds_in() or kinds_known(system))[:1]


async def read_again(around: Around, system: System, teller: WholeTeller, unreadable: Unreadable) -> AsyncGenerator[Told, None]:
    """What all the records of a system tell that is read by us. Nothing is written there, nor remembered here. Raises
    `ProblemsError` where they cannot be read to the end."""
    async with _opened(around, system) as connection:
        if not isinstance(connection, Polls):
            raise _lost(system, f"{type(connection).__name__}: it is not read by us", "不是由枢纽读取的系统")
        async for records in _told_plainly(system, _polled(connection, unreadable)):
            for record in records:
                try:
                    found = teller.tell(decode(system, record), record.ref or "")
                except (Refused, Untranslatable):
                    unreadable.add(record.ref or "")
                    continue
                for one in found:
                    yield one
            around.counted(len(records))


def read_of(teller: Teller, kind: str, row: Fields, columns: Mapping[str, str]) -> Fields:
    """What of *row* is read, by our names: *columns* says how they are called there, others are called the same."""
    ours = {theirs: name for name, theirs in columns.items()}
    read = {name.casefold() for name in teller.fields_of(kind)}
    named = ((ours.get(name, name), value) for name, value in row.items())
    return nested({name: value for name, value in named if name.partition("/")[0].casefold() in read})


async def _polled(connection: Polls, unreadable: Unreadable) -> AsyncIterator[Sequence[Record]]:
    cursor = ""
    while (polled := await connection.poll(cursor, BATCH)).records or polled.refused:
        for mark in polled.refused:
            unreadable.add(mark.ref)
        yield polled.records
        await connection.mark([*polled.refused, *(Mark(record.ref or "", SKIPPED) for record in polled.records)])
        cursor = polled.cursor


def _of_row(teller: Teller, native: Native, place: str, unreadable: Unreadable) -> Sequence[Told]:
    try:
        orjson.dumps(native.fields)  # bytes that are no text in the charset that was declared came through as they are
        return teller.tell(native, place)
    except (Untranslatable, TypeError):
        unreadable.add(place)
        return ()


@asynccontextmanager
async def _opened(around: Around, system: System) -> AsyncIterator[Connection]:
    """A connection of its own, which remembers nothing beyond this."""
    with tempfile.TemporaryDirectory(prefix="guantong-") as folder:
        context = context_of(system, around.registry, around.configuration, accept=_nobody, refused=lambda _code: None, now=lambda: 0.0)
        forgetful = Blobs(Nowhere(), Vault(os.urandom(32), os.urandom(32)), around.configuration.blobs.keys.largest)
        try:
            connection = await open_connection(system, replace(context, folder=Path(folder), rereading=True, keep=partial(Intake, forgetful)))
        except ProblemsError as error:
            raise _lost(system, *_words(error.problems[0])) from None
        except Exception as error:  # noqa: BLE001 -- a source of any kind may fail in any way
            raise _lost(system, told(error), told(error)) from None
        try:
            yield connection
        finally:
            await connection.close()


async def _told_plainly(system: System, pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
    """*pages*; a source that goes away in the middle is told in words, whatever it raises."""
    while True:
        try:
            page = await anext(pages)
        except StopAsyncIteration:
            return
        except ProblemsError as error:
            raise _lost(system, *_words(error.problems[0])) from None
        except Exception as error:  # noqa: BLE001 -- a source of any kind may fail in any way
            raise _lost(system, told(error), told(error)) from None
        yield page


def _words(problem: Problem) -> tuple[str, str]:
    return f"{problem.message()} [{problem.code.id}]", f"{problem.message('zh')} [{problem.code.id}]"


def _lost(system: System, what: str, what_zh: str) -> ProblemsError:
    return ProblemsError([Problem(BOOKS_LOST, details={"system": system.id, "what": what, "what_zh": what_zh})])


def _listed(path: Path) -> Exported:
    try:
        there = path.stat()
    except OSError as error:
        what, what_zh = in_words(error)
        raise ProblemsError([Problem(NOT_A_LIST, details={"file": path.name, "what": what, "what_zh": what_zh})]) from None
    if path.suffix.lower() not in TABLES or not path.is_file():
        details = {"file": path.name, "what": "its name does not end in .xlsx, .csv, .tsv or .txt", "what_zh": "扩展名不是 .xlsx、.csv、.tsv、.txt"}
        raise ProblemsError([Problem(NOT_A_LIST, details=details)])
    return Exported(path.name, path.resolve(), there.st_size, there.st_mtime_ns)


def _meant(books: Sequence[BookKeys], row: Fields) -> BookKeys | None:
    """The one of *books* whose columns the row has; the first where none has any."""
    having = [book for book in books if book.columns and set(book.columns.values()) & set(row)]
    return next(iter(having or books), None)


def _named(kinds: Sequence[str], *names: str) -> str:
    """The kind that a sheet or a file is named after, or the only one there is."""
    for name in names:
        held = [kind for kind in kinds if kind.upper() in name.upper()]
        longest = [kind for kind in held if not any(kind != other and kind.upper() in other.upper() for other in held)]
        if len(longest) == 1:
            return longest[0]
    return kinds[0] if len(kinds) == 1 else ""


async def _nobody(_record: Record) -> Verdict:
    return SKIPPED
