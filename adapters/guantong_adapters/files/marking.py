"""Putting files away once they are durable here: taken in, or in error with the reason beside them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import structlog

from guantong.adapter import Mark
from guantong.record import Acceptance, Verdict
from guantong_adapters.files.abreast import abreast
from guantong_adapters.files.filenames import beside, numbered
from guantong_adapters.files.place import Driver, Missing, printable
from guantong_adapters.files.settings import FilesSettings, PolledFolder
from guantong_adapters.files.taking import InHand, Taken, path_in

REASON = ".reason.txt"
_MOST_NAMES = 1000
_MOST_MADE = 1000
"""Folders remembered as made: those of a day, of many polled folders."""
_MOST_KNOWN = 20_000
"""Names of one folder that are remembered; beyond them the place is asked for each."""
_CHINA = timezone(timedelta(hours=8))
log = structlog.get_logger("guantong.files")


class Keeper:
    """Moves one system's files to where they belong."""

    def __init__(self, settings: FilesSettings, driver: Driver, in_hand: InHand) -> None:
        self._settings = settings
        self._driver = driver
        self._in_hand = in_hand
        self._made: dict[str, set[str] | None] = {}
        """Folders that are there, with the names in them: who puts files there are we. None where there are too many."""
        self._making = asyncio.Lock()
        self._giving: set[str] = set()
        """Paths that are being given to files: two of one name, from two folders, must not get the same."""

    async def put_away(self, marks: Sequence[Mark], now: float) -> None:
        """Put the files of *marks* away. A file that changed since it was read stays, to be read again; one that is gone
        is left to whoever took it."""

        async def put(each: Mark) -> None:
            taken = self._in_hand.get(each.ref)
            if taken is None:
                log.warning("files.mark_without_file", ref=each.ref)
                return
            verdict: Verdict | None = each.verdict
            if taken.large is not None:
                verdict = taken.large.told(taken.part, each.verdict, self._settings.error_for)
            if verdict is not None:  # else other parts of the file are still to come
                await self._put_away(each.ref, taken, verdict, now)
            self._in_hand.forget(each.ref)

        try:
            await abreast(put, marks)
        finally:
            self._giving.clear()

    async def _put_away(self, ref: str, taken: Taken, verdict: Verdict, now: float) -> None:
        entry = await self._driver.stat(taken.found.path)
        if entry is None:
            log.warning("files.file_gone", ref=ref)
            return
        if entry[1:3] != taken.found.entry[1:3]:
            log.warning("files.file_changed", ref=ref)
            return
        failed = verdict.acceptance.value in self._settings.error_for
        if not failed and self._settings.taken == "delete":
            await self._driver.delete(taken.found.path)
            if taken.found.marker:
                await self._driver.delete(path_in(taken.found.polled.folder, taken.found.marker))
            for name in taken.beside:
                await self._driver.delete(path_in(taken.found.polled.folder, name))
            return
        folder = self._settings.error if failed else self._settings.archive
        await self._move(taken, kept_in(self._settings, f"{folder}/{_day(now)}", taken.found.polled), verdict if failed else None)

    async def give_back(self, ref: str, why: str, now: float) -> str:
        """Say in the folder of errors why the file *ref* is given back; where it stands. Said again, it stands there once."""
        path, _, digest = ref.rpartition("#")
        name = path.rpartition("/")[2]
        folder = f"{self._settings.error}/{_day(now)}"
        status = path_in(folder, f"{digest}-{name}{REASON}")
        await self._make(folder)
        await self._driver.write(status, reason(name, Verdict(Acceptance.REFUSED, 0, "", why, why)))
        return status

    async def put_aside(self, path: str, folder: str, now: float) -> None:
        """Move a file that needs no verdict to today's part of *folder*. Raises `Missing` when it is gone."""
        name, there = path.rpartition("/")[2], f"{folder}/{_day(now)}"
        await self._make(there)
        digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
        async with self._named(there, name, digest) as kept:
            await self._driver.move(path, path_in(there, kept))

    async def _move(self, taken: Taken, folder: str, why: Verdict | None) -> None:
        """Move a file with its marker. The reason is written first: a crash in between reads the file again."""
        found = taken.found
        await self._make(folder)
        try:
            async with self._named(folder, found.entry.name, taken.digest) as name:
                if why is not None:
                    await self._driver.write(path_in(folder, name + REASON), reason(found.entry.name, why))
                await self._driver.move(found.path, path_in(folder, name))
        except Missing:
            log.warning("files.file_gone", ref=printable(found.path))
            return
        for other in taken.beside:  # after the record: what is read again must find them
            try:
                async with self._named(folder, other, taken.digest) as kept:
                    await self._driver.move(path_in(found.polled.folder, other), path_in(folder, kept))
            except Missing:
                log.warning("files.file_gone", ref=printable(other))
        if found.polled.complete.marker:
            marker = beside(found.polled.complete.marker, name)
            try:
                await self._driver.move(path_in(found.polled.folder, found.marker), path_in(folder, marker))
            except Missing:
                log.warning("files.marker_gone", ref=printable(found.path))

    async def _make(self, folder: str) -> None:
        async with self._making:
            if folder not in self._made:
                await self._driver.make_folder(folder)
                if len(self._made) >= _MOST_MADE:
                    self._made.clear()
                names = {entry.name for entry in await self._driver.entries(folder)}
                self._made[folder] = names if len(names) < _MOST_KNOWN else None

    @asynccontextmanager
    async def _named(self, folder: str, name: str, digest: str) -> AsyncIterator[str]:
        """A name to put a file away by, which is free again when it could not be."""
        free = await self._free(folder, name, digest)
        try:
            yield free
        except BaseException:
            (self._made.get(folder) or set()).discard(free)
            raise

    async def _free(self, folder: str, name: str, digest: str) -> str:
        """A name that is not taken yet: what was put away stays what it is."""
        known = self._made.get(folder)
        if known is not None and len(known) >= _MOST_KNOWN:
            known = self._made[folder] = None
        for number in range(_MOST_NAMES):
            other = numbered(name, digest, number)
            path = path_in(folder, other)
            if path in self._giving:
                continue
            if known is not None:
                if other not in known:
                    known.add(other)
                    return other
                continue
            self._giving.add(path)
            if await self._driver.stat(path) is None:
                return other
        return numbered(name, digest, _MOST_NAMES)


def kept_in(settings: FilesSettings, day: str, polled: PolledFolder) -> str:
    """Where in a day's folder the files of *polled* are kept: where several folders are read, in one of its name, so that a file
    tells where it came from."""
    return path_in(day, polled.folder) if len(settings.poll) > 1 and polled.folder != "." else day


def _day(now: float) -> str:
    return f"{datetime.fromtimestamp(now, _CHINA):%Y-%m-%d}"


def reason(name: str, verdict: Verdict) -> bytes:
    """What stands beside a file that was not taken in: UTF-8 with a mark by which every editor knows it."""
    lines = [
        ("文件 file", printable(name)), ("结果 result", verdict.acceptance.value), ("代码 code", verdict.code),
        ("报文 message", f"M{verdict.message}" if verdict.message else ""),
        ("原因", verdict.reason_zh), ("reason", verdict.reason),
    ]
    return "".join(f"{title}: {text}\r\n" for title, text in lines if text).encode("utf-8-sig", "replace")
