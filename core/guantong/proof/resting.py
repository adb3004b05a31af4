"""Rests of who seals: while records come or go, the thread that reckons gives the interpreter back after each body, for as long as leaves
sealing a small part of the time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import thread_time

SHARE = 20
"""While records come or go, sealing takes no more than one part in so many of the time: a backlog of the journal is sealed when it
is quieter."""
LONGEST_REST = 1.0  # seconds
SLICE = 0.0005
"""Seconds of CPU after which it rests, a few bodies: shorter than the loop waits for the interpreter anyway, and each rest costs a way back to it."""


class Resting:
    """Of one thread at a time. Who rests is asked *is_busy* each time; *reckoned* tells the seconds of CPU that its thread took."""

    def __init__(self, is_busy: Callable[[], bool], reckoned: Callable[[], float] = thread_time) -> None:
        self._is_busy = is_busy
        self._reckoned = reckoned
        self._since = 0.0
        self._over = threading.Event()

    def begin(self) -> None:
        """Reckon from here, in this thread."""
        self._since = self._reckoned()

    def rest(self) -> None:
        """A piece of work is done: rest as long as the last few ask for, unless nothing comes or goes."""
        used = self._reckoned() - self._since
        if used < SLICE:
            return
        if self._is_busy():
            self.wait(min(used * (SHARE - 1), LONGEST_REST))
        self._since = self._reckoned()

    def wait(self, seconds: float) -> None:
        """For so long, or until nobody rests any more."""
        self._over.wait(seconds)

    def end(self) -> None:
        """Nobody rests from here on: what is begun is finished at once."""
        self._over.set()
