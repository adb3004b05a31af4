"""A home with an honest journal of some hundred lines, three checkpoints of it outside, and what verifying finds of a copy."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.journey.home import FILES
from tests.journey.world import Clock, World, step, world

from guantong.journey.engine import Engine
from guantong.keyplace import KeyPlace
from guantong.keyring import open_vault
from guantong.proof.anchoring import read
from guantong.proof.binding import Binding
from guantong.proof.bound import opened
from guantong.proof.casework import verify_case
from guantong.proof.note import SigningKey, VerifierKey, new_key
from guantong.proof.sequencer import Sequencer
from guantong.proof.trusted import trusted
from guantong.proof.verifying import Verdict, verify
from guantong.store import Entry, Transaction
from guantong_plugins.stores.sqlite.opening import open_for_reading
from guantong_plugins.stores.sqlite.reader import SqliteReader

COUNTY = "east.approval"
PRIVATE = new_key("city.example/test")
KEY = SigningKey(PRIVATE)
HUB = "config/guantong.yaml"
DATABASE, OUTSIDE, EARLIER = "var/guantong.db", "outside/checkpoints", "backup/guantong.db"


def bound_of(it: World, message: int) -> Binding:
    """What binds us to a message, sealed with the journal."""
    row, (known,) = it.reader.message(message), it.reader.commitments("m", [message])
    assert row is not None
    found = opened(it.engine.vault, row.body, known.salt, known.value)
    assert found is not None
    return found[1]


class Home(NamedTuple):
    """A home that is not running. `sizes` are those of the checkpoints outside."""

    folder: Path
    sizes: Sequence[int]

    def copy(self, to: Path) -> Home:
        """The same somewhere else, to be tampered with."""
        for name in (DATABASE, OUTSIDE, EARLIER):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / name, to / name)
        shutil.copytree(self.folder / "var/keys", to / "var/keys")
        return self._replace(folder=to)

    def tamper(self, *statements: str, values: Sequence[object] = ()) -> None:
        """Write to the database beside the hub."""
        connection = sqlite3.connect(self.folder / DATABASE)
        with connection:
            for statement in statements:
                connection.execute(statement, values)
        connection.close()

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.folder / DATABASE)
        found = connection.execute(statement).fetchall()
        connection.close()
        return found

    def verdict(self, keys: Sequence[VerifierKey] = (KEY.verifier,), *, bodies: bool = True, of: int | None = None) -> Verdict:
        """What an auditor finds who has the file outside; or in the case *of* alone."""
        reader = SqliteReader(open_for_reading(self.folder / DATABASE))
        outside, problems = trusted(read(self.folder / OUTSIDE), keys)
        vault = open_vault(KeyPlace(self.folder / "var/keys"), create=False) if bodies else None
        found = verify(reader, vault, outside) if of is None else verify_case(reader, vault, of, outside)
        reader.close()
        found.problems[:0] = problems
        return found

    def claims(self) -> list[tuple[str, object]]:
        """The problems found, each with the entry, or the size of the checkpoint, it is about."""
        return [(one.code.id, one.details.get("entry", one.details.get("size"))) for one in self.verdict().problems]


def lines_of(count: int) -> Callable[[Transaction], None]:
    """Work that journals so many lines of no case."""

    def work(tx: Transaction) -> None:
        for number in range(count):
            tx.note(Entry(1_405_391_400_000 + number, "held", system="city.hall", actor="陈工", detail={"n": number}))

    return work


def _back_up(folder: Path) -> None:
    (folder / EARLIER).parent.mkdir()
    source, target = sqlite3.connect(folder / DATABASE), sqlite3.connect(folder / EARLIER)
    source.backup(target)
    source.close()
    target.close()


async def signed(engine: Engine) -> None:
    """Seal and sign all there is."""
    sequencer = Sequencer(engine, KEY)
    try:
        await sequencer.sign()
    finally:
        await sequencer.close()


def honest(folder: Path, hash_name: str = "sha256") -> Home:
    """Make one: cases that were delivered, a clock that jumps between the checkpoints, lines behind the last of them."""
    files = {HUB: FILES[HUB] + f"audit: {{hash: {hash_name}, anchors: [{OUTSIDE}]}}\n"}

    async def live() -> list[int]:
        sizes = []
        async with world(folder, clock=(clock := Clock()), files=files) as it:
            for number, jump in enumerate((86_400, -200_000, 0)):
                await it.tell(COUNTY, step("1", f"P{number}", opinion="同意"))
                await it.quiet()
                await it.engine.store.write(lines_of(290))
                await signed(it.engine)
                tree = it.reader.tree()
                assert tree is not None
                sizes.append(tree.size)
                if number == 0:
                    _back_up(folder)
                clock.step(jump)
            await it.engine.store.write(lines_of(30))
            sequencer = Sequencer(it.engine, None)
            while await sequencer.step():
                pass
            await sequencer.close()
            await it.engine.store.write(lines_of(2))
        return sizes

    return Home(folder, asyncio.run(live()))
