"""What all tests share: a service a test needs is there, or the test skips with its reason.

`@pytest.mark.service("postgresql")` names the server. It is looked for on the loopback, or where
`GUANTONG_TEST_POSTGRESQL=host:port` says. With `GUANTONG_REQUIRE_SERVICES=1` a missing one is a failure.
"""

from __future__ import annotations

import os
import socket
from functools import cache

import pytest

PORTS = {"postgresql": 5432, "mariadb": 3306, "rabbitmq": 5672, "mosquitto": 1883}
CONNECT_SECONDS = 2.0


@cache
def missing(service: str) -> str:
    """Why *service* cannot be used, or the empty string when it answers."""
    host, _, port = os.environ.get(f"GUANTONG_TEST_{service.upper()}", f"127.0.0.1:{PORTS[service]}").rpartition(":")
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except OSError as error:
        return f"{service} does not answer on {host}:{port} ({type(error).__name__})"
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("service"):
        for service in mark.args:
            reason = missing(service)
            if reason and os.environ.get("GUANTONG_REQUIRE_SERVICES") == "1":
                pytest.fail(f"{reason}; GUANTONG_REQUIRE_SERVICES=1 requires it", pytrace=False)
            elif reason:
                pytest.skip(reason)
