"""What the journal costs of all that a message costs: writing its lines, sealing them and the records they are about, signing.

The hub carries messages over the whole path and seals every line; what that took is the whole. Then the same lines are written, and they and
their records sealed, once more on their own, with nothing else in the process: that is the journal's part of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

import orjson

from guantong.config import load
from guantong.config.configuration import Configuration
from guantong.journey.keptnatives import natives_of
from guantong.keyring import open_vault
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong.proof.hashing import HASHES
from guantong.proof.leaf import Line
from guantong.proof.notary import checkpoint
from guantong.proof.note import SigningKey, new_key
from guantong.proof.sealer import Batch, Sealer
from guantong.proof.verifying import verify
from guantong.store import Entry, Reader, Transaction
from guantong.vault import Vault
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.flow import LOOK_EVERY, STALLED_AFTER, await_confirmed, reader_of, started
from guantong_plugins.bench.handed import PYTHON, reading
from guantong_plugins.bench.home import DOOR, TOKEN, BenchHome, write_home
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.machine import cost_of
from guantong_plugins.demo.processes import Child, terminable
from guantong_plugins.stores.sqlite.settings import SqliteSettings
from guantong_plugins.stores.sqlite.store import SqliteStore

STORE = {"use": "sqlite", "path": "var/guantong.db"}
GROUP = 64
"""Lines that are written in one transaction: about what a group of the hub's has."""
_UNSEALED = ("DELETE FROM tree", "DELETE FROM tile", "DELETE FROM commitment", "DELETE FROM checkpoint")


class Part(NamedTuple):
    """One run: messages, lines of the journal a message, microseconds of CPU a message (`cpu_us` is the hub's, all in all), and what part
    of them is the journal's."""

    hash: str
    messages: int
    lines: float
    rate: float
    cpu_us: float
    write_us: float
    seal_us: float
    share: float


def measured(folder: Path, seconds: float, connections: int, runs: int) -> Iterator[Part]:
    """Every run of every hash, interleaved. Raises `ProblemsError` where a process failed, or what was sealed does not verify: then there
    are no figures."""
    for run in range(runs):
        for name in HASHES:
            place = folder / f"{name}{run}"
            place.mkdir()
            yield _run(place, name, seconds, connections)


def together(parts: Sequence[Part]) -> dict[str, float]:
    """The medians of some runs, and how far their shares lie apart."""
    shares = [part.share for part in parts]
    return {**{name: round(median(getattr(part, name) for part in parts), 3) for name in Part._fields if name != "hash"},
            "spread": round((max(shares) - min(shares)) / median(shares), 3)}


def _run(folder: Path, name: str, seconds: float, connections: int) -> Part:
    with terminable(), ExitStack() as stack:
        sink = started(stack, Child("sink", ("guantong_plugins.bench.sink", str(folder)), folder / "sink.txt", {}, PYTHON))
        port = int(sink.await_seen(reading(folder / "sink.port")))
        home = write_home(folder / "home", sink=f"http://127.0.0.1:{port}", unknown="retry", store=STORE)
        with (home.folder / "config/guantong.yaml").open("a", encoding="utf-8") as file:
            file.write(f"audit: {{hash: {name}}}\n")
        hub = started(stack, Child("hub", ("run", "--home", str(home.folder)), folder / "hub.txt", home.environment))
        door = int(hub.await_seen(reading(home.folder / "var/port")))
        reader = reader_of(home, STORE)
        stack.callback(reader.close)
        LoadPlan(door, DOOR, home.environment[TOKEN], connections, seconds, 0.0).write(folder)
        before, began = cost_of(hub.pid), time.monotonic()
        loading = started(stack, Child("load", ("guantong_plugins.bench.load", str(folder)), folder / "load.txt", {}, PYTHON))
        offered = orjson.loads(loading.await_seen(reading(folder / "load.json"), seconds + 60))
        count = offered["sent"] - offered["refused"]
        await_confirmed(reader, hub, count)
        rate = count / (time.monotonic() - began)
        _await_sealed(reader, hub)
        cpu = cost_of(hub.pid).cpu - before.cpu
        hub.stop()
    return asyncio.run(_apart(home, name, count, rate, cpu))


def _await_sealed(reader: Reader, hub: Child) -> None:
    """Wait until every line is sealed, or until nothing moves any more."""
    best, since = -1, time.monotonic()
    while (tree := reader.tree()) is None or reader.lines(tree.reached, 1):
        if tree is not None and tree.size > best:
            best, since = tree.size, time.monotonic()
        elif time.monotonic() - since > STALLED_AFTER:
            what = f"{best} lines are sealed, and none was for {STALLED_AFTER:g} s"
            raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": str(hub.log)})])
        hub.must_run()
        time.sleep(LOOK_EVERY)


async def _apart(home: BenchHome, name: str, count: int, rate: float, cpu: float) -> Part:
    """The journal's part, done once more on its own."""
    path = home.folder / STORE["path"]
    connection = sqlite3.connect(path)
    with connection:
        for statement in _UNSEALED:
            connection.execute(statement)
    connection.close()
    configuration = load(home.folder, registry(), home.environment).configuration
    assert configuration is not None  # noqa: S101  the hub ran by it
    vault = open_vault(configuration.keys, create=False)
    store = SqliteStore(SqliteSettings(path=STORE["path"]), home.folder)
    await store.open()
    reader = store.reader()
    try:
        lines = _lines(reader)
        sealing = await _sealed(store, reader, vault, configuration, name)
        verdict = verify(reader, vault, [], decodes=partial(natives_of, configuration))
        if verdict.problems or verdict.entries != len(lines):
            raise ProblemsError([Problem(UNTRUE, details={"what": "what was sealed does not verify", "log": str(path)})])
    finally:
        reader.close()
        await store.close()
    writing = await _written(home.folder / "apart", lines)
    whole, write, seal = (each / count * 1e6 for each in (cpu, writing, sealing))
    return Part(name, count, len(lines) / count, rate, whole, write, seal, (write + seal) / whole)


async def _sealed(store: SqliteStore, reader: Reader, vault: Vault, configuration: Configuration, name: str) -> float:
    """Seconds of CPU that binding us to every record, sealing and signing all took."""
    sealer, key = Sealer(reader, vault, name, partial(natives_of, configuration)), SigningKey(new_key("bench"))
    began = process_time()
    while (batch := sealer.prepare()) is not None:
        await store.write(partial(_grown, batch))
    kept = checkpoint(reader, key, 1)
    if kept is not None:
        await store.write(lambda tx: tx.keep_checkpoint(kept))
    return process_time() - began


async def _written(folder: Path, lines: Sequence[Line]) -> float:
    """Seconds of CPU that writing the lines took, and nothing but them."""
    store = SqliteStore(SqliteSettings(), folder)
    entries = [Entry(one.at, one.what, subject=one.subject, message=one.message, delivery=one.delivery, system=one.system, actor=one.actor,
                     detail=orjson.loads(one.detail)) for one in lines]
    await store.open()
    try:
        began = process_time()
        for at in range(0, len(entries), GROUP):
            await store.write(partial(_noted, entries[at:at + GROUP]))
        return process_time() - began
    finally:
        await store.close()


def _lines(reader: Reader) -> list[Line]:
    found: list[Line] = []
    while page := reader.lines(found[-1].id if found else 0, 10_000):
        found += page
    return found


def _grown(batch: Batch, tx: Transaction) -> None:
    tx.grow_tree(batch.tree, batch.tiles, batch.commitments)


def _noted(entries: Sequence[Entry], tx: Transaction) -> None:
    for entry in entries:
        tx.note(entry)
