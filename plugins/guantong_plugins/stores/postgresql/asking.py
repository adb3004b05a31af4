"""What a group of work asks the server, and what it knows already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from guantong.foretold import Foretold
from guantong.store import Happening, Serial
from guantong_plugins.stores.postgresql.lines import SUBJECT, KnownLines
from guantong_plugins.stores.postgresql.sharing import PEN, Share
from guantong_plugins.stores.postgresql.statements import SQL
from guantong_plugins.stores.postgresql.written import Written
from guantong_plugins.stores.reading import Values

FEW = 3
"""Works for which asking beforehand gains nothing."""
MOST_KNOWN = 20_000
"""Subjects, and serials, that are remembered from one group to the next."""
_TABLES = ("subject", "message", "event", "delivery", "journal")


class Numbers:
    """The newest number of each table, counted here: nobody else gives any while we write."""

    def __init__(self, newest: Sequence[int]) -> None:
        self._newest = dict(zip(_TABLES, newest, strict=True))
        self._kept = dict(self._newest)

    def take(self, table: str) -> int:
        """The next number of *table*."""
        self._newest[table] = number = self._newest[table] + 1
        return number

    def keep(self) -> None:
        """Those taken are in use."""
        self._kept.update(self._newest)

    def give_back(self) -> None:
        """Those taken since are not."""
        self._newest.update(self._kept)


class Asking:
    """The questions of one session, one group after the other. Where nobody *shares* the schema reads need no transaction:
    nobody else writes. Else each group holds the pen from its beginning, and forgets what another may have changed."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], share: Share | None) -> None:
        self._connection = connection
        self._share = share
        self._plain = connection.cursor(binary=True)
        self._raw = psycopg.RawCursor(connection)
        self._written = Written()
        self._lines = KnownLines()
        self._serials: dict[Serial, int] = {}
        self._heads: dict[int, int] = {}
        self._happened: dict[int, list[Happening]] = {}
        self._begun = False
        self._wrote = False
        self._current = share is None  # whether what is known here is what the server has
        self.numbers = Numbers(self.one("newest"))

    def begin(self, mark: str) -> None:
        """A group begins, after those of the program with this *mark*, or of another."""
        share = self._share
        if share is None:
            return
        share.begin()
        self._begun = True
        last = self._connection.cursor()
        with self._connection.pipeline():
            self._connection.execute("BEGIN")
            self._connection.execute(PEN, (share.pen,))
            last.execute(SQL["last"])
        row = last.fetchone()
        if not self._current or row is None or row[0] != mark:
            self.forget()
            self.numbers = Numbers(self.one("newest"))
            self._current = True

    def all(self, name: str, values: Values = ()) -> list[Any]:
        """The rows of the statement *name*."""
        return self._plain.execute(SQL[name], values).fetchall()

    def one(self, name: str, values: Values = (), *, writes: bool = False) -> Any:
        """Its first row; None where there is none."""
        if writes:
            self._begin()
        return self._plain.execute(SQL[name], values).fetchone()

    def now(self, name: str, values: Values, *, alone: bool = False) -> int:
        """Write the statement *name* after all that waits to be written, or *alone*; how many rows it touched."""
        if not alone:
            self.flush()
        self._begin()
        return self._plain.execute(SQL[name], values).rowcount

    def later(self, name: str, values: Values) -> None:
        """Write the statement *name* when the rest is written."""
        self._written.later.append((name, values))

    def know(self, subject: int) -> None:
        """Read a subject's line, unless it is known."""
        if not self._lines.knows(subject):
            self._lines.take(subject, self.all("line_of", (subject,)))

    def foresee(self, works: Sequence[object]) -> None:
        """Ask at once for what *works* say they will ask for, each by itself."""
        told = [work for work in works if isinstance(work, Foretold)]
        if len(told) < FEW:
            return
        serials = dict.fromkeys(serial for work in told for serial in work.serials)
        deliveries = [number for work in told for number in work.deliveries if self._lines.standing(number) is None]
        subjects = set(self._pointed(list(serials))) - {0} if serials else set()
        if deliveries:
            subjects.update(subject for (subject,) in self.all("subjects_with", (deliveries,)))
        unknown = [subject for subject in subjects if not self._lines.knows(subject)]
        if unknown:
            lines: dict[int, list[Any]] = {subject: [] for subject in unknown}
            for row in self.all("lines_of", (unknown,)):
                lines[row[SUBJECT]].append(row)
            for subject, rows in lines.items():
                self._lines.take(subject, rows)

    def forget(self) -> None:
        """What was known may be otherwise now. Nothing waits to be written."""
        self._lines.clear()
        self._serials.clear()
        self._heads.clear()
        self._happened.clear()

    def flush(self) -> None:
        """Write what waits, within the group's transaction."""
        if not self._written:
            return
        self._write()

    def commit(self, mark: str, number: int) -> None:
        """Write what waits and commit, together with *number*, by which this group is found again. A group that wrote nothing
        costs nothing."""
        if self._written or self._wrote:
            self._write([("mark", (mark, number)), *self._shared(number)])
            self.numbers.keep()
        elif self._begun:
            self._connection.execute("COMMIT")
        self._begun = self._wrote = False
        if len(self._lines) > MOST_KNOWN or len(self._serials) > MOST_KNOWN or len(self._heads) > MOST_KNOWN:
            self.forget()

    def rollback(self) -> None:
        """Take back all of the group."""
        self._written.clear()
        self.forget()
        self.numbers.give_back()
        if self._begun:
            self._begun = self._wrote = False
            self._connection.execute("ROLLBACK")

    def _shared(self, number: int) -> list[tuple[str, Values]]:
        """What those that share the schema are left of this group."""
        share = self._share
        if share is None:
            return []
        told = share.told()
        return [("wrote", {"number": number, "worker": share.worker}), *([("tell", (share.channel, told))] if told else [])]

    def _write(self, last: Sequence[tuple[str, Values]] = ()) -> None:
        """All that waits goes to the server in one go; with *last*, that after it and then the commit."""
        self._chain()
        try:
            with self._connection.pipeline():
                self._begin()
                self._written.write(self._raw, self._plain)
                for name, values in last:
                    self._plain.execute(SQL[name], values)
                if last:
                    self._plain.execute("COMMIT")
        except UnicodeError as error:  # half of a character: the values of one work are to blame, not the one that is running
            raise psycopg.DataError("a text that is no Unicode") from error
        self._happened.clear()

    def _begin(self) -> None:
        self._wrote = True
        if not self._begun:
            self._begun = True
            self._plain.execute("BEGIN")

    def _pointed(self, serials: Sequence[Serial]) -> list[int]:
        """The subjects that *serials* point to, 0 where one points nowhere."""
        asked = [serial for serial in serials if serial not in self._serials]
        if asked:
            scopes, kinds, numbers = zip(*asked, strict=True)
            found = {Serial(scope, kind, number): subject for number, scope, kind, subject in
                     self.all("pointed", (list(numbers), list(scopes), list(kinds)))}
            for serial in asked:
                self._serials[serial] = found.get(serial, 0)
        return [self._serials[serial] for serial in serials]

    def _stands(self, delivery: int) -> tuple[str, int] | None:
        """A delivery's state and subject, of which the whole line is known then."""
        known = self._lines.standing(delivery)
        if known is None:
            rows = self.all("line_with", {"delivery": delivery})
            if not rows:
                return None
            if self._lines.knows(rows[0][2]):  # better than the server does: part of it may wait to be written
                self._lines.over(next(row for row in rows if row[0] == delivery))
            else:
                self._lines.take(rows[0][2], rows)
            known = self._lines.standing(delivery)
        return known

    def _settle_deliveries(self) -> None:
        if self._written.deliveries or self._written.moves or self._written.events:
            self.flush()

    def _chain(self) -> None:
        """Give each line of the journal that is to be written its predecessor, where that was not known."""
        unknown = [line for line in self._written.journal if line[1] is None]
        if unknown:
            heads = dict(self.all("heads", ([line[4] for line in unknown],)))
            for line in unknown:
                line[1] = heads[line[4]] or 0
