"""The cards of the simulated supervision platform: raised about the cases of its stories, taken back when answered.

A card is raised when the first log it waits for has come; it goes to the hub by SOAP in the platform's own envelope,
one after another for each case, again until the hub has it. What the hub answers is the platform's own `result`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import aiohttp

from guantong_adapters.simulation.push import Ack, Item, Pusher
from guantong_adapters.simulation.story import Act, Card, read_stories
from guantong_adapters.soap.simulators.pushing import HubCall
from guantong_adapters.soap.simulators.settings import SupervisionSettings

_CHARSET = "UTF-8"
_LEVELS = {"pre_alert": "预警", "yellow": "黄牌", "red": "红牌"}
_FIELDS = {
    "alert.raised": ("warnDataSubmit", (
        "alert.at", "alert.no", "alert.kind", "alert.text", "alert.reason", "serial.province", "alert.step_code",
        "alert.reply_by")),
    "alert.withdrawn": ("warnBackSubmit", ("alert.at", "alert.no", "alert.reason", "serial.province")),
}
_PATIENCE = aiohttp.ClientTimeout(total=30)


class Cards:
    """What the platform has still to raise and to take back. `note` counts what it did, by name."""

    _session: aiohttp.ClientSession
    """Open while it pushes."""

    def __init__(self, settings: SupervisionSettings, note: Callable[[str], object]) -> None:
        self._settings = settings
        self._note = note
        self._pusher = Pusher(self._post, settings.concurrency)
        self._to_raise: dict[tuple[str, str], list[Card]] = {}
        self._to_withdraw: dict[str, Act] = {}

    async def load(self, path: Path | None) -> None:
        """Read the stories."""
        if path is None:
            return
        for story in await asyncio.to_thread(lambda: list(read_stories(path))):
            for card in story.cards:
                self._to_raise.setdefault((story.province_serial, card.after), []).append(card)
                if card.withdrawn is not None:
                    self._to_withdraw[card.raised.facts["alert.no"]] = card.withdrawn

    def logged(self, serial: str, name: str) -> None:
        """The log *name* of the case *serial* has come: what waits for it is raised."""
        for card in self._to_raise.pop((serial, name), ()):
            self._push(card.raised)

    def answered(self, number: str) -> None:
        """The card *number* was answered: it may be taken back."""
        withdrawn = self._to_withdraw.pop(number, None)
        if withdrawn is not None:
            self._push(withdrawn)

    async def run(self) -> None:
        """Push until cancelled."""
        async with aiohttp.ClientSession(timeout=_PATIENCE) as self._session:
            await self._pusher.run()

    def status(self) -> dict[str, object]:
        done = not self._to_raise and not self._to_withdraw and self._pusher.to_push == 0
        return {**self._pusher.status(), "done": done}

    def _push(self, act: Act) -> None:
        case = act.facts["serial.province"]
        self._pusher.add(case, [Item(case, act.event, document(act))])
        self._note("withdrawals" if act.event == "alert.withdrawn" else "warnings")

    async def _post(self, item: Item) -> Ack:
        settings = self._settings
        entrance = HubCall(
            f"{settings.hub_url}{settings.hub_path}", "serverEntrance", settings.namespace, "arg0", _CHARSET,
            {settings.key_header: settings.secret("hub_key")}, "code", {"0": Ack.TAKEN, "9": Ack.AGAIN},
        )
        return await entrance.post(self._session, item.payload)


def document(act: Act) -> str:
    """*act* in the platform's envelope: positions, the version last."""
    kind, paths = _FIELDS[act.event]
    values = [*(_text(path, act.facts.get(path, "")) for path in paths), str(act.version)]
    fields = "".join(f"<field_{number}>{escape(value)}</field_{number}>" for number, value in enumerate(values, start=1))
    return f"<message><head><sourceID>supervision</sourceID><msgName>{kind}</msgName></head><body>{fields}</body></message>"


def _text(path: str, value: str) -> str:
    if path in ("alert.at", "alert.reply_by") and value:
        return datetime.fromisoformat(value).strftime("%Y%m%d%H%M%S")
    return _LEVELS[value] if path == "alert.kind" else value
