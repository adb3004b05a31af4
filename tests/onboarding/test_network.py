"""The way to an endpoint is probed step by step, and each way to fail has its own word."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from guantong.adapter import Endpoint, ProbeStep
from guantong.readiness.network import reached

TODAY = datetime.now(UTC)


def certificate(folder: Path, until: datetime) -> Path:
    """A certificate of 127.0.0.1 that vouches for itself, with its key, until *until*."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(until - timedelta(days=400)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@asynccontextmanager
async def listening(certificate: Path | None = None) -> AsyncIterator[int]:
    """A port that takes connections and says nothing."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def tried(port: int, trusted: Path | None = None, *, tls: bool = False, host: str = "127.0.0.1") -> list[ProbeStep]:
    trust = (lambda: ssl.create_default_context(cafile=trusted)) if tls else None
    return await reached(Endpoint(host, port, "HTTPS", "to test", "测试", trust), patience=5)


async def test_a_port_that_answers_is_reached() -> None:
    async with listening() as port:
        (step,) = await tried(port)
    assert (step.step, step.target, step.category) == ("connect", f"127.0.0.1:{port}", "")
    assert step.seconds < 5


async def test_a_name_that_is_none_is_told_before_anything_is_connected() -> None:
    (step,) = await tried(80, host="nowhere.invalid")
    assert (step.step, step.category) == ("resolve", "dns")
    assert step.problem is not None
    assert step.problem.message("zh").startswith("无法解析域名 nowhere.invalid（")


async def test_a_port_where_nothing_listens_refuses(unused_tcp_port: int) -> None:
    (step,) = await tried(unused_tcp_port)
    assert step.category == "refused"
    assert step.problem is not None
    assert step.problem.line("en") == (
        f"127.0.0.1:{unused_tcp_port} refuses the connection; the machine is there, but nothing listens on the port: "
        "check the port, and that their service runs [GT808]"
    )


async def test_silence_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("asyncio.open_connection", never)
    (step,) = await reached(Endpoint("127.0.0.1", 9, "HTTP", "", ""), patience=0.01)
    assert step.category == "timeout"
    assert step.problem is not None
    assert step.problem.message("en") == "127.0.0.1:9 does not answer within 0.01 s"


async def test_an_expired_certificate_is_told_with_its_day(tmp_path: Path) -> None:
    until = TODAY - timedelta(days=3)
    shown = certificate(tmp_path, until)
    async with listening(shown) as port:
        steps = await tried(port, shown, tls=True)
    assert [step.category for step in steps] == ["", "expired"]
    assert steps[1].problem is not None
    assert steps[1].problem.line("zh") == f"127.0.0.1 的证书已于 {until:%Y-%m-%d} 过期; 请对方更换证书 [GT811]"


async def test_a_certificate_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    shown = certificate(tmp_path, TODAY + timedelta(days=200))
    async with listening(shown) as port:
        steps = await tried(port, tls=True)
    assert [step.category for step in steps] == ["", "untrusted"]


@pytest.mark.parametrize(("days", "code"), [(200, None), (12, "GT812")])
async def test_a_certificate_that_ends_soon_is_a_reminder(tmp_path: Path, days: int, code: str | None) -> None:
    shown = certificate(tmp_path, TODAY + timedelta(days=days))
    async with listening(shown) as port:
        steps = await tried(port, shown, tls=True)
    assert [step.category for step in steps] == ["", ""]
    assert (steps[1].problem.code.id if steps[1].problem else None) == code


async def test_a_port_without_tls_is_told() -> None:
    async with listening() as port:
        steps = await tried(port, tls=True)
    assert [(step.step, step.category) for step in steps] == [("connect", ""), ("tls", "tls")]
