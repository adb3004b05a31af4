"""Sealing and verifying a journal in a file of its own: how many entries a second, by each hash."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from guantong.proof.hashing import HASHES
from guantong.proof.sealer import Batch, Sealer
from guantong.proof.verifying import verify
from guantong.store import Transaction
from guantong.vault import Vault
from guantong_plugins.stores.sqlite.settings import SqliteSettings
from guantong_plugins.stores.sqlite.store import SqliteStore

_LINES = """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO journal SELECT i, CASE WHEN i % 6 = 0 OR i = 1 THEN 0 ELSE i - 1 END, 1405391400000 + i, CASE i % 3 WHEN 0 THEN 'routed' WHEN 1 THEN 'intended' ELSE 'confirmed' END,
  i / 6 + 1, CASE i % 3 WHEN 0 THEN i ELSE 0 END, CASE i % 3 WHEN 0 THEN 0 ELSE i END, 'rongcheng.approval', 'hub',
  '{"event":"case.acceptance","version":1,"to":["city.hall","city.supervision"]}' FROM n"""


class Measured(NamedTuple):
    """One run: entries a second by the clock, and CPU an entry."""

    hash: str
    seal_rate: float
    seal_cpu_us: float
    verify_rate: float
    verify_cpu_us: float


def measured(folder: Path, entries: int, runs: int) -> Iterator[Measured]:
    """Every run of every hash, interleaved. Raises `AssertionError` where what was sealed does not verify: then there are no
    figures."""
    for run in range(runs):
        for name in HASHES:
            yield asyncio.run(_run(folder / f"{name}{run}", name, entries))


async def _run(folder: Path, name: str, entries: int) -> Measured:
    settings, vault = SqliteSettings(), Vault(secrets.token_bytes(32), secrets.token_bytes(32))
    store = SqliteStore(settings, folder)
    await store.open()
    try:
        connection = sqlite3.connect(folder / settings.path)
        with connection:
            connection.execute(_LINES, (entries,))
        connection.close()
        reader = store.reader()
        sealer = Sealer(reader, vault, name, lambda _row, _folded: None)
        began, cpu = perf_counter(), process_time()
        while (batch := sealer.prepare()) is not None:
            await store.write(partial(_kept, batch))
        sealing, sealing_cpu = perf_counter() - began, process_time() - cpu
        began, cpu = perf_counter(), process_time()
        verdict = verify(reader, None, [])
        verifying, verifying_cpu = perf_counter() - began, process_time() - cpu
        reader.close()
        if verdict.problems or verdict.entries != entries:
            raise AssertionError("what was sealed does not verify")
        return Measured(name, entries / sealing, sealing_cpu / entries * 1e6, entries / verifying, verifying_cpu / entries * 1e6)
    finally:
        await store.close()


def _kept(batch: Batch, tx: Transaction) -> None:
    tx.grow_tree(batch.tree, batch.tiles, batch.commitments)


def together(runs: list[Measured]) -> dict[str, float]:
    """The medians of some runs, and how far the rates of verifying lie apart."""
    rates = [run.verify_rate for run in runs]
    return {**{name: round(median(getattr(run, name) for run in runs), 2) for name in Measured._fields if name != "hash"},
            "spread": round((max(rates) - min(rates)) / median(rates), 3)}
