"""`guantong bench queue`: every cycle is settled and counted in the store, else there are no figures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from tests.stores import servers

STABLE = {"name", "rate", "cpu_us", "p50_ms", "p99_ms", "runs", "fdatasync_p50_ms", "ratio"}
DSN = "GUANTONG_BENCH_DSN"


def bench(*options: str, dsn: str = "") -> subprocess.CompletedProcess[bytes]:
    """`guantong bench` with *options*."""
    command = [sys.executable, "-m", "guantong", "bench", *options]
    return subprocess.run(command, capture_output=True, check=False, env={**os.environ, DSN: dsn})  # noqa: S603  our own interpreter




@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))])
def test_its_answer_is_one_object_with_stable_names(store: str, tmp_path: Path) -> None:
    """`--json` prints the names that programs rely on, the ratio to a queue made by hand, and leaves nothing behind."""
    dsn = servers.dsn() if store == "postgresql" else ""
    done = bench("queue", "--store", store, "--json", "--runs", "2", "--seconds", "0.3", "--folder", str(tmp_path), dsn=dsn)
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert answer.keys() >= STABLE
    assert (answer["name"], answer["store"], answer["runs"]) == ("queue", store, 2)
    assert all(answer[name] > 0 for name in STABLE - {"name"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.service("postgresql")
def test_the_whole_path_is_measured_on_postgresql(tmp_path: Path) -> None:
    """A real hub on it: each message is confirmed in the store and came to the target once."""
    done = bench("flow", "--store", "postgresql", "--json", "--runs", "1", "--seconds", "0.5", "--connections", "4", "--folder",
                 str(tmp_path), dsn=servers.dsn())
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["store"]) == ("flow", "postgresql")
    assert answer["rate"] > 0


@pytest.mark.parametrize("words", [("queue",), ("flow",)])
def test_without_a_connection_string_it_says_what_it_needs(words: tuple[str, ...]) -> None:
    """In both languages; nothing is measured."""
    done = bench(*words, "--store", "postgresql")
    assert done.returncode == 1
    assert done.stderr.decode().count("GUANTONG_BENCH_DSN=postgresql://") == 2
    assert "[GT635]" in done.stderr.decode()
