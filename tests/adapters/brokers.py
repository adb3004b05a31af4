"""What tests of brokers share: the hub's side of an adapter, and a network that can be cut."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tests.adapters.pki import pair

from guantong.adapter import ComeAgain, Listens
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Outgoing, Record, Verdict
from guantong.signer import Signer, SignerChoice

TAKEN = Verdict(Acceptance.ROUTED, 7)
BODY = "𠮷某".encode("gb18030") + bytes(range(256))


def no_signer(choice: SignerChoice) -> Signer:
    raise AssertionError(f"no signer {choice.scheme} is configured")


class Hub:
    """The other side of `accept`: keeps what it is handed, answers as told."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.refused: list[str] = []
        self.verdicts: dict[bytes, Verdict] = {}
        self.held: asyncio.Event | None = None

    async def accept(self, record: Record) -> Verdict:
        self.records.append(record)
        if self.held is not None:
            await self.held.wait()
        return self.verdicts.get(record.body, TAKEN)


def outgoing(number: int = 1, body: bytes = BODY, **fields: Any) -> Outgoing:
    return Outgoing(number, 1, "case.step", "SPCL", body, fields, f"GT{number:05d}", 5.0)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition; the test's own time limit ends a wait for what never comes."""
    while not holds():  # noqa: ASYNC110  the broker tells nobody: it is asked
        await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(connection: Listens) -> AsyncIterator[asyncio.Task[None]]:
    """A listener that has begun; ended afterwards."""
    began = asyncio.Event()
    task = asyncio.create_task(connection.listen(began.set))
    await asyncio.wait({task, asyncio.create_task(began.wait())}, return_when=asyncio.FIRST_COMPLETED)
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError, ComeAgain, ProblemsError):
        await task


def demanding(folder: Path) -> tuple[ssl.SSLContext, dict[str, Any]]:
    """What a broker shows that lets in nobody without a certificate of its authority, and the settings that have one."""
    its, ours = pair("broker", "Private CA", address="127.0.0.1"), pair("guantong", "Private CA")
    texts = {"broker": its.key_pem + its.pem, "tls_ca": pair("Private CA", authority=True).pem,
             "tls_certificate": ours.pem, "tls_key": ours.key_pem}
    for name, text in texts.items():
        (folder / f"{name}.pem").write_text(text)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "tls_ca.pem")
    tls.load_cert_chain(folder / "broker.pem")
    tls.verify_mode = ssl.CERT_REQUIRED
    return tls, {name: folder / f"{name}.pem" for name in texts if name.startswith("tls_")}


@asynccontextmanager
async def relayed(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """The broker through a relay, and what cuts every connection through it, as a network does; with *tls*, behind TLS."""
    scheme, _, place = url.partition("://")
    host, _, port = place.rpartition(":")
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other = await asyncio.open_connection(host, int(port))
        writers.extend((writer, other))
        await asyncio.gather(pump(reader, other), pump(other_reader, writer))

    def cut() -> None:
        for writer in writers:
            writer.transport.abort()
        writers.clear()

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"{scheme}{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}", cut
        cut()
