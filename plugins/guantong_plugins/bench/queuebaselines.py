"""Queues made by hand, as somebody would who needs nothing but a queue: one table, a body of the same size."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from guantong_plugins.bench.queue import BODY, WINDOW

BATCH = 64
_MOST = 256  # rows in one commit of the writer


class _Step(NamedTuple):
    number: int
    put: bool


def sqlite_window(folder: Path, seconds: float) -> float:
    """A file of SQLite: one writing thread commits whatever waits, claims are made in memory, `WINDOW` at a time."""
    path = folder / "baseline.db"
    steps: queue.SimpleQueue[_Step | None] = queue.SimpleQueue()
    room, settled = threading.Semaphore(WINDOW), 0

    def write() -> None:
        nonlocal settled
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                          "CREATE TABLE queue (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, body BLOB NOT NULL)"):
            connection.execute(statement)
        while (first := steps.get()) is not None:
            some = [first]
            while len(some) < _MOST and not steps.empty():
                following = steps.get()
                if following is None:
                    steps.put(None)
                    break
                some.append(following)
            puts = [step.number for step in some if step.put]
            done = [step.number for step in some if not step.put]
            connection.execute("BEGIN IMMEDIATE")
            if puts:
                rows = ", ".join(["(?, 0, ?)"] * len(puts))
                connection.execute(f"INSERT INTO queue VALUES {rows}", [value for number in puts for value in (number, BODY)])  # noqa: S608 -- placeholders
            if done:
                marks = ", ".join("?" * len(done))
                connection.execute(f"DELETE FROM queue WHERE id IN ({marks})", done)  # noqa: S608 -- placeholders
            connection.execute("COMMIT")
            for number in puts:
                steps.put(_Step(number, put=False))
            settled += len(done)
            for _ in done:
                room.release()
        connection.close()

    writer = threading.Thread(target=write, name="baseline")
    writer.start()
    began, number = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        room.acquire()
        number += 1
        steps.put(_Step(number, put=True))
    lasted, count = time.perf_counter() - began, settled
    for _ in range(WINDOW):  # what is on its way ends first
        room.acquire()
    steps.put(None)
    writer.join()
    return count / lasted


def postgresql_skip_locked(dsn: str, _folder: Path, seconds: float) -> float:
    """A table of PostgreSQL: put, claim with `SKIP LOCKED` and delete, `BATCH` at a time, a commit each."""
    import psycopg  # only who measures it needs the driver

    puts = ", ".join(["(%s)"] * BATCH)
    with psycopg.connect(dsn, autocommit=True) as connection:
        run: Any = connection.execute
        run("DROP TABLE IF EXISTS guantong_bench_queue")
        run("CREATE TABLE guantong_bench_queue (id bigserial PRIMARY KEY, state smallint NOT NULL DEFAULT 0, body bytea NOT NULL)")
        run("CREATE INDEX guantong_bench_waiting ON guantong_bench_queue (id) WHERE state = 0")
        try:
            bodies, count, began = [BODY] * BATCH, 0, time.perf_counter()
            while time.perf_counter() - began < seconds:
                run(f"INSERT INTO guantong_bench_queue (body) VALUES {puts}", bodies)  # noqa: S608 -- placeholders
                rows = run("UPDATE guantong_bench_queue SET state = 1 WHERE id IN (SELECT id FROM guantong_bench_queue WHERE state = 0 "
                           "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id, body", (BATCH,)).fetchall()
                run("DELETE FROM guantong_bench_queue WHERE id = ANY(%s)", ([row[0] for row in rows],))
                count += len(rows)
            return count / (time.perf_counter() - began)
        finally:
            run("DROP TABLE guantong_bench_queue")
