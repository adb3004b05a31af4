"""Run as a program: one adapter of the registry in a process of its own, on the wire of its standard input and output.

`python -m guantong.compartment.host`; the hub says at `open` which adapter, for which system, with which settings.
"""

from __future__ import annotations

import asyncio
import base64
import os
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from aiohttp import web

from guantong.adapter import (
    Listens,
    Polls,
    Queries,
    Receipts,
    Renews,
    Sends,
    Serves,
    SystemContext,
)
from guantong.compartment import wire
from guantong.compartment.channel import FAILED, CallFailed, Channel, Method
from guantong.opencases import CasesAsked
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.record import Record, Verdict
from guantong.secret import Secret
from guantong.socketname import within_limit

SOCKET = "doors.sock"
CAN: Mapping[str, type] = {"send": Sends, "query": Queries, "renew": Renews, "poll": Polls, "receipts": Receipts,
                           "listen": Listens, "serve": Serves}


class Host:
    """The adapter's side of the wire."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connection: Any = None
        self._runner: web.AppRunner | None = None
        self._system = ""
        methods: dict[str, Method] = {
            "ping": _pong, "open": self._open, "send": self._send, "query": self._query, "renew": self._renew,
            "poll": self._poll, "mark": self._mark, "receipts": self._receipts, "listen": self._listen,
        }
        self._channel = Channel(reader, writer, {name: _telling(method) for name, method in methods.items()})

    async def run(self) -> None:
        """Until the hub closes our input; then the connection is closed."""
        try:
            await self._channel.run()
        finally:
            if self._runner is not None:
                await self._runner.cleanup()
            if self._connection is not None:
                await self._connection.close()

    async def _open(self, told: Mapping[str, Any]) -> dict[str, Any]:
        plugged = registry()
        secrets = {name: Secret(value) for name, value in told["secrets"].items()}
        self._system = told["system"]
        # The hub wrote it, and nobody else can reach our input.
        settings = pickle.loads(base64.b64decode(told["pickled"]))  # noqa: S301 -- as said above
        context = SystemContext(
            system=self._system, settings=settings, secrets=secrets, accept=self._accept, refused=self._refused,
            signer=lambda choice: plugged.signers[choice.scheme].open(choice, secrets),
            cipher=lambda choice: plugged.ciphers[choice.scheme].open(choice, secrets),
            body_limit=told["body_limit"],
            home=Path(told["home"]), folder=Path(told["folder"]), address=told["address"],
            rereading=told["rereading"], now=_now, open_cases=_no_cases_here,
        )
        connection = await plugged.adapters[told["adapter"]].open(context)
        self._connection = connection
        opened: dict[str, Any] = {"can": [name for name, kind in CAN.items() if isinstance(connection, kind)]}
        if isinstance(connection, Serves):
            opened |= await self._serve(connection, Path(told["folder"]), told["body_limit"])
        return opened

    async def _serve(self, connection: Serves, folder: Path, limit: int) -> dict[str, Any]:
        app = web.Application(client_max_size=limit)
        doors = connection.doors()
        for door in doors:
            app.router.add_route(door.method, door.path, door.handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        socket = folder / SOCKET
        socket.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            with within_limit(socket) as name:
                await web.UnixSite(self._runner, name).start()
        finally:
            os.umask(mask)
        return {"doors": [{"method": door.method, "path": door.path} for door in doors], "http": {"socket": SOCKET}}

    async def _accept(self, record: Record) -> Verdict:
        if record.parts:
            raise LookupError("an adapter in a compartment cannot hand over files beside a record")
        return wire.verdict_from(await self._channel.call("accept", wire.record_to(record)))

    def _refused(self, code: str) -> None:
        self._tell_soon("refused", code)

    def _tell_soon(self, method: str, params: Any = None) -> None:
        """Tell the hub from where nobody can wait for it."""
        task = asyncio.create_task(self._channel.tell(method, params))
        _telling_now.add(task)
        task.add_done_callback(_telling_now.discard)

    async def _send(self, told: Any) -> Any:
        return wire.answer_to(await self._connection.send(wire.outgoing_from(told)))

    async def _query(self, told: Any) -> Any:
        return wire.answer_to(await self._connection.query(wire.outgoing_from(told)))

    async def _renew(self, _told: Any) -> None:
        await self._connection.renew()

    async def _poll(self, told: Any) -> Any:
        return wire.polled_to(await self._connection.poll(told["since"], told["limit"]))

    async def _mark(self, told: Any) -> None:
        await self._connection.mark(wire.marks_from(told))

    async def _receipts(self, told: Any) -> Any:
        return wire.receipts_to(await self._connection.receipts(wire.awaited_from(told)))

    async def _listen(self, _told: Any) -> None:
        await self._connection.listen(lambda: self._tell_soon("ready"))


_telling_now: set[asyncio.Task[None]] = set()
"""What is being told; tasks nobody holds may vanish."""


def _telling(method: Method) -> Method:
    """*method*, its problems told in words."""

    async def answer(told: Any) -> Any:
        try:
            return await method(told)
        except ProblemsError as error:
            first = error.problems[0]
            raise CallFailed(FAILED, f"{first.code.id} {first.message('en')}", {"zh": f"{first.code.id} {first.message('zh')}"}) from error
        except OSError as error:
            said, zh = in_words(error)
            raise CallFailed(FAILED, said, {"zh": zh}) from error

    return answer


async def _pong(_told: Any) -> str:
    return "pong"


def _now() -> float:
    from time import time

    return time()


def _no_cases_here(_asked: CasesAsked) -> NoReturn:
    raise LookupError("which cases are open is not known in a compartment")


async def serve(longest: int, wire_in: int, wire_out: int) -> None:
    """Serve the wire of these descriptors."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=longest)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(wire_in, "rb"))
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), os.fdopen(wire_out, "wb"))
    await Host(reader, asyncio.StreamWriter(transport, protocol, None, loop)).run()


def main() -> None:
    """What a plugin prints goes to standard error: the wire is ours alone."""
    wire_in, wire_out = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    asyncio.run(serve(int(sys.argv[1]), wire_in, wire_out))


if __name__ == "__main__":
    main()
