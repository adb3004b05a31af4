"""A simulated county whose approval system speaks through a broker, both ways.

Applications come from its inbox as JSON: each takes effect once by its `message_id`, also when the broker brings
it again, and lets its case run. Every further act is published to the outbox, persistent, its table as `type`.
"""

from __future__ import annotations

from pathlib import Path

import orjson
from pika import BasicProperties  # type: ignore[import-untyped]  # pika has no types

from guantong_adapters.amqp.play import CountyBrokerSettings
from guantong_adapters.amqp.session import Got, Session, Word
from guantong_adapters.amqp.settings import AmqpSettings, Receive
from guantong_adapters.broker.line import LineLost
from guantong_adapters.simulation.applications import Arrived, arrived
from guantong_adapters.simulation.brokercounty import BrokerCounty
from guantong_adapters.simulation.guangdong import TABLES, columns
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.story import Act


class CountyBroker(BrokerCounty):
    """One county and its line to the broker."""

    lost = LineLost

    def __init__(self, settings: CountyBrokerSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._settings = settings
        self._amqp = AmqpSettings(url=settings.url, receive=Receive(queue=settings.inbox))
        self._line: Session | None = None

    async def _read(self) -> None:
        settings = self._settings
        line = await Session.opened(self._amqp, settings.secret("user"), settings.secret("password"))
        try:
            for queue in (settings.inbox, settings.outbox):
                await line.declare(queue)
            self._line = line
            await line.consume(settings.inbox, settings.concurrency, self._take)
            raise LineLost(*await line.lost())
        finally:
            self._line = None
            await line.close()

    def _take(self, got: Got) -> None:
        """One application takes effect, or is what it has already, or is none."""
        assert self._line is not None  # noqa: S101  it reads from this line
        match arrived(got.body, self.faults, self.ledger, self.cases):
            case Arrived.BUSY:
                self._line.reject(got.tag, again=True)
            case Arrived.REFUSED:
                self._line.reject(got.tag)
            case Arrived.TAKEN:
                self._line.ack(got.tag)

    async def _post(self, item: Item) -> Ack:
        if self._line is None:
            return Ack.AGAIN
        act: Act = item.payload
        properties = BasicProperties(
            content_type="application/json", delivery_mode=2, type=TABLES[act.event],
            message_id=f"{item.case}-{item.label}-{act.version}",
        )
        try:
            published = await self._line.publish("", self._settings.outbox, orjson.dumps(columns(act)), properties)
        except LineLost:
            return Ack.AGAIN
        return Ack.TAKEN if published.word is Word.CONFIRMED else Ack.AGAIN


async def run(settings: CountyBrokerSettings, folder: Path) -> None:
    """Serve the county until cancelled."""
    await CountyBroker(settings, folder).run(settings.county)
