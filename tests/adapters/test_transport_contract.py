"""Every adapter that sends or takes over a network, held to its contract with the real system behind a faulty one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from tests.adapters import filepeers, mqttpeer
from tests.adapters.caseexchange import service
from tests.adapters.contractpeers import AmqpPeer, FilePeer, MqttPeer, TablePeer
from tests.adapters.httppeers import HttpPeer, InvokePeer, RestPeer, WsdlPeer
from tests.adapters.test_rest_county import county
from tests.adapters.test_soap_simulators import SECRETS_HELD, running

from guantong.testing import ListeningContract, PollingContract, SendingContract
from guantong_adapters.soap.simulators.county import run_county
from guantong_adapters.soap.simulators.settings import CountySettings


@pytest.mark.parametrize("database_url", [
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
], indirect=True)
class TestTable(SendingContract, PollingContract):
    """MariaDB and PostgreSQL."""

    @pytest.fixture
    def peer(self, database_url: str) -> Iterator[TablePeer]:
        made = TablePeer(database_url)
        yield made
        made.close()


class TestSftp(SendingContract, PollingContract):
    """OpenSSH."""

    @pytest.fixture
    def peer(self, sshd: Callable[[Path], filepeers.Peer], tmp_path: Path) -> FilePeer:
        return FilePeer(sshd(tmp_path / "drop"), "sftp")


class TestFtp(SendingContract, PollingContract):
    """pyftpdlib; its data connections go past the relay."""

    @pytest.fixture
    def peer(self, tmp_path: Path) -> Iterator[FilePeer]:
        with filepeers.ftp(tmp_path / "drop") as (served, _):
            yield FilePeer(served, "ftp")


@pytest.mark.service("rabbitmq")
class TestAmqp(SendingContract, ListeningContract):
    """RabbitMQ."""

    @pytest.fixture
    def peer(self) -> Iterator[AmqpPeer]:
        made = AmqpPeer()
        yield made
        made.close()


@pytest.mark.service("mosquitto")
class TestMqtt(SendingContract, ListeningContract):
    """Mosquitto, in both versions of the protocol."""

    @pytest.fixture(params=["5", "3.1.1"])
    def peer(self, request: pytest.FixtureRequest) -> Iterator[MqttPeer]:
        subscriber = mqttpeer.Peer()
        yield MqttPeer(subscriber, request.param)
        subscriber.close()


class TestRest(SendingContract):
    """The simulated county that speaks REST and JSON."""

    @pytest.fixture
    async def peer(self, tmp_path: Path) -> AsyncIterator[HttpPeer]:
        async with county(tmp_path) as (_, url, _pushed):
            yield RestPeer(url, tmp_path)


class TestSoapByHand(SendingContract):
    """The simulated county whose one operation takes XML in a string, in GB 18030."""

    @pytest.fixture
    async def peer(self, tmp_path: Path) -> AsyncIterator[HttpPeer]:
        (tmp_path / "stories").touch()
        settings = CountySettings.model_validate(
            {"secrets": SECRETS_HELD, "stories": tmp_path / "stories", "hub_url": "http://127.0.0.1:9"})
        async with running(run_county(settings, tmp_path), tmp_path) as url:
            yield InvokePeer(url, tmp_path)


class TestSoapByWsdl(SendingContract):
    """The simulated case exchange service."""

    @pytest.fixture
    async def peer(self, tmp_path: Path) -> AsyncIterator[HttpPeer]:
        async with service(tmp_path) as url:
            yield WsdlPeer(url, tmp_path)
