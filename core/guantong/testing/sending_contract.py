# ruff: noqa: S101  a suite of tests asserts
"""What every adapter that sends promises, whatever the network between it and the real system does.

    class TestMine(SendingContract):
        @pytest.fixture
        def peer(self) -> SendingPeer: ...

A sending ends in a `Reply` when the peer answered, in `NotSent` only when it surely has no effect, and in `Unsure` in
every other case; and after every fault the next one works.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from guantong.record import Answer, NotSent, Reply, Unsure
from guantong.testing.faulty_relay import Fault, FaultyRelay, Stream, Then
from guantong.testing.giving_up import every_moment
from guantong.testing.peers import Sender, SendingPeer

PATIENT, SHORT = 10.0, 0.4
SHARES = (0.0, 0.5, 1.0)
"""Where an exchange is cut: at its first byte, in its middle, after its last."""
STREAMS: Sequence[Stream] = ("requests", "answers")


async def send(sender: Sender, peer: SendingPeer, number: int, seconds: float = PATIENT) -> Answer:
    """Send as the core does: it cuts a sending off after the time given, and does not know its end then."""
    try:
        async with asyncio.timeout(seconds):
            return await sender.send(peer.outgoing(number, seconds))
    except TimeoutError:
        return Unsure("cut off by the core", "已由本系统中止")


@asynccontextmanager
async def relayed(peer: SendingPeer) -> AsyncIterator[tuple[FaultyRelay, Sender]]:
    """A relay to *peer*, and the system opened through it."""
    async with FaultyRelay.to(peer.host, peer.port) as relay:
        sender = await peer.open(relay.host, relay.port)
        try:
            yield relay, sender
        finally:
            await sender.close()


async def measured(relay: FaultyRelay, sender: Sender, peer: SendingPeer, number: int) -> dict[Stream, int]:
    """The bytes of a whole exchange, each way."""
    relay.count()
    end = await send(sender, peer, number)
    assert isinstance(end, Reply), end
    return dict(relay.carried)


class SendingContract:
    """Inherit, and give a fixture `peer`."""

    @pytest.fixture
    def peer(self) -> SendingPeer:
        """The real system at the other end."""
        raise TypeError("give a fixture `peer`")

    @staticmethod
    async def _in_effect(peer: SendingPeer, ends: dict[int, list[Answer]]) -> None:
        """Every delivery whose last end is a reply is in effect, once; none of those that surely were not sent is."""
        effects = Counter(await peer.effects())
        for number, answers in ends.items():
            key = peer.outgoing(number, PATIENT).key
            if isinstance(answers[-1], Reply):
                assert peer.took(answers[-1]), answers
                assert effects[key] >= 1, f"{key} was replied to and has no effect: {answers}"
            if all(isinstance(answer, NotSent) for answer in answers):
                assert effects[key] == 0, f"{key} was said not to be sent and is in effect: {answers}"
            if peer.once or not any(isinstance(answer, Unsure) for answer in answers):
                assert effects[key] <= 1, f"{key} is in effect {effects[key]} times: {answers}"

    async def test_a_whole_exchange_is_a_reply(self, peer: SendingPeer) -> None:
        """And in effect when the reply is there."""
        async with relayed(peer) as (_, sender):
            await self._in_effect(peer, {1: [await send(sender, peer, 1)]})
            assert await peer.effects() == [peer.outgoing(1, PATIENT).key]

    async def test_a_peer_that_refuses_connections_is_not_sent_to(self, peer: SendingPeer) -> None:
        """Nobody listens: surely no byte left us; once somebody does, the next sending works."""
        async with relayed(peer) as (relay, sender):
            assert isinstance(await send(sender, peer, 1), Reply)
            async with relay.refusing():
                ends: list[Answer] = [await send(sender, peer, 2)]
                if isinstance(ends[0], Unsure):  # said to a connection it did not know was gone
                    ends.append(await send(sender, peer, 2))
                assert isinstance(ends[-1], NotSent), ends
            ends.append(await send(sender, peer, 2))
            assert isinstance(ends[-1], Reply), ends
            await self._in_effect(peer, {2: ends})

    @pytest.mark.parametrize("then", ["cut", "reset"])
    @pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept"])
    async def test_cut_anywhere_nothing_is_lost_nor_in_effect_twice(self, peer: SendingPeer, then: Then, kept: bool) -> None:
        """At bytes of the request and of the answer (one cut after the last byte of a request is a lost reply), on a fresh
        connection and on one that was used before: the same delivery sent again is in effect, and once where the peer
        knows it again. The sending after the fault works."""
        ends: dict[int, list[Answer]] = {}
        async with FaultyRelay.to(peer.host, peer.port) as relay:
            total = await self._total(relay, peer, kept)
            faults = [Fault(stream, round(total[stream] * share), then) for stream in STREAMS for share in SHARES]
            for number, fault in enumerate(faults, 10):
                ends[number] = await self._faulted(relay, peer, number, fault, kept)
        await self._in_effect(peer, ends)

    async def _total(self, relay: FaultyRelay, peer: SendingPeer, kept: bool) -> dict[Stream, int]:
        sender = await peer.open(relay.host, relay.port)
        try:
            if kept:
                await measured(relay, sender, peer, 1)
            return await measured(relay, sender, peer, 2)
        finally:
            await sender.close()

    async def _faulted(self, relay: FaultyRelay, peer: SendingPeer, number: int, fault: Fault, kept: bool) -> list[Answer]:
        """The ends of one delivery: under *fault*, and then, as often as it takes, without."""
        sender = await peer.open(relay.host, relay.port)
        try:
            if kept:
                await measured(relay, sender, peer, 3)
            relay.arm(fault)
            ends = [await send(sender, peer, number)]
            relay.disarm()
            if not isinstance(ends[0], Reply):
                ends.append(await send(sender, peer, number))
            assert isinstance(ends[-1], Reply), (fault, ends)
        finally:
            await sender.close()
        return ends

    @pytest.mark.parametrize("then", ["hang", "drip"])
    @pytest.mark.parametrize("stream", STREAMS)
    async def test_what_hangs_or_drips_ends_by_the_time_given_and_the_next_works(
        self, peer: SendingPeer, stream: Stream, then: Then,
    ) -> None:
        """Nothing comes back, or a byte now and then: neither outlasts the time given, and the connection it happened to
        is not what the next sending waits for."""
        async with relayed(peer) as (relay, sender):
            await measured(relay, sender, peer, 1)
            relay.arm(Fault(stream, 1, then))
            async with asyncio.timeout(PATIENT):
                ends = [await send(sender, peer, 2, SHORT)]
            relay.disarm()
            assert relay.befell
            if not isinstance(ends[0], Reply):
                ends.append(await send(sender, peer, 2))
            assert isinstance(ends[-1], Reply), ends
            await self._in_effect(peer, {2: ends})

    async def test_a_sending_given_up_leaves_the_next_one_alone(self, peer: SendingPeer) -> None:
        """Cancelled while its answer is out: it neither blocks nor answers the one after it."""
        async with relayed(peer) as (relay, sender):
            await measured(relay, sender, peer, 1)
            relay.arm(Fault("answers", 0, "hang"))
            sending = asyncio.create_task(sender.send(peer.outgoing(2, PATIENT)))
            async with asyncio.timeout(PATIENT):
                while not relay.befell:  # noqa: ASYNC110  the relay tells nobody
                    await asyncio.sleep(0.005)
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            assert isinstance(await send(sender, peer, 3), Reply)
            ends: list[Answer] = [Unsure("cancelled", "已取消"), await send(sender, peer, 2)]
            assert isinstance(ends[-1], Reply), ends
            await self._in_effect(peer, {2: ends})

    async def test_a_sending_given_up_at_the_moment_an_answer_comes_ends(self, peer: SendingPeer) -> None:
        """A few turns of the loop after each part of its answer: a sending that was cancelled and had not ended is
        cancelled, whatever libraries do between (`asyncio.wait_for` of Python 3.11 forgets it). Sent again, each is in
        effect once."""
        ends: dict[int, list[Answer]] = {}
        async with relayed(peer) as (relay, sender):
            work = partial(self._sent, sender, peer)
            async for number, sending, asked in every_moment(relay, work, 100):
                assert sending.cancelled() or not asked, f"{number}: given up, and it went on"
                ends[number] = [Unsure("cancelled", "已取消") if asked else sending.result()]
            for number, told in ends.items():
                if not isinstance(told[0], Reply):
                    told.append(await send(sender, peer, number))
                assert isinstance(told[-1], Reply), told
            await self._in_effect(peer, ends)

    @staticmethod
    async def _sent(sender: Sender, peer: SendingPeer, number: int) -> Answer:
        return await sender.send(peer.outgoing(number, PATIENT))

    async def test_sendings_at_once_under_a_cut_each_have_an_honest_end(self, peer: SendingPeer) -> None:
        """Ten on their way when a connection breaks: each is told its own end, and each is in effect when sent again."""
        async with relayed(peer) as (relay, sender):
            total = await measured(relay, sender, peer, 1)
            relay.arm(Fault("answers", total["answers"] * 3 // 2, "reset"))
            answers = await asyncio.gather(*(send(sender, peer, number) for number in range(10, 20)))
            relay.disarm()
            ends: dict[int, list[Answer]] = {number: [answer] for number, answer in enumerate(answers, 10)}
            for number, told in ends.items():
                if not isinstance(told[0], Reply):
                    told.append(await send(sender, peer, number))
                assert isinstance(told[-1], Reply), told
        await self._in_effect(peer, ends)

    async def test_close_leaves_no_connection_and_no_task(self, peer: SendingPeer) -> None:
        """Also after a sending that was cut off while it hung."""
        async with FaultyRelay.to(peer.host, peer.port) as relay:
            before = asyncio.all_tasks()
            sender = await peer.open(relay.host, relay.port)
            await measured(relay, sender, peer, 1)
            relay.arm(Fault("answers", 0, "hang"))
            await send(sender, peer, 2, SHORT)
            relay.disarm()
            assert isinstance(await send(sender, peer, 3), Reply)
            async with asyncio.timeout(PATIENT):
                await sender.close()
                await relay.left_alone()
            left = {task for task in asyncio.all_tasks() - before if "faulty_relay" not in repr(task.get_coro())}
            assert left == set()
