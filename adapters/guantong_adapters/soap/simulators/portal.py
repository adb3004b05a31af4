"""The pushing side of the simulated hall: people apply online, and it tells the hub by REST, signed."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time

import aiohttp
import orjson

from guantong_adapters.simulation.guangdong import columns
from guantong_adapters.simulation.push import Ack, Item, Pusher, sending_order
from guantong_adapters.simulation.story import read_stories
from guantong_adapters.soap.simulators.settings import HallSettings

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_PATIENCE = aiohttp.ClientTimeout(total=30)


class Portal:
    """Pushes the applications of all online stories, each until it is acknowledged."""

    def __init__(self, settings: HallSettings) -> None:
        self._settings = settings
        self._pusher = Pusher(self._post, settings.concurrency)
        self._session: aiohttp.ClientSession | None = None
        self._begun = False
        self._loaded = settings.stories is None

    async def start(self) -> None:
        """Begin, once: later calls change nothing."""
        if self._begun or self._settings.stories is None:
            return
        self._begun = True
        for story in await asyncio.to_thread(lambda path: list(read_stories(path)), self._settings.stories):
            if story.channel != "online":
                continue
            acts = [act for act in sending_order(story.acts) if act.event == "case.application"]
            items = [Item(story.county_serial, act.event, orjson.dumps(columns(act))) for act in acts]
            self._pusher.add(story.county_serial, items)
        self._loaded = True

    async def run(self) -> None:
        """Push until cancelled."""
        async with aiohttp.ClientSession(timeout=_PATIENCE) as self._session:
            await self._pusher.run()

    def status(self) -> dict[str, object]:
        return {**self._pusher.status(), "done": self._loaded and self._pusher.to_push == 0}

    async def _post(self, item: Item) -> Ack:
        if self._session is None:
            return Ack.AGAIN
        url = f"{self._settings.hub_url}{self._settings.portal_path}"
        headers = {"Content-Type": "application/json; charset=utf-8", **self._signature()}
        async with self._session.post(url, data=item.payload, headers=headers) as answer:
            body = await answer.read()
            if answer.status in _AGAIN:
                return Ack.AGAIN
            if answer.status == 200 and orjson.loads(body).get("code") == "0":
                return Ack.TAKEN
            return Ack.REFUSED

    def _signature(self) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
        token = self._settings.secret("token")
        signed = hashlib.sha256(f"{timestamp}{token}{nonce}{timestamp}".encode()).hexdigest()
        return {
            "x-tif-paasid": self._settings.application, "x-tif-timestamp": timestamp,
            "x-tif-nonce": nonce, "x-tif-signature": signed,
        }
