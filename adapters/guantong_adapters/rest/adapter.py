"""One system that speaks REST, opened."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.adapter import Connection, Door, Mark, Polled, ProbeStep, SystemContext, Wanted
from guantong.record import Answer, Outgoing
from guantong_adapters.rest.polling import RestReader
from guantong_adapters.rest.receiving import RestDoor
from guantong_adapters.rest.sending import RestClient
from guantong_adapters.rest.settings import RestSettings


class Receiving:
    """A system that calls us, where its settings say how."""

    def __init__(self, context: SystemContext, settings: RestSettings) -> None:
        self._doors: tuple[Door, ...] = ()
        if settings.receive is not None:
            path = f"/in/{context.system}/{settings.receive.path}"
            self._doors = (Door(settings.receive.method, path, RestDoor(context, settings.receive).handle),)

    def doors(self) -> Sequence[Door]:
        return self._doors

    async def close(self) -> None:
        """Nothing runs between requests."""


class Calling(Receiving):
    """A system we call: to send, or only to read."""

    def __init__(self, context: SystemContext, settings: RestSettings, url: str) -> None:
        super().__init__(context, settings)
        self._client = RestClient(context, settings, url)

    async def renew(self) -> None:
        """Forget the token; the next request logs in anew."""
        await self._client.renew()

    async def probe(self) -> Sequence[ProbeStep]:
        return await self._client.probe()

    async def close(self) -> None:
        await self._client.close()


class Sending(Calling):
    """A system we send to."""

    keeps_time = True

    async def send(self, outgoing: Outgoing) -> Answer:
        """Send the record as one request. Raises `ProblemsError` when the settings do not say where."""
        return await self._client.send(outgoing)


class Asked(Calling):
    """A system that can be asked what became of a delivery."""

    async def query(self, outgoing: Outgoing) -> Answer:
        return await self._client.query(outgoing)


class Fetching(Calling):
    """A system whose records refer to attachments that it keeps."""

    async def fetch(self, wanted: Wanted) -> Answer:
        return await self._client.fetch(wanted)


class Reading(Calling):
    """A system we read."""

    def __init__(self, context: SystemContext, settings: RestSettings, url: str) -> None:
        super().__init__(context, settings, url)
        assert settings.read is not None  # noqa: S101  chosen where it is there
        cipher = context.cipher(settings.read.cipher) if settings.read.cipher else None
        self._reader = RestReader(context.system, self._client, settings.read, cipher, url)

    async def poll(self, since: str, limit: int) -> Polled:
        return await self._reader.poll(since, limit)

    async def mark(self, marks: Sequence[Mark]) -> None:
        await self._reader.mark(marks)

    async def give_back(self, ref: str, why: str) -> str:
        return await self._reader.give_back(ref, why)


async def open_rest(context: SystemContext) -> Connection:
    """Open a system with the capabilities its settings give it, and no others: the core looks at what is there."""
    settings: RestSettings = context.settings
    if settings.url is None:
        return Receiving(context, settings)
    wanted = ((Sending, settings.send), (Asked, settings.query), (Fetching, settings.fetch), (Reading, settings.read))
    parts = tuple(part for part, said in wanted if said)
    connection: Calling = type("RestConnection", parts, {})(context, settings, settings.url)
    return connection
