"""How processes share the schema: who may write now, and how they tell each other what is new.

Whoever writes holds the *pen*, a lock that ends with the transaction: so groups of all processes run one after the other,
and what a process knew holds as long as nobody else has written since. Each process also holds the schema together with the
others, which keeps out a hub that wants it alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence

import psycopg
import structlog

from guantong.sharedstore import ANYTHING, HOLDS, RELOAD
from guantong.store import StoreRefused
from guantong_plugins.stores.postgresql.connecting import Connection

MOST_TOLD = 7000
"""Bytes of one notification; PostgreSQL takes 8000."""
TRY_EVERY = 0.5  # seconds between tries to hear again
PEN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
EVERYTHING = (ANYTHING, HOLDS, RELOAD)
log = structlog.get_logger("guantong.store")


class Share:
    """One worker's part: its number, what it still has to tell, and who lives, as this group found it."""

    def __init__(self, worker: int, schema: str, lease: float) -> None:
        self.worker = worker
        self.pen = f"guantong:pen:{schema}"
        self.channel = channel_of(schema)
        self.lease = int(lease * 1000)
        self.words: set[str] = set()
        self.living: frozenset[int] | None = None

    def begin(self) -> None:
        """A group begins."""
        self.words.clear()
        self.living = None

    def told(self) -> str:
        """What is to be told of this group, "" where nothing is."""
        if not self.words:
            return ""
        text = ",".join(sorted(self.words))
        if len(text.encode()) > MOST_TOLD:
            text = ",".join(EVERYTHING)
        return f"{self.worker}:{text}"


def channel_of(schema: str) -> str:
    """Where the processes of *schema* tell each other."""
    return f"guantong_{schema}"


class Ear:
    """Hears what other processes tell, over a connection of its own and in a thread of its own."""

    def __init__(self, connect: Callable[[], Connection], schema: str, worker: int, heard: Callable[[Sequence[str]], None]) -> None:
        self._connect = connect
        self._channel = channel_of(schema)
        self._worker = str(worker)
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more. Takes a moment: call it in a thread."""
        self._stop.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f'LISTEN "{self._channel}"'.encode())
                    self._tell(EVERYTHING)  # what was told while nobody listened, which another may have done since our files were read
                    while not self._stop.is_set():
                        for one in connection.notifies(timeout=TRY_EVERY):
                            self._hear(one.payload)
                        connection.execute("SELECT 1")  # else nobody notices that the network is gone
            except (psycopg.Error, StoreRefused) as error:
                log.debug("store.deaf", error=type(error).__name__)  # who writes tells that the store is away
                self._stop.wait(TRY_EVERY)

    def _hear(self, payload: str) -> None:
        teller, _, words = payload.partition(":")
        if teller != self._worker:
            self._tell(words.split(","))

    def _tell(self, words: Iterable[str]) -> None:
        self._loop.call_soon_threadsafe(self._heard, tuple(words))
