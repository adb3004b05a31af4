"""FTP over TLS at servers that begin it on a data connection only with the transfer, as vsftpd and others do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.adapters.pki import pair

from guantong_adapters.files.ftp import FtpDriver
from guantong_adapters.files.place import Lost, Missing
from guantong_adapters.files.settings import FtpPlace

CONTENT = bytes(range(256)) * 300


class Late:
    """As much of an FTP server as one transfer takes. TLS on the data connection begins after the answer to the command."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.tls = tls
        self.stored = b""
        self.reused: list[bool] = []
        self.says = "150 here it comes"
        self.serving: set[asyncio.Task[None]] = set()

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        writers = [writer]

        async def accept(data: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
            writers.append(back)
            await accepted.put((data, back))

        passive = await asyncio.start_server(accept, "127.0.0.1", 0)
        try:
            await self.converse(reader, writer, accepted, passive.sockets[0].getsockname()[1])
        except ConnectionError:
            pass  # given up by the other side, as it may
        finally:
            passive.close()
            for one in writers:
                one.transport.abort()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
                       accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]], port: int) -> None:

        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 ready")
        answers = {"USER": "331 and the password", "PASS": "230 in", "EPSV": f"229 (|||{port}|)", "QUIT": "221 bye"}
        while line := await reader.readline():
            word = line.split()[0].decode().upper()
            if word in ("RETR", "STOR"):
                await say(self.says)
                data, back = await accepted.get()
                if self.says.startswith("1"):
                    await self.transfer(word, data, back)
                    await say("226 done")
            else:
                await say(answers.get(word, "200 so be it"))

    async def transfer(self, word: str, data: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        await back.start_tls(self.tls)
        self.reused.append(back.get_extra_info("ssl_object").session_reused)
        if word == "RETR":
            back.write(CONTENT)
        else:
            self.stored = await data.read()
        back.close()


@asynccontextmanager
async def late(folder: Path) -> AsyncIterator[tuple[Late, FtpDriver]]:
    """Such a server, and a driver for it."""
    own = pair("ftp", address="127.0.0.1")
    (folder / "own.pem").write_text(own.pem + own.key_pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # where a session is there as soon as the connection is
    tls.load_cert_chain(folder / "own.pem")
    server = Late(tls)
    listening = await asyncio.start_server(server.control, "127.0.0.1", 0, ssl=tls)
    place = FtpPlace.model_validate({"host": "127.0.0.1", "port": listening.sockets[0].getsockname()[1], "user": "anonymous", "tls": "implicit",
                                     "ca": folder / "own.pem"})
    driver = FtpDriver("a.b", place, None, "utf-8", 30.0, 30.0)
    try:
        yield server, driver
    finally:
        await driver.close()
        listening.close()
        await asyncio.gather(*server.serving)


async def test_a_data_connection_is_secured_with_the_transfer_in_the_session_of_the_control_connection(tmp_path: Path) -> None:
    """Neither side waits for the other; both ways, byte for byte, again and again."""
    async with late(tmp_path) as (server, driver):
        for _ in range(2):
            assert await driver.read("a.xml", 1 << 20) == CONTENT
            await driver.write("b.xml", CONTENT)
            assert server.stored == CONTENT
    assert server.reused == [True] * 4


@pytest.mark.parametrize("says", ["550 there is none", "421 another time"])
async def test_a_refused_transfer_leaves_no_handshake_behind(tmp_path: Path, says: str) -> None:
    """The connection is used again after a refusal, and a new one after a parting."""
    async with late(tmp_path) as (server, driver):
        server.says = says
        with pytest.raises(Lost if says.startswith("421") else Missing):
            await driver.read("a.xml", 1 << 20)
        server.says = "150 here it comes"
        assert await driver.read("a.xml", 1 << 20) == CONTENT
        assert [task for task in asyncio.all_tasks() if task.get_name() == "ftp data tls"] == []
