"""The hub as the demo sees it: a child process, its operations API, its store and its command line."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from random import SystemRandom
from typing import Any

import httpx

from guantong.config import Configuration, load
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.store import Reader
from guantong_plugins.demo.codes import COMMAND_FAILED
from guantong_plugins.demo.home import Home
from guantong_plugins.demo.processes import GUANTONG, Child

_ANSWER_SECONDS = 60.0
_COMMAND_SECONDS = 300.0
_TAIL = 1000
_PORTS = range(20_000, 32_768)
"""Below those that systems give out by themselves."""


def free_port() -> int:
    """A port of the loopback that nobody has now, and that the system gives nobody who asks for any: it is still free when a
    hub that was killed is started again."""
    for port in SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class Hub:
    """One hub over *home*, on *port* of the loopback. It can be killed and started again."""

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        log = home.folder / "log" / "hub.txt"
        self.child = Child("hub", ("run", "--home", str(home.folder)), log, {})
        self._loaded: Configuration | None = None

    def start(self, extra: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it is ready to take records."""
        self.child.start(extra)
        with httpx.Client(trust_env=False) as client:
            self.child.await_seen(lambda: self._ready(client))

    def statistics(self, client: httpx.Client) -> dict[str, dict[str, Any]]:
        """The hub's numbers by system id, or nothing while it does not answer. What is parked counts as dead."""
        systems = self._figures(client, "statistics")
        return {name: {**each, "dead": each["dead"] + each["parked"]} for name, each in systems.items()}

    def queues(self, client: httpx.Client) -> dict[str, dict[str, Any]]:
        """What is unfinished, by system id, or nothing while the hub does not answer."""
        return self._figures(client, "queues")

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """The hub's store, read-only, beside the running hub or after it."""
        choice = self._configuration().store
        reader = registry().stores[choice.use].open_reader(choice.settings, self.home.folder)
        try:
            yield reader
        finally:
            reader.close()

    def command(self, *arguments: str, columns: int = 100) -> str:
        """Run `guantong <arguments>` over this home as an operator would; what it prints, *columns* wide.
        Raises `ProblemsError` when it fails."""
        words = [*arguments, "--home", str(self.home.folder)]
        done = subprocess.run(  # noqa: S603 -- our own interpreter and arguments of our own
            [*GUANTONG, *words], capture_output=True, text=True, encoding="utf-8",
            env=_environment(columns), timeout=_COMMAND_SECONDS, check=False,
        )
        if done.returncode:
            details = {
                "command": "guantong " + " ".join(words), "code": done.returncode,
                "printed": (done.stdout + done.stderr)[-_TAIL:].strip(), "home": str(self.home.folder),
            }
            raise ProblemsError([Problem(COMMAND_FAILED, details=details)])
        return done.stdout

    def _configuration(self) -> Configuration:
        """The home's configuration, loaded once. Raises `ProblemsError` with everything wrong in it."""
        if self._loaded is None:
            loaded = load(self.home.folder, registry(), {})
            if loaded.configuration is None:
                raise ProblemsError(loaded.problems)
            self._loaded = loaded.configuration
        return self._loaded

    def _figures(self, client: httpx.Client, what: str) -> dict[str, dict[str, Any]]:
        try:
            answer = client.get(f"{self.url}/api/v1/{what}", timeout=_ANSWER_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPError:
            return {}  # it may be starting again: the next look tells
        systems: dict[str, dict[str, Any]] = answer.json()["systems"]
        return systems

    def _ready(self, client: httpx.Client) -> bool | None:
        try:
            answer = client.get(f"{self.url}/readyz", timeout=_ANSWER_SECONDS)
        except httpx.HTTPError:
            return None
        return True if answer.is_success else None


def _environment(columns: int) -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": str(columns)}
