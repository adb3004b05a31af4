# ruff: noqa: S101  a suite of tests asserts
"""What every adapter that takes records from a real system promises, whatever the network does.

    class TestMine(PollingContract):
        @pytest.fixture
        def peer(self) -> PolledPeer: ...

A record is taken whole or not at all, comes again while it is not marked or acknowledged, and is then the same record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from guantong.adapter import ComeAgain, Mark, Polled
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Record, Verdict
from guantong.testing.faulty_relay import Fault, FaultyRelay, Stream, Then
from guantong.testing.giving_up import every_moment
from guantong.testing.peers import Listener, PolledPeer, Poller, SpeakingPeer
from guantong.testing.sending_contract import PATIENT, SHARES, SHORT, STREAMS

TAKEN = Verdict(Acceptance.ROUTED, 1)
MANY = 5


@asynccontextmanager
async def opened(peer: PolledPeer, relay: FaultyRelay) -> AsyncIterator[Poller]:
    """The system opened through the relay, closed afterwards."""
    poller = await peer.open(relay.host, relay.port)
    try:
        yield poller
    finally:
        await poller.close()


class PollingContract:
    """Inherit, and give a fixture `peer`."""

    @pytest.fixture
    def peer(self) -> PolledPeer:
        """The real system that is read."""
        raise TypeError("give a fixture `peer`")

    @staticmethod
    async def _poll(poller: Poller, since: str = "") -> Polled | None:
        """A batch, or None where the adapter says that it could not be read."""
        try:
            async with asyncio.timeout(PATIENT):
                return await poller.poll(since, 100)
        except ProblemsError:
            return None

    @staticmethod
    async def _mark(poller: Poller, records: Sequence[Record]) -> None:
        async with asyncio.timeout(PATIENT):
            await poller.mark([Mark(record.ref or "", TAKEN) for record in records])

    async def _drained(self, peer: PolledPeer, poller: Poller) -> list[int | None]:
        """The numbers of all that is left, which is taken and marked."""
        found: list[int | None] = []
        cursor = ""
        while True:
            batch = await self._poll(poller, cursor)
            assert batch is not None
            if not batch.records:
                return found
            await self._mark(poller, batch.records)
            found += [peer.number_of(record) for record in batch.records]
            cursor = batch.cursor

    @pytest.mark.parametrize("then", ["cut", "reset"])
    async def test_read_under_a_cut_a_record_is_whole_or_comes_later(self, peer: PolledPeer, then: Then) -> None:
        """At bytes of what we ask and of what we are told, on a fresh connection: what is handed over is whole and in
        order; unmarked, all of it comes again as the same records."""
        await peer.put(range(1, MANY + 1))
        async with FaultyRelay.to(peer.host, peer.port) as relay:
            async with opened(peer, relay) as poller:
                relay.count()
                whole = await self._poll(poller)
            assert whole is not None
            total = dict(relay.carried)
            for stream in STREAMS:
                for share in SHARES:
                    async with opened(peer, relay) as poller:
                        relay.arm(Fault(stream, round(total[stream] * share), then))
                        batch = await self._poll(poller)
                        relay.disarm()
                        if batch is not None:
                            numbers = [peer.number_of(record) for record in batch.records]
                            assert numbers == list(range(1, len(numbers) + 1)), (stream, share)
                        # One that broke after it was read is found broken by the next reading.
                        again = await self._poll(poller) or await self._poll(poller)
                        assert again is not None, (stream, share)
                        assert [(one.ref, one.kind, one.body) for one in again.records] == [
                            (one.ref, one.kind, one.body) for one in whole.records], (stream, share)
            async with opened(peer, relay) as poller:
                assert await self._drained(peer, poller) == list(range(1, MANY + 1))

    @pytest.mark.parametrize("then", ["cut", "reset"])
    async def test_marked_under_a_cut_it_can_be_marked_again_and_is_gone(self, peer: PolledPeer, then: Then) -> None:
        """A mark that was lost, before or after it took effect, is made again without harm; what comes again meanwhile is
        the same record; marked, nothing comes."""
        async with FaultyRelay.to(peer.host, peer.port) as relay:
            total = await self._bytes_of_a_mark(peer, relay)
            number = 10
            for stream in STREAMS:
                for share in SHARES:
                    number += 1
                    await peer.put([number])
                    async with opened(peer, relay) as poller:
                        batch = await self._poll(poller)
                        assert batch is not None
                        assert [peer.number_of(record) for record in batch.records] == [number]
                        relay.arm(Fault(stream, round(total[stream] * share), then))
                        with suppress(ProblemsError):  # it could not, and says so
                            await self._mark(poller, batch.records)
                        relay.disarm()
                        left = await self._poll(poller) or await self._poll(poller)
                        assert left is not None
                        assert list(left.records) in ([], list(batch.records)), (stream, share)
                        await self._mark(poller, batch.records)
                        assert await self._drained(peer, poller) == [], (stream, share)

    async def _bytes_of_a_mark(self, peer: PolledPeer, relay: FaultyRelay) -> dict[Stream, int]:
        await peer.put([1])
        async with opened(peer, relay) as poller:
            batch = await self._poll(poller)
            assert batch is not None
            relay.count()
            await self._mark(poller, batch.records)
            return dict(relay.carried)

    async def test_a_reading_that_hangs_can_be_given_up_and_the_next_works(self, peer: PolledPeer) -> None:
        """Cancelled in the middle, nothing is lost and nothing is left behind."""
        await peer.put([1, 2])
        async with FaultyRelay.to(peer.host, peer.port) as relay:
            before = asyncio.all_tasks()
            async with opened(peer, relay) as poller:
                relay.arm(Fault("answers", 1, "hang"))
                with suppress(TimeoutError, ProblemsError):  # given up, as it must be possible
                    async with asyncio.timeout(SHORT):
                        await poller.poll("", 100)
                relay.disarm()
                assert await self._drained(peer, poller) == [1, 2]
            async with asyncio.timeout(PATIENT):
                await relay.left_alone()
            left = {task for task in asyncio.all_tasks() - before if "faulty_relay" not in repr(task.get_coro())}
            assert left == set()

    async def test_a_reading_given_up_at_the_moment_an_answer_comes_ends(self, peer: PolledPeer) -> None:
        """A few turns of the loop after each part of its answer: a reading that was cancelled and had not ended is
        cancelled, whatever libraries do between (`asyncio.wait_for` of Python 3.11 forgets it). Nothing is lost."""
        await peer.put([1, 2])
        async with FaultyRelay.to(peer.host, peer.port) as relay, opened(peer, relay) as poller:
            async def read(_: int) -> Polled:
                return await poller.poll("", 100)

            async for _, reading, asked in every_moment(relay, read, 1):
                assert reading.cancelled() or not asked, "given up, and it went on"
            assert await self._drained(peer, poller) == [1, 2]

    async def test_a_peer_that_refuses_connections_is_told_and_read_when_it_is_back(self, peer: PolledPeer) -> None:
        """As a located problem; nothing is lost."""
        await peer.put([1, 2])
        async with FaultyRelay.to(peer.host, peer.port) as relay, opened(peer, relay) as poller:
            async with relay.refusing():
                assert await self._poll(poller) is None
            assert await self._drained(peer, poller) == [1, 2]


class ListeningContract:
    """Inherit, and give a fixture `peer`."""

    @pytest.fixture
    def peer(self) -> SpeakingPeer:
        """The real system that speaks to us."""
        raise TypeError("give a fixture `peer`")

    @pytest.mark.parametrize("then", ["cut", "reset", "hang"])
    @pytest.mark.parametrize("stream", STREAMS)
    async def test_cut_anywhere_every_record_comes_whole_and_in_order(
        self, peer: SpeakingPeer, stream: Stream, then: Then,
    ) -> None:
        """At bytes of both streams: what was not acknowledged comes again as the same record, in its order; a line that
        hangs is given up by whoever listens, and the next brings what is left."""
        first: list[int | None] = []
        seen: set[int | None] = set()
        came = asyncio.Condition()

        async def accept(record: Record) -> Verdict:
            number = peer.number_of(record)
            async with came:
                if number not in seen:
                    seen.add(number)
                    first.append(number)
                came.notify_all()
            return TAKEN

        async with FaultyRelay.to(peer.host, peer.port) as relay:
            listener = await peer.open(relay.host, relay.port, accept)
            try:
                relay.count()
                await self._until(listener, peer, [1, 2, 3], first, came)
                total = dict(relay.carried)
                number = 3
                for share in SHARES:
                    numbers = [number + 1, number + 2, number + 3]
                    number += 3
                    relay.arm(Fault(stream, round(total[stream] * share), then))
                    await self._until(listener, peer, numbers, first, came)
                    relay.disarm()
            finally:
                await listener.close()
            async with asyncio.timeout(PATIENT):
                await relay.left_alone()
        assert first == list(range(1, number + 1))

    async def _until(
        self, listener: Listener, peer: SpeakingPeer, numbers: Sequence[int],
        first: list[int | None], came: asyncio.Condition,
    ) -> None:
        """Listen, as the core does, until these records have come; lines that are lost are opened again."""
        put = False
        async with asyncio.timeout(PATIENT * 3):
            while True:
                ready = asyncio.Event()
                line = asyncio.create_task(listener.listen(ready.set))
                begun = asyncio.create_task(ready.wait())
                await asyncio.wait({line, begun}, return_when=asyncio.FIRST_COMPLETED, timeout=SHORT)
                if begun.done() and not put:
                    await peer.put(numbers)
                    put = True
                begun.cancel()
                done = asyncio.create_task(self._all_came(numbers, first, came))
                await asyncio.wait({line, done}, return_when=asyncio.FIRST_COMPLETED, timeout=SHORT)
                complete = done.done()
                done.cancel()
                line.cancel()
                ended = (await asyncio.gather(line, done, return_exceptions=True))[0]
                assert isinstance(ended, ComeAgain | ProblemsError | asyncio.CancelledError | None), ended
                if complete:
                    return

    @staticmethod
    async def _all_came(numbers: Sequence[int], first: list[int | None], came: asyncio.Condition) -> None:
        async with came:
            await came.wait_for(lambda: set(numbers) <= set(first))
