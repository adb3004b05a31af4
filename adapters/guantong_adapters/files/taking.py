"""Reading one file whole, with the files beside it, as a record; or turning it away unread."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import structlog

from guantong.adapter import Mark
from guantong.blobs.folding import Part
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import TooLarge as KeptTooLarge
from guantong.problems import Code, Place, Problem
from guantong.record import Acceptance, Record, Verdict
from guantong_adapters.files import codes
from guantong_adapters.files.filenames import beside as named_beside
from guantong_adapters.files.place import Driver, Entry, Missing, TooLarge, printable
from guantong_adapters.files.settings import MOST_BODY, PolledFolder
from guantong_adapters.files.splitting.largefile import LargeFile

BODIES = 4
"""How many of the largest allowed bodies one batch may hold in memory."""
_MOST_REMEMBERED = 100_000
_MOST_MISSED = 1_000
log = structlog.get_logger("guantong.files")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is to be read, with its marker's name where it has one."""

    polled: PolledFolder
    entry: Entry
    marker: str
    called: str = ""
    """The name it was given by the other side, where it lies under another."""

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
    large: LargeFile | None = None
    """The large file of which this is a part,"""
    part: int = 0
    """by this number, from 1."""


class InHand:
    """The files read and not yet put away, by their refs."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, Taken] = OrderedDict()

    def add(self, found: Found, digest: str, beside: tuple[str, ...] = (), large: LargeFile | None = None, part: int = 0) -> str:
        """Remember the file; its ref tells one content under a name from another, and of a large one which part it is."""
        ref = f"{printable(found.path)}#{digest[:16]}" + (f".{part}" if part else "")
        self._taken[ref] = Taken(found, digest, beside, large, part)
        self._taken.move_to_end(ref)
        if len(self._taken) > _MOST_REMEMBERED:
            self._taken.popitem(last=False)
        return ref

    def get(self, ref: str) -> Taken | None:
        return self._taken.get(ref)

    def forget(self, ref: str) -> None:
        self._taken.pop(ref, None)


class Taker:
    """Reads one system's files. `most` bytes a record's file may have; `listed` holds what lies in the
    folders that have files beside records, by name."""

    def __init__(
        self, system: str, most: int, driver: Driver, in_hand: InHand, keep: Callable[[], Intake],
    ) -> None:
        self.most = most
        self.listed: dict[str, list[Entry]] = {}
        self._system = system
        self._driver = driver
        self._in_hand = in_hand
        self._keep = keep
        self._missed: set[Entry] = set()
        self._said: set[Entry] = set()

    async def take(self, found: Found) -> Record | Mark | None:
        """The file as a record, or why it is turned away; None when it changed or went while it was read."""
        if found.entry.size == 0 or found.entry.size > self.most:
            told = await self.precise(found)
            return None if told is None else self.refusal(told)
        return await self._record(found)

    async def precise(self, found: Found) -> Found | None:
        """The file as `stat` tells it, by which it is known again when it is put away; None where it is not what was listed. Only
        asked of places whose listings are coarse."""
        if not self._driver.coarse:
            return found
        entry = await self._driver.stat(found.path)
        return None if entry is None or entry.size != found.entry.size else replace(found, entry=entry)

    def lies_in(self, folder: str, entries: Sequence[Entry]) -> None:
        """Remember what lies in a folder whose records have files beside them."""
        self.listed[folder] = sorted(entries, key=attrgetter("name"))

    async def _record(self, found: Found) -> Record | Mark | None:
        try:
            body = await self._driver.read(found.path, min(self.most, found.entry.size))
        except Missing:  # taken back since the listing
            self._not_there(found)
            return None
        except TooLarge:  # still being written
            return None
        if len(body) != found.entry.size:
            return None
        told = await self.precise(found)
        if told is None:
            return None
        found = told
        parts: list[Part] = []
        beside = self.beside(found)
        for entry, name in beside:
            try:
                parts.append(await self._part(found, entry, name))
            except KeptTooLarge as error:
                details = {"name": printable(entry.name), "size": entry.size, "limit": error.limit}
                return self.refused(found, codes.ATTACHMENT_TOO_LARGE, **details)
            except (Missing, TooLarge):  # taken back, or still being written
                return None
        ref = self._in_hand.add(found, hashlib.sha256(body).hexdigest(), tuple(entry.name for entry, _ in beside))
        return Record(self._system, body, kind_of(found.polled, found.called or found.entry.name), found.polled.charset, ref, parts=tuple(parts))

    def beside(self, found: Found) -> list[tuple[Entry, str]]:
        """The files that belong to a record's file, each with what stands at `*`."""
        if found.polled.beside is None:
            return []
        start = named_beside(found.polled.beside.files.removesuffix("*"), found.called or found.entry.name)
        entries = self.listed.get(found.polled.folder, [])
        told = []
        for entry in entries[bisect_left(entries, start, key=attrgetter("name")):]:
            if not entry.name.startswith(start):
                break
            if entry.regular and entry.name not in (found.entry.name, found.marker, start):
                told.append((entry, entry.name[len(start):]))
        return told

    def _not_there(self, found: Found) -> None:
        """Say once of a file that is listed again and again, and is not there when it is read: its name may be listed otherwise
        than it is."""
        if found.entry in self._missed and found.entry not in self._said:
            log.warning("files.listed_and_not_there", system=self._system, path=printable(found.path),
                        hint="is `charset:` that of the file names? 请核对文件名字符集 `charset:`")
            self._said.add(found.entry)
        for known in (self._missed, self._said):
            if len(known) > _MOST_MISSED:
                known.clear()
        self._missed.add(found.entry)

    async def _part(self, found: Found, entry: Entry, name: str) -> Part:
        """A file beside, kept. Raises `Missing`, `TooLarge` where it grows, `BlobsFailed`."""
        beside = found.polled.beside
        assert beside is not None  # noqa: S101 -- only asked where there are any
        async with self._keep() as intake:
            size = await self._driver.copy(path_in(found.polled.folder, entry.name), entry.size, intake.write)
            if size != entry.size:
                raise Missing
            return Part(beside.into, await intake.keep(), name, beside.named_by or "")

    def refusal(self, found: Found) -> Mark:
        """What is turned away unread for its size."""
        size = found.entry.size
        if size == 0:
            return self.refused(found, codes.EMPTY_FILE)
        if found.polled.split is not None:
            return self.refused(found, codes.TOO_LARGE, size=size, limit=found.polled.split.largest)
        if size > MOST_BODY:
            return self.refused(found, codes.BEYOND_ALL, size=size, limit=MOST_BODY)
        return self.refused(found, codes.TOO_LARGE, size=size, limit=self.most)

    def refused(self, found: Found, code: Code, **details: object) -> Mark:
        """The file turned away unread, for the reason *code* tells."""
        problem = Problem(code, Place(), printable(found.path), details)
        log.warning("files.refused", system=self._system, code=code.id, size=details.get("size", found.entry.size))
        reasons = [f"{problem.message(tongue)}; {problem.hint(tongue)}" for tongue in ("en", "zh")]
        verdict = Verdict(Acceptance.REFUSED, code=code.id, reason=reasons[0], reason_zh=reasons[1])
        return Mark(self._in_hand.add(found, f"{found.entry.size:016x}"), verdict)


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
