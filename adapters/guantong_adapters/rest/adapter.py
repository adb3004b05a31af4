"""One system that speaks REST, opened."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.adapter import Connection, Door, SystemContext
from guantong.record import Answer, Outgoing
from guantong_adapters.rest.receiving import RestDoor
from guantong_adapters.rest.sending import RestClient
from guantong_adapters.rest.settings import RestSettings


class _Receiving:
    """A system that only calls us."""

    def __init__(self, context: SystemContext, settings: RestSettings) -> None:
        self._doors: tuple[Door, ...] = ()
        if settings.receive is not None:
            path = f"/in/{context.system}/{settings.receive.path}"
            self._doors = (Door(settings.receive.method, path, RestDoor(context, settings.receive).handle),)

    def doors(self) -> Sequence[Door]:
        return self._doors

    async def close(self) -> None:
        """Nothing runs between requests."""


class _Sending(_Receiving):
    """A system we send to; its doors, if any, as well."""

    keeps_time = True

    def __init__(self, context: SystemContext, settings: RestSettings, url: str) -> None:
        super().__init__(context, settings)
        self._client = RestClient(context, settings, url)

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send the record as one request. Raises `ProblemsError` when the settings do not say where."""
        return await self._client.send(outgoing)

    async def renew(self) -> None:
        """Forget the token; the next `send` logs in anew."""
        await self._client.renew()

    async def close(self) -> None:
        await self._client.close()


class _Queried(_Sending):
    """A system that can also be asked what became of a delivery."""

    async def query(self, outgoing: Outgoing) -> Answer:
        return await self._client.query(outgoing)


async def open_rest(context: SystemContext) -> Connection:
    """Open a system with the capabilities its settings give it."""
    settings: RestSettings = context.settings
    if settings.url is None:
        return _Receiving(context, settings)
    return (_Sending if settings.query is None else _Queried)(context, settings, settings.url)
