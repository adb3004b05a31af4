"""A Mosquitto of the test's own: with passwords, an access list, a limit of size and TLS."""

from __future__ import annotations

import datetime
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MOST_BYTES = 10_000


@dataclass(frozen=True)
class Mosquitto:
    """A running broker: user `hub`, password `invented`, who may use the topic `open` alone."""

    process: subprocess.Popen[bytes]
    port: int
    tls_port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"mqtts://127.0.0.1:{self.tls_port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.pem"

    def forget_passwords(self) -> None:
        """Nobody may come in any more."""
        (self.folder / "passwords").write_text("")
        self.process.send_signal(signal.SIGHUP)


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Run one in *folder* until the end; skips where there is no such program."""
    if PROGRAM is None:
        pytest.skip("there is no program mosquitto on this machine")
    port, tls_port = _free_ports(2)
    _certificate(folder)
    passwords = folder / "passwords"
    passwords.write_text("hub:invented\n")
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)  # noqa: S603, S607  the broker's own tool, from its package
    (folder / "access").write_text("user hub\ntopic readwrite open\n")
    (folder / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nlistener {tls_port} 127.0.0.1\n"
        f"certfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
        f"password_file {passwords}\nacl_file {folder}/access\nmax_packet_size {MOST_BYTES}\nuser root\n"
    )
    with subprocess.Popen([PROGRAM, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.PIPE) as process:  # noqa: S603  found on this machine's own path
        assert process.stderr is not None
        said = b""
        while b" running" not in said:
            line = process.stderr.readline()
            assert line, f"the broker did not start: {said.decode()}"
            said += line
        yield Mosquitto(process, port, tls_port, folder)
        process.terminate()
        process.stderr.read()


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker.example.invalid")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
