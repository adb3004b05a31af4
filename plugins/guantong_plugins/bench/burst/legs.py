"""Every way a step may go through an adapter, in and out, and why one cannot be tried here."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from guantong_plugins.bench.burst.side import Source, Target

Direction: TypeAlias = Literal["in", "out"]
DIRECTIONS: tuple[Direction, ...] = ("in", "out")
_TIMEOUT = 2.0


@dataclass(frozen=True)
class Services:
    """Where the servers are: databases where tables may be made and dropped, brokers where queues and topics may."""

    postgresql: str = "postgresql+psycopg://root@127.0.0.1/test"
    mariadb: str = "mysql+pymysql://root@127.0.0.1/test"
    amqp: str = "amqp://127.0.0.1:5672"
    mqtt: str = "mqtt://127.0.0.1:1883"


@dataclass(frozen=True, slots=True)
class Way:
    """One adapter at one kind of peer: `modules` are libraries it needs, `lacking` says what else is not there."""

    name: str
    source: Callable[[Services, Path], AbstractContextManager[Source]]
    target: Callable[[Services, Path], AbstractContextManager[Target]]
    modules: tuple[str, ...] = ()
    lacking: Callable[[Services], str] = lambda _: ""

    def missing(self, services: Services) -> str:
        """Why this cannot be tried; empty where it can."""
        absent = [name for name in self.modules if importlib.util.find_spec(name) is None]
        return f"{', '.join(absent)}: not installed" if absent else self.lacking(services)


@contextmanager
def _rest_source(_: Services, folder: Path) -> Iterator[Source]:
    from guantong_plugins.bench.burst.web import calls

    with calls(folder) as source:
        yield source


@contextmanager
def _rest_target(_: Services, folder: Path) -> Iterator[Target]:
    from guantong_plugins.bench.burst.web import served

    with served(folder) as target:
        yield target


@contextmanager
def _soap_source(_: Services, folder: Path) -> Iterator[Source]:
    from guantong_plugins.bench.burst.web import calls

    with calls(folder, soap=True) as source:
        yield source


@contextmanager
def _soap_target(_: Services, folder: Path) -> Iterator[Target]:
    from guantong_plugins.bench.burst.web import served

    with served(folder, soap=True) as target:
        yield target


@contextmanager
def _amqp_source(services: Services, _: Path) -> Iterator[Source]:
    from guantong_plugins.bench.burst.amqp import published

    with published(services.amqp) as source:
        yield source


@contextmanager
def _amqp_target(services: Services, _: Path) -> Iterator[Target]:
    from guantong_plugins.bench.burst.amqp import consumed

    with consumed(services.amqp) as target:
        yield target


@contextmanager
def _mqtt_source(services: Services, _: Path) -> Iterator[Source]:
    from guantong_plugins.bench.burst.mqtt import published

    with published(services.mqtt) as source:
        yield source


@contextmanager
def _mqtt_target(services: Services, _: Path) -> Iterator[Target]:
    from guantong_plugins.bench.burst.mqtt import subscribed

    with subscribed(services.mqtt) as target:
        yield target


def _table(name: str, url: Callable[[Services, Path], str], driver: str, lacking: Callable[[Services], str]) -> Way:
    @contextmanager
    def source(services: Services, folder: Path) -> Iterator[Source]:
        from guantong_plugins.bench.burst.tables import offered

        with offered(url(services, folder)) as made:
            yield made

    @contextmanager
    def target(services: Services, folder: Path) -> Iterator[Target]:
        from guantong_plugins.bench.burst.tables import filled

        with filled(url(services, folder)) as made:
            yield made

    return Way(name, source, target, ("sqlalchemy", driver), lacking)


def _files(name: str, module: str = "", lacking: Callable[[Services], str] = lambda _: "") -> Way:
    @contextmanager
    def source(_: Services, folder: Path) -> Iterator[Source]:
        from guantong_plugins.bench.burst import folders, places

        with getattr(places, name)(folder) as place, folders.dropped(place) as made:
            yield made

    @contextmanager
    def target(_: Services, folder: Path) -> Iterator[Target]:
        from guantong_plugins.bench.burst import folders, places

        with getattr(places, name)(folder) as place, folders.collected(place) as made:
            yield made

    return Way(f"files-{name}", source, target, (module,) if module else (), lacking)


def _silent(url: str, port: int) -> str:
    at = urlsplit(url)
    try:
        socket.create_connection((at.hostname or "127.0.0.1", at.port or port), _TIMEOUT).close()
    except OSError as error:
        return f"{at.hostname}:{at.port or port} does not answer ({type(error).__name__})"
    return ""


def _no_sshd(_: Services) -> str:
    from guantong_plugins.bench.burst.places import no_sshd

    return no_sshd()


WAYS = (
    Way("rest", _rest_source, _rest_target),
    Way("soap", _soap_source, _soap_target, ("xmlschema",)),
    _table("table-sqlite", lambda _, folder: f"sqlite:///{folder / 'exchange.db'}", "sqlite3", lambda _: ""),
    _table("table-postgresql", lambda services, _: services.postgresql, "psycopg", lambda services: _silent(services.postgresql, 5432)),
    _table("table-mariadb", lambda services, _: services.mariadb, "pymysql", lambda services: _silent(services.mariadb, 3306)),
    _files("local"),
    _files("sftp", "asyncssh", _no_sshd),
    _files("ftp", "aioftp"),
    Way("amqp", _amqp_source, _amqp_target, ("pika",), lambda services: _silent(services.amqp, 5672)),
    Way("mqtt", _mqtt_source, _mqtt_target, ("paho",), lambda services: _silent(services.mqtt, 1883)),
)
"""All that is shipped."""
