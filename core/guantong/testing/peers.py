"""The real system at the other end, as the author of an adapter describes it to the contract suites."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from guantong.adapter import Accept, Connection, Listens, Polls, Sends
from guantong.record import Outgoing, Record, Reply


class Sender(Connection, Sends, Protocol):
    """An opened system that can be sent to."""


class Poller(Connection, Polls, Protocol):
    """An opened system that is read by us."""


class Listener(Connection, Listens, Protocol):
    """An opened system that speaks to us over a connection of ours."""


class Peer(ABC):
    """A system that listens at `host` and `port`."""

    host = "127.0.0.1"
    port: int


class SendingPeer(Peer):
    """One that is sent to. `once` says whether it knows a delivery again by its key, so that the same sent again has no
    second effect; a broker does not, and its consumers do."""

    once = True

    @abstractmethod
    async def open(self, host: str, port: int) -> Sender:
        """The adapter, opened for this system as it is reached at *host* and *port*; at least two connections allowed,
        and no more than a few seconds to connect."""

    @abstractmethod
    def outgoing(self, number: int, seconds: float) -> Outgoing:
        """The delivery of this number: equal each time, its `key` and what it says its own."""

    @abstractmethod
    async def effects(self) -> Sequence[str]:
        """The keys of what took effect at the peer, in that order, read past the adapter. A key stands there as often
        as it took effect."""

    def took(self, reply: Reply) -> bool:
        """Whether a reply says that the delivery is in effect: now, or since an earlier attempt."""
        return bool(reply)


class _Source(Peer):
    """One from which records come."""

    @abstractmethod
    async def put(self, numbers: Sequence[int]) -> None:
        """Let the records of these numbers come into being at the peer, in this order, past the adapter."""

    @abstractmethod
    def number_of(self, record: Record) -> int | None:
        """Which of those records this is; None for one that is not whole, or altered."""


class PolledPeer(_Source):
    """One that is read by us, whose records are gone from `poll` once they are marked."""

    @abstractmethod
    async def open(self, host: str, port: int) -> Poller:
        """The adapter, opened for this system as it is reached at *host* and *port*."""


class SpeakingPeer(_Source):
    """One that speaks to us over a connection of ours, and brings again what was not acknowledged."""

    @abstractmethod
    async def open(self, host: str, port: int, accept: Accept) -> Listener:
        """The adapter, opened for this system as it is reached at *host* and *port*; records go to *accept*."""
