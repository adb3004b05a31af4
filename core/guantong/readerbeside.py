"""Opening a reader of a store beside the loop: a store on another machine takes its time."""

from __future__ import annotations

import asyncio

from guantong.store import Reader, Store


async def reader_beside(store: Store) -> Reader:
    """A reader, opened in a thread. Where whoever waits for it is cancelled meanwhile, it is closed once it is there: nobody else has it.
    Raises `StoreFailed`."""
    opening = asyncio.get_running_loop().run_in_executor(None, store.reader)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_let_go)
        raise


def _let_go(opening: asyncio.Future[Reader]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
