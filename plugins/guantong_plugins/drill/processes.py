"""The processes of a drill's hub: one that does everything; or one that takes in and several that send, over one shared store."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

from guantong.problems import Problem, ProblemsError
from guantong_plugins.demo.processes import GUANTONG, Child
from guantong_plugins.drill.codes import DIED

START_WITHIN = 60.0
LOOK = 0.02
_TAKES_IN = ("accept:", "poll:", "receipt:")  # what the process that takes in comes by


@dataclass(frozen=True, slots=True)
class Part:
    """One process, and the file that is there while its doors are open."""

    child: Child
    port: Path

    @property
    def running(self) -> bool:
        return self.child.running

    def pause(self) -> None:
        """Freeze it, as a machine does that is moved or out of memory."""
        os.kill(self.child.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.child.pid, signal.SIGCONT)


class Processes:
    """The hub on *home*, by one process, or with so many *workers* beside one that takes in. `recovery_ms` tells of each start
    how long it took until the doors were open."""

    def __init__(self, home: Path, logs: Path, environment: Mapping[str, str], workers: int, random: Random) -> None:
        self._random = random
        self._home = home
        self._logs = logs
        self._environment = environment
        self.recovery_ms: list[float] = []
        if workers:
            self.takes_in = self._part("ingress", "--role", "ingress", "--name", "ingress")
            self.workers = [self._part(f"worker-{number}", "--role", "worker", "--name", f"worker-{number}")
                            for number in range(1, workers + 1)]
        else:
            self.takes_in, self.workers = self._part(""), []
        self.parts: Sequence[Part] = (self.takes_in, *self.workers)

    def of(self, step: str) -> Part:
        """One that comes by *step*; sooner one that has to be started anyway."""
        there = [self.takes_in] if not self.workers or step.startswith(_TAKES_IN) else self.workers
        return self._random.choice([part for part in there if not part.running] or there)

    def any(self) -> Part:
        return self._random.choice(self.parts)

    def with_program(self, program: Sequence[str]) -> Part:
        """Another process in place of the only one, run by *program*."""
        return self._part("", program=program)

    async def start(self, but: Part | None = None) -> None:
        """Start what does not run, *but* that one, and wait until the doors are open."""
        for part in self.parts:
            if part is not but and not part.running:
                await self.begin(part)

    async def begin(self, part: Part, extra: dict[str, str] | None = None, *, may_die: bool = False) -> None:
        """Start *part* and wait until its doors are open; one that *may_die* may do so before. Raises `ProblemsError`."""
        part.port.unlink(missing_ok=True)
        began = monotonic()
        part.child.start(extra)
        while not part.port.exists():
            if not part.running:
                if may_die:
                    return
                raise ProblemsError([Problem(DIED, details={"log": part.child.log})])
            if monotonic() - began > START_WITHIN:
                raise ProblemsError([Problem(DIED, details={"log": part.child.log})])
            await asyncio.sleep(LOOK)
        self.recovery_ms.append((monotonic() - began) * 1000)

    def must_run(self) -> None:
        """Raise `ProblemsError` where one ended by itself."""
        dead = [part for part in self.parts if not part.running]
        if dead:
            raise ProblemsError([Problem(DIED, details={"log": part.child.log}) for part in dead])

    async def stop(self) -> None:
        """End all in good order, those that send last."""
        for part in self.parts:
            await asyncio.to_thread(part.child.stop)

    def _part(self, name: str, *role: str, program: Sequence[str] = GUANTONG) -> Part:
        port = self._home / "var" / (f"{name}.port" if name else "port")
        log = self._logs / f"{name or 'hub'}.txt"
        return Part(Child(name or "hub", ("run", "--home", str(self._home), *role), log, self._environment, program), port)
