"""The sink: the target of the bench, in a process of its own. Notes when each case arrived, and answers.

`python -m guantong_plugins.bench.sink FOLDER [ANSWER MEDIA]` (the file with the answer's body, and its type; else a JSON
object) writes `sink.port` there once it listens, and on SIGTERM
`arrivals` (a double a case: seconds on the system's steady clock, 0 where none came) and `sink.json`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from array import array
from pathlib import Path
from time import monotonic
from typing import cast

import httptools
import orjson
import uvloop

from guantong_plugins.bench.record import number_in

_ANSWER_BODY = b'{"code":0,"msg":"ok"}'
_GROW = array("d", bytes(8 * 65536))


class Arrivals:
    """When each case arrived, and how many arrived again."""

    def __init__(self) -> None:
        self.times = array("d")
        self.repeated = 0

    def note(self, body: bytes) -> None:
        """A request arrived now."""
        number = number_in(body)
        while number >= len(self.times):
            self.times.extend(_GROW)
        if self.times[number]:
            self.repeated += 1
        else:
            self.times[number] = monotonic()


class _Connection(asyncio.Protocol):
    def __init__(self, arrivals: Arrivals, answer: bytes) -> None:
        self._arrivals = arrivals
        self._answer = answer
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._arrivals.note(b"".join(self._body))
        self._body.clear()
        self._transport.write(self._answer)


async def serve(folder: Path, body: bytes = _ANSWER_BODY, media: str = "application/json") -> None:
    """Listen on a free port of the loopback until SIGTERM; then write what was seen."""
    loop, stop, arrivals = asyncio.get_running_loop(), asyncio.Event(), Arrivals()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    server = await loop.create_server(lambda: _Connection(arrivals, answer), "127.0.0.1", 0, backlog=1024)
    half = folder / "sink.port.new"
    half.write_text(str(server.sockets[0].getsockname()[1]), encoding="ascii")
    half.replace(folder / "sink.port")
    await stop.wait()
    (folder / "arrivals").write_bytes(arrivals.times.tobytes())
    (folder / "sink.json").write_bytes(orjson.dumps({"repeated": arrivals.repeated}))


if __name__ == "__main__":
    answered = (Path(sys.argv[2]).read_bytes(), sys.argv[3]) if sys.argv[2:] else ()
    uvloop.run(serve(Path(sys.argv[1]), *answered))
