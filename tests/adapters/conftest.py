"""What the tests of adapters share: servers that one process starts once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.adapters.exchange import Exchange
    from tests.adapters.filepeers import Peer


@pytest.fixture
def exchange(database_url: str) -> Iterator[Exchange]:
    """An exchange database of each product that is there."""
    from tests.adapters.exchange import Exchange  # only tests of tables load its drivers

    exchange = Exchange(database_url)
    yield exchange
    exchange.engine.dispose()


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Peer]]:
    """An OpenSSH server; makes the peer of a folder."""
    from tests.adapters.filepeers import openssh  # only tests of files load SSH

    with openssh(tmp_path_factory.mktemp("sshd")) as peer:
        yield peer


@pytest.fixture(params=["local", "local-gbk", "sftp", "ftp"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """A place of each protocol; two of them have file names in Chinese charsets."""
    from tests.adapters.filepeers import Peer, ftp

    drop = tmp_path / "drop"
    (drop / "out").mkdir(parents=True)
    match request.param:
        case "sftp":
            yield request.getfixturevalue("sshd")(drop)
        case "ftp":
            with ftp(drop) as (peer, _):
                yield peer
        case "local-gbk":
            yield Peer(drop, {"local": {"folder": str(drop)}}, disk="gbk", names="gbk")
        case _:
            yield Peer(drop, {"local": {"folder": str(drop)}})
