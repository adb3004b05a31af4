"""The store in memory keeps the contract of stores, and carries the engine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.journey import world as worlds
from tests.journey.home import FILES
from tests.journey.played import Played
from tests.journey.test_campaign import test_nothing_is_lost_doubled_or_out_of_order as campaign

from guantong.plugins import Registry
from guantong.store import Store, StoreFailed
from guantong.testing import StoreContract
from guantong.testing.memory import Shelf
from guantong.testing.stored import message


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class TestMemory(StoreContract):
    """The fake that tests of plugins use."""

    @pytest.fixture(autouse=True)
    def _shelf(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def make(self, home: Path) -> Store:
        return self.shelf.store(home)

    def cannot_write(self, home: Path) -> AbstractContextManager[None]:  # noqa: ARG002 -- all homes are on one shelf
        return self.shelf.full()


@pytest.fixture
def named(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """`store: {use: memory}` is what homes say, and what is installed."""
    plugged = worlds.plugged

    def with_memory(played: dict[str, Played]) -> Registry:
        found = plugged(played)
        return replace(found, stores={**found.stores, "memory": shelf.spec()})

    monkeypatch.setattr(worlds, "plugged", with_memory)
    monkeypatch.setitem(FILES, "config/guantong.yaml", FILES["config/guantong.yaml"] + "store: {use: memory}\n")


@pytest.mark.usefixtures("named")
async def test_the_campaign_of_crashes_loses_and_doubles_nothing_in_memory(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole engine runs on it, ended by crashes and begun anew; no file of a store is made."""
    await campaign(tmp_path, 0, "query", merges=True, monkeypatch=monkeypatch)
    assert shelf.committed(tmp_path).deliveries
    assert not (tmp_path / "var/guantong.db").exists()


async def test_stores_of_two_homes_on_one_shelf_keep_apart(tmp_path: Path, shelf: Shelf) -> None:
    """As files in two folders do; what was handed out may be altered without altering what is kept."""
    one, two = shelf.store(tmp_path / "one"), shelf.store(tmp_path / "two")
    for store in (one, two):
        await store.open()
    kept = await one.write(lambda tx: tx.add_message(message()))
    row = one.reader().message(kept)
    assert row is not None
    row.body = b"altered"
    again = shelf.reader(tmp_path / "one").message(kept)
    assert again is not None
    assert again.body == b"sealed"
    assert two.reader().message(kept) is None
    with shelf.full(), pytest.raises(StoreFailed, match=r"^the store cannot write: it is full$"):
        await two.write(lambda tx: tx.add_message(message()))
