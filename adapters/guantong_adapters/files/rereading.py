"""Reading again what was put into the archive (`guantong backfill`): day by day, oldest first, moving nothing.

Where several folders are polled, a day has a folder for each. Earlier versions put all files of a day into one: from which folder
such a file came is found by the names the folders take. The cursor names the day and the file read last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import orjson

from guantong.adapter import Mark, Polled
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Record
from guantong_adapters.files import codes
from guantong_adapters.files.completeness import is_meant
from guantong_adapters.files.filenames import beside as named_beside
from guantong_adapters.files.inparts import InParts
from guantong_adapters.files.marking import REASON, kept_in
from guantong_adapters.files.place import MOST_LISTED, Driver, Entry, Missing, printable
from guantong_adapters.files.polling import age, has_room
from guantong_adapters.files.settings import FilesSettings, PolledFolder
from guantong_adapters.files.splitting.progress import Progress
from guantong_adapters.files.taking import Found, InHand, Taker, kind_of, path_in

_RENAMED = re.compile(r"\.[0-9a-f]{8}(?:\.[0-9]+)?(?=\.[^.]*$|$)")
"""What `numbered` put into a name that was taken already."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _At(NamedTuple):
    """How far the archive was read: the day, and of it the file read last (an empty name: none yet); of the next, a large one, this
    many parts of what had this digest."""

    day: str = ""
    name: str = ""
    modified: float = 0.0
    parts: int = 0
    digest: str = ""


class _Archived(NamedTuple):
    """A record's file in the archive; `folders` are those it may have come from, where they are read differently."""

    found: Found
    folders: tuple[str, ...] = ()
    contested: bool = False
    """A file beside it may as well be another record's."""

    @property
    def unclear(self) -> bool:
        """Whether it cannot be read as it was."""
        return bool(self.folders) or self.contested


class ArchiveReader:
    """Reads one system's archive."""

    def __init__(self, system: str, settings: FilesSettings, driver: Driver, in_hand: InHand, taker: Taker, in_parts: InParts) -> None:
        self._system = system
        self._settings = settings
        self._driver = driver
        self._in_hand = in_hand
        self._taker = taker
        self._in_parts = in_parts
        self._ahead: list[_Archived] = []
        self._given = ""

    async def read(self, since: str, limit: int) -> Polled:
        """At most *limit* files of one day, fewer where they would fill the memory; nothing at the archive's end. What
        cannot be read as it was is refused, never left out. Raises `ProblemsError` for a day of too many entries.

        What a day's listing found beyond the batch is read next without another."""
        at, (waiting, self._ahead) = _at(since), (self._ahead, [])
        if not waiting or since != self._given:
            self._in_parts.close()
            at, waiting = await self._after(at)
        if waiting and self._in_parts.meant(waiting[0].found) and not waiting[0].unclear:
            return await self._large(at, waiting, limit)
        records: list[Record] = []
        refused: list[Mark] = []
        size = place = 0
        for archived in waiting:
            if len(records) + len(refused) >= limit or not has_room(archived.found, size, self._taker):
                break
            if self._in_parts.meant(archived.found) and not archived.unclear:
                break
            taken = await self._taken(archived)
            if isinstance(taken, Mark):
                refused.append(taken)
            else:
                records.append(taken)
                size += len(taken.body)
            at, place = _after(at.day, archived, self._settings), place + 1
        return self._polled(at, waiting[place:], records, refused)

    def forget(self, marks: Sequence[Mark]) -> None:
        """These files are dealt with, and stay where they are."""
        for mark in marks:
            self._in_hand.forget(mark.ref)

    async def _large(self, at: _At, waiting: list[_Archived], limit: int) -> Polled:
        """The next parts of the large file that is the first of *waiting*, or its refusal."""
        archived = waiting[0]
        refused: list[Mark] = []
        if not self._in_parts.more:
            turned = await self._in_parts.begin(archived.found, Progress(archived.found.path, at.digest, at.parts))
            if turned is None and not self._in_parts.more:
                turned = self._taker.refused(archived.found, codes.ARCHIVE_CHANGED)
            refused = [turned] if turned else []
        records = await self._in_parts.batch(limit)
        refused += self._in_parts.amiss()
        if self._in_parts.more:
            given = self._in_parts.given
            return self._polled(at._replace(parts=given.parts, digest=given.digest), waiting, records, refused)
        self._in_parts.close()
        return self._polled(_after(at.day, archived, self._settings), waiting[1:], records, refused)

    def _polled(self, at: _At, ahead: list[_Archived], records: list[Record], refused: list[Mark]) -> Polled:
        self._ahead, self._given = ahead, orjson.dumps([*at]).decode()
        return Polled(records, self._given, refused)

    async def _taken(self, archived: _Archived) -> Record | Mark:
        if archived.folders:
            return self._taker.refused(archived.found, codes.WHOSE_RULES, folders=", ".join(archived.folders))
        if archived.contested:
            return self._taker.refused(archived.found, codes.WHOSE_ATTACHMENTS)
        return await self._taker.take(archived.found) or self._taker.refused(archived.found, codes.ARCHIVE_CHANGED)

    async def _after(self, at: _At) -> tuple[_At, list[_Archived]]:
        """What is left of the first day that has anything after *at*, in order."""
        for day in await self._days():
            if day < at.day:
                continue
            waiting = await self._day(day)
            if day == at.day and at.name:
                waiting = _left(waiting, at, self._settings)
            if waiting:
                return at if day == at.day else _At(day), waiting
        return at, []

    async def _days(self) -> list[str]:
        """The archive's days, oldest first."""
        try:
            entries = await self._driver.entries(self._settings.archive)
        except Missing:  # nothing was archived yet
            return []
        return sorted(entry.name for entry in entries if not entry.regular and _DAY.fullmatch(entry.name))

    async def _day(self, day: str) -> list[_Archived]:
        """The records' files of one day, in order."""
        root = path_in(self._settings.archive, day)
        found = await self._folder(root, self._settings.poll)
        for polled in self._settings.poll:
            if (folder := kept_in(self._settings, root, polled)) != root:
                found += await self._folder(folder, [polled])
        return sorted(found, key=lambda one: age(self._settings, one.found.entry))

    async def _folder(self, folder: str, polled: Sequence[PolledFolder]) -> list[_Archived]:
        """The records' files of one folder of a day, which came from one of *polled*."""
        try:
            entries = await self._driver.entries(folder)
        except Missing:  # nothing came from it that day
            return []
        if len(entries) >= MOST_LISTED:
            raise ProblemsError([Problem(codes.ARCHIVE_FULL, Place(), self._system, {"folder": folder, "most": MOST_LISTED})])
        names = {entry.name for entry in entries}
        called = {name: original(name, names) for name in names}
        rules = {entry.name: fitting for entry in entries
                 if (fitting := [one for one in polled if is_meant(one, entry._replace(name=called[entry.name]), frozenset())])}
        markers = {named_beside(one.complete.marker, name) for name, fitting in rules.items() for one in fitting if one.complete.marker}
        told = [entry for entry in entries if entry.name in rules and entry.name not in markers and not entry.name.endswith(REASON)]
        aside = {entry.name for entry in told} | markers
        self._taker.lies_in(folder, [entry for entry in entries if entry.name not in aside])
        found = [_archived(entry, called[entry.name], rules[entry.name], folder) for entry in told]
        owners = Counter(other.name for one in found for other, _ in self._taker.beside(one.found))
        return [one._replace(contested=any(owners[other.name] > 1 for other, _ in self._taker.beside(one.found))) for one in found]


def _after(day: str, archived: _Archived, settings: FilesSettings) -> _At:
    """How far the archive was read once this file was."""
    return _At(day, _name(archived, settings), archived.found.entry.modified)


def _name(archived: _Archived, settings: FilesSettings) -> str:
    """The file's name in its day, with the folder it came from where that is kept."""
    return printable(archived.found.path.removeprefix(f"{settings.archive}/").partition("/")[2])


def original(name: str, names: Collection[str]) -> str:
    """The name a file had before it was put away beside one of the same name, which is among *names*."""
    bare = _RENAMED.sub("", name)
    return bare if bare in names else name


def _archived(entry: Entry, called: str, fitting: Sequence[PolledFolder], folder: str) -> _Archived:
    """The file, read by the rules of the folders whose files are called so, where they are the same."""
    ways = {(kind_of(one, called), one.charset, one.beside, one.split) for one in fitting}
    rules = fitting[0].model_copy(update={"folder": folder})
    return _Archived(Found(rules, entry, "", called), tuple(one.folder for one in fitting) if len(ways) > 1 else ())


def _left(waiting: list[_Archived], at: _At, settings: FilesSettings) -> list[_Archived]:
    """What of a day comes after the file read last; by its order where that file is gone."""
    for place, one in enumerate(waiting):
        if _name(one, settings) == at.name:
            return waiting[place + 1:]
    last = age(settings, Entry(at.name.rpartition("/")[2], 0, at.modified, regular=True))
    return [one for one in waiting if age(settings, one.found.entry) > last]


def _at(cursor: str) -> _At:
    """Where *cursor* says; the beginning for one that is none of ours."""
    try:
        day, name, modified, *large = orjson.loads(cursor)
        return _At(str(day), str(name), float(modified), int(large[0]) if large else 0, str(large[1]) if large else "")
    except (orjson.JSONDecodeError, IndexError, TypeError, ValueError):
        return _At()
