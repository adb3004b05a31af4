"""The target of a bad neighbour, in a process of its own: takes every request, and answers at once or never.

`python -m guantong_plugins.bench.badside FOLDER answers|hangs` writes `bad.port` there once it listens, and stays until SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import cast

import httptools
import uvloop

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{"code":0,"msg":"ok"}'


class _Connection(asyncio.Protocol):
    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._transport.write(self._answer)


async def serve(folder: Path, answer: bytes) -> None:
    """Listen on a free port of the loopback until SIGTERM."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: _Connection(answer), "127.0.0.1", 0)
    half = folder / "bad.port.new"
    half.write_text(str(server.sockets[0].getsockname()[1]), encoding="ascii")
    half.replace(folder / "bad.port")
    await stop.wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), _ANSWER if sys.argv[2] == "answers" else b""))
