"""The systems that whole deliveries are made to under faults: what each one's settings are, and what took effect there."""

from __future__ import annotations

import asyncio
import random
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import orjson
from sqlalchemy import create_engine, insert, make_url, select, text, update
from tests.adapters import filepeers, mqttpeer
from tests.adapters.caseexchange import sample_wsdl
from tests.adapters.contractpeers import AmqpPeer, number_in, serial
from tests.adapters.soap_peer import SECRETS
from tests.conftest import address

from guantong.testing import Fault, FaultyRelay
from guantong.testing.faulty_relay import Then
from guantong_adapters.simulation.ledger import Effect, read_effects
from guantong_adapters.table.county_tables import make_tables

SEED, TURNS = 20140715, 25
STEPS_TABLE, ACCEPTANCES = "EX_GDBS_SPCL", "EX_GDBS_SL"
Trouble: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


class Target(ABC):
    """The county's system: how it is reached, and what took effect there, in order."""

    adapter = ""
    profile = ""
    """One of the starter's; with it the settings are only what the profile leaves open."""
    dialect = "plain"
    more: Mapping[str, Any] = MappingProxyType({})
    """What else its file says."""
    secrets: Mapping[str, str] = MappingProxyType({})
    host = "127.0.0.1"
    port: int
    manners: tuple[Then, ...] = ("cut", "reset", "hang", "drip")
    """How its network fails."""
    struck = 0
    """How often it did."""

    @abstractmethod
    def settings(self, port: int) -> dict[str, Any]: ...

    @abstractmethod
    async def told(self) -> list[tuple[int, int]]:
        """Case and step of each effect; a step is told by its second."""

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[tuple[int, Trouble]]:
        """The port at which the hub reaches it, and what makes the way there fail for a while."""
        async with FaultyRelay.to(self.host, self.port) as relay:
            yield relay.port, partial(misbehaving, relay, self.manners)
            self.struck = relay.struck

    def put_into(self, home: Path) -> None:  # noqa: B027  most systems need none
        """Files the settings name."""


class Speaker(Target):
    """A system that hands records over, too."""

    @abstractmethod
    async def say(self, bodies: Sequence[bytes]) -> None:
        """Acceptances, as JSON rows of their table."""

    @abstractmethod
    async def has_left(self) -> bool:
        """Whether nothing of what it said still waits for us."""


@asynccontextmanager
async def misbehaving(relay: FaultyRelay, manners: tuple[Then, ...]) -> AsyncIterator[None]:
    """One fault after the other, as the seed says, through the block and until all had their turn; then a network that is well."""
    chance = random.Random(SEED)  # noqa: S311  a script of faults, no secret

    async def script() -> None:
        for _ in range(TURNS):
            relay.arm(Fault(chance.choice(("requests", "answers")), chance.randrange(3000), chance.choice(manners)))
            await asyncio.sleep(chance.uniform(0.02, 0.1))
            if chance.random() < 0.1:
                async with relay.refusing():
                    await asyncio.sleep(0.05)
        relay.disarm()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(script())
        yield


def told_by(row: dict[str, Any]) -> tuple[int, int]:
    return number_in(str(row["SBLSH"]).rstrip()), int(str(row["SPSJ"])[-2:])


class BehindAmqp(Speaker):
    """A consumer of RabbitMQ's that knows a record again by its `message_id`."""

    adapter = "amqp"

    def __init__(self, peer: AmqpPeer) -> None:
        self.secrets = {"user": "guest", "password": "guest"}
        self.peer, self.host, self.port = peer, peer.host, peer.port
        self._got: dict[str, tuple[int, int]] = {}

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"amqp://127.0.0.1:{port}", "connect_timeout": "2s", "send": {"*": {"key": self.peer.inbox}},
                "receive": {"queue": self.peer.outbox, "kind": ACCEPTANCES}}

    async def told(self) -> list[tuple[int, int]]:
        while (got := self.peer.channel.basic_get(self.peer.inbox, auto_ack=True))[0] is not None:
            self._got.setdefault(got[1].message_id, told_by(orjson.loads(got[2])))
        return list(self._got.values())

    async def say(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self.peer.channel.basic_publish("", self.peer.outbox, body)

    async def has_left(self) -> bool:
        return bool(self.peer.channel.queue_declare(self.peer.outbox, passive=True).method.message_count == 0)


class BehindMqtt(Speaker):
    """A subscriber of Mosquitto's that knows a record again by its correlation data."""

    adapter = "mqtt"

    def __init__(self, peer: mqttpeer.Peer) -> None:
        host, _, port = address("mosquitto").rpartition(":")
        self.host, self.port, self._peer, self._name = host, int(port), peer, f"test-{uuid.uuid4().hex}"
        self._got: dict[bytes, tuple[int, int]] = {}
        peer.hear(f"{peer.topic}/in")

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"mqtt://127.0.0.1:{port}", "anonymous": True, "client_id": self._name, "session": "60s",
                "connect_timeout": "2s", "keepalive": "5s", "send": {"*": {"topic": f"{self._peer.topic}/in"}},
                "receive": {"topics": [f"{self._peer.topic}/out"], "kind": ACCEPTANCES}}

    async def told(self) -> list[tuple[int, int]]:
        """What came before a message of the test's own."""
        mark = uuid.uuid4().bytes
        await asyncio.to_thread(self._peer.put, f"{self._peer.topic}/in", mark)
        while (got := await asyncio.to_thread(self._peer.next)).payload != mark:
            self._got.setdefault(got.properties.CorrelationData, told_by(orjson.loads(got.payload)))  # type: ignore[union-attr]  # MQTT 5
        return list(self._got.values())

    async def say(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            while not await asyncio.to_thread(self._peer.put, f"{self._peer.topic}/out", body):  # noqa: ASYNC110  the broker tells
                await asyncio.sleep(0.02)  # when asked that nobody subscribes yet, and nothing when somebody does

    async def has_left(self) -> bool:
        return True  # the broker does not tell; the count of what was kept does


class BehindFiles(Speaker):
    """A folder at an SFTP or FTP server, in which one name is one record."""

    adapter = "files"

    def __init__(self, peer: filepeers.Peer, protocol: str) -> None:
        self._peer, self._protocol = peer, protocol
        self._place: dict[str, Any] = peer.place[protocol]
        self.port = self._place.get("port", 0)
        self.secrets = {name: secret.reveal() for name, secret in peer.secrets.items()}
        for name in ("in", "out"):
            (peer.folder / name).mkdir(parents=True, exist_ok=True)

    def place(self, port: int) -> dict[str, Any]:
        return {**self._place, "port": port}

    def settings(self, port: int) -> dict[str, Any]:
        return {"place": {self._protocol: self.place(port)}, "connect_timeout": "2s", "timeout": "2s",
                "send": {"*": {"folder": "in", "name": "{key}.json"}},
                "poll": [{"folder": "out", "match": "*.json", "kind": ACCEPTANCES}]}

    async def told(self) -> list[tuple[int, int]]:
        paths = [path for path in self._peer.tree() if path.startswith("in/") and path.endswith(".json")]
        return [told_by(orjson.loads(self._peer.get(path))) for path in sorted(paths, key=self._written)]

    def _written(self, path: str) -> int:
        return (self._peer.folder / path).stat().st_mtime_ns

    async def say(self, bodies: Sequence[bytes]) -> None:
        for number, body in enumerate(bodies):
            self._peer.put(f"out/{number:05d}.new", body)
            (self._peer.folder / f"out/{number:05d}.new").rename(self._peer.folder / f"out/{number:05d}.json")

    async def has_left(self) -> bool:
        return not [path for path in self._peer.tree() if path.startswith("out/")]


class BehindFtp(BehindFiles):
    """A folder at an FTP server. Its data connections go past the relay, and fail by the server's own script."""

    def __init__(self, peer: filepeers.Peer, script: filepeers.Script) -> None:
        super().__init__(peer, "ftp")
        self._script = script

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[tuple[int, Trouble]]:
        async with super().reached() as (port, trouble):
            yield port, partial(self._both, trouble)

    @asynccontextmanager
    async def _both(self, trouble: Trouble) -> AsyncIterator[None]:
        chance = random.Random(SEED)  # noqa: S311  a script of faults, no secret
        faults = [("write", "cut"), ("write", "hang"), ("read", "cut"), ("name", "cut"), ("name", "lost"), ("name", "hang")]

        async def script() -> None:
            for _ in range(TURNS):
                self._script.next(*chance.choice(faults))
                await asyncio.sleep(chance.uniform(0.02, 0.1))

        async with asyncio.TaskGroup() as tasks, trouble():
            tasks.create_task(script())
            yield


class BehindFolder(BehindFiles):
    """A folder of this machine, on a mount that comes and goes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(filepeers.Peer(folder, {"local": {"folder": str(folder)}}), "local")
        self._folder = folder

    def place(self, port: int) -> dict[str, Any]:  # noqa: ARG002  a folder has no port
        return self._place

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[tuple[int, Trouble]]:
        yield 0, self._comes_and_goes

    @asynccontextmanager
    async def _comes_and_goes(self) -> AsyncIterator[None]:
        chance = random.Random(SEED)  # noqa: S311  a script of faults, no secret
        away = self._folder.with_name("away")

        async def script() -> None:
            for _ in range(TURNS // 2):
                await asyncio.sleep(chance.uniform(0.02, 0.1))
                self._folder.rename(away)
                try:
                    await asyncio.sleep(chance.uniform(0.01, 0.1))
                finally:
                    away.rename(self._folder)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(script())
            yield


class BehindTables(Speaker):
    """The tables of a county of the EX_GDBS family; a row is known by its key. Its steps are ours to write here."""

    profile = "county-table-gdbs"
    more = MappingProxyType({"receipt": {"by": "column", "every": "50ms", "within": "1d"}})
    _KEY = ("SBLSH", "SPHJDM", "SPSJ")

    def __init__(self, url: str) -> None:
        self._url, self._engine, self._tables = make_url(url), create_engine(url), make_tables()
        assert self._url.host is not None
        assert self._url.port is not None
        self.host, self.port = self._url.host, self._url.port
        self._tables[STEPS_TABLE].metadata.create_all(self._engine)
        quote = self._engine.dialect.identifier_preparer.quote
        columns = ", ".join(quote(name) for name in (*self._KEY, "SJBBH"))
        with self._engine.begin() as connection:
            connection.execute(text(f"CREATE UNIQUE INDEX one_row ON {quote(STEPS_TABLE)} ({columns})"))

    def settings(self, port: int) -> dict[str, Any]:
        url = self._url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        return {"url": url, "connect_timeout": "1s", "timeout": "1s", "poll": [{"table": ACCEPTANCES}],
                "send": {STEPS_TABLE: {"key": list(self._KEY), "version": "SJBBH", "constants": {"CLZT": "N"},
                                       "receipt": {"column": "CLZT", "confirmed": "1", "rejected": "3"}}}}

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[tuple[int, Trouble]]:
        """Their program is at work meanwhile, and imports what it finds."""
        importing = asyncio.create_task(self._import())
        try:
            async with super().reached() as reached:
                yield reached
        finally:
            importing.cancel()
            await asyncio.gather(importing, return_exceptions=True)

    async def _import(self) -> None:
        table = self._tables[STEPS_TABLE]

        def judge() -> None:
            with self._engine.begin() as connection:
                connection.execute(update(table).where(table.c.CLZT == "N").values(CLZT="1"))

        while True:
            await asyncio.to_thread(judge)
            await asyncio.sleep(0.05)

    async def told(self) -> list[tuple[int, int]]:
        table = self._tables[STEPS_TABLE]
        return [told_by(dict(row)) for row in await self._rows(select(table).order_by(table.c.ID))]

    async def say(self, bodies: Sequence[bytes]) -> None:
        def write() -> None:
            with self._engine.begin() as connection:
                connection.execute(insert(self._tables[ACCEPTANCES]), [orjson.loads(body) for body in bodies])

        await asyncio.to_thread(write)

    async def has_left(self) -> bool:
        table = self._tables[ACCEPTANCES]
        return not await self._rows(select(table).where(table.c.CLZT != "Y"))

    async def _rows(self, query: Any) -> Sequence[Any]:
        def read() -> Sequence[Any]:
            with self._engine.connect() as connection:
                return connection.execute(query).mappings().all()

        return await asyncio.to_thread(read)

    def close(self) -> None:
        self._engine.dispose()


class Simulated(Target):
    """A simulator behind HTTP, whose ledger tells what took effect."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        assert parts.port is not None
        self.port, self._path, self._folder = parts.port, parts.path, folder

    async def told(self) -> list[tuple[int, int]]:
        return [self.step_of(effect) for effect in await asyncio.to_thread(read_effects, self._folder / "ledger.db")]

    def step_of(self, effect: Effect) -> tuple[int, int]:
        return told_by(effect.fields)


class BehindHallRest(Simulated):
    """The hall by REST, with signed requests."""

    profile, dialect = "gd-hall-rest", "gd-hall-json"
    secrets = MappingProxyType({"token": "portal-token", "paasid": "jieyang-portal"})

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{port}"}


class BehindHallSoap(Simulated):
    """The hall by SOAP, calls written by hand; it refuses in words, inside a 200."""

    profile, dialect = "gd-hall-soap", "gd-hall"
    secrets = MappingProxyType({name: SECRETS[name] for name in ("dept_code", "identify")})

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{port}/services/DataExchange"}


class BehindWsdl(Simulated):
    """The case exchange service, called by its WSDL; its faults come with a 200."""

    profile, dialect = "county-soap-wsdl", "case-exchange"
    secrets = MappingProxyType({name: SECRETS[name] for name in ("user", "password")})

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{port}{self._path}", "wsdl": "wsdl/CaseExchange.wsdl"}

    def put_into(self, home: Path) -> None:
        sample_wsdl(home)

    def step_of(self, effect: Effect) -> tuple[int, int]:
        return number_in(effect.key[0]), int((effect.fields["StepTime"] or "")[17:19])


FAULTS: dict[str, Any] = {
    "busy_every": 7, "lose_reply": [serial(1), serial(1), serial(2)], "slow_every": {"n": 11, "seconds": 1},
}
"""What the simulated systems do wrong themselves, beside the network: busy without effect, an effect whose answer is lost,
an effect that is made after we gave up waiting."""
