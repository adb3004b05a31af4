"""A simulated county whose approval system speaks through an MQTT broker, both ways.

Applications come from its inbox as JSON: each takes effect once by its serial, also when the broker brings it again,
and lets its case run. While it is busy it takes nothing: it ends its line, and the broker, which keeps its session,
brings again what it did not acknowledge. Every further act is published under the outbox, its table as last level.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
from paho.mqtt.client import MQTTMessage

from guantong_adapters.broker.line import LineLost
from guantong_adapters.mqtt.play import CountyTopicsSettings
from guantong_adapters.mqtt.session import Asking, Session, Word
from guantong_adapters.mqtt.settings import MqttSettings, Receive
from guantong_adapters.simulation.applications import Arrived, arrived
from guantong_adapters.simulation.brokercounty import BrokerCounty
from guantong_adapters.simulation.guangdong import TABLES, columns
from guantong_adapters.simulation.push import Ack, Item
from guantong_adapters.simulation.story import Act


class CountyTopics(BrokerCounty):
    """One county and its line to the broker."""

    lost = LineLost

    def __init__(self, settings: CountyTopicsSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._settings = settings
        self._mqtt = MqttSettings(
            url=settings.url, anonymous=settings.anonymous, receive=Receive(topics=(settings.inbox,)),
        )
        self._line: Session | None = None
        self._early: list[MQTTMessage] = []
        self._busy = asyncio.Event()

    async def _read(self) -> None:
        settings = self._settings
        self._busy.clear()
        self._early.clear()
        asking = Asking(settings.client_id, keep=True, prefetch=settings.concurrency)
        if not settings.anonymous:
            asking = asking._replace(user=settings.secret("user"), password=settings.secret("password"))
        line = await Session.opened(self._mqtt, asking, self._take)
        try:
            self._line = line
            for message in self._early:  # a broker that kept our session sends before the line is ours
                self._take(message)
            await line.subscribe((settings.inbox,), retained=True)
            ended = {asyncio.create_task(line.lost()), asyncio.create_task(self._busy.wait())}
            done, _ = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
            for task in ended - done:
                task.cancel()
        finally:
            self._line = None
            await line.close()

    def _take(self, message: MQTTMessage) -> None:
        if self._busy.is_set():
            return  # it comes again
        if self._line is None:
            self._early.append(message)
        elif arrived(bytes(message.payload), self.faults, self.ledger, self.cases) is Arrived.BUSY:
            self._busy.set()
        else:
            self._line.ack(message)

    async def _post(self, item: Item) -> Ack:
        if self._line is None:
            return Ack.AGAIN
        act: Act = item.payload
        topic = f"{self._settings.outbox}/{TABLES[act.event]}"
        try:
            published = await self._line.publish(topic, orjson.dumps(columns(act)), {
                "ContentType": "application/json", "CorrelationData": f"{item.case}-{item.label}-{act.version}".encode(),
            })
        except LineLost:
            return Ack.AGAIN
        return Ack.TAKEN if published.word is Word.CONFIRMED else Ack.AGAIN


async def run(settings: CountyTopicsSettings, folder: Path) -> None:
    """Serve the county until cancelled."""
    await CountyTopics(settings, folder).run(settings.county)
