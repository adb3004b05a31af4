"""Reading files the other side left for us, oldest first over all folders, changing nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guantong.adapter import Mark, Polled
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Record
from guantong_adapters.files import codes
from guantong_adapters.files.abreast import abreast
from guantong_adapters.files.completeness import Looks, is_meant, is_whole, markers_of
from guantong_adapters.files.filenames import beside as named_beside
from guantong_adapters.files.filenames import natural
from guantong_adapters.files.inparts import InParts
from guantong_adapters.files.place import Driver, Entry, Missing, printable
from guantong_adapters.files.settings import FilesSettings
from guantong_adapters.files.splitting.progress import Progress
from guantong_adapters.files.taking import BODIES, Found, InHand, Taker, path_in


class Reader:
    """Reads one system's polled folders."""

    def __init__(self, system: str, settings: FilesSettings, driver: Driver, in_hand: InHand, taker: Taker, in_parts: InParts) -> None:
        self._system = system
        self._settings = settings
        self._driver = driver
        self._in_hand = in_hand
        self._taker = taker
        self._in_parts = in_parts
        self._ahead: list[Found] = []
        self._given: list[str] = []

    async def read(self, since: str, limit: int, now: float) -> Polled:
        """At most *limit* whole files. Fewer when they are so large that they would fill the memory; the rest
        stays for the next time, as does one that changes while it is read.

        What one listing found beyond the batch is read next without another: a backlog would be listed for
        every batch of it. Unless something of the batch before was not put away: then it comes first again. A large file has
        batches of its own, and none comes before it is through."""
        looks = Looks(since)
        kept = looks.large  # of a file that is not under way yet: others may come before it
        if (progress := self._in_parts.progress) is not None:
            parts = self._in_parts.again() or await self._more(limit)
            if parts or self._in_parts.progress is None:
                return Polled(parts, looks.unlooked(progress), self._in_parts.amiss())
            self._in_parts.close()
            kept = None
        cursor = looks.unlooked
        waiting, self._ahead = self._ahead, []
        if not waiting or any(self._in_hand.get(ref) for ref in self._given):
            waiting = await self._whole(looks, now)
            cursor = looks.cursor
        if waiting and self._in_parts.meant(waiting[0]):
            return await self._large(waiting, kept, cursor, limit)
        batch, self._ahead = self._fitting(waiting, limit)
        taken = await abreast(self._taker.take, batch)
        records = [one for one in taken if isinstance(one, Record)]
        refused = [one for one in taken if isinstance(one, Mark)]
        self._given = [record.ref or "" for record in records] + [mark.ref for mark in refused]
        return Polled(records, cursor(kept), refused)

    async def _large(self, waiting: list[Found], kept: Progress | None, cursor: Callable[[Progress | None], str], limit: int) -> Polled:
        """The first parts of the first file, or its refusal; nothing where it changed meanwhile."""
        refused = await self._in_parts.begin(waiting[0], kept)
        self._ahead, self._given = waiting[1:], [refused.ref] if refused else []
        if refused is not None:
            return Polled([], cursor(None), [refused])
        progress = self._in_parts.progress
        return Polled(await self._more(limit), cursor(progress or kept), self._in_parts.amiss())

    async def _more(self, limit: int) -> list[Record]:
        """The next parts. Where they cannot be read now, the file is begun anew before those behind it."""
        found = self._in_parts.found
        try:
            return await self._in_parts.batch(limit)
        except BaseException:
            self._ahead = [found, *self._ahead] if found else self._ahead
            raise

    def _fitting(self, waiting: list[Found], limit: int) -> tuple[list[Found], list[Found]]:
        """The files of one batch, and those that are left for later."""
        size = 0
        for place, found in enumerate(waiting):
            if place == limit or self._in_parts.meant(found) or not has_room(found, size, self._taker):
                return waiting[:place], waiting[place:]
            size += found.entry.size if found.entry.size <= self._taker.most else 0
        return waiting, []

    async def _whole(self, looks: Looks, now: float) -> list[Found]:
        """The files to read, in order. Listed twice: a listing made while files appear may show one and miss an older
        one; the second shows all that were there at the first's end, and of it no more is taken."""
        first = await self._listed(looks, now)
        if not first:
            return []
        youngest = self._age(first[-1].entry)
        return [each for each in await self._listed(looks, now) if self._age(each.entry) <= youngest]

    async def _listed(self, looks: Looks, now: float) -> list[Found]:
        """The whole files that one listing of each folder shows, in order."""
        found: list[Found] = []
        for place, polled in enumerate(self._settings.poll):
            try:
                entries = await self._driver.entries(polled.folder)
            except Missing:
                path = f"{self._system}.settings.poll.{place}.folder"
                details = {"folder": polled.folder}
                raise ProblemsError([Problem(codes.NO_FOLDER, Place(), path, details)]) from None
            listed = {entry.name: entry for entry in entries}
            if polled.beside is not None:
                self._taker.lies_in(polled.folder, entries)
            markers = markers_of(polled, listed)

            def unchanged(entry: Entry, least: float, folder: str = polled.folder) -> bool:
                return looks.unchanged(printable(path_in(folder, entry.name)), entry, least, now)

            for entry in sorted(entries, key=self._age):
                if is_meant(polled, entry, markers) and is_whole(polled, entry, listed, unchanged):
                    marker = polled.complete.marker
                    found.append(Found(polled, entry, named_beside(marker, entry.name) if marker else ""))
        return sorted(found, key=lambda each: self._age(each.entry))

    def _age(self, entry: Entry) -> tuple[Any, ...]:
        return age(self._settings, entry)


def age(settings: FilesSettings, entry: Entry) -> tuple[Any, ...]:
    """What orders files, oldest first."""
    if settings.order == "time":
        return (entry.modified, natural(entry.name))
    return (natural(entry.name),)


def has_room(found: Found, size: int, taker: Taker) -> bool:
    """Whether the file still goes into a batch that holds *size* bytes."""
    return size == 0 or size + found.entry.size <= BODIES * taker.most
