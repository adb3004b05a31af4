"""A simulated county's cases: which it knows, which serial each has, and what it still has to send of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
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
        self._answers: dict[str, Act | None] = {}
        self._payload: Callable[[Act], Any] = lambda act: act
        self._at_start: list[str] = []
        self._begun = False

    async def load(self, path: Path | None, county: str, payload: Callable[[Act], Any]) -> None:
        """Read the county's stories; `payload` makes what is sent of an act."""
        self._payload = payload
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
            self._answers |= {card.raised.facts["alert.no"]: card.reply for card in story.cards}
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

    def answer(self, number: str, who: Mapping[str, str | None], *, serious: bool) -> None:
        """Answer the card *number* about the case with the serials *who*, after all there is to send of it: as the
        story tells, and a *serious* card that no story tells of with what was done about it, dated now."""
        case = who.get("serial.county") or self.knows(who.get("serial.province") or "") or who.get("serial.province") or ""
        said = self._answers.get(number)
        if number not in self._answers and serious:
            named = {path: serial for path, serial in who.items() if serial}
            now = datetime.now().isoformat(timespec="seconds")
            said = Act("alert.reply", {
                **named, "alert.no": number, "reply.text": "已核实并整改", "reply.at": now, "operator.name": "黄喆"})
        if said is not None:
            self.pusher.add(case, [Item(case, said.event, self._payload(said))])

    def go_on(self, county_serial: str) -> None:
        """The application is here: the case may run."""
        self.pusher.release(county_serial)

    @property
    def done(self) -> bool:
        """Whether it was started and has nothing left to send."""
        return self._begun and self.pusher.to_push == 0
