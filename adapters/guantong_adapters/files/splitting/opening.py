"""Copying a large file aside and looking through it: only one that is whole and well formed is read at all."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from guantong.oserrors import in_words
from guantong.problems import Place, Problem, ProblemsError
from guantong_adapters.files import codes
from guantong_adapters.files.splitting.largefile import LargeFile
from guantong_adapters.files.splitting.parts import Groups, Splittable, Survey, groups, splittable
from guantong_adapters.files.splitting.progress import Progress
from guantong_adapters.files.splitting.settings import Split
from guantong_adapters.files.splitting.shell import Shell, Unsplittable, no_text, too_large

_CHARACTER, _COUNT = 4, 8  # bytes of a character at most; digits of a count


class Aside:
    """A copy without a name: it is gone with the process. Raises `ProblemsError` where the disk takes no more."""

    def __init__(self, system: str, folder: Path | None) -> None:
        self._system = system
        self._digest = hashlib.sha256()
        self.folder = folder
        try:
            if folder is not None:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  it stays open from reading to reading
        except OSError as error:
            raise self.no_room(error) from error

    async def write(self, piece: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, piece)
        except OSError as error:
            raise self.no_room(error) from error

    async def finish(self) -> None:
        """All of it is on the disk, or there is no room."""
        try:
            await asyncio.to_thread(self.file.flush)
        except OSError as error:
            raise self.no_room(error) from error

    def close(self) -> None:
        with suppress(OSError):  # what was not written yet has no room, and nobody wants it any more
            self.file.close()

    @property
    def digest(self) -> str:
        """SHA-256 of what was written."""
        return self._digest.hexdigest()

    def _write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.file.write(piece)

    def no_room(self, error: OSError) -> ProblemsError:
        """What to raise where the disk takes no more."""
        what, what_zh = in_words(error)
        return ProblemsError([Problem(codes.NO_ROOM_ASIDE, Place(), self._system, {"what": what, "what_zh": what_zh})])


async def large_file(aside: Aside, split: Split, charset: str | None, most: int, path: str, before: Progress | None) -> LargeFile:
    """The file whose copy is *aside*. It goes on from *before* where that was the same content in the same parts, with one part at
    least. Raises `Unsplittable`."""
    file: Splittable | None = None
    try:
        file = splittable(aside.file, split, charset, most, aside.folder)
        survey = await _survey(file, split, most)
    except BaseException as error:
        if file is not None:
            file.close()
        if isinstance(error, OSError):
            raise aside.no_room(error) from error
        raise
    cut = hashlib.sha256(f"{split.model_dump_json(exclude_defaults=True)} {survey.charset} {most}".encode()).hexdigest()[:8]
    progress = Progress(path, f"{aside.digest}-{cut}")
    if before is not None and before[:2] == progress[:2]:
        progress = before._replace(parts=min(before.parts, survey.parts - 1))
    return LargeFile(aside.file, file, survey, split, most, progress)


async def _survey(file: Splittable, split: Split, most: int) -> Survey:
    records = parts = largest = 0
    shell: Shell | None = None
    each = groups(file.records(), split, most)
    try:
        while shell is None:
            group, shell, size = await asyncio.to_thread(_looked_at, each, file.charset)
            records, parts, largest = records + group, parts + 1, max(largest, size)
    finally:
        with suppress(ValueError):  # cancelled while a thread is at it, which finds the copy closed
            each.close()
    if not records:
        raise Unsplittable("there is no record in it", "其中没有记录", "the whole", "全文")
    if shell.said is not None and shell.said != str(records):
        said = shell.said if shell.said.isdigit() and len(shell.said) < 10 else "?"
        raise Unsplittable(f"it says {said} records, and there are {records}", f"声明有 {said} 条记录，实际有 {records} 条", "the count", "条数")
    around = len(shell.around([]).encode(file.charset)) + (len(shell.book.styles) if shell.book else 0)
    if largest + around > most:
        raise too_large(most, "a part with what is around it", "一部分连同其外层")
    return Survey(shell, records, parts, file.charset)


def _looked_at(each: Groups, charset: str) -> tuple[int, Shell | None, int]:
    """How many records the next part has, what is around them where it is the last, and its records' bytes at most."""
    group, shell = next(each)
    try:
        size = len("".join(group).encode(charset))
    except UnicodeError:
        raise no_text(charset) from None
    return len(group), shell, size + _CHARACTER * (len(group) + _COUNT)
