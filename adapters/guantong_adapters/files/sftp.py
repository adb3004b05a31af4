"""A folder at an SSH server, by SFTP. The server's host key is pinned: an unknown one ends the connection."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_REGULAR, MSG_IGNORE

from guantong.problems import Code, Place, Problem, ProblemsError
from guantong.secret import Secret
from guantong_adapters.files import codes
from guantong_adapters.files.place import (
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
from guantong_adapters.files.settings import SftpPlace

_KEEP_ALIVE = 30.0
_LEAVE = 1.0  # seconds a server is given to take our leave
_PIECE = 32 * 1024
"""Bytes of one request: what every server takes. One request at a time: the library's parallel ones leave
tasks behind when the connection breaks."""
_CIPHERS = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
"""Before the others where a server has them: a request is sealed in a sixth of the time."""
_SEALED = ("gcm", "poly1305")
"""Ciphers that need no decoy before each packet."""
_KINDS: dict[type[asyncssh.SFTPError], Kind] = {
    asyncssh.SFTPPermissionDenied: "denied", asyncssh.SFTPWriteProtect: "denied",
    asyncssh.SFTPNoSpaceOnFilesystem: "full", asyncssh.SFTPQuotaExceeded: "full",
    asyncssh.SFTPInvalidFilename: "name", asyncssh.SFTPFileIsADirectory: "name",
    asyncssh.SFTPLockConflict: "busy",
}


class _Pinned(asyncssh.SSHClient):
    """Takes the pinned host keys alone, and remembers what another server showed."""

    def __init__(self, pinned: frozenset[str]) -> None:
        self._pinned = pinned
        self.came = ""

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey  # noqa: ARG002 -- asyncssh's signature
    ) -> bool:
        self.came = key.get_fingerprint("sha256")
        return self.came in self._pinned


@dataclass(slots=True, eq=False)
class _Session:
    """One connection and how many acts are under way on it. `spent`: one of them was given up, so that nobody
    knows what the server still owes us; it ends with the last of the others."""

    connection: asyncssh.SSHClientConnection
    client: asyncssh.SFTPClient
    acts: int = 0
    spent: bool = False


class SftpDriver:
    """One connection for all that is under way; made when first needed, and again after it broke."""

    confirms_writes = True
    coarse = False

    def __init__(
        self, system: str, place: SftpPlace, secrets: dict[str, Secret], charset: str,
        connect_timeout: float, timeout: float,
    ) -> None:
        self._system = system
        self._place = place
        self._secrets = secrets
        self._charset = charset
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._entering = asyncio.Lock()
        self._sessions: list[_Session] = []

    async def entries(self, folder: str) -> Sequence[Entry]:
        async with self._speaking() as client:
            found: list[Entry] = []
            async for each in client.scandir(self._path(folder)):
                name = shown(_bytes(each.filename), self._charset)
                if name not in (".", ".."):
                    found.append(_entry(name, each.attrs))
                if len(found) >= MOST_LISTED:
                    break
            return found

    async def stat(self, path: str) -> Entry | None:
        try:
            async with self._speaking() as client:
                return _entry(path.rpartition("/")[2], await client.lstat(self._path(path)))
        except Missing:
            return None

    async def read(self, path: str, most: int) -> bytes:
        async with self._speaking() as client, _opened(client, self._path(path), "rb") as file:
            parts, left = [], most + 1
            while left > 0 and (part := await file.read(min(_PIECE, left))):
                parts.append(_bytes(part))
                left -= len(part)
                if left == 1 and len(part) < _PIECE:  # the whole file, and fewer bytes than asked for: its end (draft-02, 6.4)
                    break
        if left <= 0:
            raise TooLarge
        return b"".join(parts)

    async def copy(self, path: str, most: int, write: Callable[[bytes], Awaitable[None]], *, below: str | None = None) -> int:  # noqa: ARG002  the server follows what it will
        size = 0
        async with self._speaking(most / SLOWEST) as client, _opened(client, self._path(path), "rb") as file:
            while part := await file.read(_PIECE):
                size += len(part)
                if size > most:
                    raise TooLarge
                await write(_bytes(part))
        return size

    async def write_pieces(self, path: str, pieces: Iterator[bytes], size: int) -> None:
        async with self._speaking(size / SLOWEST) as client, _opened(client, self._path(path), "wb") as file:
            while piece := await asyncio.to_thread(next, pieces, b""):
                for start in range(0, len(piece), _PIECE):
                    await file.write(piece[start:start + _PIECE])

    async def write(self, path: str, body: bytes) -> None:
        async with self._speaking() as client, _opened(client, self._path(path), "wb") as file:
            for start in range(0, len(body), _PIECE):
                await file.write(body[start:start + _PIECE])

    async def move(self, source: str, target: str) -> None:
        async with self._speaking() as client:
            here, there = self._path(source), self._path(target)
            try:
                await client.posix_rename(here, there)
            except asyncssh.SFTPOpUnsupported:  # a server of the bare protocol, whose rename replaces nothing
                with contextlib.suppress(asyncssh.SFTPNoSuchFile):
                    await client.remove(there)
                await client.rename(here, there)

    async def delete(self, path: str) -> None:
        with contextlib.suppress(Missing):
            async with self._speaking() as client:
                await client.remove(self._path(path))

    async def make_folder(self, path: str) -> None:
        async with self._speaking() as client:
            await client.makedirs(self._path(path), exist_ok=True)

    async def close(self) -> None:
        async with self._entering:
            while self._sessions:
                connection = self._sessions.pop().connection
                try:
                    connection.close()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_LEAVE):
                            await connection.wait_closed()
                finally:
                    connection.abort()

    def _path(self, path: str) -> bytes:
        try:
            return raw(posixpath.normpath(posixpath.join(self._place.folder, path)), self._charset)
        except UnicodeEncodeError:
            raise Denied("name", "charset") from None

    @contextlib.asynccontextmanager
    async def _speaking(self, more: float = 0) -> AsyncIterator[asyncssh.SFTPClient]:
        """The client, for one act in bounded time (*more* seconds where much is carried); what goes wrong comes out in
        our words."""
        try:
            async with asyncio.timeout(self._timeout + more), self._session() as session:
                yield session.client
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory):
            raise Missing from None
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            raise Lost(type(error).__name__) from None
        except asyncssh.SFTPError as error:
            raise Denied(_KINDS.get(type(error), "other"), type(error).__name__) from None
        except TimeoutError:
            raise Lost("no answer in time", "未按时应答") from None
        except (asyncssh.Error, OSError) as error:
            raise Lost(type(error).__name__) from None

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        """A session, for one act. An act that is given up spends it: the next begins with another."""
        async with self._entering:
            usable = (one for one in self._sessions if not one.spent and not one.connection.is_closed())
            session = next(usable, None)
            if session is None:
                connection = await self._connect()
                session = _Session(connection, await connection.start_sftp_client(path_encoding=None))
                self._sessions.append(session)
            session.acts += 1
        try:
            yield session
        except asyncio.CancelledError:
            session.spent = True
            raise
        finally:
            session.acts -= 1
            if session.acts == 0 and (session.spent or session.connection.is_closed()):
                self._sessions = [one for one in self._sessions if one is not session]
                session.connection.abort()

    async def _connect(self) -> asyncssh.SSHClientConnection:
        pinned = _Pinned(self._place.fingerprints())
        password, key = self._secrets.get("password"), self._secrets.get("key")
        try:
            # Not by the library's `connect_timeout`: that is `asyncio.wait_for`, which in Python 3.11 forgets that it was
            # cancelled when the connection is there at that moment.
            async with asyncio.timeout(self._connect_timeout):
                connection = await asyncssh.connect(
                    self._place.host, self._place.port, username=self._place.user,
                    client_factory=lambda: pinned, known_hosts=([], [], []),
                    password=password.reveal() if password and self._place.login == "password" else None,
                    client_keys=[self._key(key)] if key and self._place.login == "key" else None,
                    agent_path=None, config=None, preferred_auth=_WAYS[self._place.login],
                    connect_timeout=None, login_timeout=self._connect_timeout, keepalive_interval=_KEEP_ALIVE,
                    encryption_algs=_CIPHERS,
                )
                _without_ignored(connection)
                return connection
        except asyncssh.HostKeyNotVerifiable:
            raise self._refused(codes.HOST_KEY, came=pinned.came or "?") from None
        except asyncssh.PermissionDenied:
            raise self._refused(codes.LOGIN, what=self._place.login) from None

    def _key(self, key: Secret) -> asyncssh.SSHKey:
        phrase = self._secrets.get("key_passphrase")
        try:
            return asyncssh.import_private_key(key.reveal(), phrase.reveal() if phrase else None)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise self._refused(codes.LOGIN, what="the secret `key` is no private key we can open") from None

    def _refused(self, code: Code, **details: str) -> ProblemsError:
        return ProblemsError([Problem(code, Place(), f"{self._system}.settings.place.sftp", details)])


@contextlib.asynccontextmanager
async def _opened(
    client: asyncssh.SFTPClient, path: bytes, mode: str
) -> AsyncIterator[asyncssh.SFTPClientFile]:
    """An open file. It is closed when all went well or the server refused something, not when the act is given
    up: a server that hangs would never answer."""
    file = await client.open(path, mode, encoding=None, block_size=0)
    try:
        yield file
    except asyncssh.SFTPError:
        with contextlib.suppress(asyncssh.SFTPError):
            await file.close()
        raise
    await file.close()


def _without_ignored(connection: asyncssh.SSHClientConnection) -> None:
    """Send no MSG_IGNORE before each packet, where the cipher is none in CBC, which they are there to protect (RFC 4251, 9.3.1):
    each is a packet and a system call of its own, half of all we send."""
    cipher, send = str(connection.get_extra_info("send_cipher", "")), connection.send_packet
    if not any(word in cipher for word in _SEALED):
        return

    def send_packet(pkttype: int, *args: bytes, handler: Any = None) -> None:
        if pkttype != MSG_IGNORE:
            send(pkttype, *args, handler=handler)

    connection.send_packet = send_packet  # type: ignore[method-assign]  # the library has no switch for it


_WAYS = {"password": "password,keyboard-interactive", "key": "publickey"}


def _entry(name: str, found: asyncssh.SFTPAttrs) -> Entry:
    return Entry(name, found.size or 0, float(found.mtime or 0), found.type == FILEXFER_TYPE_REGULAR, found.type == FILEXFER_TYPE_DIRECTORY)


def _bytes(given: bytes | str) -> bytes:
    """What asyncssh gives where no encoding was asked for."""
    assert isinstance(given, bytes)  # noqa: S101 -- paths and files are opened without an encoding
    return given
