"""The sending half of a system behind a broker: one line, opened when it is first needed, and again when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import orjson

from guantong.record import Answer, NotSent, Reply, Unsure
from guantong_adapters.broker.line import Line, LineLost, Published

LineT = TypeVar("LineT", bound=Line)


class SendingLine(Generic[LineT]):
    """Publishes on the line that *opening* opens (which raises `LineLost` where the broker is not there)."""

    def __init__(self, opening: Callable[[], Awaitable[LineT]]) -> None:
        self._opening = opening
        self._line: LineT | None = None
        self._one_opens = asyncio.Lock()

    async def publish(self, publishing: Callable[[LineT], Awaitable[Published]]) -> Answer:
        """Have *publishing* publish once on the line (it raises `LineLost`). A reply is the broker's word as JSON, with
        `result` and `reason`; without one the record may have arrived."""
        try:
            line = await self._opened()
        except LineLost as error:
            return NotSent(str(error), error.zh)
        if line.refusing is not None:
            return NotSent(*line.refusing)  # what is written now may still be taken when it has room
        try:
            published = await publishing(line)
        except LineLost as error:
            return Unsure(f"the broker's confirmation did not come: {error}", f"没有收到消息中间件的确认：{error.zh}")
        except asyncio.CancelledError:
            self._doubt(line)
            raise
        finally:
            if line is not self._line and not line.busy:
                line.drop()
        said = {"result": published.word.value, "reason": published.why}
        return Reply(orjson.dumps(said), {"status": published.word.value})

    async def close(self) -> None:
        """End the line, where one is open."""
        if self._line is not None:
            await self._line.close()

    async def _opened(self) -> LineT:
        if self._line is None or not self._line.alive:
            async with self._one_opens:
                if self._line is None or not self._line.alive:
                    self._line = await self._opening()
        return self._line

    def _doubt(self, line: LineT) -> None:
        """Its time ran out without the broker's word: the line may hang, unless the broker said that it takes nothing, so nothing further is
        said on it. Those who wait on it may still hear; the last of them lets it go. (A next one under the same client id ends it at the broker.)"""
        if self._line is line and line.refusing is None:
            self._line = None
