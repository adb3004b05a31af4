"""The exchange-table adapter: one connection object for one system's exchange database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from guantong.adapter import Asked, Awaited, Mark, Polled, ProbeStep, Receipt, SystemContext, Wanted
from guantong.opencases import CasesAsked, SomeCases
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Answer, Fields, NotSent, Outgoing, Reply, Unsure
from guantong_adapters.table import codes
from guantong_adapters.table.calling import Arguments, Call, arguments
from guantong_adapters.table.cells import Cells
from guantong_adapters.table.charsets import Unwritable
from guantong_adapters.table.database import Database
from guantong_adapters.table.fetching import get, key_of
from guantong_adapters.table.fitting import misfits
from guantong_adapters.table.layout import FETCH, POLL, Layout, Layouts, look, look_at, sending
from guantong_adapters.table.listing import Listed
from guantong_adapters.table.probe import probe
from guantong_adapters.table.readings import Made, Readings
from guantong_adapters.table.receipts import read_receipts
from guantong_adapters.table.remembered import hold
from guantong_adapters.table.rows import RowReader
from guantong_adapters.table.sending import Attempt, Insertion, ask, insertion, refusal, reply
from guantong_adapters.table.settings import TableSettings
from guantong_adapters.table.uniqueness import unguarded
from guantong_adapters.table.wrapping import Facts, row_of

Result = TypeVar("Result")
_NO_ANSWER = (codes.UNREACHABLE, codes.OVERDUE)
log = structlog.get_logger("guantong.table")


class Tables:
    """The open end of one exchange database: sends, asks, polls, marks and reads receipts.

    Refusals of the database are replies (`{"result": "error", "class": …, "sqlstate": …}`); a database that
    does not answer is `NotSent` when sending, and `ProblemsError` when polling, marking or reading receipts.
    """

    def __init__(self, context: SystemContext) -> None:
        self._settings: TableSettings = context.settings
        self._system = context.system
        self._body_limit = context.body_limit
        self._database = Database(context.system, self._settings, context.secrets.get("password"))
        self._cells = Cells(self._settings, self._database.engine.dialect.name)
        self._now = context.now
        self._folder = context.folder
        self._open_cases = context.open_cases
        self._rereading = context.rereading
        self._layouts: Layouts | None = None
        self._readings: Readings | None = None
        self._uses = (*map(sending, self._settings.send), FETCH, POLL)
        self._looking = asyncio.Lock()
        self._under_way: dict[str, asyncio.Future[Answer]] = {}

    async def prepare(self) -> None:
        """Look at the tables once. Raises `ProblemsError`: what is missing, or that nothing answers."""
        await self._looked(*self._uses)

    async def send(self, outgoing: Outgoing) -> Answer:
        """Insert the record's row: `{"result": "inserted"}`, `"duplicate"` on its key, or `"error"`."""
        row = await self._writing(outgoing)
        if isinstance(row, Arguments):
            return await self._attempt(Call(self._database, row), outgoing.timeout)
        if not isinstance(row, Insertion):
            return row
        attempt = Attempt(self._database, row)
        answer = await self._attempt(attempt, outgoing.timeout, row.ref)
        if attempt.schema_differs:
            self._layouts = None
            again = await self._writing(outgoing)  # says which table or column is gone
            return answer if isinstance(again, Insertion | Arguments | NotSent) else again
        return answer

    async def _attempt(self, attempt: Attempt | Call, seconds: float, ref: str = "") -> Answer:
        """Wait for the attempt as long as there is time; one that may still take effect is kept by its *ref*."""
        running = self._database.start(attempt.run)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(running)
        except TimeoutError:
            answer = attempt.give_up()
            if not isinstance(answer, Unsure):
                running.cancel()
            elif ref:
                self._keep(ref, running)
            return answer
        except asyncio.CancelledError:
            attempt.give_up()
            running.cancel()
            raise

    async def fetch(self, wanted: Wanted) -> Answer:
        """Get one content: `found`, `missing` or `unreadable`. A table that is not as configured raises `ProblemsError`."""
        loop = asyncio.get_running_loop()

        async def taken(piece: bytes) -> None:
            await wanted.write(piece)

        def write(piece: bytes) -> None:
            asyncio.run_coroutine_threadsafe(taken(piece), loop).result()

        keys = self._settings.fetch
        if keys is None:
            raise RuntimeError("`fetch:` is not configured")
        layout = (await self._looked(FETCH))[keys.table]
        key = key_of(layout, keys, wanted)
        running = self._database.start(lambda: get(self._database, layout, keys, key, wanted.limit, write))
        try:
            async with asyncio.timeout(wanted.timeout):
                return await running
        except TimeoutError:
            return NotSent("the database did not answer in time", "数据库未按时应答")

    async def query(self, outgoing: Outgoing) -> Answer:
        """Whether the record's row is there. While an attempt of ours still runs, nobody can know."""
        row = await self._writing(outgoing)
        if isinstance(row, Arguments):
            return Unsure("what a procedure took cannot be asked for", "由存储过程接收的内容无法查询")
        if not isinstance(row, Insertion):
            return row
        if row.ref in self._under_way:
            return Unsure("the earlier attempt has not ended yet", "上一次尝试尚未结束")
        running = self._database.start(lambda: ask(self._database, row))
        try:
            async with asyncio.timeout(outgoing.timeout):
                return await running
        except TimeoutError:
            return Unsure("the database did not answer the question in time", "数据库未按时答复查询")

    async def poll(self, since: str, limit: int) -> Polled:
        """At most *limit* unread records; how each table is read is its settings' matter."""
        if not self._settings.poll:
            return Polled((), since)
        readings = await self._made_readings()
        return await self._read(lambda: readings.poll(since, limit), self._settings.poll[0].name)

    async def mark(self, marks: Sequence[Mark]) -> None:
        """Tell the tables what became of their rows, and remember it where nothing can be told."""
        if not marks:
            return
        readings = await self._made_readings()
        await self._read(lambda: readings.mark(marks), marks[0].ref.partition(":")[0])

    async def give_back(self, ref: str, why: str) -> str:
        """Set the error flag of the row *ref* with the reason, where its table is read by a flag."""
        readings = await self._made_readings()
        return await self._read(lambda: readings.give_back(ref, why), ref.partition(":")[0])

    async def receipts(self, awaited: Sequence[Awaited]) -> Sequence[Receipt]:
        """The judgements there are, found by the key columns of what was sent."""
        if not awaited:
            return []
        uses = [sending(each.kind) for each in awaited]
        layouts = await self._looked(*uses)

        def work() -> list[Receipt]:
            with self._database.snapshot() as connection:
                return read_receipts(connection, self._settings, layouts, awaited)

        return await self._working(work, awaited[0].kind, *uses)

    async def listing(self, asked: Asked) -> AsyncIterator[Sequence[Fields]]:
        """The rows of a question or a view, page by page, seen as of one moment; nothing is changed."""
        layout = await self._viewed(asked.view) if asked.view else None
        reader = RowReader(self._settings, layout, (), self._database.engine.dialect.name)
        listed = Listed(self._database, asked, layout, reader, self._system)
        try:
            while page := await self._database.run(listed.page, asked.view or "reconcile"):
                yield page
        finally:
            await self._database.run(listed.close)

    async def _viewed(self, view: str) -> Layout:
        def work() -> Layout:
            with self._database.snapshot() as connection:
                return look_at(connection, self._system, self._settings, view)

        return await self._database.run(work, view)

    async def probe(self) -> Sequence[ProbeStep]:
        """Log in and look at the tables."""
        return await probe(self._system, self.prepare)

    async def misfits(self, written: Sequence[Outgoing]) -> Sequence[ProbeStep]:
        """Compare rows as they would be written with the tables' columns, and see that their keys are unique there."""
        layouts = await self._looked(*self._uses)

        def work() -> list[ProbeStep]:
            with self._database.snapshot() as connection:
                return unguarded(connection, self._system, layouts, self._settings)

        return [*misfits(self._system, layouts, self._settings, written), *await self._working(work, self._system)]

    async def close(self) -> None:
        await self._database.close()
        if self._readings is not None:
            self._readings.close()

    async def _writing(self, outgoing: Outgoing, *, anew: bool = False) -> Insertion | Arguments | Reply | NotSent:
        """The row to write, or what to call with. What the table has no place for is a refusal like the database's own. *anew*:
        the table was looked at for this very record."""
        sent = self._settings.send.get(outgoing.kind)
        if sent is None:
            raise ProblemsError([Problem(codes.NO_KIND, Place(), self._system, {"kind": outgoing.kind})])
        try:
            async with asyncio.timeout(outgoing.timeout):
                layouts = await self._looked(sending(outgoing.kind))
            row = row_of(sent, Facts(outgoing.kind, outgoing.key, outgoing.fields, outgoing.body, self._now()))
            if sent.procedure is not None:
                return arguments(self._system, sent, row, self._cells)
            return insertion(layouts[sent.table or outgoing.kind], sent, row, self._cells)
        except UnicodeError as error:  # refused as the database would
            if isinstance(error, Unwritable) and not anew:  # the column may have been widened since
                self._layouts = None
                return await self._writing(outgoing, anew=True)
            return refusal(error)
        except TimeoutError:
            return NotSent("the exchange database did not say in time what its tables are", "交换数据库未按时给出表结构")
        except ProblemsError as error:
            first = error.problems[0]
            if first.code in _NO_ANSWER:
                return NotSent(first.message(), first.message("zh"))
            self._layouts = None  # a column that only this record names may be made: the next one looks anew
            said = {"class": "schema", "reason": first.line(), "reason_zh": first.line("zh")}
            return Reply(reply("error", code=first.code.id, **said))

    async def _made_readings(self) -> Readings:
        if self._readings is None:
            loop = asyncio.get_running_loop()
            layouts = await self._looked(POLL)

            def ask(asked: CasesAsked) -> SomeCases:
                """The hub answers on its loop; readings ask in a thread."""
                async def answer() -> SomeCases:
                    return self._open_cases(asked)

                return asyncio.run_coroutine_threadsafe(answer(), loop).result()

            self._readings = Readings(Made(
                self._system, self._settings, self._database, layouts, self._folder, self._body_limit, ask,
                self._rereading,
            ))
        return self._readings

    async def _read(self, work: Callable[[], Result], table: str) -> Result:
        """Run *work* of the readings; after a failure they begin anew, with the tables as they are then. Polling and
        marking follow each other, so nothing else of them runs."""
        try:
            return await self._working(work, table, POLL)
        except ProblemsError:
            if self._readings is not None:
                self._readings.close()
                self._readings = None
            raise

    async def _looked(self, *uses: str) -> Layouts:
        """The tables as they are, good for these *uses*. Raises `ProblemsError` with what is amiss with them, after a look of its
        own: it may have been mended."""
        async with self._looking:
            if self._layouts is None or self._layouts.problems(uses):
                self._layouts = await self._database.run(self._look)
            layouts = self._layouts
        if problems := layouts.problems(uses):
            raise ProblemsError(problems)
        return layouts

    def _look(self) -> Layouts:
        """Called in a thread. Polled tables are held to what they were only where nothing else is amiss with them."""
        with self._database.snapshot() as connection:
            layouts = look(connection, self._system, self._settings)
        if self._folder is None or self._rereading or layouts.problems([POLL]):
            return layouts
        lost = hold(self._folder, self._system, self._settings, layouts)
        return replace(layouts, amiss={**layouts.amiss, POLL: lost})

    async def _working(self, work: Callable[[], Result], table: str, *uses: str) -> Result:
        """Run *work*; when it is refused, look at the tables anew, which says what is missing for these *uses*, if anything is."""
        try:
            return await self._database.run(work, table)
        except ProblemsError as error:
            self._layouts = None
            if error.problems[0].code not in _NO_ANSWER:
                await self._looked(*uses)
            raise

    def _keep(self, ref: str, running: asyncio.Future[Answer]) -> None:
        """Remember an attempt nobody waits for, until it has ended."""
        self._under_way[ref] = running
        running.add_done_callback(lambda _: self._under_way.pop(ref, None))


async def open_tables(context: SystemContext) -> Tables:
    """Open one system's exchange database. Raises `ProblemsError` when its URL cannot be used.

    A database that does not answer now may do so later, and one that is not as configured must not keep the hub from
    serving the others: what is missing is told at once, and again by whatever is tried with it."""
    tables = Tables(context)
    try:
        await tables.prepare()
    except ProblemsError as error:
        log.error("table.not_as_configured", system=context.system, problems=[each.line() for each in error.problems])
    return tables
