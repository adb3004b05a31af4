"""What all tests share: a service a test needs is there, or the test skips with its reason.

`@pytest.mark.service("postgresql")` names the server. It is looked for on the loopback, or where
`GUANTONG_TEST_POSTGRESQL=host:port` says. With `GUANTONG_REQUIRE_SERVICES=1` a missing one is a failure.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from tests import startermemory

# No test is timed: a busy machine is no reason to fail. Otherwise the profile is hypothesis's own, that of CI included.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

PORTS = {"postgresql": 5432, "mariadb": 3306, "rabbitmq": 5672, "mosquitto": 1883}
CONNECT_SECONDS = 2.0


def address(service: str) -> str:
    """`host:port` of *service*."""
    return os.environ.get(f"GUANTONG_TEST_{service.upper()}", f"127.0.0.1:{PORTS[service]}")


@cache
def missing(service: str) -> str:
    """Why *service* cannot be used, or the empty string when it answers."""
    host, _, port = address(service).rpartition(":")
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except OSError as error:
        return f"{service} does not answer on {host}:{port} ({type(error).__name__})"
    return ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, so that no process has one left when the others are done."""
    items.sort(key=lambda item: item.get_closest_marker("crash") is None)


@pytest.fixture(autouse=True)
def _whoever_runs_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """May be anybody: commands take the name that a test lends them, as from `sudo`."""
    monkeypatch.setattr("guantong.login.user_number", lambda: 0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("service"):
        for service in mark.args:
            reason = missing(service)
            if reason and os.environ.get("GUANTONG_REQUIRE_SERVICES") == "1":
                pytest.fail(f"{reason}; GUANTONG_REQUIRE_SERVICES=1 requires it", pytrace=False)
            elif reason:
                pytest.skip(reason)


@pytest.fixture(autouse=True, scope="session")
def _starter_is_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        startermemory.remember(patch)
        yield


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that sets up logging takes it back: loggers keep what they were first used with, and every later test of the
    process would log into a stream that is closed by then."""
    yield
    assert not structlog.get_config()["cache_logger_on_first_use"], "this test left logging set up for all that come after it"


@pytest.fixture(params=[
    "sqlite",
    pytest.param("mariadb", marks=pytest.mark.service("mariadb")),
    pytest.param("postgresql", marks=pytest.mark.service("postgresql")),
])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database of this test alone, of each product in turn; dropped after."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'exchange.db'}"
    else:
        name = f"guantong_{uuid.uuid4().hex[:16]}"
        create, drop, url = _DATABASES[request.param]
        _run_on(request.param, create.format(name=name))
        try:
            yield url.format(address=address(request.param), name=name)
        finally:
            _run_on(request.param, drop.format(name=name))


_DATABASES = {
    "mariadb": (
        "CREATE DATABASE {name} CHARACTER SET utf8mb4", "DROP DATABASE {name}",
        "mysql+pymysql://root@{address}/{name}",
    ),
    "postgresql": (
        "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0", "DROP DATABASE {name} WITH (FORCE)",
        "postgresql+psycopg://root@{address}/{name}",
    ),
}


def _run_on(product: str, statement: str) -> None:
    """Run one statement on the product's database `test`, by itself."""
    from sqlalchemy import create_engine  # tests that need no database load none

    engine = create_engine(_DATABASES[product][2].format(address=address(product), name="test"))
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
