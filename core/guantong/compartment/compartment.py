"""A compartment: the process of one system's adapter, kept running.

It is started with the hub, and again whenever it ended, after waits that grow. What it was asked when it ended has no
known end. A delivery that ends it again and again is quarantined, also over a restart of the hub: it is not given to it any more, until a
person replays it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from guantong.clock import now_ms, shown
from guantong.compartment import child as processes
from guantong.compartment.channel import CallFailed, Channel, ChannelClosed, Method
from guantong.compartment.child import Child, Limits
from guantong.compartment.codes import KILLS, NOT_STARTED, SAID_NO
from guantong.compartment.kills import Kills
from guantong.config.policies import RetryPolicy
from guantong.journey.keys import delivery_of
from guantong.journey.retry import wait_before
from guantong.problems import Problem, ProblemsError

KILLS_AT_MOST = 3
_PLAIN = re.compile(r"[A-Za-z0-9/_.-]+")
"""A path that is no pattern for others."""
STARTS_WITHIN = 30.0  # seconds until it has answered `open`
STEADY_AFTER = 60.0  # seconds of running after which waits begin anew
_AGAIN = RetryPolicy(first=0.5, most=30)
"""The waits between its starts."""
log = structlog.get_logger("guantong.compartment")


@dataclass(frozen=True, slots=True)
class Lodger:
    """What lives in a compartment: the command, what it is told at `open`, and its limits. It runs in
    `home`; `folder` is its own; `longest` bounds a line of the wire, in bytes. `serves` are the doors it may have, each method
    and path, or a path below which it may have any."""

    system: str
    command: Sequence[str]
    opening: Mapping[str, Any]
    limits: Limits
    home: Path
    folder: Path
    longest: int
    serves: Sequence[str] = ()

    def may_serve(self, method: str, path: str) -> bool:
        """Whether it may have this door."""
        return f"{method} {path}" in self.serves or any(
            below.endswith("/") and path.startswith(below) and _PLAIN.fullmatch(path) for below in self.serves)

    @property
    def log(self) -> Path:
        """What the process writes on its standard error."""
        return self.folder / "compartment.log"


class Away(ConnectionError):
    """The process ended before it answered. The text says by what, `zh` the same in Chinese."""

    def __init__(self, reason: str, zh: str) -> None:
        self.zh = zh
        super().__init__(reason)


class NotThere(Away):
    """Nothing was said to the process: it is not there, and being started again."""


class Compartment:
    """Keeps the process of *lodger* running. Made by `lodge`."""

    def __init__(self, lodger: Lodger, methods: Mapping[str, Method]) -> None:
        self._lodger = lodger
        self._methods = methods
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._kills = Kills(lodger.folder)
        self._in_hand: list[str] = []
        self._last: tuple[str, str] = ("", "")
        self.opened: dict[str, Any] = {}

    async def open(self) -> None:
        """Start it the first time. Raises `ProblemsError` where it cannot be started."""
        await self._start()
        self._keeper = asyncio.create_task(self._keep(), name=f"compartment {self._lodger.system}")

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._child is not None:
            await self._child.close()

    async def call(self, method: str, params: Any = None) -> Any:
        """What it answers. Raises `NotThere`, `Away`, and `ProblemsError` where it refuses."""
        try:
            return await self._there().call(method, params)
        except ChannelClosed as error:
            raise Away(*await self._ended()) from error
        except CallFailed as error:
            raise self._refusal(error) from error

    async def attempt(self, method: str, key: str, params: Any) -> Any:
        """As `call`, for an attempt of the delivery *key* (`send`) or a question about it. A delivery that ended the process
        too often is refused (`ProblemsError`) before the process is told of it."""
        if method == "send" and self._kills.of(key) >= KILLS_AT_MOST:
            self._kills.forget(key)
            details = {"times": KILLS_AT_MOST, "what": self._last[0], "log": self._lodger.log}
            raise ProblemsError([Problem(KILLS, details={**details, "what_zh": self._last[1]})])
        channel = self._there()
        self._in_hand.append(key)
        try:
            answer = await channel.call(method, params)
        except ChannelClosed as error:
            self._kills.add(key)
            raise Away(*await self._ended()) from error
        except CallFailed as error:
            raise self._refusal(error) from error
        finally:
            self._in_hand.remove(key)
        if method == "send":  # an answer about it says nothing of the attempt
            self._kills.forget(key)
        return answer

    def _there(self) -> Channel:
        if self._child is None or self._child.ended.is_set():
            raise NotThere("its process is being started again", "适配器进程正在重新启动")
        return self._child.channel

    async def _ended(self) -> tuple[str, str]:
        child = self._child
        if child is None:
            return "it ended", "已结束"
        await child.ended.wait()
        return child.end

    def _refusal(self, error: CallFailed) -> ProblemsError:
        details = {"what": str(error)[:200], "what_zh": error.zh[:200], "log": self._lodger.log}
        return ProblemsError([Problem(SAID_NO, details=details)])

    async def _start(self) -> None:
        lodger = self._lodger
        lodger.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = await processes.start(lodger.command, self._methods, lodger.limits, home=lodger.home,
                                      log=lodger.log, longest=lodger.longest)
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                self.opened = dict(await child.channel.call("open", dict(lodger.opening)))
        except (TimeoutError, ChannelClosed, CallFailed, TypeError, ValueError) as error:
            await child.close()
            what, zh = (str(error), error.zh) if isinstance(error, CallFailed) else child.end
            details = {"what": what[:200], "what_zh": zh[:200], "log": lodger.log}
            raise ProblemsError([Problem(NOT_STARTED, details=details)]) from error
        self._child = child

    def _write_down(self, in_hand: Sequence[str]) -> None:
        """Keep in the process's own log when and how it ended, and what it had in hand: evidence for whoever made it."""
        line = f"{shown(now_ms())} guantong: {self._last[1]} · {self._last[0]}; 在办 in hand: {' '.join(in_hand) or '-'}\n"
        try:
            with self._lodger.log.open("a", encoding="utf-8") as log_file:
                log_file.write(line)
        except OSError as error:
            log.warning("compartment.no_log", system=self._lodger.system, error=type(error).__name__)

    async def _keep(self) -> None:
        """Start it again whenever it ended."""
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            assert self._child is not None  # noqa: S101 -- it was started before
            began = loop.time()
            await self._child.ended.wait()
            self._last, in_hand = self._child.end, [f"D{delivery_of(key)}" for key in self._in_hand]
            self._write_down(in_hand)
            failures = 0 if loop.time() - began > STEADY_AFTER else failures
            log.warning("compartment.lost", system=self._lodger.system, end=self._last[0], in_hand=in_hand)
            while True:
                failures += 1
                await asyncio.sleep(wait_before(_AGAIN, failures))
                try:
                    await self._start()
                except (ProblemsError, OSError) as error:
                    log.warning("compartment.not_started", system=self._lodger.system, error=type(error).__name__)
                else:
                    log.info("compartment.back", system=self._lodger.system)
                    break

