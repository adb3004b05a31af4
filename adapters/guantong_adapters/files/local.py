"""A local folder (or one that the system mounts), in threads of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import IO, TypeVar

from guantong.durable import sync_folder
from guantong_adapters.files.place import (
    CHUNK,
    MOST_LISTED,
    Denied,
    Entry,
    Kind,
    Lost,
    Missing,
    TooLarge,
    raw,
    shown,
)

Result = TypeVar("Result")
_THREADS = 4
_KINDS: dict[int, Kind] = {
    errno.EACCES: "denied", errno.EPERM: "denied", errno.EROFS: "denied",
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EFBIG: "full",
    errno.ENAMETOOLONG: "name", errno.EISDIR: "name", errno.EILSEQ: "name",
    errno.EBUSY: "busy", errno.EMFILE: "busy", errno.ENFILE: "busy",
}
_LOST = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN, errno.ENODEV})
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class LocalDriver:
    """Files under one folder. A thread that hangs in a dead mount holds up this system alone."""

    confirms_writes = True
    coarse = False

    def __init__(self, system: str, folder: Path, charset: str, timeout: float) -> None:
        self._root = os.fsencode(folder)
        self._charset = charset
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"files-{system}")

    async def entries(self, folder: str) -> Sequence[Entry]:
        return await self._run(lambda: self._list(self._path(folder)))

    async def stat(self, path: str) -> Entry | None:
        try:
            return await self._run(lambda: _entry(path.rpartition("/")[2], os.lstat(self._path(path))))
        except Missing:
            return None

    async def read(self, path: str, most: int) -> bytes:
        return await self._run(lambda: _read(self._path(path), most))

    async def copy(self, path: str, most: int, write: Callable[[bytes], Awaitable[None]], *, below: str | None = None) -> int:
        file = await self._run(lambda: _open(self._path(path)) if below is None else _open_below(self._path(below), self._inner(path, below)))
        size = 0
        try:
            while part := await self._run(lambda: file.read(CHUNK)):
                size += len(part)
                if size > most:
                    raise TooLarge
                await write(part)
        finally:
            file.close()
        return size

    async def write_pieces(self, path: str, pieces: Iterator[bytes], size: int) -> None:  # noqa: ARG002  time is counted by the piece
        file = await self._run(lambda: _make(self._path(path)))
        try:
            while piece := await asyncio.to_thread(next, pieces, b""):
                await self._run(lambda piece=piece: file.write(piece))  # type: ignore[misc]  # mypy infers no lambda with a default
            await self._run(lambda: _flush(file))
        finally:
            file.close()

    async def write(self, path: str, body: bytes) -> None:
        await self._run(lambda: _write(self._path(path), body))

    async def move(self, source: str, target: str) -> None:
        await self._run(lambda: _move(self._path(source), self._path(target)))

    async def delete(self, path: str) -> None:
        with contextlib.suppress(Missing):
            await self._run(lambda: os.unlink(self._path(path)))

    async def make_folder(self, path: str) -> None:
        await self._run(lambda: self._make_below(path))

    async def close(self) -> None:
        """Wait for what runs."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    def _path(self, path: str) -> bytes:
        return os.path.join(self._root, self._name(path))

    def _name(self, name: str) -> bytes:
        try:
            return raw(name, self._charset)
        except UnicodeEncodeError:
            raise Denied("name", "charset") from None

    def _inner(self, path: str, below: str) -> Sequence[bytes]:
        """The parts of *path* beyond the folder *below*."""
        inner = path if below == "." else path[len(below) + 1:]
        return [self._name(part) for part in inner.split("/")]

    def _list(self, folder: bytes) -> list[Entry]:
        found: list[Entry] = []
        with os.scandir(folder) as entries:
            for each in entries:
                with contextlib.suppress(FileNotFoundError):  # gone since the listing began
                    found.append(_entry(shown(each.name, self._charset), each.stat(follow_symlinks=False)))
                if len(found) >= MOST_LISTED:
                    break
        return found

    def _make_below(self, path: str) -> None:
        """Never the place itself: where a mount is away, what was made in its stead would hide it, or fill another disk."""
        parts = path.split("/")
        for number in range(1, len(parts) + 1):
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._path("/".join(parts[:number])))

    async def _run(self, work: Callable[[], Result]) -> Result:
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._telling, work)
        try:
            async with asyncio.timeout(self._timeout):
                return await running
        except TimeoutError:
            raise Lost("no answer in time", "未按时应答") from None

    def _telling(self, work: Callable[[], Result]) -> Result:
        try:
            with _told():
                return work()
        except Missing:
            if not os.path.isdir(self._root):  # a share that is not mounted now may be later
                raise Lost("its folder is not there", "该文件夹不存在") from None
            raise


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the operating system says, in our words."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise Missing from None
    except OSError as error:
        number = error.errno or 0
        state = errno.errorcode.get(number, type(error).__name__)
        if number in _LOST:
            raise Lost(state) from None
        raise Denied(_KINDS.get(number, "other"), state) from None


def _entry(name: str, found: os.stat_result) -> Entry:
    return Entry(name, found.st_size, found.st_mtime, stat.S_ISREG(found.st_mode), stat.S_ISDIR(found.st_mode))


def _open_below(folder: bytes, parts: Sequence[bytes]) -> FileIO:
    """A file to read in *folder*, each of its folders opened in the one before it, so that none can become a link meanwhile."""
    if os.open not in os.supports_dir_fd:
        return _open(os.path.join(folder, *parts))
    within = os.open(folder, _FOLDER)
    try:
        for part in parts[:-1]:
            inner = _no_link(part, _FOLDER | os.O_NOFOLLOW, within)
            os.close(within)
            within = inner
        return _open(parts[-1], within)
    finally:
        os.close(within)


def _open(path: bytes, within: int | None = None) -> FileIO:
    """A file to read. A link that leads elsewhere, a pipe that never ends, a folder and a device are none: `Missing`."""
    handle = _no_link(path, _READ, within)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Missing
    return FileIO(handle, "rb")


def _no_link(path: bytes, flags: int, within: int | None) -> int:
    try:
        return os.open(path, flags, dir_fd=within)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise Missing from None
        raise


def _read(path: bytes, most: int) -> bytes:
    with _open(path) as file:
        parts, left = [], most + 1
        while left > 0 and (part := file.read(min(CHUNK, left))):
            parts.append(part)
            left -= len(part)
    if left <= 0:
        raise TooLarge
    return b"".join(parts)


def _make(path: bytes) -> FileIO:
    """A file of our own to write. What has its name already goes: the other side may have put a link there that leads to
    a file of ours, or a pipe that nobody reads."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return FileIO(os.open(path, _WRITE, 0o666), "wb")


def _write(path: bytes, body: bytes) -> None:
    with _make(path) as made, BufferedWriter(made) as file:
        file.write(body)
        _flush(file)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _move(source: bytes, target: bytes) -> None:
    os.replace(source, target)
    with contextlib.suppress(PermissionError):  # a folder we may write to and not read is durable when it is
        sync_folder(os.path.dirname(target))
