"""Whole deliveries under a scripted run of faults: the hub, its real engine and store, and the real system behind a relay."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from tests.adapters import filepeers
from tests.adapters.brokers import until
from tests.adapters.contractpeers import AmqpPeer, number_in, serial
from tests.adapters.test_table_hub import ROOT

from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState, MessageState
from guantong.plugins import registry
from guantong.record import Record
from guantong.testing import Fault, FaultyRelay

CASES, STEPS = 6, 4
SEED = 20140715
TROUBLE = 1.5  # seconds for which the network misbehaves
COUNTY, HALL = "east.approval", "city.hall"


class Target(ABC):
    """The county's system: what its settings are when it is reached at a port, and what took effect there, in order."""

    adapter: str
    host = "127.0.0.1"
    port: int
    secrets: dict[str, str]

    @abstractmethod
    def settings(self, port: int) -> dict[str, Any]: ...

    @abstractmethod
    async def told(self) -> list[tuple[int, int]]:
        """Case and step of each effect; a step is told by its second."""


class BehindAmqp(Target):
    """A consumer of RabbitMQ's that knows a record again by its `message_id`."""

    adapter = "amqp"

    def __init__(self, peer: AmqpPeer) -> None:
        self.secrets = {"user": "guest", "password": "guest"}
        self.peer, self.host, self.port = peer, peer.host, peer.port
        self._got: dict[str, tuple[int, int]] = {}

    def settings(self, port: int) -> dict[str, Any]:
        return {"url": f"amqp://127.0.0.1:{port}", "connect_timeout": "2s", "send": {"*": {"key": self.peer.inbox}},
                "receive": {"queue": self.peer.outbox, "kind": "EX_GDBS_SL"}}

    async def told(self) -> list[tuple[int, int]]:
        while (got := self.peer.channel.basic_get(self.peer.inbox, auto_ack=True))[0] is not None:
            self._got.setdefault(got[1].message_id, told_by(got[2]))
        return list(self._got.values())


class BehindSftp(Target):
    """A folder at an OpenSSH server, in which one name is one record."""

    adapter = "files"

    def __init__(self, peer: filepeers.Peer) -> None:
        self._peer, self._place = peer, peer.place["sftp"]
        self.port = self._place["port"]
        self.secrets = {name: secret.reveal() for name, secret in peer.secrets.items()}
        (peer.folder / "in").mkdir(parents=True)

    def settings(self, port: int) -> dict[str, Any]:
        return {"place": {"sftp": {**self._place, "port": port}}, "connect_timeout": "2s", "timeout": "2s",
                "send": {"*": {"folder": "in", "name": "{key}.json"}}}

    async def told(self) -> list[tuple[int, int]]:
        paths = [path for path in self._peer.tree() if path.endswith(".json")]
        return [told_by(self._peer.get(path)) for path in sorted(paths, key=self._written)]

    def _written(self, path: str) -> int:
        return (self._peer.folder / path).stat().st_mtime_ns


def told_by(body: bytes) -> tuple[int, int]:
    row = orjson.loads(body)
    return number_in(row["SBLSH"]), int(row["SPSJ"][-2:])


def home_at(folder: Path, target: Target, port: int) -> Path:
    """A home with one county, whose deliveries are tried again at once, and the hall that tells of its cases."""
    files = {
        "config/guantong.yaml": {"hub": {"name": "试验", "listen": "127.0.0.1:0"}, "log": {"level": "error"}},
        "config/routes.yaml": {"routes": [
            {"name": "hall-to-county", "events": "case.step", "from": {"role": "hall"}, "to": {"role": "county"}}]},
        "config/city.yaml": {"name": {"zh": "市", "en": "City"}, "region": "445200", "systems": {"hall": {
            "role": "hall", "adapter": "rest", "dialect": "plain", "secrets": {"token": {"env": "EAST_TOKEN"}},
            "settings": {"receive": {"path": "events", "auth": {"signer": "bearer"}}}}}},
        "config/counties/east.yaml": {"name": {"zh": "东县", "en": "East"}, "region": "445222", "systems": {"approval": {
            "role": "county", "adapter": target.adapter, "dialect": "plain", "settings": target.settings(port),
            "secrets": {name: {"env": f"EAST_{name.upper()}"} for name in target.secrets},
            "delivery": {"unknown": "retry", "timeout": "500ms", "concurrency": 4, "breaker": {"after": 1000},
                         "retry": {"first": "50ms", "factor": 1, "attempts": 1000}},
            "reply": {"decode": "json", "rules": [
                {"when": {"field": {"result": result}}, "means": "success"}
                for result in ("confirmed", "written", "duplicate", "already")], "otherwise": "unknown"}}}},
        "mappings/plain/dialect.yaml": {"dialect": "plain", "title": {"zh": "试验", "en": "Trial"}, "extends": "gd-exchange",
                                        "codec": {"in": "json", "out": "json"}},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    for name in ("canonical", "gd-exchange"):
        (folder / "mappings" / name).symlink_to(ROOT / "mappings" / name)
    return folder


@asynccontextmanager
async def hub_at(home: Path, secrets: dict[str, str]) -> AsyncIterator[Hub]:
    loaded = load(home, registry(), {f"EAST_{name.upper()}": value for name, value in {**secrets, "token": "invented"}.items()})
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    async with running(loaded.configuration, registry()) as hub:
        yield hub


@asynccontextmanager
async def misbehaving(relay: FaultyRelay) -> AsyncIterator[None]:
    """One fault after the other, as the seed says, until the end; then a network that is well."""
    chance = random.Random(SEED)  # noqa: S311  a script of faults, no secret

    async def script() -> None:
        while True:
            relay.arm(Fault(chance.choice(("requests", "answers")), chance.randrange(3000),
                            chance.choice(("cut", "reset", "hang", "drip"))))
            await asyncio.sleep(chance.uniform(0.02, 0.1))
            if chance.random() < 0.1:
                async with relay.refusing():
                    await asyncio.sleep(0.05)

    saboteur = asyncio.create_task(script())
    try:
        yield
    finally:
        saboteur.cancel()
        await asyncio.gather(saboteur, return_exceptions=True)
        relay.disarm()


def step(case: int, number: int) -> Record:
    row = {"SBLSH": serial(case), "SJBBH": "1", "XZQHDM": "445222", "SPHJDM": "1", "SPHJMC": "审核", "SPRXM": "陈䶮",
           "SPSJ": f"2014-07-15 10:30:{number:02d}", "SPYJ": "同意"}
    return Record(HALL, orjson.dumps(row), "EX_GDBS_SPCL")


def confirmed(hub: Hub, count: int) -> Callable[[], bool]:
    def all_are() -> bool:
        rows = [hub.engine.reader.delivery(number) for number in range(1, count + 1)]
        return all(row is not None and row.state is DeliveryState.CONFIRMED for row in rows)

    return all_are


async def hold(target: Target, folder: Path) -> None:
    """Steps of several cases to *target*, under faults: each in effect once, and in its case's order."""
    print(f"seed {SEED}")  # shown where it fails
    async with (
        FaultyRelay.to(target.host, target.port) as relay,
        hub_at(home_at(folder, target, relay.port), target.secrets) as hub,
    ):
        async with misbehaving(relay):
            for number in range(1, STEPS + 1):
                for case in range(1, CASES + 1):
                    assert (await accept(hub.engine, step(case, number))).taken
            await asyncio.sleep(TROUBLE)
        async with asyncio.timeout(40):
            await until(confirmed(hub, CASES * STEPS))
    told = await target.told()
    assert {case: [step for of, step in told if of == case] for case in range(1, CASES + 1)} == {
        case: list(range(1, STEPS + 1)) for case in range(1, CASES + 1)}


@pytest.fixture
def broker() -> Iterator[AmqpPeer]:
    """Queues of the test's own, gone afterwards."""
    made = AmqpPeer()
    yield made
    made.close()


@pytest.mark.service("rabbitmq")
async def test_amqp_out_every_delivery_is_confirmed_and_in_effect_once_in_order(broker: AmqpPeer, tmp_path: Path) -> None:
    """RabbitMQ, its consumer knowing a delivery by its key."""
    await hold(BehindAmqp(broker), tmp_path)


async def test_sftp_out_every_delivery_is_confirmed_and_in_effect_once_in_order(
    sshd: Callable[[Path], filepeers.Peer], tmp_path: Path,
) -> None:
    """OpenSSH: one name, one file, whole."""
    await hold(BehindSftp(sshd(tmp_path / "drop")), tmp_path / "home")


@pytest.mark.service("rabbitmq")
async def test_amqp_in_every_record_is_kept_once(broker: AmqpPeer, tmp_path: Path) -> None:
    """What comes again because its acknowledgement was lost is a duplicate; nothing is missing."""
    target = BehindAmqp(broker)
    numbers: Sequence[int] = range(1, 41)
    async with (
        FaultyRelay.to(target.host, target.port) as relay,
        hub_at(home_at(tmp_path, target, relay.port), target.secrets) as hub,
    ):
        async with misbehaving(relay):
            for number in numbers:
                row = {"SBLSH": serial(number), "YWLSH": f"DC{number:05d}", "SJBBH": "1", "SLZTDM": "1",
                       "SLSJ": "2014-07-15 15:02:11"}
                broker.channel.basic_publish("", broker.outbox, orjson.dumps(row))
            await asyncio.sleep(TROUBLE)

        def kept() -> dict[MessageState, int]:
            return {state: count for system, state, count in hub.engine.reader.message_counts() if system == COUNTY}

        async with asyncio.timeout(40):
            await until(lambda: sum(n for state, n in kept().items() if state is not MessageState.DUPLICATE) >= len(numbers))
            await until(lambda: broker.channel.queue_declare(broker.outbox, passive=True).method.message_count == 0)
        counts = kept()
    assert sum(n for state, n in counts.items() if state is not MessageState.DUPLICATE) == len(numbers)
    assert counts.get(MessageState.PARKED, 0) == 0
