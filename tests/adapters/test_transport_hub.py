"""Whole deliveries under a scripted run of faults: the hub, its real engine and store, and the real system behind a relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from tests.adapters import filepeers
from tests.adapters.brokers import until
from tests.adapters.caseexchange import service
from tests.adapters.contractpeers import AmqpPeer, serial
from tests.adapters.hubtargets import (
    FAULTS,
    SEED,
    BehindAmqp,
    BehindFiles,
    BehindFolder,
    BehindFtp,
    BehindHallRest,
    BehindHallSoap,
    BehindMqtt,
    BehindTables,
    BehindWsdl,
    Speaker,
    Target,
)
from tests.adapters.moody import MOODS, Moody, MoodySoap
from tests.adapters.mqttpeer import Peer as Subscriber
from tests.adapters.mqttpeer import fixture_peer
from tests.adapters.test_soap_simulators import SECRETS_HELD
from tests.adapters.test_soap_simulators import running as simulated
from tests.adapters.test_table_hub import ROOT

from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState, MessageState
from guantong.plugins import registry
from guantong.record import Record
from guantong_adapters.soap.simulators.hall import run_hall
from guantong_adapters.soap.simulators.settings import HallSettings

__all__ = ["fixture_peer"]  # a fixture is found where it is imported
CASES, STEPS, RECORDS = 6, 4, 40
LONGEST = 120  # seconds: a line that hangs is noticed by its keepalive, and opened again up to half a minute later
COUNTY, HALL = "east.approval", "city.hall"
ON_BOTH = pytest.mark.parametrize("database_url", [
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
], indirect=True)


def county_at(target: Target, port: int) -> dict[str, Any]:
    """The county as its file tells it: deliveries are tried again at once, what it has is asked for all the time."""
    told: dict[str, Any] = {
        "role": "county", "dialect": target.dialect, "settings": target.settings(port),
        "secrets": {name: {"env": f"EAST_{name.upper()}"} for name in target.secrets},
        "delivery": {"timeout": "500ms", "concurrency": 4, "breaker": {"after": 1000},
                     "retry": {"first": "50ms", "factor": 1, "attempts": 1000}},
    }
    if "poll" in told["settings"]:
        told["poll"] = {"every": "50ms", "batch": 7}
    told |= target.more
    if target.profile:
        return {"profile": target.profile, **told}
    told["delivery"]["unknown"] = "retry"
    rules = [{"when": {"field": {"result": result}}, "means": "success"} for result in ("confirmed", "written", "already")]
    return {"adapter": target.adapter, "reply": {"decode": "json", "rules": rules, "otherwise": "unknown"}, **told}


def home_at(folder: Path, target: Target, port: int) -> Path:
    """A home with one county, and the hall that tells of its cases."""
    files = {
        "config/guantong.yaml": {"hub": {"name": "试验", "listen": "127.0.0.1:0"}, "log": {"level": "error"}},
        "config/routes.yaml": {"routes": [
            {"name": "hall-to-county", "events": "case.step", "from": {"role": "hall"}, "to": {"role": "county"}}]},
        "config/city.yaml": {"name": {"zh": "市", "en": "City"}, "region": "445200", "systems": {"hall": {
            "role": "hall", "adapter": "rest", "dialect": "plain", "secrets": {"token": {"env": "HALL_TOKEN"}},
            "settings": {"receive": {"path": "events", "auth": {"signer": "bearer"}}}}}},
        "config/counties/east.yaml": {"name": {"zh": "东县", "en": "East"}, "region": "445222",
                                      "systems": {"approval": county_at(target, port)}},
        "mappings/plain/dialect.yaml": {"dialect": "plain", "title": {"zh": "试验", "en": "Trial"}, "extends": "gd-exchange",
                                        "codec": {"in": "json", "out": "json"}},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    for dialect in (ROOT / "mappings").iterdir():
        (folder / "mappings" / dialect.name).symlink_to(dialect)
    if target.profile:
        (folder / "config" / "profiles").mkdir()
        (folder / f"config/profiles/{target.profile}.yaml").symlink_to(ROOT / f"config/profiles/{target.profile}.yaml")
    target.put_into(folder)
    return folder


@asynccontextmanager
async def hub_at(home: Path, secrets: Mapping[str, str]) -> AsyncIterator[Hub]:
    environment = {"HALL_TOKEN": "invented", **{f"EAST_{name.upper()}": value for name, value in secrets.items()}}
    loaded = load(home, registry(), environment)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    async with running(loaded.configuration, registry()) as hub:
        yield hub


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
    async with target.reached() as (port, trouble), hub_at(home_at(folder, target, port), target.secrets) as hub:
        async with trouble():
            for number in range(1, STEPS + 1):
                for case in range(1, CASES + 1):
                    assert (await accept(hub.engine, step(case, number))).taken
        async with asyncio.timeout(LONGEST):
            await until(confirmed(hub, CASES * STEPS))
    told = await target.told()
    assert {case: [step for of, step in told if of == case] for case in range(1, CASES + 1)} == {
        case: list(range(1, STEPS + 1)) for case in range(1, CASES + 1)}


def acceptance(number: int) -> bytes:
    return orjson.dumps({"SBLSH": serial(number), "YWLSH": f"DC{number:05d}", "SJBBH": "1", "SLZTDM": "1",
                         "SLSJ": "2014-07-15 15:02:11"})


def kept(hub: Hub) -> dict[MessageState, int]:
    """The county's records by state."""
    return {state: count for system, state, count in hub.engine.reader.message_counts() if system == COUNTY}


def once(counts: dict[MessageState, int]) -> int:
    return sum(count for state, count in counts.items() if state is not MessageState.DUPLICATE)


async def hold_in(target: Speaker, folder: Path) -> None:
    """Acceptances from *target*, under faults: each is kept, once; what comes again is known again."""
    print(f"seed {SEED}")  # shown where it fails
    async with target.reached() as (port, trouble), hub_at(home_at(folder, target, port), target.secrets) as hub:
        async with trouble():
            await target.say([acceptance(number) for number in range(1, RECORDS + 1)])
        async with asyncio.timeout(LONGEST):
            await until(lambda: once(kept(hub)) >= RECORDS)
            while not await target.has_left():  # noqa: ASYNC110  another program's: nothing announces it
                await asyncio.sleep(0.02)
        counts = kept(hub)
    assert once(counts) == RECORDS
    assert counts.get(MessageState.PARKED, 0) == 0


@pytest.fixture
def broker() -> Iterator[AmqpPeer]:
    """Queues of the test's own, gone afterwards."""
    made = AmqpPeer()
    yield made
    made.close()


@pytest.fixture
def tables(database_url: str) -> Iterator[BehindTables]:
    """The county's tables, let go before their database is dropped."""
    made = BehindTables(database_url)
    yield made
    made.close()


@pytest.mark.service("rabbitmq")
async def test_amqp_out_every_delivery_is_confirmed_and_in_effect_once_in_order(broker: AmqpPeer, tmp_path: Path) -> None:
    """RabbitMQ, its consumer knowing a delivery by its key."""
    await hold(BehindAmqp(broker), tmp_path)


@pytest.mark.service("rabbitmq")
async def test_amqp_in_every_record_is_kept_once(broker: AmqpPeer, tmp_path: Path) -> None:
    """What comes again because its acknowledgement was lost is a duplicate; nothing is missing."""
    await hold_in(BehindAmqp(broker), tmp_path)


@pytest.mark.service("mosquitto")
async def test_mqtt_out_every_delivery_is_confirmed_and_in_effect_once_in_order(peer: Subscriber, tmp_path: Path) -> None:
    """Mosquitto, its subscriber knowing a delivery by its key."""
    await hold(BehindMqtt(peer), tmp_path)


@pytest.mark.service("mosquitto")
async def test_mqtt_in_every_record_is_kept_once(peer: Subscriber, tmp_path: Path) -> None:
    """The broker keeps the session over every broken line."""
    await hold_in(BehindMqtt(peer), tmp_path)


async def test_sftp_out_every_delivery_is_confirmed_and_in_effect_once_in_order(
    sshd: Callable[[Path], filepeers.Peer], tmp_path: Path,
) -> None:
    """OpenSSH: one name, one file, whole."""
    await hold(BehindFiles(sshd(tmp_path / "drop"), "sftp"), tmp_path / "home")


async def test_sftp_in_every_file_is_kept_once(sshd: Callable[[Path], filepeers.Peer], tmp_path: Path) -> None:
    """A file that was read and not yet put away is known again."""
    await hold_in(BehindFiles(sshd(tmp_path / "drop"), "sftp"), tmp_path / "home")


async def test_ftp_out_every_delivery_is_confirmed_and_in_effect_once_in_order(tmp_path: Path) -> None:
    """Both its connections fail: the one for commands by the network, those for data by the server's script."""
    with filepeers.ftp(tmp_path / "drop", names="utf-8") as (served, script):
        await hold(BehindFtp(served, script), tmp_path / "home")


async def test_ftp_in_every_file_is_kept_once(tmp_path: Path) -> None:
    """A file that was read and not yet put away is known again."""
    with filepeers.ftp(tmp_path / "drop", names="utf-8") as (served, script):
        await hold_in(BehindFtp(served, script), tmp_path / "home")


async def test_a_folder_that_comes_and_goes_takes_every_delivery_once_in_order(tmp_path: Path) -> None:
    """A mount that is away for moments, at any point of a writing."""
    await hold(BehindFolder(tmp_path / "drop"), tmp_path / "home")


async def test_a_folder_that_comes_and_goes_gives_every_file_once(tmp_path: Path) -> None:
    """The same the other way."""
    await hold_in(BehindFolder(tmp_path / "drop"), tmp_path / "home")


@ON_BOTH
async def test_tables_out_every_delivery_is_confirmed_and_one_row_in_order(tables: BehindTables, tmp_path: Path) -> None:
    """MariaDB and PostgreSQL; a commit whose answer was lost is asked for before it is written again."""
    await hold(tables, tmp_path)


@ON_BOTH
async def test_tables_in_every_row_is_kept_once_and_flagged(tables: BehindTables, tmp_path: Path) -> None:
    """A row that was kept and not yet flagged is known again."""
    await hold_in(tables, tmp_path)


@pytest.mark.parametrize("kind", [BehindHallRest, BehindHallSoap])
async def test_the_hall_takes_every_step_once_in_order(kind: type[BehindHallRest | BehindHallSoap], tmp_path: Path) -> None:
    """By REST and by SOAP written by hand: the network fails, and the hall is busy, loses answers and is late itself."""
    settings = HallSettings.model_validate({"secrets": SECRETS_HELD, "faults": FAULTS})
    (hall := tmp_path / "hall").mkdir()
    async with simulated(run_hall(settings, hall), hall) as url:
        await hold(kind(url, hall), tmp_path / "home")


async def test_a_service_called_by_its_wsdl_takes_every_step_once_in_order(tmp_path: Path) -> None:
    """The same, its faults coming as typed faults in a 200."""
    (place := tmp_path / "service").mkdir()
    async with service(place, faults=FAULTS, faults_with=200) as url:
        await hold(BehindWsdl(url, place), tmp_path / "home")


@pytest.mark.parametrize("kind", [Moody, MoodySoap])
async def test_a_system_in_every_mood_takes_every_step_once_in_order(kind: type[Moody], tmp_path: Path) -> None:
    """Token spent (said in a 200 and by a 401), 503 with Retry-After, a fault within a 200, an answer lost, given twice or in
    another charset, in effect or not, beside a network that fails: the token is renewed, the wait kept, nothing twice."""
    system = kind()
    async with system.running():
        await hold(system, tmp_path)
    assert set(MOODS) <= set(system.counts)
    assert 1 < len(system.presented) <= 1 + system.counts["expired"]
    assert len(system.too_soon) <= system.struck, "a wait may have been asked for in an answer that the network took"
