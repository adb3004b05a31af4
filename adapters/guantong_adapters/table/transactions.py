"""The transactions of a simulator, in threads: none of them outlives it, and no connection is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

Result = TypeVar("Result")


class Transactions:
    """Runs work in transactions on *engine*, in at most so many *threads*."""

    def __init__(self, engine: Engine, threads: int) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="simulator")

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """What *work* gives in a transaction of its own. Cancelled, the thread goes on to the transaction's end."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._in_transaction, work)

    async def close(self) -> None:
        """Wait for what runs, then let every connection go: one given back later would be nobody's."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        self.engine.dispose()

    def _in_transaction(self, work: Callable[[Connection], Result]) -> Result:
        with self.engine.begin() as connection:
            return work(connection)
