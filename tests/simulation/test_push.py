"""The pusher: per case in order, again until acknowledged, many cases at once but not too many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from guantong_adapters.simulation.push import Ack, Item, Post, Pusher, sending_order
from guantong_adapters.simulation.story import Act


def items(case: str, count: int) -> list[Item]:
    return [Item(case, f"{case}-{number}", number) for number in range(count)]


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def running(post: Post, concurrency: int = 8) -> AsyncIterator[Pusher]:
    pusher = Pusher(post, concurrency, wait=at_once)
    task = asyncio.create_task(pusher.run())
    try:
        yield pusher
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_each_case_keeps_its_order_through_failures_of_every_kind() -> None:
    """A lost answer, a busy hub and a broken line delay a case; they never reorder it or lose an item."""
    posts: list[Item] = []
    taken: list[Item] = []

    async def post(item: Item) -> Ack:
        posts.append(item)
        await asyncio.sleep(0)
        tries = posts.count(item)
        if tries == 1 and item.payload == 1:
            raise aiohttp.ServerDisconnectedError
        if tries == 2 and item.payload == 1:
            raise ConnectionRefusedError
        if tries < 3 and item.payload == 2:
            return Ack.AGAIN
        taken.append(item)
        return Ack.TAKEN

    async with running(post) as pusher:
        for number in range(20):
            pusher.add(f"case{number}", items(f"case{number}", 4))
        await pusher.idle()
        for number in range(20):
            of_case = [item.payload for item in taken if item.case == f"case{number}"]
            assert of_case == [0, 1, 2, 3]
        assert pusher.status() == {"pushed": 80, "to_push": 0, "attempts": 160, "refused_pushes": 0}


async def test_a_held_case_counts_as_to_push_and_waits_for_its_release() -> None:
    """`idle` is not reached, and nothing of the case is sent, before it is released."""
    taken: list[str] = []
    sent = asyncio.Event()

    async def post(item: Item) -> Ack:
        taken.append(item.label)
        sent.set()
        return Ack.TAKEN

    async with running(post) as pusher:
        pusher.add("held", items("held", 2), held=True)
        pusher.add("free", items("free", 1))
        await sent.wait()
        await asyncio.sleep(0)
        assert taken == ["free-0"]
        assert pusher.to_push >= 2
        assert pusher.release("held") is True
        assert pusher.release("held") is False
        assert pusher.release("unknown") is False
        await pusher.idle()
        assert taken == ["free-0", "held-0", "held-1"]


async def test_a_refused_item_is_kept_and_its_case_goes_on() -> None:
    """What the hub refuses for good is not sent again and hides in no count."""

    async def post(item: Item) -> Ack:
        return Ack.REFUSED if item.payload == 0 else Ack.TAKEN

    async with running(post) as pusher:
        pusher.add("case", items("case", 2))
        await pusher.idle()
        assert [item.label for item in pusher.refused] == ["case-0"]
        assert pusher.status() == {"pushed": 1, "to_push": 0, "attempts": 2, "refused_pushes": 1}


async def test_never_more_than_the_given_number_of_posts_are_under_way() -> None:
    """The bound holds over all cases."""
    under_way = 0
    most = 0

    async def post(_: Item) -> Ack:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))
        under_way -= 1
        return Ack.TAKEN

    async with running(post, concurrency=3) as pusher:
        for number in range(10):
            pusher.add(f"case{number}", items(f"case{number}", 2))
        await pusher.idle()
    assert most == 3


async def test_a_mistake_of_the_simulator_ends_the_run_instead_of_hiding() -> None:
    """Only errors of the network are sent again; any other exception comes out of `run`."""

    async def post(_: Item) -> Ack:
        raise KeyError("no such field")

    pusher = Pusher(post, wait=at_once)
    pusher.add("case", items("case", 1))
    with pytest.raises(ExceptionGroup) as caught:
        await pusher.run()
    assert caught.group_contains(KeyError)


def test_quirks_repeat_and_delay_acts_as_declared() -> None:
    """A duplicate follows at once; a late act goes after so many of those that follow it."""
    acts = [
        Act("case.acceptance", {}),
        Act("case.step", {}, quirks={"late": 1}),
        Act("case.pause", {}, quirks={"duplicate": 2}),
        Act("case.finish", {}, quirks={"late": 5}),
    ]
    assert [act.event for act in sending_order(acts)] == [
        "case.acceptance", "case.pause", "case.pause", "case.pause", "case.step", "case.finish",
    ]
