"""Child processes of a demo: started, awaited until they are ready, stopped in order.

Waiting is always for a condition (a file, an answer, an end), never for a time; the deadline only says
when to give up, and giving up names the process and the end of what it printed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from guantong.problems import Problem, ProblemsError
from guantong_plugins.demo.codes import PROCESS_ENDED, PROCESS_LATE

GUANTONG = (sys.executable, "-m", "guantong")
START_SECONDS = 300.0
STOP_SECONDS = 120.0
LOOK_EVERY = 0.05
_TAIL = 2000

Seen = TypeVar("Seen")


class Child:
    """One child process: *program* (`guantong`, run by this interpreter) with *arguments*, and *environment*
    on top of ours. What it prints goes to *log*."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = GUANTONG,
    ) -> None:
        self.name = name
        self.log = log
        self._arguments = [*program, *arguments]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number; 0 before the first start."""
        return 0 if self._process is None else self._process.pid

    def start(self, extra: Mapping[str, str] | None = None) -> None:
        """Start it, with *extra* variables for this start alone. It may have run before."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and arguments of our own
                self._arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={**self._environment, **(extra or {})},
                start_new_session=True,  # Ctrl-C is for the demo, which stops its children in order
            )

    def await_seen(self, look: Callable[[], Seen | None], seconds: float = START_SECONDS) -> Seen:
        """What *look* returns once it is not None. Raises `ProblemsError` when the process ends or the time
        is up before."""
        deadline = time.monotonic() + seconds
        while (seen := look()) is None:
            self.must_run()
            if time.monotonic() > deadline:
                raise ProblemsError([Problem(PROCESS_LATE, details=self._details() | {"seconds": seconds})])
            time.sleep(LOOK_EVERY)
        return seen

    def must_run(self) -> None:
        """Raise `ProblemsError` when the process has ended."""
        if not self.running:
            raise ProblemsError([Problem(PROCESS_ENDED, details=self._details())])

    def kill(self) -> None:
        """End it at once, as a power cut would, and wait until it is gone."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            self._process.wait(STOP_SECONDS)

    def ask_to_end(self) -> None:
        """Ask it to end, without waiting."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def stop(self) -> int:
        """Ask it to end and wait; when it does not, kill it. The exit code."""
        if self._process is None:
            return 0
        self.ask_to_end()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait(STOP_SECONDS)

    def _details(self) -> dict[str, object]:
        printed = self.log.read_bytes()[-_TAIL:].decode("utf-8", "replace") if self.log.exists() else ""
        return {"name": self.name, "log": str(self.log), "printed": printed.strip()}


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Turn SIGTERM, and a terminal that closes, into Ctrl-C: child processes are stopped in order."""

    def _interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = [(number, signal.signal(number, _interrupt)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
