"""A folder at an FTP server, plain or over TLS, in passive mode; a few connections, each for one act at a time.

Old servers speak of files in the charset of their system, so the control connection is read byte for byte
(as Latin-1) and names are decoded here.
"""

from __future__ import annotations

import asyncio
import calendar
import contextlib
import posixpath
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import aioftp
from aioftp.common import SSLSessionBoundContext

from guantong.problems import Place, Problem, ProblemsError
from guantong.secret import Secret
from guantong_adapters.files import codes
from guantong_adapters.files.place import (
    CHUNK,
    MOST_LISTED,
    SLOWEST,
    Denied,
    Entry,
    Kind,
    Lost,
    Missing,
    TooLarge,
    raw,
    shown,
)
from guantong_adapters.files.settings import FtpPlace
from guantong_adapters.http.trust import trusting

_CONNECTIONS = 4
_FRESH = 1.0  # seconds
_BYTES = "latin-1"
_UNIX = re.compile(
    rb"(?P<type>[-dl])\S{9,11}\s+\d+\s+\S+\s+\S+\s+(?P<size>\d+)\s+(?P<at>[A-Za-z]{3}\s+\d+\s+[\d:]+) "
    rb"(?P<name>.+)"
)
_WINDOWS = re.compile(
    rb"(?P<at>\d\d-\d\d-(?:\d\d){1,2}\s+\d\d:\d\d[AP]M)\s+(?:(?P<folder><DIR>)|(?P<size>\d+))\s+(?P<name>.+)"
)
_KINDS: dict[str, Kind] = {
    "450": "busy", "451": "busy", "452": "full", "530": "denied", "532": "denied", "550": "denied",
    "552": "full", "553": "name", "501": "name",
}
_LOST = frozenset({"421", "425", "426"})
_GONE = "550"
"""Servers say the same of what is not there and of what is not allowed."""


class _Client(aioftp.Client):
    """A client whose data connection is never left open, and who reads listings without guessing at bytes."""

    data: asyncio.StreamWriter | None = None
    _securing: asyncio.Task[None] | None = None
    plain: bool = False
    """Whether the server knows no MLST (vsftpd): it is asked for a file's size and time instead of for the whole folder."""
    in_bytes: bool = False
    """Whether the server was told that files are bytes: it holds for the whole session (RFC 959, 3.1.1)."""
    answered: float = 0.0
    """When the server last answered us, on the steady clock."""
    moved: Callable[[], None]
    """To be called when a piece of something long got through: its act has its patience again."""

    def begin(self, deadline: asyncio.Timeout, patience: float) -> None:
        """An act that ends by *deadline*, or *patience* seconds after the last piece got through."""
        last, loop = deadline.when() or 0.0, asyncio.get_running_loop()

        def moved() -> None:
            deadline.reschedule(min(loop.time() + patience, last))

        self.moved = moved
        moved()

    async def command(self, command: str | None = None, *args: Any, **more: Any) -> Any:
        if command == "TYPE I" and self.in_bytes:
            return aioftp.Code("200"), []
        answer = await super().command(command, *args, **more)
        if self._securing is not None:
            securing, self._securing = self._securing, None
            await securing
        if command is not None and command.startswith("TYPE "):
            self.in_bytes = command == "TYPE I"
        return answer

    async def stat(self, path: Any) -> Any:
        if not self.plain:
            try:
                _, lines = await self.command(f"MLST {path}", "2xx")
                return self.parse_mlsx_line(lines[1].lstrip())[1]
            except aioftp.StatusCodeError as error:
                if not error.received_codes[-1].matches("50x"):
                    raise
                self.plain = True
        try:
            await self.command("TYPE I", "200")  # of a text, a size is none (RFC 3659, 4)
            _, size = await self.command(f"SIZE {path}", "213")
            _, changed = await self.command(f"MDTM {path}", "213")
        except aioftp.StatusCodeError:  # a folder, nothing, or a server that knows neither
            return await super().stat(path)
        return {"type": "file", "size": size[-1].strip(), "modify": changed[-1].strip()}

    async def get_passive_connection(self, *args: Any, **more: Any) -> Any:
        self.end_transfer()
        reader, self.data = await super().get_passive_connection(*args, **more)
        self._secure(self.data)
        return reader, self.data

    async def _open_connection(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._stream is None:  # the control connection
            return await super()._open_connection(host, port)
        return await asyncio.open_connection(host, port)  # TLS begins on it with the transfer, not before

    def _secure(self, data: asyncio.StreamWriter) -> None:
        """Begin TLS on a data connection, where the control connection has it, in its session, which servers want to see
        again. Not awaited here: vsftpd and others begin only after they have read the command of the transfer (RFC 4217, 10)."""
        control = self.stream.writer.get_extra_info("ssl_object")
        if control is not None:
            context = SSLSessionBoundContext(ssl.PROTOCOL_TLS_CLIENT, context=control.context, session=control.session)
            self._securing = asyncio.create_task(data.start_tls(context, server_hostname=self.server_host), name="ftp data tls")

    def parse_mlsx_line(self, b: bytes | str) -> Any:
        line = b.encode(_BYTES) if isinstance(b, str) else b
        facts, _, name = line.rstrip(b"\r\n").lstrip(b" ").partition(b" ")
        known = dict(fact.lower().split(b"=", 1) for fact in facts.split(b";") if b"=" in fact)
        found = {key.decode(_BYTES): value.decode(_BYTES) for key, value in known.items()}
        return PurePosixPath(name.decode(_BYTES)), {"type": "", "size": "0", "modify": "", **found}

    def parse_list_line(self, b: bytes) -> Any:
        line = b.rstrip(b"\r\n")
        if unix := _UNIX.fullmatch(line):
            kind = {b"-": "file", b"d": "dir"}.get(unix["type"], "link")
            at = self.parse_ls_date(unix["at"].decode())
            return PurePosixPath(unix["name"].decode(_BYTES)), {
                "type": kind, "size": unix["size"].decode(), "modify": at,
            }
        if windows := _WINDOWS.fullmatch(line):
            date = b" ".join(windows["at"].split()).decode()
            form = "%m-%d-%Y %I:%M%p" if len(date.split()[0]) == 10 else "%m-%d-%y %I:%M%p"
            return PurePosixPath(windows["name"].decode(_BYTES)), {
                "type": "dir" if windows["folder"] else "file", "size": (windows["size"] or b"0").decode(),
                "modify": time.strftime("%Y%m%d%H%M%S", time.strptime(date, form)),
            }
        return PurePosixPath("."), {"type": "none", "size": "0", "modify": ""}  # "total 5", an empty line

    def end_transfer(self) -> None:
        """Close the data connection, which the library leaves open when the server refuses a transfer."""
        self._end_securing()
        if self.data is not None:
            self.data.close()
            self.data = None

    def _end_securing(self) -> None:
        if self._securing is not None:
            self._securing.cancel()
            self._securing = None

    def let_go(self) -> None:
        """Give up both connections at once, with what they still hold: a server that takes nothing never lets them close."""
        self._end_securing()
        for writer in (self.data, self._stream.writer if self._stream is not None else None):
            if writer is not None:
                writer.transport.abort()
        self.data = None


class FtpDriver:
    """A pool of connections to one server."""

    confirms_writes = False
    coarse = False

    def __init__(
        self, system: str, place: FtpPlace, password: Secret | None, charset: str,
        connect_timeout: float, timeout: float,
    ) -> None:
        self._system = system
        self._place = place
        self._password = password
        self._charset = charset
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._places = asyncio.Semaphore(_CONNECTIONS)
        self._idle: list[_Client] = []

    async def entries(self, folder: str) -> Sequence[Entry]:
        found: list[Entry] = []
        async with self._speaking(missing=True) as client:
            async for path, facts in client.list(self._path(folder)):
                if facts["type"] in ("file", "dir", "link"):
                    found.append(self._entry(path.name, facts))
                if len(found) >= MOST_LISTED:
                    client.let_go()  # with the rest of the listing on it
                    break
        return found

    async def stat(self, path: str) -> Entry | None:
        try:
            async with self._speaking() as client:
                name = self._path(path)
                facts = await client.stat(name)
                self.coarse = self.coarse or client.plain
                return self._entry(name.rpartition("/")[2], facts)
        except Denied as denied:
            if denied.state == _GONE:
                return None
            raise

    async def read(self, path: str, most: int) -> bytes:
        parts, left = [], most + 1
        async with self._speaking(missing=True) as client, client.download_stream(self._path(path)) as stream:
            async for part in stream.iter_by_block(CHUNK):
                parts.append(part)
                left -= len(part)
                if left <= 0:
                    raise TooLarge  # the connection is given up with the rest of the file on it
        return b"".join(parts)

    async def copy(self, path: str, most: int, write: Callable[[bytes], Awaitable[None]], *, below: str | None = None) -> int:  # noqa: ARG002  the server follows what it will
        size = 0
        async with self._speaking(missing=True, more=most / SLOWEST) as client, client.download_stream(self._path(path)) as stream:
            async for part in stream.iter_by_block(CHUNK):
                client.moved()
                size += len(part)
                if size > most:
                    raise TooLarge  # the connection is given up with the rest of the file on it
                await write(part)
        return size

    async def write_pieces(self, path: str, pieces: Iterator[bytes], size: int) -> None:
        async with self._speaking(more=size / SLOWEST) as client, client.upload_stream(self._path(path)) as stream:
            while piece := await asyncio.to_thread(next, pieces, b""):
                await stream.write(piece)
                client.moved()

    async def write(self, path: str, body: bytes) -> None:
        async with self._speaking() as client, client.upload_stream(self._path(path)) as stream:
            for start in range(0, len(body), CHUNK):
                await stream.write(body[start:start + CHUNK])

    async def move(self, source: str, target: str) -> None:
        here, there = self._path(source), self._path(target)
        async with self._speaking() as client:
            try:
                await client.rename(here, there)
            except aioftp.StatusCodeError as error:
                if not await self._exists(client, here):
                    raise Missing from None
                if not _code(error).startswith("55") or not await self._exists(client, there):
                    raise
                await client.remove_file(there)  # a server whose rename replaces nothing
                await client.rename(here, there)

    async def delete(self, path: str) -> None:
        name = self._path(path)
        async with self._speaking() as client:
            try:
                await client.remove_file(name)
            except aioftp.StatusCodeError as error:
                if _code(error) != _GONE or await self._exists(client, name):
                    raise

    async def make_folder(self, path: str) -> None:
        parts = path.split("/")
        async with self._speaking() as client:
            for number in range(1, len(parts) + 1):
                folder = self._path("/".join(parts[:number]))
                if not await self._exists(client, folder):
                    await client.command(f"MKD {folder}", "257")

    async def close(self) -> None:
        """Leave politely where the server answers; let go of every connection in any case."""
        while self._idle:
            client = self._idle.pop()
            try:
                with contextlib.suppress(aioftp.AIOFTPException, OSError, TimeoutError):
                    async with asyncio.timeout(1):
                        await client.quit()
            finally:
                client.let_go()

    def _path(self, path: str) -> str:
        """The path as the control connection takes it."""
        try:
            return raw(posixpath.normpath(posixpath.join(self._place.folder, path)), self._charset).decode(_BYTES)
        except UnicodeEncodeError:
            raise Denied("name", "charset") from None

    def _entry(self, name: str, facts: Any) -> Entry:
        size = facts.get("size", "0")
        return Entry(
            shown(name.encode(_BYTES), self._charset), int(size) if size.isdigit() else 0,
            _moment(facts.get("modify", "")), facts["type"] == "file", facts["type"] in ("dir", "cdir"),
        )

    async def _exists(self, client: _Client, path: str) -> bool:
        try:
            await client.stat(path)
        except aioftp.StatusCodeError as error:
            if _code(error) == _GONE:
                return False
            raise
        return True

    @contextlib.asynccontextmanager
    async def _speaking(self, *, missing: bool = False, more: float = 0) -> AsyncIterator[_Client]:
        """A connection, for one act in bounded time: `timeout` as long as nothing gets through, and *more* for all of what
        is long. It is kept for the next when the server and we agree where we are: after success and after a refusal."""
        try:
            async with asyncio.timeout(self._timeout + more) as deadline, self._places:
                client = await self._taken()
                client.begin(deadline, self._timeout)
                try:
                    yield client
                except (aioftp.StatusCodeError, Missing):
                    client.end_transfer()
                    self._rest(client)
                    raise
                except BaseException:
                    client.let_go()
                    raise
                self._rest(client)
        except aioftp.StatusCodeError as error:
            code = _code(error)
            if code in _LOST:
                raise Lost(code) from None
            if missing and code == _GONE:
                raise Missing from None
            raise Denied(_KINDS.get(code, "other"), code) from None
        except TimeoutError:
            raise Lost("no answer in time", "未按时应答") from None
        except (aioftp.AIOFTPException, OSError, ValueError, LookupError) as error:  # the last two: what came is no FTP, or a cut line
            raise Lost(type(error).__name__) from None

    def _rest(self, client: _Client) -> None:
        client.answered = time.monotonic()
        self._idle.append(client)

    async def _taken(self) -> _Client:
        """An idle connection that still answers, or a new one. One that answered a moment ago is not asked."""
        while self._idle:
            client = self._idle.pop()
            if time.monotonic() - client.answered < _FRESH:
                return client
            try:
                await client.command("NOOP", "2xx")
            except (aioftp.AIOFTPException, OSError):
                client.let_go()
            except BaseException:
                client.let_go()
                raise
            else:
                return client
        return await self._connected()

    async def _connected(self) -> _Client:
        place = self._place
        tls = trusting(place.ca, f"{self._system}.settings.place.ftp.ca") if place.tls != "none" else None
        # The library's own timeouts stay off: they are `asyncio.wait_for`, which in Python 3.11 forgets that it was
        # cancelled when the answer comes at that moment. An act would then go on past its deadline, and a poll for ever.
        client = _Client(encoding=_BYTES, ssl=tls if place.tls == "implicit" else None)
        try:
            async with asyncio.timeout(self._connect_timeout):
                await client.connect(place.host, place.at_port)
                if place.tls == "explicit":
                    await client.upgrade_to_tls(tls)
                password = self._password.reveal() if self._password else ""
                await client.login(place.user, raw(password, self._charset).decode(_BYTES))
                if self._charset.lower().replace("_", "-") in ("utf-8", "utf8"):
                    await client.command("OPTS UTF8 ON", ("2xx", "5xx"))  # some servers ask to be asked
        except aioftp.StatusCodeError as error:
            client.let_go()
            if _code(error) in ("430", "530", "332"):
                where = f"{self._system}.settings.place.ftp"
                raise ProblemsError([Problem(codes.LOGIN, Place(), where, {"what": _code(error)})]) from None
            raise Lost(_code(error)) from None
        except BaseException:
            client.let_go()
            raise
        return client


def _code(error: aioftp.StatusCodeError) -> str:
    return str(error.received_codes[-1])


def _moment(text: str) -> float:
    """`20140715103000.123` (UTC) as seconds since 1970; 0 for what is no time."""
    try:
        whole = calendar.timegm(time.strptime(text[:14], "%Y%m%d%H%M%S"))
    except ValueError:
        return 0.0
    fraction = text[15:]
    return whole + (float(f"0.{fraction}") if fraction.isdigit() else 0.0)
