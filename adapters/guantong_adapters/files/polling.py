"""Reading files the other side left for us, oldest first over all folders, changing nothing."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import structlog

from guantong.adapter import Mark, Polled
from guantong.blobs.folding import Part
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import TooLarge as KeptTooLarge
from guantong.problems import Code, Place, Problem, ProblemsError
from guantong.record import Acceptance, Record, Verdict
from guantong_adapters.files import codes
from guantong_adapters.files.completeness import Looks, is_meant, is_whole, markers_of
from guantong_adapters.files.filenames import beside as named_beside
from guantong_adapters.files.filenames import natural
from guantong_adapters.files.place import Driver, Entry, Missing, TooLarge, printable
from guantong_adapters.files.settings import FilesSettings, PolledFolder

_MOST_REMEMBERED = 100_000
_BODIES = 4
"""How many of the largest allowed bodies one batch may hold in memory."""
log = structlog.get_logger("guantong.files")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is to be read, with its marker's name where it has one."""

    polled: PolledFolder
    entry: Entry
    marker: str

    @property
    def path(self) -> str:
        return path_in(self.polled.folder, self.entry.name)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it was read: what must still be there when it is put away."""

    found: Found
    digest: str
    beside: tuple[str, ...] = ()
    """The names of the files that belong to it."""


class InHand:
    """The files read and not yet put away, by their refs."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, Taken] = OrderedDict()

    def add(self, found: Found, digest: str, beside: tuple[str, ...] = ()) -> str:
        """Remember the file; its ref tells one content under a name from another."""
        ref = f"{printable(found.path)}#{digest[:16]}"
        self._taken[ref] = Taken(found, digest, beside)
        self._taken.move_to_end(ref)
        if len(self._taken) > _MOST_REMEMBERED:
            self._taken.popitem(last=False)
        return ref

    def get(self, ref: str) -> Taken | None:
        return self._taken.get(ref)

    def forget(self, ref: str) -> None:
        self._taken.pop(ref, None)


class Reader:
    """Reads one system's polled folders."""

    def __init__(
        self, system: str, settings: FilesSettings, driver: Driver, in_hand: InHand, body_limit: int,
        keep: Callable[[], Intake],
    ) -> None:
        self._system = system
        self._settings = settings
        self._driver = driver
        self._in_hand = in_hand
        self._most = settings.largest or body_limit
        self._keep = keep
        self._listed: dict[str, list[Entry]] = {}
        self._ahead: list[Found] = []
        self._given: list[str] = []

    async def read(self, since: str, limit: int, now: float) -> Polled:
        """At most *limit* whole files. Fewer when they are so large that they would fill the memory; the rest
        stays for the next time, as does one that changes while it is read.

        What one listing found beyond the batch is read next without another: a backlog would be listed for
        every batch of it. Unless something of the batch before was not put away: then it comes first again."""
        looks, cursor = Looks(since), since
        waiting, self._ahead = self._ahead, []
        if not waiting or any(self._in_hand.get(ref) for ref in self._given):
            waiting = await self._whole(looks, now)
            cursor = looks.cursor()
        records: list[Record] = []
        refused: list[Mark] = []
        size = 0
        for place, found in enumerate(waiting):
            full = size > 0 and size + found.entry.size > _BODIES * self._most
            if full or len(records) + len(refused) >= limit:
                self._ahead = waiting[place:]
                break
            if found.entry.size == 0 or found.entry.size > self._most:
                refused.append(self._refusal(found))
                continue
            record = await self._record(found)
            if isinstance(record, Mark):
                refused.append(record)
            elif record is not None:
                records.append(record)
                size += len(record.body)
        self._given = [record.ref or "" for record in records] + [mark.ref for mark in refused]
        return Polled(records, cursor, refused)

    async def _whole(self, looks: Looks, now: float) -> list[Found]:
        """The files to read, in order."""
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
                self._listed[polled.folder] = sorted(entries, key=attrgetter("name"))
            markers = markers_of(polled, listed)

            def unchanged(entry: Entry, least: float, folder: str = polled.folder) -> bool:
                return looks.unchanged(printable(path_in(folder, entry.name)), entry, least, now)

            for entry in sorted(entries, key=self._age):
                if is_meant(polled, entry, markers) and is_whole(polled, entry, listed, unchanged):
                    marker = polled.complete.marker
                    found.append(Found(polled, entry, named_beside(marker, entry.name) if marker else ""))
        return sorted(found, key=lambda each: self._age(each.entry))

    def _age(self, entry: Entry) -> tuple[Any, ...]:
        if self._settings.order == "time":
            return (entry.modified, natural(entry.name))
        return (natural(entry.name),)

    async def _record(self, found: Found) -> Record | Mark | None:
        try:
            body = await self._driver.read(found.path, min(self._most, found.entry.size))
        except (Missing, TooLarge):  # taken back since the listing, or still being written
            return None
        if len(body) != found.entry.size:
            return None
        parts: list[Part] = []
        beside = self._beside(found)
        for entry, name in beside:
            try:
                parts.append(await self._part(found, entry, name))
            except KeptTooLarge as error:
                return self._refusal(found, entry.size, error.limit)
            except (Missing, TooLarge):  # taken back, or still being written
                return None
        ref = self._in_hand.add(found, hashlib.sha256(body).hexdigest(), tuple(entry.name for entry, _ in beside))
        return Record(self._system, body, kind_of(found.polled, found.entry.name), found.polled.charset, ref, parts=tuple(parts))

    def _beside(self, found: Found) -> list[tuple[Entry, str]]:
        """The files that belong to a record's file, each with what stands at `*`."""
        if found.polled.beside is None:
            return []
        start = named_beside(found.polled.beside.files.removesuffix("*"), found.entry.name)
        entries = self._listed.get(found.polled.folder, [])
        told = []
        for entry in entries[bisect_left(entries, start, key=attrgetter("name")):]:
            if not entry.name.startswith(start):
                break
            if entry.regular and entry.name not in (found.entry.name, found.marker, start):
                told.append((entry, entry.name[len(start):]))
        return told

    async def _part(self, found: Found, entry: Entry, name: str) -> Part:
        """A file beside, kept. Raises `Missing`, `TooLarge` where it grows, `BlobsFailed`."""
        beside = found.polled.beside
        assert beside is not None  # noqa: S101 -- only asked where there are any
        async with self._keep() as intake:
            size = await self._driver.copy(path_in(found.polled.folder, entry.name), entry.size, intake.write)
            if size != entry.size:
                raise Missing
            return Part(beside.into, await intake.keep(), name, beside.named_by or "")

    def _refusal(self, found: Found, beside: int = 0, limit: int = 0) -> Mark:
        """What is turned away unread; *beside* are the bytes of a file beside it that is over *limit*."""
        size = beside or found.entry.size
        if size == 0:
            problem = self._problem(codes.EMPTY_FILE, found, {})
        else:
            problem = self._problem(codes.TOO_LARGE, found, {"size": size, "limit": limit or self._most})
        log.warning("files.refused", system=self._system, code=problem.code.id, size=size)
        reasons = [f"{problem.message(tongue)}; {problem.hint(tongue)}" for tongue in ("en", "zh")]
        verdict = Verdict(Acceptance.REFUSED, code=problem.code.id, reason=reasons[0], reason_zh=reasons[1])
        return Mark(self._in_hand.add(found, f"{size:016x}"), verdict)

    def _problem(self, code: Code, found: Found, details: dict[str, object]) -> Problem:
        return Problem(code, Place(), printable(found.path), details)


def path_in(folder: str, name: str) -> str:
    """The path of *name* in *folder*."""
    return name if folder == "." else f"{folder}/{name}"


def kind_of(polled: PolledFolder, name: str) -> str | None:
    """The record kind that the file's name tells, or None when its content does."""
    if polled.kind:
        return polled.kind
    if polled.kind_in_name is None:
        return None
    match = polled.kind_in_name.search(name)
    told = match["kind"] if match else None
    return polled.kinds.get(told, told) if told else None
