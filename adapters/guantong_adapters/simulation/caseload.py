"""A simulated county's cases: which it knows, which serial each has, and what it still has to send of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guantong_adapters.simulation.push import Item, Post, Pusher, sending_order
from guantong_adapters.simulation.story import Act, read_stories


class Caseload:
    """The stories of one county, acted out through `post`. Online cases wait for their application, the
    others for `start`."""

    def __init__(self, post: Post, concurrency: int) -> None:
        self.pusher = Pusher(post, concurrency)
        self._serials: dict[str, str] = {}
        self._at_start: list[str] = []
        self._begun = False

    async def load(self, path: Path | None, county: str, payload: Callable[[Act], Any]) -> None:
        """Read the county's stories; `payload` makes what is sent of an act."""
        if path is None:
            return
        for story in await asyncio.to_thread(lambda: list(read_stories(path))):
            if story.county != county:
                continue
            acts = sending_order(story.acts)
            if story.channel == "online":
                acts = [act for act in acts if act.event != "case.application"]
                self._serials[story.province_serial] = story.county_serial
            else:
                self._at_start.append(story.county_serial)
            items = [Item(story.county_serial, act.event, payload(act)) for act in acts]
            self.pusher.add(story.county_serial, items, held=True)

    async def start(self) -> None:
        """Let the on-site and immediate cases begin, once: later calls change nothing."""
        self._begun = True
        while self._at_start:
            self.pusher.release(self._at_start.pop(0))

    def own_serial(self, province_serial: str, mint: Callable[[], str]) -> str:
        """The county's serial of an application: the story's, or a new one for a case it knows nothing of."""
        if province_serial not in self._serials:
            self._serials[province_serial] = mint()
        return self._serials[province_serial]

    def knows(self, province_serial: str) -> str:
        """The county's serial of a case it has, or ""."""
        return self._serials.get(province_serial, "")

    def go_on(self, county_serial: str) -> None:
        """The application is here: the case may run."""
        self.pusher.release(county_serial)

    @property
    def done(self) -> bool:
        """Whether it was started and has nothing left to send."""
        return self._begun and self.pusher.to_push == 0
