"""A channel: JSON-RPC 2.0 in both directions over two byte streams, one message a line.

Either side calls methods of the other, and both at the same time. Lines are bounded; a line that is no message of
JSON-RPC ends the channel, because whoever wrote it cannot be trusted with the rest. Whoever calls faster than it is
answered is not read meanwhile, and many lines at once leave the loop to others in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

import orjson

from guantong.compartment.wire import WireError

Method = Callable[[Any], Awaitable[Any]]
"""Answers a call: takes its params (any JSON), returns its result. What it raises is told to the caller."""

FAILED, NO_METHOD = -32000, -32601
"""JSON-RPC's codes of an error: the method failed; there is no such method."""
AT_ONCE = 256  # calls of the other side that are being answered
TURN = 50  # lines taken before others have the loop
MOST_VALUES = 200_000  # values in one line: a line of nothing but brackets becomes gigabytes, and stops the loop while it does


class ChannelClosed(Exception):
    """The other side is gone, or said what cannot be understood: calls under way have no answer."""


class CallFailed(Exception):
    """The other side answered with an error: its `code`, its text, and what it said of it in `data`."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data

    @property
    def zh(self) -> str:
        """The text in Chinese, where the other side gave one at `zh` of its data."""
        said = self.data.get("zh") if isinstance(self.data, dict) else None
        return said if isinstance(said, str) and said else str(self)


class Channel:
    """One end. `run` until the other side ends; `longest` bounds a line, in bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, methods: Mapping[str, Method]) -> None:
        self._reader = reader
        self._writer = writer
        self._methods = methods
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._numbers = count(1)
        self._serving: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        self._closed = ""
        self.spoke = asyncio.Event()
        """The other side has said something."""

    @property
    def keeps_waiting(self) -> bool:
        """Whether the other side is not heard because we are not done with what it asked before."""
        return self._room.locked() and self._inside > 0

    async def call(self, method: str, params: Any = None) -> Any:
        """The result of *method* at the other side. Raises `CallFailed`, `ChannelClosed`."""
        if self._closed:
            raise ChannelClosed(self._closed)
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            return await answer
        finally:
            del self._waiting[number]

    async def tell(self, method: str, params: Any = None) -> None:
        """Call *method* without an answer. Raises `ChannelClosed`."""
        if self._closed:
            raise ChannelClosed(self._closed)
        await self._write({"jsonrpc": "2.0", "method": method, "params": params})

    async def run(self) -> None:
        """Answer and be answered until the other side ends. Raises `WireError` when it said what cannot be understood."""
        why = "it ended"
        try:
            taken = 0
            while line := await self._line():
                self.spoke.set()
                taken += 1
                if taken % TURN == 0:  # a reader that has more lines at hand does not wait by itself
                    await asyncio.sleep(0)
                await self._take(line)
        except WireError as error:
            why = str(error)
            raise
        except ConnectionError as error:
            why = type(error).__name__
        finally:
            await self._end(why)

    async def _line(self) -> bytes:
        try:
            return await self._reader.readline()
        except ValueError as error:  # asyncio's word for a line beyond the limit
            raise WireError("a line is longer than agreed") from error

    async def _take(self, line: bytes) -> None:
        if line.count(b",") + line.count(b"[") + line.count(b"{") > MOST_VALUES:
            raise WireError("a line holds more values than agreed")
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise WireError("a line is no JSON") from error
        if not isinstance(told, dict) or told.get("jsonrpc") != "2.0":
            raise WireError("a line is no message of JSON-RPC 2.0")
        if "method" in told:
            await self._room.acquire()
            task = asyncio.create_task(self._serve(told))
            self._serving.add(task)
            task.add_done_callback(self._served)
            return
        answer = self._waiting.get(told["id"]) if isinstance(told.get("id"), int) else None
        if answer is None or answer.done():
            return  # of a call that was cancelled meanwhile
        failure = told.get("error")
        if failure is None:
            answer.set_result(told.get("result"))
        elif isinstance(failure, dict) and isinstance(failure.get("code"), int):
            answer.set_exception(CallFailed(failure["code"], str(failure.get("message", "")), failure.get("data")))
        else:
            raise WireError("an error says no code")

    def _served(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        self._room.release()

    async def _serve(self, told: dict[str, Any]) -> None:
        method = self._methods.get(told["method"]) if isinstance(told["method"], str) else None
        body: dict[str, Any]
        if method is None:
            body = {"error": {"code": NO_METHOD, "message": "there is no such method"}}
        else:
            self._inside += 1
            try:
                body = {"result": await method(told.get("params"))}
            except CallFailed as refusal:
                body = {"error": {"code": refusal.code, "message": str(refusal), "data": refusal.data}}
            except Exception as mistake:  # noqa: BLE001 -- told to the caller, by type: its text may quote a value
                body = {"error": {"code": FAILED, "message": type(mistake).__name__}}
            finally:
                self._inside -= 1
        if "id" in told and not self._closed:
            try:
                await self._write({"jsonrpc": "2.0", "id": told["id"], **body})
            except ChannelClosed:
                return  # nobody is left to hear it

    async def _write(self, message: dict[str, Any]) -> None:
        try:
            self._writer.write(orjson.dumps(message) + b"\n")
            await self._writer.drain()
        except ConnectionError as error:
            raise ChannelClosed("it ended") from error

    async def _end(self, why: str) -> None:
        self._closed = why
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ChannelClosed(why))
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        self._writer.close()
