"""The RabbitMQ of a drill: queues of the drill's own, a network before it that is taken away, a command that restarts it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from guantong.problems import Problem, ProblemsError
from guantong_plugins.drill.codes import NO_BROKER, NOT_RESTARTED
from guantong_plugins.drill.relay import Relay

USER, PASSWORD = "GUANTONG_DRILL_AMQP_USER", "GUANTONG_DRILL_AMQP_PASSWORD"
RESTARTED_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class BrokerAt:
    """Where it is, who we are there, and what our queues' names begin with. `restart` is a command; "": it is not restarted."""

    host: str
    port: int
    virtual_host: str
    user: str
    password: str
    prefix: str
    restart: str = ""

    @classmethod
    def named(cls, variable: str, url: str, prefix: str, restart: str) -> Self:
        """Of an address `amqp://user:password@host:port/virtual-host`, which stands in *variable*. Raises `ProblemsError`."""
        try:
            parts = urlsplit(url)
            port = parts.port or 5672
        except ValueError:
            raise ProblemsError([Problem(NO_BROKER, details={"variable": variable})]) from None
        if parts.scheme != "amqp" or not parts.hostname:
            raise ProblemsError([Problem(NO_BROKER, details={"variable": variable})])
        return cls(parts.hostname, port, parts.path, unquote(parts.username or "guest"), unquote(parts.password or "guest"),
                   prefix, restart)

    def settings(self, relay: Relay) -> dict[str, Any]:
        """The keys of `tickets:`, through *relay*."""
        return {"use": "rabbitmq", "url": f"amqp://{relay.address}{self.virtual_host or '/'}", "user": {"env": USER}, "password": {"env": PASSWORD},
                "prefix": self.prefix}

    @property
    def environment(self) -> dict[str, str]:
        return {USER: self.user, PASSWORD: self.password}

    async def restarted(self) -> None:
        """Run the command that restarts it. Raises `ProblemsError` where that fails."""
        words = shlex.split(self.restart)
        try:
            child = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        except FileNotFoundError:
            raise ProblemsError([Problem(NOT_RESTARTED, details={"command": words[0], "what": "there is no such program"})]) from None
        try:
            async with asyncio.timeout(RESTARTED_WITHIN):
                _, said = await child.communicate()
        except TimeoutError:
            child.kill()
            raise ProblemsError([Problem(NOT_RESTARTED, details={"command": words[0], "what": f"no end within {RESTARTED_WITHIN:.0f} s"})]) from None
        if child.returncode:
            what = f"status {child.returncode}: {said.decode('utf-8', 'replace').strip()[-300:]}"
            raise ProblemsError([Problem(NOT_RESTARTED, details={"command": words[0], "what": what})])

    async def delete_queues(self, systems: Iterable[str]) -> None:
        """Take the drill's queues away."""
        from guantong_adapters.amqp.session import Session  # pika is loaded by a drill that wants it
        from guantong_adapters.amqp.settings import BrokerAddress

        address = BrokerAddress(url=f"amqp://{self.host}:{self.port}{self.virtual_host or '/'}")
        session = await Session.opened(address, self.user, self.password)
        try:
            for system in systems:
                await session.delete(f"{self.prefix}.{system}")
        finally:
            await session.close()
