"""Reading one system's large files in parts, one file at a time."""

from __future__ import annotations

from pathlib import Path

from guantong.adapter import Mark
from guantong.record import Record
from guantong_adapters.files import codes
from guantong_adapters.files.place import Driver, Missing, TooLarge
from guantong_adapters.files.splitting.largefile import LargeFile
from guantong_adapters.files.splitting.opening import Aside, large_file
from guantong_adapters.files.splitting.progress import Progress
from guantong_adapters.files.splitting.shell import Unsplittable
from guantong_adapters.files.taking import BODIES, Found, InHand, Taker, kind_of

_FEW = 16 * 1024
"""Bytes in which there are no thousand records: no record has less than 16."""


class InParts:
    """Reads large files. Their copies lie in *folder*, without a name."""

    def __init__(self, system: str, driver: Driver, in_hand: InHand, taker: Taker, folder: Path | None) -> None:
        self._system = system
        self._driver = driver
        self._in_hand = in_hand
        self._taker = taker
        self._folder = folder
        self._large: tuple[Found, LargeFile] | None = None
        self._given: list[Record] = []
        self._amiss: list[Mark] = []

    def meant(self, found: Found) -> bool:
        """Whether the file is read in parts: one that may have more records than a message, whatever its size."""
        split = found.polled.split
        if split is None:
            return False
        few = 0 if split.xlsx is not None else min(self._taker.most, _FEW)  # packed, thousands of rows need little
        return few < found.entry.size <= split.largest

    @property
    def progress(self) -> Progress | None:
        """How far the file under way is dealt with; None where there is none."""
        return self._large[1].progress if self._large else None

    @property
    def found(self) -> Found | None:
        """The file under way."""
        return self._large[0] if self._large else None

    def amiss(self) -> list[Mark]:
        """The refusal of a file that proved to be wrong in its midst, once."""
        amiss, self._amiss = self._amiss, []
        return amiss

    @property
    def given(self) -> Progress:
        """What was handed over of the file under way."""
        assert self._large is not None  # noqa: S101 -- only asked while there is one
        return self._large[1].progress._replace(parts=self._large[1].given)

    @property
    def more(self) -> bool:
        """Whether the file under way has parts that were not handed over."""
        return self._large is not None and self._large[1].given < self._large[1].survey.parts

    async def begin(self, found: Found, before: Progress | None) -> Mark | None:
        """Copy the file aside and look through it. Then it is under way, from where *before* came to; unless it is turned away, or
        changed meanwhile."""
        told = await self._taker.precise(found)
        if told is None:
            return None
        aside = Aside(self._system, self._folder)
        try:
            self._large = await self._begun(told, aside, before)
        except Unsplittable as error:
            return self._refused(told, error)
        finally:
            if self._large is None:
                aside.close()
        return None

    def _refused(self, found: Found, error: Unsplittable) -> Mark:
        return self._taker.refused(found, codes.UNSPLITTABLE, where=error.where, where_zh=error.where_zh, what=error.what, what_zh=error.what_zh)

    async def batch(self, limit: int) -> list[Record]:
        """At most *limit* parts, as many as fit into the memory: none where all were handed over."""
        if self._large is None:
            return []
        records: list[Record] = []
        size = 0
        try:
            while len(records) < limit and size <= (BODIES - 1) * self._taker.most:
                part = await self._large[1].next()
                if part is None:
                    break
                records.append(self._record(*self._large, *part))
                size += len(part[1])
        except Unsplittable as error:
            self._amiss = [self._refused(self._large[0], error)]
            self.close()
        except BaseException:
            self.close()
            raise
        self._given = records
        return records

    def again(self) -> list[Record]:
        """What was handed over last and is not dealt with."""
        return [record for record in self._given if self._in_hand.get(record.ref or "")]

    def close(self) -> None:
        """Leave the file under way; read again, it goes on from its progress."""
        if self._large is not None:
            self._large[1].close()
        self._large, self._given = None, []

    async def _begun(self, found: Found, aside: Aside, before: Progress | None) -> tuple[Found, LargeFile] | None:
        """The file, looked through; None where it changed or went while it was copied."""
        split = found.polled.split
        assert split is not None  # noqa: S101 -- only asked for what is `meant`
        try:
            size = await self._driver.copy(found.path, found.entry.size, aside.write)
        except (Missing, TooLarge):
            return None
        await aside.finish()
        now = await self._driver.stat(found.path)
        if now is None or size != found.entry.size or now[1:3] != found.entry[1:3]:
            return None
        return found, await large_file(aside, split, found.polled.charset, self._taker.most, found.path, before)

    def _record(self, found: Found, large: LargeFile, number: int, body: bytes) -> Record:
        ref = self._in_hand.add(found, large.progress.digest, (), large, number)
        return Record(self._system, body, kind_of(found.polled, found.called or found.entry.name), large.survey.charset, ref)
