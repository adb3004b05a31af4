"""Where files are exchanged: a folder here, an OpenSSH server and an FTP server of the bench's own."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guantong_plugins.bench.burst.folders import Place
from guantong_plugins.bench.handed import PYTHON
from guantong_plugins.demo.processes import Child

_SECRET = "GUANTONG_BENCH_PLACE"  # noqa: S105 -- the name of a variable, not a secret
_SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def local(folder: Path) -> Iterator[Place]:
    """A folder of this machine."""
    yield Place(_made(folder), {"local": {"folder": str(folder / "drop")}})


@contextmanager
def sftp(folder: Path) -> Iterator[Place]:
    """A folder at an OpenSSH server that runs for this alone, on the loopback, with keys made for it."""
    import asyncssh  # needs the extra `sftp`

    assert _SSHD is not None  # noqa: S101 -- looked for before
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd wants it where root starts it
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    for name, content in (("host", host.export_private_key()), ("user.pub", user.export_public_key())):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    port = _free_port()
    (folder / "sshd_config").write_text("\n".join([
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host", "PidFile none",
        f"AuthorizedKeysFile {folder}/user.pub", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
        "PermitRootLogin prohibit-password", "Subsystem sftp internal-sftp", "MaxStartups 100", "",
    ]))
    sshd = Child("sshd", ("-D", "-e", "-f", str(folder / "sshd_config")), folder / "sshd.txt", {}, (_SSHD,))
    with _running(sshd, port):
        settings = {"host": "127.0.0.1", "port": port, "user": getpass.getuser(), "login": "key",
                    "host_keys": host.export_public_key().decode().strip(), "folder": str(_made(folder))}
        yield Place(folder / "drop", {"sftp": settings}, {"key": {"env": _SECRET}}, {_SECRET: user.export_private_key().decode()})


@contextmanager
def ftp(folder: Path) -> Iterator[Place]:
    """A folder at an FTP server (aioftp's) that runs for this alone, on the loopback."""
    port, password = _free_port(), secrets.token_hex(16)
    arguments = ("aioftp", "--user", "bench", "--pass", password, "--host", "127.0.0.1", "--port", str(port), "-q",
                 "-d", str(_made(folder)))
    with _running(Child("ftp", arguments, folder / "ftp.txt", {}, PYTHON), port):
        settings = {"host": "127.0.0.1", "port": port, "user": "bench", "tls": "none", "folder": "/"}
        yield Place(folder / "drop", {"ftp": settings}, {"password": {"env": _SECRET}}, {_SECRET: password})


def no_sshd() -> str:
    """Why there is no OpenSSH server; empty where there is."""
    return "" if _SSHD else "OpenSSH's sshd is not installed"


@contextmanager
def _running(child: Child, port: int) -> Iterator[None]:
    child.start()
    try:
        child.await_seen(lambda: _answers(port) or None)
        yield
    finally:
        child.stop()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _made(folder: Path) -> Path:
    drop = folder / "drop"
    drop.mkdir()
    return drop


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
