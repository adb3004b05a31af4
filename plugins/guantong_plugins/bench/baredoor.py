"""The HTTP stack of our doors with nothing behind it: a record is read and answered, and forgotten.

`python -m guantong_plugins.bench.baredoor FOLDER PATH` writes `bare.port` there once it listens, and stays until SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import uvloop
from aiohttp import web

from guantong.reception import Refusals, serve_doors
from guantong_adapters.http.whole import WholeResponse

ANSWER = b'{"code":"0","message":"accepted","id":"M1"}'


class _Unheard:
    """Nobody keeps what is refused."""

    def tell(self, system: str, code: str) -> None:
        raise AssertionError(f"the bench sends nothing that is refused ({system} {code})")


async def _answer(request: web.Request) -> web.Response:
    await request.read()
    return WholeResponse(body=ANSWER, content_type="application/json")


async def serve(folder: Path, path: str) -> None:
    """Answer what comes to *path* until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = web.Application()
    app.router.add_post(path, _answer)
    async with AsyncExitStack() as stack:
        port = await serve_doors(app, "127.0.0.1", 0, cast(Refusals, _Unheard()), stack)
        half = folder / "bare.port.new"
        half.write_text(str(port), encoding="ascii")
        half.replace(folder / "bare.port")
        await stop.wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), sys.argv[2]))
