"""Places where files are exchanged, for tests: a folder, an OpenSSH server, an FTP server, and faulty ones.

Every peer serves one folder of this machine, so that a test can be the other side with plain file operations.
Names are bytes on the disk as the other side's system has them.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import asyncssh
import pytest

from guantong.adapter import SystemContext
from guantong.record import Outgoing, Record, Verdict
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice
from guantong_adapters.files.adapter import Files, open_files
from guantong_adapters.files.settings import FilesSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # asyncore, which pyftpdlib stands on, is deprecated
    from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]  # no stubs exist
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler  # type: ignore[import-untyped]  # no stubs exist
    from pyftpdlib.ioloop import IOLoop  # type: ignore[import-untyped]  # no stubs exist
    from pyftpdlib.servers import FTPServer  # type: ignore[import-untyped]  # no stubs exist

PASSWORD = "an-invented-password"
RARE = "䶮㙍𠮷"
SERIAL = "10000000100000000011407150001"
SENT = {"EX_GDBS_SB": {"folder": "in", "name": "{kind}_{SBLSH}_{key}.xml", "marker": "{name}.ok"}}
START_SECONDS = 60.0


@dataclass
class Peer:
    """One place: the folder that is served, and how the adapter reaches it. `charset` is that of the names on
    the disk, `names` that of the names as the protocol gives them."""

    folder: Path
    place: dict[str, Any]
    secrets: dict[str, Secret] = field(default_factory=dict)
    disk: str = "utf-8"
    names: str = "utf-8"

    def path(self, path: str) -> bytes:
        return os.path.join(os.fsencode(self.folder), path.encode(self.disk))

    def put(self, path: str, body: bytes, at: float | None = None) -> None:
        """Write a file as the other side does; *at* is its time of change."""
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "wb") as file:
            file.write(body)
        if at is not None:
            os.utime(self.path(path), (at, at))

    def get(self, path: str) -> bytes:
        with open(self.path(path), "rb") as file:
            return file.read()

    def delete(self, path: str) -> None:
        os.unlink(self.path(path))

    def tree(self) -> list[str]:
        """All files, by path."""
        found = []
        for folder, _, names in os.walk(os.fsencode(self.folder)):
            inner = os.path.relpath(folder, os.fsencode(self.folder)).decode(self.disk)
            found += [os.path.normpath(f"{inner}/{name.decode(self.disk)}") for name in names]
        return sorted(found)


class Clock:
    """Our time, moved by the test."""

    def __init__(self) -> None:
        self.now = 1_405_391_400.0  # 2014-07-15 10:30 in China

    def __call__(self) -> float:
        return self.now


def context(peer: Peer, clock: Clock | None = None, **settings: Any) -> SystemContext:
    """What the hub hands the adapter for the system `huilai.approval`."""

    async def accept(_: Record) -> Verdict:
        raise AssertionError("files are polled: nothing is pushed to us")

    def signer(choice: SignerChoice) -> Signer:
        raise AssertionError(f"files have no signer {choice}")

    given = {"place": peer.place, "charset": peer.names, "send": SENT, "poll": [{"folder": "out"}], **settings}
    return SystemContext(
        "huilai.approval", FilesSettings.model_validate(given), peer.secrets, accept, signer, 1 << 20,
        now=clock or Clock(),
    )


@contextlib.asynccontextmanager
async def opened(peer: Peer, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Files]:
    """The adapter at *peer*, whose folders `in`, `out` and `back` are there."""
    for name in ("in", "out", "back"):
        (peer.folder / name).mkdir(parents=True, exist_ok=True)
    files = await open_files(context(peer, clock, **settings))
    try:
        yield files
    finally:
        await files.close()


def outgoing(
    number: int = 7, seconds: float = 10, attempt: int = 1, body: bytes = b"<ROOT/>", **fields: str
) -> Outgoing:
    """An application as the dialect writes it."""
    given = {"SBLSH": SERIAL, **fields}
    return Outgoing(number, attempt, "case.application", "EX_GDBS_SB", body, given, f"GT{number}", seconds)


def name_of(number: int = 7) -> str:
    """The path of what `outgoing` sends."""
    return f"in/EX_GDBS_SB_{SERIAL}_GT{number}.xml"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def openssh(folder: Path) -> Iterator[Callable[[Path], Peer]]:
    """An OpenSSH server of this process alone; what is yielded makes the peer of a folder."""
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if sshd is None:
        reason = "OpenSSH's sshd is not installed"
        if os.environ.get("GUANTONG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}; GUANTONG_REQUIRE_SERVICES=1 requires it", pytrace=False)
        pytest.skip(reason)
    if hasattr(os, "getuid") and os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    port = free_port()
    for name, content in (("host", host.export_private_key()), ("user.pub", user.export_public_key())):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    (folder / "sshd_config").write_text("\n".join([
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host", f"PidFile {folder}/pid",
        f"AuthorizedKeysFile {folder}/user.pub", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
        "PermitRootLogin prohibit-password", "Subsystem sftp internal-sftp", "MaxStartups 100", "",
    ]))
    log = (folder / "log").open("wb")
    child = subprocess.Popen(  # noqa: S603 -- the system's own server, with a configuration of ours
        [sshd, "-D", "-e", "-f", str(folder / "sshd_config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
    )
    try:
        await_port(port, child, folder / "log")

        def peer(served: Path) -> Peer:
            place = {
                "host": "127.0.0.1", "port": port, "user": getpass.getuser(), "login": "key",
                "host_keys": host.export_public_key().decode().strip(), "folder": str(served),
            }
            secrets = {"key": Secret(user.export_private_key().decode())}
            return Peer(served, {"sftp": place}, secrets, disk="gb18030", names="gb18030")

        yield peer
    finally:
        child.terminate()
        child.wait(START_SECONDS)
        log.close()


def await_port(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until *child* listens; what it wrote to *log* is told where it does not."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if child.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"nobody listens: {log.read_text()}", pytrace=False)
            time.sleep(0.02)


class Script:
    """What goes wrong next, by act: each fault once. Acts are `write` (data comes in), `name` (a file gets its
    name), `read` (data goes out); faults are `cut` (before), `lost` (after it was done, without an answer),
    `hang`. `connected` counts who is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, str] = {}
        self.connected: Callable[[], int] = lambda: 0

    def next(self, act: str, fault: str) -> None:
        with self._lock:
            self._next[act] = fault

    def release(self) -> None:
        """Nothing of a server in another thread or task holds us up."""

    def take(self, act: str) -> str:
        with self._lock:
            return self._next.pop(act, "")


@contextlib.contextmanager
def ftp(
    folder: Path, *, names: str = "gbk", certificate: Path | None = None, without: Sequence[str] = (), asked: Counter[str] | None = None,
) -> Iterator[tuple[Peer, Script]]:
    """An FTP server in a thread, whose names are in *names* on the wire and UTF-8 on the disk; over TLS with
    *certificate* (certificate and key in one file). Commands *without* which it does are not known to it; what it is *asked*
    is counted."""
    folder.mkdir(parents=True, exist_ok=True)
    script = Script()
    base: Any = TLS_FTPHandler if certificate else FTPHandler

    class Data(base.dtp_handler):  # type: ignore[misc]  # an untyped base
        def handle_read(self) -> None:
            match script.take("write"):
                case "cut":
                    self.cmd_channel.close()
                case "hang":
                    self.cmd_channel.sleeping = True
                case _:
                    super().handle_read()

        handle_read_event = handle_read

        def send(self, data: Any) -> Any:
            if script.take("read") == "cut":
                super().send(data[: len(data) // 2])
                self.cmd_channel.close()
                return 0
            return super().send(data)

        def use_sendfile(self) -> bool:
            return False

    class Control(base):  # type: ignore[misc]  # an untyped base
        banner = "ready"
        encoding = names
        proto_cmds: ClassVar = {name: known for name, known in base.proto_cmds.items() if name not in without}
        dtp_handler = Data
        sleeping = False

        def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
            if asked is not None:
                asked[cmd] += 1
            fault = script.take("name") if cmd == "RNTO" else ""
            if fault == "cut":
                self.close()
                return
            self.sleeping = fault in ("hang", "lost")
            super().pre_process_command(line, cmd, arg)
            if fault == "lost":
                self.close()

        def respond(self, resp: str, **more: Any) -> None:
            if not self.sleeping:
                super().respond(resp, **more)

    authorizer = DummyAuthorizer()
    authorizer.add_user("county", PASSWORD, str(folder), perm="elradfmwMT")
    Control.authorizer = authorizer
    if certificate:
        Control.certfile = str(certificate)
        Control.tls_control_required = Control.tls_data_required = True
    server = FTPServer(("127.0.0.1", 0), Control, ioloop=IOLoop())
    script.connected = lambda: len(server.ip_map)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            server.ioloop.loop(timeout=0.01, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve, name="ftp")
    thread.start()
    place = {
        "host": "127.0.0.1", "port": server.address[1], "user": "county",
        "tls": "explicit" if certificate else "none", **({"ca": str(certificate)} if certificate else {}),
    }
    try:
        yield Peer(folder, {"ftp": place}, {"password": Secret(PASSWORD)}, names=names), script
    finally:
        stopping.set()
        thread.join()


@contextlib.asynccontextmanager
async def faulty_sftp(folder: Path) -> AsyncIterator[tuple[Peer, Script]]:
    """An SFTP server in this process that does as its script says. Takes the password."""
    script, key = Script(), asyncssh.generate_private_key("ssh-ed25519")
    connections: set[Any] = set()
    released = asyncio.Event()

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.add(conn)
            script.connected = lambda: sum(not one.is_closed() for one in connections)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("county", PASSWORD)

    class Sftp(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=os.fsencode(folder))

        async def _act(self, act: str, do: Callable[[], Any]) -> Any:
            fault = script.take(act)
            if fault == "hang":
                await released.wait()
            done = None if fault == "cut" else do()
            if fault:
                self.channel.get_connection().abort()
            return done

        async def write(self, file_obj: object, offset: int, data: bytes) -> Any:
            return await self._act("write", lambda: asyncssh.SFTPServer.write(self, file_obj, offset, data))

        async def read(self, file_obj: object, offset: int, size: int) -> Any:
            return await self._act("read", lambda: asyncssh.SFTPServer.read(self, file_obj, offset, size))

        async def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            return await self._act("name", lambda: asyncssh.SFTPServer.posix_rename(self, oldpath, newpath))

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[key], server_factory=Server, sftp_factory=Sftp, encoding=None,
    )
    place = {
        "host": "127.0.0.1", "port": server.get_port(), "user": "county",
        "host_keys": key.convert_to_public().get_fingerprint("sha256"), "folder": "/",
    }
    try:
        yield Peer(folder, {"sftp": place}, {"password": Secret(PASSWORD)}), script
    finally:
        released.set()
        server.close()
        for each in connections:
            each.close()
            await each.wait_closed()
        await server.wait_closed()
